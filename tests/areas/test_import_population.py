"""A city imports its population from CSV as Statistics Finland writes it: all of it, or nothing and the reason."""

import datetime
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from areas.actions import NewArea, adopt_edition
from areas.deriving import left_open
from areas.models import Area, Division, PopulationFigure
from areas.residents import headings
from areas.residents.bands import put_together
from areas.residents.carrying import without_population
from areas.residents.headings import Band
from tests.conftest import box


@pytest.fixture
def taken(tmp_path: Path, district: Division) -> Any:
    """`taken(text)` imports a file; its report."""

    def _taken(text: str, *options: str, encoding: str = "utf-8", code: int = 0) -> dict[str, Any]:
        file = tmp_path / "vaesto.csv"
        file.write_bytes(text.encode(encoding))
        out = io.StringIO()
        ended = 0
        try:
            call_command(
                "import_population", str(file), "--division", "testila-districts", "--json", *options,
                stdout=out, stderr=io.StringIO(),
            )  # fmt: skip
        except SystemExit as end:
            ended = int(str(end.code))
        report: dict[str, Any] = json.loads(out.getvalue())
        assert ended == code, report
        return report

    return _taken


def residents(year: int) -> dict[str, tuple[int | None, int | None]]:
    areas = Area.objects.current().with_residents(year).values_list("code", "residents", "residents_year")
    return {code: (persons, told) for code, persons, told in areas}


LONG = """Alue;Vuosi;Ikä;Väestö
1;2023;Yhteensä;900
1;2023;0–6;100
2;2023;Yhteensä;..
3;2023;Yhteensä;0
1;2024;Yhteensä;1 100
2;2024;Yhteensä;510
"""


def test_a_long_table_is_taken_with_its_years_and_ages(taken: Any) -> None:
    report = taken(LONG)
    assert (report["outcome"], report["rows"], report["areas"]) == ("imported", 6, 3)
    assert (report["figures"], report["missing"]) == (5, 1)
    assert (report["years"], report["ages"]) == ([2023, 2024], ["0-6", "all"])
    assert report["fields"] == {"area": "Alue", "year": "Vuosi", "age": "Ikä", "persons": "Väestö"}
    assert residents(2024) == {"1": (1100, 2024), "2": (510, 2024), "3": (0, 2023)}


def test_the_nearest_year_that_is_not_later_counts_and_none_is_made_up(taken: Any) -> None:
    taken(LONG)
    assert residents(2030)["1"] == (1100, 2024)
    assert residents(2023) == {"1": (900, 2023), "2": (500, None), "3": (0, 2023)}
    assert residents(2022) == {"1": (1000, None), "2": (500, None), "3": (None, None)}


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("Alue;2023;2024\n1;900;1100\n2;..;510\n3;0;.\n", ()),
        ("Alue,2023,2024\n1,900,1100\n2,..,510\n3,0,-\n", ()),
        ("Alue\tVäestö 2023\tVäestö 2024\n1\t900\t1100\n2\t..\t510\n3\t0\t\n", ()),
        ('"Väestö alueittain"\n\n"Alue";"2023";"2024"\n"1 Länsi";"900";"1100"\n2 Itä;..;510\n3 Etelä;0;"."\n', ()),
        ("koodi;nimi;vuosi;asukkaat\n1;Länsi;2023;900\n1;Länsi;2024;1100\n2;Itä;2024;510\n3;Etelä;2023;0\n", ()),
        ("Kaupunginosa;Tilastovuosi;Asukasluku\nlänsi;2023;900\nLänsi;2024;1100\nÖst;2024;510,0\nSöder;2023;0\n", ()),
        (
            "Alue;Sukupuoli;Vuosi;Väkiluku\n"
            + "".join(
                f"{area};{sex};{year};{n if sex == 'Yhteensä' else 1}\n"
                for area, year, n in ((1, 2023, 900), (1, 2024, 1100), (2, 2024, 510), (3, 2023, 0))
                for sex in ("Yhteensä", "Miehet", "Naiset")
            ),
            (),
        ),
        (
            "Alue;Tiedot;2023;2024\n1;Asukkaat yhteensä;900;1100\n1;Keski-ikä;41;42\n"
            "2;Asukkaat yhteensä;..;510\n3;Asukkaat yhteensä;0;..\n",
            (),
        ),
    ],
)  # fmt: skip
def test_the_same_numbers_come_out_of_every_usual_form(taken: Any, text: str, options: tuple[str, ...]) -> None:
    assert taken(text, *options)["outcome"] == "imported"
    assert residents(2024) == {"1": (1100, 2024), "2": (510, 2024), "3": (0, 2023)}
    assert residents(2023) == {"1": (900, 2023), "2": (500, None), "3": (0, 2023)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_names_are_read_in_every_usual_encoding(taken: Any, encoding: str) -> None:
    taken("Alue;Vuosi;Väestö\nLänsi;2024;1100\nItä;2024;510\nEtelä;2024;3\n", encoding=encoding)
    assert residents(2024)["3"] == (3, 2024)


def test_codes_with_spaces_zeros_and_names_behind_them_find_their_areas(taken: Any, district: Division) -> None:
    adopt_edition(
        division=district,
        areas=[
            NewArea("091-01-A", "Kruununhaka", box(25.60, 60.98, 25.70, 61.02)),
            NewArea("00100", "Keskusta", box(25.70, 60.98, 25.80, 61.02)),
            NewArea("00520", "Pasila", box(25.60, 60.94, 25.80, 60.98)),
        ],
        valid_from=datetime.date(2024, 6, 1),
        source="test",
    )
    report = taken(
        "Alue;2024\nKOKO MAA;5600000\n091 01 A Kruununhaka;700\n00100 Helsinki keskusta (Helsinki);1800\n520;900\n"
    )
    assert residents(2024) == {"091-01-A": (700, 2024), "00100": (1800, 2024), "00520": (900, 2024)}
    assert report["not_areas"] == ["KOKO MAA"]
    assert any("520 → 00520" in warning for warning in report["warnings"])


def test_everybody_is_the_sum_only_where_every_age_is_known(taken: Any) -> None:
    report = taken("Alue;Vuosi;0-17;18-64;65-\n1;2024;200;700;150\n2;2024;100;..;50\n")
    assert residents(2024) == {"1": (1050, 2024), "2": (500, None), "3": (None, None)}
    assert "The numbers of everybody are the sums of the ages." in report["warnings"]


def test_a_number_that_is_withdrawn_is_gone_and_what_is_not_named_stays(taken: Any) -> None:
    taken(LONG)
    taken("Alue;Vuosi;Ikä;Väestö\n1;2024;Yhteensä;..\n2;2024;Yhteensä;520\n")
    assert residents(2024) == {"1": (900, 2023), "2": (520, 2024), "3": (0, 2023)}
    assert PopulationFigure.objects.filter(age_to=6).count() == 1


def test_the_same_file_twice_changes_nothing(taken: Any) -> None:
    taken(LONG)
    columns = ("area__code", "year", "age_from", "age_to", "persons")
    before = set(PopulationFigure.objects.values_list(*columns))
    taken(LONG)
    assert set(PopulationFigure.objects.values_list(*columns)) == before


def test_a_dry_run_and_a_refusal_leave_nothing_behind(taken: Any) -> None:
    assert taken(LONG, "--dry-run")["outcome"] == "would import"
    assert not PopulationFigure.objects.exists()
    assert taken(LONG + "3;2024;Yhteensä;paljon\n", code=2)["why"] == (
        "Row 8, column Väestö: paljon is not a number of people."
    )
    assert not PopulationFigure.objects.exists()


@pytest.mark.parametrize(
    ("text", "options", "code", "says"),
    [
        ("", (), 2, "empty"),
        ("Alue;Vuosi;Väestö\nTurku;2024;200000\n", (), 2, "No row names an area"),
        ("Alue;Väestö\n1;900\n2;500\n", (), 2, "--year"),
        ("Alue;Vuosi;Paljonko\n1;2024;900\n", (), 2, "No column is a number of people"),
        ("Alue;Vuosi;Väestö;Asukkaat\n1;2024;900;901\n", (), 2, "Several columns"),
        ("Alue;Vuosi;Kieli;Väestö\n1;2024;fi;900\n1;2024;sv;90\n", (), 2, "Kieli"),
        ("Alue;Vuosi;Sukupuoli;Väestö\n1;2024;Naiset;900\n2;2024;Naiset;90\n", (), 2, "no row for everybody"),
        ("Alue;Vuosi;Väestö\n1;2024;-5\n2;2024;1\n", (), 2, "is not a number of people"),
        ("Alue;Vuosi;Väestö\n1;2024;1.234\n2;2024;1\n", (), 2, "is not a number of people"),
        ("Alue;Vuosi;Väestö\n1;2024;900\n", (), 1, "--accept-gaps"),
        ("Alue;Vuosi;Väestö\n1;2024;900\n", ("--accept-gaps",), 0, ""),
        ("Alue;Vuosi;Väestö\n1;2024;900\n2;2024;5\n", ("--code-field", "Koodi"), 2, "no column Koodi"),
        ("Alue;Vuosi;Väestö\n1;2024;900\n2;2024;5\n", ("--encoding", "klingon"), 2, "no encoding klingon"),
        ("Alue;Väestö\n1;900\n2;500\n", ("--year", "2024"), 0, ""),
        ("PK\x03\x04", (), 2, "not a text file"),
    ],
)  # fmt: skip
def test_a_file_that_can_be_misread_is_refused_with_what_to_do(
    taken: Any, text: str, options: tuple[str, ...], code: int, says: str
) -> None:
    report = taken(text, *options, code=code)
    assert says in report["why"]
    assert PopulationFigure.objects.exists() == (code == 0)


def test_years_to_come_are_forecasts_and_left_out(taken: Any) -> None:
    report = taken("Alue;2024;2090\n1;900;2000\n2;500;900\n")
    assert report["years"] == [2024]
    assert any("forecasts" in warning for warning in report["warnings"])


def test_a_dash_is_not_zero_and_that_is_said(taken: Any) -> None:
    report = taken("Alue;2024\n1;900\n2;500\n3;-\n")
    assert residents(2024)["3"] == (None, None)
    assert any("dash" in warning for warning in report["warnings"])
    assert report["without"] == ["3 Etelä"]


def test_an_unknown_division_is_refused_with_those_there_are(district: Division, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(LONG)
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("import_population", str(file), "--division", "turku", "--json", stdout=out, stderr=io.StringIO())
    assert "Known: testila-districts" in json.loads(out.getvalue())["why"]


def test_new_borders_keep_figures_only_where_code_and_ground_are_the_same(taken: Any, district: Division) -> None:
    taken(LONG)
    edition = adopt_edition(
        division=district,
        areas=[
            NewArea("1", "Länsi", box(25.60, 60.98, 25.70, 61.02)),
            NewArea("2", "Itä", box(25.70, 60.98, 25.80, 61.03)),
            NewArea("4", "Etelä", box(25.60, 60.94, 25.80, 60.98)),
        ],
        valid_from=datetime.date(2025, 1, 1),
        source="test",
    )
    assert residents(2025) == {"1": (1100, 2024), "2": (None, None), "4": (None, None)}
    assert [area.code for area in without_population(edition)] == ["2", "4"]
    with override("en"):
        told = left_open(edition)
    assert told == ["The population of 2 areas is not known by these borders: 2 Itä; 4 Etelä."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023", (2023, None)),
        ("2023*", (2023, None)),
        ("Yhteensä 2023", (2023, "all")),
        ("0–6", (None, "0-6")),
        ("7 - 17", (None, "7-17")),
        ("65 -", (None, "65-")),
        ("65+", (None, "65-")),
        ("85 vuotta täyttäneet, 2022 (HE)", (2022, "85-")),
        ("0-2 -vuotiaat, 2022 (HE)", (2022, "0-2")),
        ("Asukkaat yhteensä, 2022 (HE)", (2022, "all")),
        ("7–17-åringar", (None, "7-17")),
        ("65 år och äldre", (None, "65-")),
        ("0-14 years", (None, "0-14")),
        ("65 years or over", (None, "65-")),
        ("alle 7", (None, "0-6")),
        ("SSS", (None, "all")),
        ("Väestö 31.12.2023", (2023, "all")),
        ("42", (None, "42-42")),
        ("Keski-ikä, 2022", None),
        ("Naiset", None),
        ("17-7", None),
        ("", None),
    ],
)  # fmt: skip
def test_headings_are_understood_or_left_alone(text: str, expected: tuple[int | None, str | None] | None) -> None:
    found = headings.meaning(text)
    assert (found and (found.year, found.band and str(found.band))) == expected


@given(st.dictionaries(st.integers(0, 100), st.integers(0, 500), min_size=1))
def test_bands_put_together_lose_nobody(single: dict[int, int]) -> None:
    told = {Band(age, None if age == 100 else age): persons for age, persons in single.items()}
    assert sum(put_together(told).values()) == sum(single.values())


def test_single_years_become_bands_that_can_be_read() -> None:
    told = {Band(age, None if age == 100 else age): 1 for age in range(101)}
    assert {str(band): n for band, n in put_together(told).items()} == {
        "0-6": 7, "7-17": 11, "18-29": 12, "30-44": 15, "45-64": 20, "65-79": 15, "80-": 21,
    }  # fmt: skip
    fives = {Band(age, None if age == 85 else age + 4): 5 for age in range(0, 90, 5)}
    assert [str(band) for band in put_together(fives)] == ["0-14", "15-29", "30-44", "45-64", "65-79", "80-"]
