"""Neighbours beside one another: overlaps and gaps, in square metres."""

from typing import Any, Final, Literal

import numpy
import shapely
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from areas.importing import crs
from areas.importing.report import Doubt, ImportReport, listed
from areas.importing.staged import Finding, Staged
from mapfeedback.geo import BBox

#: Square metres below which two borders are only drawn a little carelessly.
TRIFLING_OVERLAP: Final = 1.0
#: An overlap beyond this share of the smaller area is no slip of the pen: it must be agreed to.
GREATEST_OVERLAP: Final = 0.01
#: Two areas that share so much of the larger one are the same area twice.
SAME: Final = 0.99


def compare_neighbours(staged: Staged, report: ImportReport) -> None:
    """Overlaps and gaps between the areas, told; an overlap too large for a slip of the pen must be agreed to."""
    box = BBox(*shapely.total_bounds(staged.boundaries))
    flat = crs.in_square_metres(numpy.array(staged.boundaries), box)
    flat = numpy.where(shapely.is_valid(flat), flat, shapely.buffer(flat, 0))
    one, other = shapely.STRtree(flat).query(flat, predicate="intersects")
    pairs = one < other
    one, other = one[pairs], other[pairs]
    common = shapely.area(shapely.intersection(flat[one], flat[other]))
    found = sorted(
        ((m2, a, b) for m2, a, b in zip(common, one, other, strict=True) if m2 > TRIFLING_OVERLAP), reverse=True
    )
    if found:
        described = [f"{staged.areas[a].name} / {staged.areas[b].name} {m2:.0f} m²" for m2, a, b in found]
        report.warnings.append(
            ngettext(
                "%(count)s pair of areas overlaps: %(pairs)s. A place in both belongs to the first code.",
                "%(count)s pairs of areas overlap: %(pairs)s. A place in both belongs to the first code.",
                len(found),
            )
            % {"count": len(found), "pairs": listed(described)}
        )
    size = shapely.area(flat)
    great = [
        text
        for text, (m2, a, b) in zip(described if found else [], found, strict=True)
        if m2 > GREATEST_OVERLAP * min(size[a], size[b])
    ]
    if great:
        text = _("areas lie on top of each other: %(pairs)s") % {"pairs": listed(great)}
        staged.doubts.append(Doubt("repairs", text))
    for m2, a, b in found:
        staged.findings.append(_overlap(staged, a, b, m2, flat, size))
    holes = [shapely.polygons(hole) for part in shapely.get_parts(staged.whole) for hole in part.interiors]
    flat_holes = crs.in_square_metres(numpy.array(holes), box)
    gaps = [hole.area for hole in flat_holes if hole.area > TRIFLING_OVERLAP]
    for hole, drawn in sorted(zip(flat_holes, holes, strict=True), key=lambda pair: -pair[0].area):
        if hole.area > TRIFLING_OVERLAP:
            staged.findings.append(Finding("gap", [], hole.area, 0.0, mean_width(hole), drawn))
    if gaps:
        report.warnings.append(
            ngettext(
                "%(count)s gap between the areas, %(m2)s m² in all. A place there is outside.",
                "%(count)s gaps between the areas, %(m2)s m² in all. A place there is outside.",
                len(gaps),
            )
            % {"count": len(gaps), "m2": f"{sum(gaps):.0f}"}
        )


def _overlap(staged: Staged, a: int, b: int, m2: float, flat: Any, size: Any) -> Finding:
    names = [staged.areas[a].name, staged.areas[b].name]
    share = float(m2 / min(size[a], size[b]))
    kind: Literal["duplicate", "overlap"] = "duplicate" if m2 > SAME * max(size[a], size[b]) else "overlap"
    common = shapely.intersection(flat[a], flat[b])
    shape = shapely.intersection(staged.areas[a].boundary, staged.areas[b].boundary)
    return Finding(kind, names, float(m2), share, mean_width(common), shape)


def mean_width(flat: shapely.Geometry) -> float:
    """How wide a long thin shape is on average, in the units it is measured in: its area spread along its length."""
    return float(2 * flat.area / flat.length) if flat.length else 0.0
