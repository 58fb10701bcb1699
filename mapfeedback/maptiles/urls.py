"""Tiles made from our own data."""

from django.urls import path

from mapfeedback.maptiles import views

app_name = "maptiles"
urlpatterns = [
    path("pins/<int:z>/<int:x>/<int:y>.json", views.pins, name="pins"),
    path("pins/<int:z>/<int:x>/<int:y>.mvt", views.vector, name="vector"),
]
