"""One person's "I agree" on a pin, its counters on the pin, and the counts of an hour."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("areas", "0011_school_areas"),
        ("consultations", "0001_initial"),
        ("pins", "0045_totals_by_status"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Support",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("device", models.UUIDField(blank=True, null=True)),
                ("given_on", models.DateField()),
            ],
            options={
                "verbose_name": "support",
            },
        ),
        migrations.CreateModel(
            name="SupportTally",
            fields=[
                ("key", models.UUIDField(primary_key=True, serialize=False)),
                ("hour", models.DateTimeField(db_index=True)),
                ("n", models.PositiveIntegerField(db_default=1, default=1)),
            ],
        ),
        migrations.AddField(
            model_name="pin",
            name="supports",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name="pin",
            name="supports_verified",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddIndex(
            model_name="pin",
            index=models.Index(
                condition=models.Q(("visibility", "published")),
                fields=["-supports", "-placed_at", "-id"],
                include=("tile_code", "kind"),
                name="pin_supported",
            ),
        ),
        migrations.AddConstraint(
            model_name="pin",
            constraint=models.CheckConstraint(
                condition=models.Q(("supports_verified__lte", models.F("supports"))), name="verified_supports_are_part"
            ),
        ),
        migrations.AddField(
            model_name="support",
            name="account",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="support",
            name="pin",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="pins.pin"
            ),
        ),
        migrations.AddIndex(
            model_name="support",
            index=models.Index(
                condition=models.Q(("account__isnull", False)), fields=["account"], name="support_of_account"
            ),
        ),
        migrations.AddConstraint(
            model_name="support",
            constraint=models.UniqueConstraint(
                condition=models.Q(("account__isnull", False)),
                fields=("pin", "account"),
                name="one_support_per_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="support",
            constraint=models.UniqueConstraint(fields=("pin", "device"), name="one_support_per_device"),
        ),
        migrations.AddConstraint(
            model_name="support",
            constraint=models.CheckConstraint(
                condition=models.Q(("account", None), ("device", None), _connector="OR"),
                name="support_of_account_or_device",
            ),
        ),
    ]
