"""A Mapbox vector tile read by hand, as its specification (2.1) tells: layers of features with values and points."""

from typing import Any

Field = tuple[int, Any]


def layers_of(tile: bytes) -> dict[str, list[dict[str, Any]]]:
    """Features of each layer: their values, `type` (1 point, 2 line, 3 area) and `at`, all places in tile units."""
    found = {}
    for _number, layer in fields(tile):
        parts = fields(layer)
        (name,) = (value.decode() for number, value in parts if number == 1)
        keys = [value.decode() for number, value in parts if number == 3]
        values = [_value(value) for number, value in parts if number == 4]
        found[name] = [_feature(value, keys, values) for number, value in parts if number == 2]
    return found


def _feature(content: bytes, keys: list[str], values: list[Any]) -> dict[str, Any]:
    parts = dict(fields(content))
    tags = _numbers(parts.get(2, b""))
    told = {keys[key]: values[value] for key, value in zip(tags[::2], tags[1::2], strict=True)}
    return told | {"type": parts[3], "at": _places(_numbers(parts[4]))}


def _places(numbers: list[int]) -> list[tuple[int, int]]:
    places: list[tuple[int, int]] = []
    x = y = position = 0
    while position < len(numbers):
        command, times = numbers[position] & 7, numbers[position] >> 3
        position += 1
        for _time in range(times if command in (1, 2) else 0):
            x += _signed(numbers[position])
            y += _signed(numbers[position + 1])
            position += 2
            places.append((x, y))
    return places


def _value(content: bytes) -> Any:
    ((number, value),) = fields(content)
    return value.decode() if number == 1 else bool(value) if number == 7 else value


def _signed(number: int) -> int:
    return number >> 1 ^ -(number & 1)


def _numbers(packed: bytes) -> list[int]:
    found, position = [], 0
    while position < len(packed):
        number, position = _varint(packed, position)
        found.append(number)
    return found


def _varint(content: bytes, position: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = content[position]
        number |= (byte & 127) << shift
        position, shift = position + 1, shift + 7
        if byte < 128:
            return number, position


def fields(content: bytes) -> list[Field]:
    """Number and value of each field of a message: integers, or the bytes of what has a length."""
    found: list[Field] = []
    position = 0
    while position < len(content):
        key, position = _varint(content, position)
        value, position = _varint(content, position)
        if key & 7 == 2:
            found.append((key >> 3, content[position : position + value]))
            position += value
        else:
            found.append((key >> 3, value))
    return found
