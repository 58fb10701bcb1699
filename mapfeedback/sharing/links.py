"""Every address under which a filter and a view can be put up elsewhere."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.looking import Looking
from mapfeedback.sharing.sheets import Size


@dataclass(frozen=True, slots=True)
class Picture:
    size: Size
    label: str
    svg: str
    png: str


@dataclass(frozen=True, slots=True)
class Links:
    """Whole addresses of this service, `site` being its own without a slash at its end; `view` may be empty."""

    site: str
    chosen: PinFilter
    looking: Looking
    view: str = ""

    @classmethod
    def of(cls, request: HttpRequest, chosen: PinFilter, looking: Looking, view: str = "") -> "Links":
        return cls(request.build_absolute_uri("/")[:-1], chosen, looking, view)

    @property
    def permalink(self) -> str:
        return self._to("pins:map", **self._looked) + self._hash

    @property
    def embed(self) -> str:
        return self._to("sharing:embed", **self._looked, lang=str(get_language())) + self._hash

    @property
    def embed_code(self) -> SafeString:
        """What an editor pastes into a page of theirs."""
        return format_html(
            '<iframe src="{}" title="{}" width="100%" height="600" loading="lazy"></iframe>',
            self.embed,
            _("Map of messages"),
        )

    @property
    def atom(self) -> str:
        return self._to("opendata:pins_atom", lang=str(get_language()))

    @property
    def rss(self) -> str:
        return self._to("opendata:pins_rss", lang=str(get_language()))

    @property
    def csv(self) -> str:
        return self._to("opendata:pins_csv")

    @property
    def csv_for_excel(self) -> str:
        return self._to("opendata:pins_csv", separator="semicolon")

    @property
    def geojson(self) -> str:
        return self._to("opendata:pins_geojson")

    @property
    def card(self) -> str:
        """The picture that other services show beside a link."""
        return self._picture("png", Size.CARD)

    @property
    def preview(self) -> str:
        return self._picture("svg", Size.CARD)

    @property
    def pictures(self) -> list[Picture]:
        labels = {
            Size.A4_PORTRAIT: _("A4, upright"),
            Size.A4_LANDSCAPE: _("A4, lying"),
            Size.A3_PORTRAIT: _("A3, upright"),
            Size.A3_LANDSCAPE: _("A3, lying"),
            Size.CARD: _("For a screen"),
        }
        return [
            Picture(size, label, self._picture("svg", size), self._picture("png", size))
            for size, label in labels.items()
        ]

    def _picture(self, ending: str, size: Size) -> str:
        view = {"view": self.view} if self.view else {}
        return self._to(f"sharing:map_{ending}", **self._looked, **view, size=size.value, lang=str(get_language()))

    @property
    def _looked(self) -> dict[str, str]:
        return dict(self.looking.items())

    @property
    def _hash(self) -> str:
        return f"#{self.view}" if self.view else ""

    def _to(self, name: str, **more: str) -> str:
        query = urlencode([*self.chosen.items(), *more.items()], safe=",/", quote_via=quote)
        return self.site + reverse(name) + (f"?{query}" if query else "")
