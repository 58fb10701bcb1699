"""People who sign in, the organisations they speak for, and what they may do where."""

import uuid
from typing import Any, ClassVar, Final

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.gis.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from areas.models import Area, Division, Municipality
from mapfeedback.languages import Named


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **more: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **more)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **more: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **more)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in with an e-mail address. Residents need no account to take part."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    display_name = models.CharField(_("name shown"), max_length=100, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")

    def __str__(self) -> str:
        return self.display_name or self.email


class Organisation(Named):
    """An association, area council, council, authority, company or city unit."""

    class Kind(models.TextChoices):
        ASSOCIATION = "association", _("residents' association")
        AREA_COUNCIL = "area_council", _("area council")
        COUNCIL = "council", _("council")
        AUTHORITY = "authority", _("authority")
        COMPANY = "company", _("company")
        CITY_UNIT = "city_unit", _("city unit")

    slug = models.SlugField(unique=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="organisations")
    areas = models.ManyToManyField(Area, blank=True, related_name="+")
    #: The borders it drew for itself, once they have been in force.
    own_division = models.OneToOneField(Division, models.SET_NULL, null=True, blank=True, related_name="drawn_by")

    #: Those who may draw borders of their own.
    ASSOCIATIONS: Final = (Kind.ASSOCIATION, Kind.AREA_COUNCIL)

    class Meta:
        verbose_name = _("organisation")


class Membership(models.Model):
    """One person's role in one organisation; the organisation's municipality and areas bound what it reaches."""

    class Role(models.TextChoices):
        MEMBER = "member", _("member")
        PLANNER = "planner", _("planner")
        OFFICER = "officer", _("participation officer")
        MODERATOR = "moderator", _("moderator")

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation", "role"], name="role_once_per_person_and_organisation"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.role}"
