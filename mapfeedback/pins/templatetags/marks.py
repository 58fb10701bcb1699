"""Found words, marked where they stand: `marks` of the page, where it has a search."""

from django import template
from django.template import Context
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from mapfeedback.pins.models import Pin
from mapfeedback.pins.words.marking import Marks

register = template.Library()


@register.simple_tag(takes_context=True)
def marked(context: Context, text: str) -> SafeString:
    """A text with the words of the page's search in <mark>; on a page without a search, the text."""
    marks = context.get("marks")
    return marks.in_html(text) if isinstance(marks, Marks) else conditional_escape(text)


@register.simple_tag(takes_context=True)
def excerpt(context: Context, pin: Pin) -> SafeString:
    """Where in its text a pin holds what was searched for, unless its headline shows it."""
    marks = context.get("marks")
    return marks.excerpt(pin) if isinstance(marks, Marks) else SafeString("")
