"""The area of the main division is one membership among the others: new borders no longer rewrite pins.

The table of memberships is written anew without the keys and indexes that cost most when borders change.
"""

import django.db.models.deletion
from django.db import migrations, models


def key(to: str, on_delete: object, related_name: str = "+") -> models.ForeignKey:
    return models.ForeignKey(to=to, on_delete=on_delete, related_name=related_name, db_index=False, db_constraint=False)


class Migration(migrations.Migration):
    dependencies = [("areas", "0002_drafts"), ("pins", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE TABLE pins_membership_kept AS SELECT pin_id, edition_id, area_id FROM pins_membership",
            migrations.RunSQL.noop,
        ),
        migrations.DeleteModel("Membership"),
        migrations.CreateModel(
            "Membership",
            [
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "pin_id", "edition_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("pin", key("pins.pin", django.db.models.deletion.CASCADE, "memberships")),
                ("edition", key("areas.edition", django.db.models.deletion.DO_NOTHING)),
                ("area", key("areas.area", django.db.models.deletion.CASCADE)),
            ],
        ),
        migrations.RunSQL(
            "INSERT INTO pins_membership SELECT pin_id, edition_id, area_id FROM pins_membership_kept ORDER BY 1, 2;"
            " DROP TABLE pins_membership_kept",
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex("membership", models.Index(fields=["area", "pin"], name="membership_of_area")),
        migrations.RemoveIndex("pin", "pin_area_newest"),
        migrations.RemoveField("pin", "area"),
    ]
