"""What became of every row of a file; the same report for people and machines."""

from dataclasses import asdict, dataclass, field
from typing import Any


class RefusedRow(Exception):
    """This row cannot become a pin; the message says why."""


@dataclass(frozen=True, slots=True)
class Refusal:
    row: int
    why: str


@dataclass(frozen=True, slots=True)
class DefaultPlace:
    """A coordinate (WGS84) that so many pins share that it is probably a form's default."""

    lat: float
    lon: float
    pins: int


@dataclass(slots=True)
class ImportReport:
    """`imported + already_there + refused = rows`; `located + unlocated + outside = imported`.

    Rows are numbered as a spreadsheet numbers them: the header is row 1. `located` pins lie in an area of the
    municipality's main division (in its outline while it has none), `outside` pins have a place beyond those.
    `suspected_default_places` are those of the whole source, earlier imports included. `held` pins wait for a check.
    """

    outcome: str = "refused"
    why: str = ""
    rows: int = 0
    imported: int = 0
    already_there: int = 0
    located: int = 0
    unlocated: int = 0
    outside: int = 0
    held: int = 0
    refused: list[Refusal] = field(default_factory=list)
    suspected_default_places: list[DefaultPlace] = field(default_factory=list)
    #: What was taken otherwise than written, with its rows.
    warnings: dict[str, list[int]] = field(default_factory=dict)
    municipality: str = ""
    source: str = ""
    encoding: str = ""
    delimiter: str = ""

    def warn(self, row: int, *sentences: str) -> None:
        for why in sentences:
            self.warnings.setdefault(why, []).append(row)

    def as_dict(self) -> dict[str, Any]:
        told = asdict(self)
        told["warnings"] = [{"why": why, "count": len(rows), "rows": rows} for why, rows in self.warnings.items()]
        return told
