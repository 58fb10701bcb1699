"""A pin that arrives or moves inside a published response's scope inherits the answer."""

from mapfeedback.journal.models import Entry


def on_pin_event(entry: Entry) -> None:
    """Journal reader for pin.placed, pin.moved and pin.published; safe to call twice."""
    raise NotImplementedError(entry.verb)
