"""The story that a fresh installation tells: two example cities, their people, plans, contributions and answers.

Everything is invented and lies in fixtures/demo. It goes in through the actions that people's own clicks use, in the
order in which it would have happened, counted back from the clock that is passed in.
"""

import datetime
import random
import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

import pyproj
import shapely
from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry
from django.db import transaction
from django.utils.text import slugify
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from areas.models import Area, Municipality
from layers.actions import (
    NewShape,
    Scope,
    Words,
    create_plan,
    draft_response,
    include_pin,
    publish_plan,
    publish_response,
    upload_layer,
)
from layers.models import Effect, Plan, Shape
from mapfeedback.accounts.actions import open_account
from mapfeedback.accounts.models import Organisation, User
from mapfeedback.consultations.models import Consultation
from mapfeedback.geo import WGS84, Precision, geometry_from_mapping, point
from mapfeedback.management import demo_ground, demo_pictures, demo_support
from mapfeedback.management.demo_ground import geos, read
from mapfeedback.pins.actions import change_status, place_pin
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.importing.default_places import LEAST_PINS
from mapfeedback.pins.models import Category, Photo, Pin, Status
from mapfeedback.pins.photos.actions import decide_photo
from mapfeedback.pins.rollups.writing import recounted

#: The unit that signs an answer, by main category.
UNITS: Final = {
    "streets": "Kunnossapito",
    "traffic": "Liikennesuunnittelu",
    "walking-cycling": "Liikennesuunnittelu",
    "public-transport": "Joukkoliikenne",
    "parks-nature": "Viherpalvelut",
    "play-sport": "Liikuntapalvelut",
    "shores": "Viherpalvelut",
    "cleanliness": "Kunnossapito",
    "lighting-safety": "Kunnossapito",
    "planning": "Kaupunkisuunnittelu",
}
#: What a quick answer did, by the status it led to.
EFFECTS: Final = {
    Status.WILL_NOT_BE_DONE: Effect.NO_CHANGE,
    Status.TRANSFERRED: Effect.NOT_ABOUT_PLAN,
}


@dataclass(frozen=True, slots=True)
class Login:
    """One example person's way in."""

    role: str
    email: str
    password: str

    def __str__(self) -> str:
        return f"{self.role}: {self.email} / {self.password}"


@dataclass(slots=True)
class City:
    """An example city while its story is being told."""

    municipality: Municipality
    areas: dict[str, Area]
    people: dict[str, list[User]] = field(default_factory=dict)
    consultations: list[Consultation] = field(default_factory=list)


#: Something that happens at a moment; the moment is given to it.
Event = tuple[datetime.datetime, Callable[[datetime.datetime], object]]


@transaction.atomic
def tell(now: datetime.datetime) -> list[Login]:
    """Put the whole story into the database, or nothing of it; returns the logins, with new passwords each time."""
    story = Story(now)
    story.ground()
    logins = story.cast()
    story.consult()
    events = [*story.plans(), *story.contributions(), *story.responses()]
    for moment, happen in sorted(events, key=lambda event: event[0]):
        happen(min(moment, now))
    story.suspect_default_places()
    demo_support.agree(now, [person for city in story.cities.values() for person in city.people["resident"]])
    return logins


class Story:
    """What is known so far while the story is told."""

    def __init__(self, now: datetime.datetime) -> None:
        self.now = now
        self.today = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
        #: Hours of the day and the like: the same at every telling.
        self.dice = random.Random(398405)  # noqa: S311
        self.cities: dict[str, City] = {}
        self.categories = {category.slug: category for category in Category.objects.all()}
        self.plan_of: dict[str, Plan] = {}
        self.place_of: dict[str, BaseGeometry] = {}
        self.shape_of: dict[tuple[str, str], Shape] = {}

    # -- the ground ------------------------------------------------------------------------------------

    def ground(self) -> None:
        for name, edition in demo_ground.lay(datetime.date(self.today.year - 2, 1, 1), self.today).items():
            areas = {area.code: area for area in edition.areas.all()}
            self.cities[name] = City(edition.division.municipality, areas)

    # -- the people ------------------------------------------------------------------------------------

    def cast(self) -> list[Login]:
        logins = []
        for row in read("people.json"):
            city = self.cities[row["municipality"]]
            login = Login(row["role"], row["email"], secrets.token_urlsafe(9))
            organisation = None
            if row["organisation"]:
                organisation, _made = Organisation.objects.get_or_create(
                    slug=slugify(row["organisation"])[:50],
                    defaults={
                        "name_fi": row["organisation"],
                        "kind": row["organisation_kind"],
                        "municipality": city.municipality,
                    },
                )
                organisation.areas.set([city.areas[code] for code in row["areas"]])
            user = open_account(
                email=row["email"],
                password=login.password,
                display_name=row["display_name"],
                organisation=organisation,
                role=row["role"],
            )
            city.people.setdefault(row["role"], []).append(user)
            logins.append(login)
        return logins

    # -- what they are asked ---------------------------------------------------------------------------

    def consult(self) -> None:
        for row in read("consultations.json"):
            city = self.cities[row["municipality"]]
            place = None
            if row["plan"]:
                place = shapely.convex_hull(shapely.union_all([drawn for _about, drawn in _plan_file(row["plan"])]))
                self.place_of[row["slug"]] = place
            city.consultations.append(
                Consultation.objects.create(
                    slug=row["slug"],
                    municipality=city.municipality,
                    name_fi=row["title_fi"],
                    name_sv=row["title_sv"],
                    name_en=row["title_en"],
                    about_fi=row["description_fi"],
                    about_sv=row["description_sv"],
                    starts_on=self.today + datetime.timedelta(days=row["starts"]),
                    ends_on=self.today + datetime.timedelta(days=row["ends"]),
                    place=geos(place) if place else None,
                )
            )

    def plans(self) -> Iterable[Event]:
        consultations = {row["plan"]: row["slug"] for row in read("consultations.json") if row["plan"]}
        for row in read("plans.json"):
            yield self._morning(row["started"]), self._plan(row, consultations.get(row["key"]))

    def _plan(self, row: dict[str, Any], consultation: str | None) -> Callable[[datetime.datetime], object]:
        def happen(moment: datetime.datetime) -> None:
            city = self.cities[row["municipality"]]
            planner = city.people["planner"][0]
            plan = create_plan(
                municipality=city.municipality,
                name_fi=row["name_fi"],
                name_sv=row["name_sv"],
                about_fi=row["summary_fi"],
                about_sv=row["summary_sv"],
                kind=row["kind"].lower(),
                record_number=row["record_number"],
                consultation=Consultation.objects.get(slug=consultation) if consultation else None,
                now=moment,
                actor=planner,
            )
            layer = upload_layer(
                plan=plan,
                name=row["name_fi"],
                shapes=[
                    NewShape(f"{about['tunnus']} {about['nimi']}", geos(drawn), about)
                    for about, drawn in _plan_file(row["key"])
                ],
                source_crs=row["crs"],
                now=moment,
                actor=planner,
            )
            publish_plan(plan=plan, now=moment, actor=planner)
            self.plan_of[row["key"]] = plan
            for one in layer.shapes.all():
                self.shape_of[row["key"], one.properties["tunnus"]] = one

        return happen

    # -- what they say ---------------------------------------------------------------------------------

    def contributions(self) -> Iterable[Event]:
        for row in read("pins.json"):
            day = self._day(row)
            yield self._moment(day), self._contribution(row)

    def _contribution(self, row: dict[str, Any]) -> Callable[[datetime.datetime], object]:
        city = self.cities[row["municipality"]]
        geom, area = self._place(row["place"] or {}, city)
        # One in eight web messages comes from somebody with an account.
        by_account = row["channel"] == "web" and self.dice.random() < 0.12
        marker_moved = geom is not None and row["precision"] != Precision.UNKNOWN
        steps = [self.dice.uniform(0.3, 4.0), self.dice.uniform(0.0, 3.0)]

        def happen(moment: datetime.datetime) -> None:
            pin = place_pin(
                kind=row["kind"],
                category=self.categories[row["category"]],
                title=row["title"],
                text=row["text"],
                language=row["language"],
                municipality=city.municipality,
                geom=geom,
                area=area,
                precision=row["precision"],
                marker_moved=marker_moved,
                channel=row["channel"],
                on_behalf=row["on_behalf"],
                author=city.people["resident"][0] if by_account else None,
                consultation=self._consultation(city, row, moment),
                photos=[demo_pictures.picture(one["drawn"], one["shows"]) for one in [row.get("photo")] if one],
                now=moment,
            ).pin
            if row.get("photo"):
                self._check_photos(pin, city, moment)
            self._answer(pin, row, city, moment, steps)

        return happen

    def _check_photos(self, pin: Pin, city: City, placed: datetime.datetime) -> None:
        for photo in Photo.objects.filter(pin=pin):
            checked = min(placed + datetime.timedelta(hours=2), self.now)
            decide_photo(photo=photo, visibility="published", reason="", now=checked, actor=city.people["officer"][0])

    def suspect_default_places(self) -> None:
        """The pile on one coordinate, as a real city's old system leaves it: marked as `import_pins` would mark it."""
        points = Counter(tuple(row["place"]["point"]) for row in read("pins.json") if "point" in (row["place"] or {}))
        for (lon, lat), pins in points.items():
            if pins >= LEAST_PINS:
                piled = Pin.objects.filter(geom=point(lon, lat))
                with recounted(list(piled.values_list("pk", flat=True))):
                    piled.update(suspected_default_place=True)

    def _place(self, place: dict[str, Any], city: City) -> tuple[GEOSGeometry | None, Area | None]:
        if "district" in place:
            return None, city.areas[place["district"]]
        for name, kind in (("point", "Point"), ("line", "LineString"), ("polygon", "Polygon")):
            if name in place:
                return geometry_from_mapping({"type": kind, "coordinates": place[name]}), None
        return None, None

    def _consultation(self, city: City, row: dict[str, Any], moment: datetime.datetime) -> Consultation | None:
        """The round whose place and days this contribution falls into."""
        point = (row["place"] or {}).get("point")
        for consultation in city.consultations:
            place = self.place_of.get(consultation.slug)
            if point and place and place.covers(shapely.Point(point)) and consultation.is_open_on(moment.date()):
                return consultation
        return None

    def _answer(self, pin: Pin, row: dict[str, Any], city: City, placed: datetime.datetime, steps: list[float]) -> None:
        """Its way through the city's hands, as far as it has come."""
        status = Status(row["status"])
        if status == Status.RECEIVED:
            return
        officer = city.people["officer"][0]
        taken = min(placed + datetime.timedelta(days=steps[0]), self.now)
        if status == Status.IN_PROGRESS:
            change_status(pin=pin, status=status, now=taken, actor=officer)
            return
        if status == Status.TRANSFERRED:
            change_status(pin=pin, status=status, now=taken, actor=officer)
        answered = min(placed + datetime.timedelta(days=row["reply"]["days_after"] + steps[1] / 10), self.now)
        only = PinFilter(kind=(row["kind"],), category=(row["category"],), since=placed.date(), until=placed.date())
        response = draft_response(
            municipality=city.municipality,
            words=Words(
                summary=pin.headline,
                effect=EFFECTS.get(status, Effect.NOTED),
                text=row["reply"]["text"],
                language=row["language"],
                signed_as=UNITS.get(_main(row["category"]), "Asukaspalvelut"),
            ),
            scopes=[Scope(geometry=pin.geom, filter_query=only.query())],
            now=answered,
            actor=officer,
        )
        include_pin(response=response, pin=pin, now=answered, actor=officer)
        publish_response(response=response, now=answered, actor=officer)
        if status in {Status.DONE, Status.WILL_NOT_BE_DONE}:
            change_status(pin=pin, status=status, now=answered, actor=officer)

    # -- what the planners answer ----------------------------------------------------------------------

    def responses(self) -> Iterable[Event]:
        for row in read("responses.json"):
            yield self._morning(-row["days_ago"]) + datetime.timedelta(hours=4), self._response(row)

    def _response(self, row: dict[str, Any]) -> Callable[[datetime.datetime], object]:
        def happen(moment: datetime.datetime) -> None:
            plan = self.plan_of[row["plan"]]
            planner = next(city for city in self.cities.values() if city.municipality == plan.municipality).people[
                "planner"
            ][0]
            text = row["text_fi"] + (f"\n\nPå svenska: {row['text_sv']}" if row.get("text_sv") else "")
            response = draft_response(
                municipality=plan.municipality,
                plan=plan,
                words=Words(
                    summary=row["summary_fi"],
                    effect=row["effect"],
                    text=text,
                    language="fi",
                    signed_as="Kaupunkisuunnittelu",
                ),
                scopes=[Scope(shape=self.shape_of[row["plan"], row["tunnus"]])],
                now=moment,
                actor=planner,
            )
            publish_response(response=response, now=moment, actor=planner)

        return happen

    # -- time ------------------------------------------------------------------------------------------

    def _day(self, row: dict[str, Any]) -> datetime.date:
        """So many days ago; a contribution of a season keeps its day of the year, in the nearest year that fits."""
        day = self.today - datetime.timedelta(days=row["days_ago"])
        if "around" not in row:
            return day
        month, of_month = (int(part) for part in row["around"].split("-"))
        years = (datetime.date(year, month, of_month) for year in range(day.year - 1, day.year + 2))
        return min((one for one in years if one <= self.today), key=lambda one: abs(one - day))

    def _morning(self, days: int) -> datetime.datetime:
        day = self.today + datetime.timedelta(days=days)
        return datetime.datetime.combine(day, datetime.time(9), ZoneInfo(settings.TIME_ZONE))

    def _moment(self, day: datetime.date) -> datetime.datetime:
        """Some time of a day when people are awake, most often in the evening; never in the future."""
        minute = int(self.dice.triangular(6 * 60, 23 * 60, 18 * 60))
        moment = datetime.datetime.combine(day, datetime.time(minute // 60, minute % 60), ZoneInfo(settings.TIME_ZONE))
        return min(moment, self.now)


def _plan_file(key: str) -> list[tuple[dict[str, Any], BaseGeometry]]:
    """A plan's shapes in WGS84; one of the files is in the national grid, as planners' files are."""
    data = read(f"plans/{key}.geojson")
    crs = data.get("crs", {}).get("properties", {}).get("name", "").rpartition("::")[2]
    found = [(feature["properties"], shape(feature["geometry"])) for feature in data["features"]]
    if not crs:
        return found
    transform = pyproj.Transformer.from_crs(int(crs), WGS84, always_xy=True).transform
    return [(about, shapely.transform(drawn, transform, interleaved=False)) for about, drawn in found]


def _main(category: str) -> str:
    return next((slug for slug in UNITS if category == slug or category.startswith(f"{slug}-")), category)
