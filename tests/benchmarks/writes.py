"""What is written: one pin at a time, and the areas of all pins when borders change."""

import json
import random
import uuid

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from areas.actions import draft_edition
from areas.models import Edition
from mapfeedback.geo import point
from mapfeedback.pins.memberships import remember_edition
from mapfeedback.pins.models import Category, Membership, Pin
from mapfeedback.pins.redrawing import throw_away
from tests.benchmarks.city import FIRST_DAY, City, areas, settle
from tests.benchmarks.measuring import HEAVY, LIGHT, Row, compared, request

# The least that finds an area for every pin: one join with the cut borders into a bare table.
JOIN = """
    CREATE TEMPORARY TABLE bare AS
    SELECT DISTINCT ON (pin.id) pin.id AS pin_id, piece.edition_id, piece.area_id
    FROM pins_pin pin JOIN areas_areapiece piece ON ST_Intersects(piece.geom, pin.geom)
    WHERE piece.edition_id = %s ORDER BY pin.id, piece.area_id"""


def new_edition(city: City) -> Row:
    """All that happens before new borders are in force, batch by batch with keys and indexes, against one join."""
    drafts: list[Edition] = []

    def draft() -> None:
        for old in drafts:
            throw_away(edition=old)
        drafts[:] = [draft_edition(division=city.edition.division, areas=areas(), valid_from=FIRST_DAY, source="bench")]
        settle()

    def ours() -> None:
        remember_edition(drafts[0])

    def bare() -> None:
        with connection.cursor() as cursor:
            cursor.execute(JOIN, [city.edition.pk])
            cursor.execute("DROP TABLE bare")

    row = compared("new-edition", ours=ours, baseline=bare, target=2.0, repeats=HEAVY, before=draft)
    for old in drafts:
        throw_away(edition=old)
    settle()
    return row


def place_a_pin(city: City) -> Row:
    """POST of a contribution with its areas, journal and answer, against one ORM insert of the same row."""
    dice = random.Random(1)
    path, category = reverse("pins:place_json"), Category.objects.order_by("pk")[0]
    municipality = city.edition.division.municipality

    def spot() -> tuple[float, float]:
        return 24 + 0.2 * dice.random(), 62 + 0.2 * dice.random()

    def ours() -> None:
        body = {
            "kind": "idea",
            "category": category.slug,
            "text": "Penkki olisi hyvä tässä.",
            "geometry": {"type": "Point", "coordinates": spot()},
            "key": str(uuid.uuid4()),
        }
        request(path, json.dumps(body).encode())

    def bare() -> None:
        now = timezone.now()
        Pin.objects.create(
            municipality=municipality,
            kind="idea",
            category=category,
            text="Penkki olisi hyvä tässä.",
            geom=point(*spot()),
            precision="exact",
            placed_at=now,
            changed_at=now,
        )

    before = Membership.objects.count()
    row = compared("place-a-pin", ours=ours, baseline=bare, target=2.0, repeats=LIGHT)
    assert Membership.objects.count() > before
    Pin.objects.filter(text="Penkki olisi hyvä tässä.").delete()
    return row
