"""How allauth fits our users."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def populate_username(self, request: Any, user: Any) -> None:
        """Our users have no username: the e-mail address is the name they sign in with."""
