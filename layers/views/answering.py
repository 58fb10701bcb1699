"""Answering: write, look at exactly who gets it, publish; leave one out, give one by hand, take all back."""

import re
import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from layers import actions, linking, rules, underway
from layers.forms import ResponseForm
from layers.models import Response, ResponseLink
from layers.querysets import held_by
from layers.views.desk import selected
from layers.views.guarding import planner, planners_only
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.listing import first_of, listed
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.web import BadQuery

PAGE = 50
#: What an action says when somebody was quicker, or is still at it.
NOT_NOW = (actions.NotAllowed, linking.Busy)
IDENTIFIER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@require_http_methods(["GET", "HEAD", "POST"])
@planners_only
def answer_shape(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Write an answer to everything said inside one shape, narrowed by the filter in the address."""
    shape = rules.shape_to_answer(request.user, public_id)
    plan = shape.layer.plan
    narrowing = PinFilter.parse(request.GET)
    form = _form(request)
    if form.is_valid():
        draft = actions.draft_response(
            municipality=plan.municipality,
            plan=plan,
            words=form.words,
            scopes=[actions.Scope(shape=shape, filter_query=narrowing.query())],
            now=timezone.now(),
            actor=planner(request),
        )
        return redirect("layers:response", draft.public_id)
    pins = narrowing.apply(held_by(linking.public_pins(plan.municipality_id), shape.geom))
    context = {
        "shape": shape,
        "plan": plan,
        "trail": [(plan.name, reverse("layers:plan_desk", args=[plan.slug])), (_("Answer"), "")],
    }
    return _writing(request, form, pins, context)


@require_http_methods(["GET", "HEAD", "POST"])
@planners_only
def answer_selection(request: HttpRequest) -> HttpResponse:
    """Write an answer to what a filter finds; the filter in the address is the answer's scope."""
    chosen = PinFilter.parse(request.GET)
    pins = selected(request.user, chosen)
    places = [place for place in rules.planned_municipalities(request.user) if pins.filter(municipality=place).exists()]
    if not chosen or len(places) != 1:
        raise BadQuery("area", _("Choose first which messages you answer, in one municipality."))
    form = _form(request)
    if form.is_valid():
        draft = actions.draft_response(
            municipality=places[0],
            words=form.words,
            scopes=[actions.Scope(filter_query=chosen.query())],
            now=timezone.now(),
            actor=planner(request),
        )
        return redirect("layers:response", draft.public_id)
    back = f"{reverse('layers:pins')}?{chosen.query()}"
    return _writing(request, form, pins, {"trail": [(_("Messages"), back), (_("Answer"), "")]})


@require_http_methods(["GET", "HEAD", "POST"])
@planners_only
def edit(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Other words for a draft."""
    draft = rules.response_to_change(request.user, public_id)
    try:
        underway.refuse_meanwhile(draft)
        actions.refuse_unless_draft(draft)
    except NOT_NOW as refused:
        return _not_now(request, draft, refused)
    form = _form(request, draft)
    if form.is_valid():
        actions.revise_response(response=draft, words=form.words, now=timezone.now(), actor=planner(request))
        return redirect("layers:response", public_id)
    trail = [(draft.summary, reverse("layers:response", args=[public_id])), (_("Edit"), "")]
    return _writing(request, form, linking.recipients(draft), {"response": draft, "trail": trail})


@require_safe
@planners_only
def response(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """An answer and exactly who gets it: a preview while it is a draft, the record once it is published."""
    shown = rules.response_to_change(request.user, public_id)
    job = underway.of(shown)
    if job is not None and not job.failed:
        return _wait(request, shown, job)
    page, receivers = _receivers(request, shown)
    links = shown.links.filter(pin__in=linking.public_pins(shown.municipality_id))
    left_out = links.filter(how=ResponseLink.How.EXCLUDED).count()
    context = {
        "response": shown,
        "failed": job,
        "scopes": shown.scopes.select_related("shape__layer__plan").defer("shape__geom", "shape__properties"),
        "page": page,
        "links": receivers,
        # The list holds those left out too, so that they can be let in again.
        "receivers": page.paginator.count - left_out,
        "newer": f"?page={page.previous_page_number()}" if page.has_previous() else "",
        "older": f"?page={page.next_page_number()}" if page.has_next() else "",
        "trail": [(_("Planning desk"), reverse("layers:desk")), (shown.summary, "")],
    }
    return render(request, "layers/response.html", context)


@require_safe
@planners_only
def progress(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """For the page of an answer that the worker has: whether it is done."""
    job = underway.of(rules.response_to_change(request.user, public_id))
    return JsonResponse({"ended": job is None or job.failed})


@require_POST
@planners_only
def publish(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    draft = rules.response_to_change(request.user, public_id)
    try:
        reached = underway.publish(response=draft, now=timezone.now(), actor=planner(request))
    except actions.PlanNotPublic:
        messages.error(request, _("Publish the plan first. Then the answer can name it."))
        return redirect("layers:response", public_id)
    except NOT_NOW as refused:
        return _not_now(request, draft, refused)
    if reached is not None:
        messages.success(
            request,
            ngettext(
                "Published. %(count)d message shows this answer now.",
                "Published. %(count)d messages show this answer now.",
                reached,
            )
            % {"count": reached},
        )
    return redirect("layers:response", public_id)


@require_POST
@planners_only
def withdraw(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    published = rules.response_to_change(request.user, public_id)
    try:
        had_it = underway.withdraw(response=published, now=timezone.now(), actor=planner(request))
    except NOT_NOW as refused:
        return _not_now(request, published, refused)
    if had_it is not None:
        messages.success(request, _("The answer was taken back. No message shows it any more."))
    return redirect("layers:response", public_id)


@require_POST
@planners_only
def discard(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    draft = rules.response_to_change(request.user, public_id)
    try:
        underway.refuse_meanwhile(draft)
        actions.discard_response(response=draft, now=timezone.now(), actor=planner(request))
    except NOT_NOW as refused:
        return _not_now(request, draft, refused)
    messages.success(request, _("The draft was thrown away."))
    return redirect("layers:desk")


@require_POST
@planners_only
def exclude(request: HttpRequest, public_id: uuid.UUID, pin_id: uuid.UUID) -> HttpResponse:
    """Leave one message out."""
    answer = rules.response_to_change(request.user, public_id)
    pin = get_object_or_404(linking.public_pins(answer.municipality_id), public_id=pin_id)
    try:
        underway.refuse_meanwhile(answer)
        actions.exclude_pin(response=answer, pin=pin, now=timezone.now(), actor=planner(request))
    except NOT_NOW as refused:
        return _not_now(request, answer, refused)
    messages.success(request, _("This message no longer gets the answer: %(title)s") % {"title": pin.headline})
    return redirect("layers:response", public_id)


@require_POST
@planners_only
def include(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Give one message the answer by hand: `pin` is its address, or the code at its end."""
    answer = rules.response_to_change(request.user, public_id)
    code = IDENTIFIER.search(request.POST.get("pin", "")[:500])
    pins = linking.public_pins(answer.municipality_id)
    pin = pins.filter(public_id=code[0]).first() if code else None
    if pin is None:
        messages.error(request, _("No such message was found. Copy the address of the message's page."))
        return redirect("layers:response", public_id)
    try:
        underway.refuse_meanwhile(answer)
        actions.include_pin(response=answer, pin=pin, now=timezone.now(), actor=planner(request))
    except NOT_NOW as refused:
        return _not_now(request, answer, refused)
    messages.success(request, _("This message gets the answer: %(title)s") % {"title": pin.headline})
    return redirect("layers:response", public_id)


def _form(request: HttpRequest, draft: Response | None = None) -> ResponseForm:
    if draft is not None:
        begun = {name: getattr(draft, name) for name in ResponseForm.base_fields}
    else:
        begun = ResponseForm.begun_by(request.user)
    return ResponseForm(request.POST if request.method == "POST" else None, initial=begun)


def _writing(request: HttpRequest, form: ResponseForm, pins: PinQuerySet, more: dict[str, object]) -> HttpResponse:
    context = {"form": form, "count": pins.count(), "pins": first_of(pins, 5), **more}
    return render(request, "layers/answer.html", context, status=422 if form.errors else 200)


def _receivers(request: HttpRequest, shown: Response) -> tuple["Page[Any]", list[ResponseLink]]:
    """One page of links: those that are, or for a draft those that publishing would make."""
    number = request.GET.get("page")
    if shown.state != Response.State.DRAFT:
        links = shown.links.for_lists(linking.public_pins(shown.municipality_id))
        page: Page[Any] = Paginator(links, PAGE).get_page(number)
        there = {link.pin_id: link for link in page}
        for pin in listed(list(there)):
            there[pin.pk].pin = pin
        return page, list(there.values())
    by_hand = {link.pin_id: link for link in shown.links.all()}
    page = Paginator(
        linking.considered(shown).order_by("-placed_at", "-pk").values_list("pk", flat=True), PAGE
    ).get_page(number)
    to_be = [
        ResponseLink(
            response=shown,
            pin=pin,
            how=by_hand[pin.pk].how if pin.pk in by_hand else ResponseLink.How.INHERITED,
        )
        for pin in listed(list(page))
    ]
    return page, to_be


def _wait(request: HttpRequest, shown: Response, job: underway.Job) -> HttpResponse:
    """The worker is at it; the page asks again by itself, also without a script."""
    trail = [(_("Planning desk"), reverse("layers:desk")), (shown.summary, "")]
    return render(request, "layers/underway.html", {"response": shown, "job": job, "trail": trail})


def _not_now(request: HttpRequest, answer: Response, refused: Exception) -> HttpResponse:
    """Somebody was quicker, or the page was old: say how it stands instead of doing half a thing."""
    if isinstance(refused, linking.Busy):
        messages.error(
            request,
            _("Another answer is just being given to very many messages. Nothing was changed. Try again in a minute."),
        )
    else:
        messages.error(request, _("This is not possible any more. Here is how the answer stands now."))
    return redirect("layers:response", answer.public_id)
