"""Statements that are asked all the time: written by hand, and kept ready by the database."""

from collections.abc import Sequence
from typing import Any, TypeVar

import psycopg
from django.db import connection, models
from django.db.backends.utils import CursorWrapper

Found = TypeVar("Found", bound=models.Model)


class _Prepared(psycopg.Cursor[tuple[Any, ...]]):
    def execute(self, query: Any, params: Any = None, **more: Any) -> "_Prepared":
        super().execute(query, params, **more | {"prepare": True})
        return self


def rows(statement: str, values: Any) -> list[tuple[Any, ...]]:
    """All rows of a statement with its values bound by the server, which plans it once for each session.

    To plan it anew each time would take as long as to answer it. The text must stay the same, so it is built from
    constants alone. Raises what Django raises. Where Django's log of queries is on, as in tests that look at plans, the
    statement goes the usual way, so that it stands there with its values.
    """
    with connection.cursor() if connection.queries_logged else _cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _cursor() -> CursorWrapper:
    connection.ensure_connection()
    bound_there: Any = _Prepared(connection.connection)
    return connection.make_cursor(bound_there)


def found(model: type[Found], columns: Sequence[str], values: Sequence[Any]) -> Found | None:
    """An instance of these columns, whose first is the key; None without one. Other columns are deferred."""
    return None if values[0] is None else model.from_db(connection.alias, columns, values)
