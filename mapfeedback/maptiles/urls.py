"""Tiles made from our own data."""

from django.urls import path

from mapfeedback.maptiles import views

app_name = "maptiles"
urlpatterns = [
    path("pins/<int:z>/<int:x>/<int:y>.json", views.pins, name="pins"),
    path("pins/<int:z>/<int:x>/<int:y>.mvt", views.vector, name="vector"),
    path("dots/<int:z>/<int:x>/<int:y>.json", views.dots, name="dots"),
    path("heat/<int:z>/<int:x>/<int:y>.json", views.heat, name="heat"),
    path("heat/scale.json", views.heat_scale, name="heat_scale"),
    path("heat/<int:grid>.html", views.densest_squares, name="densest"),
]
