"""What a municipality and a division are called that nobody has named: read from the division's name in addresses."""

from typing import Any, Final

from areas.models import Division

Kind = Division.Kind

#: Last words of a division's name in addresses → its kind, and its names in Finnish, Swedish and English.
SPOKEN: Final[dict[tuple[str, ...], tuple[Kind, str, str, str]]] = {
    ("major-districts", "suuralueet", "storomraden"): (Kind.MAJOR, "Suuralueet", "Storområden", "Major districts"),
    ("districts", "neighbourhoods", "kaupunginosat", "stadsdelar"): (
        Kind.DISTRICT, "Kaupunginosat", "Stadsdelar", "Districts",
    ),
    ("statistical-areas", "tilastoalueet", "statistikomraden"): (
        Kind.STATISTICAL, "Tilastoalueet", "Statistikområden", "Statistical areas",
    ),
    ("postcodes", "postcode-areas", "postinumerot", "postinumeroalueet", "postnummer"): (
        Kind.POSTCODE, "Postinumeroalueet", "Postnummerområden", "Postcode areas",
    ),
    ("villages", "kylat", "byar"): (Kind.VILLAGE, "Kylät", "Byar", "Villages"),
    ("schools", "school-areas", "oppilasalueet", "koulut", "elevomraden"): (
        Kind.SCHOOL, "Oppilasalueet", "Elevområden", "School areas",
    ),
}  # fmt: skip


def city_of(slug: str) -> str:
    """`turku-districts` → `Turku`; a slug that says no kind is the city's name itself."""
    word = _last_words(slug)
    return (slug.removesuffix(word).strip("-") or slug).replace("-", " ").capitalize()


def division_of(slug: str, *, is_first: bool) -> dict[str, Any]:
    """Kind and names of a division. The first one of a municipality is its districts unless the slug says otherwise."""
    word = _last_words(slug)
    found = next((spoken for words, spoken in SPOKEN.items() if word in words), None)
    if found is None and is_first:
        found = (Kind.DISTRICT, "Kaupunginosat", "Stadsdelar", "Districts")
    if found is None:
        return {"name_fi": slug.replace("-", " ").capitalize()}
    kind, fi, sv, en = found
    return {"kind": kind, "name_fi": fi, "name_sv": sv, "name_en": en}


def _last_words(slug: str) -> str:
    """The part of a slug that says a kind; the longest that does, empty when none does."""
    ends = [word for words in SPOKEN for word in words if slug == word or slug.endswith(f"-{word}")]
    return max(ends, key=len, default="")
