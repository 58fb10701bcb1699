"""Tables filled aside: in a schema of their own, bare at first, until all at once they take the place of the old ones.

In that schema they have the names they will have, and whoever works `inside` finds them before the old ones. Others
see nothing until then, and nothing has happened when it fails. What was granted on the old tables goes with them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from django.db import connection

from mapfeedback.management.seeding.hands import Task

SCHEMA: Final = "seeding"

_BARE: Final = """
    SELECT format('CREATE TABLE {schema}.%%1$I (LIKE %%1$I INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING IDENTITY'
        ' INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMMENTS) WITH (%%2$s)',
        relname, array_to_string(reloptions || ARRAY['autovacuum_enabled = off'], ', '))
    FROM pg_class WHERE oid = %s::regclass"""
_SEQUENCE: Final = """
    SELECT setval(pg_get_serial_sequence('{schema}.{table}', attname),
                  nextval(pg_get_serial_sequence('{table}', attname)), FALSE)
    FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attidentity <> ''"""
_KEPT: Final = """
    SELECT format('INSERT INTO {schema}.{table} (%1$s) SELECT %1$s FROM %2$I.{table}',
        string_agg(quote_ident(attname), ', '), current_schema())
    FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"""
_INDEXES: Final = """
    SELECT regexp_replace(pg_get_indexdef(indexrelid), ' ON \\S+ ', ' ON {schema}.{table} ')
    FROM pg_index WHERE indrelid = %s::regclass ORDER BY pg_relation_size(indexrelid) DESC, indexrelid"""
# Keys come before what refers to them.
_KEYS: Final = """
    SELECT format('ALTER TABLE {schema}.%%1$I ADD CONSTRAINT %%2$I %%3$s', conrelid::regclass, conname, CASE contype
        WHEN 'f' THEN pg_get_constraintdef(oid)
        ELSE format('%%s USING INDEX %%I', CASE contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, conname) END)
    FROM pg_constraint WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('p', 'u', 'f')
    ORDER BY contype = 'f', conrelid, conname"""
_FROM_OTHERS: Final = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype = 'f' AND confrelid = ANY(%(tables)s::regclass[]) AND NOT conrelid = ANY(%(tables)s::regclass[])"""


def begin(tables: Sequence[str]) -> list[Task]:
    """Make the tables aside, without rows, indexes and keys; the tasks bring over what the old ones hold."""
    tasks: list[Task] = []
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        cursor.execute(f"CREATE SCHEMA {SCHEMA}")
        for table in tables:
            _run(_told(_BARE, table))
            cursor.execute(_SEQUENCE.format(schema=SCHEMA, table=table))
            tasks += [partial(_run, [told]) for told in _told(_KEPT.format(schema=SCHEMA, table=table))]
    return tasks


def indexes(table: str) -> list[Task]:
    """A task for each index of a table, the largest of the old ones first; keys' indexes are among them."""
    return [partial(_run, [told]) for told in _told(_INDEXES, table, table=table)]


def keys(tables: Sequence[str]) -> Task:
    """Primary, unique and foreign keys; their indexes must be there."""
    return partial(_run, _told(_KEYS, list(tables)))


def tidied(table: str) -> Task:
    """What autovacuum would have done by the time somebody reads."""
    return partial(_tidy, table)


def sample(table: str) -> None:
    """For plans of what comes next; words take longest and are not asked for yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
            [f"{SCHEMA}.{table}"],
        )
        cursor.execute(f"ANALYZE {SCHEMA}.{table} ({cursor.fetchone()[0]})")


def take_place(tables: Sequence[str]) -> None:
    """In the transaction that is open: the old tables go, these get their place, and who refers to those, to these."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        home = cursor.fetchone()[0]
        cursor.execute(_FROM_OTHERS, {"tables": list(tables)})
        others = cursor.fetchall()
        for table, name, _definition in others:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute(f"DROP TABLE {', '.join(tables)}")
        for table in tables:
            cursor.execute(f"ALTER TABLE {SCHEMA}.{table} SET SCHEMA {home}")
            cursor.execute(f"ALTER TABLE {table} RESET (autovacuum_enabled)")
        for table, name, definition in others:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        cursor.execute(f"DROP SCHEMA {SCHEMA}")


def forget() -> None:
    """After a failure: as if nothing had been begun."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")


@contextmanager
def inside() -> Iterator[None]:
    """Here the names of the tables mean those aside, and long statements may take their time and memory."""
    scope = "LOCAL" if connection.in_atomic_block else "SESSION"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        home = cursor.fetchone()[0]
        cursor.execute(f"SET {scope} search_path = {SCHEMA}, {home}")
        cursor.execute(f"SET {scope} statement_timeout = 0")
        cursor.execute(f"SET {scope} maintenance_work_mem = '512MB'")
        cursor.execute(f"SET {scope} work_mem = '64MB'")
        cursor.execute(f"SET {scope} synchronous_commit = off")
        # Every core has its hand already.
        cursor.execute(f"SET {scope} max_parallel_maintenance_workers = 0")
        yield
        cursor.execute(f"SET {scope} search_path TO DEFAULT")


def _told(sql: str, *values: Any, table: str = "") -> list[str]:
    """The statements that a query of the catalogue writes."""
    with connection.cursor() as cursor:
        cursor.execute(sql.format(schema=SCHEMA, table=table), values or None)
        return [row[0] for row in cursor.fetchall()]


def _run(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _tidy(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"{'' if connection.in_atomic_block else 'VACUUM '}ANALYZE {SCHEMA}.{table}")
