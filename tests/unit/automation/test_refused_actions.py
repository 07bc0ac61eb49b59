"""Actions that can't be carried out: refused in the log of runs, and nothing else is held up by them."""

from __future__ import annotations

from tests.unit.approving import opened
from tests.unit.automation.test_dispatch import (
    CALL,
    Open,
    change,
    deals,
    drain,
    open_small,
    open_with,
    runs,
    stored,
    tree_of,
)

__all__ = ["open_small", "open_with"]


def test_who_is_nobody_is_given_nothing(open_with: Open) -> None:
    office = open_with(
        give={"trigger": "update", "actions": {"own": {"assign": {"to": {"team": "North"}}}}},
        also={"trigger": "update", "actions": CALL},
    )
    (record,) = deals(office, {"name": "Big"})
    change(office, record, note="here")
    drain(office)
    give, also = runs(office)
    assert (give.state, also.state) == ("failed", "done")
    assert give.result == {
        "own": {"done": 0, "refused": [[record, {"en": "Nobody is meant.", "zh": "没有符合条件的人员。"}]]}
    }


def test_what_has_no_tags_is_not_tagged_and_holds_up_nothing(open_small: Open) -> None:
    office = open_small(
        begin={"trigger": "create", "actions": CALL},
        mark={"entity": "task", "trigger": "create", "actions": {"mark": {"tag": "new"}}},
    )
    deals(office, {"name": "Big"})
    drain(office)
    assert [(each.automation, each.state) for each in runs(office)] == [("begin", "done"), ("mark", "done")]


def test_the_lookup_that_is_left_out_leads_to_the_record(sqlite_url: str) -> None:
    tree = tree_of(
        begin={
            "trigger": "create",
            "actions": {
                "call": {"create": {"entity": "task", "values": {"subject": "Call", "before": {"formula": "null"}}}}
            },
        }
    )
    tree["entities"]["task"]["fields"]["before"] = {"type": "lookup", "to": ["deal"], "inverse": "later_tasks"}
    with opened(sqlite_url, tree) as office:
        (record,) = deals(office, {"name": "Big"})
        drain(office)
        assert [(each.deal, each.before) for each in stored(office, "task")] == [(record, None)]
