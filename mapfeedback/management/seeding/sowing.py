"""Putting the seeded city into the database: by COPY on all cores, aside, with indexes last; then all at once."""

import datetime
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Max

from areas.models import Edition
from layers.models import Response, ResponseScope
from mapfeedback.journal.models import Entry
from mapfeedback.journal.recording import record
from mapfeedback.management.seeding import aside, ground
from mapfeedback.management.seeding.agreeing import agree
from mapfeedback.management.seeding.belonging import Districts
from mapfeedback.management.seeding.hands import Task, there, work
from mapfeedback.management.seeding.messages import CHUNK, COLUMNS, YEARS, Messages
from mapfeedback.management.seeding.phrases import ANSWERS, SENTENCES
from mapfeedback.pins.models import Category, Pin
from mapfeedback.pins.reaching import remember_parts
from mapfeedback.pins.rollups import cells, folding
from mapfeedback.pins.rollups.models import RolledEdition

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
COUNTS: Final = ("pins_rollup", "pins_rollededition", "pins_cell", "pins_markedcell", "pins_cellcount")
TABLES: Final = ("pins_pin", "pins_membership", "pins_reach", "pins_support", "layers_responselink", *COUNTS)
#: Lines and drawn areas handled at a time.
DRAWN: Final = 1000


class NotOurCity(Exception):
    """The database holds contributions of another municipality; they must not be mixed with invented ones."""


class Disturbed(Exception):
    """Somebody wrote meanwhile; nothing was stored."""


def sow(*, pins: int, seed: int, now: datetime.datetime, progress: Progress = lambda sentence: None) -> None:
    """Add so many invented pins to the seeded city, which is made first where it is missing: all of them, or none.

    The same seed on the same clock gives the same city. Nobody sees any of it before all is there. Raises NotOurCity
    where real contributions are, Disturbed where one was placed or changed meanwhile.
    """
    others = Pin.objects.exclude(municipality__slug=ground.SLUG).select_related("municipality").only("municipality")
    stranger = others.order_by().first()
    if stranger is not None:
        raise NotOurCity(str(stranger.municipality))
    began = time.monotonic()

    def tell(sentence: str) -> None:
        progress(f"{time.monotonic() - began:5.1f} s  {sentence}")

    alone = connection.in_atomic_block or pins <= CHUNK
    with ExitStack() as stack:
        if alone:
            stack.enter_context(transaction.atomic())
        ready = _prepared(seed, now)
        tell("the ground is laid")
        try:
            _fill(ready, pins, hands=1 if alone else there(), tell=tell)
            with transaction.atomic():
                _put_in_place(ready, pins)
                record("pins.seeded", uuid.uuid4(), at=now, pins=pins, seed=seed)
        except BaseException:
            if not alone:
                aside.forget()
            raise
    settle("areas_area", "areas_areapiece", *(TABLES if alone else ()))
    tell("done")


@dataclass(frozen=True)
class _Ready:
    """All that is there before the first contribution is written."""

    place: ground.Ground
    messages: Messages
    responses: list[list[int]]
    #: Of which totals are kept, or will be.
    editions: list[Edition]
    #: The last id that a contribution has had, and the last entry of the journal.
    last: int
    entry: int


def _prepared(seed: int, now: datetime.datetime) -> _Ready:
    """Ground, topics and answers: they harm nobody when what follows fails, and are used when it is tried again."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        if not Category.objects.exists():
            call_command("load_categories", verbosity=0)
        cursor.execute("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM pins_pin_id_seq")
        last = cursor.fetchone()[0]
        dice = np.random.default_rng([seed, last])
        place = ground.known() or ground.lay(dice, now.date() - datetime.timedelta(days=365 * (YEARS + 1)))
        cursor.execute("ANALYZE areas_area, areas_areapiece")
        messages = Messages(
            dice=dice, city=place.city, municipality=place.municipality.pk, districts=place.districts, now=now
        )
        responses = _responses(place.municipality.pk, now)
        kept = Edition.objects.filter(pk__in=RolledEdition.objects.values("edition"))
        editions = kept | Edition.objects.filter(pk__in=[edition.pk for edition in place.editions])
        # Deferred checks of what was just made would stand in the way of changing its tables.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return _Ready(place, messages, responses, list(editions.select_related("division")), last, _last_entry())


def _fill(ready: _Ready, pins: int, *, hands: int, tell: Progress) -> None:
    """Write contributions, their areas and answers aside, with indexes and keys."""
    districts = Districts(ready.place)

    def some(first: int, rows: int) -> None:
        chunk = ready.messages.chunk(first, rows)
        with connection.cursor() as cursor:
            _copy(cursor, f"pins_pin ({', '.join(COLUMNS)})", chunk.lines)
            _copy(cursor, "pins_membership (pin_id, edition_id, area_id)", districts.memberships(chunk))
        tell(f"contribution {first + rows - 1 - ready.last}")

    def answer() -> None:
        with connection.cursor() as cursor:
            cursor.execute(LINKS, [*ready.responses, len(ANSWERS), ready.last])

    def support() -> None:
        with connection.cursor() as cursor:
            agree(cursor, np.random.default_rng([ready.messages.luck, 0, ready.last]), after=ready.last)

    def count(edition: Edition) -> None:
        folding.forget(edition)
        folding.count(edition)

    def do(*tasks: Task) -> None:
        work(tasks, hands=hands, inside=aside.inside)

    with transaction.atomic():
        old = aside.begin(TABLES)
    do(*old, *(partial(some, ready.last + begun + 1, min(CHUNK, pins - begun)) for begun in range(0, pins, CHUNK)))
    # Counters are written into rows that no index knows yet.
    do(support, answer, *(partial(aside.sample, table) for table in ("pins_pin", "pins_membership")))
    words, *others = aside.indexes("pins_pin")
    # The longest first, so that no hand is left with it alone.
    do(
        words,
        cells.rebuild,
        *(partial(count, edition) for edition in ready.editions),
        *others,
        *_indexes("pins_membership", "pins_reach", "pins_support"),
    )
    tell("contributions have indexes and answers, totals are kept")
    parts = [partial(remember_parts, drawn) for drawn in _drawn(ready.last)]
    do(*parts, *_indexes("layers_responselink", *COUNTS))
    tell("lines and drawn areas know what they reach into")
    do(aside.keys(TABLES), *map(aside.tidied, TABLES))


def _indexes(*tables: str) -> list[Task]:
    return [task for table in tables for task in aside.indexes(table)]


def _drawn(last: int) -> list[list[int]]:
    """The new lines and drawn areas, some at a time."""
    with transaction.atomic(), aside.inside(), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM pins_pin WHERE id > %s AND GeometryType(geom) <> 'POINT' ORDER BY id", [last])
        found = [row[0] for row in cursor.fetchall()]
    return [found[at : at + DRAWN] for at in range(0, len(found), DRAWN)]


def _put_in_place(ready: _Ready, pins: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("LOCK TABLE pins_pin IN ACCESS EXCLUSIVE MODE")
        # Whatever happens to contributions is in the journal.
        if _last_entry() != ready.entry:
            raise Disturbed
        aside.take_place(TABLES)
        # They are in the totals that were counted anew.
        cursor.execute("DELETE FROM pins_delta WHERE municipality_id = %s", [ready.place.municipality.pk])
        cursor.execute("SELECT setval(pg_get_serial_sequence('pins_pin', 'id'), %s)", [ready.last + pins])


def _last_entry() -> int:
    return Entry.objects.aggregate(last=Max("pk"))["last"] or 0


def _copy(cursor: Any, into: str, lines: str) -> None:
    with cursor.copy(f"COPY {into} FROM STDIN") as copy:
        copy.write(lines)


def settle(*tables: str) -> None:
    """What autovacuum would have done by the time somebody reads."""
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        for table in tables or (*TABLES, "areas_area", "areas_areapiece"):
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
