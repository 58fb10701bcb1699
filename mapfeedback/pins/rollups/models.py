"""The tables of kept totals: changes not folded yet, sums by area, and sums by square of the map."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from areas.models import Edition, Municipality


class Delta(models.Model):
    """One change that totals have not heard of yet: a public pin came into this state (`sign` 1) or left it (-1).

    Only ever added, in the change's own transaction (`rollups.writing`), and taken away by the fold.
    """

    sign = models.SmallIntegerField()
    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)
    category = models.ForeignKey("pins.Category", models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    status = models.CharField(max_length=20)
    #: Empty only in changes from before it was kept, which totals by channel had counted already.
    channel = models.CharField(max_length=20, null=True)  # noqa: DJ001 - unknown is not empty
    #: `2026-05`, in the city's time zone.
    month = models.CharField(max_length=7)
    #: Days to the first answer as figures count them (`figures.DAYS`); empty while unanswered.
    days = models.DecimalField(max_digits=9, decimal_places=1, null=True)
    suspected = models.BooleanField()
    placeless = models.BooleanField()
    #: Empty without a place.
    tile_code = models.BigIntegerField(null=True)
    #: Its memberships: the area at the same place of `areas` is that of the edition here.
    editions = ArrayField(models.BigIntegerField())
    areas = ArrayField(models.BigIntegerField())

    def __str__(self) -> str:
        return f"{self.sign:+d} {self.kind} {self.status}"


class Rollup(models.Model):
    """How many public pins of an edition are in one place, by one side: the sum of all folded deltas.

    `side` is `topic` (value: category id), `main` (its main topic, or itself), `kind`, `channel`, `month`, or `days`
    (value: days to the answer). Every pin is once in each side but `days`, which has the answered ones. One row holds
    all statuses, so that a million pins are read as some thousand rows: `n` and `answered` have one number for each, in
    the order of `Status`. A new status is added at the end of it, with a migration that makes the arrays longer.
    """

    pk = models.CompositePrimaryKey("edition_id", "side", "place", "value", "suspected")
    edition = models.ForeignKey(Edition, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    side = models.CharField(max_length=8)
    #: An area's id, or one of `rollups.OUTSIDE` and `rollups.UNLOCATED`.
    place = models.BigIntegerField()
    value = models.CharField(max_length=20)
    suspected = models.BooleanField()
    n = ArrayField(models.IntegerField())
    answered = ArrayField(models.IntegerField())

    def __str__(self) -> str:
        return f"{self.side} {self.value}: {sum(self.n)}"


class RolledEdition(models.Model):
    """An edition whose rollups are kept. Another one is counted from its pins."""

    edition = models.OneToOneField(Edition, models.CASCADE, primary_key=True, related_name="+")
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.edition_id}"


class Cell(models.Model):
    """How many public pins lie in one square of the tile grid, of each kind: the sum of all folded deltas.

    Kept for the `rollups.cells.LEVELS`, and right only together with the deltas, and once a `CellCount` is there.
    """

    pk = models.CompositePrimaryKey("level", "code", "municipality_id")
    #: The zoom of which it would be a whole tile.
    level = models.SmallIntegerField()
    #: What the tile codes of its places begin with.
    code = models.BigIntegerField()
    municipality = models.ForeignKey(
        Municipality, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    #: Its column and row among all squares of the level.
    x = models.IntegerField()
    y = models.IntegerField()
    n = models.IntegerField()
    #: Of each kind, in the order of `rollups.cells.KINDS`.
    kinds = ArrayField(models.IntegerField())

    def __str__(self) -> str:
        return f"{self.level}/{self.x}/{self.y}: {self.n}"


class MarkedCell(models.Model):
    """The same for a part of the pins that filters ask for: those of a `mark` (`rollups.cells.Asked`) and a kind."""

    pk = models.CompositePrimaryKey("level", "mark", "kind", "code", "municipality_id")
    level = models.SmallIntegerField()
    mark = models.CharField(max_length=24)
    kind = models.CharField(max_length=20)
    code = models.BigIntegerField()
    municipality = models.ForeignKey(
        Municipality, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    x = models.IntegerField()
    y = models.IntegerField()
    n = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.level}/{self.x}/{self.y} {self.mark} {self.kind}: {self.n}"


class CellCount(models.Model):
    """Since when cells are kept. Without one, tiles are counted from the pins."""

    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.counted_at}"
