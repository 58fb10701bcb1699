"""Base map tiles through our own address."""

from django.urls import path

from mapfeedback.basemap import views

app_name = "basemap"
urlpatterns = [path("<int:z>/<int:x>/<int:y>.png", views.tile, name="tile")]
