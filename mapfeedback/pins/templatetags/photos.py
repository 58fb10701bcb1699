"""Words that stand for a picture."""

from django import template
from django.utils.translation import gettext as _

from mapfeedback.pins.models import Photo, Pin

register = template.Library()


@register.simple_tag
def photo_alt(photo: Photo, pin: Pin) -> str:
    """What its author said it shows, or else the message that it belongs to."""
    return photo.description or _("Photo: %(title)s") % {"title": pin.headline}
