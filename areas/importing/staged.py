"""What a file became on its way in, before anything is stored."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

import shapely

from areas.importing.report import Asks, Doubt

#: All that a file can be doubted for.
EVERYTHING: Final[frozenset[Asks]] = frozenset({"encoding", "axes", "repairs"})


@dataclass(frozen=True, slots=True)
class Choices:
    """What the person said about the file. Empty fields: find out."""

    layer: str = ""
    encoding: str = ""
    name_field: str = ""
    name_sv_field: str = ""
    code_field: str = ""
    population_field: str = ""
    parent_field: str = ""
    crs: str = ""
    #: Which kinds of doubt the person has agreed to.
    agreed: frozenset[Asks] = frozenset()


@dataclass(slots=True)
class StagedArea:
    """An area about to be adopted: a valid WGS84 boundary and its names. `numbers` are its features in the file.

    `parent` is the code or name of the area that it belongs to, as the file says it.
    """

    numbers: list[int]
    code: str
    name: str
    name_sv: str
    population: int | None
    boundary: shapely.Geometry
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that a person should look at.

    `names` are the areas concerned, `square_metres` and `share` (of the smaller one) how large it is, `metres` how wide
    on average. `shape` is WGS84; None where there is nothing to draw.
    """

    kind: Literal["repair", "overlap", "duplicate", "gap", "outside"]
    names: list[str]
    square_metres: float
    share: float
    metres: float
    shape: shapely.Geometry | None
    text: str = ""


@dataclass
class Staged:
    """All areas of a file, in the file's order, what was found, and what has to be agreed to before adopting them."""

    areas: list[StagedArea]
    doubts: list[Doubt] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    #: What was told besides the findings (translated).
    remarks: list[str] = field(default_factory=list)

    def open_doubts(self, choices: Choices) -> list[Doubt]:
        return [doubt for doubt in self.doubts if doubt.about not in choices.agreed]

    @property
    def boundaries(self) -> list[shapely.Geometry]:
        return [area.boundary for area in self.areas]

    @cached_property
    def whole(self) -> shapely.Geometry:
        """All areas as one, slivers between them left open. Asked for once the areas are final."""
        return shapely.union_all(self.boundaries)
