"""The ground as open data. Pages about areas are the reports room's, under the same addresses without an ending."""

from django.urls import path, re_path

from areas import views

SLUG = r"(?P<division>[-\w]+)"
#: Codes come from cities: anything but a slash, and the NUL that no text in PostgreSQL can hold.
CODE = r"(?P<code>[^/\x00]+)"

app_name = "areas"
urlpatterns = [
    path("at", views.at, name="at"),
    path("ground.geojson", views.ground, name="ground"),
    re_path(rf"^{SLUG}\.geojson$", views.division, name="division"),
    re_path(rf"^{SLUG}/{CODE}\.geojson$", views.area, name="area"),
]
