"""The guide to importing borders says what the command does: its lines run, its options and keys are all there."""

import dataclasses
import re
import shlex
from pathlib import Path

import pytest
from django.conf import settings

from areas.importing import formats, reading
from areas.importing.report import ImportReport
from areas.models import Edition
from mapfeedback.management.commands.import_areas import Command
from tests.areas import border_files as make
from tests.areas.test_import_areas import run

GUIDE = (Path(settings.BASE_DIR) / "docs" / "importing-borders.md").read_text()
LINES = re.findall(r"^bin/manage import_areas (.+)$", GUIDE, re.MULTILINE)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file that the guide's lines name, in the folder where they run."""
    made = tmp_path / "made"
    made.mkdir()
    parts = make.shapefile(made, make.in_system(make.squares(), 3879), encoding="CP1252")
    vienti = {f"{name}.{end}": part for end, part in parts.items() for name in ("kylat", "tiet") if end != "cpg"}
    contents = {
        "kaupunginosat.gpkg": make.geopackage(made, make.in_system(make.squares(3), 3067), crs="EPSG:3067"),
        "alueet.geojson": make.geojson().replace(b"nimi", b"ALUENIMI"),
        "vienti.zip": make.packed({name: part for name, part in vienti.items() if not name.endswith("prj")}),
        "postinumerot.gpkg": make.geojson().replace(b"nimi", b"posti_alue"),
    }
    (made / "a.gpkg").unlink()
    contents["kaupunginosat-2026.gpkg"] = make.geopackage(made)
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)


def test_every_line_of_the_guide_runs_in_its_order(db: None, files: None) -> None:
    assert len(LINES) >= 6
    for line in LINES:
        told = run(*shlex.split(line))
        assert told.code == 0, (line, told.err)
    assert [str(one.valid_from) for one in Edition.objects.order_by("valid_from")] == ["2020-01-01", "2026-01-01"]


def test_the_guide_knows_every_option_key_and_limit() -> None:
    parser = Command().create_parser("manage.py", "import_areas")
    ours = {option for action in parser._actions for option in action.option_strings if option.startswith("--")}
    common = {"--help", "--version", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color"}
    options = ours - common - {"--force-color", "--skip-checks"}
    assert {option for option in options if option not in GUIDE} == set()
    assert {key.name for key in dataclasses.fields(ImportReport) if f"`{key.name}`" not in GUIDE} == set()
    for limit in (formats.MAX_FILE_BYTES >> 20, formats.MAX_BYTES >> 20):
        assert f"{limit} MB" in GUIDE
    for most in (reading.MAX_VERTICES, reading.MAX_FEATURES):
        assert f"{most:,}" in GUIDE
