from django.urls import path

from mapfeedback.moderation import views

app_name = "moderation"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("photos/<uuid:public_id>/", views.photo, name="photo"),
    path("<uuid:public_id>/", views.decide, name="decide"),
]
