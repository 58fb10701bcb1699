"""What the headings and labels of population statistics mean: years, age bands, totals, missing numbers."""

import re
from dataclasses import dataclass
from typing import Final

#: Nobody is older; "100 and over" is open.
OLDEST: Final = 130
AREA: Final = frozenset({
    "alue", "område", "area", "region", "alueen nimi", "aluekoodi", "alueen koodi", "kaupunginosa", "stadsdel",
    "district", "osa-alue", "delområde", "suuralue", "storområde", "tilastoalue", "statistikområde", "pienalue",
    "postinumero", "postinumeroalue", "postnummer", "postnummerområde", "postal code area", "koodi", "kod", "code",
    "tunnus", "nimi", "namn", "name",
})  # fmt: skip
YEAR: Final = frozenset({"vuosi", "år", "year", "tilastovuosi", "statistikår"})
AGE: Final = frozenset({
    "ikä", "ikäryhmä", "ikäluokka", "ålder", "åldersgrupp", "åldersklass", "age", "age group", "tiedot", "uppgifter",
    "information",
})  # fmt: skip
PERSONS: Final = frozenset({
    "väestö", "väkiluku", "asukkaat", "asukkaita", "asukasluku", "asukasmäärä", "henkilöä", "henkilöt", "lukumäärä",
    "lkm", "population", "persons", "people", "residents", "inhabitants", "befolkning", "folkmängd", "invånare",
    "personer", "antal", "count", "value", "arvo", "värde",
})  # fmt: skip
SEX: Final = frozenset({"sukupuoli", "kön", "sex", "gender"})
TOTAL: Final = frozenset({
    "yhteensä", "totalt", "total", "sammanlagt", "sss", "ss", "kaikki", "samtliga", "alla", "all", "molemmat",
    "molemmat sukupuolet", "båda könen", "both sexes", "kaikki iät", "alla åldrar", "all ages", "asukkaat yhteensä",
    "väestö yhteensä", "invånare totalt", "population total", "inhabitants, total",
})  # fmt: skip
MISSING: Final = frozenset({"", ".", "..", "...", "-", "–", "—", "x", "n/a", "na", "null"})

_YEAR: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)\*?(?!\d)")
_DAY: Final = re.compile(r"(?<!\d)\d{1,2}\.\d{1,2}\.")
_WORDS: Final = re.compile(
    r"-?\s*\b(?:vuotiaat|vuotiaita|vuotiaiden|vuotta|vuotias|v|år|åringar|åriga|years?|old|ikä|age|ålder)\b\.?"
)
_OPEN: Final = (
    r"(?:\s*[-+]|\s*(?:ja\s+)?(?:täyttäneet|yli|vanhemmat)|\s*(?:och\s+)?(?:fyllda|äldre|över)|\s*(?:and|or)\s+over)"
)


@dataclass(frozen=True, slots=True, order=True)
class Band:
    """Ages from … to, both included. No end: that age and older."""

    age_from: int = 0
    age_to: int | None = None

    def __str__(self) -> str:
        if self == EVERYBODY:
            return "all"
        return f"{self.age_from}-" if self.age_to is None else f"{self.age_from}-{self.age_to}"


EVERYBODY: Final = Band()


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a heading or a label says of the numbers under it; None where it says nothing."""

    year: int | None = None
    band: Band | None = None


def plain(text: str) -> str:
    """Small letters, one kind of dash and of space."""
    return re.sub(r"\s+", " ", re.sub(r"[‐‑‒–—−]", "-", text)).strip().casefold()


def meaning(text: str) -> Meaning | None:
    """`2023`, `0–6`, `65 -`, `Yhteensä 2023`, `0-2 -vuotiaat, 2022 (HE)` …; None for anything else."""
    said = plain(text)
    year = _YEAR.search(said)
    rest = _DAY.sub("", said.replace(year[0], "", 1) if year else said)
    rest = re.sub(r"\([^)]*\)", "", rest).strip(" ,;:_")
    if not rest:
        return Meaning(int(year[1])) if year else None
    found = band(rest)
    if found is None:
        return None
    return Meaning(int(year[1]) if year else None, found)


def band(text: str) -> Band | None:
    """The ages a label names; None when it names none."""
    said = plain(text)
    if said in TOTAL or said in PERSONS:
        return EVERYBODY
    said = _WORDS.sub("", said).strip(" ,.")
    if found := re.fullmatch(r"(\d{1,3})\s*-\s*(\d{1,3})\s*-?", said):
        first, last = int(found[1]), int(found[2])
        return Band(first, last) if first <= last <= OLDEST else None
    if (found := re.fullmatch(rf"(\d{{1,3}}){_OPEN}", said)) or (
        found := re.fullmatch(r"(?:yli|över|over)\s*(\d{1,3})", said)
    ):
        return Band(int(found[1])) if 0 < int(found[1]) <= OLDEST else None
    if found := re.fullmatch(r"(?:alle|under)\s*(\d{1,3})", said):
        return Band(0, int(found[1]) - 1) if int(found[1]) else None
    if re.fullmatch(r"\d{1,3}", said) and int(said) <= OLDEST:
        return Band(int(said), int(said))
    return None


def year(text: str) -> int | None:
    found = _YEAR.search(text)
    return int(found[1]) if found else None


def is_total(text: str) -> bool:
    return plain(text) in TOTAL


def is_missing(text: str) -> bool:
    return plain(text) in MISSING


def persons(text: str) -> int | None:
    """A number of people, spaces between thousands allowed; None when it is no such number.

    `1,234` and `1.234` are none: who can say whether they are a thousand or one and a bit?
    """
    found = re.fullmatch(r"(\d{1,9})(?:[.,]0{1,2})?", re.sub(r"[\s'’]", "", text).removesuffix("*"))
    return int(found[1]) if found else None
