"""Who may bring borders in. Views fetch only through these doors: loading and checking are one call.

What a person may not see does not exist for them (404).
"""

import uuid

from django.db.models import Exists, OuterRef
from django.shortcuts import get_object_or_404

from areas.models import Division, Edition, Municipality
from mapfeedback.accounts.rules import Person, Role, municipalities_where
from mapfeedback.borders.models import BorderImport


def own_municipalities(person: Person) -> list[Municipality]:
    reach = municipalities_where(person, Role.PLANNER, Role.OFFICER)
    return list(Municipality.objects.filter(pk__in=reach).defer("outline").order_by("name_fi"))


def own_divisions(person: Person) -> list[Division]:
    """Divisions of the person's municipalities, with borders in force."""
    divisions = Division.objects.filter(municipality__in=own_municipalities(person))
    return list(divisions.in_force().select_related("municipality"))


def import_to_handle(person: Person, public_id: uuid.UUID) -> BorderImport:
    return get_object_or_404(BorderImport.objects.handled_by(person).with_names(), public_id=public_id)


def edition_to_take_back(person: Person, pk: int) -> Edition:
    """An edition in force of the person's municipalities that took the place of an earlier one."""
    earlier = Edition.objects.filter(division=OuterRef("division"), adopted_at__lt=OuterRef("adopted_at"))
    editions = Edition.objects.in_force().filter(Exists(earlier), division__municipality__in=own_municipalities(person))
    return get_object_or_404(editions.select_related("division__municipality"), pk=pk)
