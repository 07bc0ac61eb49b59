"""The canonical text of an expression."""

from __future__ import annotations

import pytest

from app.expression.format import format_syntax
from app.expression.parser import parse


@pytest.mark.parametrize(
    ("source", "canonical"),
    [
        ("a&&b||!c", "a and b or not c"),
        ("(a and b) or (c)", "a and b or c"),
        ("a and (b or c)", "a and (b or c)"),
        ("not (a and b)", "not (a and b)"),
        ("not (a == b)", "not a == b"),
        ("(not a) == b", "(not a) == b"),
        ("a - (b - c)", "a - (b - c)"),
        ("(a - b) - c", "a - b - c"),
        ("a + (b + c)", "a + (b + c)"),
        ("a * (b + c)", "a * (b + c)"),
        ("-(a + b)", "-(a + b)"),
        ("- a", "-a"),
        ("-(-a)", "-(-a)"),
        ("-(-1)", "1"),
        ("a - -1", "a - -1"),
        ("(a == b) == c", "(a == b) == c"),
        ("x in['a','b' ]", 'x in ["a", "b"]'),
        ("not x in [1]", "not x in [1]"),
        ("x not  in [1]", "x not in [1]"),
        ("tags  has 'vip'", 'tags has "vip"'),
        ("'it\\'s \"x\" \\\\ \\n'", '"it\'s \\"x\\" \\\\ \\n"'),
        ("1.50", "1.50"),
        ("if( a ,1,2 )", "if(a, 1, 2)"),
        ("account . level", "account.level"),
        ("sum_of( quotes . total  where(a&&b) )", "sum_of(quotes.total where a and b)"),
        ("count_of(quotes)", "count_of(quotes)"),
        ("f()", "f()"),
    ],
)
def test_spaces_words_quotes_and_no_needless_parentheses(source: str, canonical: str) -> None:
    assert format_syntax(parse(source)) == canonical
    assert format_syntax(parse(canonical)) == canonical


@pytest.mark.parametrize("source", ["a - (-1)", "-(-a)", "(a == b) == c", "a / (b * c)", "not (not a and b)"])
def test_the_meaning_stays(source: str) -> None:
    def bare(tree: object) -> object:
        return (tree.kind, tree.value, [bare(each) for each in tree.args])  # type: ignore[attr-defined]

    assert bare(parse(format_syntax(parse(source)))) == bare(parse(source))
