"""Finding out where on earth a file's numbers are, and bringing them to WGS84."""

from collections.abc import Sequence
from typing import Any, Final

import numpy
import shapely
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from areas.importing import crs
from areas.importing.reading import BorderFile, Feature, label
from areas.importing.report import ImportReport, NeedsConfirmation, Refused, listed
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
    around: BBox | None,
    staged: Staged,
) -> Sequence[shapely.Geometry]:
    code = _system_of(outlines, source, choices)
    report.crs = f"EPSG:{code}"
    result = crs.to_wgs84(outlines, code)
    where = around or (crs.realm(code) if code != WGS84 else None)
    if where is not None and not _meets(result, where):
        turned = crs.to_wgs84(crs.swapped(outlines), code)
        if not _meets(turned, where):
            raise _elsewhere(result, features, where)
        staged.to_confirm.append(_("northing and easting have changed places in the file and would be turned round"))
        result = turned
    elif where is None and not choices.crs and not _meets(result, FINLAND):
        # Nothing says where the file belongs, but turned round it would lie in Finland.
        turned = crs.swapped(result)
        if _meets(turned, FINLAND):
            staged.to_confirm.append(
                _("latitude stands before longitude and would be turned round (--crs EPSG:4326 if it does not)")
            )
            result = turned
    if not _fits_the_world(result):
        raise Refused(
            _("The coordinates do not fit EPSG:%(code)s: %(box)s.") % {"code": code, "box": _box_text(result)}
        )
    west, south, east, north = shapely.total_bounds(result)
    if max(north - south, (east - west) / 2) > GREATEST_EXTENT:
        raise Refused(
            _("The borders reach over %(box)s, which is more than a municipality.") % {"box": _box_text(result)}
        )
    return list(result)


def _system_of(outlines: Any, source: BorderFile, choices: Choices) -> int:
    """The EPSG number the coordinates are in: what the person said, what the file says, or plain degrees."""
    said = crs.parse(choices.crs) if choices.crs else None
    if said is not None and source.crs is not None and said != source.crs:
        raise Refused(
            _("The file says EPSG:%(file)s but --crs says EPSG:%(said)s.") % {"file": source.crs, "said": said}
        )
    if said is not None or source.crs is not None:
        return said if said is not None else source.crs  # type: ignore[return-value]
    west, south, east, north = (float(number) for number in shapely.total_bounds(outlines))
    guess = crs.guess((west, south, east, north)) or crs.guess((south, west, north, east))
    if guess is not None and guess == source.silence_means:
        return guess
    if guess is None:
        if max(map(abs, (west, south, east, north))) > GREATEST_NUMBER:
            raise Refused(
                _("The coordinates fit no map: %(box)s. Export the borders again, as EPSG:4326 or EPSG:3067.")
                % {"box": _box_text(outlines)}
            )
        raise NeedsConfirmation(
            _("The coordinates are no degrees and the file names no coordinate system. Say it with --crs EPSG:N.")
        )
    raise NeedsConfirmation(
        _("The file names no coordinate system; its numbers look like EPSG:%(code)s. Confirm with --crs EPSG:%(code)s.")
        % {"code": guess}
    )


def _elsewhere(geometries: Any, features: Sequence[Feature], where: BBox) -> Refused:
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
        _("The borders lie somewhere else: %(box)s. Check the file, its coordinate system and --municipality.")
        % {"box": _box_text(geometries)}
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
