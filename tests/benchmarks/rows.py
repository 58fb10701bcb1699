"""The things that are measured: ours against a baseline that does the least that could be done."""

import sys
import time
from collections.abc import Callable

from tests.benchmarks import counts, frame, reads, redrawing, tiles, writes
from tests.benchmarks.city import City, build
from tests.benchmarks.measuring import SIZES, Row

ROWS: dict[str, Callable[[City], Row]] = {
    "whole-request": frame.whole_request,
    "counts-by-topic-and-status": counts.against_join,
    "counts-against-geopandas": counts.against_geopandas,
    "district-figures": counts.figures_against_join,
    "cluster-tile": reads.cluster_tile,
    "pin-tile": tiles.pin_tile,
    "known-tile": tiles.known_tile,
    "csv-of-everything": reads.everything_as_csv,
    "place-a-pin": writes.place_a_pin,
    "new-edition": writes.new_edition,
    "edition-while-serving": redrawing.while_serving,
}


def measured(size: str, names: list[str]) -> list[dict[str, str | float | bool]]:
    """Build the city once and measure these rows in it; progress goes to standard error."""
    began = time.monotonic()

    def tell(what: str) -> None:
        print(f"· {time.monotonic() - began:4.0f} s  {what}", file=sys.stderr, flush=True)

    tell(f"building a city of {SIZES[size]} pins")
    city = build(size, SIZES[size])
    rows = []
    for name in names:
        tell(name)
        rows.append(ROWS[name](city).as_dict())
    tell("done")
    return rows
