"""An association's own borders: what it draws, unites or uploads becomes one file that goes the way of every file."""

import json
from dataclasses import replace
from typing import Any, Final

import shapely
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.utils.translation import gettext as _

from areas.importing.guessing import NONE
from areas.importing.preparing import Step, prepared
from areas.importing.report import ImportReport, NeedsConfirmation, Refused
from areas.importing.seen import Seen
from areas.importing.staged import Choices, Staged
from areas.models import Area
from areas.querysets import AreaQuerySet
from mapfeedback.accounts.models import Organisation
from mapfeedback.borders.models import BorderImport

MOST_AREAS: Final = 30
#: Of all areas together. Borders united from the city's districts have as many as those have.
MOST_CORNERS: Final = 2000
#: What `written` writes, so that nothing has to be guessed.
FIELDS: Final = {
    "name_field": "nimi",
    "name_sv_field": "namn",
    "code_field": "tunnus",
    "population_field": NONE,
    "parent_field": NONE,
}


def districts(organisation: Organisation) -> AreaQuerySet:
    """The city's districts that an association may unite, without their heavy borders."""
    main = Area.objects.current().of_main_divisions()
    return main.filter(edition__division__municipality=organisation.municipality_id).defer("boundary").order_by("code")


def united(areas: AreaQuerySet) -> shapely.Geometry:
    """The ground of several districts as one; borders between them are gone."""
    boundaries = areas.defer(None).values_list("boundary", flat=True)
    return shapely.union_all([shapely.from_wkb(bytes(boundary.wkb)) for boundary in boundaries])


def written(shape: shapely.Geometry, name_fi: str, name_sv: str, file_name: str) -> "UploadedFile[Any]":
    """One WGS84 polygon under a name, as the file it could have been."""
    feature = {
        "type": "Feature",
        "properties": {"nimi": name_fi, "namn": name_sv, "tunnus": "1"},
        "geometry": json.loads(shapely.to_geojson(shape)),
    }
    data = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    return SimpleUploadedFile(file_name, data, "application/geo+json")


def prepared_own(
    border_import: BorderImport, choices: Choices, report: ImportReport, seen: Seen, reached: Step
) -> Staged:
    """As `prepared`, within what one association may draw. A single area is called what its members called it.

    Raises Refused and NeedsConfirmation.
    """
    home, source = border_import.municipality, border_import.file
    try:
        staged = prepared(source, choices, report, seen, home, reached)
    except NeedsConfirmation as question:
        if question.asks != "names" or seen.columns:
            raise
        # Without any field there is nothing to choose from: numbers, or the one name that was given.
        staged = prepared(source, replace(choices, name_field=NONE), report, seen, home, reached)
    if len(staged.areas) > MOST_AREAS:
        raise Refused(
            _("The file has %(n)d areas; an association may have %(most)d. Unite some of them, or leave some out.")
            % {"n": len(staged.areas), "most": MOST_AREAS}
        )
    corners = sum(shapely.get_num_coordinates(boundary) for boundary in staged.boundaries)
    if corners > MOST_CORNERS and border_import.way != BorderImport.Way.UNITED:
        raise Refused(
            _("The borders have %(n)d corners; %(most)d fit. Export them simplified, to some 10 metres.")
            % {"n": corners, "most": MOST_CORNERS}
        )
    if len(staged.areas) == 1:
        (only,) = staged.areas
        only.name, only.name_sv = border_import.new_division["name_fi"], border_import.new_division["name_sv"]
    return staged
