"""Who agrees with whom in the example cities: a few messages have many behind them, most have none."""

import datetime
import random
from typing import Final

from mapfeedback.accounts.models import User
from mapfeedback.pins.models import Pin, Visibility
from mapfeedback.pins.support.actions import Supporter, support_pin

#: How many agree, message by message as the dice have shuffled them.
NUMBERS: Final = (41, 27, 18, 14, 11, 9, 8, 7, 6, 5, 5, 4, 4, 3, 3, 3, *[2] * 9, *[1] * 25)


def agree(now: datetime.datetime, residents: list[User]) -> None:
    """Give the published messages their supporters, through the action that people's own clicks use."""
    dice = random.Random(42)  # noqa: S311
    # What lies on a form's default place has come from another system, where nobody can agree.
    published = Pin.objects.filter(visibility=Visibility.PUBLISHED, suspected_default_place=False)
    pins = list(published.order_by("placed_at", "pk").defer("geom", "spot"))
    for pin, number in zip(dice.sample(pins, min(len(NUMBERS), len(pins))), NUMBERS, strict=False):
        supporters = [Supporter(device=f"{pin.public_id} {nth}") for nth in range(number)]
        supporters += [Supporter(account=one) for one in residents if number > 3 and one.pk != pin.author_id]
        for supporter in supporters:
            support_pin(pin=pin, supporter=supporter, now=pin.placed_at + dice.random() * (now - pin.placed_at))
