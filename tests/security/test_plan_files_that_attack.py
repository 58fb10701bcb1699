"""Files that a planner's account could be made to upload."""

import json
import time
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from areas.models import Municipality
from layers.actions import create_plan
from layers.models import Layer, Plan
from mapfeedback.accounts.models import User

SQUARE = [[[25.65, 61.0], [25.66, 61.0], [25.66, 61.01], [25.65, 61.0]]]


def feature(properties: object = None, geometry: object = None, **more: Any) -> dict[str, Any]:
    shape = geometry or {"type": "Polygon", "coordinates": SQUARE}
    return {"type": "Feature", "properties": properties, "geometry": shape, **more}


def collection(*features: object, **more: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()


@pytest.fixture
def plan(city: Municipality) -> Plan:
    return create_plan(municipality=city, name_fi="Kaava", kind="local_plan", now=timezone.now())


def upload(client: Client, plan: Plan, content: bytes, **more: str) -> Any:
    file = SimpleUploadedFile("kaava.geojson", content)
    return client.post(f"/planning/plans/{plan.slug}/layers/new/", {"name": "Korttelit", "file": file, **more})


ATTACKS = {
    "half a character in the name": collection(feature({"nimi": "\ud800"})),
    "half a character in a field": collection(feature({"nimi": "a", "muu": "\udfff"})),
    "half a character as a field's name": collection(feature({"\ud800": "a"})),
    "half a character in the system": collection(feature(), crs={"properties": {"name": "EPSG:\ud800"}}),
    "half a character in a refused shape": collection(feature({"nimi": "\ud800"}, {"type": "Polygon"})),
    "NUL in a field": collection(feature({"nimi": "a", "muu": "b\x00"})),
    "a list as type": collection(feature(geometry={"type": [], "coordinates": SQUARE})),
    "a dict as type": collection(feature(geometry={"type": {}, "coordinates": SQUARE})),
    "400 digits": collection(feature(geometry={"type": "Point", "coordinates": [10**400, 61]})),
    "NaN": collection(feature(geometry={"type": "Point", "coordinates": [float("nan"), 61]})),
    "Infinity in a field": collection(feature({"nimi": float("inf")})),
    "a system that is a file": collection(feature(), crs={"properties": {"name": "/etc/passwd"}}),
    "a system that is an address": collection(feature(), crs={"properties": {"name": "http://127.0.0.1:9/crs"}}),
    "deep brackets": b"[" * 100_000,
    "deep braces": b'{"a":' * 50_000,
    "many brackets": b'{"type":"FeatureCollection","features":[' + b"[]," * 1_000_000 + b"[]]}",
    "a zip in disguise": b"PK\x03\x04" + b"\x00" * 100,
    "a VRT in disguise": b'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource>',
    "a huge field": collection(feature({"nimi": "a" * 100_000})),
    "not UTF-8": b'{"type": "FeatureCollection", "features": "\xff"}',
}


@pytest.mark.django_db
@pytest.mark.parametrize("content", ATTACKS.values(), ids=ATTACKS.keys())
def test_a_hostile_file_is_refused_quickly_and_with_words(
    client: Client, planner: User, plan: Plan, content: bytes
) -> None:
    client.force_login(planner)
    began = time.monotonic()
    refused = upload(client, plan, content)
    assert refused.status_code == 422
    assert refused.context["form"].errors["file"]
    assert time.monotonic() - began < 12
    assert not Layer.objects.exists()


@pytest.mark.django_db
def test_markup_in_a_file_is_shown_as_words(client: Client, planner: User, plan: Plan) -> None:
    markup = "<script>alert(1)</script>"
    client.force_login(planner)
    assert upload(client, plan, collection(feature({markup: markup})), name=markup).status_code == 302
    for address in (f"/planning/plans/{plan.slug}/", f"/plans/{plan.slug}/"):
        assert markup not in client.get(address).text
    refused = upload(client, plan, collection(feature({markup: markup})), label_field=markup + "x")
    assert refused.status_code == 422
    assert markup not in refused.text


@pytest.mark.django_db
def test_a_file_over_the_limit_is_refused(client: Client, planner: User, plan: Plan, settings: Settings) -> None:
    settings.LAYER_UPLOAD_MAX_BYTES = 1024 * 1024
    client.force_login(planner)
    refused = upload(client, plan, b" " * (1024 * 1024 + 1))
    assert refused.status_code == 422
    assert "1 " in str(refused.context["form"].errors["file"])
