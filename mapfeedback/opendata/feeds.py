"""The newest contributions of any filter for feed readers: Atom (RFC 4287) and RSS 2.0, with GeoRSS places.

Times are those of the day, in the city's time zone, as everywhere in the open data: the exact moment could tell who
wrote. So no answer carries Last-Modified; a reader asks by ETag, which changes with the words.
"""

import datetime
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.xmlutils import SimplerXMLGenerator

from mapfeedback.markup import legal
from mapfeedback.pins.filterform import in_words
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Pin
from mapfeedback.pins.querysets import PinQuerySet

#: So many of the newest contributions.
NEWEST: Final = 50
GEORSS: Final = "http://www.georss.org/georss"
DUBLIN_CORE: Final = "http://purl.org/dc/elements/1.1/"


class Atom(Atom1Feed):
    """With places, the language of each entry, and categories by what they are: kind, topic, status."""

    def root_attributes(self) -> dict[str, str]:
        return super().root_attributes() | {"xmlns:georss": GEORSS}

    def item_attributes(self, item: dict[str, Any]) -> dict[str, str]:
        return super().item_attributes(item) | {"xml:lang": item["language"]}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        for scheme, term, label in item["filed"]:
            handler.addQuickElement("category", "", {"scheme": scheme, "term": term, "label": label})
        _add_place(handler, item)

    def latest_post_date(self) -> datetime.datetime:
        return super().latest_post_date() if self.items else _day(timezone.now())


class Rss(Rss201rev2Feed):
    """The same for readers that know no Atom."""

    def rss_attributes(self) -> dict[str, str]:
        return super().rss_attributes() | {"xmlns:georss": GEORSS, "xmlns:dc": DUBLIN_CORE}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("dc:language", item["language"])
        for scheme, _term, label in item["filed"]:
            handler.addQuickElement("category", label, {"domain": scheme})
        _add_place(handler, item)

    def latest_post_date(self) -> datetime.datetime:
        return super().latest_post_date() if self.items else _day(timezone.now())


def feed_of(pins: PinQuerySet, chosen: PinFilter, *, kind: type[Atom] | type[Rss], site: str, path: str) -> str:
    """The feed's text. `site` is the service's address without a slash at its end, `path` that of this feed."""
    narrowed = f"?{chosen.query()}" if chosen else ""
    words = ", ".join(label for _name, label in in_words(chosen))
    itself = f"{site}{path}{narrowed}"
    feed = kind(
        title=legal(" – ".join(filter(None, (str(settings.SITE_NAME), words)))),
        link=f"{site}{reverse('pins:map')}{narrowed}",
        description=_("The newest messages on the map."),
        language=translation.get_language(),
        author_name=settings.CITY_NAME or str(settings.SITE_NAME),
        feed_url=itself,
        feed_guid=itself,
    )
    newest = pins.select_related("category").with_area().defer("geom", "spot").with_degrees()
    for pin in newest.order_by("-placed_at", "-pk")[:NEWEST]:
        feed.add_item(
            title=legal(pin.headline),
            link=site + pin.get_absolute_url(),
            description=_told(pin),
            pubdate=_day(pin.placed_at),
            updateddate=_day(pin.changed_at),
            unique_id=pin.public_id.urn,
            unique_id_is_permalink=False,
            language=pin.language,
            filed=[
                (f"{site}/#kind", pin.kind, pin.get_kind_display()),
                (f"{site}/#category", pin.category.slug, legal(pin.category.name)),
                (f"{site}/#status", pin.status, pin.get_status_display()),
            ],
            place=_place(pin),
        )
    return feed.writeString("utf-8")


def _told(pin: Pin) -> str:
    """What was said, as HTML in which every character of theirs is text; what we say of it stands after."""
    about = [pin.get_kind_display(), pin.category.name, pin.get_status_display(), pin.area.name if pin.area else ""]
    return format_html(
        '{}<p lang="{}">{}</p>',
        format_html_join("", "<p>{}</p>", ((line,) for line in legal(pin.text).splitlines() if line.strip())),
        translation.get_language(),
        format_html_join(" · ", "{}", ((legal(str(part)),) for part in about if part)),
    )


def _place(pin: Any) -> str:
    """Latitude first, as GeoRSS wants it; empty without a place. `pin` comes from `with_degrees`."""
    return f"{pin.lat:.6f} {pin.lon:.6f}" if pin.lat is not None else ""


def _add_place(handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
    if item["place"]:
        handler.addQuickElement("georss:point", item["place"])


def _day(moment: datetime.datetime) -> datetime.datetime:
    """The beginning of its day where the city is."""
    return timezone.localtime(moment).replace(hour=0, minute=0, second=0, microsecond=0)
