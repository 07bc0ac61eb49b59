"""Who is meant: people by path, role, group, login, or by what a field holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import system_actor
from app.automation.notices import Notice, tell
from app.automation.who import people_of
from app.definition.people import Who
from app.orm.framework import notice
from app.orm.store import Store
from app.record import Unit
from tests.unit.company import DIRECTOR, LEAD, LONER, OTHER, REP, build_catalog, open_settled

NOW = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)


@pytest.fixture
def store(new_url: str) -> Iterator[Store]:
    with open_settled(new_url, build_catalog()) as found:
        yield found


def meant(store: Store, *whos: Who, records: tuple[int, ...] = (1, 4, 5)) -> dict[int, tuple[int, ...]]:
    with store.system_reading() as connection:
        unit = Unit(store, system_actor("system:automation"), Session(), "job", reader=connection)
        return dict(people_of(unit, "account", records, whos))


def test_a_path_leads_to_a_person_of_each_record(store: Store) -> None:
    assert meant(store, Who(path="owner")) == {1: (REP,), 4: (OTHER,), 5: ()}
    assert meant(store, Who(path="team.manager")) == {1: (LEAD,), 4: (OTHER,), 5: ()}


def test_a_role_is_meant_with_those_that_include_it(store: Store) -> None:
    everyone = (REP, LEAD, OTHER, LONER)
    assert meant(store, Who(role="rep"), records=(1,)) == {1: everyone}


def test_groups_and_logins_are_found_by_name(store: Store) -> None:
    assert meant(store, Who(team="team 1"), records=(1,)) == {1: (REP,)}  # who left is not asked
    assert meant(store, Who(department="department 2"), Who(user="U6"), Who(user="u3"), records=(1,)) == {
        1: (LEAD, DIRECTOR)
    }


def test_a_field_decides(store: Store) -> None:
    by_field = Who(field="name", map={"account 4": Who(user="u2")}, otherwise=Who(path="owner"))
    assert meant(store, by_field) == {1: (REP,), 4: (REP,), 5: ()}


def test_a_notice_is_told_once(store: Store) -> None:
    each = Notice(user=REP, kind="task_due", mark="task_due:1", entity="account", record=1)
    with store.housekeeping() as connection:
        assert tell(connection, [each, Notice(user=LEAD, kind="task_due", mark="task_due:1")], NOW) == 2
        assert tell(connection, [each], NOW) == 0
        assert connection.execute(sa.select(sa.func.count()).select_from(notice)).scalar() == 2
