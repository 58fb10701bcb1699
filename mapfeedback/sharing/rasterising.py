"""Run by itself, as `rasterising.py WIDTH FONT…`: an SVG comes in, a PNG goes out. It imports nothing of ours.

In a process of its own because resvg keeps the interpreter's lock while it paints: a whole web worker would stand
still for a second. Here it also gives way to those who wait for a page.
"""

import os
import sys

import resvg_py


def main(width: int, fonts: list[str]) -> None:
    os.nice(10)
    picture = resvg_py.svg_to_bytes(
        svg_string=sys.stdin.buffer.read().decode(),
        width=width,
        dpi=96,
        skip_system_fonts=True,
        font_files=fonts,
    )
    sys.stdout.buffer.write(picture)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
