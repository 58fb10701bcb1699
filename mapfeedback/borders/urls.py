from django.urls import path

from mapfeedback.borders import own_views, views

app_name = "borders"
urlpatterns = [
    path("", views.index, name="index"),
    path("new/", views.new, name="new"),
    path("own/", own_views.own_areas, name="own_areas"),
    path("own/<slug:slug>/", own_views.own_area, name="own_area"),
    path("own/<slug:slug>/end/", own_views.end_own_area, name="end_own_area"),
    path("editions/<int:pk>/take-back/", views.take_back, name="take_back"),
    path("<uuid:public_id>/", views.where_it_stands, name="import"),
    path("<uuid:public_id>/reading/", views.progress, name="progress"),
    path("<uuid:public_id>/progress.json", views.progress_json, name="progress_json"),
    path("<uuid:public_id>/understood/", views.understood, name="understood"),
    path("<uuid:public_id>/refused/", views.refused, name="refused"),
    path("<uuid:public_id>/preview/", views.preview, name="preview"),
    path("<uuid:public_id>/draft.geojson", views.draft, name="draft"),
    path("<uuid:public_id>/findings.geojson", views.findings, name="findings"),
    path("<uuid:public_id>/adopt/", views.adopt, name="adopt"),
    path("<uuid:public_id>/done/", views.done, name="done"),
    path("<uuid:public_id>/read-again/", views.read_again, name="read_again"),
    path("<uuid:public_id>/give-up/", views.give_up, name="give_up"),
]
