"""Dates as English is written in Finland: the day first, never month/day."""

DATE_FORMAT = "j F Y"
SHORT_DATE_FORMAT = "j.n.Y"
TIME_FORMAT = "H:i"
SHORT_DATETIME_FORMAT = "j.n.Y H:i"
DATETIME_FORMAT = "j F Y H:i"
