"""Found words, marked where they stand."""

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from mapfeedback.pins.models import Pin
from mapfeedback.pins.words.marking import Marks

register = template.Library()


@register.filter
def marked(text: str, marks: Marks | str) -> SafeString:
    """A text with the words of a search in <mark>; on a page without a search, the text."""
    return marks.in_html(text) if isinstance(marks, Marks) else conditional_escape(text)


@register.filter
def excerpt(pin: Pin, marks: Marks | str) -> SafeString:
    """Where in its text a pin holds what was searched for, unless its headline shows it."""
    return marks.excerpt(pin) if isinstance(marks, Marks) else SafeString("")
