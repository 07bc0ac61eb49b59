import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.api.filters import Condition, FilterSyntaxError, parse_conditions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('name == "海纳"', [Condition("name", "equals", ("海纳",))]),
        ("amount >= -10.50", [Condition("amount", "at_least", ("-10.50",))]),
        ("vip != true", [Condition("vip", "not_equals", ("true",))]),
        ("owner == null", [Condition("owner", "is_blank")]),
        ("not is_blank(owner)", [Condition("owner", "is_not_blank")]),
        ("stage in [\"won\", 'lost']", [Condition("stage", "in", ("won", "lost"))]),
        ('stage not in ["won"]', [Condition("stage", "not_in", ("won",))]),
        ('contains(name, "a \\" and b")', [Condition("name", "contains", ('a " and b',))]),
        ("a < 1 and b > 2", [Condition("a", "less", ("1",)), Condition("b", "greater", ("2",))]),
    ],
)
def test_conditions_are_read(text: str, expected: list[Condition]) -> None:
    assert list(parse_conditions(text)) == expected


@pytest.mark.parametrize(
    "text",
    ["", "name", "name ==", "name = 1", "1 == name", "a == 1 or b == 2", "a == 1 b == 2", "not a == 1", "f(a)",
     "a in []", 'a in ["x"', "a < null", 'a == "x', "a == 1;", "a == 1 and", "x" * 3000],
)  # fmt: skip
def test_anything_else_says_where_it_stops(text: str) -> None:
    with pytest.raises(FilterSyntaxError):
        parse_conditions(text)


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        found = parse_conditions(text)
    except FilterSyntaxError:
        return
    assert found


@given(st.text(max_size=40))
def test_a_quoted_text_comes_back_whole(text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    assert parse_conditions(f'name == "{quoted}"') == (Condition("name", "equals", (text,)),)
