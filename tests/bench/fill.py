"""Fills this program's database through its own write path, and tells how fast that was.

Run as `python -m tests.bench.fill ACCOUNTS DELIVERIES` with the settings in the environment. The last line that it
prints is JSON: `rates` (rows a second, by entity), and ids by position that the measures need.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from app.access import Actor, system_actor
from app.factory import open_database
from app.orm.framework import ab_user
from app.orm.store import Store
from app.plan import open_store
from app.record import Refused, create
from app.settings import Settings
from tests.bench.dataset import PEOPLE, REPRESENTATIVE, SEED, SHOWN, TODAY, Size, Values, login_of, owner_of, rows
from tests.bench.loading import refresh_statistics

BATCH = 1_000
REFERRED = {
    "account": "account",
    "contact": "contact",
    "opportunity": "opportunity",
    "product": "product",
    "competitor": "competitor",
    "main_contact": "contact",
    "decision_maker": "contact",
    "reports_to": "contact",
    "owner": "person",
}
Ids = dict[str, list[int]]


class NotWritten(Exception):
    """The write path refused rows of ours."""


def main(accounts: int, deliveries: int) -> None:
    settings = Settings.from_environment()
    store = open_store(open_database(settings))
    size = Size(accounts)
    ids: Ids = {"person": people(store)}
    rates = {}
    for entity in ("product", "competitor", "account", "contact", "opportunity", "activity"):
        ids[entity] = []
        rates[entity] = write_all(store, entity, (posted(entity, row, ids) for row in rows(entity, size)), ids[entity])
    # The middle one of several runs: one alone tells more of what else the machine was doing.
    runs = [write_all(store, "delivery", _deliveries(run, deliveries, ids), []) for run in range(3)]
    rates["delivery"] = sorted(runs)[1]
    rates["bare"] = bare(store, min(deliveries, 20_000))
    store.engine.dispose()
    refresh_statistics(settings.database_url)
    own = [position for position in range(1, min(SHOWN, accounts) + 1) if owner_of(position) == REPRESENTATIVE]
    own_ids = [[ids["account"][position - 1], ids["contact"][position - 1]] for position in own]
    told = {"rates": rates, "shown": ids["account"][:SHOWN], "own": own_ids, "products": ids["product"]}
    told["opportunities"] = size.of("opportunity")
    sys.stdout.write(json.dumps(told) + "\n")


def people(store: Store) -> list[int]:
    """Ids of the people by position. The representative is there already; he can log in."""
    with store.system_reading() as connection:
        logins = {row.username: row.id for row in connection.execute(sa.select(ab_user.c.username, ab_user.c.id))}
    found = []
    for position, row in enumerate(rows("person", Size(1)), 1):
        login = login_of(position)
        found.append(logins[login] if login in logins else write(store, "user", [row])[0])
    assert len(found) == PEOPLE
    return found


def posted(entity: str, row: Values, ids: Ids) -> Values:
    """A row as a program would post it: lookups by id, without the number that the program gives itself."""
    values = dict(row)
    values.pop("number", None)
    for name in REFERRED.keys() & values.keys():
        if isinstance(values[name], int):
            values[name] = ids[REFERRED[name]][values[name] - 1]
    if entity == "product":
        values["sku"] = values.pop("code")
    if "duration" in values:  # the rivals count minutes
        values["duration"] = f"PT{values['duration']}M"
    return values


def write_all(store: Store, entity: str, values: Iterable[Values], ids: list[int]) -> float:
    """Write all, in batches; returns rows a second. The time to make the values is not counted."""
    spent = 0.0
    written = 0
    for some in _in_batches(values):
        began = time.perf_counter()
        made = write(store, entity, some)
        spent += time.perf_counter() - began
        written += len(made)
        ids.extend(made)
    return written / spent


def write(store: Store, entity: str, values: list[Values]) -> tuple[int, ...]:
    """One batch through the write path. Raises NotWritten when it is refused."""
    outcome = create(store, _writer(), entity, values, door="import")
    if isinstance(outcome, Refused):
        raise NotWritten(f"{entity}: {[(each.field, each.code, each.params) for each in outcome.refusals[:5]]}")
    return outcome.ids


def bare(store: Store, count: int) -> float:
    """Rows a second of SQLAlchemy alone: rows of deliveries into a table of the same columns, batch by batch. No key, no
    lookups, nothing read, no search rows, no audit, no event. The middle one of three runs; the table goes again.
    """
    delivery = store.models.tables["delivery"]
    plain = [sa.Column(column.name, column.type, primary_key=column.primary_key) for column in delivery.columns]
    table = sa.Table("bench_bare", sa.MetaData(), *plain)
    with store.system_reading() as connection:
        found = connection.execute(sa.select(*delivery.columns).limit(count))
        held = [dict(zip(delivery.columns.keys(), row, strict=True)) for row in found]
    named = [{column.name: row[column.key] for column in delivery.columns} for row in held]
    runs = [_bare_run(store, table, named) for _ in range(3)]
    return sorted(runs)[1]


def _bare_run(store: Store, table: sa.Table, rows: list[dict[str, Any]]) -> float:
    with store.engine.begin() as connection:
        table.create(connection)
    began = time.perf_counter()
    for some in _in_batches(rows):
        with store.engine.begin() as connection:
            connection.execute(sa.insert(table), some)
    spent = time.perf_counter() - began
    with store.engine.begin() as connection:
        table.drop(connection)
    return len(rows) / spent


def _writer() -> Actor:
    return system_actor("system:seed")


def _in_batches(values: Iterable[Values]) -> Iterator[list[Values]]:
    some: list[Values] = []
    for value in values:
        some.append(value)
        if len(some) == BATCH:
            yield some
            some = []
    if some:
        yield some


def _deliveries(run: int, count: int, ids: Ids) -> Iterator[dict[str, Any]]:
    chance = random.Random(f"{SEED} delivery {run}")  # noqa: S311 -- the same rows each time is what is wanted
    accounts, contacts = ids["account"], ids["contact"]
    for number in range(count):
        place = chance.randrange(len(accounts))
        yield {
            "name": f"交付 Delivery {run} {number}",
            "code": f"D{run}-{number:08}",
            "account": accounts[place],
            "contact": contacts[place],
            "region": chance.choice(["north", "east", "south", "west"]),
            "priority": chance.choice(["high", "medium", "low"]),
            "status": "open",
            "place": f"{chance.randrange(400)} Harbour Road 港口路",
            "carrier": chance.choice(["Northwind", "远景物流"]),
            "waybill": f"W{chance.randrange(10**9):09}",
            "boxes": chance.randrange(1, 500),
            "floor": chance.randrange(-2, 40),
            "weight": f"{chance.randrange(1, 90_000)}.25",
            "value": f"{chance.randrange(1, 900_000)}.90",
            "freight": f"{chance.randrange(1, 9_000)}.10",
            "discount": f"{chance.randrange(0, 40)}",
            "insured": chance.random() < 0.5,
            "ordered_on": str(TODAY),
            "arrives_at": f"{TODAY}T{number % 24:02}:{number % 60:02}:00.000Z",
            "notes": "Ring twice. 请提前联系。",
        }


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
