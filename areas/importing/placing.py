"""Finding out where on earth a file's numbers are, and bringing them to WGS84."""

from collections.abc import Sequence
from typing import Any, Final

import numpy
import shapely
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from areas.importing import crs
from areas.importing.reading import BorderFile, Feature, label
from areas.importing.report import Doubt, ImportReport, NeedsConfirmation, Refused, listed
from areas.importing.seen import Landing, Seen
from areas.importing.staged import Choices, Staged
from mapfeedback.geo import MERCATOR_MAX_LATITUDE, WGS84, BBox

#: No municipality is wider (degrees of latitude): such a file has wrong numbers or another subject.
GREATEST_EXTENT: Final = 10.0
#: No coordinate of a map's system is greater: metres (or feet) once round the earth.
GREATEST_NUMBER: Final = 140_000_000
FINLAND: Final = BBox(19, 59, 32, 71)


def in_wgs84(
    outlines: Any,
    features: Sequence[Feature],
    source: BorderFile,
    choices: Choices,
    report: ImportReport,
    seen: Seen,
    around: BBox | None,
    staged: Staged,
) -> Sequence[shapely.Geometry]:
    """The outlines in WGS84, turned round where the numbers only make sense so; writes what it found into `seen`.

    Raises Refused or NeedsConfirmation.
    """
    bounds = tuple(float(number) for number in shapely.total_bounds(outlines))
    seen.landings = _landings(bounds, source, choices, around)
    code = seen.crs = _system_of(bounds, source, choices, seen)
    report.crs = f"EPSG:{code}"
    result = crs.to_wgs84(outlines, code)
    where = around or (crs.realm(code) if code != WGS84 else None)
    if where is not None and not _meets(result, where):
        turned = crs.to_wgs84(crs.swapped(outlines), code)
        if not _meets(turned, where):
            is_a_place = around is not None and _fits_the_world(result)
            raise _elsewhere(result, features, where, source) if is_a_place else _misfit(outlines, code, source)
        text = _("northing and easting have changed places in the file and would be turned round")
        staged.doubts.append(Doubt("axes", text))
        seen.turned = True
        result = turned
    elif where is None and not choices.crs and not _meets(result, FINLAND):
        # Nothing says where the file belongs, but turned round it would lie in Finland.
        turned = crs.swapped(result)
        if _meets(turned, FINLAND):
            text = _("latitude stands before longitude and would be turned round (--crs EPSG:4326 if it does not)")
            staged.doubts.append(Doubt("axes", text))
            seen.turned = True
            result = turned
    if not _fits_the_world(result):
        raise _misfit(outlines, code, source)
    west, south, east, north = shapely.total_bounds(result)
    if max(north - south, (east - west) / 2) > GREATEST_EXTENT:
        raise Refused(
            _("The borders reach over %(box)s, which is more than a municipality.") % {"box": _box_text(result)}
        )
    return list(result)


def _landings(bounds: tuple[float, ...], source: BorderFile, choices: Choices, around: BBox | None) -> list[Landing]:
    """Where the features would lie in each system worth a thought: those that fit first, then the likely ones."""
    guess = crs.guess(bounds)  # type: ignore[arg-type]
    said = crs.parse(choices.crs) if choices.crs else None
    likely = [code for code in dict.fromkeys((said, guess, WGS84, crs.TM35FIN)) if code]
    codes = [source.crs] if source.crs else list(dict.fromkeys([*likely, *crs.USUAL]))
    found = [
        landing
        for code in codes
        for turned in (False, True)
        if (landing := _landing(bounds, code, around, turned=turned)) is not None
    ]
    fitting = [one for one in found if one.fits]
    return fitting + [one for one in found if not one.fits and not one.turned and one.code in (source.crs, *likely)]


def _landing(bounds: tuple[float, ...], code: int, around: BBox | None, *, turned: bool) -> Landing | None:
    west, south, east, north = (bounds[at] for at in ((1, 0, 3, 2) if turned else (0, 1, 2, 3)))
    there = crs.to_wgs84(shapely.box(west, south, east, north), code)
    if not _fits_the_world(numpy.array([there])):
        return None
    box = tuple(round(float(number), 5) for number in there.bounds)
    return Landing(code, turned, box, bool(around and _meets(there, around)))  # type: ignore[arg-type]


def _system_of(bounds: tuple[float, ...], source: BorderFile, choices: Choices, seen: Seen) -> int:
    """The EPSG number the coordinates are in: what the person said, what the file says, or plain degrees."""
    said = crs.parse(choices.crs) if choices.crs else None
    if said is not None and source.crs is not None and said != source.crs:
        raise Refused(
            _("The file says EPSG:%(file)s but --crs says EPSG:%(said)s.") % {"file": source.crs, "said": said}
        )
    if source.crs is not None:
        seen.crs_by = "file"
        return source.crs
    if said is not None:
        seen.crs_by = "person"
        return said
    west, south, east, north = bounds
    guess = crs.guess((west, south, east, north)) or crs.guess((south, west, north, east))
    if guess is not None and guess == source.silence_means:
        seen.crs_by = "format"
        return guess
    seen.crs_by = "guess"
    if guess is None:
        if max(map(abs, bounds)) > GREATEST_NUMBER:
            raise Refused(
                _("The coordinates fit no map: %(box)s. Export the borders again, as EPSG:4326 or EPSG:3067.")
                % {"box": ", ".join(f"{number:.4f}" for number in bounds)}
            )
        raise NeedsConfirmation(
            _("The coordinates are no degrees and the file names no coordinate system."),
            how=_("Say it with --crs EPSG:N."),
            asks="crs",
        )
    seen.crs = guess
    raise NeedsConfirmation(
        _("The file names no coordinate system; its numbers look like EPSG:%(code)s.") % {"code": guess},
        how=_("Confirm with --crs EPSG:%(code)s.") % {"code": guess},
        asks="crs",
    )


def _elsewhere(geometries: Any, features: Sequence[Feature], where: BBox, source: BorderFile) -> Refused:
    """The refusal of borders that lie outside: all of them, or those that do by name."""
    west, south, east, north = where.west, where.south, where.east, where.north
    away = [
        label(feature)
        for feature, (a, b, c, d) in zip(features, shapely.bounds(geometries), strict=True)
        if not (west <= a and south <= b and c <= east and d <= north)
    ]
    if len(away) < len(features):
        return Refused(
            ngettext(
                "%(count)s feature reaches too far beyond the municipality: %(features)s. Leave it out of the file.",
                "%(count)s features reach too far beyond the municipality: %(features)s. Leave them out of the file.",
                len(away),
            )
            % {"count": len(away), "features": listed(away)}
        )
    return Refused(
        _("The borders lie somewhere else: %(box)s. Check the file and its coordinate system.")
        % {"box": _box_text(geometries)},
        how=_("The municipality is named with --municipality."),
        asks="" if source.crs else "crs",
    )


def _misfit(geometries: Any, code: int, source: BorderFile) -> Refused:
    return Refused(
        _("The coordinates do not fit EPSG:%(code)s: %(box)s.") % {"code": code, "box": _box_text(geometries)},
        asks="" if source.crs else "crs",
    )


def _meets(geometries: Any, box: BBox) -> bool:
    west, south, east, north = shapely.total_bounds(geometries)
    return bool(box.west <= west and box.south <= south and east <= box.east and north <= box.north)


def _fits_the_world(geometries: Any) -> bool:
    west, south, east, north = shapely.total_bounds(geometries)
    return bool(
        numpy.isfinite(shapely.get_coordinates(geometries)).all()
        and -180 <= west <= east <= 180
        and -MERCATOR_MAX_LATITUDE <= south <= north <= MERCATOR_MAX_LATITUDE
    )


def _box_text(geometries: Any) -> str:
    return ", ".join(f"{number:.4f}" for number in shapely.total_bounds(geometries))
