"""Agreeing with a pin, and taking that back. Each is one transaction and may be repeated.

They leave no journal entry: the row of the support is the record of it, and what was taken back is gone
(docs/decisions/0042).
"""

import datetime
import uuid
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from mapfeedback.accounts.models import User
from mapfeedback.pins.actions import NotAllowed
from mapfeedback.pins.models import Pin, Visibility
from mapfeedback.pins.support import limits
from mapfeedback.pins.support.models import Support


@dataclass(frozen=True, slots=True)
class Supporter:
    """Who agrees: somebody signed in, else a device by its secret token. An empty address limits nothing."""

    account: User | None = None
    device: str = ""
    address: str = ""

    def number_on(self, pin: Pin) -> uuid.UUID | None:
        """Under which number this device stands on this pin; on every pin another one."""
        if not self.device:
            return None
        mixed = salted_hmac("mapfeedback.pins.support", f"{pin.public_id} {self.device}", algorithm="sha256")
        return uuid.UUID(bytes=mixed.digest()[:16])


def agrees(pin: Pin, supporter: Supporter) -> bool:
    """Whether this person supports the pin already; asks nothing when nobody is known."""
    given = Support.objects.filter(pin=pin)
    if supporter.account is not None and given.filter(account=supporter.account).exists():
        return True
    return bool(supporter.device) and given.filter(device=supporter.number_on(pin)).exists()


def support_pin(*, pin: Pin, supporter: Supporter, now: datetime.datetime) -> bool:
    """One "I agree" more; False when it was given before.

    Who agreed on this device and signs in then counts once: the support becomes the account's. Raises NotAllowed for
    one's own pin and for what is not published, TooMany for more than `limits` lets through.
    """
    with transaction.atomic():
        # All who agree with one pin wait here for each other: what they find below stays true until they are done.
        held = Pin.objects.select_for_update(no_key=True).only("public_id", "author", "visibility").get(pk=pin.pk)
        account, device = supporter.account, supporter.number_on(pin)
        own = account is not None and held.author_id == account.pk
        nobody = account is None and device is None
        if own or nobody or held.visibility != Visibility.PUBLISHED:
            raise NotAllowed
        given = Support.objects.filter(pin=held)
        of_device = given.filter(device=device) if device else given.none()
        if given.filter(account=account).exists() if account is not None else of_device.exists():
            return False
        if account is not None and of_device.update(account=account, device=None):
            _count(held, verified=1)
            return True
        person, address = (str(account.pk), "") if account is not None else (supporter.device, supporter.address)
        limits.count(pin=held.public_id, person=person, address=address, now=now)
        Support.objects.create(
            pin=held, account=account, device=None if account is not None else device, given_on=timezone.localdate(now)
        )
        _count(held, all=1, verified=int(account is not None))
    return True


def withdraw_support(*, pin: Pin, supporter: Supporter) -> bool:
    """Take it back, the account's and this device's alike; False when there was nothing to take back."""
    with transaction.atomic():
        held = Pin.objects.select_for_update(no_key=True).only("public_id").get(pk=pin.pk)
        given = Support.objects.filter(pin=held)
        by_account = given.filter(account=supporter.account).delete()[0] if supporter.account is not None else 0
        by_device = given.filter(device=supporter.number_on(held)).delete()[0] if supporter.device else 0
        _count(held, all=-by_account - by_device, verified=-by_account)
    return bool(by_account + by_device)


def _count(pin: Pin, *, all: int = 0, verified: int = 0) -> None:
    """Move the counters of a pin that is held by this transaction."""
    if all or verified:
        Pin.objects.filter(pk=pin.pk).update(
            supports=F("supports") + all, supports_verified=F("supports_verified") + verified
        )
