"""What residents wrote, inside XML: a text may hold characters that no XML document can."""

import re
from typing import Final

_ILLEGAL: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legal(text: str) -> str:
    """The text without what XML 1.0 forbids even when escaped; nothing is escaped here."""
    return _ILLEGAL.sub("", text)
