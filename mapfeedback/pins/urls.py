from django.urls import URLPattern

app_name = "pins"
urlpatterns: list[URLPattern] = []
