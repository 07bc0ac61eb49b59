"""What becomes of records, and of single fields, when their time is over."""

import datetime as dt
from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.automation.jobs import jobs_of
from app.automation.retention import MOST, due, keep_retention
from app.orm.framework import audit
from app.orm.store import Store
from app.orm.types import now
from app.record import Saved, delete
from tests.unit.privacy.house import ACTOR, House

YEAR = dt.timedelta(days=366)


def in_years(house: House, years: int) -> Store:
    return replace(house.store, clock=lambda: now() + years * YEAR)


def ids(house: House, entity: str, *, alive: bool = True) -> list[int]:
    table = house.store.models.tables[entity]
    with house.store.engine.connect() as connection:
        query = sa.select(table.c.id).order_by(table.c.id)
        return list(connection.execute(query.where(table.c.deleted_at.is_(None)) if alive else query).scalars())


def told_of(house: House, entity: str, record: int) -> list[tuple[str, object]]:
    with house.store.engine.connect() as connection:
        here = sa.and_(audit.c.entity == entity, audit.c.record == record)
        return [tuple(row) for row in connection.execute(sa.select(audit.c.action, audit.c.changes).where(here))]


def test_each_plan_does_what_it_says_when_its_time_has_come(house: House) -> None:
    talk = house.add("talk", subject="Lunch", person=house.person, content="canary birds")
    gone, binned, stays = (house.add("note", text=text) for text in ("old", "in the bin", "stays"))
    assert isinstance(delete(house.store, ACTOR, "note", [binned], door="command"), Saved)
    firm = house.add("firm", name="Left", left_on="2020-01-01")
    assert keep_retention(house.store).in_language("en") == "1 of firm put into the bin"
    assert (ids(house, "firm"), ids(house, "firm", alive=False)) == ([1], [1, firm])
    later = in_years(house, 6)
    waiting = {each.plan.name: each.done for each in due(later)}
    assert waiting == {"person": 2, "firm": 0, "talk (content)": 1, "note": 2}
    done = "2 of person anonymised, 1 of talk (content) blanked, 2 of note erased"
    assert keep_retention(later).in_language("en") == done
    assert ids(house, "note", alive=False) == [stays]
    assert [changes for _, changes in told_of(house, "note", gone)] == [None, None]
    assert (house.row("talk", talk)["subject"], house.row("talk", talk)["content"]) == ("Lunch", None)
    row = house.row("person", house.person)
    assert (row["name"], row["mail"], row["points"], row["firm"]) == ("#1", None, 7, 1)
    assert house.places("canary.lee") == []
    assert keep_retention(later).in_language("zh") == "没有到期的记录"


def test_what_others_need_stays_and_is_told(small_house: House) -> None:
    house = small_house
    firm = house.add("firm", name="Left", left_on="2020-01-01")
    house.add("person", name="Works there still", firm=firm)
    free = house.add("firm", name="Left too", left_on="2020-01-01")
    assert keep_retention(house.store).in_language("en") == "1 of firm put into the bin, 1 stay, for others need them"
    assert free not in ids(house, "firm")
    assert firm in ids(house, "firm")


def test_a_run_has_an_end_and_the_next_one_goes_on(small_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.automation.retention.CHUNK", 2)
    monkeypatch.setattr("app.automation.retention.MOST", 4)
    for number in range(5):
        small_house.add("note", text=f"n{number}")
    later = in_years(small_house, 2)
    assert keep_retention(later).in_language("en") == "4 of note erased"
    assert keep_retention(later).in_language("en") == "1 of note erased"
    assert MOST == 5_000


def test_the_job_is_there_where_something_has_an_end(small_house: House) -> None:
    assert jobs_of(small_house.store.catalog)["retention"].label.in_language("zh") == "处理保存期限已满的记录"
