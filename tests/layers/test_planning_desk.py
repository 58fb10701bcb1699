"""A planner at the desk: plans, layers, answers, through the pages; and nobody else."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from areas.models import Municipality
from layers.actions import create_plan, exclude_pin
from layers.models import Layer, Plan, Response, ResponseLink, Shape
from mapfeedback.accounts.models import User
from mapfeedback.consultations.models import Consultation
from mapfeedback.geo import point
from mapfeedback.pins.actions import place_pin
from mapfeedback.pins.models import Category, Pin
from tests.conftest import EAST, SOUTH, WEST, Place
from tests.layers.conftest import Answer
from tests.layers.test_upload_a_layer import BOW_TIE, collection, feature

Queries = Callable[..., Any]

ANSWER = {
    "summary": "Puita toivotaan lisää.",
    "effect": "partly",
    "text": "Puita istutetaan.",
    "language": "fi",
    "signed_as": "Kaavoitus",
}


@pytest.fixture
def desk(client: Client, planner: User) -> Client:
    client.force_login(planner)
    return client


def text_of(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


# -- plans and layers -------------------------------------------------------------------------------------


def test_a_planner_makes_a_plan_uploads_a_layer_and_publishes_it(desk: Client, city: Municipality) -> None:
    made = desk.post(
        "/planning/plans/new/",
        {"name_fi": "Rantakaava", "name_sv": "Strandplan", "kind": "local_plan", "municipality": city.slug},
    )
    assert made["Location"] == "/planning/plans/rantakaava/layers/new/"
    file = SimpleUploadedFile("korttelit.geojson", collection(feature(nimi="Kortteli 9"), feature(None)))
    page = desk.post(made["Location"], {"name": "Korttelit", "file": file}, follow=True)
    assert "1 shape was read. Coordinate system: WGS 84 (EPSG:4326). Names from the field: nimi." in text_of(page)
    assert "left out: 2." in text_of(page)
    assert "Kortteli 9" in text_of(page)
    assert Client().get("/plans/rantakaava/").status_code == 404
    desk.post("/planning/plans/rantakaava/publish/")
    public = Client().get("/plans/rantakaava/")
    assert "Rantakaava" in text_of(public) and "Kortteli 9" in text_of(public)
    assert "Rantakaava" in text_of(Client().get("/plans/"))
    desk.post("/planning/plans/rantakaava/hide/")
    assert Client().get("/plans/rantakaava/").status_code == 404


def test_two_plans_of_one_name_get_two_addresses(city: Municipality) -> None:
    slugs = [
        create_plan(municipality=city, name_fi=name, kind="other", now=timezone.now()).slug
        for name in ("Tori", "Tori", "New", "???")
    ]
    assert slugs == ["tori", "tori-2", "new-2", "plan"]


def test_a_plan_without_a_name_comes_back_with_what_was_typed(desk: Client, city: Municipality) -> None:
    page = desk.post("/planning/plans/new/", {"name_sv": "Strandplan", "kind": "local_plan", "municipality": city.slug})
    assert page.status_code == 422
    assert 'value="Strandplan"' in page.content.decode()
    assert not Plan.objects.exists()


def test_a_refused_file_keeps_what_was_typed_and_stores_nothing(desk: Client, plan: Plan) -> None:
    file = SimpleUploadedFile("x.geojson", collection(feature(), feature(BOW_TIE, tunnus="K7")))
    address = f"/planning/plans/{plan.slug}/layers/new/"
    page = desk.post(address, {"name": "Uusi taso", "label_field": "tunnus", "file": file})
    assert page.status_code == 422
    assert "Feature 2 (K7): Its edge crosses or touches itself" in text_of(page)
    assert 'value="Uusi taso"' in page.content.decode() and 'value="tunnus"' in page.content.decode()
    assert Layer.objects.count() == 1


def test_a_file_over_the_limit_is_refused(desk: Client, plan: Plan, settings: Any) -> None:
    settings.LAYER_UPLOAD_MAX_BYTES = 100
    page = desk.post(
        f"/planning/plans/{plan.slug}/layers/new/",
        {"name": "Taso", "file": SimpleUploadedFile("x.geojson", collection(feature()))},
    )
    assert page.status_code == 422 and "larger than" in text_of(page)


@pytest.mark.parametrize("sent", [{}, {"name": "Taso"}, {"name": "Taso", "file": "not a file"}])
def test_a_missing_file_is_asked_for(desk: Client, plan: Plan, sent: dict[str, str]) -> None:
    page = desk.post(f"/planning/plans/{plan.slug}/layers/new/", sent)
    assert page.status_code == 422 and "Choose a file." in text_of(page)


def test_the_same_name_again_is_a_new_version_and_old_answers_stay(
    desk: Client, plan: Plan, place: Place, west_block: Shape, answer: Answer
) -> None:
    pin = place(WEST)
    answer(shape=west_block)
    file = SimpleUploadedFile("x.geojson", collection(feature(nimi="Kortteli 50")))
    desk.post(f"/planning/plans/{plan.slug}/layers/new/", {"name": "Korttelit", "file": file})
    assert sorted(plan.layers.values_list("version", flat=True)) == [1, 2]
    page = text_of(Client().get(f"/plans/{plan.slug}/"))
    assert "Kortteli 50" in page and "Kortteli 6" not in page
    assert "About Kortteli 5." in page
    assert ResponseLink.objects.showing().filter(pin=pin, shape=west_block).exists()
    features = Client().get(f"/plans/{plan.slug}.geojson").json()["features"]
    assert [one["properties"]["label"] for one in features] == ["Kortteli 50"]


def test_the_shapes_as_geojson_count_what_the_page_counts_and_keep_fields_inside(
    plan: Plan, place: Place, west_block: Shape, answer: Answer
) -> None:
    Shape.objects.filter(pk=west_block.pk).update(properties={"omistaja": "Yksityinen Henkilö"})
    place(WEST), place(WEST), place(EAST)
    place(WEST, text="Soita 040 123 4567")
    answer(shape=west_block)
    told = Client().get(f"/plans/{plan.slug}.geojson")
    counts = {
        one["properties"]["label"]: (one["properties"]["pins"], one["properties"]["responses"])
        for one in told.json()["features"]
    }
    assert counts == {"Kortteli 5": (2, 1), "Kortteli 6": (1, 0), "Rantakatu": (0, 0)}
    assert "Yksityinen" not in told.content.decode()
    page = text_of(Client().get(f"/plans/{plan.slug}/"))
    assert "3 messages lie inside this plan." in page
    assert "2 messages have this answer." in page


def test_the_plan_page_leads_to_saying_something_in_its_round(client: Client, plan: Plan, city: Municipality) -> None:
    plan.consultation = Consultation.objects.create(
        slug="kierros", municipality=city, name_fi="Kierros", starts_on=timezone.localdate()
    )
    plan.save()
    assert f"{reverse('pins:new')}?consultation=kierros" in client.get(f"/plans/{plan.slug}/").content.decode()


# -- messages and answers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 4),
        ("area=testila-districts/1", 2),
        ("category=nature", 1),
        ("status=received&answered=no", 4),
        ("q=metsä", 1),
        ("within=25.6 60.98,25.7 60.98,25.7 61.02,25.6 61.02", 2),
        ("within=25.6,60.98,25.7,61.02&category=streets", 1),
    ],
)
def test_the_list_finds_what_the_filter_says(
    desk: Client, place: Place, nature: Category, query: str, count: int
) -> None:
    place(WEST), place(WEST, category=nature, text="Metsä säilytettävä"), place(EAST), place(None)
    page = desk.get(f"/planning/pins/?{query}")
    assert page.status_code == 200
    assert page.context["count"] == count
    assert page.content.decode().count('class="pin-card') >= count


def test_a_filter_that_cannot_be_read_is_told_and_the_rest_is_kept(desk: Client, place: Place) -> None:
    place(WEST)
    page = desk.get("/planning/pins/?within=tuolla&q=penkki&nonsense=1")
    assert page.status_code == 400
    body = page.content.decode()
    assert 'value="tuolla"' in body and 'value="penkki"' in body and "nonsense" in body
    assert page.context["count"] == 0


def test_answering_a_selection_reaches_exactly_what_the_list_showed(
    desk: Client, place: Place, deliver_journal: Callable[[], None]
) -> None:
    for step in range(37):
        place((25.64 + step * 0.0005, 61.0))
    outside = place(EAST)
    query = "within=25.6 60.98,25.7 60.98,25.7 61.02,25.6 61.02&answered=no"
    listed = desk.get(f"/planning/pins/?{query}")
    assert listed.context["count"] == 37
    address = re.search(r'href="(/planning/responses/new/[^"]+)"', listed.content.decode())
    assert address
    form = desk.get(address[1].replace("&amp;", "&"))
    assert "37 messages would get this answer now." in text_of(form)
    preview = desk.post(address[1].replace("&amp;", "&"), ANSWER, follow=True)
    assert "37 messages get this answer" in text_of(preview)
    assert not ResponseLink.objects.exists()
    response = Response.objects.get()
    done = desk.post(f"/planning/responses/{response.public_id}/publish/", follow=True)
    assert "Published. 37 messages show this answer now." in text_of(done)
    assert ResponseLink.objects.showing().count() == 37
    later = place(WEST)
    deliver_journal()
    assert ResponseLink.objects.showing().filter(pin=later).exists()
    assert not ResponseLink.objects.filter(pin=outside).exists()


def test_answering_needs_a_selection(desk: Client, place: Place) -> None:
    place(WEST)
    assert desk.get("/planning/responses/new/").status_code == 400


def test_answering_a_shape_from_form_to_the_pins_page(
    desk: Client, place: Place, west_block: Shape, outsider: User
) -> None:
    inside, outside = place(WEST), place(EAST)
    address = f"/planning/shapes/{west_block.public_id}/answer/"
    assert "1 message would get this answer now." in text_of(desk.get(address))
    empty = desk.post(address, {**ANSWER, "effect": "", "summary": ""})
    assert empty.status_code == 422 and "Puita istutetaan." in empty.content.decode()
    assert not Response.objects.exists()
    preview = desk.post(address, ANSWER, follow=True)
    assert "Check before publishing" in text_of(preview)
    assert inside.headline in text_of(preview) and "1 message gets this answer" in text_of(preview)
    response = Response.objects.get()
    assert "Puita istutetaan." not in text_of(Client().get(inside.get_absolute_url()))
    desk.post(f"/planning/responses/{response.public_id}/edit/", {**ANSWER, "text": "Puita istutetaan\nkeväällä."})
    desk.post(f"/planning/responses/{response.public_id}/publish/")
    shown = Client().get(inside.get_absolute_url())
    assert "This place is inside Kortteli 5 (Kaava 123)." in text_of(shown)
    assert "keväällä." in text_of(shown) and "Kaavoitus" in text_of(shown)
    assert "Partly taken into account" in text_of(shown)
    assert "Puita toivotaan lisää." not in text_of(Client().get(outside.get_absolute_url()))
    assert "Puita toivotaan lisää." in text_of(Client().get("/plans/kaava-123/"))


def test_the_author_reads_the_reason_on_the_page_of_the_secret_link(
    client: Client, city: Municipality, streets: Category, west_block: Shape, answer: Answer
) -> None:
    now = timezone.now()
    placed = place_pin(
        kind="idea", category=streets, text="Penkki tähän", municipality=city, geom=point(*WEST), now=now
    )
    answer(shape=west_block)
    page = text_of(client.get(reverse("pins:mine", args=[placed.token])))
    assert "Your place is inside Kortteli 5 (Kaava 123)." in page


def test_leaving_one_out_and_giving_one_by_hand(desk: Client, place: Place, west_block: Shape, answer: Answer) -> None:
    left_out, by_hand = place(WEST, text="Jätä tämä pois"), place(SOUTH, text="Anna tälle")
    response = answer(shape=west_block)
    page = desk.post(f"/planning/responses/{response.public_id}/exclude/{left_out.public_id}/", follow=True)
    assert "This message no longer gets the answer: Jätä tämä pois" in text_of(page)
    assert "Give it after all" in text_of(page)
    assert response.summary not in text_of(Client().get(left_out.get_absolute_url()))
    address = f"http://testserver{by_hand.get_absolute_url()}"
    page = desk.post(f"/planning/responses/{response.public_id}/include/", {"pin": address}, follow=True)
    assert "This message gets the answer: Anna tälle" in text_of(page)
    assert "A planner chose this answer for this message." in text_of(Client().get(by_hand.get_absolute_url()))


@pytest.mark.parametrize("sent", ["", "moi", "00000000-0000-4000-8000-000000000000", "x" * 5000, "\x00"])
def test_giving_it_to_nothing_says_so(desk: Client, west_block: Shape, answer: Answer, sent: str) -> None:
    response = answer(shape=west_block)
    page = desk.post(f"/planning/responses/{response.public_id}/include/", {"pin": sent}, follow=True)
    assert "No such message was found." in text_of(page)


def test_taking_back_and_an_old_page(desk: Client, place: Place, west_block: Shape, draft: Answer) -> None:
    pin = place(WEST)
    response = draft(shape=west_block)
    base = f"/planning/responses/{response.public_id}"
    desk.post(f"{base}/publish/")
    for late in ("publish", "discard"):
        assert "not possible any more" in text_of(desk.post(f"{base}/{late}/", follow=True))
    assert "not possible any more" in text_of(desk.get(f"{base}/edit/", follow=True))
    page = desk.post(f"{base}/withdraw/", follow=True)
    assert "Answer taken back" in text_of(page) and "1 message had this answer" in text_of(page)
    assert "not possible any more" in text_of(desk.post(f"{base}/withdraw/", follow=True))
    assert "not possible any more" in text_of(desk.post(f"{base}/exclude/{pin.public_id}/", follow=True))
    assert Pin.objects.get().answered_at is None


def test_throwing_a_draft_away(desk: Client, west_block: Shape, draft: Answer) -> None:
    response = draft(shape=west_block)
    desk.post(f"/planning/responses/{response.public_id}/discard/")
    assert not Response.objects.exists()


def test_an_answer_waits_until_its_plan_is_public(desk: Client, plan: Plan, west_block: Shape, draft: Answer) -> None:
    response = draft(shape=west_block)
    Plan.objects.update(is_published=False)
    page = desk.post(f"/planning/responses/{response.public_id}/publish/", follow=True)
    assert "Publish the plan first." in text_of(page)
    assert Response.objects.get().state == "draft"


def test_the_record_shows_only_messages_the_public_may_see(
    desk: Client, place: Place, west_block: Shape, answer: Answer, moderator: User
) -> None:
    pin = place(WEST, text="Piilotettava viesti")
    response = answer(shape=west_block)
    Pin.objects.filter(pk=pin.pk).update(visibility="hidden")
    page = text_of(desk.get(f"/planning/responses/{response.public_id}/"))
    assert "Piilotettava" not in page and "0 messages have this answer" in page


# -- who may ----------------------------------------------------------------------------------------------


def test_only_planners_of_the_municipality_may(
    plan: Plan,
    place: Place,
    west_block: Shape,
    draft: Answer,
    planner: User,
    officer: User,
    outsider: User,
    resident: User,
    member: User,
    moderator: User,
) -> None:
    pin = place(WEST)
    response = draft(shape=west_block)
    Plan.objects.update(is_published=False)
    desk = [("GET", "/planning/"), ("GET", "/planning/pins/"), ("GET", "/planning/plans/new/")]
    things = [
        ("GET", f"/planning/plans/{plan.slug}/"),
        ("POST", f"/planning/plans/{plan.slug}/publish/"),
        ("POST", f"/planning/plans/{plan.slug}/hide/"),
        ("GET", f"/planning/plans/{plan.slug}/layers/new/"),
        ("POST", f"/planning/plans/{plan.slug}/layers/new/"),
        ("GET", f"/planning/shapes/{west_block.public_id}/answer/"),
        ("POST", f"/planning/shapes/{west_block.public_id}/answer/"),
        ("GET", f"/planning/responses/{response.public_id}/"),
        ("GET", f"/planning/responses/{response.public_id}/edit/"),
        ("POST", f"/planning/responses/{response.public_id}/edit/"),
        ("POST", f"/planning/responses/{response.public_id}/publish/"),
        ("POST", f"/planning/responses/{response.public_id}/withdraw/"),
        ("POST", f"/planning/responses/{response.public_id}/discard/"),
        ("POST", f"/planning/responses/{response.public_id}/exclude/{pin.public_id}/"),
        ("POST", f"/planning/responses/{response.public_id}/include/"),
    ]
    public = [("GET", f"/plans/{plan.slug}/"), ("GET", f"/plans/{plan.slug}.geojson")]
    for user, on_desk, on_things, on_public in [
        (AnonymousUser(), 302, 302, 404),
        (resident, 403, 403, 404),
        (member, 403, 403, 404),
        (moderator, 403, 403, 404),
        (outsider, 200, 404, 404),
    ]:
        client = Client()
        if isinstance(user, User):
            client.force_login(user)
        for calls, expected in ((desk, on_desk), (things, on_things), (public, on_public)):
            for method, address in calls:
                assert client.generic(method, address).status_code == expected, (user, method, address)
        assert plan.name not in client.get("/plans/").content.decode()
    assert not ResponseLink.objects.exists() and not Plan.objects.get().is_published
    for user in (planner, officer):
        client = Client()
        client.force_login(user)
        for method, address in [*desk, *(call for call in things if call[0] == "GET"), *public]:
            assert client.generic(method, address).status_code == 200, (user, address)


def test_a_planner_of_two_cities_answers_one_at_a_time(
    desk: Client, planner: User, place: Place, outsider: User
) -> None:
    elsewhere = Municipality.objects.get(slug="muuala")
    planner.memberships.create(organisation=outsider.memberships.get().organisation, role="planner")
    place(WEST), place(WEST, municipality=elsewhere)
    assert desk.get("/planning/pins/").context["count"] == 2
    assert desk.get("/planning/responses/new/?answered=no").status_code == 400
    assert desk.get("/planning/responses/new/?answered=no&area=muuala").status_code == 200


def test_another_citys_messages_are_not_on_the_desk(desk: Client, place: Place, outsider: User) -> None:
    place(WEST, municipality=Municipality.objects.get(slug="muuala"))
    assert desk.get("/planning/pins/").context["count"] == 0


# -- speed ------------------------------------------------------------------------------------------------


def test_pages_cost_the_same_few_queries_however_much_there_is(
    desk: Client, plan: Plan, place: Place, west_block: Shape, answer: Answer, django_assert_max_num_queries: Queries
) -> None:
    for _ in range(12):
        place(WEST)
    responses = [answer(shape=west_block) for _ in range(4)]
    exclude_pin(response=responses[0], pin=Pin.objects.all()[0], now=timezone.now())
    for address, most in [
        (f"/plans/{plan.slug}/", 13),
        (f"/plans/{plan.slug}.geojson", 5),
        ("/planning/", 11),
        ("/planning/pins/?answered=yes", 12),
        (f"/planning/plans/{plan.slug}/", 10),
        (f"/planning/responses/{responses[0].public_id}/", 10),
        (Pin.objects.all()[0].get_absolute_url(), 9),
    ]:
        with django_assert_max_num_queries(most):
            assert desk.get(address).status_code == 200, address


def test_the_desk_says_when_no_worker_gives_a_sign_of_life(desk: Client, client: Client) -> None:
    rests = "Background work has stopped"
    assert rests in text_of(desk.get("/planning/"))
    assert client.get("/health").json() == {"status": "ok", "workers": 0}
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '2 minutes')")
        assert rests in text_of(desk.get("/planning/"))
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '20 seconds'")
    assert rests not in text_of(desk.get("/planning/"))
    assert client.get("/health").json() == {"status": "ok", "workers": 1}
