"""Neighbours beside one another: overlaps and gaps, in square metres."""

from typing import Any, Final, Literal

import numpy
import shapely
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from areas.importing import crs
from areas.importing.report import Doubt, ImportReport, listed
from areas.importing.staged import Finding, Staged
from mapfeedback.geo import BBox

#: Square metres below which two borders are only drawn a little carelessly.
TRIFLING_OVERLAP: Final = 1.0
#: What is narrower on average (metres) is left by reprojection, where the corner of one border lies on another's edge.
TRIFLING_WIDTH: Final = 0.02
#: An overlap beyond this share of the smaller area is no slip of the pen: it must be agreed to.
GREATEST_OVERLAP: Final = 0.01
#: How many gaps are told with their neighbours' names.
TOLD: Final = 5
#: Square metres from which on sizes are told in km².
LARGE: Final = 100_000
#: A part of an area smaller than this (square metres) is a splinter of somebody's drawing.
SPLINTER: Final = 10.0
#: Two areas that share so much of the larger one are the same area twice.
SAME: Final = 0.99


def compare_neighbours(staged: Staged, report: ImportReport) -> None:
    """Overlaps and gaps between the areas, told; an overlap too large for a slip of the pen must be agreed to."""
    box = BBox(*shapely.total_bounds(staged.boundaries))
    flat = crs.in_square_metres(numpy.array(staged.boundaries), box)
    flat = numpy.where(shapely.is_valid(flat), flat, shapely.buffer(flat, 0))
    overlaps = _overlaps(staged, box)
    found = [(flat_common.area, a, b) for flat_common, _common, a, b in overlaps]
    if found:
        described = [f"{staged.areas[a].name} / {staged.areas[b].name} {_size(m2)}" for m2, a, b in found]
        report.warnings.append(
            ngettext(
                "%(count)s pair of areas overlaps: %(pairs)s. A place in both belongs to the first code.",
                "%(count)s pairs of areas overlap: %(pairs)s. A place in both belongs to the first code.",
                len(found),
            )
            % {"count": len(found), "pairs": listed(described)}
        )
    size = shapely.area(flat)
    _tell_of_twins(staged, [(a, b) for m2, a, b in found if m2 > SAME * max(size[a], size[b])], report)
    _tell_of_splinters(staged, flat, report)
    great = [
        text
        for text, (m2, a, b) in zip(described if found else [], found, strict=True)
        if m2 > GREATEST_OVERLAP * min(size[a], size[b])
    ]
    if great:
        text = _("areas lie on top of each other: %(pairs)s") % {"pairs": listed(great)}
        staged.doubts.append(Doubt("repairs", text))
    staged.findings += [
        _overlap([staged.areas[a].name, staged.areas[b].name], flat_common, common, (size[a], size[b]))
        for flat_common, common, a, b in overlaps
    ]
    holes = [shapely.polygons(hole) for part in shapely.get_parts(staged.whole) for hole in part.interiors]
    flat_holes = crs.in_square_metres(numpy.array(holes), box)
    order = [at for at in numpy.argsort(-shapely.area(flat_holes)) if _is_told(flat_holes[at])]
    beside = [_neighbours(staged, flat, flat_holes[at]) for at in order[:TOLD]]
    for place, at in enumerate(order):
        names = beside[place] if place < TOLD else []
        hole = flat_holes[at]
        staged.findings.append(Finding("gap", names, hole.area, 0.0, mean_width(hole), holes[at]))
    if order:
        described = [
            f"{' / '.join(names)} {_size(flat_holes[at].area)}" for names, at in zip(beside, order, strict=False)
        ]
        report.warnings.append(
            ngettext(
                "%(count)s gap between the areas, %(m2)s m² in all: %(places)s. A place there is outside.",
                "%(count)s gaps between the areas, %(m2)s m² in all: %(places)s. A place there is outside.",
                len(order),
            )
            % {
                "count": len(order),
                "m2": f"{sum(flat_holes[at].area for at in order):.0f}",
                "places": listed(described) + (f" … (+{len(order) - TOLD})" if len(order) > TOLD else ""),
            }
        )


def _tell_of_twins(staged: Staged, twins: list[tuple[int, int]], report: ImportReport) -> None:
    if twins:
        said = [f"{staged.areas[a].name} / {staged.areas[b].name}" for a, b in twins]
        report.warnings.append(
            ngettext(
                "%(count)s pair of areas has the same border: %(pairs)s.",
                "%(count)s pairs of areas have the same border: %(pairs)s.",
                len(said),
            )
            % {"count": len(said), "pairs": listed(said)}
        )


def _tell_of_splinters(staged: Staged, flat: Any, report: ImportReport) -> None:
    """Tiny parts of areas: left in, for they are the city's, but hardly meant."""
    parts, owners = shapely.get_parts(flat, return_index=True)
    sizes = shapely.area(parts)
    tiny = [f"{staged.areas[at].name} {m2:.2g} m²" for at, m2 in zip(owners, sizes, strict=True) if m2 < SPLINTER]
    if tiny:
        text = ngettext(
            "%(count)s splinter, a part smaller than %(most)s m²: %(parts)s.",
            "%(count)s splinters, parts smaller than %(most)s m²: %(parts)s.",
            len(tiny),
        ) % {"count": len(tiny), "most": f"{SPLINTER:.0f}", "parts": listed(tiny)}
        report.warnings.append(text)
        staged.remarks.append(text)


def _neighbours(staged: Staged, flat: Any, hole: shapely.Geometry) -> list[str]:
    """The areas round a gap, those with most of its edge first."""
    edge = shapely.buffer(hole, 0.01)
    shared = [(float(shapely.area(shapely.intersection(area, edge))), at) for at, area in enumerate(flat)]
    return [staged.areas[at].name for m2, at in sorted(shared, reverse=True)[:2] if m2 > 0]


def _overlaps(staged: Staged, box: BBox) -> list[tuple[shapely.Geometry, shapely.Geometry, int, int]]:
    """What two areas have in common, in square metres and in WGS84, the largest first.

    Cut where borders are kept: a straight edge there is no straight edge in square metres, so two neighbours whose
    corners differ would overlap on paper only.
    """
    stored = numpy.array(staged.boundaries)
    one, other = shapely.STRtree(stored).query(stored, predicate="intersects")
    pairs = one < other
    one, other = one[pairs], other[pairs]
    common = shapely.intersection(stored[one], stored[other])
    flat = crs.in_square_metres(common, box)
    told = [
        (area, drawn, int(a), int(b))
        for area, drawn, a, b in zip(flat, common, one, other, strict=True)
        if _is_told(area)
    ]
    return sorted(told, key=lambda overlap: -overlap[0].area)


def _is_told(flat: shapely.Geometry) -> bool:
    return bool(flat.area > TRIFLING_OVERLAP and mean_width(flat) > TRIFLING_WIDTH)


def _overlap(names: list[str], flat: shapely.Geometry, drawn: shapely.Geometry, sizes: tuple[float, float]) -> Finding:
    kind: Literal["duplicate", "overlap"] = "duplicate" if flat.area > SAME * max(sizes) else "overlap"
    polygons = shapely.multipolygons([part for part in shapely.get_parts(drawn) if part.geom_type == "Polygon"])
    return Finding(kind, names, float(flat.area), float(flat.area / min(sizes)), mean_width(flat), polygons)


def mean_width(flat: shapely.Geometry) -> float:
    """How wide a long thin shape is on average, in the units it is measured in: its area spread along its length."""
    return float(2 * flat.area / flat.length) if flat.length else 0.0


def _size(square_metres: float) -> str:
    """`54 m²`; whole districts in km², for nobody reads seven digits."""
    if square_metres < LARGE:
        return f"{square_metres:.0f} m²"
    return f"{number_format(square_metres / 1_000_000, 2)} km²"
