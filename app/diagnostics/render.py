"""Diagnostics as text with the source line and a caret, as JSON, and as annotations of GitHub."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Container, Iterable

from app.diagnostics.diagnostic import Diagnostic

ReadLine = Callable[[str, int], str | None]
LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # what libyaml counts as the end of a line
WITHOUT_SOURCE = frozenset({"CFG214"})  # what stands in these lines must not be repeated
WIDEST = 160  # characters of a source line that are shown


def split_lines(text: str) -> list[str]:
    """The lines of a source file without their ends, counted as the YAML reader counts them."""
    return LINE_BREAK.split(text)


def render_text(diagnostics: Iterable[Diagnostic], read_line: ReadLine) -> str:
    """For people. `read_line(file, line)` gives the source line, or None where there is none; lines count from 1."""
    every = list(diagnostics)
    kept_back = {(one.span.file, one.span.line) for one in every if one.code in WITHOUT_SOURCE}
    return "".join(_text_of(one, read_line, kept_back) for one in every)


def _text_of(one: Diagnostic, read_line: ReadLine, kept_back: Container[tuple[str, int]]) -> str:
    span = one.span
    lines = [f"{span}: {one.severity} {one.code}: {one.message}"]
    source = read_line(span.file, span.line) if (span.file, span.line) not in kept_back else None
    if source is not None and source.strip():
        lines += _excerpt(source, span.line, span.column, span.length)
    if one.hint:
        lines.append(f"  hint: {one.hint}")
    return "\n".join(lines) + "\n"


def _excerpt(source: str, line: int, column: int, length: int) -> list[str]:
    """The source line and below it the caret. A long line is cut around the place."""
    number = f"{line:>5} | "
    start = max(0, column - 1 - WIDEST // 2) if len(source) > WIDEST else 0
    shown = "".join(_printable(character) for character in source[start : start + WIDEST]).rstrip()
    before = source[start : column - 1]
    marked = source[column - 1 : column - 1 + length]
    carets = max(1, _width(marked[: WIDEST // 2]))
    return [number + shown, " " * (len(number) - 2) + "| " + " " * _width(before) + "^" * carets]


def _printable(character: str) -> str:
    if character == "\t":
        return " "
    return character if character.isprintable() else "�"


def _width(text: str) -> int:
    """Columns of a terminal: Chinese characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def as_mapping(one: Diagnostic) -> dict[str, str | int | None]:
    """The fields of a diagnostic by the names that others rely on."""
    return {
        "code": one.code,
        "severity": one.severity,
        "message": one.message,
        "file": one.span.file,
        "line": one.span.line,
        "column": one.span.column,
        "path": ".".join(one.path),
        "hint": one.hint,
    }


def render_json(diagnostics: Iterable[Diagnostic]) -> str:
    """A JSON list of objects: code, severity, message, file, line, column, path, hint."""
    return json.dumps([as_mapping(one) for one in diagnostics], ensure_ascii=False, indent=2) + "\n"


def render_github(diagnostics: Iterable[Diagnostic]) -> str:
    """Workflow commands that GitHub shows beside the lines of a pull request."""
    return "".join(_annotation(one) for one in diagnostics)


def _annotation(one: Diagnostic) -> str:
    level = "notice" if one.severity == "note" else one.severity
    span = one.span
    place = f"file={_property(span.file)},line={span.line},col={span.column},endColumn={span.column + span.length}"
    message = one.message + (f"\nhint: {one.hint}" if one.hint else "")
    return f"::{level} {place},title={one.code}::{_escaped(message)}\n"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
