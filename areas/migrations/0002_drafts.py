"""Editions become drafts before they are in force; those that are there were adopted on their first day."""

import datetime

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("areas", "0001_initial")]

    operations = [
        migrations.RemoveConstraint("edition", "one_current_edition_per_division"),
        migrations.RemoveConstraint("edition", "edition_ends_after_it_starts"),
        migrations.AddField("edition", "adopted_at", models.DateTimeField(blank=True, null=True)),
        migrations.RunSQL("UPDATE areas_edition SET adopted_at = valid_from", migrations.RunSQL.noop),
        migrations.AddConstraint(
            "edition",
            models.UniqueConstraint(
                fields=["division"],
                condition=Q(valid_to=None, adopted_at__isnull=False),
                name="one_edition_in_force_per_division",
            ),
        ),
        migrations.AddConstraint(
            "edition",
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from") - datetime.timedelta(days=1)),
                name="edition_ends_at_earliest_the_day_before_it_starts",
            ),
        ),
    ]
