"""What planners do: plans, layers, answers. Each action is one transaction and leaves one journal entry."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.gis.geos import GEOSGeometry
from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify

from areas.models import Municipality
from layers import linking
from layers.models import Layer, Plan, Response, ResponseLink, ResponseScope, Shape
from mapfeedback.accounts.models import User
from mapfeedback.consultations.models import Consultation
from mapfeedback.journal.recording import record
from mapfeedback.pins.actions import mark_answered, mark_unanswered
from mapfeedback.pins.models import Pin

How = ResponseLink.How


class NotAllowed(Exception):
    """This change does not follow from the response's present state, or reaches into another municipality."""


class PlanNotPublic(Exception):
    """An answer would name a plan that the public may not see yet: publish the plan first."""


@dataclass(frozen=True, slots=True)
class NewShape:
    """A shape about to enter a layer: `geom` is a valid two-dimensional WGS84 geometry."""

    label: str
    geom: GEOSGeometry
    properties: dict[str, object]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where and to what an answer applies: a shape or a drawn WGS84 geometry, narrowed by a canonical filter query."""

    shape: Shape | None = None
    geometry: GEOSGeometry | None = None
    filter_query: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """What a response says, and in which unit's name."""

    summary: str
    effect: str
    text: str
    language: str
    signed_as: str


@transaction.atomic
def create_plan(
    *,
    municipality: Municipality,
    name_fi: str,
    kind: str,
    now: datetime.datetime,
    name_sv: str = "",
    name_en: str = "",
    about_fi: str = "",
    about_sv: str = "",
    about_en: str = "",
    record_number: str = "",
    consultation: Consultation | None = None,
    actor: User | None = None,
) -> Plan:
    """A new plan, not shown to the public yet; its address is made from the Finnish name."""
    plan = Plan.objects.create(
        slug=_free_slug(name_fi),
        municipality=municipality,
        name_fi=name_fi,
        name_sv=name_sv,
        name_en=name_en,
        about_fi=about_fi,
        about_sv=about_sv,
        about_en=about_en,
        kind=kind,
        record_number=record_number,
        consultation=consultation,
        created_at=now,
    )
    record("plan.created", plan.public_id, at=now, actor=actor, kind=kind)
    return plan


def publish_plan(*, plan: Plan, now: datetime.datetime, actor: User | None = None) -> None:
    """Show a plan to everybody. A second time changes nothing."""
    with transaction.atomic():
        if Plan.objects.filter(pk=plan.pk, is_published=False).update(is_published=True):
            record("plan.published", plan.public_id, at=now, actor=actor)


def hide_plan(*, plan: Plan, now: datetime.datetime, actor: User | None = None) -> None:
    """Take a plan's page from the public; answers that pins already have stay with them."""
    with transaction.atomic():
        if Plan.objects.filter(pk=plan.pk, is_published=True).update(is_published=False):
            record("plan.hidden", plan.public_id, at=now, actor=actor)


@transaction.atomic
def upload_layer(
    *,
    plan: Plan,
    name: str,
    shapes: Iterable[NewShape],
    source_crs: str,
    now: datetime.datetime,
    actor: User | None = None,
) -> Layer:
    """Store a plan's geometry as a layer; the same name again makes a new version and keeps the old one."""
    Plan.objects.select_for_update().get(pk=plan.pk)
    newest = plan.layers.filter(name=name).aggregate(newest=Max("version"))["newest"] or 0
    layer = Layer.objects.create(
        plan=plan, name=name, version=newest + 1, source_crs=source_crs, uploaded_at=now, uploaded_by=actor
    )
    stored = Shape.objects.bulk_create(
        [
            Shape(layer=layer, order=order, label=new.label, properties=new.properties, geom=new.geom)
            for order, new in enumerate(shapes, start=1)
        ],
        batch_size=500,
    )
    record("layer.uploaded", layer.public_id, at=now, actor=actor, version=layer.version, shapes=len(stored))
    return layer


@transaction.atomic
def draft_response(
    *,
    municipality: Municipality,
    words: Words,
    scopes: Sequence[Scope],
    now: datetime.datetime,
    plan: Plan | None = None,
    actor: User | None = None,
) -> Response:
    """An answer being prepared; it reaches nobody until published. Raises NotAllowed for another city's plan."""
    places = [scope.shape.layer.plan for scope in scopes if scope.shape] + ([plan] if plan else [])
    if not scopes or any(place.municipality_id != municipality.pk for place in places):
        raise NotAllowed
    response = Response.objects.create(
        municipality=municipality,
        plan=plan,
        summary=words.summary,
        effect=words.effect,
        text=words.text,
        language=words.language,
        signed_as=words.signed_as,
        author=actor,
        created_at=now,
    )
    ResponseScope.objects.bulk_create(
        [
            ResponseScope(
                response=response, shape=scope.shape, geometry=scope.geometry, filter_query=scope.filter_query
            )
            for scope in scopes
        ]
    )
    record("response.drafted", response.public_id, at=now, actor=actor)
    return response


@transaction.atomic
def revise_response(*, response: Response, words: Words, now: datetime.datetime, actor: User | None = None) -> Response:
    """Other words for a draft; what was published is not rewritten (NotAllowed): withdraw it and answer anew."""
    response = _locked(response, Response.State.DRAFT)
    response.summary, response.effect, response.text = words.summary, words.effect, words.text
    response.language, response.signed_as = words.language, words.signed_as
    response.save(update_fields=["summary", "effect", "text", "language", "signed_as"])
    record("response.revised", response.public_id, at=now, actor=actor)
    return response


@transaction.atomic
def discard_response(*, response: Response, now: datetime.datetime, actor: User | None = None) -> None:
    """Throw a draft away. What was published is withdrawn instead (NotAllowed)."""
    response = _locked(response, Response.State.DRAFT)
    record("response.discarded", response.public_id, at=now, actor=actor)
    response.delete()


@transaction.atomic
def publish_response(*, response: Response, now: datetime.datetime, actor: User | None = None) -> int:
    """Put a draft before everybody it covers; returns how many pins show it now.

    Pins that come into its scope later inherit it (layers.inheriting). Raises NotAllowed unless it is a draft, and
    PlanNotPublic when its plan is not published.
    """
    linking.take_turns(response.municipality_id)
    response = _locked(response, Response.State.DRAFT)
    _refuse_unpublished_plan(response)
    response.state, response.published_at = Response.State.PUBLISHED, now
    response.save(update_fields=["state", "published_at"])
    linking.materialise(response, now=now)
    reached = list(response.links.exclude(how=How.EXCLUDED).values_list("pin_id", flat=True))
    mark_answered(reached, now=now)
    record("response.published", response.public_id, at=now, actor=actor, pins=len(reached))
    return len(reached)


@transaction.atomic
def withdraw_response(*, response: Response, now: datetime.datetime, actor: User | None = None) -> int:
    """Take a published answer back: no page shows it, its links stay as a trace; returns how many pins had it.

    A pin with no other answer is open again. Raises NotAllowed unless it is published.
    """
    linking.take_turns(response.municipality_id)
    response = _locked(response, Response.State.PUBLISHED)
    response.state = Response.State.WITHDRAWN
    response.save(update_fields=["state"])
    had_it = list(response.links.exclude(how=How.EXCLUDED).values_list("pin_id", flat=True))
    mark_unanswered(linking.without_answer(had_it), now=now)
    record("response.withdrawn", response.public_id, at=now, actor=actor, pins=len(had_it))
    return len(had_it)


@transaction.atomic
def exclude_pin(*, response: Response, pin: Pin, now: datetime.datetime, actor: User | None = None) -> None:
    """Leave one pin out of an answer, for good: moving or publishing again does not bring it back."""
    _by_hand(response, pin, How.EXCLUDED, now)
    if response.state == Response.State.PUBLISHED:
        mark_unanswered(linking.without_answer([pin.pk]), now=now)
    record("link.excluded", pin.public_id, at=now, actor=actor, response=str(response.public_id))


@transaction.atomic
def include_pin(*, response: Response, pin: Pin, now: datetime.datetime, actor: User | None = None) -> None:
    """Give one pin an answer by hand, wherever it is."""
    _by_hand(response, pin, How.CHOSEN, now)
    if response.state == Response.State.PUBLISHED:
        mark_answered([pin.pk], now=now)
    record("link.chosen", pin.public_id, at=now, actor=actor, response=str(response.public_id))


def _by_hand(response: Response, pin: Pin, how: How, now: datetime.datetime) -> None:
    linking.take_turns(response.municipality_id)
    response.refresh_from_db(fields=["state"])
    if pin.municipality_id != response.municipality_id or response.state == Response.State.WITHDRAWN:
        raise NotAllowed
    ResponseLink.objects.update_or_create(
        response=response, pin=pin, defaults={"how": how, "shape": None, "linked_at": now}
    )


def refuse_unless_draft(response: Response) -> None:
    _refuse_unless(response, Response.State.DRAFT)


def refuse_unless_publishable(response: Response) -> None:
    """Raises what `publish_response` would, without waiting for anybody."""
    refuse_unless_draft(response)
    _refuse_unpublished_plan(response)


def refuse_unless_published(response: Response) -> None:
    """Raises what `withdraw_response` would, without waiting for anybody."""
    _refuse_unless(response, Response.State.PUBLISHED)


def _refuse_unless(response: Response, state: Response.State) -> None:
    if response.state != state:
        raise NotAllowed


def _refuse_unpublished_plan(response: Response) -> None:
    if response.plan is not None and not response.plan.is_published:
        raise PlanNotPublic


def _locked(response: Response, state: Response.State) -> Response:
    locked = Response.objects.select_for_update().get(pk=response.pk)
    _refuse_unless(locked, state)
    return locked


def _free_slug(name: str) -> str:
    """A slug nobody has yet: the name's own, else with the first free number."""
    wanted = slugify(name)[:40] or "plan"
    taken = {"new", *Plan.objects.filter(slug__startswith=wanted).values_list("slug", flat=True)}
    return next(slug for slug in (wanted, *(f"{wanted}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)
