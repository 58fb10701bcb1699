"""One area per code, each with a name and a code of its own."""

from itertools import pairwise

import shapely
from django.utils.translation import gettext as _

from areas.importing import naming
from areas.importing.reading import Feature, label
from areas.importing.report import ImportReport, Refused, listed
from areas.importing.staged import StagedArea


def named_areas(
    features: list[Feature], boundaries: list[shapely.Geometry], fields: dict[str, str], report: ImportReport
) -> list[StagedArea]:
    """One area per code (per feature when there is no code field), with a name and an address-safe code each."""
    areas: list[StagedArea] = []
    by_code: dict[str, StagedArea] = {}
    for feature, outline in zip(features, boundaries, strict=True):
        said = {ours: naming.words(feature.properties.get(theirs)) for ours, theirs in fields.items() if theirs}
        code, name = said.get("code", ""), said.get("name", "")
        population = naming.count_of(said.get("population"))
        if population is None and said.get("population"):
            report.warnings.append(
                _("%(feature)s: %(value)s is not a number of people.")
                % {"feature": label(feature), "value": said["population"][:40]}
            )
        if fields["code"] and not code:
            report.warnings.append(_("%(feature)s has no code; it got one.") % {"feature": label(feature)})
        if fields["name"] and not name:
            report.warnings.append(_("%(feature)s has no name; its code serves.") % {"feature": label(feature)})
        if code and code in by_code:
            _join(by_code[code], feature, name, outline, report)
            continue
        area = StagedArea([feature.number], code, name, said.get("name_sv", ""), population, outline)
        areas.append(area)
        if code:
            by_code[code] = area
    _give_codes(areas, report)
    _tell_of_same_names(areas, report)
    return areas


def _join(area: StagedArea, feature: Feature, name: str, outline: shapely.Geometry, report: ImportReport) -> None:
    """A second feature of the same code is another part of the same area, unless its name says otherwise."""
    if name and area.name and name != area.name:
        raise Refused(
            _("Two areas have the code %(code)s: %(one)s and %(other)s. Correct it or choose another field.")
            % {"code": area.code, "one": area.name, "other": name},
            how=_("The field of the codes is chosen with --code-field."),
            asks="names",
        )
    area.numbers.append(feature.number)
    area.name = area.name or name
    area.boundary = shapely.union(area.boundary, outline)
    report.warnings.append(
        _("%(feature)s has the same code as feature %(first)s; they became one area.")
        % {"feature": label(feature), "first": area.numbers[0]}
    )


def _give_codes(areas: list[StagedArea], report: ImportReport) -> None:
    codes = naming.Codes()
    for area in areas:
        original = area.code
        if original:
            area.code = codes.take(naming.safe_code(original) or str(area.numbers[0]))
            if area.code != original:
                report.warnings.append(
                    _("The code %(original)s cannot stand in an address; it became %(code)s.")
                    % {"original": original[:60], "code": area.code}
                )
    for area in areas:
        if not area.code:
            area.code = codes.take(naming.code_from_name(area.name) or str(area.numbers[0]))
        area.name = area.name or area.code
        if len(area.name) > naming.LONGEST_NAME or len(area.name_sv) > naming.LONGEST_NAME:
            report.warnings.append(_("The name of %(code)s was too long and was cut.") % {"code": area.code})
            area.name, area.name_sv = area.name[: naming.LONGEST_NAME], area.name_sv[: naming.LONGEST_NAME]


def _tell_of_same_names(areas: list[StagedArea], report: ImportReport) -> None:
    ordered = sorted(areas, key=lambda area: area.name)
    same = {one.name for one, other in pairwise(ordered) if one.name == other.name}
    if same:
        report.warnings.append(
            _("Several areas have the same name and stay apart by their codes: %(names)s.")
            % {"names": listed(sorted(same), 10)}
        )
