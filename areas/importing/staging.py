"""From a file's features to areas that could be adopted, with everything that was mended or doubted written down."""

import re
from collections.abc import Sequence
from typing import Final

import numpy
import shapely
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from areas.importing import naming, reading
from areas.importing.comparing import compare_neighbours
from areas.importing.entitling import named_areas
from areas.importing.guessing import fields_of
from areas.importing.placing import in_wgs84
from areas.importing.reading import BorderFile, Feature, label
from areas.importing.repairing import TooHard, repaired
from areas.importing.report import Doubt, ImportReport, Refused, Repair, listed
from areas.importing.seen import Column, Seen
from areas.importing.spelling import restored
from areas.importing.staged import Choices, Finding, Staged
from mapfeedback.geo import BBox

#: How many values of a field a person is shown.
SAMPLES: Final = 5
#: A repair that moves less than this share of an area is only told; more must be agreed to; more still is refused.
TRIFLING_CHANGE: Final = 0.0001
GREATEST_CHANGE: Final = 0.01


def stage(source: BorderFile, choices: Choices, report: ImportReport, seen: Seen, around: BBox | None) -> Staged:
    """The areas of a file; `around` is where they must lie, when that is known. Writes into report and `seen`.

    Raises Refused; NeedsConfirmation when even the numbers cannot be understood without a person's word.
    """
    source = restored(source)
    report.features = seen.features = len(source.features)
    seen.columns = _columns(source)
    report.warnings += source.notes
    kept, outlines = _outlines(source, report)
    seen.picked_by = "person" if choices.name_field or choices.code_field else ""
    fields = fields_of(kept, choices, report)
    seen.picked, seen.picked_by = report.fields, seen.picked_by or "guess"
    staged = Staged([], doubts=list(source.doubts))
    boundaries = in_wgs84(numpy.array(outlines), kept, source, choices, report, seen, around, staged)
    names = {feature.number: naming.words(feature.properties.get(fields["name"])) for feature in kept}
    kept, valid = _mended(kept, boundaries, names, report, staged)
    staged.areas = named_areas(kept, valid, fields, report)
    report.areas = len(staged.areas)
    staged.remarks = list(report.warnings)
    compare_neighbours(staged, report)
    return staged


def _columns(source: BorderFile) -> list[Column]:
    """Every field with what is in it, so that a person can tell names from numbers."""
    columns = []
    for name in source.fields:
        values = [said for feature in source.features if (said := naming.words(feature.properties.get(name)))]
        different = list(dict.fromkeys(values))
        columns.append(Column(name, len(values), len(different), [one[:80] for one in different[:SAMPLES]]))
    return columns


def _place_of(reason: str) -> shapely.Geometry | None:
    """Where a border is wrong, as GEOS tells it: “Self-intersection[25.61 60.97]”."""
    found = re.search(r"\[(-?[\d.]+(?:e-?\d+)?) (-?[\d.]+(?:e-?\d+)?)\]$", reason)
    return shapely.Point(float(found[1]), float(found[2])) if found else None


def _outlines(source: BorderFile, report: ImportReport) -> tuple[list[Feature], list[shapely.Geometry]]:
    kept: list[Feature] = []
    outlines: list[shapely.Geometry] = []
    broken: list[str] = []
    empty: list[str] = []
    beside: list[str] = []
    vertices = 0
    for feature in source.features:
        try:
            outline, others = reading.boundary(feature.geometry)
        except reading.Unreadable as problem:
            broken.append(f"{label(feature)}: {problem}")
            continue
        if outline is None:
            empty.append(label(feature))
            continue
        if others:
            beside.append(label(feature))
        vertices += shapely.get_num_coordinates(outline)
        if vertices > reading.MAX_VERTICES:
            raise Refused(
                _("The borders have more than %(most)s corners. Export them simplified.")
                % {"most": reading.MAX_VERTICES}
            )
        kept.append(feature)
        outlines.append(outline)
    if broken:
        raise Refused(_("These borders cannot be read: %(features)s.") % {"features": listed(broken)})
    if empty:
        report.warnings.append(_without_area(empty))
    if beside:
        report.warnings.append(
            ngettext(
                "%(count)s feature has points or lines beside its area, which were left out: %(features)s.",
                "%(count)s features have points or lines beside their areas, which were left out: %(features)s.",
                len(beside),
            )
            % {"count": len(beside), "features": listed(beside)}
        )
    if not kept:
        raise Refused(_("No feature of the file has an area: nothing to import."))
    return kept, outlines


def _without_area(features: list[str]) -> str:
    return ngettext(
        "%(count)s feature has no area and was left out: %(features)s.",
        "%(count)s features have no area and were left out: %(features)s.",
        len(features),
    ) % {"count": len(features), "features": listed(features)}


def _mended(
    features: list[Feature],
    boundaries: Sequence[shapely.Geometry],
    names: dict[int, str],
    report: ImportReport,
    staged: Staged,
) -> tuple[list[Feature], list[shapely.Geometry]]:
    """Every boundary valid: mended within limits, told in the report; without area, left out."""
    valid = list(boundaries)
    broken = [at for at, outline in enumerate(valid) if not shapely.is_valid(outline)]
    try:
        mended = repaired([valid[at] for at in broken]) if broken else []
    except TooHard:
        culprits = listed([label(features[at]) for at in broken])
        raise Refused(
            _("These borders cross themselves in too many places to be repaired: %(features)s.")
            % {"features": culprits}
        ) from None
    gone: dict[int, str] = {}
    changed: list[str] = []
    for at, after in zip(broken, mended, strict=True):
        before, name = valid[at], label(features[at])
        if after.is_empty:
            gone[at] = name
            continue
        change = abs(after.area - before.area) / max(after.area, before.area)
        reason = shapely.is_valid_reason(before)
        if change > GREATEST_CHANGE:
            where = _place_of(reason) or shapely.point_on_surface(after)
            told = _(
                "%(feature)s: the border crosses itself near %(place)s."
                " A repair would change its area by %(percent)s %%."
            )
            place = f"{where.x:.5f}, {where.y:.5f}"
            raise Refused(told % {"feature": name, "place": place, "percent": round(change * 100, 1)})
        if change > TRIFLING_CHANGE:
            changed.append(f"{name} {change:.2%}")
        report.repairs.append(Repair(features[at].number, names[features[at].number], reason, round(change, 6)))
        staged.findings.append(Finding("repair", [name], 0.0, change, 0.0, _place_of(reason), reason))
        valid[at] = after
    if changed:
        text = ngettext(
            "%(count)s border crosses itself and its repair changes its area: %(features)s",
            "%(count)s borders cross themselves and their repairs change their areas: %(features)s",
            len(changed),
        )
        staged.doubts.append(Doubt("repairs", text % {"count": len(changed), "features": listed(changed)}))
    if gone:
        report.warnings.append(_without_area(list(gone.values())))
    kept = [at for at in range(len(valid)) if at not in gone]
    if not kept:
        raise Refused(_("No feature of the file has an area: nothing to import."))
    return [features[at] for at in kept], [valid[at] for at in kept]
