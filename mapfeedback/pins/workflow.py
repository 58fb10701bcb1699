"""The life of a pin: which status may follow which. History is in the journal, never edited."""

from mapfeedback.pins.models import Status

#: From each status, the statuses an official may set next.
NEXT: dict[Status, frozenset[Status]] = {
    Status.RECEIVED: frozenset(
        {Status.IN_PROGRESS, Status.ANSWERED, Status.DONE, Status.WILL_NOT_BE_DONE, Status.TRANSFERRED}
    ),
    Status.IN_PROGRESS: frozenset({Status.ANSWERED, Status.DONE, Status.WILL_NOT_BE_DONE, Status.TRANSFERRED}),
    Status.ANSWERED: frozenset({Status.IN_PROGRESS, Status.DONE, Status.WILL_NOT_BE_DONE}),
    Status.DONE: frozenset({Status.IN_PROGRESS}),
    Status.WILL_NOT_BE_DONE: frozenset({Status.IN_PROGRESS}),
    Status.TRANSFERRED: frozenset({Status.IN_PROGRESS, Status.ANSWERED, Status.DONE}),
}

#: Statuses a published answer moves on to "answered".
OPEN = frozenset({Status.RECEIVED, Status.IN_PROGRESS})


def may_become(now: str, then: str) -> bool:
    return Status(then) in NEXT[Status(now)]
