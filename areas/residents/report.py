"""What an import of population understood and stored; the same report for people and machines."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Outcome = Literal["imported", "would import", "needs confirmation", "refused"]


class Refused(Exception):
    """The file cannot be imported; the message says why and what to do."""


class NeedsConfirmation(Exception):
    """The file can be imported once a person agrees; the message names the switch that does it."""


@dataclass(slots=True)
class PopulationReport:
    """`figures` are stored numbers, `missing` those that the file itself says are not known.

    `areas` got figures; `without` are areas of the division that have none, not even from before; `not_areas` are
    what the file names and the division does not have (a whole city, other cities).
    """

    outcome: Outcome = "refused"
    why: str = ""
    rows: int = 0
    areas: int = 0
    without: list[str] = field(default_factory=list)
    not_areas: list[str] = field(default_factory=list)
    figures: int = 0
    missing: int = 0
    years: list[int] = field(default_factory=list)
    ages: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    encoding: str = ""
    division: str = ""
    borders_from: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
