"""How many new supports an hour may bring from one place, so that nobody stuffs them.

Counted in the database, so for all processes together, and under a hash that is another one every hour. No address is
kept; the counts of an hour are gone soon after it (`forget`). Whoever takes back and agrees again is counted again.
"""

import datetime
import ipaddress
import uuid
from typing import Final

from django.db import connection
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from mapfeedback.pins.support.models import SupportTally

#: New supports an hour: of one device or account; on one pin without signing in from one address (a school, a home),
#: or from its neighbours (/24, in IPv6 /48); and from one address on all pins.
PER_PERSON: Final = 30
ADDRESS_ON_PIN: Final = 40
NETWORK_ON_PIN: Final = 120
PER_ADDRESS: Final = 200
HOUR: Final = datetime.timedelta(hours=1)

# One statement: two who come at once are both counted. Rows are taken in the order given, the same for everybody.
_COUNT: Final = """
    INSERT INTO pins_supporttally AS tally (key, hour)
    SELECT key, %s FROM unnest(%s::uuid[]) WITH ORDINALITY AS given (key, nth) ORDER BY nth
    ON CONFLICT (key) DO UPDATE SET n = tally.n + 1 RETURNING key, n"""


class TooMany(Exception):
    """This hour has brought as many supports from there as it may. The message says so, and what helps."""

    def __init__(self, message: object) -> None:
        super().__init__(str(message))
        self.message = message


def count(*, pin: uuid.UUID, person: str, address: str, now: datetime.datetime) -> None:
    """Count a new support, in its transaction. Raises TooMany, and then nothing of that transaction may last.

    `person` names an account or a device; `address` is a network address, empty for who is signed in.
    """
    hour = now.astimezone(datetime.UTC).replace(minute=0, second=0, microsecond=0)
    allowed = {f"person {person}": PER_PERSON}
    if address:
        allowed |= {
            f"address {_near(address, 32, 64)} {pin}": ADDRESS_ON_PIN,
            f"network {_near(address, 24, 48)} {pin}": NETWORK_ON_PIN,
            f"address {_near(address, 32, 64)}": PER_ADDRESS,
        }
    keys = {_key(where, hour): most for where, most in allowed.items()}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [hour, list(keys)])
        over = [key for key, n in cursor.fetchall() if n > keys[key]]
    if not over:
        return
    if next(iter(keys)) in over:
        raise TooMany(_("You have agreed with many messages in a short time. Try again in an hour."))
    raise TooMany(_("Many have just agreed from your network. Sign in to agree now, or try again in an hour."))


def forget(now: datetime.datetime) -> int:
    """Forget the counts of hours that are over; returns how many there were."""
    return SupportTally.objects.filter(hour__lte=now - HOUR).delete()[0]


def _key(where: str, hour: datetime.datetime) -> uuid.UUID:
    mixed = salted_hmac("mapfeedback.pins.support.limits", f"{hour.isoformat()} {where}", algorithm="sha256")
    return uuid.UUID(bytes=mixed.digest()[:16])


def _near(address: str, bits: int, bits6: int) -> str:
    """The network of an address by so many of its bits; what is no address stands for itself."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(read, ipaddress.IPv6Address) and read.ipv4_mapped:
        read = read.ipv4_mapped
    return str(ipaddress.ip_network(f"{read}/{bits if read.version == 4 else bits6}", strict=False))
