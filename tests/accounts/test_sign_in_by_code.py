"""Signing in needs an e-mail address and the code that arrives there; mail goes through a real SMTP server."""

import re
import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.test import Client
from pytest_django import Settings

from mapfeedback.accounts.models import User


class Inbox:
    """Keeps what arrives."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.messages.append(message_from_bytes(envelope.content))
        return "250 OK"

    def last_text(self) -> str:
        message = self.messages[-1]
        part = message.get_payload(0) if message.is_multipart() else message
        assert isinstance(part, Message)
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        return payload.decode()


@pytest.fixture
def inbox(settings: Settings) -> Iterator[Inbox]:
    kept = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(kept, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = False
    yield kept
    server.stop()


def code_in(text: str) -> str:
    found = re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", text, re.M)
    assert found, text
    return found.group(1)


@pytest.mark.django_db
def test_a_resident_signs_in_with_a_code(client: Client, resident: User, inbox: Inbox) -> None:
    asked = client.post("/accounts/login/code/", {"email": resident.email}, follow=True)
    assert asked.status_code == 200
    assert inbox.messages[0]["To"] == resident.email
    client.post("/accounts/login/code/confirm/", {"code": code_in(inbox.last_text())})
    assert client.session["_auth_user_id"] == str(resident.pk)


@pytest.mark.django_db
def test_a_wrong_code_does_not_let_in(client: Client, resident: User, inbox: Inbox) -> None:
    client.post("/accounts/login/code/", {"email": resident.email})
    client.post("/accounts/login/code/confirm/", {"code": "AAAA-0000"})
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_a_new_resident_makes_an_account_with_a_code(client: Client, inbox: Inbox) -> None:
    client.post("/accounts/signup/", {"email": "uusi@testila.example"})
    client.post("/accounts/confirm-email/", {"code": code_in(inbox.last_text())})
    user = User.objects.get(email="uusi@testila.example")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert not user.has_usable_password()


@pytest.mark.django_db
def test_the_answer_does_not_tell_who_has_an_account(client: Client, resident: User, inbox: Inbox) -> None:
    def page(email: str) -> str:
        visitor = Client()
        answer = visitor.post("/accounts/login/code/", {"email": email}, follow=True)
        return re.sub(r'value="[A-Za-z0-9]{64}"', "", answer.content.decode()).replace(email, "")

    assert page(resident.email) == page("tuntematon@testila.example")


@pytest.mark.django_db
def test_staff_may_use_a_password(client: Client, planner: User) -> None:
    client.post("/accounts/login/", {"login": planner.email, "password": "salasana-kelpaa-1"})
    assert client.session["_auth_user_id"] == str(planner.pk)
