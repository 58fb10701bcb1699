"""Photos, and on each pin how many of them everybody may see."""

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pins", "0070_cells")]

    operations = [
        migrations.CreateModel(
            name="Photo",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("description", models.CharField(blank=True, max_length=200)),
                ("width", models.PositiveSmallIntegerField()),
                ("height", models.PositiveSmallIntegerField()),
                ("fingerprint", models.CharField(max_length=64)),
                (
                    "visibility",
                    models.CharField(
                        choices=[("waiting", "waiting for a check"), ("published", "published"), ("hidden", "hidden")],
                        default="waiting",
                        max_length=20,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("recognisable", "A person or a number plate can be recognised."),
                            ("private", "It shows somebody's home or other private things."),
                            ("offensive", "It insults or threatens somebody."),
                            ("anothers", "Somebody else seems to have taken the picture."),
                            ("not_about_place", "It does not show the place or the matter."),
                        ],
                        max_length=20,
                    ),
                ),
                ("added_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "photo",
                "ordering": ("pk",),
            },
        ),
        migrations.AddField(
            model_name="pin",
            name="photo_count",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddIndex(
            model_name="pin",
            index=models.Index(
                condition=models.Q(("visibility", "published"), ("photo_count__gt", 0)),
                fields=["-placed_at", "-id"],
                name="pin_with_photo",
            ),
        ),
        migrations.AddIndex(
            model_name="pin",
            index=models.Index(
                condition=models.Q(("visibility", "published"), ("photo_count__gt", 0)),
                fields=["tile_code"],
                include=("id", "kind"),
                name="pin_tile_with_photo",
            ),
        ),
        migrations.AddField(
            model_name="photo",
            name="pin",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="photos", to="pins.pin"),
        ),
        migrations.AddIndex(
            model_name="photo",
            index=models.Index(
                condition=models.Q(("visibility", "waiting")), fields=["added_at"], name="photo_waiting"
            ),
        ),
        migrations.AddConstraint(
            model_name="photo",
            constraint=models.UniqueConstraint(fields=("pin", "fingerprint"), name="photo_once_on_a_pin"),
        ),
        migrations.AddConstraint(
            model_name="photo",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("visibility", "hidden"), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="hidden_photo_has_reason",
            ),
        ),
    ]
