"""A database that exists only while it is measured, beside the one that DATABASE_URL names."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
from psycopg import sql


@contextmanager
def a_database_of_its_own() -> Iterator[str]:
    """Its address. The role must be allowed to make databases; nothing else on the server is touched."""
    given = os.environ["DATABASE_URL"]
    parts = urlsplit(given)
    name = f"{parts.path.lstrip('/')[:40]}_bench_{os.getpid()}"
    with psycopg.connect(given, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield parts._replace(path=f"/{name}").geturl()
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
