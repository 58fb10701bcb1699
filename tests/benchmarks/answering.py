"""Publishing one answer on a whole layer of a plan: every message inside any of its shapes gets it."""

import statistics
import sys
import time
from typing import Final

import numpy as np
from django.contrib.gis.geos import Polygon
from django.db import connection, transaction
from django.utils import timezone

from layers.actions import (
    NewShape,
    Scope,
    Words,
    create_plan,
    draft_response,
    publish_plan,
    publish_response,
    upload_layer,
    withdraw_response,
)
from layers.models import Response
from mapfeedback.geo import WGS84
from mapfeedback.management.seeding.ground import KM, LAT, LON
from mapfeedback.pins.rollups import folding
from tests.benchmarks.city import City
from tests.benchmarks.measuring import HEAVY, Row, in_turns

#: So many blocks along each side of the plan: 500 together, of 200 vertices, some 250 metres wide.
BLOCKS: Final = (25, 20)
VERTICES: Final = 200
# The least that finds what is inside: one join with shapes that were cut before the clock began.
CUT: Final = """
    CREATE TEMPORARY TABLE cut AS SELECT id, ST_Subdivide(geom, 32) AS geom FROM layers_shape WHERE layer_id = %s;
    CREATE INDEX ON cut USING gist (geom); ANALYZE cut"""
JOIN: Final = """
    CREATE TEMPORARY TABLE bare AS SELECT DISTINCT pin.id
    FROM cut JOIN pins_pin pin ON ST_Intersects(cut.geom, pin.geom) WHERE pin.visibility = 'published'"""


# The least that writes the same into the messages: only the open ones, their words into the index by the thousand.
BY_THE_THOUSAND: Final = "SET LOCAL gin_pending_list_limit = '8MB'"
OPEN: Final = """
    UPDATE pins_pin SET status = 'answered', answered_at = now(), changed_at = now()
    FROM bare WHERE bare.id = pins_pin.id AND (answered_at IS NULL OR status IN ('received', 'in_progress'))"""


def on_500_shapes(city: City) -> Row:
    """Publish an answer on 500 shapes: links with their reasons, states, figures, journal; by hand only the states.

    What the join alone takes goes to standard error: finding is little of it where many messages were open.
    """
    now = timezone.now()
    municipality = city.edition.division.municipality
    plan = create_plan(municipality=municipality, name_fi="Mittauskaava", kind="local_plan", now=now)
    publish_plan(plan=plan, now=now)
    layer = upload_layer(plan=plan, name="Korttelit", shapes=_blocks(), source_crs="EPSG:4326", now=now)
    scopes = [Scope(shape=shape) for shape in layer.shapes.select_related("layer__plan")]
    words = Words(summary="Mittaus", effect="noted", text="Kiitos.", language="fi", signed_as="Mittaus")
    published: list[Response] = []
    joining: list[float] = []
    opened = 0

    def ours() -> float:
        response = draft_response(municipality=municipality, words=words, scopes=scopes, now=now, plan=plan)
        began = time.perf_counter()
        publish_response(response=response, now=now)
        published[:] = [response]
        return time.perf_counter() - began

    def by_hand() -> float:
        nonlocal opened
        withdraw_response(response=published[0], now=now)
        with transaction.atomic(), connection.cursor() as cursor:
            began = time.perf_counter()
            cursor.execute(JOIN)
            joining.append(time.perf_counter() - began)
            cursor.execute(BY_THE_THOUSAND)
            cursor.execute(OPEN)
            opened = cursor.rowcount
            took = time.perf_counter() - began
            cursor.execute("SELECT count(*) FROM bare")
            assert cursor.fetchone()[0] == published[0].links.count() > 0
            transaction.set_rollback(True)  # the messages are open again for the next turn, and the table is gone
        return took

    with connection.cursor() as cursor:
        cursor.execute(CUT, [layer.pk])
        row = in_turns("publish-on-500-shapes", ours=ours, baseline=by_hand, target=2.0, repeats=HEAVY)
        cursor.execute("DROP TABLE cut")
    folding.fold()  # as the worker does: what so many turns have left is not what the next row is about
    alone = 1000 * statistics.median(joining)
    print(f"  {opened} were open; the join alone {alone:.0f} ms: {row.ours / alone:.1f}", file=sys.stderr, flush=True)
    return row


def _blocks() -> list[NewShape]:
    """Blocks with wavy edges round the middle of the city, apart from each other."""
    turn = np.linspace(0, 2 * np.pi, VERTICES)
    reach = 0.11 * (1 + 0.1 * np.sin(9 * turn))
    ring = np.column_stack([reach * np.cos(turn), reach * np.sin(turn)])
    ring[-1] = ring[0]
    across, along = BLOCKS
    middles = [(0.25 * (x - across / 2), 0.25 * (y - along / 2)) for x in range(across) for y in range(along)]
    return [
        NewShape(f"{nth}", Polygon((ring + middle) / KM + (LON, LAT), srid=WGS84), {})
        for nth, middle in enumerate(np.array(middles), start=1)
    ]
