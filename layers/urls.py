from django.urls import path

from layers.views import answering, desk, plans, public

app_name = "layers"
urlpatterns = [
    path("plans/", public.plans, name="plans"),
    path("plans/<slug:slug>/", public.plan, name="plan"),
    path("plans/<slug:slug>.geojson", public.plan_geojson, name="plan_geojson"),
    path("planning/", desk.desk, name="desk"),
    path("planning/pins/", desk.pins, name="pins"),
    path("planning/plans/new/", plans.new_plan, name="new_plan"),
    path("planning/plans/<slug:slug>/", plans.plan, name="plan_desk"),
    path("planning/plans/<slug:slug>/publish/", plans.publish, name="publish_plan"),
    path("planning/plans/<slug:slug>/hide/", plans.hide, name="hide_plan"),
    path("planning/plans/<slug:slug>/layers/new/", plans.new_layer, name="new_layer"),
    path("planning/shapes/<uuid:public_id>/answer/", answering.answer_shape, name="answer_shape"),
    path("planning/responses/new/", answering.answer_selection, name="answer_selection"),
    path("planning/responses/<uuid:public_id>/", answering.response, name="response"),
    path("planning/responses/<uuid:public_id>/progress.json", answering.progress, name="response_progress"),
    path("planning/responses/<uuid:public_id>/edit/", answering.edit, name="edit_response"),
    path("planning/responses/<uuid:public_id>/publish/", answering.publish, name="publish_response"),
    path("planning/responses/<uuid:public_id>/withdraw/", answering.withdraw, name="withdraw_response"),
    path("planning/responses/<uuid:public_id>/discard/", answering.discard, name="discard_response"),
    path("planning/responses/<uuid:public_id>/exclude/<uuid:pin_id>/", answering.exclude, name="exclude_pin"),
    path("planning/responses/<uuid:public_id>/include/", answering.include, name="include_pin"),
]
