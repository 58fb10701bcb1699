"""Publishing one answer on a whole layer of a plan: every message inside any of its shapes gets it."""

import numpy as np
from django.contrib.gis.geos import Polygon
from django.db import connection
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
from tests.benchmarks.city import City
from tests.benchmarks.measuring import HEAVY, Row, compared

#: So many blocks along each side of the plan: 500 together, of 200 vertices, some 250 metres wide.
BLOCKS = (25, 20)
VERTICES = 200
# The least that finds what is inside: one join with shapes that were cut before the clock began.
CUT = """
    CREATE TEMPORARY TABLE cut AS SELECT id, ST_Subdivide(geom, 32) AS geom FROM layers_shape WHERE layer_id = %s;
    CREATE INDEX ON cut USING gist (geom); ANALYZE cut"""
JOIN = """
    CREATE TEMPORARY TABLE bare AS SELECT DISTINCT pin.id
    FROM cut JOIN pins_pin pin ON ST_Intersects(cut.geom, pin.geom) WHERE pin.visibility = 'published'"""


def on_500_shapes(city: City) -> Row:
    """Publish an answer on 500 shapes: links with their reasons, figures, journal; against finding the messages."""
    now = timezone.now()
    municipality = city.edition.division.municipality
    plan = create_plan(municipality=municipality, name_fi="Mittauskaava", kind="local_plan", now=now)
    publish_plan(plan=plan, now=now)
    layer = upload_layer(plan=plan, name="Korttelit", shapes=_blocks(), source_crs="EPSG:4326", now=now)
    scopes = [Scope(shape=shape) for shape in layer.shapes.select_related("layer__plan")]
    words = Words(summary="Mittaus", effect="noted", text="Kiitos.", language="fi", signed_as="Mittaus")
    drafts: list[Response] = []

    def draft() -> None:
        for old in drafts:
            withdraw_response(response=old, now=now)
        drafts[:] = [draft_response(municipality=municipality, words=words, scopes=scopes, now=now, plan=plan)]

    def bare() -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bare")
            cursor.execute(JOIN)

    with connection.cursor() as cursor:
        cursor.execute(CUT, [layer.pk])
        row = compared(
            "publish-on-500-shapes",
            ours=lambda: publish_response(response=drafts[0], now=now),
            baseline=bare,
            target=2.0,
            repeats=HEAVY,
            before=draft,
        )
        cursor.execute("SELECT count(*) FROM bare")
        assert cursor.fetchone()[0] == drafts[0].links.count() > 0
        cursor.execute("DROP TABLE bare, cut")
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
