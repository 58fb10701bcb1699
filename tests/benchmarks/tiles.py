"""Tiles for map programs, and a tile that the reader has already."""

from typing import Any
from wsgiref.util import setup_testing_defaults

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import include, path

from mapfeedback.geo import CODE_BITS, Tile
from tests.benchmarks.city import City
from tests.benchmarks.measuring import LIGHT, Row, application, compared, request

# The fullest tile of which every pin is given by itself.
FULLEST = """
    SELECT tile_axis(tile_code >> 2 * (%(bits)s - z)), tile_axis((tile_code >> 2 * (%(bits)s - z)) >> 1), z, count(*)
    FROM pins_pin, generate_series(8, 18) AS z
    WHERE tile_code IS NOT NULL AND visibility = 'published'
    GROUP BY 1, 2, 3 HAVING count(*) <= 2000 ORDER BY 4 DESC, 3, 1, 2 LIMIT 1"""

# The least that gives map programs the same to draw: one query, a layer of points, and one of lines and areas.
BARE = """
    SELECT (
        SELECT ST_AsMVT(points, 'pins', 4096, 'geom') FROM (
            SELECT pin.public_id::text AS id, pin.kind, category.slug AS category, pin.status,
                   pin.answered_at IS NOT NULL AS answered,
                   ST_AsMVTGeom(pin.spot, ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4096, 0, FALSE) AS geom
            FROM pins_pin pin JOIN pins_category category ON category.id = pin.category_id
            WHERE pin.spot && ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AND pin.visibility = 'published') AS points
    ) || COALESCE((
        SELECT ST_AsMVT(shapes, 'shapes', 4096, 'geom') FROM (
            SELECT public_id::text AS id, kind, status,
                   ST_AsMVTGeom(ST_Transform(geom, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4096, 64) AS geom
            FROM pins_pin WHERE geom && ST_Transform(ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4326)
                AND visibility = 'published' AND GeometryType(geom) <> 'POINT') AS shapes
    ), '')"""

KNOWN = "/tiles/pins/11/1173/562.json"


def pin_tile(city: City) -> Row:
    """A full tile of single pins from its address to its bytes, against bare ST_AsMVT of the same pins and shapes."""
    with connection.cursor() as cursor:
        cursor.execute(FULLEST, {"bits": CODE_BITS})
        x, y, z, _n = cursor.fetchone()
    tile = Tile(z, x, y)
    address = f"/tiles/pins/{tile.z}/{tile.x}/{tile.y}.mvt"

    def bare() -> bytes:
        with connection.cursor() as cursor:
            cursor.execute(BARE, {"z": tile.z, "x": tile.x, "y": tile.y})
            return bytes(cursor.fetchone()[0])

    ours, least = len(request(address)), len(bare())
    assert min(ours, least) > 1000 and abs(ours - least) < least / 50, (address, ours, least)
    return compared("pin-tile", ours=lambda: request(address), baseline=bare, target=1.5, repeats=LIGHT)


def known_tile(city: City) -> Row:
    """A tile asked for again by who has it (304), against a view of this service that does nothing."""
    with override_settings(ROOT_URLCONF=__name__):
        tag = _answered(KNOWN)["ETag"]
        assert _answered(KNOWN, HTTP_IF_NONE_MATCH=tag)["status"].startswith("304")
        return compared(
            "known-tile",
            ours=lambda: _answered(KNOWN, HTTP_IF_NONE_MATCH=tag),
            baseline=lambda: _answered("/empty"),
            target=1.5,
            repeats=LIGHT * 4,
        )


def _empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [path("empty", _empty), path("", include("mapfeedback.urls"))]


def _answered(address: str, **headers: str) -> dict[str, str]:
    """Status and headers of one whole request, all middleware included."""
    environ: dict[str, Any] = {"PATH_INFO": address, "HTTP_HOST": "localhost"}
    setup_testing_defaults(environ)
    told: dict[str, str] = {}

    def begin(status: str, found: list[tuple[str, str]], failure: object = None) -> Any:
        told.update(found, status=status)
        return lambda written: None

    answer = application()(environ | headers, begin)
    b"".join(answer)
    answer.close()
    return told
