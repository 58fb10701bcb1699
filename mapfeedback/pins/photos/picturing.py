"""One uploaded picture, decoded and encoded anew in a process of its own that may be killed without harm.

Run as a script by `reading.py`: the picture comes in on standard input; what goes out is one line of JSON and two
JPEGs. It gives up the network, sets itself limits, and writes no file. It imports nothing of the product. What it
draws is a fresh picture of pixels: no metadata, profile, comment or appended byte of the original can come through.
"""

import ctypes
import io
import json
import os
import resource
import struct
import sys
import warnings
from contextlib import suppress
from typing import Final

CPU_SECONDS: Final = 10
MEMORY_BYTES: Final = 1024 * 1024 * 1024
MOST_PIXELS: Final = 40_000_000
LEAST_SIDE: Final = 40
#: The longer side of the large picture; the small one is cut to the middle.
LARGE: Final = 1600
SMALL: Final = (240, 180)
#: How it ends when it knows why.
TOO_MANY_PIXELS, TOO_SMALL = 10, 11

_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000


def _confine() -> None:
    os.nice(5)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    # Where the kernel does not allow it, a decoder that asks for nothing must do.
    ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def main() -> None:
    _confine()
    from PIL import Image, ImageCms, ImageOps  # noqa: PLC0415  (after the limits)

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        picture = Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=("JPEG", "PNG", "WEBP"))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise SystemExit(TOO_MANY_PIXELS) from None
    if min(picture.size) < LEAST_SIDE:
        raise SystemExit(TOO_SMALL)
    picture.draft("RGB", (2 * LARGE, 2 * LARGE))  # a JPEG can be decoded at a part of its size
    picture.load()
    pixels: Image.Image = picture
    profile = picture.info.get("icc_profile")
    if pixels.mode not in {"L", "RGB", "RGBA"}:
        transparent = "transparency" in pixels.info or pixels.mode in {"LA", "PA"}
        pixels, profile = pixels.convert("RGBA" if transparent else "RGB"), None
    pixels.thumbnail((LARGE, LARGE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    with suppress(SyntaxError, ValueError, TypeError, KeyError, OverflowError, struct.error):
        # Whatever wrote an EXIF that cannot be read did not know how; the pixels are there.
        pixels = ImageOps.exif_transpose(pixels)
    clean = Image.new("RGB", pixels.size, "white")
    clean.paste(pixels, (0, 0), pixels.getchannel("A") if pixels.mode == "RGBA" else None)
    if profile and pixels.mode != "L":
        with suppress(ImageCms.PyCMSError, OSError):  # a profile that cannot be read leaves the colours a little duller
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(clean, source, ImageCms.createProfile("sRGB"))
            if converted is not None:
                clean.paste(converted)
    large = _jpeg(clean, 80)
    small = _jpeg(ImageOps.fit(clean, SMALL, Image.Resampling.LANCZOS), 62)
    told = {"width": clean.width, "height": clean.height, "large": len(large)}
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + large + small)


def _jpeg(picture: "Image.Image", quality: int) -> bytes:  # type: ignore[name-defined]  # noqa: F821
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=quality, optimize=True, progressive=True)
    return written.getvalue()


if __name__ == "__main__":
    main()
