"""Which column is which field, and which of their words is which of our codes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.utils.translation import override

from mapfeedback.delimited import RefusedFile, Row
from mapfeedback.geo import Precision
from mapfeedback.pins.models import Category, Channel, Kind, Status

#: Field → what it holds; the command's help shows it.
FIELDS: Final = {
    "key": "the other system's own id (several columns are joined: round and id)",
    "title": "headline",
    "text": "what the person said (several columns become paragraphs)",
    "kind": "feedback, idea, question, thanks, experience, opinion",
    "category": "a category's slug or name",
    "status": "received, in_progress, answered, done, will_not_be_done, transferred",
    "lat": "latitude (northing with --crs)",
    "lon": "longitude (easting with --crs)",
    "x": "easting in --crs",
    "y": "northing in --crs",
    "point": "POINT(lon lat)",
    "placed_at": "when it was said: 2019-10-05T17:30 or 5.10.2019 17.30",
    "answered_at": "when it was answered",
    "language": "fi, sv, en …",
    "channel": "web, api, paper, phone, event, service_point, chat, social, email",
    "place_text": "the place in words (several columns are joined)",
    "precision": "exact, approximate, street, area, whole_city, unknown",
}
JOINED: Final = frozenset({"key", "text", "place_text"})
CODED: Final = {"kind": Kind, "status": Status, "channel": Channel, "precision": Precision}


def folded(words: str) -> str:
    return " ".join(words.split()).casefold()


def parse_pairs(options: Iterable[str]) -> list[tuple[str, str]]:
    """`column=field` pairs, the column as it is written; raises RefusedFile."""
    pairs = []
    for option in options:
        column, sign, field = option.rpartition("=")
        if not sign or not column.strip() or field.strip() not in FIELDS:
            raise RefusedFile(f"--map {option[:80]}: write column=field. Fields: {' '.join(FIELDS)}.")
        pairs.append((column.strip(), field.strip()))
    return pairs


@dataclass(frozen=True, slots=True)
class Columns:
    """Where in a row each mapped field stands."""

    positions: Mapping[str, Sequence[int]]
    width: int

    @classmethod
    def of(cls, pairs: Sequence[tuple[str, str]], header: Sequence[str]) -> "Columns":
        """Raises RefusedFile when a column is missing or doubtful, or the fields make no sense together."""
        positions: dict[str, list[int]] = {}
        for column, field in pairs:
            positions.setdefault(field, []).append(_position(column, header))
        for field, columns in positions.items():
            if len(columns) > 1 and field not in JOINED:
                raise RefusedFile(f"Only one column can be {field}.")
        if "text" not in positions:
            raise RefusedFile("Say which column holds the text: --map COLUMN=text.")
        ways = [way for way in (("lat", "lon"), ("x", "y"), ("point",)) if positions.keys() & {*way}]
        if len(ways) > 1:
            raise RefusedFile("Map one kind of place only: lat and lon, x and y, or point.")
        if ways and not positions.keys() >= {*ways[0]}:
            raise RefusedFile(f"Map both {' and '.join(ways[0])}.")
        return cls(positions, len(header))

    def __contains__(self, field: str) -> bool:
        return field in self.positions

    def all(self, row: Row, field: str) -> list[str]:
        """The cells of a field, trimmed, in the order they were mapped."""
        return [row.cells[at].strip() for at in self.positions.get(field, ())]

    def one(self, row: Row, field: str) -> str:
        return next(iter(self.all(row, field)), "")

    def content(self, row: Row) -> tuple[str, ...]:
        """Every mapped cell but the key: equal rows say the same."""
        return tuple(cell for field in FIELDS if field != "key" for cell in (*self.all(row, field), "\x1f"))


def _position(column: str, header: Sequence[str]) -> int:
    same = [at for at, name in enumerate(header) if name == column] or [
        at for at, name in enumerate(header) if folded(name) == folded(column)
    ]
    if len(same) == 1:
        return same[0]
    problem = "no column" if not same else f"{len(same)} columns"
    raise RefusedFile(f"The file has {problem} called {column[:80]}. Columns found: {', '.join(header)[:2000]}.")


class Vocabulary:
    """From the other system's words to our codes: `--value` pairs first, then our own codes and names."""

    def __init__(self, values: Iterable[str]) -> None:
        self.categories = {category.slug: category for category in Category.objects.all()}
        self._codes: dict[str, dict[str, str]] = {field: _own_words(field) for field in CODED}
        names = {
            folded(name): category.slug
            for category in self.categories.values()
            for name in (category.name_fi, category.name_sv, category.name_en)
            if name
        }
        self._codes["category"] = names | {slug: slug for slug in self.categories}
        for option in values:
            field, colon, pair = option.partition(":")
            word, sign, code = pair.rpartition("=")
            if not colon or not sign or field not in self._codes:
                raise RefusedFile(f"--value {option[:80]}: write field:word=code. Fields: {' '.join(self._codes)}.")
            self._codes[field][folded(word)] = self.must(field, code.strip(), f"--value {option[:80]}")

    def code(self, field: str, word: str) -> str | None:
        """Our code for their word; None when it is unknown."""
        return self._codes[field].get(folded(word))

    def must(self, field: str, word: str, option: str) -> str:
        """As `code`; raises RefusedFile with what there is."""
        code = self.code(field, word)
        if code is None:
            known = CODED[field].values if field in CODED else sorted(self.categories)
            raise RefusedFile(f"{option}: there is no {field} {word[:60]}. Known: {' '.join(known) or '-'}.")
        return code


def _own_words(field: str) -> dict[str, str]:
    """Our codes, and their names in every language the interface speaks."""
    words: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            words |= {folded(str(label)): str(code) for code, label in CODED[field].choices}
    return words | {code: code for code in CODED[field].values}
