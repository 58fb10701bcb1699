"""Making people known to the service."""

from allauth.account.models import EmailAddress
from django.db import transaction

from areas.models import Area, Edition
from areas.succession import main_successors
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


def follow_borders(*, old: Edition) -> None:
    """Organisations of areas that have just ended get the areas in force on the same ground.

    The old areas stay theirs too, so that taking the new borders back (`leave_borders`) leaves everything as before.
    """
    theirs = Organisation.areas.through
    for area in Area.objects.select_related("edition").filter(pk__in=theirs.objects.values("area"), edition=old):
        heirs = main_successors(area)
        theirs.objects.bulk_create(
            [
                theirs(organisation_id=organisation, area=heir)
                for organisation in theirs.objects.filter(area=area).values_list("organisation", flat=True)
                for heir in heirs
            ],
            ignore_conflicts=True,
        )


def leave_borders(*, edition: Edition) -> None:
    """No organisation has areas of these borders any more."""
    Organisation.areas.through.objects.filter(area__edition=edition).delete()
