"""Who agrees with what in the seeded city: most messages nobody, some a few, a handful very many."""

from typing import Any, Final

import numpy as np

#: So many of the published messages have any support; how steeply the tail falls; no message has more than this.
SHARE: Final = 0.12
TAIL: Final = 1.25
MOST: Final = 900

# The rows are the truth; the counters are counted from them. No account of the seeded city agrees with anything.
_COUNT: Final = """
    UPDATE pins_pin pin SET supports = given.n
    FROM (SELECT pin_id, count(*) AS n FROM pins_support WHERE pin_id > %s GROUP BY 1) AS given
    WHERE pin.id = given.pin_id"""


def agree(cursor: Any, dice: np.random.Generator, *, after: int) -> int:
    """Give supports to the seeded pins with an id greater than `after`; returns how many.

    The same dice give the same supports. Quick only while the tables have no indexes (`aside`).
    """
    cursor.execute(
        "SELECT id, placed_at::date::text FROM pins_pin WHERE id > %s AND visibility = 'published' ORDER BY id", [after]
    )
    there = cursor.fetchall()
    chosen = np.flatnonzero(dice.random(len(there)) < SHARE)
    numbers = np.minimum(dice.zipf(TAIL + 1, len(chosen)), MOST)
    devices = dice.bytes(16 * int(numbers.sum())).hex()
    lines, at = [], 0
    for nth, n in zip(chosen.tolist(), numbers.tolist(), strict=True):
        pin, day = there[nth]
        lines += [f"{pin}\t{devices[one : one + 32]}\t{day}\n" for one in range(at, at + 32 * n, 32)]
        at += 32 * n
    with cursor.copy("COPY pins_support (pin_id, device, given_on) FROM STDIN") as copy:
        copy.write("".join(lines))
    cursor.execute(_COUNT, [after])
    return len(lines)
