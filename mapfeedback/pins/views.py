"""Saying something, reading it, and the author's own page behind the secret link."""

import json
import uuid
from contextlib import suppress
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from areas.drawing import core
from areas.models import Division, Municipality
from mapfeedback.accounts.models import User
from mapfeedback.accounts.rules import may_moderate
from mapfeedback.pins import actions
from mapfeedback.pins.forms import PinForm, TextForm
from mapfeedback.pins.history import history_of
from mapfeedback.pins.listing import first_of
from mapfeedback.pins.models import Channel, Photo, Pin, Visibility
from mapfeedback.pins.photos.actions import MOST_ON_A_PIN, NotThere, TooManyPhotos, add_photos, remove_photo
from mapfeedback.pins.photos.forms import LARGEST_BODY, PhotosForm
from mapfeedback.pins.photos.keeping import NoRoom
from mapfeedback.pins.photos.views import PRIVATE, answer
from mapfeedback.pins.support import device, limits
from mapfeedback.pins.support.actions import Supporter, agrees
from mapfeedback.pins.support.limits import TooMany
from mapfeedback.pins.touching import shares_in_words
from mapfeedback.uploading import uploads_lost
from mapfeedback.web import largest_body, problem

TOKEN_LENGTH = 32
#: So many of a person's own messages are listed.
OWN = 500


@never_cache
@require_safe
def new(request: HttpRequest) -> HttpResponse:
    """The form, empty or begun by a link (`?consultation=…&place=…&kind=…`)."""
    begun = {name: request.GET[name] for name in ("consultation", "place", "kind", "category") if name in request.GET}
    return _form(request, PinForm(person=request.user, initial=begun))


@largest_body(LARGEST_BODY)
@require_http_methods(["GET", "HEAD", "POST"])
def place(request: HttpRequest) -> HttpResponse:
    """Store it and lead to the author's own page; a refused form comes back with all that was typed.

    A refused form stands at this address, so that reading it (another language chosen there) leads to a fresh form.
    """
    if request.method != "POST":
        return redirect("pins:new")
    form = PinForm(request.POST, request.FILES, person=request.user)
    if not form.is_valid():
        return _form(request, form, status=422)
    try:
        placed = actions.place_pin(**form.cleaned, author=_user(request), now=timezone.now())
    except actions.OtherWords:
        again = request.POST.copy()
        again["key"] = str(uuid.uuid4())
        form = PinForm(again, request.FILES, person=request.user)
        form.add_error(None, _("This form was sent already with other words or photos. Check them and send it again."))
        return _form(request, form, status=422)
    lost = placed.photos_lost or uploads_lost(request)
    return redirect(reverse("pins:mine", args=[placed.token]) + ("?photos=lost" if lost else ""))


@largest_body(256 * 1024)
@csrf_exempt  # no cookie counts here: the answer belongs to whoever holds the idempotency key
@require_POST
def place_json(request: HttpRequest) -> HttpResponse:
    """The same for machines: JSON in, `Idempotency-Key` header taken as the key, 201 (200 when repeated)."""
    try:
        body = json.loads(request.body)
        json.dumps(body, ensure_ascii=False).encode()  # JSON can spell half a character, which no text can hold
    except (ValueError, RecursionError):
        return problem(request, 400, _("The body is not JSON."))
    if not isinstance(body, dict):
        return problem(request, 400, _("The body is not a JSON object."))
    given: dict[str, Any] = {name: value for name, value in body.items() if isinstance(value, str | bool | int)}
    if isinstance(body.get("geometry"), dict):
        given["geometry"] = json.dumps(body["geometry"])
    given["key"] = request.headers.get("Idempotency-Key") or given.get("key")
    form = PinForm(given, person=AnonymousUser())
    if not form.is_valid():
        return problem(request, 422, _("Some fields need correcting."), errors=form.errors.get_json_data())
    try:
        placed = actions.place_pin(**form.cleaned | {"channel": Channel.API}, now=timezone.now())
    except actions.OtherWords:
        return problem(request, 422, _("This Idempotency-Key was used for another contribution."))
    return JsonResponse(
        {
            "id": placed.pin.public_id,
            "url": request.build_absolute_uri(placed.pin.get_absolute_url()),
            "secret_url": request.build_absolute_uri(reverse("pins:mine", args=[placed.token])),
            "visibility": placed.pin.visibility,
        },
        status=200 if placed.repeated else 201,
    )


@require_safe
def pin(request: HttpRequest, public_id: str) -> HttpResponse:
    """One contribution with its place, its photos, its history and what the city answered."""
    return pin_page(request, get_object_or_404(Pin.objects.readable_by(request.user).for_pages(), public_id=public_id))


@never_cache  # it says whether this reader agrees, and its form's key is for one reader
def pin_page(request: HttpRequest, shown: Pin, *, refused: TooMany | None = None) -> HttpResponse:
    """The page of a pin that this person may read (from `for_pages`); `refused` says why a support was not counted."""
    support = {
        "agrees": agrees(shown, Supporter(_user(request), device.known(request))),
        "own": shown.author_id is not None and shown.author_id == request.user.pk,
        "key": device.fresh_key(),
        "refused": refused,
    }
    photos = {
        "photos": Photo.objects.on_page_of(shown, request.user),
        "may_decide": may_moderate(request.user, shown.municipality_id),
    }
    page = render(request, "pins/pin.html", _about(shown) | support | photos, status=429 if refused else 200)
    if refused:
        page["Retry-After"] = int(limits.HOUR.total_seconds())
    return page


@never_cache
@login_required
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """What the signed-in person has said, newest first, whatever its state."""
    pins = Pin.objects.filter(author=_user(request)).exclude(visibility=Visibility.WITHDRAWN)
    return render(request, "pins/own.html", {"pins": first_of(pins, OWN)})


@never_cache
@require_GET
def mine(request: HttpRequest, token: str) -> HttpResponse:
    """The author's page: what happened to it, correct it, take it back. Whoever holds the link may."""
    held = _by_token(token)
    return _own_page(request, held, token)


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, token: str) -> HttpResponse:
    held = _by_token(token)
    if request.method != "POST" or held.visibility == Visibility.WITHDRAWN:
        return redirect("pins:mine", token)
    form = TextForm(request.POST)
    if not form.is_valid():
        return _own_page(request, held, token, form=form, status=422)
    actions.correct_text(pin=held, title=held.title, text=form.cleaned_data["text"], now=timezone.now())
    return redirect("pins:mine", token)


@require_POST
def withdraw(request: HttpRequest, token: str) -> HttpResponse:
    actions.withdraw_pin(pin=_by_token(token), now=timezone.now())
    return redirect("pins:mine", token)


@largest_body(LARGEST_BODY)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, token: str) -> HttpResponse:
    """Further photos for a message; a refused file is named, with what to do."""
    held = _by_token(token)
    if request.method != "POST" or held.visibility == Visibility.WITHDRAWN:
        return redirect("pins:mine", token)
    form = PhotosForm(request.POST, request.FILES, room=MOST_ON_A_PIN)
    no_room = _("There is no room for photos on our disk just now. Try again later.")
    if uploads_lost(request):
        form.fields["photos"].required = False  # one was chosen, only it is not here
        form.add_error("photos", no_room)
    elif form.is_valid():
        try:
            add_photos(pin=held, pictures=form.pictures, now=timezone.now(), actor=_user(request))
            return redirect(reverse("pins:mine", args=[token]) + "#photos")
        except NotThere:
            return redirect("pins:mine", token)
        except TooManyPhotos:
            form.add_error("photos", form.fields["photos"].too_many())  # type: ignore[attr-defined]
        except NoRoom:
            form.add_error("photos", no_room)
    return _own_page(request, held, token, photos_form=form, status=422)


@require_POST
def remove(request: HttpRequest, token: str, public_id: uuid.UUID) -> HttpResponse:
    """Take a photo away for good; one that is gone already is no mistake."""
    for photo in _by_token(token).photos.filter(public_id=public_id):
        with suppress(NotThere):
            remove_photo(photo=photo, now=timezone.now(), actor=_user(request))
    return redirect(reverse("pins:mine", args=[token]) + "#photos")


@require_safe
def my_photo(request: HttpRequest, token: str, public_id: uuid.UUID, size: str) -> HttpResponse:
    """A photo for its author, who sees it in every state."""
    photo = get_object_or_404(_by_token(token).photos, public_id=public_id)
    return answer(request, photo, size, PRIVATE)


def _form(request: HttpRequest, form: PinForm, status: int = 200) -> HttpResponse:
    start = (form["consultation"].value() or "").replace("\x00", "")
    first = Municipality.objects.filter(consultations__slug=start).first() or Municipality.objects.first()
    bounds = core(first) if first else ""
    districts = " ".join(reverse("areas:division", args=[main.slug]) for main in Division.objects.main())
    context = {"form": form, "bounds": bounds, "districts": districts, "no_city": first is None}
    return render(request, "pins/new.html", context, status=status)


def _by_token(token: str) -> Pin:
    if len(token) != TOKEN_LENGTH:
        raise Http404
    return get_object_or_404(Pin.objects.for_pages(), token_hash=actions.token_hash(token))


def _about(shown: Pin) -> dict[str, Any]:
    place = None
    if shown.geom is not None:
        west, south, east, north = shown.geom.extent
        place = {"geometry": json.loads(shown.geom.json), "kind": shown.kind}
        place["view"] = f"15/{(south + north) / 2:.5f}/{(west + east) / 2:.5f}"
        place["bounds"] = f"{west - 0.006:.5f},{south - 0.003:.5f},{east + 0.006:.5f},{north + 0.003:.5f}"
    return {
        "place": place,
        "touches": shares_in_words(shown),
        "trail": [(_("Map"), "/"), (shown.headline, "")],
        "pin": shown,
        "withdrawn": shown.visibility == Visibility.WITHDRAWN,
        "history": history_of(shown),
    }


def _own_page(
    request: HttpRequest,
    held: Pin,
    token: str,
    *,
    form: TextForm | None = None,
    photos_form: PhotosForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The address is the key to this page: keep it out of others' referrers and of search engines.

    Not `no-referrer`: with it a browser sends `Origin: null`, and the page's own forms would be refused.
    """
    photos = list(held.photos.all())
    room = MOST_ON_A_PIN - len(photos)
    about = _about(held) | {
        "form": form or TextForm(initial={"text": held.text}),
        "photos": photos,
        "photos_form": photos_form or (PhotosForm(room=room) if room > 0 else None),
        "photos_lost": request.GET.get("photos") == "lost" and not photos,
        "token": token,
        "link": request.build_absolute_uri(reverse("pins:mine", args=[token])),
    }
    page = render(request, "pins/mine.html", about, status=status)
    page["Referrer-Policy"] = "same-origin"
    page["X-Robots-Tag"] = "noindex, nofollow"
    return page


def _user(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
