"""Things that no table hangs on: each change is one safe step, is applied, and is seen afterwards."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from app.definition import Catalog
from app.loading import Loaded, catalog_of_tree
from app.loading.shape import FOLDERS
from app.plan import apply_plan, first_apply, open_store, plan_for
from app.plan.compare import compare
from app.plan.compare_things import WITH_STEPS_OF_THEIR_OWN, places

ENTITY = {"name_field": "name", "fields": {"name": {"type": "text"}}}
AUTOMATION = {"entity": "thing", "trigger": {"event": "create"}, "actions": {"hot": {"tag": {"add": ["hot"]}}}}
LOGGED = {**AUTOMATION, "mode": "shadow", "actions": {"hot": {"tag": {"add": ["warm"]}}}}
LEVEL = {"entity": "thing", "start": "true", "stop": "true", "targets": {"a": {"within": "1 day"}}}
WARN = {"actions": AUTOMATION["actions"]}
GO_ON = "clocks that run keep the times they began with"


def tree(**kinds: dict[str, Any]) -> dict[str, Any]:
    return {"entities": {"thing": ENTITY}, **kinds}


def steps(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    found = compare(catalog_of_tree(before), catalog_of_tree(after))
    assert {step.risk for step in found} <= {"safe"}
    return [f"{step.kind.symbol} {step.kind.words} {step.target} {step.detail}".strip() for step in found]


def test_every_kind_without_tables_has_steps() -> None:
    catalog = catalog_of_tree(tree())
    assert set(places(catalog)) == set(FOLDERS) - WITH_STEPS_OF_THEIR_OWN


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (tree(), tree(automations={"a": AUTOMATION}), ["+ add automation a"]),
        (tree(automations={"a": AUTOMATION}), tree(), ["- remove automation a"]),
        (tree(automations={"a": AUTOMATION}), tree(automations={"a": LOGGED}), ["~ change automation a mode, actions"]),
        (
            tree(templates={"t": {"for": "document", "body": {"en": {"file": "t.html", "$content": "a"}}}}),
            tree(templates={"t": {"for": "document", "body": {"en": {"file": "t.html", "$content": "b"}}}}),
            ["~ change template t body"],
        ),
        (tree(), tree(backups={"encrypt": False}), ["~ settings backups.encrypt"]),
        (
            tree(backups={"full": {"every": "day"}}),
            tree(backups={"full": {"every": "week"}, "to": ["x"]}),
            ["~ settings backups.full", "~ settings backups.to"],
        ),
        (tree(slas={"s": LEVEL}), tree(), ["- remove service level s"]),
        (
            tree(slas={"s": LEVEL}),
            tree(slas={"s": {**LEVEL, "targets": {"a": {"within": "2 days"}}}}),
            [f"~ change service level s targets; {GO_ON}"],
        ),
        (
            tree(slas={"s": {**LEVEL, "warn": {**WARN, "before": "1 hour"}}}),
            tree(slas={"s": {**LEVEL, "warn": {**WARN, "before": "2 hours"}}}),
            [f"~ change service level s warn; {GO_ON}"],
        ),
        (
            tree(slas={"s": LEVEL}),
            tree(
                slas={
                    "s": {**LEVEL, "stop": 'name == "x"', "targets": {"a": {"within": "1 day", "label": {"*": "Slow"}}}}
                }
            ),
            ["~ change service level s stop, targets"],
        ),
    ],
)
def test_a_change_is_one_step(before: dict[str, Any], after: dict[str, Any], expected: list[str]) -> None:
    assert steps(before, after) == expected


def test_a_change_is_applied_and_read_back(new_database: Callable[[], Engine]) -> None:
    engine = new_database()
    first_apply(engine, loaded(tree()))
    wanted = loaded(tree(automations={"a": AUTOMATION}))
    plan = plan_for(engine, wanted)
    assert [step.target for step in plan.steps] == ["automation a"]
    apply_plan(engine, wanted, plan, "someone")
    assert plan_for(engine, wanted).is_empty
    catalog: Catalog = open_store(engine).models.catalog
    assert wanted.catalog is not None
    assert catalog.automations == wanted.catalog.automations
    engine.dispose()


def loaded(a_tree: dict[str, Any]) -> Loaded:
    return Loaded(catalog_of_tree(a_tree), (), a_tree, {}, {})
