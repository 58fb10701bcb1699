"""How a Finnish word may look in its other cases, without a dictionary.

A stemmer cuts endings but knows nothing of what an ending does to the word: katu, kadun; ranta, rannalla; pysäkki,
pysäkin; mäki, mäellä. These are the very words of a city, so the guesses are made here, on the side of the question.
A guess that is no word finds nothing.
"""

import re
from collections.abc import Iterator
from typing import Final

V: Final = "aeiouyäöå"
SHORTEST: Final = 3
#: Endings of cases. The longest that leaves a vowel at the word's end is cut.
_ENDINGS: Final = re.compile(
    r"(lla|llä|lta|ltä|lle|ssa|ssä|sta|stä|ksi|tta|ttä|iden|tten|jen|ien|den|na|nä|ta|tä|ja|jä|n|a|ä|t)$"
)
#: What the strong and the weak grade of a word's last consonants may follow, and they themselves.
_GRADES: Final = (
    (f"[{V}lrn]", "kk", "k"),
    (f"[{V}lrm]", "pp", "p"),
    (f"[{V}lrn]", "tt", "t"),
    (f"[{V}]", "nk", "ng"),
    (f"[{V}]", "nt", "nn"),
    (f"[{V}]", "lt", "ll"),
    (f"[{V}]", "rt", "rr"),
    (f"[{V}]", "mp", "mm"),
    (f"[{V}h]", "t", "d"),
    (f"[{V}lr]", "p", "v"),
)
_LAST: Final = rf"([{V}]+)"


def bodies(word: str) -> set[str]:
    """Beginnings that the forms of a word share: katu and kadulla both give {katu, kadu, …}."""
    found = set()
    for body in _uninflected(word):
        for form in {body, *_other_grades(body, cut=body != word)}:
            found |= _vowels_changed(form, body)
    return {body for body in found if len(body) >= SHORTEST}


def _uninflected(word: str) -> set[str]:
    """The word, and what is left of it when a case's ending is cut."""
    found = {word} if word[-1:] in V else set()
    if re.search(rf"([{V}])\1n$", word):  # puistoon
        found.add(word[:-2])
    elif illative := re.fullmatch(rf"(.+([{V}]))h\2n", word):  # maahan
        found.add(illative[1])
    else:
        for ending in _endings(word):
            body = word[: ending.start()]
            if len(body) >= SHORTEST and body[-1] in V:
                found.add(body)
                if re.search(f"[{V}]i$", body) and len(body) > SHORTEST:  # pysäkei-llä
                    found.add(body[:-1])
                break
    return found


def _endings(word: str) -> Iterator[re.Match[str]]:
    """Every ending that the word has, the longest first."""
    return (match for start in range(max(0, len(word) - 4), len(word)) if (match := _ENDINGS.match(word, start)))


def _other_grades(body: str, *, cut: bool) -> set[str]:
    found = set()
    for after, strong, weak in _GRADES:
        for here, there in ((strong, weak), (weak, strong)):
            if match := re.fullmatch(rf"(.*{after}){here}{_LAST}", body):
                found.add(match[1] + there + match[2])
    if match := re.fullmatch(rf"(.*[{V}lrh])k{_LAST}", body):  # polku, polun
        found.add(match[1] + match[2])
    match = re.fullmatch(rf"(.*[{V}lrh])([{V}])", body)
    if cut and match and match[1][-1] != match[2]:  # polu-n, polku; but maa-n, maa
        found.add(match[1] + "k" + match[2])
    return found


def _vowels_changed(form: str, body: str) -> set[str]:
    """Words in -i change it or lose it: mäki, mäen; talvi, talven; penkki, penkeillä; vesi, veden."""
    stem = form[:-1]
    if form[-1] == "e" and form != body:
        return {form, stem + "i"}
    if form[-1] != "i" or stem[-1:] in V:
        lost = form[-1] == "i" and len(form) < len(body)  # mäki → mäe, never mäi
        return {stem + "e"} if lost else {form, *([stem + "i"] if form[-1] == "e" else [])}
    found = {form, stem + "e"}
    if form.endswith("si"):
        found |= {form[:-2] + "de", form[:-2] + "te"}
    return found
