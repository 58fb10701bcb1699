"""A district's report, as a page and as the sheet that people print."""

from collections.abc import Callable
from typing import Any

from django.db import connection

from tests.benchmarks.city import City
from tests.benchmarks.measuring import HEAVY, LIGHT, Row, compared, request

#: What the sheet may take, in milliseconds.
SHEET_MS = 3000.0


def page(city: City) -> Row:
    """The report's page of the fullest district, from its address to its bytes, against the sum of its SQL."""
    address = f"/areas/seeded-districts/{city.loudest.code}/"
    asked = _statements(address)
    assert asked

    def bare() -> None:
        with connection.cursor() as cursor:
            for statement, values in asked:
                cursor.execute(statement, values)
                if cursor.description:
                    cursor.fetchall()

    return compared("district-report", ours=lambda: request(address), baseline=bare, target=3.0, repeats=LIGHT // 2)


def sheet(city: City) -> Row:
    """The whole report as one file to print or send, against three seconds. We make no PDF: a browser prints it."""
    address = f"/areas/seeded-districts/{city.loudest.code}/report.html"
    row = compared(
        "district-report-print", ours=lambda: request(address), baseline=lambda: None, target=1.0, repeats=HEAVY
    )
    return Row(row.name, row.ours, SHEET_MS, target=1.0)


def _statements(address: str) -> list[tuple[str, Any]]:
    """What the database is asked for a page, in the order in which it is asked."""
    asked: list[tuple[str, Any]] = []

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().startswith(("SELECT", "WITH")):
            asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        request(address)
    return asked
