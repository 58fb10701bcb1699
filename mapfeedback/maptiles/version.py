"""Which state of the pins a tile was made from: cheap to ask, other after every change."""

import time
from typing import Final

from django.db import connection
from django.utils.crypto import salted_hmac

#: An answer is used again for this long: so late, at most, a change is seen by who asks whether there is one.
MEMORY_SECONDS = 1.0
#: What no journal entry tells of (a city filled by hand in SQL) is seen after this long at the latest.
SECONDS: Final = 600
#: Supports leave no entry: a tile that asks for them is made again this often at most (docs/decisions/0042).
SUPPORT_SECONDS: Final = 60
#: An entry whose transaction ended late has an older number than some that were seen before: so many are summed up.
RECENT: Final = 200

#: Entries of what no tile shows: that they were made is nobody's business, so they leave no other version either.
UNSEEN: Final = (
    "borders.uploaded", "layer.uploaded", "plan.created", "response.drafted", "response.revised", "response.discarded",
)  # fmt: skip

_LATEST: Final = """
    SELECT sum(id) FROM (
        SELECT id FROM journal_entry
         WHERE verb <> ALL (%s)
           AND NOT ((verb = 'pin.placed' OR verb LIKE 'photo.%%') AND detail @> '{"held": true}')
         ORDER BY id DESC LIMIT %s) AS latest"""


class _Memory:
    told = ""
    until = 0.0


def version() -> str:
    """Equal answers mean: no change of public pins was committed in between, but for the last second.

    It tells nothing else: nobody can count from it how much happens in the house. A tile made after this answer is at
    least as new as the answer.
    """
    now = time.monotonic()
    if now >= _Memory.until:
        with connection.cursor() as cursor:
            cursor.execute(_LATEST, [list(UNSEEN), RECENT])
            state = f"{cursor.fetchone()[0] or 0}.{int(time.time() // SECONDS)}"
        _Memory.told = salted_hmac("mapfeedback.maptiles.version", state, algorithm="sha256").hexdigest()[:24]
        _Memory.until = now + MEMORY_SECONDS
    return _Memory.told


def version_with_supports() -> str:
    """As `version`, for tiles that ask how many agree: of that it notices a change within a minute."""
    return f"{version()}.{int(time.time() // SUPPORT_SECONDS)}"
