"""Lines and drawn areas remember every area that holds a part of them."""

import django.db.models.deletion
from django.db import migrations, models

#: Lines and areas among the points, so that new borders find them without reading every pin.
DRAWN = "CREATE INDEX pin_drawn ON pins_pin (municipality_id, id) WHERE GeometryType(geom) <> 'POINT'"
#: What is there already, by the rule as it was when this table began.
FILL = """
    INSERT INTO pins_reach (pin_id, area_id, is_home, share, metres, square_metres)
    WITH place AS MATERIALIZED (
        SELECT id, municipality_id, ST_Dimension(geom) AS dim,
            CASE ST_Dimension(geom) WHEN 1 THEN ST_UnaryUnion(geom) ELSE geom END AS geom
        FROM pins_pin WHERE GeometryType(geom) <> 'POINT' AND ST_Dimension(geom) > 0
    ), part AS MATERIALIZED (
        SELECT place.id, place.dim, place.geom AS whole, area.edition_id, area.id AS area_id, area.code,
            ST_CollectionExtract(ST_Intersection(place.geom, area.boundary), place.dim + 1) AS geom
        FROM place
        JOIN areas_division division ON division.municipality_id = place.municipality_id
        JOIN areas_edition edition ON edition.division_id = division.id
        JOIN areas_area area ON area.edition_id = edition.id AND ST_Intersects(area.boundary, place.geom)
    ), apart AS (
        SELECT id, dim, whole, edition_id, area_id,
            CASE WHEN earlier IS NULL THEN geom ELSE ST_Difference(geom, ST_Union(earlier)) END AS geom
        FROM (SELECT *, array_agg(geom) OVER (PARTITION BY id, edition_id ORDER BY code
                                              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier
              FROM part) AS told
    ), measured AS (
        SELECT id, edition_id, area_id, dim,
            CASE dim WHEN 1 THEN ST_Length(geom::geography) ELSE ST_Area(geom::geography) END AS size,
            CASE dim WHEN 1 THEN ST_Length(whole::geography) ELSE ST_Area(whole::geography) END AS of_whole
        FROM apart
    ), shared AS (
        SELECT *, size / NULLIF(GREATEST(of_whole, sum(size) OVER (PARTITION BY id, edition_id)), 0) AS share
        FROM measured
    )
    SELECT id, area_id, EXISTS (SELECT FROM pins_membership home WHERE home.pin_id = shared.id AND home.area_id = shared.area_id),
        share, CASE dim WHEN 1 THEN size END, CASE dim WHEN 2 THEN size END
    FROM shared WHERE share >= 1e-6
"""


def key(to: str, related_name: str = "+") -> models.ForeignKey:
    return models.ForeignKey(
        to=to,
        on_delete=django.db.models.deletion.CASCADE,
        related_name=related_name,
        db_index=False,
        db_constraint=False,
    )


class Migration(migrations.Migration):
    dependencies = [("areas", "0010_figures"), ("pins", "0031_rollups")]

    operations = [
        migrations.CreateModel(
            "Reach",
            [
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "pin_id", "area_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("pin", key("pins.pin", "reaches")),
                ("area", key("areas.area")),
                ("is_home", models.BooleanField()),
                ("share", models.FloatField()),
                ("metres", models.FloatField(null=True)),
                ("square_metres", models.FloatField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(share__gt=0, share__lte=1), name="reach_is_a_share"),
                    models.CheckConstraint(
                        condition=models.Q(metres=None, square_metres__isnull=False)
                        | models.Q(metres__isnull=False, square_metres=None),
                        name="reach_has_one_size",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["area", "pin"], name="reach_of_area"),
                    models.Index(
                        fields=["area", "pin"], condition=models.Q(is_home=False), name="reach_from_elsewhere"
                    ),
                ],
            },
        ),
        migrations.RunSQL(DRAWN, "DROP INDEX pin_drawn"),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
