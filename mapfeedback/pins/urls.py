from django.urls import path

from mapfeedback.pins import mappage, views
from mapfeedback.pins.photos.views import picture
from mapfeedback.pins.support import views as support

app_name = "pins"
urlpatterns = [
    path("", mappage.map_page, name="map"),
    path("pins/new/", views.new, name="new"),
    path("pins/", views.place, name="place"),
    path("pins/<uuid:public_id>/", views.pin, name="pin"),
    path("pins/<uuid:public_id>/support/", support.support, name="support"),
    path("pins/<uuid:public_id>/support/withdraw/", support.withdraw, name="withdraw_support"),
    path("pins/<uuid:public_id>/support.json", support.supports, name="supports"),
    path("pins/mine/", views.own, name="own"),
    path("pins/mine/<str:token>/", views.mine, name="mine"),
    path("pins/mine/<str:token>/correct/", views.correct, name="correct"),
    path("pins/mine/<str:token>/withdraw/", views.withdraw, name="withdraw"),
    path("pins/mine/<str:token>/photos/", views.add, name="add_photos"),
    path("pins/mine/<str:token>/photos/<uuid:public_id>/remove/", views.remove, name="remove_photo"),
    path("pins/mine/<str:token>/photos/<uuid:public_id>/<str:size>.jpg", views.my_photo, name="my_photo"),
    path("photos/<uuid:public_id>/<str:size>.jpg", picture, name="photo"),
    path("api/v1/pins", views.place_json, name="place_json"),
]
