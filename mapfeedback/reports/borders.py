"""Which borders a page is drawn by, the others it can be drawn by, and what became of a district that ended."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace

from areas.models import Area, Edition
from areas.succession import successors
from mapfeedback.reports import wording
from mapfeedback.reports.loading import Question


@dataclass(frozen=True, slots=True)
class Version:
    """The same page by one edition of borders. `query` is empty for a plain question about today's."""

    since: datetime.date
    until: datetime.date | None
    query: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Heir:
    area: Area
    #: In words, of the ended district's ground.
    share: str


@dataclass(frozen=True, slots=True)
class Borders:
    #: Newest first; one alone is no choice.
    versions: list[Version]
    #: The last day of the shown borders; None for today's.
    ended_on: datetime.date | None
    #: Only when today's borders have no such district.
    is_gone: bool = False
    heirs: tuple[Heir, ...] = ()


def of_division(edition: Edition, question: Question) -> Borders:
    every = Edition.objects.published().filter(division=edition.division)
    return Borders(_versions(every, edition, question), edition.valid_to)


def of_district(area: Area, question: Question) -> Borders:
    bearers = Area.objects.published().filter(code=area.code, edition__division=area.division).select_related("edition")
    every = [each.edition for each in bearers]
    is_gone = not any(edition.is_in_force for edition in every)
    heirs = tuple(Heir(each.area, wording.share(each.of_old)) for each in successors(area)) if is_gone else ()
    return Borders(_versions(every, area.edition, question), area.edition.valid_to, is_gone, heirs)


def _versions(editions: Iterable[Edition], shown: Edition, question: Question) -> list[Version]:
    found = sorted(editions, key=lambda each: each.valid_from, reverse=True)
    return [
        Version(
            each.valid_from,
            each.valid_to,
            replace(question, edition=None if each.is_in_force else each.valid_from).query(),
            each == shown,
        )
        for each in found
    ]
