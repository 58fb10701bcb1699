"""Many checkboxes at once."""

from collections.abc import Iterator
from typing import Final

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import slugify

from mapfeedback.pins.filterform import Group

register = template.Library()

_CHOICE: Final = (
    '<div class="choice{0}"><input type="checkbox" name="{1}" value="{2}" id="filter-{1}-{3}"{4}>{5}'
    '<label for="filter-{1}-{3}">{6}</label></div>'
)
_INNER: Final = " choice--inner"
_CHECKED: Final = SafeString(" checked")


@register.simple_tag
def choices(group: Group) -> SafeString:
    """The checkboxes of a group with their labels, and with the signs of the map where they are kinds.

    No template, because a city has hundreds of districts and topics: as one, they took a sixth of a district's page.
    """
    return format_html_join("\n", _CHOICE, _shown(group))


def _shown(group: Group) -> Iterator[tuple[str, ...]]:
    for nth, choice in enumerate(group.choices, start=1):
        sign = SafeString("")
        if group.name == "kind":
            sign = format_html('<span class="mf-pin mf-pin--small mf-pin--{}" aria-hidden="true"></span>', choice.value)
        yield (
            _INNER if choice.inner else "",
            group.name,
            choice.value,
            f"{slugify(choice.value)}-{nth}",
            _CHECKED if choice.chosen else "",
            sign,
            choice.label,
        )
