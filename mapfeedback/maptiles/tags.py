"""For the map page, which lies lower in the house: the densest squares as a table."""

from typing import Any

from django import template
from django.contrib.auth.models import AnonymousUser

from mapfeedback.maptiles.squares import about_squares, grid_first_shown
from mapfeedback.pins.figures import TOO_FEW
from mapfeedback.pins.filtering import PinFilter

register = template.Library()


@register.inclusion_tag("maptiles/_densest.html")
def densest_squares(chosen: PinFilter, bounds: str) -> dict[str, Any]:
    """The table for the grid that a map of these bounds first shows. Always the public view, as all figures."""
    nobody = AnonymousUser()
    return about_squares(chosen, grid_first_shown(chosen, bounds, nobody), nobody)


@register.simple_tag
def too_few() -> int:
    """Fewer messages than this have no density."""
    return TOO_FEW
