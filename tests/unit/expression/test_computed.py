"""Computed fields: the order in which a record works them out, and what points give."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from app.definition import Catalog
from app.expression import Context
from app.expression.computed import Circle, computed_fields, read_fields
from app.loading import catalog_of_tree

NOW = Context(dt.datetime(2026, 6, 30, 9, tzinfo=dt.UTC), dt.UTC)


def catalog(**fields: object) -> Catalog:
    return catalog_of_tree({"entities": {"deal": {"label": "Deal", "fields": {"name": {"type": "text"}, **fields}}}})


def test_a_field_is_worked_out_after_those_that_it_reads() -> None:
    found = computed_fields(
        catalog(
            third={"type": "decimal", "formula": "second + first"},
            second={"type": "decimal", "formula": "first * 2"},
            first={"type": "decimal", "formula": "price + 1"},
            price={"type": "decimal"},
        ),
        "deal",
    )
    assert list(found) == ["first", "second", "third"]
    assert found["third"].evaluate({"first": Decimal(2), "second": Decimal("1.005")}, None, NOW) == Decimal("3.01")


def test_fields_that_follow_from_each_other_are_named() -> None:
    with pytest.raises(Circle) as error:
        computed_fields(
            catalog(one={"type": "integer", "formula": "other"}, other={"type": "integer", "formula": "one + 1"}),
            "deal",
        )
    assert sorted(error.value.fields[1:]) == ["one", "other"]
    assert error.value.fields[0] == error.value.fields[-1]


def test_points_are_the_sum_of_those_that_hold() -> None:
    points = {
        "base": {"add": 60},
        "named": {"add": 25, "when": "not is_blank(name)"},
        "x": {"add": -30, "when": 'name == "x"'},
    }
    made = catalog(score={"type": "integer", "points": points})
    score = computed_fields(made, "deal")["score"]
    assert score.evaluate({"name": "x"}, None, NOW) == 55
    assert score.evaluate({"name": None}, None, NOW) == 60
    assert [each.key for each in score.holding({"name": "y"}, None, NOW)] == ["base", "named"]
    assert read_fields(score, made.entities["deal"]) == {"name"}


def full(row: dict[str, object], **fields: object) -> object:
    every = {"name": {"type": "text", "weight": 2}, **fields, "full": {"type": "percent", "formula": "completeness()"}}
    tree = {"entities": {"deal": {"label": "Deal", "fields": every}}, "roles": {"boss": {}}}
    found = computed_fields(catalog_of_tree(tree), "deal")["full"]
    return found.evaluate(dict.fromkeys(every) | row, None, NOW)


def test_completeness_leaves_out_what_its_condition_hides() -> None:
    extra = {"type": "text", "weight": 6, "visible_when": 'name == "x"'}
    assert full({"name": "y"}, extra=extra) == 100
    assert full({"name": "y", "extra": "kept"}, extra=extra) == 100
    assert full({"name": "x"}, extra=extra) == 25
    assert full({"name": "x", "extra": "e"}, extra=extra) == 100
    assert full({}, extra=extra) == 0


def test_completeness_of_nothing_that_is_asked_for_is_all() -> None:
    hidden = {"type": "text", "weight": 2, "visible_when": 'other == "x"'}
    other = {"type": "text"}
    assert full({"name": "n"}, name=hidden, other=other) == 100
    assert full({"other": "x"}, name=hidden, other=other) == 0


@pytest.mark.parametrize("condition", ['has_role("boss")', "is_new()", "nonsense("])
def test_completeness_is_the_same_for_all_who_look(condition: str) -> None:
    assert full({"name": "y"}, extra={"type": "text", "weight": 2, "visible_when": condition}) == 50


def test_what_decides_on_completeness_is_read_by_it() -> None:
    fields = {
        "extra": {"type": "text", "weight": 2, "visible_when": "many > 1"},
        "full": {"type": "percent", "formula": "completeness()"},
    }
    made = catalog(many={"type": "integer"}, **fields)
    assert read_fields(computed_fields(made, "deal")["full"], made.entities["deal"]) == {"extra", "many"}
