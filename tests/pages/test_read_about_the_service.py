"""What a person, or a machine, can read about the service before trusting it."""

from dataclasses import fields

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import translation
from pytest_django import DjangoAssertNumQueries, Settings

from areas.models import Division
from mapfeedback.accounts.models import User
from mapfeedback.pages.data_guide import parameters
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Category
from tests.conftest import Place

PAGES = ["/about/", "/accessibility/", "/privacy/"]
LANGUAGES = {
    "fi": ["Tietoa palvelusta", "Saavutettavuusseloste", "Tietosuoja"],
    "sv": ["Om tjänsten", "Tillgänglighetsutlåtande", "Dataskydd"],
    "en": ["About the service", "Accessibility statement", "Privacy"],
    "fi-simple": ["Tietoa palvelusta", "Saavutettavuusseloste", "Tietosuoja"],
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_information_pages_speak_the_readers_language(client: Client, db: None, language: str) -> None:
    client.cookies["django_language"] = language
    for page, heading in zip(PAGES, LANGUAGES[language], strict=True):
        answer = client.get(page)
        assert answer.status_code == 200
        assert f"<h1>{heading}</h1>" in answer.text
        assert f'<html lang="{language}"' in answer.text


def test_plain_finnish_is_shorter_than_finnish(client: Client, db: None) -> None:
    for page in PAGES:
        lengths = {}
        for language in ("fi", "fi-simple"):
            client.cookies["django_language"] = language
            lengths[language] = len(client.get(page).text.partition("<main")[2].partition("</main")[0])
        assert lengths["fi-simple"] < lengths["fi"], page


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_demonstration_says_that_nothing_reaches_the_city(
    client: Client, db: None, settings: Settings, language: str
) -> None:
    client.cookies["django_language"] = language
    for page in ("/about/", "/privacy/"):
        settings.DEMO = False
        assert "notice--warn" not in client.get(page).text
        settings.DEMO = True
        assert "notice--warn" in client.get(page).text


def test_the_pages_name_the_city_its_contact_and_the_source_when_they_are_set(
    client: Client, db: None, settings: Settings
) -> None:
    client.cookies["django_language"] = "en"
    assert "has not given a contact address" in client.get("/about/").text
    settings.CONTACT_EMAIL = "palaute@testila.example"
    settings.SERVICE_OWNER = "Testilän kaupunki"
    settings.SOURCE_URL = "https://testila.example/source"
    settings.ACCESSIBILITY_SUPERVISOR = "Valvoja"
    about = client.get("/about/").text
    assert 'href="mailto:palaute@testila.example"' in about
    assert 'href="https://testila.example/source"' in about
    assert "Testilän kaupunki" in client.get("/privacy/").text
    assert "(Valvoja)" in client.get("/accessibility/").text


def test_the_data_page_explains_every_parameter_of_the_filter(client: Client, district: Division) -> None:
    assert [parameter.name for parameter in parameters()] == [field.name for field in fields(PinFilter)]
    client.cookies["django_language"] = "en"
    page = client.get("/api/").text
    for parameter in parameters():
        assert f"<code>{parameter.name}</code>" in page
    assert 'href="/areas/testila-districts/counts.json"' in page
    assert "CC BY 4.0" in page


def test_the_data_page_lists_the_values_that_the_filter_takes(client: Client, place: Place, nature: Category) -> None:
    allowed = {parameter.name: parameter.values for parameter in parameters()}
    assert set(allowed["category"]) == {"streets", "nature"}
    with translation.override("en"):
        for name in ("kind", "status", "channel", "precision", "answered", "category"):
            for value in allowed[name]:
                PinFilter.parse(QueryDict(f"{name}={value}"))


def test_the_data_page_asks_the_database_the_same_few_things_whatever_there_is(
    client: Client, district: Division, nature: Category, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        Division.objects.create(
            municipality=district.municipality, slug=f"own-{number}", name_fi=f"Oma {number}", kind="own"
        )
    with django_assert_max_num_queries(4):
        client.get("/api/")


def test_robots_are_told_where_nothing_is_for_them(client: Client, db: None) -> None:
    answer = client.get("/robots.txt")
    assert answer["Content-Type"].startswith("text/plain")
    assert "Disallow: /moderation/" in answer.text


def test_a_finder_of_a_weakness_learns_whom_to_tell(client: Client, db: None, settings: Settings) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404
    settings.CONTACT_EMAIL = "turva@testila.example"
    note = client.get("/.well-known/security.txt").text
    assert "Contact: mailto:turva@testila.example" in note
    assert "Expires: 2" in note


def test_those_who_build_pages_find_every_component_on_one(client: Client, officer: User, settings: Settings) -> None:
    client.force_login(officer)
    assert client.get("/style/").status_code == 404
    officer.is_staff = True
    officer.save()
    assert "<h1>Style guide</h1>" in client.get("/style/").text
    client.logout()
    settings.DEBUG = True
    assert client.get("/style/").status_code == 200
