"""Filters as people build them: each comparison is written, understood and read back."""

from __future__ import annotations

from functools import cache

import pytest

from app.access import Actor
from app.definition import Catalog
from app.insight.criteria import ASKS, OPERATORS_OF, Comparison, Group, Known, Part, Related, Written, read, write
from app.insight.written import read_filter
from tests.unit.insight.standard import standard

BOSS = Actor(1, "boss", frozenset({"administrator", "employee", "sales_director"}))
REP = Actor(2, "rep", frozenset({"sales_rep", "employee"}))
SOUGHT = Group(
    (
        Comparison(("region",), "any_of", ("east",)),
        Comparison(("level",), "any_of", ("a",)),
        Comparison(("industry",), "any_of", ("internet",)),
        Related("opportunities", True, Group((Comparison(("created_at",), "within", ("6", "months")),))),
        Related("opportunities", False, Group((Comparison(("stage", "category"), "any_of", ("won",)),))),
    )
)


@cache
def known(actor: Actor = BOSS) -> Known:
    return Known(standard(), actor)


def test_a_question_of_the_sales_team_is_an_expression_and_back() -> None:
    text = write(known(), "account", SOUGHT)
    assert text == (
        'region in ["east"] and level in ["a"] and industry in ["internet"] and exists(opportunities where '
        'created_at >= add_months(now(), -6) and created_at <= now()) and not exists(opportunities where stage.category in ["won"])'
    )
    assert read_filter(standard(), BOSS, "account", text)
    assert read(known(), "account", text) == SOUGHT


def samples(catalog: Catalog, entity: str, path: tuple[str, ...], kind: str) -> dict[str, tuple[str, ...]]:
    """Values for each way of asking that fit the field."""
    one = {"day": "2026-01-31", "moment": "2026-01-31", "number": "5"}.get(kind, "12")
    if kind in {"choice", "choices"}:
        known_field = known().field(entity, path)
        assert known_field is not None
        options = (
            ("open", "won") if len(path) > 1 else tuple(catalog.choices(*[known_field[0], known_field[1].key]))[:2]
        )
        return {"many": options}
    return {"one": (one,), "two": (one, one), "span": ("5", "days"), "many": ("12", "7")}


def test_every_comparison_of_every_field_is_understood_and_read_back() -> None:
    catalog = standard()
    asked = 0
    for entity in (
        "account",
        "contact",
        "lead",
        "opportunity",
        "activity",
        "task",
        "ticket",
        "contract",
        "product",
        "user",
    ):
        paths = [(field.key,) for field in known().fields(entity)]
        paths += [(field.key, "category") for field in known().fields(entity) if field.type == "stage"]
        for path in paths:
            kind = known().kind(entity, path)
            for operator in OPERATORS_OF[kind] if kind else ():
                values = samples(catalog, entity, path, kind or "").get(ASKS.get(operator, ""), ())
                if ASKS.get(operator) and not values:
                    continue
                test = Comparison(path, operator, values)
                text = write(known(), entity, test)
                assert read_filter(catalog, BOSS, entity, text), text
                assert read(known(), entity, text) == Group((test,)), text
                asked += 1
    assert asked > 1_000


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('region in ["east"] or not (level in ["a"] and kind in ["enterprise"])', Group((
            Comparison(("region",), "any_of", ("east",)),
            Group((Comparison(("level",), "any_of", ("a",)), Comparison(("kind",), "any_of", ("enterprise",))), "and", negated=True),
        ), "or")),
        ("exists(contacts)", Group((Related("contacts"),))),
        ("total_won * 2 > 5", Group((Written("total_won * 2 > 5"),))),
        ("owner.team == user.team", Group((Comparison(("owner",), "my_team"),))),
        ("team == user.team", Group((Comparison(("team",), "mine"),))),
        ('icontains(name, "a \\"b\\"")', Group((Comparison(("name",), "contains", ('a "b"',)),))),
        ("total_won >= 10 and total_won <= 20", Group((Comparison(("total_won",), "between", ("10", "20")),))),
        ("last_activity < add_days(now(), -14)", Group((Comparison(("last_activity",), "older", ("2", "weeks")),))),
        ("owner.department in [12] and is_blank(region)", Group((
            Comparison(("owner", "department"), "any_of", ("12",)), Comparison(("region",), "blank")))),
        ("not (not exists(contacts))", Group((Related("contacts", some=False),), negated=True)),
    ],
)  # fmt: skip
def test_groups_and_related_lists_are_read(text: str, part: Part) -> None:
    assert read(known(), "account", text) == part
    again = write(known(), "account", part)
    assert read(known(), "account", again) == part


@pytest.mark.parametrize(
    ("text", "test", "again"),
    [
        ('region == "east"', Comparison(("region",), "any_of", ("east",)), 'region in ["east"]'),
        ('region != "east"', Comparison(("region",), "none_of", ("east",)), 'region not in ["east"]'),
        ("owner.department == 12", Comparison(("owner", "department"), "any_of", ("12",)), "owner.department in [12]"),
        ('"east" == region', Written('"east" == region'), '"east" == region'),
        ("owner == user.id", Comparison(("owner",), "me"), "owner == user.id"),
    ],
)
def test_a_comparison_written_by_hand_is_the_row_that_asks_the_same(text: str, test: Part, again: str) -> None:
    assert read(known(), "account", text) == Group((test,))
    assert write(known(), "account", test) == again
    assert read_filter(standard(), BOSS, "account", text)


def test_rows_that_are_not_complete_say_nothing() -> None:
    rows = Group(
        (
            Comparison(),
            Comparison(("name",)),
            Comparison(("name",), "contains"),
            Comparison(("total_won",), "between", ("5",)),
            Written(" "),
            Group(),
        )
    )
    assert write(known(), "account", rows) == ""


def test_what_one_may_not_read_is_neither_offered_nor_recognised() -> None:
    assert "credit_limit" in {each.key for each in known().fields("account")}
    assert "credit_limit" not in {each.key for each in known(REP).fields("account")}
    assert read(known(REP), "account", "credit_limit >= 5") == Group((Written("credit_limit >= 5"),))
    assert write(known(REP), "account", Comparison(("credit_limit",), "at_least", ("5",))) == ""
