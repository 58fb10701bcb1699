"""An association's own area: drawn, united from districts or uploaded, and taken out of use again."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.gis.db.models import Extent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from areas.actions import NotInForce
from areas.models import Area, Division, Edition
from layers.views.guarding import planner as person_of
from mapfeedback.accounts.models import Organisation
from mapfeedback.borders import actions, keeping, rules
from mapfeedback.borders.guarding import bringers_only, speaks_for_associations
from mapfeedback.borders.models import BorderImport
from mapfeedback.borders.own_forms import MOST_BYTES, OwnAreaForm
from mapfeedback.geo import BBox
from mapfeedback.web import largest_body


@require_safe
@bringers_only
def own_areas(request: HttpRequest) -> HttpResponse:
    """The person's associations; with one alone, straight to its area."""
    mine = rules.own_associations(request.user)
    if len(mine) == 1:
        return redirect("borders:own_area", mine[0].slug)
    return render(request, "borders/own_areas.html", {"associations": mine})


@largest_body(MOST_BYTES + 1024 * 1024, only_for=speaks_for_associations)
@require_http_methods(["GET", "HEAD", "POST"])
@bringers_only
def own_area(request: HttpRequest, slug: str) -> HttpResponse:
    """The association's area as it is, and the form for a new one; it is read in the background."""
    mine = rules.association_to_draw_for(request.user, slug)
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = OwnAreaForm(*sent, organisation=mine, initial=_begun(mine))
    if form.is_valid():
        try:
            made = actions.receive(
                upload=form.upload,
                target=form.target(timezone.localdate()),
                language=translation.get_language() or settings.LANGUAGE_CODE,
                now=timezone.now(),
                actor=person_of(request),
                way=form.way,
                choices=form.choices,
            )
            return redirect("borders:progress", made.public_id)
        except actions.AnotherUnderWay:
            form.add_error(None, _("Borders of your association are being made already. Finish them or give them up."))
        except keeping.NoRoom:
            form.add_error(None, _("There is no room on the server's disk for this file. Tell whoever runs it."))
    return render(request, "borders/own_area.html", _about(mine, form), status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@bringers_only
def end_own_area(request: HttpRequest, slug: str) -> HttpResponse:
    """Take the association's area out of use; its pages stay and say so."""
    theirs = rules.association_to_end(request.user, slug)
    division = theirs.own_division
    if request.method == "POST" and division is not None:
        try:
            actions.end_own(organisation=theirs, now=timezone.now(), actor=person_of(request))
            messages.success(request, _("The area is out of use. Its reports stay where they were."))
        except NotInForce:
            messages.info(request, _("Somebody else has moved this on meanwhile."))
        return redirect("reports:divisions")
    return render(request, "borders/end_own_area.html", {"organisation": theirs, "division": division})


def _begun(mine: Organisation) -> dict[str, Any]:
    division = mine.own_division
    return {} if division is None else {"name_fi": division.name_fi, "name_sv": division.name_sv}


def _about(mine: Organisation, form: OwnAreaForm) -> dict[str, Any]:
    main = Division.objects.main().in_force().filter(municipality=mine.municipality).first()
    in_force = Edition.objects.in_force().filter(division__drawn_by=mine).select_related("division").first()
    # Where it is at home: its area in use, else the districts it belongs to, else the whole city.
    current = Area.objects.current()
    home = [current.filter(edition__division__drawn_by=mine), current.filter(pk__in=mine.areas.all())]
    boxes = [areas.order_by().aggregate(box=Extent("boundary"))["box"] for areas in home]
    box = next(filter(None, boxes), mine.municipality.outline.extent)
    return {
        "organisation": mine,
        "form": form,
        "in_force": in_force,
        "under_way": BorderImport.objects.open().filter(organisation=mine).with_names().first(),
        "main": main,
        "bounds": str(BBox(*box)),
    }
