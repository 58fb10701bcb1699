"""A synthetic city: 100 districts of some 300 vertices with shared borders, and any number of pins, always the same."""

import datetime
import math
from dataclasses import dataclass
from typing import Final

from django.contrib.gis.geos import Polygon
from django.core.management import call_command
from django.db import connection

from areas.actions import NewArea, adopt_edition, found_municipality
from areas.models import Division, Edition
from mapfeedback.pins.memberships import remember_areas
from mapfeedback.pins.models import Pin

SIDE: Final = 10
STEPS: Final = 75
WEST, SOUTH, CELL = 24.0, 62.0, 0.02
FIRST_DAY: Final = datetime.date(2020, 1, 1)
LOADED: Final = ("pins_pin", "pins_membership", "areas_areapiece", "areas_area")

# Six pins in ten lie in forty clusters, the rest anywhere, a few of them outside; one in fifty has no place.
PINS: Final = """
    INSERT INTO pins_pin (public_id, municipality_id, kind, category_id, title, text, language, geom, place_text,
        precision, marker_moved, suspected_default_place, district_chosen, channel, on_behalf, token_hash,
        idempotency_digest, source, source_key, status, visibility, placed_at, changed_at, answered_at)
    SELECT gen_random_uuid(), %(municipality)s,
        (%(kinds)s::text[])[1 + n %% 6], (%(topics)s::bigint[])[1 + n %% 12], '',
        'Penkki ' || n || ' olisi hyvä tässä, ja valo tuolla.', 'fi',
        CASE WHEN n %% 50 > 0 THEN ST_SetSRID(ST_MakePoint(
            CASE WHEN n %% 10 < 6 THEN 24.02 + 0.16 * abs(sin(n %% 40 * 7.1)) + 0.006 * (a + b - 1)
                 ELSE 23.995 + 0.21 * a END,
            CASE WHEN n %% 10 < 6 THEN 62.02 + 0.16 * abs(cos(n %% 40 * 3.7)) + 0.006 * (b + c - 1)
                 ELSE 61.995 + 0.21 * b END), 4326) END,
        '', CASE WHEN n %% 50 > 0 THEN 'exact' ELSE 'unknown' END, FALSE, FALSE, '', 'web', FALSE, '', '', '', '',
        (%(statuses)s::text[])[1 + (n / 7) %% 5], 'published', placed, placed,
        CASE WHEN n %% 3 = 0 THEN placed + c * interval '60 days' END
    FROM (SELECT n, random() AS a, random() AS b, random() AS c,
                 timestamptz '2016-01-01' + random() * interval '10 years' AS placed
          FROM generate_series(1, %(pins)s) AS n) AS dice"""


@dataclass(frozen=True)
class City:
    size: str
    edition: Edition


def corner(column: int, row: int, along: float, *, upright: bool) -> tuple[float, float]:
    """A point on the border that starts at a corner of the grid; both neighbours get the same."""
    bend = 0.15 * math.sin(math.pi * along) * math.sin(9 * math.pi * along + column * 3 + row * 5)
    x, y = (column + bend, row + along) if upright else (column + along, row + bend)
    return WEST + x * CELL, SOUTH + y * CELL


def district(column: int, row: int) -> Polygon:
    there = [step / STEPS for step in range(STEPS)]
    back = [1 - along for along in there]
    ring = [corner(column, row, along, upright=False) for along in there]
    ring += [corner(column + 1, row, along, upright=True) for along in there]
    ring += [corner(column, row + 1, along, upright=False) for along in back]
    ring += [corner(column, row, along, upright=True) for along in back]
    return Polygon([*ring, ring[0]], srid=4326)


def areas() -> list[NewArea]:
    places = [(column, row) for row in range(SIDE) for column in range(SIDE)]
    return [NewArea(f"{nth:03}", f"Alue {nth}", district(*place)) for nth, place in enumerate(places)]


def build(size: str, pins: int) -> City:
    call_command("migrate", interactive=False, verbosity=0)
    call_command("load_categories", verbosity=0)
    outline = Polygon.from_bbox((23.9, 61.9, 24.3, 62.3))
    outline.srid = 4326
    municipality = found_municipality(slug="synthetic", name_fi="Koekaupunki", outline=outline)
    division = Division.objects.create(municipality=municipality, slug="synthetic-districts", is_main=True)
    edition = adopt_edition(division=division, areas=areas(), valid_from=FIRST_DAY, source="synthetic")
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute("SELECT array_agg(id ORDER BY id) FROM (SELECT id FROM pins_category ORDER BY id LIMIT 12) t")
        values = {
            "municipality": municipality.pk,
            "topics": cursor.fetchone()[0],
            "kinds": ["feedback", "idea", "question", "thanks", "experience", "opinion"],
            "statuses": ["received", "in_progress", "answered", "done", "will_not_be_done"],
            "pins": pins,
        }
        # The index of words is made at the end, as a restore of a backup would: row by row it takes longest of all.
        words = next(index for index in Pin._meta.indexes if index.name == "pin_words")
        with connection.schema_editor() as schema:
            schema.remove_index(Pin, words)
        cursor.execute(PINS, values)
    remember_areas()
    with connection.schema_editor() as schema:
        schema.add_index(Pin, words)
    settle()
    return City(size, edition)


def settle() -> None:
    """What autovacuum would have done by the time somebody reads."""
    with connection.cursor() as cursor:
        for table in LOADED:
            cursor.execute(f"VACUUM ANALYZE {table}")
