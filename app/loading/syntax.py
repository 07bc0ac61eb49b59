"""What the YAML parser refuses, said in plain words at the place where it went wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence

import yaml

from app.diagnostics import Diagnostic, Span, diagnostic, split_lines
from app.loading.expressions import expression_keys
from app.loading.scalars import ASCII_FOR

_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_IN_QUOTES = re.compile(r""""(?:[^"\\]|\\.)*"|'[^']*'""")
_FULL_WIDTH = re.compile(r"""(?<=[A-Za-z0-9_"'*}\]])\s*[：，]|(?<=[:,\[{\s])[“”‘’「]""")
_CUT_BY_COMMENT = re.compile(r"(?<=\s)#(?=[^\s#!])")

QUOTE_EXPRESSION = "put the expression in single quotes, or write it below `|`"
_KEY = re.compile(r"""(?:^|[\s{,])["']?([a-z_]+)["']?:\s""")

_PROBLEMS = {
    "mapping values are not allowed in this context": (
        "a colon is not expected here",
        "put a text that holds ': ' in quotes, or mend the indentation",
    ),
    "could not find expected ':'": (
        "this line has no ':' after its key",
        "write `key: value`, or mend the indentation",
    ),
    "did not find expected key": ("a key is expected here", "mend the indentation, or close a bracket or quote above"),
    "did not find expected '-' indicator": (
        "an item of the list is expected here",
        "begin it with '- ', or mend the indentation",
    ),
    "did not find expected ',' or '}'": ("expected ',' or '}' here", "close the bracket, or put the text in quotes"),
    "did not find expected ',' or ']'": ("expected ',' or ']' here", "close the bracket, or put the text in quotes"),
    "did not find expected node content": ("a value is expected here", None),
    "found unexpected end of stream": ("the quote that begins here is never closed", "close it"),
    "found unexpected document indicator": ("the quote that begins here is never closed", "close it"),
    "found unknown escape character": ("unknown escape after \\", "write \\\\ for a backslash, or use single quotes"),
    "found a tab character that violates indentation": ("a tab indents this line", "indent with spaces"),
}


def unreadable_character(text: str, file: str) -> Diagnostic | None:
    """The first control character of a text, if it has one."""
    found = _UNREADABLE.search(text)
    if found is None:
        return None
    lines = split_lines(text[: found.start()])
    place = Span(file, len(lines), len(lines[-1]) + 1)
    name = "NUL" if found[0] == "\0" else f"U+{ord(found[0]):04X}"
    return diagnostic("CFG110", f"the file holds the control character {name}", place, hint="remove it")


def syntax_problem(error: yaml.YAMLError, file: str, lines: Sequence[str]) -> Diagnostic:
    """The diagnostic of a parser's error."""
    mark, context = _mark(error, "problem_mark"), _mark(error, "context_mark")
    line, column = mark or context or (0, 0)
    line, column = _within(lines, line, column)
    first = max(0, min(line, context[0] if context else line) - 1, line - 3)
    slip = _slip(file, lines, first, line)
    if slip is not None:
        return slip
    if lines[line][column : column + 1] == "\t" or (column and set(lines[line][:column]) == {"\t"}):
        column = lines[line].find("\t")
        return diagnostic("CFG102", "a tab indents this line", Span(file, line + 1, column + 1), hint="use spaces")
    problem = str(getattr(error, "problem", None) or "the file can't be read as YAML")
    if problem == "found character that cannot start any token":
        message = f"a value can't begin with {lines[line][column : column + 1]!r}"
        quotes = QUOTE_EXPRESSION if is_in_expression(lines[line], column) else "put it in quotes"
        return diagnostic("CFG101", message, Span(file, line + 1, column + 1), hint=quotes)
    message, hint = _PROBLEMS.get(problem, (problem, None))
    if is_in_expression(lines[line], column):
        hint = QUOTE_EXPRESSION
    if message.startswith("the quote") and context is not None:
        line, column = _within(lines, *context)
    elif context is not None and context[0] != line and "expected" in message:
        message += f" (what it belongs to begins in line {context[0] + 1})"
    return diagnostic("CFG101", message, Span(file, line + 1, column + 1), hint=hint)


def is_in_expression(line: str, column: int) -> bool:
    """Whether the last key of a line before a column is one behind which expressions stand."""
    keys = _KEY.findall(line, 0, column)
    return bool(keys) and keys[-1] in expression_keys()


def _mark(error: yaml.YAMLError, name: str) -> tuple[int, int] | None:
    mark = getattr(error, name, None)
    return None if mark is None else (mark.line, mark.column)


def _within(lines: Sequence[str], line: int, column: int) -> tuple[int, int]:
    """The place, or the end of the last line with text when it is behind it."""
    last = len(lines) - 1
    while last > 0 and not lines[last].strip():
        last -= 1
    return (line, column) if line <= last else (last, len(lines[last].rstrip()))


def _slip(file: str, lines: Sequence[str], first: int, last: int) -> Diagnostic | None:
    """A full-width character or a comment in the lines before the place: the likely cause."""
    for number in range(last, first - 1, -1):
        bare = _IN_QUOTES.sub(lambda quoted: "x" * len(quoted[0]), lines[number])
        comment = re.search(r"(?:^|\s)#", bare)
        found = _FULL_WIDTH.search(bare, 0, comment.start() if comment else len(bare))
        if found:
            column = found.end() - 1
            return full_width(lines[number][column], Span(file, number + 1, column + 1))
        cut = _CUT_BY_COMMENT.search(bare)
        if cut and bare[: cut.start()].strip():
            place = Span(file, number + 1, cut.start() + 1, len(bare.rstrip()) - cut.start())
            return cut_by_comment(place, lines[number])
    return None


def full_width(character: str, place: Span) -> Diagnostic:
    """A full-width character stands at the place."""
    message = f"'{character}' is a full-width character; YAML needs {ASCII_FOR.get(character, character)}"
    return diagnostic(
        "CFG115", message, place, hint="write it in ASCII, or put a text that holds it in straight quotes"
    )


def cut_by_comment(place: Span, line: str) -> Diagnostic:
    """A comment begins at the place in a line, in the middle of what seems to be a text."""
    hint = "put the text in quotes, or write a space after # for a comment"
    if is_in_expression(line, place.column - 1):
        hint = QUOTE_EXPRESSION
    return diagnostic("CFG105", "the text ends here: ' #' begins a comment", place, hint=hint)
