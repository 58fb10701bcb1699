"""A sheet shows dots and density as the map does, with a legend in real units."""

import json
import re
from xml.etree import ElementTree

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from areas.models import Municipality
from areas.paper import Paper
from mapfeedback.maptiles.heat import heat_tile, scale_of
from mapfeedback.pins.models import Category, Pin
from mapfeedback.sharing.marks import HEAT, PARTS, density_on, dots_on
from mapfeedback.sharing.signs import tiles_on
from tests.conftest import EAST, WEST
from tests.maptiles.test_pins_on_the_map import store

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def crowds(city: Municipality, streets: Category) -> None:
    store(city, streets, [WEST] * 30 + [EAST] * 6 + [(25.68, 60.95)] * 2)


def drawn(client: Client, query: str) -> ElementTree.Element:
    answer = client.get(f"/map.svg?lang=en&{query}")
    assert answer.status_code == 200
    return ElementTree.fromstring(answer.content)


def words(sheet: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in sheet.iter(f"{SVG}text")]


def test_density_is_printed_with_its_classes_per_square_kilometre(client: Client, crowds: None) -> None:
    sheet = drawn(client, "show=heat&view=12/60.98/25.7")
    squares = [one for one in sheet.iter(f"{SVG}rect") if one.get("data-n")]
    assert sum(int(one.get("data-n", "")) for one in squares) == 38
    assert not list(sheet.iter(f"{SVG}use"))[1:]  # the mark of the service, and no sign of a message
    said = words(sheet)
    assert "Fewer than 5 messages" in said
    assert any(re.fullmatch(r"\d+–\d+ messages per km²", text) for text in said)
    by_number = {int(one.get("data-n", "")): float(one.get("width", "")) for one in squares}
    assert by_number[2] < by_number[6] < by_number[30]


def test_dots_are_printed_with_what_they_mean(client: Client, crowds: None) -> None:
    sheet = drawn(client, "show=dots&view=12/60.98/25.7")
    dots = [int(one.get("data-n", "")) for one in sheet.iter(f"{SVG}circle") if one.get("data-n")]
    assert sorted(dots) == [2, 6, 30]
    assert "Several, too close to draw apart" in words(sheet)
    assert "38 of them in this picture" in words(sheet)


def test_painted_districts_are_signs_on_a_sheet(client: Client, crowds: None) -> None:
    assert "Number of messages" in words(drawn(client, "show=districts&view=12/60.98/25.7"))


@pytest.mark.parametrize("zoom", [5, 9.25, 12, 16.5, 19])
def test_paper_loses_no_message_whatever_the_zoom(crowds: None, zoom: float) -> None:
    paper = Paper(zoom, WEST[1], WEST[0], 722, 720)
    pins = Pin.objects.visible_to(AnonymousUser())
    grid = scale_of(pins, None).grid_at(zoom)
    in_sight = sum(json.loads(heat_tile(pins, tile, None))["n"] for tile in tiles_on(paper, grid - 4))
    assert 30 <= sum(square.n for square in density_on(paper, pins, None).squares) <= in_sight
    assert sum(dot.n for dot in dots_on(paper, pins)) >= 30


def test_paper_has_the_colours_and_sizes_of_the_screen() -> None:
    css = (configured.BASE_DIR / "static" / "css" / "mapfeedback.css").read_text(encoding="utf-8")
    on_screen = dict(re.findall(r"--heat-(\w+): ([^;]+);", css)) | {"dot": re.findall(r"--dot: ([^;]+);", css)[0]}
    assert on_screen == HEAT
    in_legend = dict(re.findall(r"\.mf-heat-(\w+) { fill: ([^;]+);", css))
    assert in_legend.items() <= HEAT.items() and len(in_legend) == 6
    script = (configured.BASE_DIR / "static" / "js" / "heatkey.js").read_text(encoding="utf-8")
    sizes = re.findall(r"const PARTS = \[([^\]]*)\]", script)[0].split(", ")
    assert [float(size) for size in sizes] == list(PARTS.values())[1:]
    assert f"part: {PARTS['few']}" in script
