"""Templates that are as dear as they may be, twenty at once: whoever fills them in keeps nobody from reading and saving."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import reading
from app.automation.dispatch import dispatch
from app.definition.plain_template import LONGEST, MOST_FILTERED, PlainTemplate
from app.insight import ListQuery, list_records
from app.orm.engine import open_engine
from app.orm.framework import automation_run, notice
from app.orm.types import now
from tests.deep.test_kill_dispatch import ended, in_child
from tests.unit.approving import Office, opened
from tests.unit.automation.test_dispatch import change, deals, tree_of

pytestmark = pytest.mark.timeout(300)
BOMBS = 20
_NOTE = "{{ record.note }}"
TEMPLATES = [
    _NOTE * 5_000,
    "{% if record.note|title == 'x' %}{% endif %}" * MOST_FILTERED + _NOTE,
    "{% if record.note %}" * 29 + _NOTE + "{% endif %}" * 29,
    "{{ " + " ~ ".join(["record.note"] * 50) + " }}",
    "{{ record.name|round }}",  # can't be filled in
]
NOTE = "{{ 7 * 7 }} {% for each in range(10) %} 'it''s' " * 8


def company() -> dict[str, Any]:
    tree = tree_of(
        **{
            f"bomb_{number}": {"trigger": "create", "actions": {"tell": {"notify": {"to": "owner", "template": f"bomb_{number}"}}}}
            for number in range(BOMBS)
        }
    )  # fmt: skip
    tree["templates"] = {
        f"bomb_{number}": {"for": "notification", "entity": "deal", "body": {"*": TEMPLATES[number % len(TEMPLATES)]}}
        for number in range(BOMBS)
    }
    return tree


def listed(office: Office) -> int:
    actor = office.actor("rep")
    with reading(office.store, actor) as session:
        return len(list_records(session, actor, ListQuery("deal", ("name", "note"), sort=(), limit=50)).rows)


def test_while_twenty_are_filled_in_the_others_read_and_save(new_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    begun_read, begun = os.pipe()
    go, go_write = os.pipe()
    plain = PlainTemplate.fill

    def held_fill(self: PlainTemplate, values: Mapping[str, Any]) -> str:
        if held:
            held.clear()
            os.write(begun, b"x")
            os.read(go, 1)  # as if this one took for ever
        return plain(self, values)

    held = [True]
    with opened(new_url, company()) as office:
        ids = deals(office, *({"name": f"Deal {number}", "note": NOTE[:250]} for number in range(BOMBS)))
        office.store.engine.dispose()

        def fill_in() -> None:
            own = replace(office.store, engine=open_engine(new_url), clock=now)
            while dispatch(own, now()):
                pass

        monkeypatch.setattr(PlainTemplate, "fill", held_fill)
        child = in_child(fill_in)
        try:
            assert os.read(begun_read, 1) == b"x"
            for each in ids:
                change(office, each, count=each)
                assert listed(office) == BOMBS
            os.write(go_write, b"x")
            assert ended(child) == 0
        except BaseException:
            os.kill(child, signal.SIGKILL)
            raise
        with office.store.system_reading() as connection:
            runs = list(connection.execute(sa.select(automation_run.c.state)).scalars())
            told = list(connection.execute(sa.select(notice.c.params)).scalars())
    assert len(runs) == BOMBS
    assert set(runs) == {"done"}
    assert len(told) == BOMBS * BOMBS * 4 // 5, "all but those that can't be filled in"
    assert max(len(each["text"]) for each in told) == LONGEST
    assert all("{{ 7 * 7 }}" in each["text"] for each in told), "what a record holds is not read as a template"
