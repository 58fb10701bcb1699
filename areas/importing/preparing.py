"""A file on its way to borders that could be adopted in one municipality: what the command and the page share."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from areas.actions import NewArea, as_multipolygon
from areas.importing import crs, formats
from areas.importing.comparing import mean_width
from areas.importing.report import ImportReport, NeedsConfirmation, Refused, listed
from areas.importing.seen import Seen
from areas.importing.staged import Choices, Finding, Staged, StagedArea
from areas.importing.staging import stage
from areas.models import Edition, Municipality
from mapfeedback.geo import WGS84, BBox

#: How far beyond its municipality's box a border may reach: about 20 km.
MARGIN_KM: Final = 20
#: What of an area may lie beyond its municipality before it is told: a share of it, and square metres.
BEYOND_SHARE: Final = 0.01
BEYOND_SQUARE_METRES: Final = 10_000

Step = Callable[[str], None]


def prepared(
    source: Path,
    choices: Choices,
    report: ImportReport,
    seen: Seen,
    home: Municipality | None,
    reached: Step = lambda step: None,
) -> Staged:
    """The areas of a file for a municipality, None when it is not known yet; writes into report and `seen`.

    `reached` hears the name of each step as it begins: "read", then "check". Raises Refused and NeedsConfirmation;
    doubts about what was read stay in the answer, see `agree`.
    """
    reached("read")
    file = formats.read(source, choices, seen)
    reached("check")
    staged = stage(file, choices, report, seen, around(home) if home else None)
    if home is not None:
        if not share_inside(staged, home):
            raise Refused(
                _("The borders lie outside %(municipality)s. Check the file and its coordinate system.")
                % {"municipality": home.name},
                how=_("The municipality is named with --municipality."),
            )
        beyond = _beyond(staged, home)
        staged.findings += beyond
        if beyond:
            said = listed([f"{one.names[0]} {one.share:.0%}" for one in beyond])
            report.warnings.append(
                ngettext(
                    "%(count)s area reaches beyond the outline of %(municipality)s: %(areas)s.",
                    "%(count)s areas reach beyond the outline of %(municipality)s: %(areas)s.",
                    len(beyond),
                )
                % {"count": len(beyond), "municipality": home.name, "areas": said}
            )
    return staged


def agree(staged: Staged, choices: Choices) -> None:
    """Raises NeedsConfirmation when something is doubted that the person has not agreed to."""
    doubts = staged.open_doubts(choices)
    if doubts:
        raise NeedsConfirmation(
            _("To be agreed to: %(list)s.") % {"list": listed([doubt.text for doubt in doubts], 10)},
            how=_("Confirm with --accept-repairs."),
            asks=doubts[0].about,
        )


def around(home: Municipality) -> BBox:
    """The municipality's box and its margin."""
    west, south, east, north = home.outline.extent
    high = MARGIN_KM / 111
    wide = high / max(0.1, float(numpy.cos(numpy.radians((south + north) / 2))))
    return BBox(west - wide, south - high, east + wide, north + high)


def share_inside(staged: Staged, home: Municipality) -> float:
    """How much of the borders lies in the municipality, 0 to 1."""
    return float(shapely.intersection(staged.whole, _outline(home)).area / staged.whole.area)


def as_new_area(area: StagedArea) -> NewArea:
    """The same area as `areas.actions` takes it."""
    boundary = GEOSGeometry(memoryview(shapely.to_wkb(area.boundary)), srid=WGS84)
    return NewArea(area.code, area.name, boundary, name_sv=area.name_sv, population=area.population, parent=area.parent)


def same_areas(edition: Edition, areas: list[NewArea]) -> bool:
    """Whether the edition already holds exactly these areas."""
    there = {
        (area.code, area.name_fi, area.name_sv, area.population, bytes(area.boundary.wkb))
        for area in edition.areas.all()
    }
    return there == {
        (new.code, new.name_fi, new.name_sv, new.population, bytes(as_multipolygon(new.boundary).wkb)) for new in areas
    }


def _beyond(staged: Staged, home: Municipality) -> list[Finding]:
    """Areas of which a part lies outside the municipality, worst first."""
    outline = _outline(home)
    shapely.prepare(outline)
    over = [area for area in staged.areas if not shapely.covers(outline, area.boundary)]
    if not over:
        return []
    parts = numpy.array([shapely.difference(area.boundary, outline) for area in over])
    box = BBox(*shapely.total_bounds(staged.boundaries))
    flat = crs.in_square_metres(parts, box)
    whole = shapely.area(crs.in_square_metres(numpy.array([area.boundary for area in over]), box))
    found = [
        Finding("outside", [area.name], float(out.area), float(out.area / size), mean_width(out), part)
        for area, part, out, size in zip(over, parts, flat, whole, strict=True)
        if out.area > max(BEYOND_SQUARE_METRES, BEYOND_SHARE * size)
    ]
    return sorted(found, key=lambda one: -one.square_metres)


def _outline(home: Municipality) -> shapely.Geometry:
    return shapely.from_wkb(bytes(home.outline.wkb))
