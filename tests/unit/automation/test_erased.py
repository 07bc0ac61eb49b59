"""Records that go for good: what waits to be told of them is not sent, and what was told keeps none of its words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import system_actor
from app.automation.deliveries import ToDeliver, claim, queue_in, send_again
from app.orm.framework import delivery, held, received
from app.record import Saved, Unit, create, delete, in_unit
from tests.unit.approving import SEED, Office, opened
from tests.unit.automation.test_dispatch import CALL, tree_of

STATES = ("waiting", "done", "dead")


@pytest.fixture(params=[False, True], ids=["for_good", "into_the_bin"])
def office(new_url: str, request: pytest.FixtureRequest) -> Iterator[Office]:
    tree = tree_of(watch={"trigger": {"becomes": 'note == "x"'}, "actions": CALL})
    tree["entities"]["deal"]["soft_delete"] = request.param
    with opened(new_url, tree) as found:
        yield found


def told(office: Office, entity: str, record: int) -> None:
    """Deliveries in each state, what came in and what is held, of one record."""

    def work(unit: Unit) -> Saved:
        wanted = [
            ToDeliver(
                key=f"{entity} {record} {state}", kind="mail", target="a@example.com", host="mail", record=record,
                content={"text": "Dear A"},
            )
            for state in STATES
        ]  # fmt: skip
        queue_in(unit, wanted, entity)
        for state in STATES:
            here = delivery.c.key == f"{entity} {record} {state}"
            unit.connection.execute(sa.update(delivery).where(here).values(state=state, answer="no such a@example.com"))
        came = {"source": "hook.erp", "key": f"{entity} {record}", "at": unit.at, "entity": entity, "record": record}
        unit.connection.execute(sa.insert(received).values(came))
        return Saved((), ())

    in_unit(office.store, system_actor("system:automation"), "automation", work)


def rows(office: Office, table: sa.Table, entity: str, record: int) -> list[Any]:
    with office.store.system_reading() as connection:
        here = sa.and_(table.c.entity == entity, table.c.record == record)
        return list(connection.execute(sa.select(table).where(here)))


def holding(office: Office) -> set[int]:
    with office.store.system_reading() as connection:
        return set(connection.execute(sa.select(held.c.record).where(held.c.automation == "watch")).scalars())


def hold(office: Office, *records: int) -> None:
    with office.store.housekeeping() as connection:
        connection.execute(sa.insert(held), [{"automation": "watch", "record": record} for record in records])


def test_nothing_is_told_of_what_is_gone_for_good(office: Office) -> None:
    new = [{"name": name, "stage": "open", "owner": office.ids["rep"]} for name in ("Gone", "Stays")]
    gone, stays = create(office.store, SEED, "deal", new, door="api").ids  # type: ignore[union-attr]
    for entity, record in (("deal", gone), ("deal", stays), ("task", gone)):
        told(office, entity, record)
    hold(office, gone, stays)
    before = office.moment[0]
    office.later(minutes=1)
    assert delete(office.store, SEED, "deal", [gone], door="form")
    for_good = not office.store.catalog.keeps_deleted("deal")
    found = {row.key.rpartition(" ")[2]: row for row in rows(office, delivery, "deal", gone)}
    states = {key: row.state for key, row in found.items()}
    if for_good:
        assert states == {"waiting": "dropped", "done": "done", "dead": "dropped"}
        assert {(repr(row.content), row.target, row.answer) for row in found.values()} == {("{}", "", None)}
        assert all(row.touched_at > before for row in found.values())
        assert found["waiting"].ended_at > before
        assert not send_again(office.store, found["dead"].id, office.moment[0])
        assert (rows(office, received, "deal", gone), holding(office)) == ([], {stays})
    else:
        assert states == {state: state for state in STATES}
        assert (len(rows(office, received, "deal", gone)), holding(office)) == (1, {gone, stays})
    for entity, record in (("deal", stays), ("task", gone)):
        assert {row.state for row in rows(office, delivery, entity, record)} == set(STATES)
        assert {row.target for row in rows(office, delivery, entity, record)} == {"a@example.com"}
        assert len(rows(office, received, entity, record)) == 1
    now = office.moment[0] + dt.timedelta(minutes=1)
    claimed = [claim(office.store, "me", now) for _ in range(2)]
    assert (gone in {each.record for each in claimed if each and each.entity == "deal"}) is not for_good
