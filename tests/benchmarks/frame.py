"""The frame around every request."""

import os

import psycopg

from tests.benchmarks.city import City
from tests.benchmarks.measuring import LIGHT, Row, compared, request


def whole_request(city: City) -> Row:
    """A whole request to /health, database included, against only opening a database session and asking it.

    It holds while requests keep their sessions in a pool; with a new one per request it cannot.
    """

    def ours() -> None:
        assert b'"ok"' in request("/health")

    def new_session() -> None:
        with psycopg.connect(os.environ["DATABASE_URL"]) as session:
            session.execute("SELECT 1")

    return compared("whole-request", ours=ours, baseline=new_session, target=1.0, repeats=LIGHT)
