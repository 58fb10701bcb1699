"""The databases that are measured: one city of each size is kept and copied for every run, so that none spoils it."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

CHECKOUT = Path(__file__).resolve().parents[2]


def version() -> str:
    """Changes with the tables and with whatever lays out and fills the city."""
    files = [*CHECKOUT.glob("*/migrations/*.py"), *CHECKOUT.glob("mapfeedback/*/migrations/*.py")]
    files += [*(CHECKOUT / "mapfeedback/management/seeding").glob("*.py"), CHECKOUT / "fixtures/categories.json"]
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()[:8]


@contextmanager
def a_copy_of_the_city(size: str, build: Callable[[str], object]) -> Iterator[str]:
    """The address of a database that exists only inside, a copy of the kept city of this size.

    `build` is called with the address of an empty database when there is no kept city of this version; older ones of
    this size go. The role must be allowed to make databases; nothing else on the server is touched.
    """
    given = os.environ["DATABASE_URL"]
    parts = urlsplit(given)
    begin = f"{parts.path.lstrip('/')[:30]}_bench_{size}"
    kept, run = f"{begin}_{version()}", f"{begin}_run_{os.getpid()}"

    def address(name: str) -> str:
        return parts._replace(path=f"/{name}").geturl()

    with psycopg.connect(given, autocommit=True) as server:

        def there(like: str) -> list[str]:
            found = server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [like])
            return [name for (name,) in found]

        def drop(name: str) -> None:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

        if kept not in there(kept):
            for old in there(f"{begin}_"):
                if "_run_" not in old:
                    drop(old)
            making = f"{begin}_run_{os.getpid()}_new"
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(making)))
            try:
                build(address(making))
                server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*map(sql.Identifier, (making, kept))))
            finally:
                drop(making)
        copied = "CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy"
        server.execute(sql.SQL(copied).format(sql.Identifier(run), sql.Identifier(kept)))
        try:
            yield address(run)
        finally:
            drop(run)
