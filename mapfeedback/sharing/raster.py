"""An SVG sheet as a PNG, with letters that come along: a server has fonts or has none, the picture is the same."""

import subprocess
import sys
import threading
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

#: One picture at a time for each web worker: a sheet takes a second of a core, and pages go first.
_PLACE: Final = threading.BoundedSemaphore(1)
#: Nobody waits longer for their turn, and no picture takes longer.
WAIT_SECONDS: Final = 2
PAINT_SECONDS: Final = 15
SCRIPT: Final = Path(__file__).with_name("rasterising.py")
CUTS: Final = ("Regular", "Semibold", "Bold", "It")


class TooManyPictures(Exception):
    """Others are drawing, or this one took too long; ask again in a moment."""


@lru_cache(maxsize=8)
def png(svg: str, width: int) -> bytes:
    """So many pixels wide; the height follows. Keeps the last few. Raises TooManyPictures."""
    if not _PLACE.acquire(timeout=WAIT_SECONDS):
        raise TooManyPictures
    try:
        with as_file(files("font_source_sans_pro") / "files") as folder:
            fonts = [str(folder / f"SourceSansPro-{cut}.ttf") for cut in CUTS]
            return subprocess.run(
                [sys.executable, "-I", str(SCRIPT), str(width), *fonts],
                input=svg.encode(),
                stdout=subprocess.PIPE,
                timeout=PAINT_SECONDS,
                check=True,
                env={},
            ).stdout
    except subprocess.TimeoutExpired:
        raise TooManyPictures from None
    finally:
        _PLACE.release()
