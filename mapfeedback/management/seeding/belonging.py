"""The areas of very many new pins at once: whole borders in memory, the rule of `pins.memberships` by other means.

Finding a million pins' areas in three divisions by that module's statement takes minutes; here it takes seconds.
`bin/manage rebuild_memberships --check` proves that both agree.
"""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from areas.models import Area
from mapfeedback.management.seeding.ground import Ground
from mapfeedback.management.seeding.messages import Chunk


class Districts:
    """The finest areas, sorted by code, and for each of them its areas in all editions."""

    def __init__(self, ground: Ground) -> None:
        levels = [list(edition.areas.order_by("code")) for edition in ground.editions]
        self.editions = [edition.pk for edition in ground.editions]
        self.tree = shapely.STRtree(_borders(levels[-1]))
        shapely.prepare(self.tree.geometries)
        # A point inside a district is inside whatever holds the district.
        inside = shapely.point_on_surface(self.tree.geometries)
        holders = [shapely.STRtree(_borders(level)).query(inside, predicate="intersects")[1] for level in levels]
        keys = [np.array([area.pk for area in level]) for level in levels]
        self.areas = np.column_stack([key[holder] for key, holder in zip(keys, holders, strict=True)])

    def memberships(self, chunk: Chunk) -> str:
        """Of the pins of a chunk, in the text format of COPY: pin, edition, area."""
        pin, district = self._inside(chunk.spots)
        chose = np.flatnonzero(chunk.chosen >= 0)
        levels = len(self.editions)
        rows = np.vstack(
            [
                np.column_stack(
                    [np.repeat(pin, levels), np.tile(self.editions, len(pin)), self.areas[district].reshape(-1)]
                ),
                # A district that was chosen says nothing about other divisions.
                np.column_stack([chose, np.full(len(chose), self.editions[-1]), self.areas[chunk.chosen[chose], -1]]),
            ]
        )
        rows[:, 0] += chunk.first
        rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
        return "".join([f"{pin}\t{edition}\t{area}\n" for pin, edition, area in rows.tolist()])

    def _inside(self, spots: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The place in `spots` of each that lies in a district, and which; on a border, the code that sorts first."""
        # Each border is prepared once, where the tree's own predicate would prepare a million points.
        pin, district = self.tree.query(spots)
        held = shapely.intersects(self.tree.geometries[district], spots[pin])
        pin, district = pin[held], district[held]
        order = np.lexsort((district, pin))
        pin, district = pin[order], district[order]
        first = np.append(True, pin[1:] != pin[:-1])[: len(pin)]
        return pin[first], district[first]


def _borders(areas: list[Area]) -> NDArray[Any]:
    return np.asarray(shapely.from_wkb(np.array([bytes(area.boundary.wkb) for area in areas], dtype=object)))
