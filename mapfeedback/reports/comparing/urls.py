"""Ways to compare. What is compared stands in the query string, so that a comparison can be sent to somebody."""

from django.urls import path

from mapfeedback.reports.comparing import views

app_name = "compare"
urlpatterns = [
    path("", views.index, name="index"),
    path("periods/", views.periods, name="periods"),
    path("periods.csv", views.periods_csv, name="periods_csv"),
    path("districts/", views.districts, name="districts"),
    path("districts.csv", views.districts_csv, name="districts_csv"),
]
