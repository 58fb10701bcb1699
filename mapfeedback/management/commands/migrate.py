"""Django's own, without the limit that a page's queries have: to fill a new table of a large city takes minutes."""

from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db import connections


class Command(Migrate):
    def handle(self, *args: Any, database: str, **options: Any) -> None:
        with connections[database].cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
        super().handle(*args, database=database, **options)
