"""Bringing borders in, step by step. Each step has its own address and leads on to where the import stands."""

import uuid
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from areas import drawing
from areas.actions import NotInForce
from areas.models import Area
from layers.views.guarding import planner, planners_only
from mapfeedback.accounts.rules import may_plan
from mapfeedback.borders import actions, keeping, rules, telling, weighing
from mapfeedback.borders.forms import AdoptForm, UnderstoodForm, UploadForm
from mapfeedback.borders.guarding import bringers_only
from mapfeedback.borders.models import BorderImport
from mapfeedback.borders.querysets import somebody_is_at_work
from mapfeedback.web import largest_body

State = BorderImport.State

#: The page that shows an import in this state.
PAGE_OF: Final = {
    State.UPLOADED: "borders:progress",
    State.READING: "borders:progress",
    State.ASKS: "borders:understood",
    State.REFUSED: "borders:refused",
    State.READY: "borders:preview",
    State.ADOPTING: "borders:progress",
    State.IN_FORCE: "borders:done",
    State.TAKEN_BACK: "borders:done",
    State.GIVEN_UP: "borders:done",
}


@require_safe
@planners_only
def index(request: HttpRequest) -> HttpResponse:
    """The divisions of the person's cities with their editions, and what is under way."""
    person = planner(request)
    context = {
        "cities": weighing.history(person),
        "associations": weighing.own_areas(person),
        "under_way": BorderImport.objects.of_cities().handled_by(person).open().with_names(),
        "trail": _trail(_("Borders")),
    }
    return render(request, "borders/index.html", context)


@largest_body(settings.BORDERS_UPLOAD_MAX_BYTES + 1024 * 1024, only_for=may_plan)
@require_http_methods(["GET", "HEAD", "POST"])
@planners_only
def new(request: HttpRequest) -> HttpResponse:
    """Upload a file; it is read in the background."""
    person = planner(request)
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = UploadForm(*sent, person=person, initial=_begun(request))
    if form.is_valid():
        try:
            made = actions.receive(
                upload=form.cleaned_data["file"],
                target=form.target,
                language=translation.get_language() or settings.LANGUAGE_CODE,
                now=timezone.now(),
                actor=person,
            )
            return redirect("borders:progress", made.public_id)
        except actions.AnotherUnderWay as other:
            return _busy(request, other)
        except keeping.NoRoom:
            form.add_error("file", _("There is no room on the server's disk for this file. Tell whoever runs it."))
    under_way = BorderImport.objects.of_cities().handled_by(person).open().with_names()
    context = {"form": form, "under_way": under_way, "trail": _trail(_("Bring new borders"))}
    return render(request, "borders/new.html", context, status=422 if form.errors else 200)


@require_safe
@bringers_only
def where_it_stands(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _on(rules.import_to_handle(request.user, public_id))


@require_safe
@bringers_only
def progress(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What the worker is doing; the page asks again by itself, also without a script."""
    shown = rules.import_to_handle(request.user, public_id)
    if PAGE_OF[State(shown.state)] != "borders:progress":
        return _on(shown)
    return render(request, "borders/progress.html", {**_about(shown, 1), **_progress(shown)})


@require_safe
@bringers_only
def progress_json(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    shown = rules.import_to_handle(request.user, public_id)
    told = _progress(shown)
    ended = PAGE_OF[State(shown.state)] != "borders:progress" or told["interrupted"]
    return JsonResponse({"step": told["step"], "percent": told["percent"], "ended": ended})


@require_http_methods(["GET", "HEAD", "POST"])
@bringers_only
def understood(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What was understood, and what a person says to it: another word has the file read again."""
    shown = rules.import_to_handle(request.user, public_id)
    if shown.state not in (State.ASKS, State.READY, State.REFUSED) or not shown.seen.get("format"):
        return _on(shown)
    seen = weighing.seen_of(shown)
    form = UnderstoodForm(request.POST if request.method == "POST" else None, border_import=shown, seen=seen)
    if form.is_valid():
        if shown.state == State.READY and not form.has_changed():
            return redirect("borders:preview", shown.public_id)
        return _read_again(request, shown, form.chosen)
    context = {**_about(shown, 2), "form": form, "seen": seen, "system": telling.system(seen.crs) if seen.crs else ""}
    return render(request, "borders/understood.html", context, status=422 if form.errors else 200)


@require_safe
@bringers_only
def refused(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Why the file cannot go in, and what to export instead."""
    shown = rules.import_to_handle(request.user, public_id)
    if shown.state != State.REFUSED:
        return _on(shown)
    return render(request, "borders/refused.html", {**_about(shown, 2), "may_choose": bool(shown.seen.get("columns"))})


@require_safe
@bringers_only
def preview(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The draft on the map beside the borders in force, with all that was found."""
    shown = rules.import_to_handle(request.user, public_id)
    if shown.state != State.READY:
        return _on(shown)
    seen = weighing.seen_of(shown)
    areas = weighing.areas_beside(shown)
    groups = telling.groups(shown.report)
    context = {
        **_about(shown, 3),
        "seen": seen,
        "system": telling.system(seen.crs) if seen.crs else "",
        "groups": groups,
        "points": sum(group.count for group in groups),
        "areas": areas,
        "square_kilometres": sum(area.km2 for area in areas),
        "bounds": weighing.bounds(shown),
        "in_force": shown.division.editions.in_force().first() if shown.division else None,
    }
    return render(request, "borders/preview.html", context)


@require_safe
@bringers_only
def draft(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The draft's areas with every corner, for those who may decide on it."""
    shown = rules.import_to_handle(request.user, public_id)
    text = drawing.boundaries(Area.objects.filter(edition=shown.edition_id), year=timezone.localdate().year)
    return HttpResponse(text, content_type="application/geo+json")


@require_safe
@bringers_only
def findings(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Where to look: each finding that has a shape, with its number in the report."""
    shown = rules.import_to_handle(request.user, public_id)
    return JsonResponse(weighing.findings_on_the_map(shown), content_type="application/geo+json")


@require_http_methods(["GET", "HEAD", "POST"])
@bringers_only
def adopt(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What changes for messages and districts; with a yes, the borders are put in force."""
    shown = rules.import_to_handle(request.user, public_id)
    if shown.state != State.READY:
        return _on(shown)
    form = AdoptForm(request.POST if request.method == "POST" else None, asks=bool(shown.report.get("to_agree")))
    if form.is_valid():
        try:
            actions.adopt(border_import=shown, now=timezone.now(), actor=planner(request))
        except actions.NotNow:
            messages.info(request, _("Somebody else has moved this on meanwhile."))
        return redirect("borders:import", shown.public_id)
    context = {**_about(shown, 4), "form": form, "changes": shown.changes, "to_agree": shown.report.get("to_agree", [])}
    return render(request, "borders/adopt.html", context, status=422 if form.errors else 200)


@require_safe
@bringers_only
def done(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """How it ended, with the way back where there is one."""
    shown = rules.import_to_handle(request.user, public_id)
    if PAGE_OF[State(shown.state)] != "borders:done":
        return _on(shown)
    return render(request, "borders/done.html", _about(shown, 0))


@require_POST
@bringers_only
def read_again(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Go on after the worker was interrupted: read anew, or finish what was being adopted."""
    shown = rules.import_to_handle(request.user, public_id)
    if shown.state == State.ADOPTING:
        try:
            actions.adopt(border_import=shown, now=timezone.now(), actor=planner(request))
        except actions.NotNow:  # it was finished, or refused, between the look and the click
            messages.info(request, _("Somebody else has moved this on meanwhile."))
        return redirect("borders:import", shown.public_id)
    return _read_again(request, shown, shown.choices)


@require_POST
@bringers_only
def give_up(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    shown = rules.import_to_handle(request.user, public_id)
    try:
        actions.give_up(border_import=shown, now=timezone.now())
        messages.success(request, _("Given up. The file was thrown away; the borders in force were not touched."))
    except actions.NotNow:
        messages.info(request, _("Somebody else has moved this on meanwhile."))
        return redirect("borders:import", shown.public_id)
    if shown.organisation is not None:
        return redirect("borders:own_area", shown.organisation.slug)
    return redirect("borders:index")


@require_http_methods(["GET", "HEAD", "POST"])
@planners_only
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo: the borders before come back exactly as they were."""
    edition = rules.edition_to_take_back(request.user, pk)
    if request.method == "POST":
        try:
            actions.take_back(edition=edition, now=timezone.now(), actor=planner(request))
            messages.success(request, _("Taken back. The borders before are in force again."))
        except NotInForce:
            messages.info(request, _("Somebody else has moved this on meanwhile."))
        return redirect("borders:index")
    context = {"edition": edition, "before": weighing.edition_before(edition), "trail": _trail(_("Take back"))}
    return render(request, "borders/take_back.html", context)


def _on(border_import: BorderImport) -> HttpResponse:
    return redirect(PAGE_OF[State(border_import.state)], border_import.public_id)


def _read_again(request: HttpRequest, border_import: BorderImport, choices: dict[str, Any]) -> HttpResponse:
    try:
        actions.read_again(border_import=border_import, choices=choices, now=timezone.now())
    except actions.NotNow:
        messages.info(request, _("Somebody else has moved this on meanwhile."))
        return redirect("borders:import", border_import.public_id)
    except actions.AnotherUnderWay as other:
        return _busy(request, other)
    return redirect("borders:progress", border_import.public_id)


def _busy(request: HttpRequest, other: actions.AnotherUnderWay) -> HttpResponse:
    context = {"other": other.args[0], "trail": _trail(_("Other borders are being brought in"))}
    return render(request, "borders/busy.html", context, status=409)


def _begun(request: HttpRequest) -> dict[str, Any]:
    """What is filled in before a person starts: the division they came from, or a refused import's own words."""
    begun: dict[str, Any] = {"valid_from": timezone.localdate(), "division": request.GET.get("division", "")}
    own = BorderImport.objects.of_cities().handled_by(request.user).with_names().filter(state=State.REFUSED)
    refused = next((one for one in own if str(one.public_id) == request.GET.get("again")), None)
    if refused is not None:
        begun |= refused.new_division
        begun |= {"valid_from": refused.valid_from, "municipality": refused.municipality.slug}
        begun["division"] = refused.division.slug if refused.division else "new"
    return begun


def _progress(border_import: BorderImport) -> dict[str, Any]:
    working = border_import.state in (State.READING, State.ADOPTING) and bool(border_import.step)
    return {
        "step": weighing.step_name(border_import.step) if working else _("Waiting for its turn"),
        "percent": weighing.percent_in_all(border_import),
        "interrupted": working and not somebody_is_at_work(border_import.pk),
    }


def _about(border_import: BorderImport, step: int) -> dict[str, Any]:
    return {"import": border_import, "at_step": step, "trail": _trail_to(border_import)}


def _trail_to(border_import: BorderImport) -> list[tuple[str, str]]:
    mine = border_import.organisation
    if mine is None:
        return _trail(border_import.division_name)
    return [
        (_("Your association's area"), reverse("borders:own_area", args=[mine.slug])),
        (border_import.division_name, ""),
    ]


def _trail(here: str) -> list[tuple[str, str]]:
    trail = [(_("Planning desk"), reverse("layers:desk"))]
    if here != _("Borders"):
        trail.append((_("Borders"), reverse("borders:index")))
    return [*trail, (here, "")]
