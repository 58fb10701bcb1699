"""How allauth fits our users."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def populate_username(self, request: Any, user: Any) -> None:
        """Our users have no username: the e-mail address is the name they sign in with."""

    def is_safe_url(self, url: str | None) -> bool:
        """Whether to go there after signing in. An address that cannot even be read is not a fault but a no."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False
