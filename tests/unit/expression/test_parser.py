"""What can be read, how it is grouped, and what is said of the rest: a place within the text, in plain words."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.expression import BadExpression, Problem, check_expression
from app.expression.format import format_syntax
from app.expression.lexer import LONGEST_SOURCE, tokens_of
from app.expression.parser import DEEPEST, LONGEST_LIST, MOST_NODES, parse
from app.expression.syntax import Syntax
from tests.unit.expression.catalogs import company, problems_of


def refused(source: str) -> Problem:
    with pytest.raises(BadExpression) as caught:
        parse(source)
    return caught.value.problems[0]


def shape(tree: Syntax) -> str:
    """The grouping, in parentheses."""
    if not tree.args:
        return format_syntax(tree)
    inner = " ".join(map(shape, tree.args))
    return f"({tree.value} {inner})"


@pytest.mark.parametrize(
    ("source", "grouped"),
    [
        ("a or b and c", "(or a (and b c))"),
        ("not a and b", "(and (not a) b)"),
        ("not a == b", "(not (== a b))"),
        ("a + b * c - d", "(- (+ a (* b c)) d)"),
        ("a / b / c", "(/ (/ a b) c)"),
        ("-a * b", "(* (- a) b)"),
        ("a == b + 1", "(== a (+ b 1))"),
        ("a not in [1]", "(not in a (None 1))"),
        ("tags has vip", "(has tags vip)"),
        ("!a && b || c", "(or (and (not a) b) c)"),
        ("a <= b", "(<= a b)"),
        ("((a))", "a"),
        ("not not a", "(not (not a))"),
    ],
)
def test_what_binds_closer(source: str, grouped: str) -> None:
    assert shape(parse(source)) == grouped


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1", 1), ("-1", -1), ("1.50", Decimal("1.50")), ("true", True), ("false", False), ("null", None),
        ('"a\\n\\t\\\\\\"b"', 'a\n\t\\"b'), ("'it\\'s'", "it's"), ('"e\u0301"', "é"), ("'张三'", "张三"), ("'a\"b'", 'a"b'),
        ("0.1", Decimal("0.1")), ("999999999999999999", 999999999999999999),
    ],
)  # fmt: skip
def test_literals(source: str, value: object) -> None:
    found = parse(source)
    assert (found.kind, found.value, type(found.value)) == ("literal", value, type(value))


def test_an_aggregate_is_read_as_a_whole() -> None:
    found = parse("sum_of(quotes.total where a == 1 or b)")
    assert (found.kind, found.value, len(found.args)) == ("aggregate", ("sum_of", "quotes", "total"), 1)
    assert parse("exists(quotes)").value == ("exists", "quotes", None)


@pytest.mark.parametrize(
    ("source", "code", "marked", "hint"),
    [
        ("", "EXP101", "", None),
        ("   ", "EXP101", "", None),
        ("a and", "EXP101", "", None),
        ("a b", "EXP101", "b", None),
        ("a AND b", "EXP101", "AND", "write `and`"),
        ("(a", "EXP101", "", None),
        ("f(a", "EXP101", "", None),
        ("a)", "EXP101", ")", None),
        ("[1, 2", "EXP101", "", None),
        ("a = b", "EXP101", "=", "compare with `==`"),
        ("a <> b", "EXP101", ">", "compare with `!=`"),
        ("a ? b : c", "EXP101", "?", "write `if(condition, then, otherwise)`"),
        ("10%", "EXP101", "%", "a percent field holds 15 for 15 %: divide by 100"),
        ("{{ a }}", "EXP101", "{", "name a field as it is written in YAML, without braces"),
        ("金额 > 1", "EXP101", "金", "put texts and option names into quotes"),
        ('a == "b', "EXP101", '"b', 'add " behind it'),
        ('"\\q"', "EXP101", "\\q", "write a backslash as `\\\\`"),
        ("a.", "EXP101", "", None),
        ("a.1", "EXP101", "1", None),
        ("a where b", "EXP101", "where", "`where` stands inside of an aggregate: `count_of(quotes where …)`"),
        ("a，b", "EXP110", "，", "write `,` instead"),
        ("a ≥ 1", "EXP110", "≥", "write `>=` instead"),
        ("“a”", "EXP110", "“", 'write `"` instead'),
        ("a < b < c", "EXP111", "<", "compare twice: `a < b and b < c`"),
        ("a == b != c", "EXP111", "!=", "compare twice: `a < b and b < c`"),
        ("1234567890123456789", "EXP108", "1234567890123456789", None),
        ("a\x00", "EXP101", "\x00", None),
    ],
)
def test_what_cannot_be_read_is_told_where_it_stops(source: str, code: str, marked: str, hint: str | None) -> None:
    found = refused(source)
    assert (found.code, source[found.start : found.end], found.hint) == (code, marked, hint)


@pytest.mark.parametrize(
    ("fits", "too_much"),
    [
        ("a" + " " * (LONGEST_SOURCE - 1), "a" + " " * LONGEST_SOURCE),
        ("(" * (DEEPEST - 1) + "a" + ")" * (DEEPEST - 1), "(" * DEEPEST + "a" + ")" * DEEPEST),
        ("not " * (DEEPEST - 1) + "a", "not " * DEEPEST + "a"),
        ("f(" * (DEEPEST - 1) + "a" + ")" * (DEEPEST - 1), "f(" * DEEPEST + "a" + ")" * DEEPEST),
        (f"a in [{', '.join(['1'] * LONGEST_LIST)}]", f"a in [{', '.join(['1'] * (LONGEST_LIST + 1))}]"),
        (" + ".join(["a"] * (MOST_NODES // 2)), " + ".join(["a"] * (MOST_NODES // 2 + 1))),
        ("1" * 18, "1" * 19),
    ],
    ids=["characters", "parentheses", "nots", "calls", "list", "parts", "digits"],
)
def test_limits(fits: str, too_much: str) -> None:
    parse(fits)
    assert refused(too_much).code == "EXP108"


PIECES = st.sampled_from(
    [
        "and", "or", "not", "in", "has", "where", "true", "null", "(", ")", "[", "]", ",", ".", "==", "!=", "<", ">=", "+", "-",
        "*", "/", "&&", "!", "?", "=", "（", "，", "“", "#", ":", "\\", '"', "'", "\n", "\u3000", "\x00", "😀", "1", "2.5", "'a'",
        '"won"', "name", "amount", "closed", "size", "sizes", "labels", "account", "account.level", "stage.category", "old.amount",
        "user.department", "user", "old", "count_of(", "sum_of(mentions.amount", "latest_of(", "mentions", "is_blank(", "if(",
        "coalesce(", "round(", "has_role(", "changed_to(", "matches_format(", "date(", "min(", "has_any(", "today()", "about",
        "contacts", "notes", "urgent", "is_mine()", "completeness()", "nothing", "concat(",
    ]
)  # fmt: skip
RANDOM = st.lists(PIECES, max_size=14).map(" ".join) | st.lists(PIECES, max_size=10).map("".join) | st.text(max_size=30)


@given(RANDOM)
def test_whatever_is_written_the_answer_is_a_tree_or_a_place_within(source: str) -> None:
    stays_within(source)


def stays_within(source: str) -> None:
    """Nothing but BadExpression is raised, with places in the source; what is sound survives being written anew."""
    problems = problems_of(source)
    for problem in problems:
        assert problem.code.startswith("EXP1")
        assert problem.message
        assert 0 <= problem.start <= len(source)
        assert problem.start < problem.end <= max(len(source), problem.start) + 1
    if not problems:
        assert check_expression(company(), "deal", source).evaluate is not None
        once = format_syntax(parse(source))
        assert format_syntax(parse(once)) == once


def test_tokens_know_their_places() -> None:
    assert [(each.kind, each.start, each.end) for each in tokens_of(" a>='b' ")] == [
        ("name", 1, 2), ("sign", 2, 4), ("text", 4, 7), ("end", 8, 8)
    ]  # fmt: skip
