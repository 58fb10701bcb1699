"""What was understood of a file, filled in on the way: a question or a refusal leaves what came before it."""

from dataclasses import dataclass, field
from typing import Literal

#: Where an answer comes from: the file says it, its format implies it, its numbers or letters suggest it, a person.
Source = Literal["", "file", "format", "guess", "person"]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a file: its name, GDAL's word for its geometry (None: not known), how many features (None: same).

    `able`: it can hold areas.
    """

    name: str
    geometry: str | None = None
    features: int | None = None
    able: bool = True


@dataclass(frozen=True, slots=True)
class Column:
    """A field of the features: how many have a value in it, how many different, and the first few."""

    name: str
    filled: int
    different: int
    samples: list[str]


@dataclass(frozen=True, slots=True)
class Landing:
    """Where the features would lie if their numbers were in this system: west, south, east, north in WGS84 degrees.

    `turned`: with northing and easting changed round. `fits`: within the place where they are expected.
    """

    code: int
    turned: bool
    box: tuple[float, float, float, float]
    fits: bool


@dataclass(slots=True)
class Seen:
    """A file as far as it was understood. `picked` is our word for a field → the file's, `readings` an encoding →
    names as they read in it; both encodings and landings are listed likeliest first."""

    format: str = ""
    layers: list[Layer] = field(default_factory=list)
    layer: str = ""
    features: int = 0
    columns: list[Column] = field(default_factory=list)
    picked: dict[str, str] = field(default_factory=dict)
    picked_by: Source = ""
    readings: dict[str, list[str]] = field(default_factory=dict)
    encoding: str = ""
    encoding_by: Source = ""
    crs: int | None = None
    crs_by: Source = ""
    landings: list[Landing] = field(default_factory=list)
    turned: bool = False
