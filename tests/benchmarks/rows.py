"""The things that are measured: ours against a baseline that does the least that could be done."""

import sys
import time
import traceback
from collections.abc import Callable

from tests.benchmarks import (
    answering,
    browsing,
    counts,
    frame,
    lists,
    placing,
    reads,
    redrawing,
    reporting,
    tiles,
    writers,
    writes,
)
from tests.benchmarks.city import City
from tests.benchmarks.measuring import Row

ROWS: dict[str, Callable[[City], Row]] = {
    "whole-request": frame.whole_request,
    "counts": counts.against_one_select,
    "counts-against-join": counts.against_join,
    "counts-against-geopandas": counts.against_geopandas,
    "sub-topics-against-geopandas": counts.sub_topics_against_geopandas,
    "counts-with-words": counts.with_words,
    "counts-with-a-polygon": counts.with_a_polygon,
    "district-figures": counts.figures_against_join,
    "rollup-after-16-writers": writers.after_sixteen_writers,
    "cluster-tile": reads.cluster_tile,
    "cluster-tile-filtered": reads.filtered_tile,
    "cluster-tile-of-any-size": reads.tile_of_any_size,
    "pin-tile": tiles.pin_tile,
    "known-tile": tiles.known_tile,
    "list-page-at-depth": lists.at_depth,
    "search-rare-word": lists.rare_word,
    "search-common-word": lists.common_word,
    "district-report": reporting.page,
    "district-report-print": reporting.sheet,
    "first-view": browsing.first_text,
    "panning": browsing.panning,
    "phone-journey": browsing.journey,
    "csv-of-everything": reads.everything_as_csv,
    "geopackage-of-everything": reads.everything_as_geopackage,
    "place-a-pin": placing.against_bare_insert,
    "place-a-pin-in-a-campaign": placing.campaign,
    "publish-on-500-shapes": answering.on_500_shapes,
    "new-edition": writes.new_edition,
    "edition-while-serving": redrawing.while_serving,
}


def measured(size: str, names: list[str]) -> list[dict[str, str | float | bool]]:
    """Measure these rows in the city that is there; each is told on standard error at once: the whole takes long.

    A row that cannot be measured says why there, and does not hold; the others are measured all the same.
    """
    began = time.monotonic()

    def tell(what: str) -> None:
        print(f"· {time.monotonic() - began:4.0f} s  {what}", file=sys.stderr, flush=True)

    city = City.there(size)
    rows: list[dict[str, str | float | bool]] = []
    for name in names:
        tell(name)
        try:
            rows.append(ROWS[name](city).as_dict())
        except Exception:  # noqa: BLE001 - told, and the command fails
            traceback.print_exc()
            nothing = {"ours": "-", "baseline": "-", "ratio": "-", "target": "-"}
            rows.append({"name": name, "holds": False, **nothing})
        tell("{name}: {ours} ms against {baseline} ms, {ratio} of at most {target}".format(**rows[-1]))
    tell("done")
    return rows
