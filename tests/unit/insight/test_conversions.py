"""How many records went on from each stage: those in sight, the last time that they left it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from app.access import reading
from app.insight import Filter
from app.insight.funnel import Conversion, conversions
from app.record import Saved
from tests.unit.approving import START, Office, opened, tree_of

DAY = dt.timedelta(days=1)


def found(office: Office, login: str, *filters: Filter, since: dt.datetime = START - DAY) -> dict[str, Conversion]:
    actor = office.actor(login)
    with reading(office.store, actor) as session:
        return conversions(session, actor, "deal", "stage", filters, since)


def moved(office: Office, record: int, *stages: str) -> None:
    for stage in stages:
        office.later(minutes=1)
        assert isinstance(office.change("boss", record, stage=stage), Saved)


def back_and_forth() -> dict[str, Any]:
    tree = tree_of()
    line = tree["entities"]["deal"]["pipelines"]["direct"]
    line["moves"] = "any"
    line["transitions"] = {"again": {"from": "lost", "to": "proposal"}}
    return tree


def test_what_went_on_is_counted_of_what_left(new_url: str) -> None:
    with opened(new_url, back_and_forth()) as office:
        first, second, third = (office.deal(stage="contact") for _ in range(3))
        other = office.deal("manager", stage="contact")
        moved(office, first, "proposal", "won")
        moved(office, second, "proposal", "contact", "lost")
        moved(office, other, "lost")
        assert found(office, "boss") == {"contact": Conversion(3, 1), "proposal": Conversion(2, 1)}
        assert found(office, "rep") == {"contact": Conversion(2, 1), "proposal": Conversion(2, 1)}, (
            "others' are out of sight"
        )
        mine = Filter("owner", "equals", (office.ids["manager"],))
        assert found(office, "boss", mine) == {"contact": Conversion(1, 0)}
        assert third
        moved(office, second, "proposal")  # a lost stage is left, too
        assert found(office, "boss")["lost"] == Conversion(1, 0)
        assert found(office, "boss", since=office.moment[0] + DAY) == {}
        assert Conversion(3, 1).percent == 33
