"""Finding out where on earth a file's numbers are, and bringing them to WGS84."""

from collections.abc import Sequence
from typing import Any, Final

import numpy
import shapely
from django.utils.translation import gettext as _

from areas.importing import crs
from areas.importing.reading import BorderFile
from areas.importing.report import ImportReport, NeedsConfirmation, Refused
from areas.importing.staged import Choices, Staged
from mapfeedback.geo import MERCATOR_MAX_LATITUDE, WGS84, BBox

#: No municipality is wider (degrees of latitude): such a file has wrong numbers or another subject.
GREATEST_EXTENT: Final = 10.0


def in_wgs84(
    outlines: Any,
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
            raise Refused(
                _("The borders lie somewhere else: %(box)s. Check the file, its coordinate system and --municipality.")
                % {"box": _box_text(result)}
            )
        staged.to_confirm.append(_("northing and easting have changed places in the file and would be turned round"))
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
    guess = crs.guess(tuple(shapely.total_bounds(outlines)))
    if guess is not None and guess == source.silence_means:
        return guess
    if guess is None:
        raise Refused(
            _("The coordinates are no degrees and the file names no coordinate system. Say it with --crs EPSG:N.")
        )
    raise NeedsConfirmation(
        _("The file names no coordinate system; its numbers look like EPSG:%(code)s. Confirm with --crs EPSG:%(code)s.")
        % {"code": guess}
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
