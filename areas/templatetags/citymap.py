"""The map element every page prints, so that ground, base map and credit are the same everywhere."""

from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse

from areas.models import Municipality

register = template.Library()


@register.inclusion_tag("_map.html")
def city_map(
    label: str, bounds: str = "", municipality: Municipality | None = None, map_id: str = "map", extra_class: str = ""
) -> dict[str, Any]:
    """`bounds` is "west,south,east,north" in degrees; without a municipality the ground of all is drawn."""
    ground = reverse("areas:ground")
    return {
        "label": label,
        "bounds": bounds,
        "map_id": map_id,
        "extra_class": extra_class,
        "ground_urls": f"{ground}?municipality={municipality.slug}" if municipality else ground,
        "basemap_url": "/basemap/{z}/{x}/{y}.png" if settings.BASEMAP_URL else "",
        "basemap_max_zoom": settings.BASEMAP_MAX_ZOOM,
        "credit": settings.BASEMAP_CREDIT,
        "credit_url": settings.BASEMAP_CREDIT_URL,
    }
