"""Which plans, responses and links."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from mapfeedback.accounts.rules import Person, Role, municipalities_where

if TYPE_CHECKING:
    from layers.models import Plan, Response, ResponseLink  # noqa: F401 - named in the class headers


class PlanQuerySet(models.QuerySet["Plan"]):
    def visible_to(self, person: Person) -> Self:
        """Published plans, and drafts for those who plan in their municipality."""
        reach = municipalities_where(person, Role.PLANNER, Role.OFFICER)
        return self.filter(Q(is_published=True) | Q(municipality_id__in=reach))

    def planned_by(self, person: Person) -> Self:
        return self.filter(municipality_id__in=municipalities_where(person, Role.PLANNER, Role.OFFICER))


class ResponseQuerySet(models.QuerySet["Response"]):
    def published(self) -> Self:
        return self.filter(state="published")

    def planned_by(self, person: Person) -> Self:
        return self.filter(municipality_id__in=municipalities_where(person, Role.PLANNER, Role.OFFICER))


class ResponseLinkQuerySet(models.QuerySet["ResponseLink"]):
    def showing(self) -> Self:
        """Links that put a published response before a reader."""
        return self.filter(response__state="published").exclude(how="excluded")
