"""Diagnostics as people and programs read them."""

import json

from app.diagnostics import (
    Diagnostic,
    Span,
    diagnostic,
    did_you_mean,
    nearest,
    render_github,
    render_json,
    render_text,
    sort,
    split_lines,
)

LINES = ["label: 客户 name", "x: " + "y" * 400 + " here"]


def read_line(file: str, line: int) -> str | None:
    return LINES[line - 1] if file == "a.yaml" and line <= len(LINES) else None


def one(line: int, column: int, length: int, file: str = "a.yaml", hint: str | None = None) -> Diagnostic:
    return diagnostic("CFG201", "unknown key 'x'", Span(file, line, column, length), path=("entities", "a"), hint=hint)


def test_the_caret_stands_below_the_place() -> None:
    assert render_text([one(1, 8, 2)], read_line) == (
        "a.yaml:1:8: error CFG201: unknown key 'x'\n"
        "    1 | label: 客户 name\n"
        "      |        ^^^^\n"
    )  # fmt: skip


def test_chinese_before_the_place_takes_two_columns() -> None:
    assert render_text([one(1, 11, 4)], read_line).splitlines()[2] == "      |             ^^^^"


def test_a_long_line_is_cut_around_the_place() -> None:
    first, source, caret = render_text([one(2, 405, 4)], read_line).splitlines()
    assert "error" in first
    assert source.endswith("here")
    assert len(source) < 200
    assert source[caret.index("^") : caret.rindex("^") + 1] == "here"


def test_without_a_source_line_there_is_no_caret() -> None:
    assert (
        render_text([one(9, 1, 1, "b.yaml", "h")], read_line)
        == "b.yaml:9:1: error CFG201: unknown key 'x'\n  hint: h\n"
    )


def test_json_has_the_fields_that_others_rely_on() -> None:
    assert json.loads(render_json([one(1, 8, 2, hint="h")])) == [
        {
            "code": "CFG201",
            "severity": "error",
            "message": "unknown key 'x'",
            "file": "a.yaml",
            "line": 1,
            "column": 8,
            "path": "entities.a",
            "hint": "h",
        }
    ]
    assert json.loads(render_json([])) == []


def test_github_shows_it_beside_the_line() -> None:
    found = Diagnostic("CFG401", "warning", "50 % of\nit", Span("a,b:c.yaml", 1, 2, 3))
    assert render_github([found]) == (
        "::warning file=a%2Cb%3Ac.yaml,line=1,col=2,endColumn=5,title=CFG401::50 %25 of%0Ait\n"
    )


def test_they_are_sorted_by_file_and_position_and_come_once() -> None:
    several = [one(2, 1, 1), one(1, 9, 1), one(1, 2, 1, "A.yaml"), one(1, 9, 1)]
    places = [(each.span.file, each.span.line, each.span.column) for each in sort(several)]
    assert places == [("A.yaml", 1, 2), ("a.yaml", 1, 9), ("a.yaml", 2, 1)]


def test_lines_end_where_yaml_ends_them() -> None:
    assert split_lines("a\r\nb\rc\nd\u2028e\x85f") == ["a", "b", "c", "d", "e", "f"]


def test_the_nearest_name_is_offered() -> None:
    names = ["deal_stage", "region", "Level"]
    assert nearest("deal_stag", names) == "deal_stage"
    assert nearest("level", names) == "Level"
    assert nearest("zzz", names) is None
    assert nearest("x" * 10_000, names) is None
    assert did_you_mean("region", Span("a.yaml", 1, 1)) == "did you mean 'region'? (a.yaml:1:1)"
    assert did_you_mean(None) is None
