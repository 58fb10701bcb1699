"""How many agree, in words."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def people_agree(n: int) -> str:
    if n == 0:
        return _("Nobody has agreed yet.")
    return ngettext("One person agrees", "%(n)s people agree", n) % {"n": n}


def at_least(n: int) -> str:
    """As a part of a filter."""
    return ngettext("At least one person agrees", "At least %(n)s people agree", n) % {"n": n}
