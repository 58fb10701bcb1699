from django.urls import path

from mapfeedback.opendata import views

app_name = "opendata"
urlpatterns = [
    path("pins.csv", views.pins_csv, name="pins_csv"),
    path("pins.geojson", views.pins_geojson, name="pins_geojson"),
    path("pins.gpkg", views.pins_gpkg, name="pins_gpkg"),
    path("pins.atom", views.pins_atom, name="pins_atom"),
    path("pins.rss", views.pins_rss, name="pins_rss"),
]
