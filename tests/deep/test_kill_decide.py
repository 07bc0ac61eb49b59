"""The last agreement of an approval, killed at a hundred points: agreed, moved, told and noted, or nothing of it."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from app.access import Actor
from app.automation.approvals import decide
from app.orm.framework import audit, notice
from app.orm.store import Store
from app.record import Saved
from tests.killed import in_child
from tests.unit.approving import Office, opened, tree_of

pytestmark = pytest.mark.timeout(600)
POINTS = 100
BEFORE = ("proposal", 1, "waiting", ["waiting"], ["ask"], 0)
AFTER = ("negotiation", 2, "done", ["agreed"], ["agree", "ask", "update"], 1)


def test_a_killed_decision_is_made_wholly_or_not_at_all(new_url: str) -> None:
    with opened(new_url, tree_of()) as office:
        pairs = [(deal, office.asked(deal)) for deal in (office.deal() for _ in range(POINTS + 3))]
        manager = office.actor("manager")
        _agree(office.store, manager, pairs[0][1])  # what is made once is there when the children begin
        office.store.engine.dispose()
        calls = in_child(new_url, office.store, lambda store: _agree(store, manager, pairs[1][1]), 0)
        assert _look(office, pairs[1][0]) == AFTER
        found = []
        for number in range(POINTS):
            deal, approval = pairs[number + 2]
            office.store.engine.dispose()
            act = partial(_agree, manager=manager, approval=approval)
            in_child(new_url, office.store, act, 1 + calls * number // POINTS)
            found.append(_look(office, deal))
        assert all(each in (BEFORE, AFTER) for each in found), [each for each in found if each not in (BEFORE, AFTER)]
        assert found.count(BEFORE) > POINTS // 2
        _agree(office.store, manager, pairs[-1][1])  # and nothing is locked for good
        office.store.engine.dispose()


def _agree(store: Store, manager: Actor, approval: int) -> None:
    assert isinstance(decide(store, manager, approval, agree=True, door="api"), Saved)


def _look(office: Office, deal: int) -> tuple[object, ...]:
    (asked,) = office.approvals(deal)
    row = office.stored(deal)
    acts = sa.select(audit.c.action).where(audit.c.entity == "deal", audit.c.record == deal, audit.c.action != "create")
    told = sa.select(sa.func.count()).where(notice.c.user_id == office.ids["rep"], notice.c.record == deal)
    with office.store.system_reading() as connection:
        actions = sorted(connection.execute(acts).scalars())
        notices = connection.execute(told).scalar_one()
    return row["stage"], row["version"], asked.state, [each.state for each in asked.asks], actions, notices
