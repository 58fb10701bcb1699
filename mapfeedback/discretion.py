"""What the log may say. It is kept long and read by many: secret links, e-mail addresses and rows stay out of it."""

import logging
import re
from typing import Final

#: What is found, and what stands in its place. The keys of secret links come as parts of addresses.
HIDDEN: Final = (
    (re.compile(r"(/pins/mine/|/confirm-email/|/password/reset/key/)[^/\s?]+"), r"\1…"),
    (re.compile(r"[\w.+-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"), "…@…"),
    # PostgreSQL quotes the row that it refuses.
    (re.compile(r"^(\s*(?:DETAIL|CONTEXT): ).*$", re.MULTILINE), r"\1…"),
)


class Discreet(logging.Formatter):
    """Writes a record, traceback included, without what identifies or lets in a person."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for pattern, instead in HIDDEN:
            line = pattern.sub(instead, line)
        return line
