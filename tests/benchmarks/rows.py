"""The things that are measured: ours against a baseline that does the least that could be done."""

import sys
import time
from collections.abc import Callable

from tests.benchmarks import browsing, counts, frame, placing, reads, redrawing, tiles, writers, writes
from tests.benchmarks.city import City
from tests.benchmarks.measuring import Row

ROWS: dict[str, Callable[[City], Row]] = {
    "whole-request": frame.whole_request,
    "counts": counts.against_one_select,
    "counts-against-join": counts.against_join,
    "counts-against-geopandas": counts.against_geopandas,
    "counts-with-words": counts.with_words,
    "counts-with-a-polygon": counts.with_a_polygon,
    "district-figures": counts.figures_against_join,
    "rollup-after-16-writers": writers.after_sixteen_writers,
    "cluster-tile": reads.cluster_tile,
    "pin-tile": tiles.pin_tile,
    "known-tile": tiles.known_tile,
    "first-view": browsing.first_text,
    "panning": browsing.panning,
    "csv-of-everything": reads.everything_as_csv,
    "place-a-pin": placing.against_bare_insert,
    "place-a-pin-in-a-campaign": placing.campaign,
    "new-edition": writes.new_edition,
    "edition-while-serving": redrawing.while_serving,
}


def measured(size: str, names: list[str]) -> list[dict[str, str | float | bool]]:
    """Measure these rows in the city that is there; progress goes to standard error."""
    began = time.monotonic()

    def tell(what: str) -> None:
        print(f"· {time.monotonic() - began:4.0f} s  {what}", file=sys.stderr, flush=True)

    city = City.there(size)
    rows = []
    for name in names:
        tell(name)
        rows.append(ROWS[name](city).as_dict())
    tell("done")
    return rows
