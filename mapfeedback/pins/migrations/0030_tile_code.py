"""A number for every place, in whose order neighbours stand together: a tile of any zoom is one range of it."""

import django.db.models.expressions
from django.db import migrations, models

# Both coordinates in units of the world's width / 2^31, their bits by turns (y first). What is kept of a place is some
# 2 cm. Plain arithmetic in plpgsql: no function of PostGIS, so that a dump can be restored under any search path.
FUNCTION = """
CREATE FUNCTION tile_code(lon double precision, lat double precision) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    bent double precision := radians(least(greatest(lat, -85.06), 85.06));
    x bigint := least(greatest(floor((lon + 180) / 360 * 2147483648), 0), 2147483647)::bigint;
    y bigint := least(greatest(floor((0.5 - ln(tan(bent) + 1 / cos(bent)) / (2 * pi())) * 2147483648), 0),
                      2147483647)::bigint;
BEGIN
    x := (x | (x << 16)) & 281470681808895;
    y := (y | (y << 16)) & 281470681808895;
    x := (x | (x << 8)) & 71777214294589695;
    y := (y | (y << 8)) & 71777214294589695;
    x := (x | (x << 4)) & 1085102592571150095;
    y := (y | (y << 4)) & 1085102592571150095;
    x := (x | (x << 2)) & 3689348814741910323;
    y := (y | (y << 2)) & 3689348814741910323;
    x := (x | (x << 1)) & 6148914691236517205;
    y := (y | (y << 1)) & 6148914691236517205;
    RETURN x | (y << 1);
END $$
"""
# Every second bit of a code, together: its x; its y of the code shifted by one.
AXIS = """
CREATE FUNCTION tile_axis(code bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    bits bigint := code & 6148914691236517205;
BEGIN
    bits := (bits | (bits >> 1)) & 3689348814741910323;
    bits := (bits | (bits >> 2)) & 1085102592571150095;
    bits := (bits | (bits >> 4)) & 71777214294589695;
    bits := (bits | (bits >> 8)) & 281470681808895;
    RETURN (bits | (bits >> 16)) & 4294967295;
END $$
"""
#: Lines and areas among the points, so that a tile finds those that reach into it.
DRAWN = """
CREATE INDEX pin_drawn_gist ON pins_pin USING gist (geom)
WHERE visibility = 'published' AND GeometryType(geom) <> 'POINT'
"""


class Migration(migrations.Migration):
    dependencies = [("pins", "0020_words_and_orders")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION tile_code"),
        migrations.RunSQL(AXIS, "DROP FUNCTION tile_axis"),
        migrations.AddField(
            "pin",
            "tile_code",
            models.GeneratedField(
                db_persist=True,
                expression=django.db.models.expressions.RawSQL(
                    "CASE WHEN GeometryType(geom) = 'POINT' THEN tile_code(ST_X(geom), ST_Y(geom))"
                    " ELSE tile_code(ST_X(ST_PointOnSurface(geom)), ST_Y(ST_PointOnSurface(geom))) END",
                    [],
                ),
                output_field=models.BigIntegerField(null=True),
            ),
        ),
        migrations.AddIndex(
            "pin",
            models.Index(
                fields=["tile_code"],
                include=["id", "kind", "status", "category", "municipality", "placed_at", "answered_at"],
                condition=models.Q(visibility="published"),
                name="pin_tile",
            ),
        ),
        migrations.RunSQL(DRAWN, "DROP INDEX pin_drawn_gist"),
    ]
