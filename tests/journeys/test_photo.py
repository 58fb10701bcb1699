"""A photo from a phone: shrunk there, seen before it leaves, described, and waiting for a check afterwards."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from areas.models import Municipality
from mapfeedback.pins.models import Category, Photo
from tests.journeys.conftest import Check, Open
from tests.pins import pictures


@pytest.fixture(autouse=True)
def ground(city: Municipality, streets: Category) -> None:
    Category.objects.create(slug="other", name_fi="Muu", name_sv="Annat", name_en="Other", order=99)


def test_a_photo_is_shrunk_shown_described_and_sent(browser_page: Open, axe: Check, tmp_path: Path) -> None:
    large, other, text = tmp_path / "iso.jpg", tmp_path / "toinen.png", tmp_path / "kirje.jpg"
    large.write_bytes(pictures.encoded(pictures.drawn(5000, 2500), exif=pictures.on_its_side()))
    other.write_bytes(pictures.encoded(pictures.drawn(), "PNG"))
    text.write_bytes(b"En ole kuva.")
    page = browser_page(360)
    page.goto("/pins/new/")
    page.get_by_label("What do you want to say?").fill("Kaide on rikki.")
    page.locator("input[type=file]").set_input_files([large, other, text])
    status = page.locator(".photo-fields [role=status]")
    expect(status).to_contain_text("Photos chosen: 2")
    expect(status).to_contain_text("“kirje.jpg” cannot be read here")
    sizes = page.evaluate(
        """async () => Promise.all([...document.querySelector("input[type=file]").files].map(async (file) => {
            const picture = await createImageBitmap(file);
            return [file.name, picture.width, picture.height];
        }))"""
    )
    assert sizes == [["iso.jpg", 1024, 2048], ["toinen.jpg", 640, 480]]
    page.get_by_role("button", name="Remove this photo: toinen.jpg").click()
    expect(status).to_contain_text("Photos chosen: 1")
    page.get_by_label("What is in the photo?").fill("Irronnut kaide")
    axe(page)
    page.get_by_label("Choose a district from the list").select_option(label="Itä")
    page.get_by_role("button", name="Send").click()
    expect(page).to_have_url(re.compile("/pins/mine/"))
    expect(page.get_by_text("This photo waits for a check.")).to_be_visible()
    expect(page.get_by_role("img", name="Irronnut kaide")).to_be_visible()
    axe(page)
    photo = Photo.objects.get()
    assert (photo.width, photo.height, photo.description) == (800, 1600, "Irronnut kaide")
    page.get_by_role("button", name="Remove this photo").click()
    expect(page.get_by_text("This photo waits for a check.")).to_be_hidden()
    assert not Photo.objects.exists()


def test_without_a_script_the_files_field_is_enough(browser_page: Open, tmp_path: Path) -> None:
    file = tmp_path / "kuva.jpg"
    file.write_bytes(pictures.photo())
    page = browser_page(360, java_script_enabled=False)
    page.goto("/pins/new/")
    page.get_by_label("What do you want to say?").fill("Kaide on rikki.")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_label("What is in the photo?").fill("Irronnut kaide")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("This photo waits for a check.")).to_be_visible()
    assert Photo.objects.get().description == "Irronnut kaide"
