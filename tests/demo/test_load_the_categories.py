"""The default category tree comes in whole, and a city's own changes outlive a restart."""

import pytest
from django.core.management import call_command

from mapfeedback.pins.models import Category

pytestmark = pytest.mark.django_db


def load(**more: bool) -> None:
    call_command("load_categories", verbosity=0, **more)


def test_every_category_has_its_names_and_a_service_code() -> None:
    load()
    assert Category.objects.filter(parent=None).count() == 13
    assert not Category.objects.filter(name_sv="").exists()
    assert not Category.objects.filter(name_en="").exists()
    codes = list(Category.objects.values_list("service_code", flat=True))
    assert len(set(codes)) == len(codes) and all(code.isdigit() for code in codes)
    assert Category.objects.get(slug="streets-ploughing").parent == Category.objects.get(slug="streets")


def test_what_a_city_renamed_or_hid_stays() -> None:
    load()
    Category.objects.filter(slug="shores").update(name_fi="Rannat", name_sv="", is_active=False)
    load()
    shores = Category.objects.get(slug="shores")
    assert (shores.name_fi, shores.is_active) == ("Rannat", False)
    assert shores.name_sv == "Stränder och vatten"
    load(reset=True)
    assert Category.objects.get(slug="shores").name_fi == "Rannat ja vesistöt"
