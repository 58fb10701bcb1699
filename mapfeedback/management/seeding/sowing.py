"""Putting the seeded city into the database: COPY into bare tables, areas as everywhere, indexes last."""

import datetime
import time
import uuid
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from django.core.management import call_command
from django.db import connection, transaction

from layers.models import Response, ResponseScope
from mapfeedback.journal.recording import record
from mapfeedback.management.seeding import ground
from mapfeedback.management.seeding.agreeing import agree
from mapfeedback.management.seeding.belonging import Districts
from mapfeedback.management.seeding.bulk import bare
from mapfeedback.management.seeding.messages import COLUMNS, YEARS, Messages
from mapfeedback.management.seeding.phrases import ANSWERS, SENTENCES
from mapfeedback.pins.models import Category, Pin
from mapfeedback.pins.reaching import remember_parts
from mapfeedback.pins.rollups import folding

#: Part of a kept benchmark city's name: raise it when the city changes.
VERSION: Final = 2

Progress = Callable[[str], None]

# Every answered pin has one of its topic's answers, as if a planner had chosen it.
LINKS: Final = """
    INSERT INTO layers_responselink (response_id, pin_id, how, linked_at)
    SELECT response.id, pin.id, 'chosen', pin.answered_at
    FROM pins_pin pin
    JOIN pins_category topic ON topic.id = pin.category_id
    JOIN unnest(%s::bigint[], %s::bigint[], %s::int[]) AS response (id, root, turn)
        ON response.root = COALESCE(topic.parent_id, topic.id) AND response.turn = pin.id %% %s
    WHERE pin.id > %s AND pin.answered_at IS NOT NULL"""
TABLES: Final = ("pins_pin", "pins_membership", "layers_responselink", "pins_support")


class NotOurCity(Exception):
    """The database holds contributions of another municipality; they must not be mixed with invented ones."""


def sow(*, pins: int, seed: int, now: datetime.datetime, progress: Progress = lambda sentence: None) -> None:
    """Add so many invented pins to the seeded city, which is made first where it is missing: all, or nothing.

    The same seed on the same clock gives the same city. Raises NotOurCity where real contributions are.
    """
    others = Pin.objects.exclude(municipality__slug=ground.SLUG).select_related("municipality").only("municipality")
    stranger = others.order_by().first()
    if stranger is not None:
        raise NotOurCity(str(stranger.municipality))
    began = time.monotonic()

    def tell(sentence: str) -> None:
        progress(f"{time.monotonic() - began:5.1f} s  {sentence}")

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        if not Category.objects.exists():
            call_command("load_categories", verbosity=0)
        # Nobody else takes an id from here to the end.
        cursor.execute("LOCK TABLE pins_pin IN ACCESS EXCLUSIVE MODE")
        cursor.execute("SELECT last_value FROM pins_pin_id_seq")
        there = cursor.fetchone()[0]
        dice = np.random.default_rng([seed, there])
        place = ground.known() or ground.lay(dice, now.date() - datetime.timedelta(days=365 * (YEARS + 1)))
        cursor.execute("ANALYZE areas_area, areas_areapiece")
        tell("the ground is laid")
        districts = Districts(place)
        messages = Messages(
            dice=dice,
            city=place.city,
            municipality=place.municipality.pk,
            districts=[f"{ground.LEVELS[-1].slug}/{code}" for code in districts.codes],
            now=now,
        )
        responses = _responses(place.municipality.pk, now)
        # Deferred checks of what was just made would stand in the way of changing its tables.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with bare(*TABLES):
            done = 0
            for chunk in messages.chunks(pins, after=there):
                _copy(cursor, f"pins_pin ({', '.join(COLUMNS)})", chunk.lines)
                _copy(cursor, "pins_membership (pin_id, edition_id, area_id)", districts.memberships(chunk))
                done += chunk.rows
                tell(f"{done} contributions")
            cursor.execute("SELECT setval(pg_get_serial_sequence('pins_pin', 'id'), %s)", [there + pins])
            cursor.execute(LINKS, [*responses, len(ANSWERS), there])
            tell(f"{agree(cursor, dice, after=there)} supports")
            tell("the city has answered; indexes are being made")
        remember_parts(None)
        tell("lines and drawn areas know what they reach into")
        for edition in place.editions:
            folding.rebuild(edition)
        tell("totals are kept")
        record("pins.seeded", uuid.uuid4(), at=now, pins=pins, seed=seed)
    settle()
    tell("done")


def _copy(cursor: Any, into: str, lines: str) -> None:
    with cursor.copy(f"COPY {into} FROM STDIN") as copy:
        copy.write(lines)


def settle() -> None:
    """What autovacuum would have done by the time somebody reads."""
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        for table in (*TABLES, "pins_reach", "areas_area", "areas_areapiece"):
            cursor.execute(f"VACUUM ANALYZE {table}")


def _responses(municipality: int, now: datetime.datetime) -> list[list[int]]:
    """Some answers for each main topic, made once: their ids, their topics, and their turns."""
    roots = {root.slug: root for root in Category.objects.filter(parent=None)}
    known = {
        (response.summary, response.effect): response.pk
        for response in Response.objects.filter(municipality=municipality, signed_as="Siemenkaupunki")
    }
    ids, topics, turns = [], [], []
    for slug in SENTENCES.keys() & roots.keys():
        for turn, (effect, text) in enumerate(ANSWERS):
            key = (f"{roots[slug].name_fi}: {text}", effect)
            if key not in known:
                response = Response.objects.create(
                    municipality_id=municipality,
                    summary=key[0],
                    effect=effect,
                    text=text,
                    signed_as="Siemenkaupunki",
                    state=Response.State.PUBLISHED,
                    created_at=now,
                    published_at=now,
                )
                # Answers of the past: what is placed from now on inherits nothing from them.
                ResponseScope.objects.create(response=response, filter_query="until=1900-01-01")
                known[key] = response.pk
            ids.append(known[key])
            topics.append(roots[slug].pk)
            turns.append(turn)
    return [ids, topics, turns]
