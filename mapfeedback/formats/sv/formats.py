"""Dates as Swedish is written in Finland, not in Sweden."""

DATE_FORMAT = "j F Y"
SHORT_DATE_FORMAT = "j.n.Y"
TIME_FORMAT = "H.i"
SHORT_DATETIME_FORMAT = "j.n.Y H.i"
DATETIME_FORMAT = "j F Y H.i"
