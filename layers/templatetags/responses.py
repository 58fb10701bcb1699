"""For the pins' own pages, which lie lower in the house: what answers a pin has."""

from typing import Any

from django import template

from layers.models import ResponseLink
from mapfeedback.pins.models import Pin

register = template.Library()


@register.simple_tag
def responses_of(pin: Pin) -> list[ResponseLink]:
    """`{% responses_of pin as links %}`: showing links, newest answer first, all they print in one query."""
    return list(ResponseLink.objects.showing().filter(pin=pin).for_reading())


@register.inclusion_tag("layers/_why.html")
def why(link: ResponseLink, mine: bool = False) -> dict[str, Any]:
    """The sentence that says why a pin has this answer; `mine` speaks to the pin's author."""
    return {"link": link, "mine": mine}
