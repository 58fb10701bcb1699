"""Very many contributions of a city that is like others: where, when, about what, and what became of them."""

import datetime
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from mapfeedback.geo import WGS84
from mapfeedback.management.seeding.phrases import CLOSINGS, LANGUAGES, OPENINGS, PLACES, SENTENCES
from mapfeedback.pins.models import Category

#: The columns of `lines`, in their order.
COLUMNS: Final = (
    *("id", "public_id", "municipality_id", "kind", "category_id", "title", "text", "language", "geom", "place_text"),
    *("precision", "marker_moved", "suspected_default_place", "district_chosen", "channel", "on_behalf"),
    *("token_hash", "idempotency_digest", "source", "source_key", "status", "visibility", "placed_at", "changed_at"),
    "answered_at",
)
YEARS: Final = 10
CHUNK: Final = 50_000
CLUSTERS: Final = 420
#: Shares of all: on a form's default coordinate, without a place, with a district chosen, beyond all, anywhere.
PILED, PLACELESS, CHOSEN, BEYOND, ANYWHERE = 0.03, 0.06, 0.03, 0.01, 0.15
LINES, AREAS = 0.025, 0.015

KINDS: Final = (
    *(("feedback", 0.56), ("idea", 0.2), ("question", 0.08)),
    *(("thanks", 0.06), ("experience", 0.06), ("opinion", 0.04)),
)
CHANNELS: Final = (
    *(("web", 0.58), ("api", 0.16), ("phone", 0.1), ("email", 0.07), ("service_point", 0.04)),
    *(("event", 0.02), ("social", 0.015), ("paper", 0.01), ("chat", 0.005)),
)
VISIBILITIES: Final = (("published", 0.975), ("hidden", 0.01), ("withdrawn", 0.01), ("held", 0.005))
#: How much is said in each month of the year.
WINTER: Final = (9, 9, 7, 3, 1, 0.5, 0.5, 0.5, 0.7, 1, 4, 8)
SPRING: Final = (1, 1, 5, 9, 7, 3, 2, 2, 2, 2, 1, 1)
SUMMER: Final = (0.5, 0.5, 0.7, 1.5, 5, 9, 10, 7, 3, 1.5, 0.7, 0.5)
EVEN: Final = (4, 4, 5, 5, 5.5, 4.5, 3, 5, 5.5, 5, 4.5, 3.5)
SEASONS: Final = {
    "streets-ploughing": WINTER,
    "streets-slipperiness": WINTER,
    "play-sport-ski-tracks": WINTER,
    "streets-potholes": SPRING,
    "streets-dust": SPRING,
    "streets-stormwater": SPRING,
    "cleanliness-litter": SPRING,
    "shores": SUMMER,
    "shores-beaches": SUMMER,
    "shores-piers": SUMMER,
    "shores-boating": SUMMER,
    "shores-water-quality": SUMMER,
    "play-sport-playgrounds": SUMMER,
    "parks-nature-care": SUMMER,
}
HOURS: Final = (1, 0.5, 0.3, 0.2, 0.2, 0.5, 2, 5, 7, 7, 6, 6, 6, 6, 6, 6, 6, 6, 6, 7, 7, 6, 4, 2)

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


def cumulative(weights: Any) -> Floats:
    added: Floats = np.cumsum(np.asarray(weights, dtype=float))
    whole: Floats = added / added[-1]
    return whole


def _times(moments: NDArray[np.datetime64]) -> list[str]:
    told: list[str] = np.char.add(np.datetime_as_string(moments, unit="s"), "+00").tolist()
    return told


def _point_wkb(spots: Floats) -> NDArray[Any]:
    """Points as EWKB in hexadecimal digits, as PostGIS reads them."""
    raw = np.empty(len(spots), dtype=[("order", "u1"), ("sort", "<u4"), ("srid", "<u4"), ("spot", "<f8", 2)])
    raw["order"], raw["sort"], raw["srid"], raw["spot"] = 1, 0x20000001, WGS84, spots
    digits, wide = raw.tobytes().hex(), 2 * raw.itemsize
    return np.array([digits[at : at + wide] for at in range(0, wide * len(spots), wide)], dtype=object)


@dataclass(frozen=True)
class Chunk:
    """Some pins in the text format of COPY; their ids count on from `first`."""

    rows: int
    first: int
    lines: str
    #: The point by which each belongs to areas; None without a place.
    spots: NDArray[Any]
    #: The place in `districts` of the one that each chose; -1 for none.
    chosen: Indices


@dataclass(frozen=True)
class Topics:
    """The categories, the loudest first, and which sentences belong to each."""

    ids: list[int]
    roots: list[str]
    seasons: list[tuple[float, ...]]

    @classmethod
    def all(cls, dice: np.random.Generator) -> "Topics":
        found = list(Category.objects.select_related("parent").order_by("slug"))
        found = [found[nth] for nth in dice.permutation(len(found))]
        roots = [(one.parent or one).slug for one in found]
        return cls(
            [one.pk for one in found],
            [root if root in SENTENCES else "other" for root in roots],
            [SEASONS.get(one.slug, EVEN) for one in found],
        )


class Messages:
    """The same dice give the same messages. `districts` are the codes that people may choose instead of a place."""

    def __init__(
        self,
        *,
        dice: np.random.Generator,
        city: BaseGeometry,
        municipality: int,
        districts: list[str],
        now: datetime.datetime,
    ) -> None:
        self.dice, self.city, self.municipality, self.districts = dice, city, municipality, districts
        self.now = np.datetime64(now.astimezone(datetime.UTC).replace(tzinfo=None), "s")
        self.topics = Topics.all(dice)
        self.middle = np.array(shapely.centroid(city).coords[0])
        self.box = np.array(city.bounds).reshape(2, 2)
        self.degree = np.array([1 / np.cos(np.radians(self.middle[1])), 1.0]) / 111.32
        shapely.prepare(city)
        self.centres = self._inside(dice.normal(0, 4.5, (CLUSTERS * 3, 2)) * self.degree + self.middle)[:CLUSTERS]
        self.loudness = cumulative(dice.pareto(1.16, len(self.centres)) + 0.05)
        self.breadth = dice.lognormal(np.log(0.16), 0.6, len(self.centres))
        # A long tail of topics: the tenth is said a tenth as often as the first.
        self.popularity = cumulative(1 / np.arange(1, len(self.topics.ids) + 1) ** 0.9)
        self.patience = dice.uniform(0.35, 0.95, len(self.topics.ids))
        self.delay = dice.uniform(np.log(3), np.log(60), len(self.topics.ids))
        self.luck = int(dice.integers(2**62))

    def chunk(self, first: int, n: int) -> Chunk:
        """So many pins with ids from `first` on: the same whoever asks, and whatever was asked before."""
        self.dice = dice = np.random.default_rng([self.luck, first])
        topic = np.searchsorted(self.popularity, dice.random(n))
        language = np.searchsorted([0.87, 0.95], dice.random(n))
        placed = self._placed(topic)
        status, answered = self._fate(topic, placed)
        spots, chosen, where = self._where(n)
        columns = [
            list(map(str, range(first, first + n))),
            self._ids(n),
            [str(self.municipality)] * n,
            self._drawn(KINDS, n),
            np.array([str(one) for one in self.topics.ids], dtype=object)[topic].tolist(),
            *self._words(topic, language),
            np.array(LANGUAGES, dtype=object)[language].tolist(),
            *where,
            self._drawn(CHANNELS, n),
            self._drawn((("f", 0.96), ("t", 0.04)), n),
            *[[""] * n, [""] * n, ["seed"] * n, [""] * n],
            status,
            self._drawn(VISIBILITIES, n),
            *[_times(placed)] * 2,
            answered,
        ]
        lines = "".join(["\t".join(row) + "\n" for row in zip(*columns, strict=True)])
        return Chunk(n, first, lines, spots, chosen)

    def _drawn(self, shares: tuple[tuple[str, float], ...], n: int) -> list[str]:
        codes, weights = zip(*shares, strict=True)
        drawn = np.searchsorted(cumulative(weights), self.dice.random(n))
        found: list[str] = np.array(codes, dtype=object)[drawn].tolist()
        return found

    def _ids(self, n: int) -> list[str]:
        raw = np.frombuffer(self.dice.bytes(16 * n), dtype=np.uint8).reshape(n, 16).copy()
        raw[:, 6], raw[:, 8] = raw[:, 6] & 0x0F | 0x40, raw[:, 8] & 0x3F | 0x80
        text = raw.tobytes().hex()
        return [text[at : at + 32] for at in range(0, 32 * n, 32)]

    # -- words ---------------------------------------------------------------------------------------------

    def _words(self, topic: Indices, language: Indices) -> tuple[list[str], list[str]]:
        """Titles (two in five have one) and texts."""
        titles, texts = [], []
        luck = self.dice.random((len(topic), 5)).tolist()
        for one, tongue, (a, b, c, d, e) in zip(topic.tolist(), language.tolist(), luck, strict=True):
            code = LANGUAGES[tongue]
            sentences = SENTENCES[self.topics.roots[one]][code]
            title, sentence = sentences[int(a * len(sentences))]
            where = PLACES[code][int(b * len(PLACES[code]))]
            opening, closing = OPENINGS[code], CLOSINGS[code]
            said = sentence.replace("{}", where)
            titles.append(title if e < 0.4 else "")
            texts.append(f"{opening[int(c * len(opening))]}{said}{closing[int(d * len(closing))]}")
        return titles, texts

    # -- time ----------------------------------------------------------------------------------------------

    def _placed(self, topic: Indices) -> NDArray[np.datetime64]:
        """More every year, in the topic's season, by day more than by night."""
        n, dice = len(topic), self.dice
        seasons = np.array([cumulative(one) for one in self.topics.seasons])[topic]
        month = (dice.random((n, 1)) > seasons).sum(axis=1)
        first = int(self.now.astype("datetime64[Y]").astype(int)) + 1970 - YEARS
        year = first + np.searchsorted(cumulative(1.12 ** np.arange(YEARS + 1)), dice.random(n))
        start = ((year - 1970) * 12 + month).astype("datetime64[M]").astype("datetime64[D]")
        hour = np.searchsorted(cumulative(HOURS), dice.random(n))
        seconds = (dice.integers(0, 28, n) * 24 + hour) * 3600 + dice.integers(0, 3600, n) - 7200
        when = start.astype("datetime64[s]") + seconds
        # What the last year's dice put into the future was said a year earlier.
        said: NDArray[np.datetime64] = np.where(when >= self.now, when - np.timedelta64(365, "D"), when)
        return said

    def _fate(self, topic: Indices, placed: NDArray[np.datetime64]) -> tuple[list[str], list[str]]:
        """Where each has come to by now, and when it was answered."""
        n, dice = len(topic), self.dice
        days = dice.lognormal(self.delay[topic], 1.0)
        when = placed + (days * 86_400).astype("timedelta64[s]")
        answered = (dice.random(n) < self.patience[topic]) & (when < self.now)
        luck = dice.random(n)
        closed = np.array(["answered", "done", "will_not_be_done"], dtype=object)[np.searchsorted([0.5, 0.82], luck)]
        waiting = np.array(["received", "in_progress", "transferred"], dtype=object)[np.searchsorted([0.7, 0.92], luck)]
        status: list[str] = np.where(answered, closed, waiting).tolist()
        return status, np.where(answered, np.array(_times(when), dtype=object), "\\N").tolist()

    # -- places --------------------------------------------------------------------------------------------

    def _inside(self, points: Floats) -> Floats:
        kept: Floats = points[shapely.contains_xy(self.city, points)]
        return kept

    def _where(self, n: int) -> tuple[NDArray[Any], Indices, list[list[str]]]:
        """Where each belongs, which district each chose; then the columns from `geom` to `district_chosen`."""
        dice = self.dice
        nth = np.searchsorted(self.loudness, dice.random(n))
        spots = self.centres[nth] + dice.normal(0, 1, (n, 2)) * self.breadth[nth][:, None] * self.degree
        kind = np.searchsorted(np.cumsum([PILED, PLACELESS, CHOSEN, BEYOND, ANYWHERE]), dice.random(n))
        piled, placeless, chosen, beyond, anywhere = (kind == one for one in range(5))
        low, high = self.box
        spots[anywhere] = low + (high - low) * dice.random((int(anywhere.sum()), 2))
        angle = dice.uniform(0, 2 * np.pi, int(beyond.sum()))
        spots[beyond] = self.middle + 16.8 * np.column_stack([np.cos(angle), np.sin(angle)]) * self.degree
        defaults = self.middle + np.array([[0.011, 0.003], [-0.02, 0.007]])
        spots[piled] = defaults[dice.integers(0, 2, int(piled.sum()))]
        spots = np.round(spots, 6)
        belongs = shapely.points(spots)
        drawn = dice.random(n)
        drawable = ~(piled | placeless | chosen)
        lines, areas = drawable & (drawn < LINES), drawable & (drawn > 1 - AREAS)
        written = _point_wkb(spots)
        for some, shapes in ((lines, self._lines(spots[lines])), (areas, self._areas(spots[areas]))):
            written[some] = shapely.to_wkb(shapely.set_srid(shapes, WGS84), hex=True, include_srid=True)
            belongs[some] = shapely.point_on_surface(shapes)
        written[placeless | chosen] = "\\N"
        belongs[placeless | chosen] = None
        roughly = dice.random(n) < 0.1
        precision = np.where(roughly, "approximate", "exact").astype(object)
        precision[piled] = "unknown"
        precision[placeless] = np.where(roughly[placeless], "whole_city", "unknown")
        precision[chosen] = "area"
        district = np.full(n, "", dtype=object)
        choice = np.full(n, -1)
        choice[chosen] = dice.integers(0, len(self.districts), int(chosen.sum()))
        district[chosen] = np.array(self.districts, dtype=object)[choice[chosen]]
        said = np.array([*[""] * 6, *PLACES["fi"][:6]], dtype=object)[dice.integers(0, 12, n)]
        return (
            belongs,
            choice,
            [
                written.tolist(),
                said.tolist(),
                precision.tolist(),
                np.where(drawable & ~roughly, "t", "f").tolist(),
                np.where(piled, "t", "f").tolist(),
                district.tolist(),
            ],
        )

    def _lines(self, starts: Floats) -> NDArray[Any]:
        """Ways of a few hundred metres."""
        steps = self.dice.normal(0.06, 0.05, (len(starts), 6, 2)) * self.degree
        corners = np.concatenate([starts[:, None, :], starts[:, None, :] + np.cumsum(steps, axis=1)], axis=1)
        return np.asarray(shapely.linestrings(np.round(corners, 6)))

    def _areas(self, middles: Floats) -> NDArray[Any]:
        """Rounds about a place, of 40 to 300 metres."""
        turn = np.linspace(0, 2 * np.pi, 10)
        reach = self.dice.uniform(0.04, 0.3, (len(middles), 1)) * self.dice.uniform(0.6, 1, (len(middles), 10))
        reach[:, -1] = reach[:, 0]
        corners = np.stack([reach * np.cos(turn), reach * np.sin(turn)], axis=2) * self.degree
        rings = np.round(middles[:, None, :] + corners, 6)
        rings[:, -1] = rings[:, 0]
        return np.asarray(shapely.polygons(rings))
