"""One area per code, each with a name and a code of its own."""

from dataclasses import dataclass, field
from itertools import pairwise

import shapely
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from areas.importing import naming
from areas.importing.reading import Feature, label
from areas.importing.report import ImportReport, Refused, listed
from areas.importing.staged import StagedArea


@dataclass(slots=True)
class _Seen:
    """What was met on the way, each kind to be told once, counted and with the features it is about."""

    twice: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    no_code: list[str] = field(default_factory=list)
    no_name: list[str] = field(default_factory=list)
    no_number: list[str] = field(default_factory=list)
    odd_codes: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)


def named_areas(
    features: list[Feature], boundaries: list[shapely.Geometry], fields: dict[str, str], report: ImportReport
) -> list[StagedArea]:
    """One area per code (per feature when there is no code field), with a name and an address-safe code each.

    A feature that repeats another with name, code and border is left out. Raises Refused for one code of two names.
    """
    areas: list[StagedArea] = []
    by_code: dict[str, StagedArea] = {}
    by_everything: dict[tuple[str, str, bytes], Feature] = {}
    seen = _Seen()
    for feature, outline in zip(features, boundaries, strict=True):
        said = {ours: naming.words(feature.properties.get(theirs)) for ours, theirs in fields.items() if theirs}
        code, name = said.get("code", ""), said.get("name", "")
        first = by_everything.setdefault((code, name, shapely.to_wkb(shapely.normalize(outline))), feature)
        if first is not feature:
            seen.twice.append(f"{label(feature)} = {first.number}")
            continue
        if fields["code"] and not code:
            seen.no_code.append(label(feature))
        if fields["name"] and not name:
            seen.no_name.append(label(feature))
        population = naming.count_of(said.get("population"))
        if population is None and said.get("population"):
            seen.no_number.append(f"{label(feature)}: {said['population'][:40]}")
        if code in by_code:
            _join(by_code[code], feature, said, outline)
            seen.joined.append(f"{label(feature)} + {by_code[code].numbers[0]}")
            continue
        area = StagedArea(
            [feature.number], code, name, said.get("name_sv", ""), population, outline, said.get("parent", "")
        )
        areas.append(area)
        if code:
            by_code[code] = area
    _give_codes(areas, seen)
    _tell(seen, areas, report)
    return areas


def _join(area: StagedArea, feature: Feature, said: dict[str, str], outline: shapely.Geometry) -> None:
    """A second feature of the same code is another part of the same area, unless its name says otherwise."""
    name = said.get("name", "")
    if name and area.name and name != area.name:
        raise Refused(
            _("Two areas have the code %(code)s: %(one)s and %(other)s. Correct it or choose another field.")
            % {"code": area.code, "one": area.name, "other": name},
            how=_("The field of the codes is chosen with --code-field."),
            asks="names",
        )
    area.numbers.append(feature.number)
    area.name = area.name or name
    area.name_sv, area.parent = area.name_sv or said.get("name_sv", ""), area.parent or said.get("parent", "")
    area.population = naming.count_of(said.get("population")) if area.population is None else area.population
    area.boundary = shapely.union(area.boundary, outline)


def _give_codes(areas: list[StagedArea], seen: _Seen) -> None:
    codes = naming.Codes()
    for area in areas:
        original = area.code
        if original:
            area.code = codes.take(naming.safe_code(original) or str(area.numbers[0]))
            if area.code != original:
                seen.odd_codes.append(f"{original[:60]} → {area.code}")
    for area in areas:
        if not area.code:
            area.code = codes.take(naming.code_from_name(area.name) or str(area.numbers[0]))
        area.name = area.name or area.code
        if len(area.name) > naming.LONGEST_NAME or len(area.name_sv) > naming.LONGEST_NAME:
            seen.cut.append(area.code)
            area.name, area.name_sv = area.name[: naming.LONGEST_NAME], area.name_sv[: naming.LONGEST_NAME]


def _tell(seen: _Seen, areas: list[StagedArea], report: ImportReport) -> None:
    """One row for each kind of thing met: how many first, then which."""
    ordered = sorted(areas, key=lambda area: area.name)
    same = {one.name for one, other in pairwise(ordered) if one.name == other.name}
    for met, row in (
        (seen.twice, _twice),
        (seen.joined, _joined),
        (seen.no_code, _no_code),
        (seen.no_name, _no_name),
        (seen.no_number, _no_number),
        (seen.odd_codes, _odd_codes),
        (seen.cut, _cut),
        (sorted(same), _same_names),
    ):
        if met:
            report.warnings.append(row(len(met)) % {"count": len(met), "features": listed(met)})


def _twice(count: int) -> str:
    return ngettext(
        "%(count)s feature repeats another with name and border and was left out: %(features)s.",
        "%(count)s features repeat others with name and border and were left out: %(features)s.",
        count,
    )


def _joined(count: int) -> str:
    return ngettext(
        "%(count)s feature has the code of an earlier one and became part of its area: %(features)s.",
        "%(count)s features have the codes of earlier ones and became parts of their areas: %(features)s.",
        count,
    )


def _no_code(count: int) -> str:
    return ngettext(
        "%(count)s feature has no code; it got one: %(features)s.",
        "%(count)s features have no code; they got one: %(features)s.",
        count,
    )


def _no_name(count: int) -> str:
    return ngettext(
        "%(count)s feature has no name; its code serves: %(features)s.",
        "%(count)s features have no name; their codes serve: %(features)s.",
        count,
    )


def _no_number(count: int) -> str:
    return ngettext(
        "%(count)s population is no number of people and stays unknown: %(features)s.",
        "%(count)s populations are no numbers of people and stay unknown: %(features)s.",
        count,
    )


def _odd_codes(count: int) -> str:
    return ngettext(
        "%(count)s code cannot stand in an address and was changed: %(features)s.",
        "%(count)s codes cannot stand in an address and were changed: %(features)s.",
        count,
    )


def _cut(count: int) -> str:
    return ngettext(
        "%(count)s name was too long and was cut: %(features)s.",
        "%(count)s names were too long and were cut: %(features)s.",
        count,
    )


def _same_names(count: int) -> str:
    return ngettext(
        "%(count)s name belongs to several areas, which stay apart by their codes: %(features)s.",
        "%(count)s names belong to several areas each, which stay apart by their codes: %(features)s.",
        count,
    )
