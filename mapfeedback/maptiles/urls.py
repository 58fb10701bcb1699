from django.urls import URLPattern

app_name = "maptiles"
urlpatterns: list[URLPattern] = []
