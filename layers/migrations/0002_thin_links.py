"""Links are written a hundred thousand at a time: without keys that are looked up for each row, and indexes of no use.

The lookup of the pin's key also locked every pin, and so wrote a page of the widest table for each link.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("layers", "0001_initial")]

    operations = [
        migrations.AlterField(
            "responselink",
            "pin",
            models.ForeignKey(
                to="pins.pin",
                on_delete=django.db.models.deletion.CASCADE,
                related_name="response_links",
                db_constraint=False,
            ),
        ),
        migrations.AlterField(
            "responselink",
            "response",
            models.ForeignKey(
                to="layers.response",
                on_delete=django.db.models.deletion.CASCADE,
                related_name="links",
                db_index=False,
                db_constraint=False,
            ),
        ),
        migrations.AlterField(
            "responselink",
            "shape",
            models.ForeignKey(
                to="layers.shape",
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                null=True,
                blank=True,
                db_index=False,
                db_constraint=False,
            ),
        ),
    ]
