"""What is hidden meets other changes: values come back to the field that they are of, and to no other."""

from typing import Any

from sqlalchemy.engine import Engine

from app.plan import plan_for

from .conftest import applied, insert, pack, select, tree

SITE: dict[str, Any] = {"name_field": "name", "fields": {"name": {"type": "text"}}}
VISIT: dict[str, Any] = {
    "name_field": "name",
    "fields": {"name": {"type": "text"}, "note": {"type": "text"}, "site": {"type": "lookup", "to": "site"}},
}
BARE: dict[str, Any] = {"name_field": "name", "fields": {"name": {"type": "text"}}}


def of_code(kind: str, key: str = "code", **more: Any) -> dict[str, Any]:
    """The small pack with its field `code` of another kind, or under another key."""
    found = tree(entities__account__fields__code=None)
    found["entities"]["account"]["fields"][key] = {"type": kind, **more}
    return found


def impacts(engine: Engine, a_tree: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(step.kind.words, step.target, step.impact) for step in plan_for(engine, pack(a_tree)).steps]


def test_a_field_takes_no_values_of_another_that_had_its_key(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "code": "a secret"}, {"name": "y", "code": "12"})
    applied(engine, tree(entities__account__fields__code=None))
    applied(engine, of_code("boolean"))
    applied(engine, tree())
    assert select(engine, "account", "code") == [("no",), ("no",)]


def test_nor_those_that_such_a_field_had_before_it_changed_its_kind(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "code": "07"})
    applied(engine, of_code("integer"))
    applied(engine, tree(entities__account__fields__code=None))
    applied(engine, of_code("boolean"))
    applied(engine, tree())
    assert select(engine, "account", "code") == [("no",)]


def test_what_was_removed_does_not_follow_another_field_of_its_key(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "code": "precious"})
    applied(engine, tree(entities__account__fields__code=None))
    applied(engine, of_code("boolean"))
    renamed = of_code("boolean", "has_code", renamed_from="code")
    applied(engine, renamed)
    both = tree(entities__account__fields__has_code={"type": "boolean"})
    assert ("restore field", "account.code", "1 row, 1 filled") in impacts(engine, both)
    applied(engine, both)
    assert select(engine, "account", "code", "has_code") == [("precious", False)]


def test_a_field_takes_its_values_back_under_another_key(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "code": "007"}, {"name": "y", "code": "abc"})
    applied(engine, of_code("integer", existing="blank"), ["account.code"])
    applied(engine, of_code("integer", "number", renamed_from="code"))
    applied(engine, of_code("text", "number", max_length=20))
    assert select(engine, "account", "number") == [("007",), ("abc",)]


def test_an_entity_comes_back_in_parts(engine: Engine) -> None:
    """What it comes back without is hidden, not lost: nothing is said of what that points to."""
    full = tree(entities__site=SITE, entities__visit=VISIT)
    applied(engine, full)
    insert(engine, "site", {"name": "s"})
    insert(engine, "visit", {"name": "v", "note": "precious", "site": 1})
    applied(engine, tree())
    bare = tree(entities__visit=BARE)
    assert impacts(engine, bare)[0] == ("restore entity", "visit", "1 row")
    applied(engine, bare)
    applied(engine, full)
    assert select(engine, "visit", "note", "site") == [("precious", 1)]
