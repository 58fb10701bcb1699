"""Putting the map up elsewhere."""

from django.urls import path

from mapfeedback.sharing import views

app_name = "sharing"
urlpatterns = [
    path("share/", views.share, name="share"),
    path("embed/", views.embed, name="embed"),
    path("map.svg", views.map_svg, name="map_svg"),
    path("map.png", views.map_png, name="map_png"),
]
