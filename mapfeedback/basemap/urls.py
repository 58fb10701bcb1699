from django.urls import URLPattern

app_name = "basemap"
urlpatterns: list[URLPattern] = []
