"""`filter=` of a list: the expression language, as the caller may know the fields."""

from __future__ import annotations

import copy
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access import Actor
from app.expression import Checked, Context
from app.insight import BadQuery, Filter
from app.insight.written import BadFilter, read_filter
from app.loading import catalog_of_tree
from tests.unit.orm import expression_world as world

TREE = copy.deepcopy(world.TREE)
TREE["entities"]["account"]["fields"] |= {
    "secret": {"type": "text", "restricted": True},
    "length": {"type": "duration"},
    "about": {"type": "lookup", "to": ["deal", "user"]},
}
TREE["entities"]["deal"]["fields"]["margin"] = {"type": "money", "restricted": True}
CATALOG = catalog_of_tree(TREE)
REP = Actor(1, "rep", frozenset({"rep"}))
ROW = {
    "id": 12, "name": "Acme", "level": "a", "rank": 3, "limit": Decimal("10.5"), "since": world.NOW.date(), "seen": world.NOW,
    "vip": True, "tags": ("VIP",), "owner": 1, "head": 7, "head.name": "Head", "created_at": world.NOW,
}  # fmt: skip


def read(text: str) -> tuple[tuple[Checked, ...], tuple[Filter, ...]]:
    return read_filter(CATALOG, REP, "account", text)


def holds(text: str) -> bool:
    (where, filters) = read(text)
    assert not filters
    context = Context(world.NOW, world.ZONE, {"id": 1}, frozenset({"rep"}))
    return all(each.evaluate(ROW, None, context) for each in where)


@pytest.mark.parametrize(
    "text",
    [
        'name == "Acme"', "limit >= -10.50", "vip != false", "owner != null", "not is_blank(owner)", 'level in ["a", "b"]',
        'level not in ["b"]', 'contains(name, "c")', "rank < 4 and limit > 2", 'rank < 1 or level == "a"', "not (rank == 1)",
        'tags has "vip"', 'has_any(tags, ["x", "vip"])', "len(head.name) == 4", "add_days(since, 1) > since",
        # As programs send them: ids and numbers as texts, people as "me", days for moments.
        'id == "12"', "id == 12", 'head == "7"', "head in [7, 8]", 'owner == "me"', 'owner in ["me"]', 'owner in ["5", "me"]',
        'rank == "3"', 'vip == "true"', 'since == "2026-06-30"', 'since in ["2026-06-30"]', 'seen == "2026-07-01"',
        'seen > "2026-06-30"', 'seen <= "2026-07-01"', 'seen == "2026-06-30T17:30:00Z"', 'seen < "2026-07-01T08:00+08:00"',
        '"2026-07-02" > seen',
    ],
)  # fmt: skip
def test_conditions_hold(text: str) -> None:
    assert holds(text)
    assert not holds(f"not ({text})")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('length > "1:00"', Filter("length", "greater", ("1:00",))),
        ('about == "deal/3"', Filter("about", "equals", ("deal/3",))),
        ('about in ["deal/3"]', Filter("about", "in", ("deal/3",))),
        ("about != null", Filter("about", "is_not_blank")),
    ],
)
def test_what_the_language_has_no_type_for_is_filtered_as_lists_do(text: str, expected: Filter) -> None:
    where, filters = read(f"{text} and rank == 3")
    assert filters == (expected,)
    assert len(where) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "at 1"),
        ("name", "EXP109|true or false"),
        ("name = 1", "at 6"),
        ('level == "d"', r"there is no option 'd' at 10 \(the options are a, b, c\)"),
        ('name < "x"', "at 1"),
        ("rank / 2 > 1", "`/` can't stand in a filter"),
        ("is_new()", "known while a record is saved"),
        ('length > "1:00" or vip', "at 1"),
        ("x" * 3000, "2,?000"),
        ("not " * 50 + "vip", "deep"),
        ('seen == "2026-13-01"', "at"),
        ('owner == "you"', "at"),
        ("id == 1" + "0" * 30, "digits"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(BadFilter, match=message):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        '{} == "a"', "is_blank({})", "rank > 0 and {} != null", 'lower({}) == "x"', "if(vip, {}, name) == null",
        'starts_with({}, "a") or vip', 'coalesce({}, "x") == "x"', '{} in ["a"]',
    ],
)  # fmt: skip
def test_a_hidden_field_is_answered_as_one_that_is_not_there(text: str) -> None:
    answers = []
    for name in ("secret", "sacret"):
        with pytest.raises(BadQuery) as found:
            read(text.format(name))
        answers.append(str(found.value).replace(name, "*"))
    assert answers[0] == answers[1]


def test_a_hidden_field_of_another_record_is_not_there_either() -> None:
    for text in ("sum_of(deals.{}) > 1", "count_of(deals where {} > 1) > 0", "head.head.secret{} == null"):
        answers = []
        for name in ("margin", "mergin"):
            with pytest.raises(BadQuery) as found:
                read(text.format(name))
            answers.append(str(found.value).replace(name, "*"))
        assert answers[0] == answers[1]


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    with suppress(BadFilter, BadQuery):
        read(text)
