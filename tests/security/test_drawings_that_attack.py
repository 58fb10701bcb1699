"""Geometry that a person cannot draw: refused with words, never a fault of ours."""

import json
import uuid
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from areas.models import Municipality
from mapfeedback.pins.models import Category, Pin

GOOD = {"kind": "idea", "text": "Penkki olisi tässä hyvä."}
HUGE = 10**400
ODD: list[Any] = [
    {"type": [], "coordinates": []},
    {"type": {}, "coordinates": [25.65, 61.0]},
    {"type": None, "coordinates": [25.65, 61.0]},
    {"type": "Point", "coordinates": [HUGE, 61.0]},
    {"type": "Point", "coordinates": [-HUGE, 61.0]},
    {"type": "Point", "coordinates": []},
    {"type": "Point", "coordinates": ["25.65", "61.0"]},
    {"type": "Point", "coordinates": [61.0, 25.65]},
    {"type": "MultiPoint", "coordinates": []},
    {"type": "GeometryCollection", "geometries": []},
    {"type": "LineString", "coordinates": [[25.65 + step / 100_000, 61.0] for step in range(201)]},
    {
        "type": "Polygon",
        "coordinates": [
            [[25.65, 61.0], [25.66, 61.0], [25.66, 61.01], [25.65, 61.0]],
            [[25.75, 61.0], [25.76, 61.0], [25.76, 61.01], [25.75, 61.0]],
        ],
    },
]


def send(client: Client, body: object) -> HttpResponse:
    return client.post(
        "/api/v1/pins",
        body if isinstance(body, bytes) else json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )  # type: ignore[return-value]


@pytest.mark.django_db
@pytest.mark.parametrize("geometry", ODD, ids=lambda geometry: json.dumps(geometry)[:40])
def test_an_odd_drawing_is_refused_with_words(
    client: Client, city: Municipality, streets: Category, geometry: dict[str, Any]
) -> None:
    refused = send(client, GOOD | {"category": "streets", "geometry": geometry})
    assert refused.status_code == 422
    assert json.loads(refused.content)["errors"]["geometry"]
    assert not Pin.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("geometry", ODD[:5], ids=lambda geometry: json.dumps(geometry)[:40])
def test_an_odd_drawing_in_the_filter_is_a_bad_query(
    client: Client, city: Municipality, geometry: dict[str, Any]
) -> None:
    refused = client.get("/pins.csv", {"within": json.dumps(geometry)})
    assert refused.status_code == 400
    assert refused.json()["parameter"] == "within"


@pytest.mark.django_db
@pytest.mark.parametrize("depth", [50, 500, 960, 5000])
def test_a_deep_drawing_is_refused(client: Client, city: Municipality, streets: Category, depth: int) -> None:
    for geometry in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
        body = '{"kind": "idea", "text": "Penkki tähän.", "category": "streets", "geometry": {"type": "Point", '
        refused = send(client, f'{body}"coordinates": {geometry}}}}}'.encode())
        assert refused.status_code in {400, 422}
    assert not Pin.objects.exists()


@pytest.mark.django_db
def test_no_part_of_a_drawing_lies_far_from_the_city(client: Client, city: Municipality, streets: Category) -> None:
    for far in ([0, 0], [25.65, 65.0]):
        geometry = {"type": "MultiPoint", "coordinates": [[25.65, 61.0], far]}
        refused = send(client, GOOD | {"category": "streets", "geometry": geometry})
        assert refused.status_code == 422
    assert not Pin.objects.exists()
