"""Anyone links to the map, or shows it on a page of their own, without a cookie for their readers."""

import html
import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from areas.models import Municipality
from mapfeedback.pins.models import Pin
from tests.conftest import EAST, WEST, Place


def copied(page: str, name: str) -> str:
    """What the field of the share page holds."""
    found = re.search(rf'id="{name}"[^>]*value="([^"]*)"|id="{name}"[^>]*>([^<]*)</textarea>', page)
    assert found
    return html.unescape(found[1] or found[2])


def test_the_share_page_gives_every_address_of_this_filter_and_view(client: Client, place: Place) -> None:
    place(WEST, kind="idea")
    page = client.get("/share/?status=received&kind=idea&view=13/61/25.65", headers={"Accept-Language": "en"}).text
    query = "kind=idea&status=received"
    assert copied(page, "permalink") == f"http://testserver/?{query}#13/61/25.65"
    assert copied(page, "feed") == f"http://testserver/pins.atom?{query}&lang=en"
    assert copied(page, "code") == (
        f'<iframe src="http://testserver/embed/?{html.escape(query)}&amp;lang=en#13/61/25.65" '
        'title="Map of messages" width="100%" height="600" loading="lazy"></iframe>'
    )
    addresses = {html.unescape(found) for found in re.findall(r'(?:href|src)="(http://testserver[^"]*)"', page)}
    for address in sorted(addresses):
        if ".png" not in address:
            assert client.get(address.removeprefix("http://testserver")).status_code == 200, address
    assert f"http://testserver/pins.csv?{query}&separator=semicolon" in addresses
    assert f"http://testserver/map.svg?{query}&view=13/61/25.65&size=a3-landscape&lang=en" in addresses


def test_the_map_page_leads_to_the_share_page_of_its_filter(client: Client, place: Place) -> None:
    place(WEST)
    assert 'href="/share/?kind=idea"' in client.get("/?kind=idea").text
    assert client.get("/share/")["X-Robots-Tag"] == "noindex"


def test_a_bad_wish_is_refused_by_name(client: Client, city: Municipality) -> None:
    for address in ("/share/?view=here", "/share/?kind=x", "/embed/?lang=de", "/embed/?view=1/1/1"):
        assert client.get(address).status_code == 400


@pytest.mark.parametrize("query", ["", "kind=idea&lang=sv", "q=penkki"])
def test_the_embedded_map_sets_no_cookie_and_is_the_same_for_everybody(
    client: Client, place: Place, moderator: Any, query: str
) -> None:
    place(WEST, kind="idea")
    held = place(EAST, text="Soita 040 123 4567", kind="idea")
    answer = client.get(f"/embed/?{query}")
    assert not answer.cookies and "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer["Vary"] and answer["Cache-Control"] == "public, max-age=60"
    assert "csrf" not in answer.text and str(held.public_id) not in answer.text
    client.force_login(moderator)
    again = client.get(f"/embed/?{query}")
    assert again.content == answer.content and not again.cookies
    unchanged = client.get(f"/embed/?{query}", headers={"If-None-Match": answer["ETag"]})
    assert unchanged.status_code == 304 and not unchanged.cookies


def test_only_the_embedded_map_may_be_framed(client: Client, place: Place) -> None:
    place(WEST)
    answer = client.get("/embed/")
    assert "frame-ancestors *" in answer["Content-Security-Policy"] and "X-Frame-Options" not in answer
    assert "unsafe" not in answer["Content-Security-Policy"]
    for address in ("/", "/share/", "/pins/new/", "/map.svg", "/pins.atom", "/accounts/login/", "/embed/?kind=x"):
        refused = client.get(address)
        assert "frame-ancestors 'none'" in refused["Content-Security-Policy"]
        assert refused["X-Frame-Options"] == "DENY"


def test_every_link_of_the_embedded_map_leaves_the_frame(client: Client, place: Place) -> None:
    pin = place(WEST, kind="idea", language="sv")
    page = client.get("/embed/?kind=idea&lang=en").text
    links = re.findall(r"<a\b[^>]*>", page)
    assert len(links) == 2 and all('target="_top"' in link for link in links)
    assert f'href="{pin.get_absolute_url()}"' in page and 'lang="sv"' in page
    assert 'href="http://testserver/?kind=idea"' in page and 'data-query="kind=idea"' in page


def test_the_embedded_map_speaks_the_asked_language(client: Client, place: Place) -> None:
    place(WEST, kind="idea")
    for language, word in (("fi", "Idea"), ("sv", "Idé"), ("en", "Idea")):
        answer = client.get(f"/embed/?lang={language}", headers={"Accept-Language": "fr"})
        assert f'<html lang="{language}">' in answer.text and word in answer.text
        assert answer["Content-Language"] == language


def test_the_list_behind_the_embedded_map_takes_the_same_few_questions(
    client: Client, place: Place, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _nth in range(4):
        place(WEST)
    with django_assert_max_num_queries(7):
        assert client.get("/embed/").text.count('class="here-pin"') == 4
    assert Pin.objects.count() == 4


def meta(page: str) -> dict[str, str]:
    found = re.findall(r'<meta\s+(?:property|name)="([^"]+)"\s+content="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def test_a_link_to_the_map_shows_its_picture_elsewhere(client: Client, place: Place) -> None:
    place(WEST, kind="idea")
    told = meta(client.get("/?status=received&kind=idea", headers={"Accept-Language": "en"}).text)
    assert told["og:title"] == "What people say about places" and told["og:description"] == "Idea, Received"
    assert told["og:url"] == "http://testserver/?kind=idea&status=received"
    assert told["og:image"] == "http://testserver/map.png?size=card&lang=en&kind=idea&status=received"
    assert client.get(told["og:image"].removeprefix("http://testserver")).status_code == 200
    assert told["robots"] == "noindex, follow"
    assert "robots" not in meta(client.get("/").text)


def test_a_link_to_a_message_shows_it_elsewhere_once_it_is_public(client: Client, place: Place, moderator: Any) -> None:
    pin = place(WEST, title='"><script>', text="Penkki & puu")
    told = meta(client.get(pin.get_absolute_url()).text)
    assert told["og:title"] == '"><script>' and told["og:description"] == "Penkki & puu"
    assert told["og:image"].endswith("view=15/61.00000/25.65000")
    assert client.get(told["og:image"].removeprefix("http://testserver")).status_code == 200
    held = place(WEST, text="Soita 040 123 4567")
    client.force_login(moderator)
    told = meta(client.get(held.get_absolute_url()).text)
    assert told["robots"] == "noindex" and not any(name.startswith("og:") for name in told)
