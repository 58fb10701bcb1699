"""Scripts and style sheets that a page would load, put into the page itself from the packages installed here."""

import base64
import re
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from django.contrib.staticfiles import finders

#: File name in the address → our own copy. Whatever is not here is refused.
KNOWN: Final = {"leaflet.js": "leaflet/leaflet.js", "leaflet.css": "leaflet/leaflet.css"}
LOADED: Final = re.compile(r'<script[^>]*\ssrc="([^"]+)"[^>]*></script>|<link[^>]*\shref="([^"]+)"[^>]*>')
PICTURE: Final = re.compile(r"""url\(["']?([\w./-]+\.png)["']?\)""")


class UnknownAddress(Exception):
    """The page would load something that is not on our list."""


def inlined(head: str) -> str:
    """`<style>` and `<script>` elements in place of everything this piece of HTML loads, in its order."""
    return "\n".join(_element(script or style) for script, style in LOADED.findall(head))


def _element(address: str) -> str:
    path = _installed(address)
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".css":
        return f"<style>{PICTURE.sub(lambda found: _picture(path.parent / found[1]), text)}</style>"
    # A source map is a further file, which a browser's tools would ask for.
    return f"<script>{re.sub(r'//# sourceMappingURL=.*', '', text)}</script>"


def _installed(address: str) -> Path:
    known = KNOWN.get(urlsplit(address).path.rpartition("/")[2])
    found = finders.find(known) if known else None
    if not isinstance(found, str):
        raise UnknownAddress(address)
    return Path(found)


def _picture(path: Path) -> str:
    return f"url(data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()})"
