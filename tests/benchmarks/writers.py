"""Sixteen people at once, and afterwards every total compared with a recount."""

import datetime
import random
import threading
import time
import uuid
from typing import Final

from django.db import connection, transaction

from areas.models import Edition
from mapfeedback.geo import Precision, point
from mapfeedback.management.seeding.ground import LAT, LON
from mapfeedback.pins import actions
from mapfeedback.pins.models import Category, Pin, Status, Visibility
from mapfeedback.pins.rollups import folding, proving
from tests.benchmarks.city import City
from tests.benchmarks.measuring import Row

WRITERS: Final = 16
EACH: Final = 40


def after_sixteen_writers(city: City) -> Row:
    """`ours` is how many totals differ from a recount, `baseline` how many there are: not one may differ.

    They place, move, close, hide and take back, partly the same pins, while totals are folded and one edition's are
    counted anew.
    """
    done = threading.Event()
    failures: list[BaseException] = []

    def folder() -> None:
        while not done.is_set():
            folding.fold()
            time.sleep(0.05)
        connection.close()

    def counter() -> None:
        folding.rebuild(city.edition)
        connection.close()

    others = [threading.Thread(target=folder), threading.Thread(target=counter)]
    shared = list(Pin.objects.filter(visibility=Visibility.PUBLISHED).order_by("-pk").values_list("pk", flat=True)[:60])
    writers = [threading.Thread(target=_write, args=(city, nth, shared, failures)) for nth in range(WRITERS)]
    for thread in [*writers, *others]:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in others:
        thread.join()
    if failures:
        raise failures[0]
    wrong = sum(len(proving.differences(edition)) for edition in Edition.objects.select_related("division"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pins_rollup")
        return Row("rollup-after-16-writers", wrong, cursor.fetchone()[0], target=0.0)


def _write(city: City, nth: int, shared: list[int], failures: list[BaseException]) -> None:
    dice = random.Random(nth)
    topics = list(Category.objects.all())
    try:
        own: list[int] = []
        for _ in range(EACH):
            now = datetime.datetime.now(datetime.UTC)
            place = point(LON + dice.uniform(-0.3, 0.3), LAT + dice.uniform(-0.15, 0.15))
            what = dice.choice(["place", "place", "move", "close", "hide", "answer", "take back"])
            if what == "place" or not own:
                own.append(
                    actions.place_pin(
                        kind="idea",
                        category=dice.choice(topics),
                        text="Keinu olisi tässä hyvä.",
                        municipality=city.edition.division.municipality,
                        geom=place,
                        key=uuid.uuid4(),
                        now=now,
                    ).pin.pk
                )
                continue
            pin = Pin.objects.get(pk=dice.choice(own if dice.random() < 0.5 else shared))
            if what == "move":
                actions.move_pin(pin=pin, geom=place, precision=Precision.EXACT, now=now)
            elif what == "close":
                try:
                    actions.change_status(pin=pin, status=Status.DONE, now=now, actor=None)
                except actions.NotAllowed:  # closed already
                    continue
            elif what == "hide":
                actions.withdraw_pin(pin=pin, now=now)
            else:
                with transaction.atomic():  # of the action that answers
                    mark = actions.mark_answered if what == "answer" else actions.mark_unanswered
                    mark([pin.pk], now=now)
    except BaseException as failure:  # noqa: BLE001 - told by the one who started this thread
        failures.append(failure)
    finally:
        connection.close()
