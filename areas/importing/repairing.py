"""Mending invalid boundaries in a process of its own that may be killed without harm.

A few thousand hostile vertices can cost minutes and gigabytes (measured), so the work has a limit on both. Run as a
script, this file reads length-prefixed WKB on standard input and writes the mended geometries the same way; it
imports nothing of the product.
"""

import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from typing import BinaryIO, Final

import shapely

CPU_SECONDS: Final = 10
MEMORY_BYTES: Final = 1024 * 1024 * 1024


class TooHard(Exception):
    """The repair took more time or memory than an honest boundary needs."""


def repaired(geometries: list[shapely.Geometry]) -> list[shapely.Geometry]:
    """The same boundaries made valid (method "structure"), polygons only, in the same order; raises TooHard.

    What has no area left comes back empty.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-P", __file__],
            input=b"".join(_packed(geometry) for geometry in geometries),
            capture_output=True,
            timeout=6 * CPU_SECONDS,
            check=True,
            env={"PATH": os.environ.get("PATH", ""), "OPENBLAS_NUM_THREADS": "1"},
        )
    except (subprocess.SubprocessError, OSError) as problem:
        raise TooHard from problem
    return list(_unpacked(done.stdout))


def _packed(geometry: shapely.Geometry) -> bytes:
    wkb: bytes = shapely.to_wkb(geometry)
    return struct.pack("<Q", len(wkb)) + wkb


def _unpacked(data: bytes) -> Iterator[shapely.Geometry]:
    at = 0
    while at < len(data):
        (size,) = struct.unpack_from("<Q", data, at)
        yield shapely.from_wkb(data[at + 8 : at + 8 + size])
        at += 8 + size


def _repair_all(source: BinaryIO, target: BinaryIO) -> None:
    for geometry in _unpacked(source.read()):
        mended = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
        polygons = [part for part in shapely.get_parts(mended, return_index=False) if part.geom_type == "Polygon"]
        target.write(_packed(shapely.multipolygons(polygons)))


if __name__ == "__main__":
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    _repair_all(sys.stdin.buffer, sys.stdout.buffer)
