"""Whatever arrives, the command answers in one way, leaves nothing half-done and takes no more than it may."""

import datetime
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy
import pytest
import shapely
from django.conf import settings
from django.db import connection, connections
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as some

from areas.actions import OlderBorders
from areas.importing import formats
from areas.models import Division, Edition, Municipality
from tests.areas import border_files as make
from tests.areas.test_import_areas import Told, feature, polygon, row_of, run, square

#: All that a report in JSON holds, whatever became of the file.
KEYS = {
    "outcome": str,
    "why": str,
    "crs": str,
    "features": int,
    "areas": int,
    "repairs": list,
    "warnings": list,
    "fields": dict,
    "municipality": str,
    "division": str,
    "valid_from": str,
}
OUTCOMES = {0: {"imported", "would import"}, 1: {"needs confirmation"}, 2: {"refused"}}
TABLES = ("areas_municipality", "areas_division", "areas_edition", "areas_area", "areas_areapiece")


def contents() -> dict[str, str]:
    """Every row of the ground, as the database writes it."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT coalesce(md5(string_agg(t::text, chr(10) ORDER BY id)), '') FROM {table} t")
            found[table] = cursor.fetchone()[0]
    return found


def sequences() -> list[tuple[str, int | None]]:
    """How far the numbers of new rows have come."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sequencename, last_value FROM pg_sequences WHERE sequencename ~ '^areas_' ORDER BY 1")
        return list(cursor.fetchall())


def checked(told: Told) -> Told:
    """The answer, once it is seen to be one: a code, one JSON document of the known keys, a reason where due."""
    report = told.report
    assert told.code in OUTCOMES
    assert {key: type(value) for key, value in report.items()} == KEYS
    assert report["outcome"] in OUTCOMES[told.code]
    assert bool(report["why"]) == bool(told.code)
    assert "Traceback" not in told.err
    return told


@pytest.fixture
def rajat(tmp_path: Path) -> Path:
    file = tmp_path / "rajat.geojson"
    file.write_bytes(make.geojson())
    return file


@pytest.mark.parametrize(
    ("file", "options", "reason"),
    [
        ("puuttuu.geojson", (), "cannot be read: No such file"),
        (".", (), "cannot be read: Is a directory"),
        ("rajat.geojson", ("--division", "Ä ö"), "--division"),
        ("rajat.geojson", ("--valid-from", "31.12.2025"), "--valid-from: write the day as 2026-01-31"),
        ("rajat.geojson", ("--valid-from", "2026-02-30"), "--valid-from: write the day as 2026-01-31"),
        ("rajat.geojson", ("--valid-from", "9999-12-31"), "not before"),
        ("rajat.geojson", ("--crs", "klingon"), "Write the coordinate system as EPSG:3067"),
        ("rajat.geojson", ("--crs", "EPSG:99999"), "no coordinate system EPSG:99999"),
        ("rajat.geojson", ("--layer", "x"), "has no layers"),
        ("rajat.geojson", ("--name-field", "x"), "--name-field: no feature has the field x"),
        ("rajat.geojson", ("--population-field", "x"), "--population-field"),
        ("rajat.geojson", ("--municipality", "!"), "--municipality"),
    ],
)
def test_wrong_options_are_answered_in_the_asked_format(
    db: None, rajat: Path, file: str, options: tuple[str, ...], reason: str
) -> None:
    told = checked(run(str(rajat.parent / file), "--division", "kylat", "--json", *options))
    assert told.code == 2
    assert reason in told.report["why"]


def test_a_file_that_may_not_be_read_is_refused(db: None, rajat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_arguments: Any, **_options: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    told = checked(run(str(rajat), "--division", "kylat", "--json"))
    assert (told.code, "Permission denied" in told.err) == (2, True)


def _samples(folder: Path) -> dict[str, bytes]:
    (folder / "z").mkdir()
    return {
        "gpkg": make.geopackage(folder),
        "zip": make.zipped(make.shapefile(folder / "z")),
        "geojson": make.geojson(),
        "topojson": make.topojson(),
        "kml": make.kml(),
    }


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["gpkg", "zip", "geojson", "topojson", "kml"])
def test_damaged_files_are_answered_and_change_nothing(kind: str, tmp_path: Path) -> None:
    sound = _samples(tmp_path)[kind]
    file = tmp_path / "upload"
    before = contents()
    # GDAL's own process takes half a second to start, so the formats it reads get fewer tries.
    tries = 12 if kind in {"gpkg", "zip"} else 60

    @how(
        max_examples=tries,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        some.lists(some.tuples(some.integers(0, len(sound) - 1), some.integers(1, 255)), max_size=12),
        some.one_of(some.none(), some.integers(0, len(sound))),
        some.binary(max_size=20),
    )
    def damaged(flips: list[tuple[int, int]], end: int | None, more: bytes) -> None:
        data = bytearray(sound)
        for at, mask in flips:
            data[at] ^= mask
        file.write_bytes(bytes(data[:end]) + more)
        checked(run(str(file), "--division", "kylat", "--json", "--dry-run", "--accept-repairs", "--crs", "4326"))
        assert contents() == before

    damaged()


JSON = some.recursive(
    some.one_of(some.none(), some.booleans(), some.integers(-(10**12), 10**12), some.floats(), some.text(max_size=8)),
    lambda inner: some.one_of(
        some.lists(inner, max_size=4), some.dictionaries(some.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)


@pytest.mark.django_db
@how(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=JSON, code=JSON, geometry=JSON, coordinates=JSON, crs=some.one_of(some.none(), JSON))
def test_nonsense_in_the_right_places_is_answered(
    tmp_path_factory: pytest.TempPathFactory, name: Any, code: Any, geometry: Any, coordinates: Any, crs: Any
) -> None:
    file = tmp_path_factory.getbasetemp() / "nonsense.geojson"
    features = [
        feature(name, polygon(square(24, 62)), tunnus=code),
        {"type": "Feature", "id": code, "properties": {"nimi": name}, "geometry": geometry},
        feature("B", {"type": "MultiPolygon", "coordinates": coordinates}),
        feature("C", {"type": "GeometryCollection", "geometries": coordinates}),
    ]
    for kept in (features, features[:1], features[:2]):
        file.write_text(json.dumps({"type": "FeatureCollection", "features": kept, "crs": crs}))
        checked(run(str(file), "--division", "kylat", "--json", "--dry-run", "--accept-repairs"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (make.geojson(crs="EPSG:99999"), 2),
        (make.geojson([shapely.box(25.6, 60.96, 25.62, 60.98)] * 2), 1),
        (make.geojson([shapely.Point(25.6, 60.9)]), 2),
        (make.geojson()[:-9], 2),
    ],
)
def test_the_ground_is_row_by_row_as_it_was_when_nothing_is_imported(
    city: Municipality, tmp_path: Path, content: bytes, code: int
) -> None:
    before, numbers = contents(), sequences()
    file = tmp_path / "rajat.geojson"
    for options in ((), ("--dry-run",)):
        file.write_bytes(content)
        told = checked(run(str(file), "--division", "testila-districts", "--json", *options))
        assert (told.code, contents(), sequences()) == (code, before, numbers)
    file.write_bytes(make.geojson())
    told = checked(run(str(file), "--division", "testila-districts", "--json", "--dry-run"))
    assert (told.code, told.report["outcome"], contents()) == (0, "would import", before)
    told = checked(run(str(file), "--division", "testila-districts", "--json", "--valid-from", "2019-01-01"))
    assert (told.code, contents()) == (2, before)


def test_the_same_file_again_changes_nothing(db: None, rajat: Path) -> None:
    assert run(str(rajat), "--division", "kylat", "--json").code == 0
    before = contents()
    told = checked(run(str(rajat), "--division", "kylat", "--json"))
    assert (told.code, contents()) == (0, before)
    assert "The same borders are in force already; nothing changed." in told.report["warnings"]


def test_later_borders_that_came_meanwhile_win_and_nothing_is_left(
    city: Municipality, rajat: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_late(**_call: Any) -> None:
        raise OlderBorders(datetime.date(2025, 1, 1))

    before = contents()
    monkeypatch.setattr("mapfeedback.management.commands.import_areas.put_in_force", too_late)
    told = checked(run(str(rajat), "--division", "testila-districts", "--json"))
    assert (told.code, contents()) == (2, before)
    assert "Borders from 2025-01-01 are in force already." in told.err


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_leave_one_edition_in_force(rajat: Path, tmp_path: Path) -> None:
    other = tmp_path / "muut.geojson"
    other.write_text(json.dumps({"type": "FeatureCollection", "features": row_of("A", "B", "C")}))
    codes: list[int] = []

    def imports(file: Path) -> None:
        try:
            codes.append(run(str(file), "--division", "kylat", "--municipality", "kylat", "--json").code)
        finally:
            connections.close_all()

    both = [threading.Thread(target=imports, args=(file,)) for file in (rajat, rajat, other)]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
    # The other file lies far from the first: whichever founds the municipality is right, and the rest is refused.
    assert sorted(codes) in ([0, 0, 2], [0, 2, 2])
    assert (Municipality.objects.count(), Division.objects.count()) == (1, 1)
    assert Edition.objects.in_force().get().areas.count() in (2, 3)


def test_a_file_over_the_limit_is_refused_before_it_is_read(db: None, tmp_path: Path) -> None:
    file = tmp_path / "suuri"
    for start, most in ((b"SQLite format 3\x00", formats.MAX_FILE_BYTES), (b'{"a":', formats.MAX_BYTES)):
        with file.open("wb") as sparse:
            sparse.write(start)
            sparse.truncate(most + 1)
        started = time.process_time()
        told = checked(run(str(file), "--division", "kylat", "--json"))
        assert (told.code, f"larger than {most // 1024 // 1024} MB" in told.err) == (2, True)
        assert time.process_time() - started < 0.5


def test_more_corners_than_the_limit_are_refused_with_the_limit(
    db: None, rajat: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("areas.importing.reading.MAX_VERTICES", 9)
    told = checked(run(str(rajat), "--division", "kylat", "--json"))
    assert (told.code, "more than 9 corners" in told.err) == (2, True)


def test_a_long_file_says_what_it_is_at(db: None, rajat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "reading" not in run(str(rajat), "--division", "kylat").err
    monkeypatch.setattr("mapfeedback.management.commands.import_areas.LONG", 10)
    told = checked(run(str(rajat), "--division", "muut", "--json"))
    steps = [row.partition(": ")[2] for row in told.err.splitlines() if " s: " in row]
    assert steps == ["reading the file", "checking the borders", "storing the areas"]


def _grid(folder: Path) -> bytes:
    def cell(at: int) -> shapely.Geometry:
        west, south = 430_000 + at % 40 * 250, 6_760_000 + at // 40 * 250
        return shapely.segmentize(shapely.box(west, south, west + 250, south + 250), 5.0)

    cells = [cell(at) for at in range(1_000)]
    assert sum(shapely.get_num_coordinates(one) for one in cells) > 200_000
    return make.geopackage(folder, cells, crs="EPSG:3067", names=[f"Ruutu {at}" for at in range(1_000)])


def _as_geojson(folder: Path) -> bytes:
    step = 0.005
    cells = [
        shapely.segmentize(shapely.box(24 + x * step, 61 + y * step, 24 + (x + 1) * step, 61 + (y + 1) * step), 1e-4)
        for x in range(40)
        for y in range(25)
    ]
    assert sum(map(shapely.get_num_coordinates, numpy.array(cells))) > 200_000
    return make.geojson(cells, names=[f"Ruutu {at}" for at in range(1_000)])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("made", [_grid, _as_geojson], ids=["GeoPackage", "GeoJSON"])
def test_a_thousand_areas_of_two_hundred_thousand_corners_stay_within_ten_seconds_and_500_mb(
    made: Callable[[Path], bytes], tmp_path: Path
) -> None:
    """As a process of its own, by its own processor time, so that a busy machine says nothing about us."""
    file = tmp_path / "upload"
    file.write_bytes(made(tmp_path))
    probe = (
        "import pathlib, re, resource, sys\n"
        "from django.core.management import execute_from_command_line\n"
        "try:\n"
        "    execute_from_command_line(['manage.py', 'import_areas', *sys.argv[1:]])\n"
        "finally:\n"
        # A process that another one started counts the memory of that one as its own most: the kernel knows better.
        "    status = pathlib.Path('/proc/self/status').read_text()\n"
        "    most = {resource.RUSAGE_SELF: int(re.search(r'VmHWM:\\s*(\\d+)', status)[1])}\n"
        "    for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):\n"
        "        used = resource.getrusage(whose)\n"
        "        megabytes = most.get(whose, used.ru_maxrss) // 1024\n"
        "        print(used.ru_utime + used.ru_stime, megabytes, file=sys.stderr)\n"
    )
    database = settings.DATABASES["default"]
    who = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}"
    url = f"postgresql://{who}@/{database['NAME']}?host={quote(database['HOST'], safe='')}"
    done = subprocess.run(
        [sys.executable, "-c", probe, str(file), "--division", "ruudut", "--json"],
        capture_output=True,
        text=True,
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "mapfeedback.settings"},
        cwd=settings.BASE_DIR,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["areas"] == 1_000
    (seconds, megabytes), (child_seconds, child_megabytes) = (
        map(float, row.split()) for row in done.stderr.splitlines()[-2:]
    )
    assert seconds + child_seconds < 10
    assert max(megabytes, child_megabytes) < 500
