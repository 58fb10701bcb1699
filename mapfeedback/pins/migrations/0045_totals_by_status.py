"""One row of totals holds all statuses: a sixth of the rows to read.

What was kept cannot be turned into it (days to the answer were kept without status). Until the totals are counted
again, by `rebuild_rollups` or in the night, pages count the pins.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


def numbers() -> django.contrib.postgres.fields.ArrayField:
    return django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)


class Migration(migrations.Migration):
    dependencies = [("pins", "0040_reach")]

    operations = [
        migrations.RunSQL("DELETE FROM pins_rollededition", migrations.RunSQL.noop),
        migrations.DeleteModel("Rollup"),
        migrations.CreateModel(
            "Rollup",
            [
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "edition_id",
                        "side",
                        "place",
                        "value",
                        "suspected",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("side", models.CharField(max_length=6)),
                ("place", models.BigIntegerField()),
                ("value", models.CharField(max_length=20)),
                ("suspected", models.BooleanField()),
                ("n", numbers()),
                ("answered", numbers()),
                (
                    "edition",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="areas.edition",
                    ),
                ),
            ],
        ),
        migrations.RunSQL("ALTER TABLE pins_rollup SET (fillfactor = 70)", migrations.RunSQL.noop),
    ]
