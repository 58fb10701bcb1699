"""The demo's photos, drawn here: nobody's camera, nobody's face. They go in as everybody's do."""

import io
import random
from collections.abc import Callable
from typing import Final

from PIL import Image, ImageDraw, ImageFilter

from mapfeedback.pins.photos.reading import Picture, read

WIDTH, HEIGHT = 1600, 1200
Colour = tuple[int, int, int]


def picture(name: str, description: str) -> Picture:
    """The picture of this name (`pier`, `crossing`, `morning`), as it is kept of anybody's upload."""
    file = io.BytesIO()
    _DRAWN[name]().save(file, "JPEG", quality=90)
    size = file.tell()
    file.seek(0)
    return read(file, f"{name}.jpg", size).described(description)


def _sky(top: Colour, bottom: Colour, horizon: int) -> Image.Image:
    image = Image.new("RGB", (WIDTH, HEIGHT), bottom)
    brush = ImageDraw.Draw(image)
    for y in range(horizon):
        part = y / horizon
        brush.line((0, y, WIDTH, y), tuple(round(a + (b - a) * part) for a, b in zip(top, bottom, strict=True)))
    return image


def _lake(top: Colour, glow: Colour, water: Colour, sun: tuple[int, int]) -> Image.Image:
    """A lake with a far shore, a low sun and a pier; what differs is the hour."""
    dice = random.Random(59)  # noqa: S311
    image = _sky(top, glow, 620)
    brush = ImageDraw.Draw(image)
    brush.ellipse((sun[0] - 70, sun[1] - 70, sun[0] + 70, sun[1] + 70), fill=(255, 244, 214))
    image = image.filter(ImageFilter.GaussianBlur(3))
    brush = ImageDraw.Draw(image)
    shore = [(0, 620), *((x, 575 + dice.randint(-28, 22)) for x in range(0, WIDTH + 1, 40)), (WIDTH, 620)]
    brush.polygon(shore, fill=(44, 62, 66))
    for y in range(620, HEIGHT):
        part = (y - 620) / (HEIGHT - 620)
        brush.line((0, y, WIDTH, y), tuple(round(g + (w - g) * part) for g, w in zip(glow, water, strict=True)))
    for _ripple in range(420):
        y = dice.randint(630, HEIGHT)
        x, half = dice.gauss(sun[0], 60 + (y - 620) / 3), 8 + (y - 620) / 9
        brush.line((x - half, y, x + half, y), fill=(255, 240, 210), width=2 + (y - 620) // 200)
    brush.polygon([(560, HEIGHT), (1040, HEIGHT), (850, 760), (770, 760)], fill=(121, 98, 78))
    for nth in range(18):
        y = 760 + (HEIGHT - 760) * (nth / 18) ** 1.6
        reach = (y - 760) / (HEIGHT - 760)
        brush.line((770 - 210 * reach, y, 850 + 190 * reach, y), fill=(84, 66, 52), width=2 + round(5 * reach))
    return image


def _crossing() -> Image.Image:
    """A zebra crossing worn away, and leaves over what is left of it."""
    dice = random.Random(24)  # noqa: S311
    image = _sky((186, 196, 203), (214, 219, 220), 420)
    brush = ImageDraw.Draw(image)
    for x in range(-40, WIDTH, 210):
        brush.rectangle((x + 92, 190, x + 112, 430), fill=(86, 72, 62))
        brush.ellipse((x, 30, x + 205, 300), fill=(196, 130 + dice.randint(-18, 24), 52))
    brush.rectangle((0, 420, WIDTH, 520), fill=(168, 164, 158))
    brush.rectangle((0, 520, WIDTH, HEIGHT), fill=(94, 96, 100))
    for nth in range(7):
        left = 130 + nth * 200
        brush.polygon(
            [(left + 60, 560), (left + 150, 560), (left + 190, 1150), (left + 10, 1150)],
            fill=(150 - nth * 5, 151 - nth * 5, 152 - nth * 5),
        )
    for _wear in range(2600):
        x, y = dice.randint(0, WIDTH), dice.randint(540, HEIGHT)
        brush.ellipse((x, y, x + dice.randint(4, 34), y + dice.randint(2, 12)), fill=(94, 96, 100))
    for _leaf in range(900):
        x, y, size = dice.randint(0, WIDTH), dice.randint(500, HEIGHT), dice.randint(8, 26)
        colour = dice.choice([(201, 128, 42), (176, 92, 36), (221, 164, 60), (139, 74, 40)])
        brush.ellipse((x, y, x + size, y + size * 0.6), fill=colour)
    return image.filter(ImageFilter.GaussianBlur(0.8))


_DRAWN: Final[dict[str, Callable[[], Image.Image]]] = {
    "pier": lambda: _lake((84, 104, 150), (246, 176, 118), (70, 82, 112), (1080, 520)),
    "morning": lambda: _lake((154, 196, 222), (236, 232, 214), (96, 140, 160), (420, 380)),
    "crossing": _crossing,
}
