"""CSV as other systems write it: any usual encoding and delimiter, quotes, cells of many lines."""

import codecs
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

MAX_BYTES: Final = 200 * 1024 * 1024
MAX_CELL: Final = 200_000
#: How spreadsheets, archives and PDF files begin.
NOT_TEXT: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")
_BEYOND_ASCII: Final = re.compile(rb"[\x80-\xff]+")
_UTF8_LETTER: Final = re.compile(rb"[\xc3-\xf4][\x80-\xbf]+")
DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}


#: A file may begin with a title: this many records are looked at to find out what stands between its cells.
_LOOKED_AT: Final = 10


class RefusedFile(Exception):
    """The file or the options cannot be used at all; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record. `number` is the spreadsheet's: the header is 1, cells of many lines count once."""

    number: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    columns: list[str]
    rows: list[Row]
    encoding: str
    delimiter: str


def read(data: bytes, *, encoding: str = "auto", delimiter: str = "auto", wanted: Sequence[str] = ()) -> Table:
    """The records of a CSV file; raises RefusedFile.

    `wanted` are columns that must be there; they tell which delimiter is the right one.
    """
    if len(data) > MAX_BYTES:
        raise RefusedFile(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB. Import it in parts.")
    text, used = _decoded(data, encoding)
    if not text.strip():
        raise RefusedFile("The file is empty.")
    chosen = _delimiter(text, delimiter, wanted)
    records = _records(text, chosen)
    if not records:
        raise RefusedFile("The file has no header row.")
    columns = [name.strip() for name in records[0].cells]
    return Table(columns, records[1:], used, chosen)


def _decoded(data: bytes, encoding: str) -> tuple[str, str]:
    if encoding != "auto":
        try:
            codecs.lookup(encoding)
            return data.decode(encoding).removeprefix("\ufeff"), encoding
        except LookupError:
            raise RefusedFile(f"There is no encoding {encoding[:40]}. Usual ones: utf-8, cp1252, latin-1.") from None
        except UnicodeDecodeError as problem:
            raise RefusedFile(f"Byte {problem.start} is not {encoding}. Try --encoding auto.") from None
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decoded(data, "utf-16")
    if data.startswith(NOT_TEXT) or data.count(b"\x00") * 10 > len(data):
        raise RefusedFile("This is not a text file. Export it as CSV.")
    _must_not_be_nearly_utf8(data)
    # CP1252 before Latin-1: it says what "–" and "€" are, and Latin-1 reads anything.
    for guess in ("utf-8-sig", "cp1252", "latin-1"):
        try:
            return data.decode(guess), "utf-8" if guess == "utf-8-sig" else guess
        except UnicodeDecodeError:
            continue
    raise AssertionError("Latin-1 reads every byte")


def _must_not_be_nearly_utf8(data: bytes) -> None:
    """One broken byte in a UTF-8 file must not turn every ä of it into two wrong letters; raises RefusedFile."""
    try:
        data.decode()
    except UnicodeDecodeError as problem:
        beyond_ascii = sum(len(run) for run in _BEYOND_ASCII.findall(data))
        if 2 * sum(len(letter) for letter in _UTF8_LETTER.findall(data)) > beyond_ascii:
            raise RefusedFile(
                f"The file is UTF-8 but for byte {problem.start}. Repair that, or name the encoding with --encoding."
            ) from None


def _delimiter(text: str, given: str, wanted: Sequence[str]) -> str:
    if given != "auto":
        chosen = DELIMITERS.get(given, given)
        if len(chosen) != 1 or chosen in '"\r\n':
            raise RefusedFile("--delimiter is one character, or auto, comma, semicolon, tab, pipe.")
        return chosen
    headers = {sign: _header(text, sign) for sign in DELIMITERS.values()}
    return max(headers, key=lambda sign: (len({*wanted} & {*headers[sign]}), len(headers[sign])))


def _header(text: str, delimiter: str) -> list[str]:
    """The first record, or, when a title of one cell comes first, the first that has more cells."""
    try:
        records = islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), _LOOKED_AT)
        first, *rest = [[name.strip() for name in cells] for cells in records if cells] or [[]]
    except csv.Error:
        return []
    return next((cells for cells in rest if len(cells) > 1), first) if len(first) == 1 else first


def _records(text: str, delimiter: str) -> list[Row]:
    csv.field_size_limit(MAX_CELL)
    # Strict: a quote that never closes would otherwise swallow every row after it without a word.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    try:
        for cells in reader:
            if cells:  # an empty line is no record
                rows.append(Row(len(rows) + 1, cells))
    except csv.Error as problem:
        raise RefusedFile(
            f"Row {len(rows) + 1} (line {reader.line_num} of the file) cannot be read: {problem}."
            " Look for a quotation mark that is not closed or not doubled."
        ) from None
    return rows
