"""What a person reads before the last word on new borders: nothing that the command tells is missing on the page."""

import json

from django.test import Client
from django.utils.formats import number_format

from areas.models import Division
from mapfeedback.borders.models import BorderImport
from tests.borders.conftest import Bring, Work
from tests.borders.test_bring_borders import choices, page, redrawn, settled
from tests.conftest import EAST, Place


def with_more(codes: tuple[str, ...] = ("1", "4", "3"), **properties: object) -> bytes:
    document = json.loads(redrawn(codes=codes))
    for one in document["features"]:
        one["properties"] |= properties
    return json.dumps(document).encode()


def test_parents_that_are_nowhere_are_told(desk: Client, bring: Bring, work: Work, district: Division) -> None:
    brought = bring(with_more(suuralue="Olematon"))
    brought = settled(desk, brought, work, **choices(parent_field="suuralue"))
    assert brought.state == BorderImport.State.READY
    assert "3 areas name a parent that no coarser division has" in page(desk, brought, "preview/")


def test_residents_are_written_as_people_read_numbers(desk: Client, bring: Bring, work: Work) -> None:
    brought = settled(desk, bring(with_more(vakiluku=12345)), work, **choices(population_field="vakiluku"))
    assert f">{number_format(12345, use_l10n=True, force_grouping=True)}<" in page(desk, brought, "preview/")
    assert ">12345<" not in page(desk, brought, "preview/")


def test_an_area_with_a_new_code_is_told_from_the_one_that_ends(
    desk: Client, bring: Bring, work: Work, place: Place
) -> None:
    place(EAST)
    brought = settled(desk, bring(redrawn(codes=("1", "2b", "3"))), work)
    shown = " ".join(page(desk, brought, "adopt/").split())
    assert 'Itä <span class="meta">2</span>' in shown
    assert 'Ranta <span class="meta">2b</span>' in shown
