"""What an import understood, what it mended and what it decided; the same report for people and machines."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from areas.models import Edition

Outcome = Literal["imported", "would import", "needs confirmation", "refused"]


#: What a person can say about a file when it does not tell by itself, or tells nonsense.
Asks = Literal["", "layer", "names", "crs", "encoding", "axes", "repairs"]


class Unsettled(Exception):
    """The file cannot be imported as it stands; the message says why and what to do (translated).

    `how` is a sentence with the command's option that settles it (translated), `asks` the choice that does.
    """

    def __init__(self, message: str, *, how: str = "", asks: Asks = "") -> None:
        super().__init__(message)
        self.how = how
        self.asks: Asks = asks

    @property
    def in_full(self) -> str:
        return f"{self} {self.how}".strip()


class Refused(Unsettled):
    """Nobody's word helps, or only one that was not given and cannot be proposed."""


class NeedsConfirmation(Unsettled):
    """The file can be imported once a person agrees."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that has to be agreed to before borders are adopted (the text is translated)."""

    about: Asks
    text: str


@dataclass(frozen=True, slots=True)
class Repair:
    """One boundary that was mended. `area_change` is the share of the area that came or went (0.004 = 0.4 %)."""

    feature: int
    name: str
    what: str
    area_change: float


@dataclass(slots=True)
class ImportReport:
    """One import, told: `features` in the file, `areas` made of them, `fields` read (our word → the file's)."""

    outcome: Outcome = "refused"
    why: str = ""
    crs: str = ""
    features: int = 0
    areas: int = 0
    repairs: list[Repair] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    municipality: str = ""
    division: str = ""
    valid_from: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file. `edition` is a draft to be put in force; None when nothing new was laid down."""

    report: ImportReport
    edition: Edition | None = None


def listed(things: list[str], most: int = 5) -> str:
    """The first few of many, for a sentence."""
    return "; ".join(things[:most]) + (f" … (+{len(things) - most})" if len(things) > most else "")
