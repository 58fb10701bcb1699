"""Those who act on what happened: a reader is a function of one entry, called at least once, after the commit.

A room registers its readers where it is put together (`apps.py`); nothing in the journal knows them.
A reader must be safe to call twice with the same entry.
"""

from collections.abc import Callable

from mapfeedback.journal.models import Entry

Reader = Callable[[Entry], None]

_readers: dict[str, Reader] = {}
_by_verb: dict[str, list[str]] = {}


def register(name: str, read: Reader, *verbs: str) -> None:
    """Let `read` hear of these verbs under a stable name (the name lies in waiting jobs)."""
    if name not in _readers:
        for verb in verbs:
            _by_verb.setdefault(verb, []).append(name)
    _readers[name] = read


def of(verb: str) -> list[str]:
    return _by_verb.get(verb, [])


def call(name: str, entry: Entry) -> None:
    _readers[name](entry)
