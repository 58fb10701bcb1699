"""Addresses for a real web server: rows without end, rows that break off, and how much memory its process took."""

import resource

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path

from mapfeedback.opendata.copying import BROKEN_OFF
from mapfeedback.opendata.streaming import Copying
from mapfeedback.opendata.views import streamed

HEAD = b"n,x\n"
#: Seconds for which a reader of this server may take nothing.
PATIENCE = 3


def endless(request: HttpRequest) -> HttpResponseBase:
    """`?n=` rows of 200 bytes, and `?bad=` the number of the row on which the database fails."""
    statement = "SELECT 1 / (n - %s), repeat('x', 200) FROM (SELECT generate_series(1, %s) AS n) AS counting"
    values = (int(request.GET.get("bad", 0)), int(request.GET["n"]))
    rows = Copying(statement, values, "FORMAT csv", before=HEAD, broken=BROKEN_OFF)
    return streamed(request, rows, "rows.csv", "text/csv")


def memory(request: HttpRequest) -> HttpResponse:
    """The most that this process ever took, in kB."""
    return HttpResponse(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))


urlpatterns = [path("rows.csv", endless), path("memory", memory)]
