"""Making people known to the service."""

from allauth.account.models import EmailAddress
from django.db import transaction

from mapfeedback.accounts.models import Membership, Organisation, User


@transaction.atomic
def open_account(
    *,
    email: str,
    display_name: str = "",
    password: str | None = None,
    organisation: Organisation | None = None,
    role: str = "",
) -> User:
    """An account whose address the city vouches for: it signs in by code, and by password when one is given."""
    user = User.objects.create_user(email, password, display_name=display_name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if organisation is not None:
        Membership.objects.create(user=user, organisation=organisation, role=role)
    return user
