"""Context processor: which staff doors the page's menu shows to this person."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from mapfeedback.accounts.rules import associations_of, may_moderate, may_plan


def doors(request: HttpRequest) -> dict[str, object]:
    """Asked only when a template looks, so machine answers pay nothing."""
    return {
        "may_plan": SimpleLazyObject(lambda: may_plan(request.user)),
        "may_moderate": SimpleLazyObject(lambda: may_moderate(request.user)),
        "has_association": SimpleLazyObject(lambda: bool(associations_of(request.user))),
    }
