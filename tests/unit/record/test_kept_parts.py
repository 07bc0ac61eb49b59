"""What a stage keeps as it is: parts as well as fields, at every door; and what the transition of a move asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from app.record import Change, Refused, Saved, create, update
from tests.unit.approving import SEED, Office, codes, opened

ALL = dict.fromkeys(("read", "update", "delete", "transition"), "all")
TREE: dict[str, Any] = {
    "pack": {"languages": ["en", "zh"]},
    "entities": {
        "offer": {
            "name_field": "name",
            "fields": {
                "name": {"type": "text", "required": True},
                "until": {"type": "date"},
                "stage": {"type": "stage"},
            },
            "pipelines": {
                "way": {
                    "field": "stage",
                    "moves": "forward",
                    "stages": {
                        "draft": {},
                        "sent": {"read_only": ["name", "lines"]},
                        "taken": {"category": "won", "read_only": ["until", "lines"]},
                        "over": {"category": "done", "read_only": ["until", "lines"]},
                    },
                    "transitions": {
                        "revise": {"from": ["sent"], "to": "draft"},
                        "renew": {"from": ["over"], "to": "taken", "required": ["until"]},
                    },
                }
            },
        },
        "line": {
            "name_field": "name",
            "parent": {"field": "offer", "part": True},
            "fields": {
                "name": {"type": "text", "required": True},
                "price": {"type": "decimal"},
                "offer": {"type": "lookup", "to": ["offer"], "required": True, "inverse": "lines"},
            },
        },
    },
    "roles": {
        "administrator": {"grants": {"*": {"create": True, **ALL}}},
        **{key: {"grants": {"offer": {"create": True, **ALL}}} for key in ("rep", "manager", "director")},
    },
}


@pytest.fixture
def office(new_url: str) -> Iterator[Office]:
    with opened(new_url, TREE) as found:
        yield found


def offer(office: Office, stage: str) -> tuple[int, str]:
    """An offer with one line, and the id of that."""
    values = {"name": "A", "stage": stage, "until": "2026-07-01", "lines": [{"name": "a", "price": 10}]}
    outcome = create(office.store, SEED, "offer", [values], door="seed")
    assert isinstance(outcome, Saved), outcome
    with office.store.system_reading() as connection:
        line = connection.execute(sa.select(office.store.models.tables["line"].c.id)).scalars().all()[-1]
    return outcome.ids[0], str(line)


def changed(office: Office, record: int, door: str = "form", **values: Any) -> Saved | Refused:
    return update(office.store, office.actor("rep"), "offer", [Change(record, values)], door=door)


@pytest.mark.parametrize("door", ["form", "api", "inline", "bulk", "import"])
def test_parts_that_a_stage_keeps_are_not_changed_added_or_taken_away(office: Office, door: str) -> None:
    record, line = offer(office, "sent")
    kept = [("lines", "field.read_only", "stage")]
    for lines in ([{"id": line, "price": 1}], [{"id": line}, {"name": "b"}], []):
        outcome = changed(office, record, door, lines=lines)
        assert codes(outcome) == kept
        assert codes(changed(office, record, door, lines=lines, stage="taken")) == kept  # nor on the way to the next
    assert isinstance(outcome, Refused)
    assert all("{" not in outcome.refusals[0].text(each, office.store.catalog) for each in ("en", "zh"))
    assert isinstance(changed(office, record, door, lines=[{"id": line, "price": 10}], until="2026-08-01"), Saved)


def test_parts_change_with_the_move_to_where_they_may(office: Office) -> None:
    record, line = offer(office, "sent")
    assert isinstance(changed(office, record, stage="draft", lines=[{"id": line, "price": 1}]), Saved)


def test_what_the_transition_asks_for_is_given_with_it(office: Office) -> None:
    record, _line = offer(office, "over")
    assert codes(changed(office, record, until="2027-07-01")) == [("until", "field.read_only", "stage")]
    renewed = {"stage": "taken", "until": "2027-07-01"}
    assert codes(changed(office, record, **renewed, lines=[])) == [("lines", "field.read_only", "stage")]
    assert isinstance(changed(office, record, **renewed), Saved)
