"""A report's contributions with their codes in the reader's words."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from layers.models import Effect
from mapfeedback.geo import Precision
from mapfeedback.pins.models import Category, Channel, Kind, Status
from mapfeedback.reports import wording
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
    # Each word is looked up once, not once for each of thousands.
    kinds, statuses, channels, precisions, effects = (
        {code: str(label) for code, label in choices.choices} for choices in (Kind, Status, Channel, Precision, Effect)
    )
    told = _("%(effect)s: %(summary)s")
    return [
        Labelled(
            item,
            kind=kinds[item.kind],
            topic=topics.get(item.category, item.category),
            status=statuses[item.status],
            channel=channels[item.channel],
            precision=precisions[item.precision],
            answers=tuple(
                told % {"effect": effects[effect], "summary": summary}
                for effect, summary in zip(item.effects, item.answers, strict=True)
            ),
        )
        for item in items
    ]


def listed(items: Iterable[ReportItem], categories: Iterable[Category]) -> list[dict[str, Any]]:
    """For `reports/_items.html`: there may be thousands, and of a dict a template reads several times faster."""
    # What many have in common is put into words once.
    day = cache(wording.day)
    supports = cache(lambda n: render_to_string("pins/_supports.html", {"pin": {"supports": n}}) if n else "")
    return [
        {
            "number": str(number),
            "id": one.item.id,
            "url": one.item.url,
            "language": one.item.language,
            "headline": (headline := one.item.headline),
            "text": "" if one.item.text == headline else one.item.text,
            "place": one.item.place,
            "placed": day(one.item.placed),
            "kind": one.kind,
            "topic": one.topic,
            "status": one.status,
            "channel": one.channel,
            "is_placeless": one.item.geometry is None,
            "is_suspected": one.item.suspected_default_place,
            "supports": supports(one.item.supports),
            "answers": one.answers,
        }
        for number, one in enumerate(labelled(items, categories), start=1)
    ]
