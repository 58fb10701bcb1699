"""Totals are kept by channel too, so that all parts of a district's numbers are read from them.

Counted here from the messages, while nobody changes any: changes not folded yet are in it, and say no channel.
"""

from django.db import migrations, models

COUNT = """
    INSERT INTO pins_rollup (edition_id, side, place, value, suspected, n, answered)
    SELECT edition_id, 'channel', place, channel, suspected,
           ARRAY[{n}]::int[], ARRAY[{answered}]::int[]
    FROM (
        SELECT rolled.edition_id, pin.channel, pin.status, pin.suspected_default_place AS suspected,
               COALESCE(belongs.area_id, CASE WHEN pin.geom IS NULL THEN -1 ELSE 0 END) AS place,
               count(*) AS n, count(pin.answered_at) AS answered
        FROM pins_rollededition rolled
        JOIN areas_edition edition ON edition.id = rolled.edition_id
        JOIN areas_division division ON division.id = edition.division_id
        JOIN pins_pin pin ON pin.municipality_id = division.municipality_id AND pin.visibility = 'published'
        LEFT JOIN pins_membership belongs ON belongs.pin_id = pin.id AND belongs.edition_id = rolled.edition_id
        GROUP BY 1, 2, 3, 4, 5
    ) AS counted
    GROUP BY edition_id, place, channel, suspected"""
STATUSES = ("received", "in_progress", "answered", "done", "will_not_be_done", "transferred")


def by_status(number: str) -> str:
    return ", ".join(f"COALESCE(sum({number}) FILTER (WHERE status = '{status}'), 0)" for status in STATUSES)


class Migration(migrations.Migration):
    dependencies = [("pins", "0075_smallest_latitudes")]

    operations = [
        migrations.AddField("delta", "channel", models.CharField(max_length=20, null=True)),
        migrations.AlterField("rollup", "side", models.CharField(max_length=8)),
        migrations.RunSQL(
            COUNT.format(n=by_status("n"), answered=by_status("answered")),
            "DELETE FROM pins_rollup WHERE side = 'channel'",
        ),
    ]
