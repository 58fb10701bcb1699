"""The report as a workbook for people: a sheet of figures and a sheet of contributions, in the reader's language."""

import datetime
import io
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from mapfeedback.pins.figures import Figure
from mapfeedback.reports import wording
from mapfeedback.reports.district import DistrictReport
from mapfeedback.reports.items import Labelled, labelled
from mapfeedback.spreadsheets import harmless


def as_xlsx(report: DistrictReport) -> bytes:
    """No cell is ever a formula or a link that runs: what people wrote is text."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file,
        {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "in_memory": True,
            "default_date_format": "d.m.yyyy",
        },
    )
    # The day of the report and not the second of the download: the same report is the same file.
    book.set_properties({"created": datetime.datetime.combine(report.made_on, datetime.time())})
    looks = {
        "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 2}),
        "title": book.add_format({"bold": True, "font_size": 16}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        "top": book.add_format({"valign": "top"}),
        "day": book.add_format({"num_format": "d.m.yyyy", "valign": "top"}),
        "share": book.add_format({"num_format": "0 %"}),
        "rate": book.add_format({"num_format": "0.0"}),
    }
    _figures(book.add_worksheet(pgettext("sheet", "Figures")), report, looks)
    _items(book.add_worksheet(pgettext("sheet", "Messages")), report, looks)
    book.close()
    return file.getvalue()


def _figures(sheet: Any, report: DistrictReport, looks: dict[str, Any]) -> None:
    counted, mine, reaching = report.figures.counted, report.figures.mine, report.figures.reaching
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 3, 16)
    sheet.write_string(0, 0, report.area.name, looks["title"])
    facts: list[tuple[str, object, str]] = [
        (_("Area division"), report.area.division.name, "top"),
        *_drawn_by(report),
        (_("Borders from"), report.area.edition.valid_from, "day"),
        (_("Period"), wording.period(report.question.pin_filter.since, report.question.pin_filter.until), "top"),
        (_("Made on"), report.made_on, "day"),
        (_("Messages"), counted.total.n, "top"),
        (_("Answered"), counted.total.answered, "top"),
        (_("Answered share"), _or_words(counted.total.answered_share, _("too few")), "share"),
        (_("Median days to the first answer"), _or_words(counted.total.typical_days, _("too few")), "rate"),
        (_("Residents"), _or_words(mine.residents.persons, _("not known")), "top"),
        (_("Residents of the year"), _or_words(mine.residents.year, _("not known")), "top"),
        (_("Messages per 1,000 residents"), _or_words(mine.per_1000, wording.rate(mine)), "rate"),
        (_("Lines from elsewhere that reach in"), reaching.lines, "top"),
        (_("Their kilometres here"), round(reaching.metres / 1000, 3), "top"),
        (_("Drawn areas from elsewhere that reach in"), reaching.drawn, "top"),
        (_("Their hectares here"), round(reaching.square_metres / 10_000, 3), "top"),
        (_("Area in km²"), round(mine.area.km2, 3), "top"),
        (_("Address of this report"), report.url, "top"),
    ]
    row = 1
    for label, value, look in facts:
        sheet.write_string(row, 0, label)
        _write(sheet, row, 1, value, looks[look])
        row += 1
    for side in report.figures.sides:
        row += 1
        for column, heading in enumerate((side.heading, _("Messages"), _("Answered"), _("Answered share"))):
            sheet.write_string(row, column, heading, looks["head"])
        for one in side.rows:
            row += 1
            sheet.write_string(row, 0, ("    " if one.inner else "") + one.label)
            _measures(sheet, row, one.figure, looks)
        row += 1
    row += 1
    sheet.write_string(row, 0, _("What these numbers cannot say"), looks["head"])
    for sentence in report.figures.caveats:
        row += 1
        sheet.write_string(row, 0, sentence, looks["wrap"])


def _drawn_by(report: DistrictReport) -> list[tuple[str, object, str]]:
    """Only of borders that are not the city's own."""
    association = report.figures.drawn_by
    return (
        []
        if association is None
        else [(_("Drawn by the association, not the city's borders."), association.name, "top")]
    )


def _measures(sheet: Any, row: int, figure: Figure, looks: dict[str, Any]) -> None:
    sheet.write_number(row, 1, figure.n)
    sheet.write_number(row, 2, figure.answered)
    _write(sheet, row, 3, _or_words(figure.answered_share, _("too few")), looks["share"])


def _or_words(value: object, words: str) -> object:
    return words if value is None else value


def _write(sheet: Any, row: int, column: int, value: object, look: Any) -> None:
    if isinstance(value, str):
        sheet.write_string(row, column, harmless(value), look)
    elif value is None:
        sheet.write_blank(row, column, None, look)
    else:
        sheet.write(row, column, value, look)


def _items(sheet: Any, report: DistrictReport, looks: dict[str, Any]) -> None:
    columns: list[tuple[str, int, str]] = [
        (_("Placed on"), 11, "day"),
        (_("Kind"), 11, "top"),
        (_("Topic"), 22, "top"),
        (_("Title"), 26, "wrap"),
        (_("Text"), 60, "wrap"),
        (_("Status"), 14, "top"),
        (_("Answered on"), 11, "day"),
        (_("Answers"), 50, "wrap"),
        (_("How many agree"), 10, "top"),
        (_("Of them signed in"), 10, "top"),
        (_("How it came"), 14, "top"),
        (_("Place in words"), 24, "wrap"),
        (_("How well the place is known"), 16, "top"),
        (_("Longitude"), 11, "top"),
        (_("Latitude"), 11, "top"),
        (_("Language of the text"), 10, "top"),
        (_("Address"), 40, "top"),
        (_("Identifier"), 38, "top"),
    ]
    for column, (heading, width, look) in enumerate(columns):
        sheet.set_column(column, column, width, looks[look])
        sheet.write_string(0, column, heading, looks["head"])
    for row, one in enumerate(labelled(report.items, report.figures.categories), start=1):
        for column, value in enumerate(_cells(one)):
            _write(sheet, row, column, value, looks[columns[column][2]])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(report.items)), len(columns) - 1)


def _cells(one: Labelled) -> tuple[object, ...]:
    item = one.item
    return (
        item.placed,
        one.kind,
        one.topic,
        item.title,
        item.text,
        one.status,
        item.answered,
        "\n".join(one.answers),
        item.supports,
        item.supports_verified,
        one.channel,
        item.place,
        one.precision,
        item.lon,
        item.lat,
        item.language,
        item.url,
        item.id,
    )
