"""Very many messages are answered at once: words are sorted in by the thousand then, and deltas look up no key.

How long the list of unsorted words may grow is said by the session now (settings), not by the index: a transaction
that writes many rows may say more.
"""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pins", "0077_totals_by_channel")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER INDEX pin_words RESET (gin_pending_list_limit)",
                    "ALTER INDEX pin_words SET (gin_pending_list_limit = 256)",
                )
            ],
            state_operations=[
                migrations.RemoveIndex("pin", "pin_words"),
                migrations.AddIndex(
                    "pin", django.contrib.postgres.indexes.GinIndex(fields=["words"], name="pin_words")
                ),
            ],
        ),
        migrations.AlterField(
            "delta",
            "municipality",
            models.ForeignKey(
                to="areas.municipality",
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                db_index=False,
                db_constraint=False,
            ),
        ),
    ]
