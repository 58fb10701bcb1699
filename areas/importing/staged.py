"""What a file became on its way in, before anything is stored."""

from dataclasses import dataclass, field
from functools import cached_property

import shapely


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
    accept_repairs: bool = False


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


@dataclass
class Staged:
    """All areas of a file, in the file's order, and what has to be agreed to before they can be adopted."""

    areas: list[StagedArea]
    to_confirm: list[str] = field(default_factory=list)

    @property
    def boundaries(self) -> list[shapely.Geometry]:
        return [area.boundary for area in self.areas]

    @cached_property
    def whole(self) -> shapely.Geometry:
        """All areas as one, slivers between them left open. Asked for once the areas are final."""
        return shapely.union_all(self.boundaries)
