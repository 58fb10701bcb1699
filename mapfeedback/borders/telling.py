"""What the pages say about a file: choices with real names and places, findings in a map maker's words."""

import math
from dataclasses import dataclass
from typing import Any, Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from areas.importing.seen import Column, Landing, Layer, Seen
from areas.models import Municipality

Offered = list[tuple[str, Any]]

#: Names that people know coordinate systems by.
SYSTEMS: Final = {
    4326: "WGS84",
    3067: "ETRS-TM35FIN",
    3857: "Web Mercator",
    2391: "KKJ 1",
    2392: "KKJ 2",
    2393: "KKJ 3, YKJ",
    2394: "KKJ 4",
    **{3873 + zone - 19: f"ETRS-GK{zone}" for zone in range(19, 32)},
}
#: The order of the report: what changes the borders first, what only deserves a look last.
KINDS: Final = ("repair", "duplicate", "overlap", "gap", "outside")
#: Kilometres in a degree of latitude.
DEGREE: Final = 111.2
#: What is narrower on average is two drawings of one border, in metres.
SLIVER: Final = 2.0


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose: what it is called, what is in it, and why it was picked if it was."""

    name: str
    samples: list[str]
    why: str = ""

    def __str__(self) -> str:
        return self.name


def system(code: int) -> str:
    """`EPSG:3067 (ETRS-TM35FIN)`"""
    return f"EPSG:{code} ({SYSTEMS[code]})" if code in SYSTEMS else f"EPSG:{code}"


def layers(seen: Seen) -> Offered:
    return [(layer.name, Choice(layer.name, [_in_layer(layer)])) for layer in seen.layers]


def _in_layer(layer: Layer) -> str:
    if not layer.able:
        return _("no areas in it")
    if layer.features is None:
        return ""
    return ngettext("%(n)s feature", "%(n)s features", layer.features) % {"n": number_format(layer.features)}


def columns(seen: Seen) -> Offered:
    """The fields, those with words in them first."""
    picked = seen.picked.get("name", "") if seen.picked_by == "guess" else ""
    ordered = sorted(seen.columns, key=lambda column: (not _has_words(column), column.different <= 1))
    return [
        (column.name, Choice(column.name, column.samples, _("looks like the names") if column.name == picked else ""))
        for column in ordered
    ]


def columns_in_short(seen: Seen) -> list[tuple[str, str]]:
    return [
        (column.name, f"{column.name} ({', '.join(one[:20] for one in column.samples[:3])})") for column in seen.columns
    ]


def _has_words(column: Column) -> bool:
    return any(any(letter.isalpha() for letter in sample) for sample in column.samples)


def encodings(seen: Seen) -> Offered:
    said = {
        "file": _("the file says so"),
        "guess": _("its letters fit Finnish and Swedish names best"),
        "person": _("your choice"),
    }
    return [
        (name, Choice(name, names, said.get(seen.encoding_by, "") if name == seen.encoding else ""))
        for name, names in seen.readings.items()
    ]


def systems(seen: Seen, home: Municipality) -> Offered:
    """Every coordinate system that makes sense, with where the borders would land in it."""
    offered: dict[str, Choice] = {}
    for landing in seen.landings:
        value = f"EPSG:{landing.code}"
        if value in offered:
            continue
        why = _("the numbers look like this") if landing.code == seen.crs and seen.crs_by == "guess" else ""
        offered[value] = Choice(system(landing.code), [lands(landing, home)], why)
    return list(offered.items())


def axes(seen: Seen, home: Municipality) -> Offered:
    ours = [landing for landing in seen.landings if landing.code == seen.crs]
    turned = next((landing for landing in ours if landing.turned), None)
    plain = next((landing for landing in ours if not landing.turned), None)
    return [
        (
            "turn",
            Choice(
                _("They have changed places in the file: turn them round"),
                [lands(turned, home)] if turned else [],
                _("only so do the borders lie in the municipality"),
            ),
        ),
        ("keep", Choice(_("They are right as they are"), [lands(plain, home)] if plain else [])),
    ]


def lands(landing: Landing, home: Municipality) -> str:
    """In words, where borders would lie: in the municipality, or how far from it and in which direction."""
    west, south, east, north = landing.box
    lon, lat = (west + east) / 2, (south + north) / 2
    place = _("%(lat)s° N, %(lon)s° E") % {"lat": number_format(lat, 3), "lon": number_format(lon, 3)}
    if landing.fits:
        text = _("in %(municipality)s (%(place)s)") % {"municipality": home.name, "place": place}
        return _("%(where)s, northing and easting turned round") % {"where": text} if landing.turned else text
    if max(abs(lon), abs(lat)) < 3:
        return _("in the Gulf of Guinea (%(place)s)") % {"place": place}
    home_west, home_south, home_east, home_north = home.outline.extent
    km, bearing = _from_to((home_west + home_east) / 2, (home_south + home_north) / 2, lon, lat)
    return _("%(km)s km from %(municipality)s, to the %(direction)s (%(place)s)") % {
        "km": number_format(round(km) if km < 100 else round(km / 10) * 10),
        "municipality": home.name,
        "direction": _direction(bearing),
        "place": place,
    }


def _from_to(lon: float, lat: float, to_lon: float, to_lat: float) -> tuple[float, float]:
    """Kilometres along the sphere, and the bearing at the start in degrees from north."""
    a, b, turn = math.radians(lat), math.radians(to_lat), math.radians(to_lon - lon)
    cosine = math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(turn)
    east = math.sin(turn) * math.cos(b)
    north = math.cos(a) * math.sin(b) - math.sin(a) * math.cos(b) * math.cos(turn)
    return math.degrees(math.acos(max(-1.0, min(1.0, cosine)))) * DEGREE, math.degrees(math.atan2(east, north)) % 360


def _direction(bearing: float) -> str:
    names = [
        pgettext("to the", "north"),
        pgettext("to the", "north-east"),
        pgettext("to the", "east"),
        pgettext("to the", "south-east"),
        pgettext("to the", "south"),
        pgettext("to the", "south-west"),
        pgettext("to the", "west"),
        pgettext("to the", "north-west"),
    ]
    return names[round(bearing / 45) % 8]


@dataclass(frozen=True, slots=True)
class Group:
    """All findings of one kind: how many there are, what was done, and those kept to be looked at."""

    kind: str
    count: int
    title: str
    done: str
    findings: list[dict[str, Any]]


def groups(report: dict[str, Any]) -> list[Group]:
    """The findings of an import's report, each with `where`, `what` and its number on the map."""
    counts, sizes = report.get("counts", {}), report.get("square_metres", {})
    return [
        Group(
            kind,
            counts[kind],
            _title(kind, counts[kind], sizes.get(kind, 0.0)),
            _done(kind),
            [_told(one) for one in report.get("findings", []) if one["kind"] == kind],
        )
        for kind in KINDS
        if counts.get(kind)
    ]


def _title(kind: str, n: int, square_metres: float) -> str:
    said = {"n": number_format(n), "size": size(square_metres)}
    if kind == "repair":
        return ngettext("%(n)s border was repaired", "%(n)s borders were repaired", n) % said
    if kind == "duplicate":
        return ngettext("%(n)s area is there twice", "%(n)s areas are there twice", n) % said
    if kind == "overlap":
        return ngettext("%(n)s overlap, %(size)s", "%(n)s overlaps, together %(size)s", n) % said
    if kind == "gap":
        return ngettext("%(n)s gap, %(size)s", "%(n)s gaps, together %(size)s", n) % said
    return (
        ngettext(
            "%(n)s area reaches beyond the municipality, %(size)s",
            "%(n)s areas reach beyond the municipality, together %(size)s",
            n,
        )
        % said
    )


def _done(kind: str) -> str:
    return {
        "repair": _("The border crossed or touched itself. It was mended; the area changed as the table tells."),
        "duplicate": _("Two features have the same border. A place in both belongs to the one whose code sorts first."),
        "overlap": _("Left as they are. A place in both belongs to the area whose code sorts first."),
        "gap": _("Left as they are. A place in a gap is outside all areas."),
        "outside": _("Left as they are. Messages come from the municipality only."),
    }[kind]


def _told(finding: dict[str, Any]) -> dict[str, Any]:
    is_sliver = finding["kind"] in ("overlap", "gap") and 0 < finding["metres"] < SLIVER
    return {
        **finding,
        "where": " / ".join(finding["names"]) or _("between areas"),
        "what": _reason(finding["text"]) if finding["text"] else _("sliver") if is_sliver else _kind(finding["kind"]),
        "size": size(finding["square_metres"]) if finding["square_metres"] else "",
        "percent": _percent(finding["share"]),
        "width": _("%(m)s m") % {"m": number_format(finding["metres"], 1)} if is_sliver else "",
    }


def _kind(kind: str) -> str:
    return {
        "duplicate": _("the same area twice"),
        "overlap": _("overlap"),
        "gap": _("gap"),
        "outside": _("beyond the municipality"),
    }.get(kind, "")


def _reason(text: str) -> str:
    """What GEOS says of a broken border, in words."""
    said = text.partition("[")[0].strip()
    return {
        "Self-intersection": _("crosses itself"),
        "Ring Self-intersection": _("touches itself"),
        "Too few points in geometry component": _("has too few corners"),
        "Hole lies outside shell": _("has a hole outside it"),
        "Nested holes": _("has a hole in a hole"),
        "Nested shells": _("has a part inside another part"),
        "Duplicate Rings": _("has the same ring twice"),
        "Interior is disconnected": _("is cut in two by its holes"),
    }.get(said, said)


def size(square_metres: float) -> str:
    """`450 m²`, `2.1 ha` or `3.40 km²`."""
    if square_metres >= 1_000_000:
        return _("%(n)s km²") % {"n": number_format(square_metres / 1_000_000, 2)}
    if square_metres >= 10_000:
        return _("%(n)s ha") % {"n": number_format(square_metres / 10_000, 1)}
    return _("%(n)s m²") % {"n": number_format(square_metres, 0 if square_metres >= 10 else 1)}


def _percent(share: float) -> str:
    if not share:
        return ""
    percent = share * 100
    if percent < 0.01:
        return _("under %(n)s %%") % {"n": number_format(0.01, 2)}
    return _("%(n)s %%") % {"n": number_format(percent, 2)}
