"""In which encoding the text of a shapefile is: what it says, what it looks like, and how the names read then."""

import codecs
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from areas.importing.reading import BorderFile, Feature
from areas.importing.report import Doubt, Refused, listed
from areas.importing.seen import Seen, Source

#: Likeliest last: one that cannot be decoded is no candidate, and of two that can the later is taken at equal score.
CANDIDATES: Final = ("ISO-8859-1", "CP1252", "UTF-8")
#: How many names a person is shown to judge by.
SHOWN: Final = 5
_OURS: Final = frozenset("åäöÅÄÖéüšžŠŽ–’”§")
_OTHER_NAMES: Final = {"65001": "UTF-8", "88591": "ISO-8859-1", "1252": "CP1252", "ANSI 1252": "CP1252"}


def declared(cpg: Path) -> str:
    """The encoding a .cpg file names, empty when it names none that we know."""
    with cpg.open("rb") as file:
        said = file.read(40).decode("ascii", "ignore").strip()
    name = _OTHER_NAMES.get(said.upper(), said)
    return name if _is_text_encoding(name) else ""


def spelled(file: BorderFile, *, said: str, declared: str, seen: Seen) -> BorderFile:
    """The same features with their text decoded. It comes in as Latin-1: one letter a byte.

    What a person `said` holds; what the file `declared` holds if it can be; else an encoding is found out and must be
    agreed to, with names to judge by. Raises Refused for an encoding that is none or does not fit.
    """
    raw = [text.encode("latin-1", "replace") for text in _texts(file)]
    foreign = [text for text in raw if not text.isascii()]
    if said:
        if not _is_text_encoding(said):
            raise Refused(_("--encoding: there is no encoding %(name)s. Try UTF-8 or CP1252.") % {"name": said[:40]})
        if not _fits(foreign, said):
            raise Refused(
                _("--encoding: the names cannot be read as %(name)s. Try UTF-8 or CP1252.") % {"name": said[:40]}
            )
        _note(seen, foreign, said, "person")
        return _decoded(file, said)
    if not foreign:
        return file
    if declared and _fits(foreign, declared):
        _note(seen, foreign, declared, "file")
        return _decoded(file, declared)
    found = max((name for name in CANDIDATES if _fits(foreign, name)), key=lambda name: _score(foreign, name))
    _note(seen, foreign, found, "guess")
    text = _("names read as %(encoding)s (another with --encoding): %(names)s") % {
        "encoding": found,
        "names": listed(list(dict.fromkeys(_word(text, found) for text in foreign)), SHOWN),
    }
    file.doubts.append(Doubt("encoding", text))
    return _decoded(file, found)


def _note(seen: Seen, foreign: list[bytes], taken: str, by: Source) -> None:
    """The taken encoding and every other that is possible, each with the same names as they read in it."""
    seen.encoding, seen.encoding_by = taken, by
    possible = sorted(
        (name for name in CANDIDATES if _fits(foreign, name)), key=lambda name: _score(foreign, name), reverse=True
    )
    shown = list(dict.fromkeys(foreign))[:SHOWN]
    seen.readings = {
        name: [_word(text, name) for text in shown]
        for name in [taken, *(name for name in possible if name.upper() != taken.upper())]
    }


def _is_text_encoding(name: str) -> bool:
    try:
        return bool(codecs.lookup(name)._is_text_encoding) and "ä".encode(name) != b""
    except (LookupError, UnicodeError, ValueError):
        return False


def _texts(file: BorderFile) -> Iterable[str]:
    for feature in file.features:
        yield from (text for text in feature.properties.values() if isinstance(text, str))
    yield from file.fields


def _word(raw: bytes, encoding: str) -> str:
    """The text; a letter that the field's end cut in two is left out. Raises UnicodeDecodeError."""
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as problem:
        if problem.reason != "unexpected end of data":
            raise
        return raw[: problem.start].decode(encoding)


def _fits(texts: list[bytes], encoding: str) -> bool:
    try:
        for raw in texts:
            _word(raw, encoding)
    except UnicodeError:
        return False
    return True


def _score(texts: list[bytes], encoding: str) -> tuple[float, int]:
    """The share of foreign letters that Finnish and Swedish names have; a valid UTF-8 text is hardly ever another."""
    letters = [letter for raw in texts for letter in _word(raw, encoding) if not letter.isascii()]
    ours = sum(letter in _OURS for letter in letters)
    return (2.0 if encoding == "UTF-8" else ours / max(1, len(letters)), CANDIDATES.index(encoding))


def _decoded(file: BorderFile, encoding: str) -> BorderFile:
    def text(value: Any) -> Any:
        return _word(value.encode("latin-1", "replace"), encoding) if isinstance(value, str) else value

    return replace(
        file,
        features=[
            Feature(
                feature.number,
                {text(name): text(value) for name, value in feature.properties.items()},
                feature.geometry,
            )
            for feature in file.features
        ],
    )
