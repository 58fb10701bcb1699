"""How far lines and drawn areas lie in which areas: worked out from borders once, and remembered with their shares.

In every edition of its municipality's divisions, drafts included, a line or a drawn area lies in each area that holds
a part of it. What lies along a shared border, or in two areas that overlap, belongs to the area whose code sorts first;
so shares never add up to more than 1, and what is missing lies outside. A road drawn twice over itself is one road.
The area that holds its spot is its home, by the rule of `memberships`.

Nothing is counted by this: a contribution counts once, in the area of its spot (`memberships`).
"""

from typing import Any, Final

from django.db import connection

from areas.models import Edition

#: Smaller shares are rounding, of the kind that two neighbours drawn corner to corner leave between them.
DUST: Final = 1e-6
#: Lines and drawn areas handled at a time: so long is a transaction.
BATCH: Final = 2000

# {places} is a relation (id, municipality_id, geom) of lines and areas, {editions} a condition. Sizes are metres and
# square metres on the ellipsoid. Edges are straight on the map and arcs on the ellipsoid, so that parts of a very long
# edge may be together longer than the whole: the greater of both is what shares are shares of. Area by area, so that
# each border is unpacked and prepared once: that halves the time of many.
_REACHES: Final = """
    WITH place AS MATERIALIZED (
        SELECT id, municipality_id, ST_Dimension(geom) AS dim,
            CASE ST_Dimension(geom) WHEN 1 THEN ST_UnaryUnion(geom) ELSE geom END AS geom,
            ST_PointOnSurface(geom) AS spot
        FROM {places} AS given WHERE ST_Dimension(geom) > 0
    ), touched AS MATERIALIZED (
        SELECT place.*, edition.id AS edition_id, touched.*
        FROM place
        JOIN areas_division division ON division.municipality_id = place.municipality_id
        JOIN areas_edition edition ON edition.division_id = division.id AND {editions}
        CROSS JOIN LATERAL (
            SELECT piece.area_id, bool_or(ST_Intersects(piece.geom, place.spot)) AS holds_spot,
                bool_or(ST_CoveredBy(place.geom, piece.geom)) AS in_one_piece
            FROM areas_areapiece piece
            WHERE piece.edition_id = edition.id AND ST_Intersects(piece.geom, place.geom)
            GROUP BY piece.area_id
        ) AS touched
        ORDER BY touched.area_id
    ), part AS MATERIALIZED (
        SELECT touched.id, touched.dim, touched.geom AS whole, touched.edition_id, area.id AS area_id, area.code,
            touched.holds_spot, covered.all_of_it,
            CASE WHEN covered.all_of_it THEN touched.geom
                 ELSE ST_CollectionExtract(ST_Intersection(touched.geom, area.boundary), touched.dim + 1) END AS geom
        FROM touched JOIN areas_area area ON area.id = touched.area_id
        CROSS JOIN LATERAL (
            SELECT touched.in_one_piece OR ST_Covers(area.boundary, touched.geom) AS all_of_it OFFSET 0) AS covered
    ), apart AS (
        SELECT id, dim, whole, edition_id, area_id, all_of_it AND earlier IS NULL AS is_whole,
            holds_spot AND NOT COALESCE(spot_is_taken, FALSE) AS is_home,
            CASE WHEN earlier IS NULL THEN geom ELSE ST_Difference(geom, ST_Union(earlier)) END AS geom
        FROM (SELECT *, array_agg(geom) OVER before AS earlier, bool_or(holds_spot) OVER before AS spot_is_taken
              FROM part
              WINDOW before AS (PARTITION BY id, edition_id ORDER BY code
                                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS told
    ), measured AS (
        SELECT id, edition_id, area_id, is_home, dim, of_whole,
            CASE WHEN is_whole THEN of_whole
                 WHEN dim = 1 THEN ST_Length(geom::geography) ELSE ST_Area(geom::geography) END AS size
        FROM (SELECT *, CASE dim WHEN 1 THEN ST_Length(whole::geography) ELSE ST_Area(whole::geography) END AS of_whole
              FROM apart OFFSET 0) AS of_one  -- the ellipsoid is dear: asked once for what lies in one area
    ), shared AS (
        SELECT *, size / NULLIF(GREATEST(of_whole, sum(size) OVER (PARTITION BY id, edition_id)), 0) AS share
        FROM measured
    )
    SELECT id AS pin_id, area_id, is_home, share,
        CASE dim WHEN 1 THEN size END AS metres, CASE dim WHEN 2 THEN size END AS square_metres
    FROM shared WHERE share >= %(dust)s"""

#: The parts of one new line or drawn area as the CTE `parts` (area_id, is_home, share, metres, square_metres).
#: `municipality_id` and `geom` are bound, and what `BOUND` holds.
PARTS_OF_ONE: Final = f"""
    parts AS MATERIALIZED ({
    _REACHES.format(
        places="(SELECT 0 AS id, %(municipality_id)s::bigint AS municipality_id, %(geom)s::geometry AS geom)",
        editions="TRUE",
    )
})"""
BOUND: Final = {"dust": DUST}

# Written as the index `pin_drawn` has it.
_DRAWN: Final = "GeometryType(geom) <> 'POINT'"

_OF_EDITION: Final = f"""
    INSERT INTO pins_reach (pin_id, area_id, is_home, share, metres, square_metres)
    SELECT * FROM ({
    _REACHES.format(
        places=f"(SELECT * FROM pins_pin WHERE id = ANY(%(pins)s) AND {_DRAWN})", editions="edition.id = %(edition)s"
    )
}) AS found
    ON CONFLICT (pin_id, area_id) DO NOTHING"""  # noqa: S608


def remember_parts(pin_ids: list[int] | None) -> None:
    """Work out the parts of these pins anew, `None` means all. Only rows that were wrong are written."""
    ours = "TRUE" if pin_ids is None else "{column} = ANY(%(pins)s)"
    places = f"(SELECT * FROM pins_pin WHERE {_DRAWN} AND {ours.format(column='id')})"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH found AS MATERIALIZED ({_REACHES.format(places=places, editions="TRUE")}),
            gone AS (
                DELETE FROM pins_reach had WHERE {ours.format(column="pin_id")} AND NOT EXISTS (
                    SELECT FROM found WHERE found.pin_id = had.pin_id AND found.area_id = had.area_id)
            )
            INSERT INTO pins_reach AS had (pin_id, area_id, is_home, share, metres, square_metres)
            SELECT pin_id, area_id, is_home, share, metres, square_metres FROM found
            ON CONFLICT (pin_id, area_id) DO UPDATE
            SET is_home = EXCLUDED.is_home, share = EXCLUDED.share,
                metres = EXCLUDED.metres, square_metres = EXCLUDED.square_metres
            WHERE (had.is_home, had.share, had.metres, had.square_metres)
                IS DISTINCT FROM (EXCLUDED.is_home, EXCLUDED.share, EXCLUDED.metres, EXCLUDED.square_metres)
            """,  # noqa: S608
            {"pins": pin_ids, **BOUND},
        )


def batches_for(edition: Edition) -> list[tuple[str, dict[str, Any]]]:
    """Statements with their values that together remember the parts of all lines and drawn areas in one edition.

    What is there already stays: it was written by somebody who knew the edition, and changes only with its pin.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM pins_pin WHERE {_DRAWN} AND municipality_id = %s ORDER BY id",  # noqa: S608
            [edition.division.municipality_id],
        )
        drawn = [row[0] for row in cursor.fetchall()]
    return [
        (_OF_EDITION, {"pins": drawn[at : at + BATCH], "edition": edition.pk, **BOUND})
        for at in range(0, len(drawn), BATCH)
    ]


def forget_parts(edition: Edition) -> None:
    """Drop what is remembered of an edition about to be thrown away."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM pins_reach WHERE area_id IN (SELECT id FROM areas_area WHERE edition_id = %s)", [edition.pk]
        )
