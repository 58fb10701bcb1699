"""`tile_code` of latitudes so small that radians() refuses them: the equator. All others stay, so no row is written."""

from importlib import import_module

from django.db import migrations

before = import_module("mapfeedback.pins.migrations.0030_tile_code")

BENT = "radians(least(greatest(lat, -85.06), 85.06))"
REPLACING = before.FUNCTION.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("pins", "0071_photos")]

    operations = [
        migrations.RunSQL(REPLACING.replace(BENT, f"CASE WHEN abs(lat) < 1e-300 THEN 0 ELSE {BENT} END"), REPLACING),
    ]
