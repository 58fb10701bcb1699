"""People agree with a message: once each, with or without an account, and may take it back."""

import datetime
import re
import threading
import uuid

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from areas.models import Municipality
from mapfeedback.accounts.models import User
from mapfeedback.journal.models import Entry
from mapfeedback.pins.actions import decide_visibility, withdraw_pin
from mapfeedback.pins.models import Category, Pin
from mapfeedback.pins.support import limits, proving
from mapfeedback.pins.support.actions import Supporter, support_pin, withdraw_support
from mapfeedback.pins.support.device import COOKIE
from mapfeedback.pins.support.limits import TooMany
from mapfeedback.pins.support.models import Support, SupportTally
from tests.conftest import Place

ENGLISH = {"Accept-Language": "en"}
NOON = datetime.datetime(2026, 6, 1, 12, 30, tzinfo=datetime.UTC)


def page(client: Client, pin: Pin) -> str:
    return client.get(pin.get_absolute_url(), headers=ENGLISH).text


def agree(client: Client, pin: Pin) -> int:
    """Press the button of the pin's page, as a browser without scripts does."""
    key = re.search(r'name="key" value="([^"]+)"', page(client, pin))
    return client.post(f"{pin.get_absolute_url()}support/", {"key": key[1] if key else ""}).status_code


def take_back(client: Client, pin: Pin) -> int:
    return client.post(f"{pin.get_absolute_url()}support/withdraw/").status_code


def counters(pin: Pin) -> tuple[int, int]:
    """As the pin has them; the rows say the same."""
    assert proving.differences() == []
    pin.refresh_from_db()
    return pin.supports, pin.supports_verified


def test_whoever_only_reads_gets_no_cookie(client: Client, place: Place) -> None:
    pin = place()
    for address in (pin.get_absolute_url(), f"{pin.get_absolute_url()}support.json", "/", "/embed/"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert not answer.cookies, address


def test_a_person_without_an_account_agrees_sees_it_and_takes_it_back(client: Client, place: Place) -> None:
    pin = place()
    assert "Nobody has agreed yet." in page(client, pin)
    answer = client.post(f"{pin.get_absolute_url()}support/", {"key": "x"})
    assert (answer.status_code, answer["Location"]) == (302, f"{pin.get_absolute_url()}#support")
    cookie = answer.cookies[COOKIE]
    assert cookie["path"] == "/pins/" and cookie["httponly"] and cookie["samesite"] == "Lax"
    html = page(client, pin)
    assert "One person agrees" in html and "You agree with this." in html and "I agree<" not in html
    assert "One person agrees" in client.get("/", headers=ENGLISH).text
    assert take_back(client, pin) == 302
    assert counters(pin) == (0, 0)
    assert "Nobody has agreed yet." in page(client, pin)
    assert not Support.objects.exists()


def test_somebody_else_sees_how_many_agree_and_may_agree_too(client: Client, place: Place, resident: User) -> None:
    pin = place()
    assert agree(client, pin) == 302
    other = Client()
    assert "You agree with this." not in page(other, pin)
    other.force_login(resident)
    assert agree(other, pin) == 302
    assert COOKIE not in other.cookies  # an account needs no cookie of ours
    html = page(Client(), pin)
    assert "2 people agree" in html and "One of them was signed in." in html
    assert counters(pin) == (2, 1)
    told = Client().get(f"{pin.get_absolute_url()}support.json?lang=en")
    assert told.json() == {"supports": 2, "supports_verified": 1, "words": "2 people agree"}
    assert "public" in told["Cache-Control"] and "Cookie" not in told.get("Vary", "")


def test_pressing_twice_counts_once_also_before_the_first_answer_is_there(client: Client, place: Place) -> None:
    pin = place()
    key = re.search(r'name="key" value="([^"]+)"', page(client, pin))
    assert key
    for impatient in (Client(), Client()):  # neither has the cookie that the first answer brings
        impatient.post(f"{pin.get_absolute_url()}support/", {"key": key[1]})
    assert counters(pin) == (1, 0)
    assert agree(client, pin) == agree(client, pin) == 302
    assert counters(pin) == (2, 0)
    assert take_back(client, pin) == take_back(client, pin) == 302
    assert counters(pin) == (1, 0)


def test_who_agreed_on_this_device_and_signs_in_counts_once(client: Client, place: Place, resident: User) -> None:
    pin = place()
    agree(client, pin)
    client.force_login(resident)
    assert "You agree with this." in page(client, pin)
    client.post(f"{pin.get_absolute_url()}support/")
    assert counters(pin) == (1, 1)
    take_back(client, pin)
    assert counters(pin) == (0, 0)


def test_nobody_agrees_with_their_own_message(client: Client, place: Place, resident: User) -> None:
    pin = place(author=resident)
    client.force_login(resident)
    html = page(client, pin)
    assert "This is your own message." in html and "I agree<" not in html
    agree(client, pin)
    assert counters(pin) == (0, 0)
    assert "I agree<" not in page(client, place(author=resident))


def test_what_one_may_not_see_one_cannot_agree_with(client: Client, place: Place, moderator: User) -> None:
    held, hidden, gone = place(text="Soita 040 123 4567"), place(), place()
    decide_visibility(pin=hidden, visibility="hidden", reason="other", now=timezone.now(), actor=moderator)
    withdraw_pin(pin=gone, now=timezone.now())
    for pin in (held, hidden, gone):
        for ending in ("support/", "support/withdraw/"):
            assert client.post(pin.get_absolute_url() + ending).status_code == 404
        assert client.get(f"{pin.get_absolute_url()}support.json").status_code == 404
        assert counters(pin) == (0, 0)
    client.force_login(moderator)
    assert "I agree<" not in page(client, held)  # may be read, may not be agreed with
    assert client.post(f"/pins/{uuid.uuid4()}/support/").status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "http://[broken"},
        {"Referer": "https://evil.example/testserver"},
    ],
)
def test_a_form_on_another_site_cannot_agree_for_its_reader(
    place: Place, resident: User, headers: dict[str, str]
) -> None:
    pin, reader = place(), Client(enforce_csrf_checks=True)
    reader.force_login(resident)
    for ending in ("support/", "support/withdraw/"):
        assert reader.post(pin.get_absolute_url() + ending, headers=headers).status_code == 403
    assert counters(pin) == (0, 0)


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://testserver"}, {}])
def test_our_own_form_needs_no_token(place: Place, headers: dict[str, str]) -> None:
    pin = place()
    assert (
        Client(enforce_csrf_checks=True).post(f"{pin.get_absolute_url()}support/", headers=headers).status_code == 302
    )
    assert counters(pin) == (1, 0)


def test_a_made_up_cookie_is_no_device(client: Client, place: Place) -> None:
    pin = place()
    for value in ("x", "abc:def", "\u0000", "a" * 5000):
        client.cookies[COOKIE] = value
        assert client.get(pin.get_absolute_url()).status_code == 200
        assert take_back(client, pin) == 302
    assert counters(pin) == (0, 0)


def test_reading_the_address_of_the_form_leads_to_the_page(client: Client, place: Place) -> None:
    pin = place()
    assert client.get(f"{pin.get_absolute_url()}support/")["Location"] == pin.get_absolute_url()
    assert client.get(f"{pin.get_absolute_url()}support/withdraw/").status_code == 302
    assert counters(pin) == (0, 0)


def test_the_page_of_a_pin_is_kept_by_no_cache_and_asks_little(
    client: Client, place: Place, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    pin = place()
    agree(client, pin)
    client.get(pin.get_absolute_url())
    with django_assert_max_num_queries(4):
        answer = client.get(pin.get_absolute_url())
    assert "no-store" in answer["Cache-Control"] and "private" in answer["Cache-Control"]


# -- what is stored -----------------------------------------------------------------------------------


def test_two_supports_of_one_device_have_nothing_in_common(place: Place) -> None:
    first, second = place(), place()
    for pin in (first, second):
        support_pin(pin=pin, supporter=Supporter(device="token", address="192.0.2.7"), now=NOON)
    one, other = Support.objects.order_by("pk")
    assert one.device != other.device
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT row::text FROM pins_support AS row UNION ALL SELECT row::text FROM pins_supporttally AS row"
        )
        stored = " ".join(row[0] for row in cursor.fetchall())
    assert "token" not in stored and "192.0.2" not in stored and "12:30" not in stored
    assert not Entry.objects.filter(verb__contains="support").exists()


def test_the_database_itself_lets_nobody_count_twice(place: Place, resident: User) -> None:
    pin, number = place(), uuid.uuid4()
    for who in ({"account": resident}, {"device": number}):
        Support.objects.create(pin=pin, given_on=NOON, **who)
        with pytest.raises(IntegrityError), transaction.atomic():
            Support.objects.create(pin=pin, given_on=NOON, **who)
    with pytest.raises(IntegrityError), transaction.atomic():
        Support.objects.create(pin=pin, given_on=NOON, account=resident, device=uuid.uuid4())
    with pytest.raises(IntegrityError), transaction.atomic():
        Pin.objects.filter(pk=pin.pk).update(supports_verified=1)


def test_an_account_that_is_gone_leaves_its_support_and_no_name(place: Place, resident: User) -> None:
    pin = place()
    support_pin(pin=pin, supporter=Supporter(account=resident), now=NOON)
    resident.delete()
    assert counters(pin) == (1, 1)


# -- limits -------------------------------------------------------------------------------------------


def crowd(pin: Pin, addresses: list[str], now: datetime.datetime = NOON) -> int:
    """So many of these, each on a device of its own, get through."""
    done = 0
    for address in addresses:
        try:
            done += support_pin(pin=pin, supporter=Supporter(device=uuid.uuid4().hex, address=address), now=now)
        except TooMany:
            continue
    return done


def test_one_address_cannot_stuff_a_message_nor_can_its_neighbours(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ADDRESS_ON_PIN", 3)
    monkeypatch.setattr(limits, "NETWORK_ON_PIN", 8)
    pin = place()
    assert crowd(pin, ["192.0.2.7"] * 5) == 3
    assert crowd(pin, [f"192.0.2.{n}" for n in range(20, 40)]) == 5
    assert crowd(pin, ["198.51.100.1", "2001:db8::1", "::ffff:192.0.2.99"]) == 2  # the last is a neighbour too
    assert crowd(pin, [f"2001:db8:0:0:{n:x}::1" for n in range(5)]) == 2
    assert crowd(place(), ["192.0.2.7"]) == 1
    assert crowd(pin, ["192.0.2.7"], NOON + limits.HOUR) == 1
    assert counters(pin) == (13, 0)


def test_one_device_and_one_account_agree_so_often_an_hour(
    place: Place, resident: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PER_PERSON", 2)
    for who in (Supporter(device="one"), Supporter(account=resident)):
        pins = [place() for _nth in range(3)]
        for pin in pins[:2]:
            assert support_pin(pin=pin, supporter=who, now=NOON)
            assert not support_pin(pin=pin, supporter=who, now=NOON)  # a repeat is none
        with pytest.raises(TooMany):
            support_pin(pin=pins[2], supporter=who, now=NOON)
        assert counters(pins[2]) == (0, 0)
        assert support_pin(pin=pins[2], supporter=who, now=NOON + limits.HOUR)


def test_who_is_refused_is_told_what_helps_on_the_page_itself(
    client: Client, place: Place, resident: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ADDRESS_ON_PIN", 0)
    pin = place()
    address = f"{pin.get_absolute_url()}support/"
    answer = client.post(address, headers=ENGLISH | {"X-Forwarded-For": "203.0.113.9"})
    assert (answer.status_code, answer["Retry-After"], len(answer.cookies)) == (429, "3600", 0)
    assert "Sign in to agree now, or try again in an hour." in answer.text and pin.text in answer.text
    client.force_login(resident)
    assert client.post(address).status_code == 302
    assert counters(pin) == (1, 1)


def test_an_address_that_somebody_makes_up_opens_no_new_limit(
    client: Client, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ADDRESS_ON_PIN", 2)
    pin = place()
    for nth in range(6):
        Client().post(f"{pin.get_absolute_url()}support/", headers={"X-Forwarded-For": f"203.0.{nth}.9"})
    assert counters(pin) == (2, 0)


def test_the_counts_of_an_hour_are_forgotten_after_it(place: Place) -> None:
    crowd(place(), ["192.0.2.7"])
    assert limits.forget(NOON + datetime.timedelta(minutes=29)) == 0
    assert limits.forget(NOON + datetime.timedelta(minutes=30)) == 4
    assert not SupportTally.objects.exists()


# -- many at once -------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_sixteen_who_agree_at_once_are_all_counted_and_who_presses_twice_is_counted_once(
    city: Municipality, streets: Category, place: Place
) -> None:
    pin, quiet = place(), place()
    failed = list[BaseException]()
    start = threading.Barrier(16)

    def press(nth: int) -> None:
        try:
            start.wait()
            for device in (f"own {nth}", f"shared {nth // 2}", f"own {nth}"):
                support_pin(pin=pin, supporter=Supporter(device=device, address="192.0.2.7"), now=NOON)
                support_pin(pin=quiet, supporter=Supporter(device=device, address="192.0.2.7"), now=NOON)
            if nth % 4 == 0:
                withdraw_support(pin=pin, supporter=Supporter(device=f"own {nth}"))
        except BaseException as problem:  # noqa: BLE001 - told below, in the thread that asserts
            failed.append(problem)
        finally:
            connection.close()

    people = [threading.Thread(target=press, args=(nth,)) for nth in range(16)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert failed == []
    assert counters(pin) == (16 + 8 - 4, 0)
    assert counters(quiet) == (16 + 8, 0)


# -- proof --------------------------------------------------------------------------------------------


def test_a_wrong_counter_is_found_told_and_counted_anew(
    place: Place, resident: User, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    pin = place()
    support_pin(pin=pin, supporter=Supporter(account=resident), now=NOON)
    Pin.objects.filter(pk=pin.pk).update(supports=7, supports_verified=0)
    with pytest.raises(SystemExit):
        call_command("rebuild_rollups", "--check")
    assert f"pin {pin.public_id}: 7 agree by its counter, 1 by the rows" in capsys.readouterr().out
    call_command("rebuild_rollups")
    assert counters(pin) == (1, 1)
    assert "1 counters of supports were wrong" in caplog.text
