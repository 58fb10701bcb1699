"""The front door: which room answers which address."""

from django.urls import include, path

from mapfeedback import web

urlpatterns = [
    path("health", web.health, name="health"),
    path("language/<str:code>/", web.set_language, name="set_language"),
    path("accounts/", include("allauth.urls")),
    path("areas/", include("areas.urls")),
    path("areas/", include("mapfeedback.reports.urls")),
    path("compare/", include("mapfeedback.reports.comparing.urls")),
    path("basemap/", include("mapfeedback.basemap.urls")),
    path("tiles/", include("mapfeedback.maptiles.urls")),
    path("borders/", include("mapfeedback.borders.urls")),
    path("moderation/", include("mapfeedback.moderation.urls")),
    path("", include("mapfeedback.pages.urls")),
    path("", include("mapfeedback.opendata.urls")),
    path("", include("mapfeedback.sharing.urls")),
    path("", include("layers.urls")),
    path("", include("mapfeedback.pins.urls")),
]

handler400 = "mapfeedback.web.bad_request"
handler403 = "mapfeedback.web.forbidden"
handler404 = "mapfeedback.web.not_found"
handler500 = "mapfeedback.web.broken"
