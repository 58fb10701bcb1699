"""The service's own addresses and `/bare`."""

import json

from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from mapfeedback.geo import point
from mapfeedback.pins.models import Pin


@csrf_exempt
def bare(request: HttpRequest) -> JsonResponse:
    """What anybody would write in Django: one ORM insert of the row, nothing checked, nothing remembered."""
    said = json.loads(request.body)
    now = timezone.now()
    pin = Pin.objects.create(
        municipality_id=said["municipality"],
        kind=said["kind"],
        category_id=said["topic"],
        text=said["text"],
        geom=point(*said["geometry"]["coordinates"]),
        precision="exact",
        placed_at=now,
        changed_at=now,
    )
    return JsonResponse({"id": pin.public_id}, status=201)


urlpatterns = [path("bare", bare), path("", include("mapfeedback.urls"))]
