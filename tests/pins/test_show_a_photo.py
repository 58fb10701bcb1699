"""A resident shows what they mean: photos are shrunk, stripped, checked by a person, and can be taken back."""

import errno
import io
import os
import re
import resource
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from areas.models import Municipality
from mapfeedback.accounts.models import User
from mapfeedback.journal.models import Entry
from mapfeedback.maptiles.version import version
from mapfeedback.pins.models import Category, Photo, Pin
from mapfeedback.pins.photos import keeping
from mapfeedback.pins.photos.models import Size
from mapfeedback.pins.photos.reading import MOST_BYTES
from mapfeedback.pins.tasks import sweep_photos
from tests.conftest import WEST
from tests.pins import pictures
from tests.pins.test_say_something import at, fields

Caught = Callable[..., Any]


@pytest.fixture(autouse=True)
def ground(city: Municipality, streets: Category) -> None:
    Category.objects.create(slug="other", name_fi="Muu", name_sv="Annat", name_en="Other", order=99)


def upload(content: bytes | None = None, name: str = "kuva.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, pictures.photo() if content is None else content, "image/jpeg")


def sent(client: Client, *contents: bytes, **more: Any) -> Any:
    """A message with these pictures; the address of its author's page."""
    files = [upload(content, f"kuva{nth}.jpg") for nth, content in enumerate(contents or (pictures.photo(),))]
    return client.post("/pins/", fields(geometry=at(*WEST), photos=files, **more), headers={"Accept-Language": "en"})


def on_disk() -> list[Path]:
    return [
        file for photo in Photo.objects.all() for size in Size if (file := keeping.path(photo.public_id, size)).exists()
    ]


def publish(client: Client, moderator: User, photo: Photo) -> None:
    client.force_login(moderator)
    client.post(f"/moderation/photos/{photo.public_id}/", {"visibility": "published"})
    client.logout()


def test_the_message_is_public_at_once_and_its_photo_after_a_check(client: Client, moderator: User) -> None:
    mine = sent(client, photo_text="Kuoppa pyörätiellä")["Location"]
    pin, photo = Pin.objects.get(), Photo.objects.get()
    assert (pin.visibility, photo.visibility, pin.photo_count) == ("published", "waiting", 0)
    page = client.get(pin.get_absolute_url()).text
    assert "Kuoppa pyörätiellä" not in page and str(photo.public_id) not in page
    assert client.get(photo.get_absolute_url()).status_code == 404
    own = client.get(mine, headers={"Accept-Language": "en"}).text
    assert "waits for a check" in own and 'alt="Kuoppa pyörätiellä"' in own
    seen = client.get(f"{mine}photos/{photo.public_id}/large.jpg")
    assert (seen.status_code, seen["Cache-Control"]) == (200, "private, no-store")

    publish(client, moderator, photo)
    assert Pin.objects.get().photo_count == 1
    assert f'src="{photo.get_absolute_url()}"' in client.get(pin.get_absolute_url()).text
    shown = client.get(photo.get_absolute_url())
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
    assert "Everybody can see it" in client.get(mine, headers={"Accept-Language": "en"}).text
    verbs = list(Entry.objects.filter(thing=photo.public_id).order_by("pk").values_list("verb", "detail"))
    told = {"pin": str(pin.public_id)}
    assert verbs == [("photo.added", told | {"held": True}), ("photo.published", told | {"held": False})]


def test_what_is_kept_is_turned_small_and_knows_nothing_of_where_it_was_taken(client: Client) -> None:
    sent(client, pictures.from_a_phone())
    photo = Photo.objects.get()
    assert (photo.width, photo.height) == (480, 640)
    for size in Size:
        content = keeping.path(photo.public_id, size).read_bytes()
        assert pictures.SECRET not in content
        with Image.open(io.BytesIO(content)) as kept:
            assert not kept.getexif() and not {"exif", "xmp", "comment", "icc_profile"} & set(kept.info)
    with Image.open(keeping.path(photo.public_id, Size.LARGE)) as kept:
        left, right = (kept.convert("L").crop((x, 5, x + 1, 6)).tobytes()[0] for x in (5, 475))
    assert left > 60 > right, "turned by its EXIF: the dark corner is now the upper right one"
    assert sorted(file.parent.name for file in on_disk()) == [photo.public_id.hex[:2]] * 2


def test_a_large_picture_becomes_no_larger_than_a_screen_and_a_see_through_one_is_white(client: Client) -> None:
    sent(
        client,
        pictures.encoded(pictures.drawn(3000, 1000)),
        pictures.encoded(Image.new("RGBA", (90, 60), (255, 0, 0, 0)), "PNG"),
        pictures.encoded(pictures.drawn(), "WEBP"),
    )
    assert [(photo.width, photo.height) for photo in Photo.objects.all()] == [(1600, 533), (90, 60), (640, 480)]
    see_through = Photo.objects.all()[1]
    with Image.open(keeping.path(see_through.public_id, Size.LARGE)) as kept:
        assert kept.getpixel((40, 30)) == (255, 255, 255)


REFUSED = {
    "bomb": (pictures.bomb, "over 40 million pixels"),
    "cut in the middle": (lambda: pictures.photo()[:900], "is damaged"),
    "without its pixels": (pictures.lying_about_its_size, "is damaged"),
    "nothing": (lambda: b"", "is empty"),
    "a page of scripts": (lambda: b"<html><script>alert(1)</script></html>", "is not a photo"),
    "an SVG": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "is not a photo"),
    "an animation": (lambda: pictures.encoded(Image.new("P", (90, 90)), "GIF"), "is not a photo"),
    "a phone's own format": (lambda: b"\0\0\0\x18ftypheic" + b"\0" * 90, "format of newer phones"),
    "a speck": (lambda: pictures.encoded(pictures.drawn(12, 12)), "too small"),
    "a PNG by its beginning only": (lambda: b"\x89PNG\r\n\x1a\n<script>alert(1)</script>", "is damaged"),
    "too many bytes": (lambda: pictures.photo() + b"\0" * MOST_BYTES, "At most 15"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_bad_file_is_named_with_what_to_do_and_the_words_stay(client: Client, kind: str) -> None:
    make, said = REFUSED[kind]
    files = [upload(), upload(make(), "Ranta & rappu.png")]
    answer = client.post("/pins/", fields(photos=files, place_text="sillan alla"), headers={"Accept-Language": "en"})
    page = answer.text
    assert answer.status_code == 422
    assert re.search(rf"“Ranta &amp; rappu.png”[^<]*{said}", page)
    assert "Rantaan tarvitaan penkki." in page and "sillan alla" in page
    assert "Choose your photos again" in page
    assert not Pin.objects.exists() and not Photo.objects.exists()


def test_a_picture_that_is_also_something_else_is_only_a_picture_afterwards(client: Client) -> None:
    archive = b"PK\x03\x04<?php system($_GET['c']); ?><script>alert(document.domain)</script>"
    sent(client, pictures.photo() + archive, name="kuva.jpg.php")
    content = keeping.path(Photo.objects.get().public_id, Size.LARGE).read_bytes()
    assert b"PK\x03\x04" not in content and b"<script>" not in content


def test_what_is_served_is_a_picture_and_nothing_else(client: Client, moderator: User) -> None:
    sent(client)
    photo = Photo.objects.get()
    publish(client, moderator, photo)
    client.cookies.clear()
    answer = client.get(photo.get_absolute_url())
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Content-Disposition"].startswith("inline; filename=")
    assert answer["Cache-Control"] == "public, max-age=60"
    assert answer["X-Robots-Tag"] == "noindex"
    again = client.get(photo.get_absolute_url(), headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert len(client.get(photo.small).content) < len(answer.content)
    assert client.get(f"/photos/{photo.public_id}/huge.jpg").status_code == 404
    assert client.get(f"/photos/{uuid.uuid4()}/large.jpg").status_code == 404


def test_at_most_three_and_each_with_its_own_words(client: Client) -> None:
    colours = ["#a11", "#1a1", "#11a", "#aa1"]
    four = sent(client, *(pictures.photo(colour) for colour in colours))
    assert four.status_code == 422 and "At most 3 photos" in four.text
    sent(client, *(pictures.photo(colour) for colour in colours[:3]), photo_text=["Oja", "", "Silta <b>"])
    assert [photo.description for photo in Photo.objects.all()] == ["Oja", "", "Silta <b>"]
    Photo.objects.update(visibility="published")
    Pin.objects.update(photo_count=3)
    page = client.get(Pin.objects.get().get_absolute_url(), headers={"Accept-Language": "en"}).text
    assert 'alt="Silta &lt;b&gt;"' in page and 'alt="Photo: Rantaan tarvitaan penkki."' in page


def test_a_double_tap_keeps_one_set_of_photos(client: Client) -> None:
    one, other = pictures.photo("#a11"), pictures.photo("#11a")
    key = str(uuid.uuid4())
    first, second = sent(client, one, other, key=key), sent(client, one, other, key=key)
    assert first["Location"] == second["Location"]
    assert (Pin.objects.count(), Photo.objects.count(), len(on_disk())) == (1, 2, 4)
    others = sent(client, other, key=key)
    assert others.status_code == 422 and "other words or photos" in others.text
    assert Photo.objects.count() == 2


def test_photos_can_be_added_and_removed_by_the_secret_link(
    client: Client, moderator: User, django_capture_on_commit_callbacks: Caught
) -> None:
    mine = client.post("/pins/", fields(geometry=at(*WEST)))["Location"]
    for _tap in range(2):
        assert client.post(f"{mine}photos/", {"photos": upload()})["Location"] == f"{mine}#photos"
    photo = Photo.objects.get()
    empty = client.post(f"{mine}photos/", {}, headers={"Accept-Language": "en"})
    assert empty.status_code == 422 and "Choose a photo first." in empty.text
    more = [upload(pictures.photo(colour)) for colour in ("#123", "#321", "#213")]
    refused = client.post(f"{mine}photos/", {"photos": more}, headers={"Accept-Language": "en"})
    assert refused.status_code == 422 and "At most 3 photos" in refused.text
    assert Photo.objects.count() == 1

    publish(client, moderator, photo)
    files = on_disk()
    assert len(files) == 2
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{mine}photos/{photo.public_id}/remove/")
    client.post(f"{mine}photos/{photo.public_id}/remove/")
    assert not Photo.objects.exists() and not any(file.exists() for file in files)
    assert Pin.objects.get().photo_count == 0
    assert client.get(photo.get_absolute_url()).status_code == 404
    assert Entry.objects.filter(verb="photo.removed").count() == 1


def test_another_messages_link_removes_nothing(client: Client) -> None:
    sent(client)
    photo = Photo.objects.get()
    stranger = client.post("/pins/", fields())["Location"]
    assert client.post(f"{stranger}photos/{photo.public_id}/remove/").status_code == 302
    assert client.get(f"{stranger}photos/{photo.public_id}/large.jpg").status_code == 404
    assert Photo.objects.count() == 1


def test_taking_the_message_back_takes_its_photos_off_the_disk(
    client: Client, moderator: User, django_capture_on_commit_callbacks: Caught
) -> None:
    mine = sent(client)["Location"]
    photo, files = Photo.objects.get(), on_disk()
    publish(client, moderator, photo)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{mine}withdraw/")
    assert not Photo.objects.exists() and not any(file.exists() for file in files)
    assert client.get(photo.get_absolute_url()).status_code == 404
    assert client.post(f"{mine}photos/", {"photos": upload()}).status_code == 302
    assert not Photo.objects.exists()


def test_a_message_that_others_may_not_see_shows_them_no_photo(
    client: Client, moderator: User, planner: User, outsider: User, resident: User
) -> None:
    client.force_login(resident)
    sent(client)
    photo = Photo.objects.get()
    publish(client, moderator, photo)
    Pin.objects.update(visibility="hidden")
    seeing = {"resident": resident, "moderator": moderator, "planner": planner, "outsider": outsider}
    told = {}
    for name, person in seeing.items():
        client.force_login(person)
        answer = client.get(photo.get_absolute_url())
        told[name] = answer.status_code
        assert answer.status_code == 404 or answer["Cache-Control"] == "private, no-store"
    client.logout()
    told["anybody"] = client.get(photo.get_absolute_url()).status_code
    assert told == {"resident": 200, "moderator": 200, "planner": 404, "outsider": 404, "anybody": 404}


def test_a_moderator_hides_with_a_reason_its_author_reads_and_can_change_their_mind(
    client: Client, moderator: User, outsider: User
) -> None:
    mine = sent(client)["Location"]
    photo = Photo.objects.get()
    decision = f"/moderation/photos/{photo.public_id}/"
    client.force_login(outsider)
    assert client.get(decision).status_code == 404
    assert client.post(decision, {"visibility": "published"}).status_code == 404
    client.force_login(moderator)
    assert photo.get_absolute_url() in client.get("/moderation/").text
    assert client.post(decision, {"visibility": "hidden"}).status_code == 422
    client.post(decision, {"visibility": "hidden", "reason": "recognisable"})
    assert photo.get_absolute_url() not in client.get("/moderation/").text
    assert "number plate can be recognised" in client.get(mine, headers={"Accept-Language": "en"}).text
    client.post(decision, {"visibility": "published"})
    assert Pin.objects.get().photo_count == 1
    client.post(decision, {"visibility": "hidden", "reason": "private"})
    client.logout()
    assert Pin.objects.get().photo_count == 0
    assert client.get(photo.get_absolute_url()).status_code == 404
    entry = Entry.objects.filter(verb="photo.hidden").latest("pk")
    assert (entry.actor, entry.detail["reason"], entry.detail["held"]) == (moderator, "private", False)


def test_staff_who_check_photos_need_nobody_to_check_theirs(client: Client, officer: User) -> None:
    client.force_login(officer)
    sent(client, channel="paper", on_behalf="on")
    assert Photo.objects.get().visibility == "published"
    assert Pin.objects.get().photo_count == 1


def test_only_what_others_can_see_makes_the_maps_version_new(
    client: Client, moderator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = client.post("/pins/", fields(geometry=at(*WEST)))["Location"]
    before = version()
    client.post(f"{mine}photos/", {"photos": [upload(), upload(pictures.photo("#777"))]})
    waiting, other = Photo.objects.all()
    client.post(f"{mine}photos/{other.public_id}/remove/")
    assert version() == before
    publish(client, moderator, waiting)
    assert version() != before


def test_a_full_disk_takes_the_words_and_says_what_became_of_the_photos(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("mapfeedback.pins.photos.keeping.os.fsync", full)
    answer = sent(client)
    assert answer["Location"].endswith("?photos=lost")
    assert (
        "our disk had no room for the photos" in client.get(answer["Location"], headers={"Accept-Language": "en"}).text
    )
    assert (Pin.objects.count(), Photo.objects.count()) == (1, 0)
    mine = answer["Location"].partition("?")[0]
    refused = client.post(f"{mine}photos/", {"photos": upload()}, headers={"Accept-Language": "en"})
    assert refused.status_code == 422 and "no room for photos" in refused.text
    monkeypatch.undo()
    assert not list(keeping.path(uuid.uuid4(), Size.LARGE).parents[1].rglob("*.part"))


@pytest.fixture
def short_files() -> Iterator[None]:
    """No file of this process may grow beyond 1 MB: to whoever writes it, the same as a disk that fills up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024 * 1024, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fills_up_while_the_photo_arrives_loses_no_words(client: Client, short_files: None) -> None:
    padded = pictures.photo() + b"\0" * 3 * 1024 * 1024
    answer = sent(client, padded)
    assert answer["Location"].endswith("?photos=lost")
    assert (Pin.objects.get().text, Photo.objects.count()) == ("Rantaan tarvitaan penkki.", 0)
    mine = answer["Location"].partition("?")[0]
    refused = client.post(f"{mine}photos/", {"photos": upload(padded)}, headers={"Accept-Language": "en"})
    assert refused.status_code == 422 and "no room for photos" in refused.text
    assert "Choose a photo first." not in refused.text


def test_files_without_a_row_are_swept_away_and_a_row_without_files_is_told(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    sent(client)
    photo, kept = Photo.objects.get(), on_disk()
    orphan, young = keeping.path(uuid.uuid4(), Size.LARGE), keeping.path(uuid.uuid4(), Size.SMALL)
    half = kept[0].with_suffix(".part")
    for file in (orphan, young, half):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    for file in (orphan, half, *kept):
        before = time.time() - keeping.ORPHANED_SECONDS - 5
        os.utime(file, (before, before))
    sweep_photos(0)
    assert not orphan.exists() and not half.exists() and young.exists()
    assert on_disk() == kept and not caplog.records
    kept[0].unlink()
    sweep_photos(0)
    assert "1 photos have no file" in caplog.text
    assert Photo.objects.get() == photo
    young.unlink()


def test_only_the_form_for_photos_takes_large_bodies(client: Client) -> None:
    def large() -> SimpleUploadedFile:
        return upload(b"\xff" * (3 * 1024 * 1024))

    mine = client.post("/pins/", fields())["Location"]
    assert client.post("/pins/", fields(photos=large())).status_code == 422
    assert client.post(f"{mine}correct/", {"text": "Penkki", "photos": large()}).status_code == 413
    assert client.post("/accounts/login/", {"photos": large()}).status_code == 413
