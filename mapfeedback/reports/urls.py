from django.urls import path

from mapfeedback.reports import views

app_name = "reports"
urlpatterns = [
    path("<slug:division>/counts.json", views.counts, name="counts"),
]
