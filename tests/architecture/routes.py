"""Every address of the service and who may open it. An address without a row here fails the tests.

A row says how the address is asked, what stands in it, and which of the cast gets further than a refusal. A refusal
is 403, 404 or the way to the sign-in page. Add a row where the room's other rows are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from areas.models import Municipality
from layers.models import Plan, Response, Shape
from mapfeedback.borders.models import BorderImport
from mapfeedback.pins.models import Photo, Pin

#: The cast of tests/conftest.py. `outsider` is a planner of another municipality.
EVERYBODY: Final = frozenset({"anonymous", "resident", "member", "planner", "moderator", "officer", "outsider"})
NOBODY: Final = frozenset[str]()
SIGNED_IN: Final = EVERYBODY - {"anonymous"}
MODERATORS: Final = frozenset({"moderator", "officer"})
PLANNERS: Final = frozenset({"planner", "officer"})
#: A planner of any municipality may open a desk; what lies on it is another row.
ANY_PLANNER: Final = PLANNERS | {"outsider"}
#: The test city's main division.
DIVISION: Final = "testila-districts"


@dataclass(frozen=True, slots=True)
class World:
    """What addresses can be about, in the test city."""

    city: Municipality
    pin: Pin
    held: Pin
    #: The secret link's token of `pin`.
    token: str
    #: A checked one of `pin`, and one of another public pin that waits for a check.
    photo: Photo
    waiting: Photo
    #: Published, with one shape that holds `pin`; `unpublished` is another that the public may not see yet.
    plan: Plan
    unpublished: Plan
    shape: Shape
    #: Published and given through `shape`; `draft` is another that is still being written.
    response: Response
    draft: Response
    #: Ready to be adopted; and the key of the edition in force that it would replace.
    borders: BorderImport
    borders_in_force: int
    #: What the association of `member` prepares in place of its area in use.
    own_borders: BorderImport


@dataclass(frozen=True, slots=True)
class Row:
    who: frozenset[str]
    arguments: Callable[[World], dict[str, Any]] = lambda world: {}
    method: str = "get"
    query: str = ""
    #: Allowed people get this status; unset means any answer that is neither a refusal nor a fault of ours.
    status: int | None = None


#: Words that stand in what only these people may read. Every answer to anybody else is searched for them.
UNPUBLISHED_NAME: Final = "Kanaalikaava"
DRAFT_SUMMARY: Final = "Harkitsemme kanaalia"
HELD_NUMBER: Final = "040 123 4567"
UPLOADED_FIELD: Final = "Omistaja Oona"
DRAFTED_AREA: Final = "Salahaka"
OWN_DRAFT: Final = "Piilolahti"
WAITING_PHOTO: Final = "Rouva Rantasen ikkuna"
CANARIES: Final = {
    UNPUBLISHED_NAME: PLANNERS,
    DRAFT_SUMMARY: PLANNERS,
    HELD_NUMBER: MODERATORS,
    UPLOADED_FIELD: PLANNERS,
    DRAFTED_AREA: PLANNERS,
    OWN_DRAFT: frozenset({"member"}),
    WAITING_PHOTO: MODERATORS,
}


def association(world: World) -> dict[str, Any]:
    return {"slug": "testila-association"}


def to_own(world: World) -> dict[str, Any]:
    return {"public_id": world.own_borders.public_id}


def to_borders(world: World) -> dict[str, Any]:
    return {"public_id": world.borders.public_id}


def district(world: World) -> dict[str, Any]:
    return {"division": DIVISION, "code": "1"}


def to_waiting(world: World) -> dict[str, Any]:
    return {"public_id": world.waiting.public_id}


def my_photo(world: World) -> dict[str, Any]:
    return {"token": world.token, "public_id": world.photo.public_id}


def to_response(world: World) -> dict[str, Any]:
    return {"public_id": world.response.public_id}


def to_draft(world: World) -> dict[str, Any]:
    return {"public_id": world.draft.public_id}


ROUTES: Final[dict[str, Row]] = {
    # the front door
    "health": Row(EVERYBODY, status=200),
    "set_language": Row(EVERYBODY, lambda world: {"code": "sv"}, status=302),
    # information
    "pages:about": Row(EVERYBODY, status=200),
    "pages:accessibility": Row(EVERYBODY, status=200),
    "pages:privacy": Row(EVERYBODY, status=200),
    "pages:api": Row(EVERYBODY, status=200),
    "pages:style": Row(NOBODY),  # for staff, and while DEBUG is on
    "pages:robots": Row(EVERYBODY, status=200),
    "pages:security": Row(NOBODY),  # nothing is there until a contact is set
    # accounts (django-allauth)
    "account_login": Row(EVERYBODY),
    "account_logout": Row(EVERYBODY),
    "account_signup": Row(EVERYBODY),
    "account_inactive": Row(EVERYBODY),
    "account_request_login_code": Row(EVERYBODY),
    "account_confirm_login_code": Row(SIGNED_IN),  # for others only while a code is on its way
    "account_email_verification_sent": Row(SIGNED_IN),  # for others only while a code is on its way
    "account_reset_password": Row(EVERYBODY),
    "account_reset_password_done": Row(EVERYBODY),
    "account_reset_password_from_key": Row(EVERYBODY, lambda world: {"uidb36": "1", "key": "no-such-key"}),
    "account_reset_password_from_key_done": Row(EVERYBODY),
    "account_reauthenticate": Row(SIGNED_IN),
    "account_email": Row(SIGNED_IN),
    "account_change_password": Row(SIGNED_IN),
    "account_set_password": Row(SIGNED_IN),
    # areas
    "areas:at": Row(EVERYBODY, query="lat=61.0&lon=25.65", status=200),
    "areas:ground": Row(EVERYBODY, status=200),
    "areas:division": Row(EVERYBODY, lambda world: {"division": DIVISION}, status=200),
    "areas:area": Row(EVERYBODY, lambda world: {"division": DIVISION, "code": "1"}, status=200),
    # the map and the data
    "basemap:tile": Row(NOBODY, lambda world: {"z": 10, "x": 584, "y": 290}),  # nothing is there until one is set
    "maptiles:pins": Row(EVERYBODY, lambda world: {"z": 10, "x": 584, "y": 290}, status=200),
    "maptiles:vector": Row(EVERYBODY, lambda world: {"z": 10, "x": 584, "y": 290}, status=200),
    "maptiles:dots": Row(EVERYBODY, lambda world: {"z": 10, "x": 584, "y": 290}, status=200),
    "maptiles:heat": Row(EVERYBODY, lambda world: {"z": 10, "x": 584, "y": 290}, status=200),
    "maptiles:heat_scale": Row(EVERYBODY, status=200),
    "maptiles:densest": Row(EVERYBODY, lambda world: {"grid": 14}, status=200),
    "opendata:pins_csv": Row(EVERYBODY, status=200),
    "opendata:pins_geojson": Row(EVERYBODY, status=200),
    "opendata:pins_gpkg": Row(EVERYBODY, status=200),
    "opendata:pins_atom": Row(EVERYBODY, status=200),
    "opendata:pins_rss": Row(EVERYBODY, status=200),
    # putting the map up elsewhere
    "sharing:share": Row(EVERYBODY, status=200),
    "sharing:embed": Row(EVERYBODY, status=200),
    "sharing:map_svg": Row(EVERYBODY, status=200),
    "sharing:map_png": Row(EVERYBODY, query="size=card", status=200),
    # figures and reports
    "reports:divisions": Row(EVERYBODY, status=200),
    "reports:division": Row(EVERYBODY, lambda world: {"division": DIVISION}, status=200),
    "reports:topics": Row(EVERYBODY, lambda world: {"division": DIVISION}, status=200),
    "reports:counts": Row(EVERYBODY, lambda world: {"division": DIVISION}, status=200),
    "reports:district": Row(EVERYBODY, district, status=200),
    "reports:report_page": Row(EVERYBODY, district, status=200),
    "reports:report_map": Row(EVERYBODY, district, status=200),
    "reports:report_file": Row(EVERYBODY, lambda world: {**district(world), "ending": "csv"}, status=200),
    # comparisons
    "compare:index": Row(EVERYBODY, status=302),
    "compare:periods": Row(EVERYBODY, query=f"where={DIVISION}", status=200),
    "compare:periods_csv": Row(EVERYBODY, query=f"where={DIVISION}/1", status=200),
    "compare:districts": Row(EVERYBODY, query=f"one={DIVISION}/1&other={DIVISION}/2", status=200),
    "compare:districts_csv": Row(EVERYBODY, query=f"one={DIVISION}/1&other={DIVISION}/2", status=200),
    # pins
    "pins:map": Row(EVERYBODY, status=200),
    "pins:new": Row(EVERYBODY, status=200),
    "pins:place": Row(EVERYBODY, method="post", status=422),
    "pins:place_json": Row(EVERYBODY, method="post", status=400),
    "pins:pin": Row(EVERYBODY, lambda world: {"public_id": world.pin.public_id}, status=200),
    "pins:support": Row(EVERYBODY, lambda world: {"public_id": world.pin.public_id}, method="post", status=302),
    "pins:withdraw_support": Row(
        EVERYBODY, lambda world: {"public_id": world.pin.public_id}, method="post", status=302
    ),
    "pins:supports": Row(EVERYBODY, lambda world: {"public_id": world.pin.public_id}, status=200),
    "pins:own": Row(SIGNED_IN, status=200),
    "pins:mine": Row(EVERYBODY, lambda world: {"token": world.token}, status=200),
    "pins:correct": Row(EVERYBODY, lambda world: {"token": world.token}, method="post", status=422),
    "pins:withdraw": Row(EVERYBODY, lambda world: {"token": world.token}, method="post", status=302),
    "pins:add_photos": Row(EVERYBODY, lambda world: {"token": world.token}, method="post", status=422),
    "pins:remove_photo": Row(EVERYBODY, my_photo, method="post", status=302),
    "pins:my_photo": Row(EVERYBODY, lambda world: {**my_photo(world), "size": "large"}, status=200),
    "pins:photo": Row(EVERYBODY, lambda world: {"public_id": world.photo.public_id, "size": "small"}, status=200),
    # borders on their way in: the planning desk of any city, the imports of one's own
    "borders:index": Row(ANY_PLANNER, status=200),
    "borders:new": Row(ANY_PLANNER, status=200),
    "borders:import": Row(PLANNERS, to_borders, status=302),
    "borders:progress": Row(PLANNERS, to_borders, status=302),
    "borders:progress_json": Row(PLANNERS, to_borders, status=200),
    "borders:understood": Row(PLANNERS, to_borders, status=200),
    "borders:refused": Row(PLANNERS, to_borders, status=302),
    "borders:preview": Row(PLANNERS, to_borders, status=200),
    "borders:draft": Row(PLANNERS, to_borders, status=200),
    "borders:findings": Row(PLANNERS, to_borders, status=200),
    "borders:adopt": Row(PLANNERS, to_borders, status=200),
    "borders:done": Row(PLANNERS, to_borders, status=302),
    "borders:read_again": Row(PLANNERS, to_borders, method="post", status=302),
    "borders:give_up": Row(PLANNERS, to_borders, method="post", status=302),
    # an association's own area: its members, and the end of it for the city's officer too
    "borders:own_areas": Row(ANY_PLANNER | {"member"}),
    "borders:own_area": Row(frozenset({"member"}), association, status=200),
    "borders:end_own_area": Row(frozenset({"member", "officer"}), association, status=200),
    "borders:take_back": Row(PLANNERS, lambda world: {"pk": world.borders_in_force}, status=200),
    # plans, and the planning desk
    "layers:plans": Row(EVERYBODY, status=200),
    "layers:plan": Row(EVERYBODY, lambda world: {"slug": world.plan.slug}, status=200),
    "layers:plan_geojson": Row(EVERYBODY, lambda world: {"slug": world.plan.slug}, status=200),
    "layers:desk": Row(ANY_PLANNER, status=200),
    "layers:pins": Row(ANY_PLANNER, status=200),
    "layers:new_plan": Row(ANY_PLANNER, status=200),
    "layers:plan_desk": Row(PLANNERS, lambda world: {"slug": world.plan.slug}, status=200),
    "layers:publish_plan": Row(PLANNERS, lambda world: {"slug": world.unpublished.slug}, method="post", status=302),
    "layers:hide_plan": Row(PLANNERS, lambda world: {"slug": world.plan.slug}, method="post", status=302),
    "layers:new_layer": Row(PLANNERS, lambda world: {"slug": world.plan.slug}, status=200),
    "layers:answer_shape": Row(PLANNERS, lambda world: {"public_id": world.shape.public_id}, status=200),
    # whose filter finds none of their own municipality's messages is told so (400)
    "layers:answer_selection": Row(ANY_PLANNER, query="kind=idea"),
    "layers:response": Row(PLANNERS, to_response, status=200),
    "layers:response_progress": Row(PLANNERS, to_response, status=200),
    "layers:edit_response": Row(PLANNERS, to_draft, status=200),
    "layers:publish_response": Row(PLANNERS, to_draft, method="post", status=302),
    "layers:withdraw_response": Row(PLANNERS, to_response, method="post", status=302),
    "layers:discard_response": Row(PLANNERS, to_draft, method="post", status=302),
    "layers:exclude_pin": Row(
        PLANNERS, lambda world: {**to_response(world), "pin_id": world.pin.public_id}, method="post", status=302
    ),
    "layers:include_pin": Row(PLANNERS, to_response, method="post", status=302),
    # moderation
    "moderation:queue": Row(MODERATORS, status=200),
    "moderation:decide": Row(MODERATORS, lambda world: {"public_id": world.held.public_id}, method="post", status=302),
    "moderation:photo": Row(MODERATORS, to_waiting, status=200),
}

#: The same address asked about something that is not for everybody.
FURTHER: Final[list[tuple[str, str, Row]]] = [
    (
        "a held message by its public address",
        "pins:pin",
        Row(MODERATORS, lambda world: {"public_id": world.held.public_id}, status=200),
    ),
    (
        "a photo that waits for a check",
        "pins:photo",
        Row(MODERATORS, lambda world: {**to_waiting(world), "size": "large"}, status=200),
    ),
    (
        "a photo by the secret link of another message",
        "pins:my_photo",
        Row(NOBODY, lambda world: {**my_photo(world), **to_waiting(world), "size": "large"}),
    ),
    (
        "the decision on a photo",
        "moderation:photo",
        Row(MODERATORS, to_waiting, method="post", status=422),
    ),
    (
        "a plan that is not published",
        "layers:plan",
        Row(PLANNERS, lambda world: {"slug": world.unpublished.slug}, status=200),
    ),
    (
        "the shapes of a plan that is not published",
        "layers:plan_geojson",
        Row(PLANNERS, lambda world: {"slug": world.unpublished.slug}, status=200),
    ),
    ("an answer that is being written", "layers:response", Row(PLANNERS, to_draft, status=200)),
    (
        "a held message, to be left out of an answer",
        "layers:exclude_pin",
        Row(NOBODY, lambda world: {**to_response(world), "pin_id": world.held.public_id}, method="post"),
    ),
    (
        "the spreadsheet of a report",
        "reports:report_file",
        Row(EVERYBODY, lambda world: {**district(world), "ending": "xlsx"}, status=200),
    ),
    (
        "a report as GeoJSON",
        "reports:report_file",
        Row(EVERYBODY, lambda world: {**district(world), "ending": "geojson"}, status=200),
    ),
    ("borders that an association prepares", "borders:preview", Row(frozenset({"member"}), to_own, status=200)),
    ("the draft of an association's area", "borders:draft", Row(frozenset({"member"}), to_own, status=200)),
    ("adopting an association's area", "borders:adopt", Row(frozenset({"member"}), to_own, status=200)),
    (
        "giving an association's area up",
        "borders:give_up",
        Row(frozenset({"member"}), to_own, method="post", status=302),
    ),
    ("a secret link that is not one", "pins:mine", Row(NOBODY, lambda world: {"token": "0" * 32})),
    ("a secret link cut short", "pins:withdraw", Row(NOBODY, lambda world: {"token": world.token[:-1]}, method="post")),
]
