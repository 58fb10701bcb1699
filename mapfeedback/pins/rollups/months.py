"""A period as whole months, which totals are kept by, and the few days left before and after them."""

import datetime
from dataclasses import replace

from mapfeedback.pins.filtering import PinFilter

DAY = datetime.timedelta(days=1)


def months_and_days(pin_filter: PinFilter) -> tuple[PinFilter, list[PinFilter]]:
    """The same filter for the whole months of its period, and for what is left; together they find the same pins, once.

    Without a whole month in it, the filter itself and nothing left.
    """
    since, until = pin_filter.since, pin_filter.until
    first = since if since is None or since.day == 1 else _first_of_next(since)
    last = until if until is None or _first_of_next(until) == until + DAY else until.replace(day=1) - DAY
    if first and last and first > last:
        return pin_filter, []
    left = []
    if first != since and first is not None:
        left.append(replace(pin_filter, until=first - DAY))
    if last != until and last is not None:
        left.append(replace(pin_filter, since=last + DAY))
    return replace(pin_filter, since=first, until=last), left


def _first_of_next(day: datetime.date) -> datetime.date:
    return (day.replace(day=1) + 31 * DAY).replace(day=1)
