"""For the map page, which lies lower in the house: districts painted by a measure."""

from django import template
from django.template import Context

from mapfeedback.pins.looking import Way
from mapfeedback.reports.painting import Painting, painting_of

register = template.Library()


@register.simple_tag(takes_context=True)
def painting(context: Context) -> Painting | None:
    """`{% painting as painted %}` of the page's `chosen`, `looking` and `shown`; None where it is looked at otherwise.

    Counted once for all blocks of a page.
    """
    if context["looking"].way is not Way.DISTRICTS or context.get("refused"):
        return None
    kept = context.render_context
    if "painting" not in kept:
        kept["painting"] = painting_of(context["chosen"], context["looking"], context["shown"])
    found: Painting | None = kept["painting"]
    return found
