"""A table of statistics as numbers of people by area, year and age, whichever way it was exported.

Long (a row for each area, year and age) or wide (years or ages as columns), with or without columns for sex or topic.
"""

from collections import defaultdict
from dataclasses import dataclass

from areas.importing.report import listed
from areas.residents import headings
from areas.residents.headings import EVERYBODY, Band, Meaning
from areas.residents.matching import Areas
from areas.residents.report import PopulationReport, Refused
from mapfeedback.delimited import Row, Table


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What one number is about. `area` is a primary key."""

    area: int
    year: int
    band: Band


#: None: the file says that the number is not known.
Numbers = dict[Key, int | None]


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where things stand in a row. `values` are columns of numbers with what their heading says."""

    area: int
    year: int | None
    age: int | None
    values: dict[int, Meaning]
    others: list[int]


def understand(
    table: Table, areas: Areas, *, code_field: str, year: int | None, this_year: int, report: PopulationReport
) -> Numbers:
    """The numbers of a table; writes what it guessed into the report. `year` is for tables that name none.

    Raises Refused for a table that can be read in more than one way, and for a cell that is no number.
    """
    names, rows = _without_title(table)
    report.rows = len(rows)
    columns = _columns(names, rows, areas, code_field)
    report.fields = {
        ours: names[at]
        for ours, at in (("area", columns.area), ("year", columns.year), ("age", columns.age))
        if at is not None
    } | {"persons": listed([names[at] for at in columns.values], 12)}
    found = [(row, pk) for row in rows if (pk := areas.find(_cell(row, columns.area))) is not None]
    matched = {id(row) for row, _pk in found}
    report.not_areas = list(
        dict.fromkeys(
            _cell(row, columns.area)
            for row in rows
            if id(row) not in matched and any(headings.persons(_cell(row, at)) is not None for at in columns.values)
        )
    )
    found = _totals_only(found, names, columns, report)
    numbers = _numbers(found, names, columns, year, report)
    coming = {key for key in numbers if key.year > this_year}
    if coming:
        report.warnings.append("Years to come were left out: they are forecasts, not population.")
    return _with_sums({key: value for key, value in numbers.items() if key not in coming}, report)


def _without_title(table: Table) -> tuple[list[str], list[Row]]:
    """The header and its rows: a title of one cell may stand above it."""
    if sum(map(bool, table.columns)) > 1:
        return table.columns, table.rows
    for at, row in enumerate(table.rows):
        if sum(bool(cell.strip()) for cell in row.cells) > 1:
            return [cell.strip() for cell in row.cells], table.rows[at + 1 :]
    raise Refused("The file is no table. Export it as CSV with a column for the area and one for the persons.")


def _cell(row: Row, at: int | None) -> str:
    return row.cells[at].strip() if at is not None and at < len(row.cells) else ""


def _columns(names: list[str], rows: list[Row], areas: Areas, code_field: str) -> _Columns:
    area = _area_column(names, rows, areas, code_field)
    said = {at: headings.plain(name) for at, name in enumerate(names)}
    year = next((at for at, name in said.items() if name in headings.YEAR and at != area), None)
    age = next((at for at, name in said.items() if name in headings.AGE and at not in {area, year}), None)
    taken = {area, year, age}
    values = {at: told for at, name in enumerate(names) if at not in taken and (told := headings.meaning(name))}
    if len({(told.year, told.band) for told in values.values()}) < len(values):
        same = listed([names[at] for at in values], 12)
        raise Refused(f"Several columns could be the number of people: {same}. Leave one of them in the file.")
    if not values:
        raise Refused(
            f"No column is a number of people. Columns found: {listed(names, 20)}."
            " Call it Väestö or population, or give years or ages as columns."
        )
    return _Columns(area, year, age, values, [at for at in said if at not in taken | {*values}])


def _area_column(names: list[str], rows: list[Row], areas: Areas, code_field: str) -> int:
    """The column a person named, or the one that names most areas."""
    if code_field:
        same = [at for at, name in enumerate(names) if name.casefold() == code_field.strip().casefold()]
        if len(same) != 1:
            raise Refused(f"--code-field: there is no column {code_field}. Columns found: {listed(names, 20)}.")
        candidates = same
    else:
        candidates = [at for at, name in enumerate(names) if headings.plain(name) not in headings.YEAR]
    counted = [
        (len({pk for row in rows if (pk := areas.find(_cell(row, at))) is not None}), _is_area(names[at]), -at)
        for at in candidates
    ]
    matched, _named, at = max(counted, default=(0, False, 0))
    areas.zeros.clear()  # of the columns that were only tried
    if not matched:
        raise Refused(
            "No row names an area of this division, by its code or by its name."
            f" Columns found: {listed(names, 20)}. Check --division and --code-field."
        )
    return -at


def _is_area(name: str) -> bool:
    return headings.plain(name) in headings.AREA


def _totals_only(
    found: list[tuple[Row, int]], names: list[str], columns: _Columns, report: PopulationReport
) -> list[tuple[Row, int]]:
    """Of columns that split people (by sex, by language), only the rows of everybody."""
    for at in columns.others:
        labels = {_cell(row, at) for row, _pk in found}
        totals = {label for label in labels if headings.is_total(label)}
        if totals and len(labels) > 1:
            found = [(row, pk) for row, pk in found if _cell(row, at) in totals]
            report.warnings.append(f"Of the column {names[at]} only {listed(sorted(totals))} was read.")
        elif headings.plain(names[at]) in headings.SEX and not totals:
            raise Refused(f"The column {names[at]} has no row for everybody. Export it with its total.")
    return found


def _numbers(
    found: list[tuple[Row, int]], names: list[str], columns: _Columns, year: int | None, report: PopulationReport
) -> Numbers:
    told: dict[Key, dict[int | None, int]] = defaultdict(dict)
    other_topics: set[str] = set()
    dashes = False
    for row, pk in found:
        label = _cell(row, columns.age)
        of_row = headings.meaning(label) if label else Meaning()
        if of_row is None or (columns.age is not None and of_row.band is None):
            other_topics.add(label)
            continue
        for at, of_column in columns.values.items():
            key = Key(pk, _year_of(row, columns, of_row, of_column, year), _band_of(of_row, of_column))
            text = _cell(row, at)
            dashes = dashes or headings.plain(text) == "-"
            told[key].setdefault(_value(row, names[at], text), row.number)
    if other_topics:
        report.warnings.append(f"Rows that are no number of people were left out: {listed(sorted(other_topics))}.")
    if dashes:
        report.warnings.append("A dash was read as not known. Where nobody lives, write 0.")
    for values in told.values():
        if len(values) > 1:
            rest = listed([names[at] for at in columns.others], 12) or "-"
            raise Refused(
                f"Rows {' and '.join(map(str, list(values.values())[:2]))} tell different numbers of the same people."
                f" Leave only totals in the file. Columns that may split them: {rest}."
            )
    return {key: next(iter(values)) for key, values in told.items()}


def _year_of(row: Row, columns: _Columns, of_row: Meaning, of_column: Meaning, year: int | None) -> int:
    told = of_column.year or of_row.year or headings.year(_cell(row, columns.year)) or year
    if told is None:
        raise Refused(f"Row {row.number} tells no year. Say with --year of which year the numbers are.")
    return told


def _band_of(of_row: Meaning, of_column: Meaning) -> Band:
    """What the row says of the age, unless the column itself is one of an age."""
    if of_column.band in {None, EVERYBODY}:
        return of_row.band or EVERYBODY
    return of_column.band or EVERYBODY


def _value(row: Row, name: str, text: str) -> int | None:
    if headings.is_missing(text):
        return None
    value = headings.persons(text)
    if value is None:
        raise Refused(f"Row {row.number}, column {name}: {text[:40]} is not a number of people.")
    return value


def _with_sums(numbers: Numbers, report: PopulationReport) -> Numbers:
    """Everybody, where the file tells only ages and they cover everybody; nothing where one of them is not known."""
    ages: dict[tuple[int, int], dict[Band, int | None]] = defaultdict(dict)
    for key, value in numbers.items():
        ages[key.area, key.year][key.band] = value
    sums: Numbers = {}
    differing = 0
    for (area, year), bands in ages.items():
        parts = sorted(
            ((band, value) for band, value in bands.items() if band != EVERYBODY), key=lambda part: part[0].age_from
        )
        values = [value for _band, value in parts if value is not None]
        if not parts or len(values) < len(parts) or not _covers_everybody([band for band, _value in parts]):
            continue
        if EVERYBODY not in bands:
            sums[Key(area, year, EVERYBODY)] = sum(values)
        elif bands[EVERYBODY] not in {None, sum(values)}:
            differing += 1
    if sums:
        report.warnings.append("The numbers of everybody are the sums of the ages.")
    if differing:
        report.warnings.append(f"In {differing} cases the ages do not add up to everybody. Both are kept as told.")
    return numbers | sums


def _covers_everybody(bands: list[Band]) -> bool:
    """Whether bands in order leave out no age and count none twice."""
    expected: int | None = 0
    for band in bands:
        if expected is None or band.age_from != expected:
            return False
        expected = None if band.age_to is None else band.age_to + 1
    return expected is None
