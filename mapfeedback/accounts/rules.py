"""What a person may do, asked by every room that needs to know. Pure questions, no side effects."""

from django.contrib.auth.models import AnonymousUser

from areas.models import Division, Municipality
from mapfeedback.accounts.models import Membership, Organisation, User

Person = User | AnonymousUser
Role = Membership.Role


def municipalities_where(person: Person, *roles: Role) -> set[int]:
    """Ids of the municipalities where the person holds one of these roles; one query, kept for the request."""
    if not isinstance(person, User) or not person.is_active:
        return set()
    held = _held(person)
    if person.is_superuser:
        return set(Municipality.objects.values_list("pk", flat=True))
    return {municipality for role, municipality, _organisation, _kind in held if role in roles}


def associations_of(person: Person) -> set[int]:
    """Ids of the associations and area councils that the person is a member of, in whichever role; the same query."""
    if not isinstance(person, User) or not person.is_active:
        return set()
    return {pk for _role, _municipality, pk, kind in _held(person) if kind in Organisation.ASSOCIATIONS}


def association_behind(division: Division) -> Organisation | None:
    """Whose borders these are, when an association drew them; asks nothing about a city's own divisions."""
    if division.kind != Division.Kind.OWN:
        return None
    return Organisation.objects.filter(own_division=division).first()


def _held(person: User) -> set[tuple[str, int, int, str]]:
    """Role, municipality, organisation and its kind, of every membership."""
    held: set[tuple[str, int, int, str]] | None = getattr(person, "_held_roles", None)
    if held is None:
        held = set(
            person.memberships.values_list(
                "role", "organisation__municipality_id", "organisation_id", "organisation__kind"
            )
        )
        person._held_roles = held  # type: ignore[attr-defined]
    return held


def may_plan(person: Person, municipality_id: int | None = None) -> bool:
    """May upload layers and answer, in this municipality (or in any)."""
    reach = municipalities_where(person, Role.PLANNER, Role.OFFICER)
    return municipality_id in reach if municipality_id is not None else bool(reach)


def may_moderate(person: Person, municipality_id: int | None = None) -> bool:
    """May see and decide on what waits for a check."""
    reach = municipalities_where(person, Role.MODERATOR, Role.OFFICER)
    return municipality_id in reach if municipality_id is not None else bool(reach)


def may_record_on_behalf(person: Person, municipality_id: int | None = None) -> bool:
    """May type in what came by paper, phone or a service point."""
    reach = municipalities_where(person, Role.OFFICER, Role.MODERATOR, Role.PLANNER)
    return municipality_id in reach if municipality_id is not None else bool(reach)
