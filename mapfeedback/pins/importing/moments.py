"""Days and times as other systems write them."""

import datetime
import re
from typing import Final
from zoneinfo import ZoneInfo

_FINNISH: Final = re.compile(
    r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})"
    r"(?:,?\s+(?:klo\s+|kl\.?\s+)?(?P<h>\d{1,2})[.:](?P<min>\d{2})(?:[.:](?P<s>\d{2}))?)?",
    re.IGNORECASE,
)
_ISO_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?", re.IGNORECASE)
FIRST_YEAR: Final = 1900


def moment(text: str, *, zone: ZoneInfo, now: datetime.datetime) -> datetime.datetime:
    """`2019-10-05T17:30+03:00`, `2019-10-05 17:30`, `2019-10-05`, `5.10.2019 17.30`, `5.10.2019`.

    Without an offset it is local time in `zone`. Raises ValueError for anything else, for days that do not exist,
    before 1900, or after tomorrow.
    """
    if found := _FINNISH.fullmatch(text):
        day, month, year = int(found["d"]), int(found["m"]), int(found["y"])
        hour, minute, second = (int(found[part] or 0) for part in ("h", "min", "s"))
        when = datetime.datetime(year, month, day, hour, minute, second, tzinfo=zone)
    elif _ISO_DAY.fullmatch(text):
        when = datetime.datetime.fromisoformat(text)
        when = when if when.tzinfo else when.replace(tzinfo=zone)
    else:
        raise ValueError(text)
    if when.year < FIRST_YEAR or when > now + datetime.timedelta(days=1):
        raise ValueError(text)
    return when
