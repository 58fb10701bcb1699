"""Who agrees with what, and for an hour how many came from where."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Support(models.Model):
    """One "I agree" on a pin: of an account, or of a device on which nobody was signed in.

    Without a device it is verified: somebody was signed in, also when that account is gone since. It tells the day and
    no more, and the same device has another number on every pin: two supports cannot be told to be one person's.
    Written by `support.actions` alone, which keeps `Pin.supports` in step.
    """

    pin = models.ForeignKey("pins.Pin", models.CASCADE, related_name="+", db_index=False)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    #: 128 bits of a keyed hash of the device's token and the pin; the token itself is kept nowhere.
    device = models.UUIDField(null=True, blank=True)
    given_on = models.DateField()

    class Meta:
        verbose_name = _("support")
        constraints = [
            models.UniqueConstraint(
                fields=["pin", "account"], condition=Q(account__isnull=False), name="one_support_per_account"
            ),
            # Without a condition: it also finds all supports of a pin.
            models.UniqueConstraint(fields=["pin", "device"], name="one_support_per_device"),
            models.CheckConstraint(condition=Q(account=None) | Q(device=None), name="support_of_account_or_device"),
        ]
        indexes = [models.Index(fields=["account"], condition=Q(account__isnull=False), name="support_of_account")]

    def __str__(self) -> str:
        return f"{self.pin_id} {self.given_on}"


class SupportTally(models.Model):
    """How many new supports came within one hour from one device, account, address or network; then it is forgotten.

    Written by `support.limits` alone.
    """

    #: A keyed hash of where they came from and of the hour: nobody can follow an address from hour to hour.
    key = models.UUIDField(primary_key=True)
    hour = models.DateTimeField(db_index=True)
    n = models.PositiveIntegerField(default=1, db_default=1)

    def __str__(self) -> str:
        return f"{self.hour} {self.n}"


#: On Pin: no more of the supports are verified than there are.
VERIFIED_ARE_PART = models.CheckConstraint(
    condition=Q(supports_verified__lte=F("supports")), name="verified_supports_are_part"
)
