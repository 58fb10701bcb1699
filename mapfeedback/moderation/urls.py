from django.urls import path

from mapfeedback.moderation import views

app_name = "moderation"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("<uuid:public_id>/", views.decide, name="decide"),
]
