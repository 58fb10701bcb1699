"""The report as one HTML file with its map inside: it opens from a memory stick and asks nobody for anything."""

import json
from typing import Any, Final

from branca.element import MacroElement
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from jinja2 import Template

from mapfeedback.reports import wording
from mapfeedback.reports.district import DistrictReport
from mapfeedback.reports.inlining import inlined
from mapfeedback.reports.items import listed

#: Said by the file itself and by our answer: the browser lets nothing out, whatever the file holds.
POLICY: Final = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"


class Contributions(MacroElement):
    """The border and what was said inside it. Popups are made of DOM nodes; `tojson` keeps texts out of the script."""

    _template = Template("""
        {% macro script(this, kwargs) %}
        (function (map, data) {
            var border = L.geoJSON(data.border, {
                interactive: false, style: { color: "#13232c", weight: 2, dashArray: "9 5 2 5", fill: false }
            }).addTo(map);
            function opened(properties) {
                var box = document.createElement("div");
                var title = document.createElement("p");
                title.lang = properties.language;
                title.textContent = properties.number + ". " + properties.headline;
                var link = document.createElement("a");
                link.href = "#m" + properties.number;
                link.textContent = data.read;
                box.append(title, link);
                return box;
            }
            L.geoJSON(data.features, {
                style: { color: "#0c4f73", weight: 3, fillOpacity: 0.15 },
                pointToLayer: function (feature, at) {
                    return L.circleMarker(at, {
                        radius: 9, color: "#fff", weight: 2, fillColor: "#0c4f73", fillOpacity: 1
                    });
                },
                onEachFeature: function (feature, layer) { layer.bindPopup(opened(feature.properties)); }
            }).addTo(map);
            map.attributionControl.setPrefix(false);
            map.fitBounds(border.getBounds(), { padding: [10, 10], animate: false });
        })({{ this._parent.get_name() }}, {{ this.data|tojson }});
        {% endmacro %}
    """)

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Contributions"
        self.data = data


def as_map(report: DistrictReport) -> bytes:
    import folium  # noqa: PLC0415 - brings pandas: a second and 60 MB that no other page of a web worker needs

    drawn = folium.Map(tiles=None, max_zoom=19, zoom_control=True)
    # Of what folium would load, the map needs Leaflet alone. Set on this map, not on folium's own lists.
    drawn.default_js = [(name, url) for name, url in drawn.default_js if name == "leaflet"]
    drawn.default_css = [(name, url) for name, url in drawn.default_css if name == "leaflet_css"]
    Contributions(_data(report)).add_to(drawn)
    figure: Any = drawn.get_root()
    figure.render()
    return render_to_string(
        "reports/map.html",
        {
            "report": report,
            "drawn_by": report.figures.drawn_by,
            "items": listed(report.items, report.figures.categories),
            "period": wording.period(report.question.pin_filter.since, report.question.pin_filter.until),
            "reaching": wording.reaching_in(report.figures.reaching),
            "policy": POLICY,
            "language": get_language(),
            "parts": inlined(figure.header.render()),
            "map_element": figure.html.render(),
            "map_script": figure.script.render(),
        },
    ).encode()


def _data(report: DistrictReport) -> dict[str, Any]:
    return {
        "border": json.loads(report.boundary),
        "read": _("Read it in the list"),
        "features": [
            {
                "type": "Feature",
                "geometry": json.loads(item.geometry),
                "properties": {"number": number, "headline": item.headline, "language": item.language},
            }
            for number, item in enumerate(report.items, start=1)
            if item.geometry
        ],
    }
