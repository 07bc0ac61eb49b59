"""Circles of automations: told where each round may make a difference, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.loading import load_pack

DEAL = {
    "label": "Deal",
    "fields": {
        "name": {"type": "text", "label": "Name"},
        "amount": {"type": "integer", "label": "Amount"},
        "points": {"type": "integer", "label": "Points"},
        "seen": {"type": "datetime", "label": "Seen"},
        "labels": {"type": "tags", "label": "Labels"},
        "kind": {"type": "picklist", "label": "Kind", "options": {"call": "Call", "mail": "Mail"}},
        "mother": {"type": "lookup", "to": "deal", "label": "Mother", "inverse": "daughters"},
        "stage": {"type": "stage", "label": "Stage"},
    },
    "pipelines": {
        "way": {"field": "stage", "moves": "any", "stages": {"open": "Open", "busy": "Busy", "last": "Last"}}
    },
}


def values(**formulas: str) -> dict[str, Any]:
    return {key: {"formula": each} for key, each in formulas.items()}


def rule(trigger: Any, action: Any, **more: Any) -> dict[str, Any]:
    return {"entity": "deal", "label": "X", "trigger": trigger, "actions": {"act": action}, **more}


def told(tmp_path: Path, *automations: dict[str, Any]) -> list[str]:
    (tmp_path / "entities").mkdir()
    (tmp_path / "automations").mkdir()
    (tmp_path / "pack.yaml").write_text("language: 1\nlabel: Acme\n")
    (tmp_path / "entities" / "deal.yaml").write_text(json.dumps(DEAL))
    for key, each in zip("abc", automations, strict=False):
        (tmp_path / "automations" / f"{key}.yaml").write_text(json.dumps(each))
    return [f"{each.code}: {each.message}" for each in load_pack(tmp_path).diagnostics]


CIRCLE = "CFG488: automations may start each other in a circle: "


@pytest.mark.parametrize(
    ("automations", "expected"),
    [
        ((rule("update", {"set": values(amount="amount + 1")}),), "a (act) → a"),
        ((rule("update", {"set": values(seen="now()")}),), "a (act) → a"),
        ((rule("update", {"assign": {"to": {"role": "seller"}, "by": "round_robin"}}),), "a (act) → a"),
        (
            (rule({"stage": "busy"}, {"move_stage": "last"}), rule({"stage": "last"}, {"move_stage": "busy"})),
            "a (act) → b (act) → a",
        ),
        (
            (rule({"changed": ["labels"]}, {"tag": {"add": ["a"]}}), rule("update", {"tag": {"remove": ["a"]}})),
            "a (act) → a",
        ),
        ((rule("create", {"create": {"entity": "deal"}}, when="amount > 10"),), "a (act) → a"),
        (
            (rule({"changed": ["points"]}, {"update_related": {"related": "daughters", "values": values(points="points")}}),),
            "a (act) → a",
        ),
    ],
)  # fmt: skip
def test_what_may_differ_each_time_is_a_circle(tmp_path: Path, automations: Any, expected: str) -> None:
    found = [each for each in told(tmp_path, *automations) if each.startswith("CFG48")]
    assert found == [CIRCLE + expected]


@pytest.mark.parametrize(
    "automations",
    [
        (rule("update", {"set": {"points": 1}}),),
        (rule("update", {"set": values(points="amount * 2")}),),
        (rule({"changed": ["amount"]}, {"set": {"points": 1}}), rule({"changed": ["points"]}, {"set": {"amount": 2}})),
        (
            rule({"changed": ["amount"]}, {"set": {"points": 1}}),
            rule({"changed": ["points"]}, {"set": values(amount="points + amount")}),
        ),
        (rule("create", {"create": {"entity": "deal", "values": {"kind": "mail"}}}, when='kind == "call"'),),
        (rule("create", {"create": {"entity": "deal"}}, mode="shadow"),),
        (rule({"stage": "busy"}, {"move_stage": "last"}),),
        (rule({"every": "day"}, {"set": values(amount="amount + 1")}),),
        (rule("update", {"tag": {"add": ["a"]}}),),
    ],
)
def test_what_writes_the_same_again_ends_by_itself(tmp_path: Path, automations: Any) -> None:
    assert told(tmp_path, *automations) == []


def test_records_that_make_each_other_whatever_they_hold_are_an_error(tmp_path: Path) -> None:
    found = told(tmp_path, rule("create", {"create": {"entity": "deal"}}))
    assert found == ["CFG487: automations start each other without end: a (act) → a"]
