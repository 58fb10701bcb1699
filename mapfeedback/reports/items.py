"""A report's contributions with their codes in the reader's words."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from layers.models import Effect
from mapfeedback.geo import Precision
from mapfeedback.pins.models import Category, Channel, Kind, Status
from mapfeedback.reports.district import ReportItem


@dataclass(frozen=True, slots=True)
class Labelled:
    item: ReportItem
    kind: str
    topic: str
    status: str
    channel: str
    precision: str
    #: Each answer with its effect before it.
    answers: tuple[str, ...]


def labelled(items: Iterable[ReportItem], categories: Iterable[Category]) -> list[Labelled]:
    topics = {category.slug: category.name for category in categories}
    return [
        Labelled(
            item,
            kind=str(Kind(item.kind).label),
            topic=topics.get(item.category, item.category),
            status=str(Status(item.status).label),
            channel=str(Channel(item.channel).label),
            precision=str(Precision(item.precision).label),
            answers=tuple(
                _("%(effect)s: %(summary)s") % {"effect": Effect(effect).label, "summary": summary}
                for effect, summary in zip(item.effects, item.answers, strict=True)
            ),
        )
        for item in items
    ]
