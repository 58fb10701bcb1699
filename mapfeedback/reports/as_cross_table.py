"""All areas by topic and status, for who counts further: one CSV of a city."""

import csv
import io

from areas.models import Edition
from mapfeedback.pins.figures import OUTSIDE, UNLOCATED, Matrix
from mapfeedback.pins.models import Category, Status
from mapfeedback.spreadsheets import harmless


def as_cross_table(edition: Edition, counted: Matrix) -> str:
    """A row for each area and topic with contributions; what lies in no area has the codes `outside` and `unlocated`.

    The numbers of all rows add up to the city's total. Names are in the reader's language.
    """
    places = {area.pk: (area.code, area.name) for area in edition.areas.defer("boundary")}
    places |= {OUTSIDE: ("outside", ""), UNLOCATED: ("unlocated", "")}
    topics = {category.pk: (category.slug, category.name) for category in Category.objects.all()}
    rows = sorted(
        (*places[place], *topics[topic], *numbers, sum(numbers))
        for (place, topic), numbers in counted.items()
        if any(numbers)
    )
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["area_code", "area_name", "category", "category_name", *Status.values, "total"])
    for row in rows:
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return file.getvalue()
