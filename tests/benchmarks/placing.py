"""Placing pins through a real web server: everything included, sixteen clients at once."""

import json
import random
import uuid
from typing import Final

from django.urls import reverse

from areas.models import Area
from mapfeedback.management.seeding.ground import LAT, LON
from mapfeedback.pins.models import Category, Pin
from tests.benchmarks.city import City
from tests.benchmarks.measuring import HEAVY, Row, in_turns
from tests.benchmarks.serving import a_server, posted

#: Sent in one turn.
SENT: Final = 160
TEXT: Final = "Penkki olisi hyvä juuri tässä."
#: Half the side of the square that a campaign is about, in degrees: it lies in one district.
NARROW: Final = 0.0005


def against_bare_insert(city: City) -> Row:
    """Checks, areas, totals, journal, inheritance job and idempotency, against a view that only inserts the row.

    The target says the same as half its throughput.
    """
    before = Pin.objects.filter(text=TEXT).count()
    with a_server() as port:
        row = in_turns(
            "place-a-pin",
            ours=lambda: posted(port, reverse("pins:place_json"), bodies(city, about=None)),
            baseline=lambda: posted(port, "/bare", bodies(city, about=None)),
            target=2.0,
            repeats=HEAVY,
        )
    assert Pin.objects.filter(text=TEXT).count() == before + 2 * (HEAVY + 1) * SENT
    return row


def campaign(city: City) -> Row:
    """Everybody writes about one place at the same time, against the same all over the city.

    The target says the same as 0.8 of its throughput.
    """
    with a_server() as port:
        return in_turns(
            "place-a-pin-in-a-campaign",
            ours=lambda: posted(port, reverse("pins:place_json"), bodies(city, about=city.loudest)),
            baseline=lambda: posted(port, reverse("pins:place_json"), bodies(city, about=None)),
            target=1.25,
            repeats=HEAVY,
        )


def bodies(city: City, *, about: Area | None) -> list[bytes]:
    """New contributions: in the middle of one district, or anywhere in the city's middle."""
    topics = list(Category.objects.all())
    middle = about.boundary.point_on_surface.coords if about else (LON, LAT)
    wide, high = (NARROW, NARROW) if about else (0.1, 0.05)
    return [
        json.dumps(
            {
                "kind": "idea",
                "category": topic.slug,
                "text": TEXT,
                "geometry": {
                    "type": "Point",
                    "coordinates": [
                        middle[0] + random.uniform(-wide, wide),
                        middle[1] + random.uniform(-high, high),
                    ],
                },
                "key": str(uuid.uuid4()),
                # What the bare view asks for; the service reads only what it knows.
                "municipality": city.edition.division.municipality_id,
                "topic": topic.pk,
            }
        ).encode()
        for topic in random.choices(topics, k=SENT)
    ]
