"""Figures of districts. Their borders as GeoJSON are the areas room's, under the same addresses with an ending."""

from django.urls import path, re_path

from areas.urls import CODE, SLUG
from mapfeedback.reports import views

app_name = "reports"
urlpatterns = [
    path("", views.divisions, name="divisions"),
    re_path(rf"^{SLUG}/$", views.division, name="division"),
    re_path(rf"^{SLUG}/counts\.json$", views.counts, name="counts"),
    re_path(rf"^{SLUG}/topics\.csv$", views.topics, name="topics"),
    re_path(rf"^{SLUG}/{CODE}/$", views.district, name="district"),
    re_path(rf"^{SLUG}/{CODE}/report\.html$", views.report_page, name="report_page"),
    re_path(rf"^{SLUG}/{CODE}/report\.map\.html$", views.report_map, name="report_map"),
    re_path(rf"^{SLUG}/{CODE}/report\.(?P<ending>csv|xlsx|geojson)$", views.report_file, name="report_file"),
]
