"""Names that went wrong before they reached the file: UTF-8 that somebody read as Latin letters, and lost letters."""

from dataclasses import replace
from typing import Any, Final

from django.utils.translation import gettext as _

from areas.importing.reading import BorderFile, Feature
from areas.importing.report import Doubt, listed

#: What programs write where a letter could not be read.
LOST: Final = "\ufffd"


def restored(file: BorderFile) -> BorderFile:
    """The same features with `TÃ¶Ã¶lÃ¶` read as `Töölö`; that, and letters that nobody can bring back, is a doubt."""
    wrong: dict[str, str] = {}
    lost: dict[str, None] = {}
    for text in _texts(file):
        if text.isascii():
            continue
        if (right := _meant(text)) != text:
            wrong[text] = right
        elif LOST in text:
            lost[text] = None
    doubts = list(file.doubts)
    if wrong:
        said = listed([f"{text[:40]} → {right[:40]}" for text, right in wrong.items()])
        doubts.append(
            Doubt("encoding", _("names are in wrong letters and would be read anew: %(names)s") % {"names": said})
        )
    if lost:
        said = listed([text[:40] for text in lost])
        doubts.append(Doubt("encoding", _("letters of names are lost and would stay so: %(names)s") % {"names": said}))
    if not wrong:
        return replace(file, doubts=doubts)

    def text_of(value: Any) -> Any:
        return wrong.get(value, value) if isinstance(value, str) else value

    features = [
        Feature(
            feature.number,
            {wrong.get(name, name): text_of(value) for name, value in feature.properties.items()},
            feature.geometry,
        )
        for feature in file.features
    ]
    return replace(file, features=features, doubts=doubts)


def _texts(file: BorderFile) -> set[str]:
    values = {value for feature in file.features for value in feature.properties.values() if isinstance(value, str)}
    return values | set(file.fields)


def _meant(text: str) -> str:
    """The text whose UTF-8 bytes these letters are, when they are that; else the text itself."""
    try:
        return b"".join(map(_byte, text)).decode()
    except (UnicodeError, ValueError):
        return text


def _byte(letter: str) -> bytes:
    """The byte that shows as this letter; CP1252 leaves five bytes without one, which show as control characters."""
    try:
        return letter.encode("cp1252")
    except UnicodeEncodeError:
        return bytes([ord(letter)])
