"""Who may bring borders in. Views fetch only through these doors: loading and checking are one call.

What a person may not see does not exist for them (404).
"""

import uuid

from django.db.models import Exists, OuterRef, Q
from django.shortcuts import get_object_or_404

from areas.models import Division, Edition, Municipality
from mapfeedback.accounts.models import Organisation
from mapfeedback.accounts.rules import Person, Role, associations_of, municipalities_where
from mapfeedback.borders.models import BorderImport


def own_municipalities(person: Person) -> list[Municipality]:
    reach = municipalities_where(person, Role.PLANNER, Role.OFFICER)
    return list(Municipality.objects.filter(pk__in=reach).defer("outline").order_by("name_fi"))


def own_divisions(person: Person) -> list[Division]:
    """Divisions of the person's municipalities, with borders in force."""
    divisions = Division.objects.filter(municipality__in=own_municipalities(person))
    cities = divisions.exclude(kind=Division.Kind.OWN)
    return list(cities.in_force().select_related("municipality"))


def own_associations(person: Person) -> list[Organisation]:
    """The associations and area councils whose area this person may draw."""
    found = Organisation.objects.filter(pk__in=associations_of(person)).order_by("name_fi", "pk")
    return list(found.select_related("municipality", "own_division").defer("municipality__outline"))


def association_to_draw_for(person: Person, slug: str) -> Organisation:
    found = Organisation.objects.filter(pk__in=associations_of(person))
    return get_object_or_404(found.select_related("municipality", "own_division"), slug=slug)


def association_to_end(person: Person, slug: str) -> Organisation:
    """One with borders of its own in force, for its members and for the city's participation officers."""
    reach = Q(pk__in=associations_of(person)) | Q(municipality__in=municipalities_where(person, Role.OFFICER))
    in_force = Division.objects.in_force()
    found = Organisation.objects.filter(reach, own_division__in=in_force).select_related("municipality", "own_division")
    return get_object_or_404(found, slug=slug)


def import_to_handle(person: Person, public_id: uuid.UUID) -> BorderImport:
    return get_object_or_404(BorderImport.objects.handled_by(person).with_names(), public_id=public_id)


def edition_to_take_back(person: Person, pk: int) -> Edition:
    """An edition in force of the person's municipalities that took the place of an earlier one."""
    earlier = Edition.objects.filter(division=OuterRef("division"), adopted_at__lt=OuterRef("adopted_at"))
    editions = Edition.objects.in_force().filter(Exists(earlier), division__municipality__in=own_municipalities(person))
    editions = editions.exclude(division__kind=Division.Kind.OWN)
    return get_object_or_404(editions.select_related("division__municipality"), pk=pk)
