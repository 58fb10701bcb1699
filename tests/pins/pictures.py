"""Pictures drawn by code, good ones and bad ones."""

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageDraw
from PIL.TiffImagePlugin import IFDRational

#: Planted where programs hide things in pictures; nothing of it may come out again.
SECRET = b"Salainen-koti-60.9827N"


def drawn(width: int = 640, height: int = 480, colour: str = "#2a7") -> Image.Image:
    """A field with a dark upper left corner, by which one sees how it was turned."""
    image = Image.new("RGB", (width, height), colour)
    ImageDraw.Draw(image).rectangle((0, 0, width // 4, height // 4), fill="#111")
    return image


def encoded(image: Image.Image, kind: str = "JPEG", **more: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()


def photo(colour: str = "#2a7") -> bytes:
    return encoded(drawn(colour=colour))


def on_its_side() -> bytes:
    """The EXIF of a camera that was held upright: orientation 6."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return bytes(exif.tobytes())


def from_a_phone() -> bytes:
    """Lies on its side (orientation 6), knows where it was taken, by whom, and says so in four ways."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x013B] = SECRET.decode()
    exif[0x8825] = {1: "N", 2: tuple(IFDRational(part) for part in (60, 58, 58)), 3: "E", 4: (IFDRational(25),) * 3}
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"
    return encoded(drawn(), exif=exif, comment=SECRET, xmp=xmp) + SECRET


def bomb() -> bytes:
    """A PNG of 12,000 by 12,000 pixels in some 17 kB."""
    return encoded(Image.new("1", (12_000, 12_000)), "PNG")


def lying_about_its_size() -> bytes:
    """A PNG whose head promises little and whose pixels never come."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", 100, 100, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
