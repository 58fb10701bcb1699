"""A city brings the years it already has: every row is imported, already there, or refused with a reason."""

import csv
import datetime
import io
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyproj
import pytest
from django.core.management import call_command
from django.db.models import Q
from django.utils import timezone

from areas.actions import found_municipality
from areas.models import Municipality
from mapfeedback.journal.models import Entry
from mapfeedback.pins.importing.moments import moment
from mapfeedback.pins.importing.places import number
from mapfeedback.pins.models import Category, Membership, Pin
from tests.conftest import EAST, OUTSIDE, SOUTH, WEST, box

HELSINKI = ZoneInfo("Europe/Helsinki")


class Told:
    """What the command answered."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(self.out)
        return report

    def __getitem__(self, name: str) -> Any:
        return self.report[name]

    @property
    def warnings(self) -> dict[str, list[int]]:
        return {warning["why"]: warning["rows"] for warning in self.report["warnings"]}

    def warned(self, part: str) -> list[int]:
        """Rows of the one warning with these words."""
        (rows,) = [rows for why, rows in self.warnings.items() if part in why]
        return rows


Import = Callable[..., Told]


@pytest.fixture
def other(db: None) -> Category:
    return Category.objects.create(slug="other", name_fi="Muu", name_sv="Annat", name_en="Other", order=99)


@pytest.fixture
def import_text(city: Municipality, other: Category, tmp_path: Path) -> Import:
    """`import_text(csv text or bytes, "column=field", …, option="…")` runs the command with --json."""

    def _import(content: str | bytes, *columns: str, source: str = "vanha", **options: Any) -> Told:
        file = tmp_path / "vienti.csv"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        out, err = StringIO(), StringIO()
        code = 0
        try:
            call_command(
                "import_pins", str(file), map=list(columns), source=source, stdout=out, stderr=err,
                **({"json": True} | options),
            )  # fmt: skip
        except SystemExit as end:
            code = int(str(end.code))
        return Told(code, out.getvalue(), err.getvalue())

    return _import


def adds_up(told: Told) -> None:
    report = told.report
    assert report["imported"] + report["already_there"] + len(report["refused"]) == report["rows"]
    assert report["located"] + report["unlocated"] + report["outside"] == report["imported"]


def at(where: tuple[float, float]) -> str:
    return f"{where[1]};{where[0]}"


def test_a_plain_export_comes_in_whole(import_text: Import, streets: Category) -> None:
    told = import_text(
        "id;otsikko;viesti;aihe;lev;pit;aika;kieli\n"
        f"7;Penkki;Penkki rikki.;Kadut;{at(WEST)};2019-10-05T17:30:00;fi\n"
        f'8;;"Hej,\r\ndet är ""halt"".";streets;{at(EAST)};5.10.2019 17.30;sv\n',
        "id=key", "otsikko=title", "viesti=text", "aihe=category", "lev=lat", "pit=lon", "aika=placed_at",
        "kieli=language",
    )  # fmt: skip
    assert told.code == 0, told.err
    assert {name: told[name] for name in ("rows", "imported", "already_there", "located", "unlocated", "outside")} == {
        "rows": 2, "imported": 2, "already_there": 0, "located": 2, "unlocated": 0, "outside": 0,
    }  # fmt: skip
    assert (told["refused"], told["suspected_default_places"], told["warnings"]) == ([], [], [])
    first, second = Pin.objects.order_by("source_key")
    assert (first.source, first.source_key, first.title, first.text) == ("vanha", "7", "Penkki", "Penkki rikki.")
    assert (first.category, first.kind, first.channel, first.status) == (streets, "feedback", "api", "received")
    assert (first.precision, first.area and first.area.code, first.visibility) == ("exact", "1", "published")
    assert first.placed_at == second.placed_at == datetime.datetime(2019, 10, 5, 17, 30, tzinfo=HELSINKI)
    assert (second.text, second.language) == ('Hej,\ndet är "halt".', "sv")
    entry = Entry.objects.get()
    assert entry.verb == "pins.imported"
    assert entry.detail == {
        "source": "vanha", "municipality": "testila", "imported": 2, "already_there": 0, "refused": 0, "held": 0,
    }  # fmt: skip


def test_a_second_time_finds_everything_there(import_text: Import) -> None:
    columns = ("id=key", "t=text")
    assert import_text("id,t\n1,yksi\n2,kaksi\n", *columns)["imported"] == 2
    told = import_text("id,t\n1,yksi\n2,KAKSI\n3,kolme\n", *columns)
    assert (told["imported"], told["already_there"], told["refused"]) == (1, 2, [])
    assert told.warned("differ from what is stored") == [3]
    assert Pin.objects.get(source_key="2").text == "kaksi"
    assert import_text("id,t\n1,yksi\n", *columns, source="muu")["imported"] == 1
    assert Entry.objects.count() == 3
    import_text("id,t\n1,yksi\n", *columns, source="muu")
    assert Entry.objects.count() == 3


def test_rows_without_a_key_are_known_by_their_content(import_text: Import) -> None:
    text = f"id;t;lat;lon\n;sama;{at(WEST)}\n;sama;{at(EAST)}\n;sama;{at(WEST)}\n"
    told = import_text(text, "id=key", "t=text", "lat=lat", "lon=lon")
    assert (told["imported"], told["already_there"]) == (2, 1)
    assert told.warned("no key of its own") == [2, 3]
    again = import_text(text, "id=key", "t=text", "lat=lat", "lon=lon")
    assert (again["imported"], again["already_there"]) == (0, 3)
    no_key_column = import_text("t\na\nb\n", "t=text", source="avaimeton")
    assert (no_key_column["imported"], no_key_column["warnings"]) == (2, [])
    assert import_text("t\na\nb\n", "t=text", source="avaimeton")["already_there"] == 2


def test_a_key_of_two_columns_tells_rounds_apart(import_text: Import) -> None:
    text = "kierros,id,t\n2019,1,a\n2020,1,b\n2020,1,b\n2020,1,c\n"
    told = import_text(text, "kierros=key", "id=key", "t=text")
    assert (told["imported"], told["already_there"]) == (2, 1)
    assert told["refused"] == [{"row": 5, "why": "The key 2020:1 is on row 3 already, with other content."}]
    assert set(Pin.objects.values_list("source_key", flat=True)) == {"2019:1", "2020:1"}
    again = import_text(text, "kierros=key", "id=key", "t=text")
    assert (again["imported"], again["already_there"], len(again["refused"])) == (0, 3, 1)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("1;;2019-01-01", "The text is empty."),
        ("1; \u00a0 ;2019-01-01", "The text is empty."),
        (f"1;{'x' * 50_001};2019-01-01", "longer than 50000"),
        ("1;a;31.2.2019", '"31.2.2019"'),
        ("1;a;eilen", '"eilen"'),
        ("1;a;", "is missing"),
        ("1;a;2999-01-01", '"2999-01-01"'),
        ("1;a;10/5/2019", '"10/5/2019"'),
        ("1;a", "2 cells, the header has 3"),
        ("1;a;2019-01-01;b", "4 cells, the header has 3"),
    ],
)
def test_a_row_that_cannot_be_a_pin_is_refused_with_its_number(import_text: Import, row: str, why: str) -> None:
    told = import_text(f"id;t;aika\n0;ehjä;2019-01-01;\n\n{row}\n", "id=key", "t=text", "aika=placed_at")
    assert (told.code, told["rows"], told["imported"]) == (0, 2, 1)
    (refusal,) = told["refused"]
    assert refusal["row"] == 3
    assert why in refusal["why"]
    assert f"row 3 refused: {refusal['why']}" in told.err
    adds_up(told)


def test_a_place_is_doubted_before_it_is_believed(import_text: Import) -> None:
    places = [
        at(WEST), "61,0;25,65", "", ";", "0;0", "0.0;0,0", "nan;NaN", "abc;25.6", "61.0;", "Infinity;25.6", "200;25.6",
        "1e400;25", at(OUTSIDE), "48.85;2.35", "25.65;61.0", " 61.0 ; 25.65 ",
    ]  # fmt: skip
    rows = "".join(f"{n};t{n};{place or ';'}\n" for n, place in enumerate(places))
    told = import_text("id;t;lat;lon\n" + rows, "id=key", "t=text", "lat=lat", "lon=lon")
    adds_up(told)
    assert (told["located"], told["outside"], told["unlocated"], told["refused"]) == (4, 2, 10, [])
    assert told.warned("0, 0") == [6, 7]
    assert told.warned("cannot be read") == [9, 11, 13]
    assert told.warned("is missing") == [10]
    assert told.warned("nowhere on earth") == [12]
    assert told.warned("changed places") == [16]
    assert Pin.objects.get(source_key="14").geom == Pin.objects.get(source_key="0").geom
    assert {pin.precision for pin in Pin.objects.filter(geom=None)} == {"unknown"}
    assert Membership.objects.count() == 4


def test_points_in_words_of_a_database_are_read_and_turned_only_into_the_city(import_text: Import) -> None:
    points = [
        "POINT(25.65 61.0)", "POINT (61.0 25.65)", "SRID=4326;POINT(25.65 61.0)", "point z (25.65 61.0 80)",
        "POINT EMPTY", "POINT(2.35 48.85)", "LINESTRING(0 0, 1 1)", "POINT(25.65)", "",
        "SRID=3067;POINT(427051 6763612)",
    ]  # fmt: skip
    rows = "".join(f'{n},t{n},"{place}"\n' for n, place in enumerate(points))
    told = import_text("id,t,p\n" + rows, "id=key", "t=text", "p=point")
    adds_up(told)
    assert (told["located"], told["outside"], told["unlocated"]) == (5, 1, 4)
    assert told.warned("changed places") == [3]
    assert told.warned("cannot be read") == [8, 9]


@pytest.mark.parametrize("code", [3067, 3879, 3880, 3857])
def test_coordinates_in_the_citys_own_system(import_text: Import, code: int) -> None:
    transform = pyproj.Transformer.from_crs(4326, code, always_xy=True).transform
    rows = ""
    for n, where in enumerate((WEST, EAST, SOUTH)):
        x, y = transform(*where)
        rows += f"{n};t;{x:.3f};{y:.3f}\n"
    text = "id;t;itä;pohjoinen\n" + rows.replace(".", ",")
    columns = ("id=key", "t=text", "itä=x", "pohjoinen=y")
    told = import_text(text, *columns)
    assert (told.code, Pin.objects.count()) == (2, 0)
    assert f"--crs EPSG:{code}" in told.err
    told = import_text(text, *columns, crs=f"EPSG:{code}")
    assert told["located"] == 3
    pin = Pin.objects.get(source_key="0")
    assert pin.geom is not None
    assert pin.geom.coords == pytest.approx(WEST, abs=1e-6)
    assert pin.area is not None and pin.area.code == "1"


def test_degrees_called_metres_are_refused(import_text: Import) -> None:
    told = import_text(f"t;y;x\na;{at(WEST)}\n", "t=text", "x=x", "y=y", crs="3067")
    assert told.code == 2
    assert "Leave out --crs" in told.err


def test_their_words_become_our_codes_and_unknown_ones_are_counted(import_text: Import, nature: Category) -> None:
    told = import_text(
        "id,t,laji,aihe,tila,tarkkuus,kieli,kanava\n"
        "1,a,Moite,nature,Valmis,street,sv-FI,paper\n"
        "2,a,idea,LUONTO,done,exact,suomi,puhelu\n"
        "3,a,Moitex,Avaruus,odd,approximate,,\n"
        "4,a,Moitex,Avaruus,,whole_city,EN,\n",
        "id=key", "t=text", "laji=kind", "aihe=category", "tila=status", "tarkkuus=precision", "kieli=language",
        "kanava=channel",
        value=["kind:Moite=feedback", "status:valmis=done"], kind="opinion", channel="phone",
    )  # fmt: skip
    assert told.code == 0, told.err
    pins = {pin.source_key: pin for pin in Pin.objects.select_related("category")}
    assert [pins[n].kind for n in "1234"] == ["feedback", "idea", "opinion", "opinion"]
    assert [pins[n].category.slug for n in "1234"] == ["nature", "nature", "other", "other"]
    assert [pins[n].status for n in "1234"] == ["done", "done", "received", "received"]
    assert [pins[n].language for n in "1234"] == ["sv-fi", "fi", "fi", "en"]
    assert [pins[n].channel for n in "1234"] == ["paper", "phone", "phone", "phone"]
    assert [pins[n].precision for n in "1234"] == ["unknown", "unknown", "unknown", "whole_city"]
    assert told.warned('kind "Moitex"; taken as opinion') == [4, 5]
    assert told.warned('category "Avaruus"; taken as other') == [4, 5]
    assert told.warned('status "odd"') == [4]
    assert told.warned('"suomi" is no language code') == [3]
    assert told.warned('channel "puhelu"') == [3]


def test_answers_keep_their_time(import_text: Import) -> None:
    told = import_text(
        "id;t;aika;vastattu\n1;a;1.3.2019;2.3.2019 klo 9.05\n2;a;1.3.2019;1.2.2019\n"
        "3;a;1.3.2019;joskus\n4;a;1.3.2019;\n",
        "id=key", "t=text", "aika=placed_at", "vastattu=answered_at",
    )  # fmt: skip
    first, *others = Pin.objects.order_by("source_key")
    assert (first.status, first.answered_at) == ("answered", datetime.datetime(2019, 3, 2, 9, 5, tzinfo=HELSINKI))
    assert {(pin.status, pin.answered_at) for pin in others} == {("received", None)}
    assert told.warned("older than what it answers") == [3]
    assert told.warned('"joskus"') == [4]


def test_what_does_not_fit_stays_readable(import_text: Import) -> None:
    told = import_text(f"o,t\n{'Otsikko ' * 40},{'sana ' * 1500}\n", "o=title", "t=text")
    pin = Pin.objects.get()
    assert (len(pin.title), told["imported"]) == (200, 1)
    assert pin.text.startswith("sana sana")
    assert pin.text.endswith("Otsikko Otsikko")
    assert len(pin.text) > 5000
    assert told.warned("title was longer") == [2]


def test_texts_that_look_personal_wait_for_a_check(import_text: Import) -> None:
    told = import_text("t\nSoita 040 000 0000\nposti@nimi.example\nTunnus 131052-308T\nPuisto on hieno\n", "t=text")
    assert told["held"] == 3
    assert Pin.objects.filter(visibility="published").count() == 1


def test_formulas_and_look_alike_letters_are_kept_as_they_were_written(import_text: Import) -> None:
    import_text('t\n"=HYPERLINK(""http://x.example"")"\nsyрjäytymisvaarassa\n"a\x00b"\n', "t=text")
    assert set(Pin.objects.values_list("text", flat=True)) == {
        '=HYPERLINK("http://x.example")', "syрjäytymisvaarassa", "ab",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "encoding", "delimiter"),
    [
        ("id;t\n1;Töölö – €\n".encode("cp1252"), "cp1252", ";"),
        (b"id\tt\n1\tT\xf6\xf6l\xf6 \x96\x81\n", "latin-1", "\t"),
        ("\ufeffid,t\n1,Töölö\n".encode(), "utf-8", ","),
        ("id|t\r1|Töölö; a, b, c\r".encode(), "utf-8", "|"),
        ("id;t\n1;Töölö, a, b\n".encode("utf-16"), "utf-16", ";"),
    ],
)
def test_encoding_and_delimiter_are_found(import_text: Import, content: bytes, encoding: str, delimiter: str) -> None:
    told = import_text(content, "id=key", "t=text")
    assert (told["imported"], told["encoding"], told["delimiter"]) == (1, encoding, delimiter)
    assert Pin.objects.get().text.startswith("Töölö")


@pytest.mark.parametrize(
    ("content", "columns", "options", "why"),
    [
        ("id,t\n1,a\n", ["viesti=text"], {}, "Columns found: id, t"),
        ("id,t\n1,a\n", ["t=teksti"], {}, "Fields: key title text kind"),
        ("id,t\n1,a\n", ["t"], {}, "column=field"),
        ("id,t\n1,a\n", ["id=key"], {}, "--map COLUMN=text"),
        ("t,t\n1,a\n", ["t=text"], {}, "2 columns called t"),
        ("t,a,b\n1,a,b\n", ["t=text", "a=kind", "b=kind"], {}, "Only one column can be kind"),
        ("t,a\n1,61\n", ["t=text", "a=lat"], {}, "Map both lat and lon"),
        ("t,a,b,c\n1,61,25,\n", ["t=text", "a=lat", "b=lon", "c=point"], {}, "one kind of place"),
        ('t\n"auki\nloput\n', ["t=text"], {}, "Row 2"),
        ("", ["t=text"], {}, "empty"),
        (b"PK\x03\x04\x00\x00", ["t=text"], {}, "not a text file"),
        ("t\na\n", ["t=text"], {"category": "avaruus"}, "Known: other"),
        ("t\na\n", ["t=text"], {"kind": "huuto"}, "Known: feedback idea"),
        ("t\na\n", ["t=text"], {"channel": "savu"}, "Known: web api"),
        ("t\na\n", ["t=text"], {"language": "suomen kieli"}, "fi, sv, en"),
        ("t\na\n", ["t=text"], {"value": ["kind:Moite=huuto"]}, "Known: feedback idea"),
        ("t\na\n", ["t=text"], {"value": ["laji:Moite=idea"]}, "field:word=code"),
        ("t\na\n", ["t=text"], {"crs": "EPSG:99999"}, "EPSG:99999"),
        ("t\na\n", ["t=text"], {"crs": "/etc/passwd"}, "EPSG:3067"),
        ("t\na\n", ["t=text"], {"encoding": "klingon"}, "utf-8, cp1252"),
        (b"t\n\xff\n", ["t=text"], {"encoding": "utf-8"}, "Byte 2"),
        ("t\näöä".encode() + b"\xc3\n", ["t=text"], {}, "UTF-8 but for byte 8"),
        ("t\na\n", ["t=text"], {"delimiter": "--"}, "one character"),
        ("t\na\n", ["t=text"], {"municipality": "muualla"}, "Known: testila"),
        ("t\na\n", ["t=text"], {"source": ""}, "--source"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_advice(
    import_text: Import, content: str | bytes, columns: list[str], options: dict[str, Any], why: str
) -> None:
    told = import_text(content, *columns, **options)
    assert (told.code, told["outcome"], Pin.objects.count()) == (2, "refused", 0)
    assert why in told["why"]
    assert f"refused: {told['why']}" in told.err


def test_the_municipality_is_the_one_that_holds_most_rows(import_text: Import) -> None:
    found_municipality(slug="muuala", name_fi="Muuala", outline=box(20, 60, 20.2, 60.1))
    text = f"t;lat;lon\na;60.05;20.1\nb;60.06;20.1\nc;{at(WEST)}\n"
    told = import_text(text, "t=text", "lat=lat", "lon=lon")
    assert told["municipality"] == "muuala"
    # It has no districts yet: its outline tells what is inside.
    assert (told["located"], told["outside"]) == (2, 1)
    told = import_text("t\nei paikkaa\n", "t=text")
    assert told.code == 2
    assert "muuala, testila" in told.err


def test_a_point_that_too_many_share_is_marked_over_all_imports_of_the_source(import_text: Import) -> None:
    def rows(first: int, count: int, where: tuple[float, float]) -> str:
        return "".join(f"{n};t{n};{at(where)}\n" for n in range(first, first + count))

    columns = ("id=key", "t=text", "lat=lat", "lon=lon")
    told = import_text("id;t;lat;lon\n" + rows(0, 9, WEST) + rows(100, 2, EAST), *columns)
    assert told["suspected_default_places"] == []
    told = import_text("id;t;lat;lon\n" + rows(9, 1, WEST), *columns)
    assert told["suspected_default_places"] == [{"lat": 61.0, "lon": 25.65, "pins": 10}]
    assert Pin.objects.filter(suspected_default_place=True).count() == 10
    assert set(Pin.objects.filter(suspected_default_place=True).values_list("precision", flat=True)) == {"exact"}
    told = import_text("id;t;lat;lon\n" + rows(0, 9, WEST), *columns, source="muu")
    assert told["suspected_default_places"] == []
    # Once it is less than one in a hundred it is only a popular place.
    many = "".join(f"m{n};m{n};{60.95 + n / 1e5};25.7\n" for n in range(1100))
    told = import_text("id;t;lat;lon\n" + many, *columns)
    assert told["suspected_default_places"] == []
    assert not Pin.objects.filter(suspected_default_place=True).exists()


def test_a_failure_half_way_leaves_nothing(import_text: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(ids: list[int]) -> int:
        assert Pin.objects.count() == 2
        raise OSError("the power went")

    monkeypatch.setattr("mapfeedback.pins.importing.adopting.remember_areas", fail)
    with pytest.raises(OSError, match="power"):
        import_text("t\na\nb\n", "t=text")
    assert (Pin.objects.count(), Entry.objects.count()) == (0, 0)


def test_without_json_a_person_reads_a_sentence(import_text: Import) -> None:
    told = import_text(f"t;lat;lon\na;{at(WEST)}\n;;\n", "t=text", "lat=lat", "lon=lon", json=False)
    assert told.out.strip() == (
        "imported: 1 of 2 rows into testila from vanha; 0 already there, 1 refused."
        " 1 located, 0 outside, 0 without a place; 0 wait for a check."
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("61.5", 61.5), ("61,5", 61.5), ("6 763 612,25", 6763612.25), ("6\u00a0763\u00a0612", 6763612.0),
        ("6.763.612,5", 6763612.5), ("\u22121,5", -1.5), ("1e2", 100.0), ("", None), ("N/A", None), ("-", None),
    ],
)  # fmt: skip
def test_numbers_in_every_spelling(written: str, expected: float | None) -> None:
    assert number(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2019-10-05T17:30:00Z", "2019-10-05T17:30:00+00:00"),
        ("2019-10-05 17:30:00+03", "2019-10-05T14:30:00+00:00"),
        ("2019-10-05", "2019-10-04T21:00:00+00:00"),
        ("5.10.2019", "2019-10-04T21:00:00+00:00"),
        ("05.01.2019 klo 7:05", "2019-01-05T05:05:00+00:00"),
        ("5.10.2019, 17.30.15", "2019-10-05T14:30:15+00:00"),
    ],
)
def test_moments_in_iso_and_finnish(written: str, expected: str) -> None:
    found = moment(written, zone=HELSINKI, now=timezone.now())
    assert found == datetime.datetime.fromisoformat(expected)


class Export:
    """4,000 rows with every oddity met in real exports, and the generator's own tally of what must come of them.

    CP1252, semicolons, CRLF; key = round + id, ids repeat across the two rounds. No randomness: row by row.
    """

    HEADER = ("kierros", "id", "otsikko", "viesti", "laji", "aihe", "paikka", "aika")
    DEFAULTS = ((25.66, 61.001), (25.71, 60.961))

    def __init__(self) -> None:
        self.rows: list[tuple[str, ...]] = []
        self.imported: list[tuple[str, ...]] = []
        self.tally = dict.fromkeys(
            ("imported", "already_there", "located", "unlocated", "outside", "refused", "held", "turned"), 0
        )
        self.on_default = dict.fromkeys(self.DEFAULTS, 0)
        for n in range(4000):
            self._add(n)

    def _add(self, n: int) -> None:
        self._n = n
        if n % 100 == 50:  # 40 rows repeat an earlier one exactly
            self._put(self.imported[-1], "already_there")
        elif n % 100 == 51:  # 40 take the key of an earlier one for other words
            kept = self.imported[-1]
            self._put((*kept[:3], "Aivan toinen asia.", *kept[4:]), "refused")
        elif n % 200 == 99:
            self._put(self._row(text=" \n "), "refused")
        elif n % 200 == 199:
            self._put(self._row(when="31.2.2019 8.00"), "refused")
        else:
            self._place(n)

    def _place(self, n: int) -> None:
        held = n % 40 == 7
        text = 'Ehdotan penkkiä – 5 € riittää.\nHyvä paikka olisi "kioskin" luona; puiston reunassa, näin.'
        if n % 30 == 1:
            text = "=SUMMA(A1:A9)"
        if held:
            text += " Soita 040 000 0000." if n % 80 == 7 else " Kirjoita nimi@posti.example!"
        if n % 100 < 22:
            where = ("", "POINT EMPTY", "POINT(0 0)", "NULL")[n % 4]
            self._put(self._row(where=where, text=text), "imported", "unlocated", held=held)
        elif n % 100 in (22, 23):
            self._put(self._row(where=f"POINT({2.3 + n / 1e4} 48.85)", text=text), "imported", "outside", held=held)
        elif n % 100 < 41:
            lon, lat = spot = self.DEFAULTS[n % 2]
            self.on_default[spot] += 1
            self._put(self._row(where=f"POINT({lon} {lat})", text=text), "imported", "located", held=held)
        else:
            lon, lat = 25.61 + n * 4e-5, 60.95 + n * 1e-5
            turned = n % 100 == 60
            self.tally["turned"] += turned
            where = f"POINT ({lat} {lon})" if turned else f"POINT ({lon} {lat})"
            self._put(self._row(where=where, text=text), "imported", "located", held=held)

    def _row(self, *, text: str = "Hyvä.", where: str = "", when: str = "") -> tuple[str, ...]:
        n = self._n
        when = when or (f"{1 + n % 28}.{1 + n % 12}.2019 {n % 24}.{n % 60:02}" if n % 2 else f"2018-05-{1 + n % 28:02}")
        return ("2018" if n < 2000 else "2019", str(n % 2000), f"Ääkköset {n}", text, "idea", "Kadut", where, when)

    def _put(self, row: tuple[str, ...], *what: str, held: bool = False) -> None:
        self.rows.append(row)
        for name in what:
            self.tally[name] += 1
        self.tally["held"] += held
        if "imported" in what:
            self.imported.append(row)

    @property
    def data(self) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
        writer.writerow(self.HEADER)
        writer.writerows(self.rows)
        return text.getvalue().encode("cp1252")


def test_a_real_export_of_four_thousand_rows_comes_out_right(import_text: Import, streets: Category) -> None:
    export = Export()
    columns = (
        "kierros=key", "id=key", "otsikko=title", "viesti=text", "laji=kind", "aihe=category", "paikka=point",
        "aika=placed_at",
    )  # fmt: skip

    dry = import_text(export.data, *columns, dry_run=True)
    assert (dry["outcome"], Pin.objects.count(), Entry.objects.count()) == ("would import", 0, 0)

    told = import_text(export.data, *columns)
    adds_up(told)
    assert told["rows"] == 4000
    assert {
        name: len(told[name]) if name == "refused" else told[name] for name in export.tally if name != "turned"
    } == {name: count for name, count in export.tally.items() if name != "turned"}
    assert len(told.warned("changed places")) == export.tally["turned"] == 40
    assert told["suspected_default_places"] == sorted(
        ({"lat": lat, "lon": lon, "pins": pins} for (lon, lat), pins in export.on_default.items()),
        key=lambda place: -place["pins"],
    )
    assert dry.report | {"outcome": "imported"} == told.report
    assert 0.2 < told["unlocated"] / told["imported"] < 0.25
    assert Pin.objects.filter(suspected_default_place=True).count() == sum(export.on_default.values())
    assert Pin.objects.belonging().filter(Q(home__isnull=False)).count() == told["located"]
    assert Pin.objects.filter(visibility="held").count() == told["held"]
    assert Entry.objects.count() == 1

    stored = Pin.objects.values_list("source_key", "title", "text")
    assert sorted(stored) == sorted((f"{row[0]}:{row[1]}", row[2], row[3]) for row in export.imported)

    again = import_text(export.data, *columns)
    adds_up(again)
    assert (again["imported"], again["already_there"]) == (0, told["imported"] + told["already_there"])
    assert again["refused"] == told["refused"]
    assert again["suspected_default_places"] == told["suspected_default_places"]
    assert Pin.objects.count() == told["imported"]
