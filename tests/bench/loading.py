"""Puts the rows into the rivals' tables, directly: how they were written is not what is compared there."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg

from tests.bench.dataset import TODAY, Size, Values, rows

REFERENCES = {"account", "contact", "opportunity", "product", "competitor", "main_contact", "decision_maker", "owner"}
REFERENCES |= {"reports_to"}
ORDER = ("person", "product", "competitor", "account", "contact", "opportunity", "activity")
_CHUNK = 5_000


@dataclass(frozen=True)
class Target:
    """Where an application keeps the entities, and how it describes people."""

    tables: Mapping[str, str]
    person: Callable[[int, Values], Values]


def _django_person(position: int, values: Values) -> Values:
    first, _, last = values["name"].partition(" ")
    return {
        "username": values["login"],
        "password": "!",
        "first_name": first,
        "last_name": last,
        "email": f"{position}@example.com",
        "is_staff": False,
        "is_active": True,
        "is_superuser": False,
        "date_joined": f"{TODAY} 00:00:00",
    }


DJANGO = Target(
    {"person": "auth_user", **{entity: f"django_app_{entity}" for entity in ORDER if entity != "person"}},
    _django_person,
)
APPBUILDER = Target({entity: entity for entity in ORDER}, lambda _position, values: values)


def load(target: Target, url: str, size: Size) -> None:
    """Fill an application's empty tables and refresh what its database knows about them."""
    for entity in ORDER:
        table, stored = target.tables[entity], _stored(target, entity, size)
        names, first = _columns(stored)
        if url.startswith("sqlite"):
            _load_sqlite(url, table, names, first)
        else:
            _load_postgresql(url, table, names, first)
    refresh_statistics(url)


def refresh_statistics(url: str) -> None:
    """What a database does for itself in time, done now."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            connection.execute("ANALYZE")
        connection.close()
    else:
        with connect(url) as connection:
            connection.execute("VACUUM ANALYZE")


def connect(url: str) -> psycopg.Connection[Any]:
    """A connection of our own to a database of the temporary cluster."""
    parts = urlsplit(url)
    host = unquote(parse_qs(parts.query)["host"][0])
    return psycopg.connect(host=host, user=parts.username, dbname=parts.path.lstrip("/"), autocommit=True)


def _stored(target: Target, entity: str, size: Size) -> Iterator[Values]:
    for position, values in enumerate(rows(entity, size), 1):
        if entity == "person":
            yield {"id": position, **target.person(position, values)}
            continue
        row: Values = {"id": position}
        if "owner" in values:
            moment = f"{TODAY} {position // 3600 % 24:02}:{position // 60 % 60:02}:{position % 60:02}.000000"
            row |= {"created_at": moment, "updated_at": moment}
        for name, value in values.items():
            if name in REFERENCES and not isinstance(value, str):
                row[f"{name}_id"] = value
            elif name == "at":
                row[name] = value.replace("T", " ").replace("Z", "000")
            else:
                row[name] = value
        yield row


def _columns(stored: Iterator[Values]) -> tuple[list[str], Iterator[list[Any]]]:
    first = next(stored)
    names = list(first)

    def lists() -> Iterator[list[Any]]:
        yield list(first.values())
        for row in stored:
            yield [row[name] for name in names]

    return names, lists()


def _load_sqlite(url: str, table: str, names: list[str], values: Iterator[list[Any]]) -> None:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    marks = ", ".join("?" * len(names))
    with connection:
        connection.executemany(f'INSERT INTO "{table}" ({", ".join(names)}) VALUES ({marks})', values)  # noqa: S608
    connection.close()


def _load_postgresql(url: str, table: str, names: list[str], values: Iterator[list[Any]]) -> None:
    with connect(url) as connection, connection.cursor() as cursor:
        with cursor.copy(f'COPY "{table}" ({", ".join(names)}) FROM STDIN') as copy:
            for row in values:
                copy.write_row(row)
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('\"{table}\"', 'id'), (SELECT max(id) FROM \"{table}\"))")  # noqa: S608
