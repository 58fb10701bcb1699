"""Gives a person an account and a role: how a city's first planner, moderator and officer come in."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.text import slugify

from areas.models import Municipality
from mapfeedback.accounts.actions import open_account
from mapfeedback.accounts.models import Membership, Organisation, User

CITY_ROLES = {Membership.Role.PLANNER, Membership.Role.OFFICER, Membership.Role.MODERATOR}


class Command(BaseCommand):
    help = (
        "Gives a person an account (if there is none yet) and a role in an organisation of a municipality. "
        "Signing in then needs only the code that arrives by e-mail; --password asks for a password as well."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--role", required=True, choices=Membership.Role.values)
        parser.add_argument("--municipality", help="its slug; not needed when there is only one")
        parser.add_argument("--organisation", required=True, help="its name; made when there is none of this name")
        parser.add_argument("--name", default="", help="how the person is shown to colleagues")
        parser.add_argument("--password", action="store_true", help="ask for a password on the terminal")

    def handle(self, *args: Any, email: str, role: str, organisation: str, **options: Any) -> None:
        email = email.strip().lower()
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email!r} is not an e-mail address.") from None
        city = municipality(options["municipality"])
        password = ask_password() if options["password"] else None
        with transaction.atomic():
            kind = Organisation.Kind.CITY_UNIT if role in CITY_ROLES else Organisation.Kind.ASSOCIATION
            body, _made = Organisation.objects.get_or_create(
                slug=slugify(f"{city.slug} {organisation}")[:50],
                defaults={"name_fi": organisation, "kind": kind, "municipality": city},
            )
            user = User.objects.filter(email=email).first()
            if user is None:
                open_account(email=email, display_name=options["name"], password=password, organisation=body, role=role)
            else:
                Membership.objects.get_or_create(user=user, organisation=body, role=role)
                if password is not None:
                    user.set_password(password)
                    user.save(update_fields=["password"])
        self.stdout.write(f"{email} is {role} of {body} in {city}.")


def municipality(slug: str | None) -> Municipality:
    known = list(Municipality.objects.defer("outline"))
    fitting = [one for one in known if slug in {None, one.slug}]
    if not known:
        raise CommandError("There is no municipality yet. Import borders first: bin/manage import_areas")
    if len(fitting) != 1:
        raise CommandError(f"Choose one with --municipality: {' '.join(one.slug for one in known)}")
    return fitting[0]


def ask_password() -> str:
    """Typed twice on a terminal, or one line on standard input."""
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if sys.stdin.isatty() and getpass.getpass("Again: ") != password:
        raise CommandError("The two passwords differ.")
    try:
        validate_password(password)
    except ValidationError as refused:
        raise CommandError(" ".join(refused.messages)) from None
    return password
