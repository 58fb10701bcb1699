"""Pins that arrive or move inside a published response's scope inherit the answer."""

from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from areas.models import Municipality
from layers import linking
from layers.models import Response, ResponseLink
from mapfeedback.journal.models import Entry
from mapfeedback.journal.recording import record
from mapfeedback.pins.actions import mark_answered, mark_unanswered
from mapfeedback.pins.models import Pin

How = ResponseLink.How


@transaction.atomic
def on_pin_event(entry: Entry) -> None:
    """Journal reader for pin.placed, pin.moved and pin.published; safe to call twice.

    Gives the pin every published answer whose scope holds it now, and takes back the inherited ones that hold it no
    longer. What a planner chose or excluded by hand stays. Each change leaves one entry on the pin: `link.inherited`
    or `link.lost`. A pin the public may not see inherits nothing.
    """
    pin = Pin.objects.visible_to(AnonymousUser()).filter(public_id=entry.thing).first()
    if pin is None:
        return
    linking.take_turns(pin.municipality_id)
    pin.refresh_from_db()
    holding = linking.responses_holding(pin)
    links = list(pin.response_links.filter(response__state="published").select_related("response"))
    _take_back(pin, [link for link in links if link.how == How.INHERITED and link.response_id not in holding], entry)
    _give(pin, holding, links, entry)


@transaction.atomic
def on_pins_imported(entry: Entry) -> None:
    """Journal reader for pins.imported: what was brought from elsewhere inherits too; safe to call twice.

    One statement for each published scope, whatever the number of pins.
    """
    municipality = Municipality.objects.only("pk").get(slug=entry.detail["municipality"])
    linking.take_turns(municipality.pk)
    for response in Response.objects.published().filter(municipality=municipality):
        mark_answered(linking.materialise(response, now=entry.at), now=entry.at)


def _take_back(pin: Pin, lost: list[ResponseLink], entry: Entry) -> None:
    if not lost:
        return
    ResponseLink.objects.filter(pk__in=[link.pk for link in lost]).delete()
    mark_unanswered(linking.without_answer([pin.pk]), now=entry.at)
    for link in lost:
        record("link.lost", pin.public_id, at=entry.at, response=str(link.response.public_id))


def _give(pin: Pin, holding: dict[int, linking.Reason], links: list[ResponseLink], entry: Entry) -> None:
    known = {link.response_id: link for link in links}
    for response_id, reason in holding.items():
        link = known.get(response_id)
        if link is not None:
            if link.how == How.INHERITED and link.shape != reason.shape:
                ResponseLink.objects.filter(pk=link.pk).update(shape=reason.shape)
            continue
        ResponseLink.objects.bulk_create(
            [
                ResponseLink(
                    response=reason.response, pin=pin, how=How.INHERITED, shape=reason.shape, linked_at=entry.at
                )
            ],
            ignore_conflicts=True,
        )
        mark_answered([pin.pk], now=entry.at)
        record("link.inherited", pin.public_id, at=entry.at, response=str(reason.response.public_id))
