import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


def square() -> list[tuple[str, models.Field]]:
    return [
        ("code", models.BigIntegerField()),
        ("x", models.IntegerField()),
        ("y", models.IntegerField()),
        ("n", models.IntegerField()),
        (
            "municipality",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="areas.municipality",
            ),
        ),
    ]


def key(*names: str) -> tuple[str, models.Field]:
    return (
        "pk",
        models.CompositePrimaryKey(*names, blank=True, editable=False, primary_key=True, serialize=False),
    )


#: The largest lines and areas of a far tile, without reading all that lie in it.
SIZE = """
CREATE INDEX pin_drawn_size ON pins_pin (ST_Length(ST_BoundingDiagonal(geom)) DESC, id)
WHERE visibility = 'published' AND GeometryType(geom) <> 'POINT'
"""


class Migration(migrations.Migration):
    dependencies = [("areas", "0010_figures"), ("pins", "0055_words_sooner")]

    operations = [
        migrations.AddField("delta", "tile_code", models.BigIntegerField(null=True)),
        migrations.CreateModel(
            name="Cell",
            fields=[
                key("level", "code", "municipality_id"),
                ("level", models.SmallIntegerField()),
                *square(),
                ("kinds", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
            ],
        ),
        migrations.CreateModel(
            name="MarkedCell",
            fields=[
                key("level", "mark", "kind", "code", "municipality_id"),
                ("level", models.SmallIntegerField()),
                ("mark", models.CharField(max_length=24)),
                ("kind", models.CharField(max_length=20)),
                *square(),
            ],
        ),
        migrations.CreateModel(
            name="CellCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("counted_at", models.DateTimeField()),
            ],
        ),
        # Updated in place, all day.
        migrations.RunSQL(
            "ALTER TABLE pins_cell SET (fillfactor = 80); ALTER TABLE pins_markedcell SET (fillfactor = 80)",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(SIZE, "DROP INDEX pin_drawn_size"),
    ]
