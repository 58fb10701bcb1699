"""The whole way of one file into the ground: all of it, or nothing and the reasons."""

import datetime
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from areas.actions import draft_edition, found_municipality
from areas.deriving import left_open
from areas.importing import founding
from areas.importing.preparing import Step, agree, as_new_area, prepared, same_areas, share_inside
from areas.importing.report import Imported, ImportReport, NeedsConfirmation, Refused
from areas.importing.seen import Seen
from areas.importing.staged import Choices, Staged
from areas.models import Division, Edition, Municipality
from mapfeedback.geo import WGS84

#: A file belongs to the municipality that holds most of it; one that holds hardly any of it is no candidate.
MOST: Final = 0.5
HARDLY: Final = 0.01
#: Holes smaller than this between areas are slips of the pen and not holes of a municipality (square metres).
SLIVER: Final = 10_000

#: What those who know more than the ground have to say about a draft: sentences, translated.
Weighed = Callable[[Edition], list[str]]


def import_areas(
    *,
    source: Path,
    division: str,
    choices: Choices,
    municipality: str = "",
    valid_from: datetime.date,
    today: datetime.date,
    keep: bool = True,
    reached: Step = lambda step: None,
    weighed: Weighed = lambda draft: [],
) -> Imported:
    """Lay the borders of a file down as a draft of the division, in one transaction; the report tells the outcome.

    `division` and `municipality` name what may not be known yet: it is founded then. `keep=False` does everything
    and takes it back ("would import"). `reached` hears each step as it begins: read, check, store.
    `weighed` is asked what else to warn of once the draft is laid down, before anything is kept or taken back.
    Refusals are outcomes, not exceptions; after one the database is as before.
    The caller puts the draft in force once the outcome is "imported".
    """
    edition = None
    report = ImportReport(division=division, valid_from=valid_from.isoformat())
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                # One import at a time; large files may take longer than a page is given.
                cursor.execute("SET LOCAL statement_timeout = 0")
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('areas.importing'))")
            edition = _draft(source, division, choices, municipality, valid_from, today, report, reached)
            if edition is not None:
                report.warnings += weighed(edition)
            if not keep:
                transaction.set_rollback(True)
    except Refused as refusal:
        report.outcome, report.why = "refused", refusal.in_full
    except NeedsConfirmation as question:
        report.outcome, report.why = "needs confirmation", question.in_full
    else:
        report.outcome = "imported" if keep else "would import"
    return Imported(report, edition if keep else None)


def _draft(
    source: Path,
    slug: str,
    choices: Choices,
    municipality: str,
    valid_from: datetime.date,
    today: datetime.date,
    report: ImportReport,
    reached: Step,
) -> Edition | None:
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", slug) or len(slug) > 50:
        raise Refused(_("--division: write it in small letters, digits and hyphens, such as turku-districts."))
    if valid_from > today:
        raise Refused(_("Borders can be imported on the day they take force, not before."))
    division = Division.objects.select_related("municipality").filter(slug=slug).first()
    home = _named_municipality(municipality, division)
    staged = prepared(source, choices, report, Seen(), home, reached)
    if home is None:
        home = _municipality_of(staged, slug, report) or _found(municipality or founding.city_of(slug), staged, report)
    report.municipality = home.slug
    agree(staged, choices)
    if division is None:
        division = _new_division(slug, home)
    current = division.editions.in_force().first()
    if current is not None and current.valid_from > valid_from:
        raise Refused(
            _("Borders from %(day)s are in force already. Give a later day with --valid-from.")
            % {"day": current.valid_from}
        )
    new = [as_new_area(area) for area in staged.areas]
    if current is not None and same_areas(current, new):
        report.warnings.append(_("The same borders are in force already; nothing changed."))
        return None
    reached("store")
    edition = draft_edition(division=division, areas=new, valid_from=valid_from, source=source.name[:200])
    report.warnings += left_open(edition)
    return edition


def _named_municipality(name: str, division: Division | None) -> Municipality | None:
    """The municipality a person named, or the one the division belongs to; None when neither is known yet."""
    found = None
    if name:
        bearers = [
            one
            for one in Municipality.objects.all()
            if name.strip().casefold()
            in {one.slug, one.name_fi.casefold(), one.name_sv.casefold(), one.name_en.casefold()}
        ]
        if len(bearers) > 1:
            raise Refused(
                _("Several municipalities are called %(name)s: %(slugs)s.")
                % {"name": name, "slugs": ", ".join(one.slug for one in bearers)}
            )
        found = bearers[0] if bearers else None
    if division is None:
        return found
    if name and found != division.municipality:
        raise Refused(
            _("The division %(division)s belongs to %(municipality)s. Choose another --division.")
            % {"division": division.slug, "municipality": division.municipality.slug}
        )
    return division.municipality


def _municipality_of(staged: Staged, slug: str, report: ImportReport) -> Municipality | None:
    """The known municipality that holds most of the file; None when none holds any; raises Refused in between."""
    west, south, east, north = shapely.total_bounds(staged.boundaries)
    corners = GEOSGeometry(shapely.box(west, south, east, north).wkt, srid=WGS84)
    near = [(home, share_inside(staged, home)) for home in Municipality.objects.filter(outline__intersects=corners)]
    near = sorted(((home, share) for home, share in near if share > HARDLY), key=lambda pair: -pair[1])
    if not near:
        return None
    home, share = near[0]
    if share < MOST:
        raise Refused(
            _("The borders lie only partly in %(slugs)s. Say where they belong with --municipality.")
            % {"slugs": ", ".join(home.slug for home, _share in near)}
        )
    report.warnings.append(_("The borders lie in %(municipality)s and were added there.") % {"municipality": home.name})
    return home


def _found(name: str, staged: Staged, report: ImportReport) -> Municipality:
    slug = slugify(name)[:50].strip("-")
    if not slug or Municipality.objects.filter(slug=slug).exists():
        raise Refused(_("Say with --municipality where these borders belong."))
    report.warnings.append(
        _("The municipality %(name)s was not known; it was founded with the outline of these areas.") % {"name": name}
    )
    return found_municipality(slug=slug, name_fi=name[:200], outline=_geos(_outline(staged)))


def _outline(staged: Staged) -> shapely.Geometry:
    """The areas as one, without the slivers between them."""
    whole = staged.whole
    degree = 111_320**2 * float(numpy.cos(numpy.radians((whole.bounds[1] + whole.bounds[3]) / 2)))
    return shapely.multipolygons(
        [
            shapely.polygons(
                part.exterior,
                [hole for hole in part.interiors if shapely.polygons(hole).area * degree >= SLIVER] or None,
            )
            for part in shapely.get_parts(whole)
        ]
    )


def _new_division(slug: str, home: Municipality) -> Division:
    """A division not known yet; the municipality's main one when it has none."""
    is_first = not home.divisions.filter(is_main=True).exists()
    named = founding.division_of(slug, is_first=is_first)
    return Division.objects.create(municipality=home, slug=slug, is_main=is_first, **named)


def _geos(geometry: shapely.Geometry) -> GEOSGeometry:
    return GEOSGeometry(memoryview(shapely.to_wkb(geometry)), srid=WGS84)
