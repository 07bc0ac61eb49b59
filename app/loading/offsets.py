"""Where the characters of a text stand in a file: from an offset in the text to the line and column, for every YAML style.

The scalar is read again by simple rules and compared with what the parser read; where they differ its beginning is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from app.diagnostics import Diagnostic, Span, split_lines
from app.loading.node import Node
from app.loading.reader import decode

Place = tuple[int, int]
"""Line and column, from 0."""
Character = tuple[str, Place]
_BLANKS = " \t"
_ANCHOR = re.compile(r"(?:&\S+)?\s*")
_ESCAPES = {
    "0": "\0", "a": "\x07", "b": "\x08", "t": "\t", "\t": "\t", "n": "\n", "v": "\x0b", "f": "\x0c", "r": "\r", "e": "\x1b",
    " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_DIGITS = {"x": 2, "u": 4, "U": 8}


class Offsets:
    """Answers where parts of texts stand. A file is read again when it is first asked for: most packs have no problem."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._scalars: dict[str, tuple[Sequence[str], dict[Place, Any]]] = {}

    def span(self, node: Node, start: int, end: int) -> Span:
        """The place of the characters from `start` to `end` of a text; of several lines the rest of the first."""
        places = self.places(node)
        if places is None:
            return node.span
        filled = len(str(node.value).rstrip())
        if start >= filled > 0:  # what is missing at the end is missing behind the last word, not in a line below
            line, column = places[filled - 1]
            return Span(node.span.file, line + 1, column + 2)
        line, column = places[start]
        last_line, last_column = places[min(max(end, start + 1), len(places) - 1)]
        text = self._scalars[node.span.file][0][line]
        behind = last_column if last_line == line else len(text.rstrip())
        return Span(node.span.file, line + 1, column + 1, max(1, behind - column))

    def is_before_comment(self, node: Node) -> bool:
        """Whether a comment follows a plain text in its line, which may have been meant as a part of it."""
        lines, event = self._read(node.span.file)[0], self.event(node)
        if event is None or event.style not in (None, ""):
            return False
        behind: str = lines[event.end_mark.line][event.end_mark.column :]
        return behind.lstrip(_BLANKS).startswith("#")

    def event(self, node: Node) -> Any:
        """The scalar that the parser reads where a value was written; None where there is none."""
        _, scalars = self._read(node.span.file)
        return scalars.get((node.span.line - 1, node.span.column - 1))

    def places(self, node: Node) -> list[Place] | None:
        """Of each character of a text its place, and behind them the end's; None where it was written in another way."""
        lines, event = self._read(node.span.file)[0], self.event(node)
        if event is None or event.value != node.value:
            return None
        found = list(_characters(lines, event))[: len(event.value)]
        if "".join(sign for sign, _ in found) != event.value:
            return None
        last = found[-1][1] if found else (node.span.line - 1, node.span.column - 1)
        return [*(place for _, place in found), (last[0], last[1] + 1)]

    def _read(self, file: str) -> tuple[Sequence[str], dict[Place, Any]]:
        if file not in self._scalars:
            text = decode(self._files.get(file, b""), file)
            if isinstance(text, Diagnostic):
                text = ""
            found: list[Any] = [each for each in _events(text) if isinstance(each, yaml.ScalarEvent)]
            scalars: dict[Place, Any] = {(each.start_mark.line, each.start_mark.column): each for each in found}
            self._scalars[file] = split_lines(text), scalars
        return self._scalars[file]


def _events(text: str) -> Iterator[Any]:
    """The events of a file up to where it can't be read."""
    try:
        yield from yaml.parse(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return


def _characters(lines: Sequence[str], event: Any) -> Iterator[Character]:
    start, end = event.start_mark, event.end_mark
    if event.style in ("|", ">"):
        return _of_block(lines, event)
    line, column = start.line, start.column
    if event.anchor is not None:
        column = _ANCHOR.match(lines[line], column).end()  # type: ignore[union-attr]
    if event.style in ('"', "'"):
        return _of_flow(lines, (line, column + 1), (end.line, end.column - 1), event.style)
    return _of_flow(lines, (line, column), (end.line, end.column), "")


def _of_flow(lines: Sequence[str], start: Place, end: Place, quote: str) -> Iterator[Character]:
    """The characters of a plain or quoted scalar: line breaks within are folded."""
    breaks: list[Place] = []
    joined = False
    for line in range(start[0], end[0] + 1):
        text = lines[line]
        first = start[1] if line == start[0] else 0
        last = end[1] if line == end[0] else len(text)
        if line > start[0]:
            while first < last and text[first] in _BLANKS:
                first += 1
        if line < end[0]:
            while last > first and text[last - 1] in _BLANKS:
                last -= 1
        if line > start[0]:
            if first >= last and line < end[0]:
                breaks.append((line, 0))
                continue
            if not joined:
                before = (line - 1 - len(breaks), len(lines[line - 1 - len(breaks)]))
                yield from [("\n", place) for place in breaks] or [(" ", before)]
            breaks = []
        joined = False
        if quote == '"' and line < end[0] and text[first:last].endswith("\\"):
            joined, last = True, last - 1
        yield from _of_line(text, (line, first), last, quote)


def _of_line(text: str, start: Place, end: int, quote: str) -> Iterator[Character]:
    line, at = start
    while at < end:
        sign, size = text[at], 1
        if quote == "'" and sign == "'":
            size = 2
        elif quote == '"' and sign == "\\":
            follows = text[at + 1 : at + 2]
            digits = _DIGITS.get(follows, 0)
            size = 2 + digits
            sign = chr(int(text[at + 2 : at + size], 16)) if digits else _ESCAPES.get(follows, "")
        yield sign, (line, at)
        at += size


def _of_block(lines: Sequence[str], event: Any) -> Iterator[Character]:
    """The characters of a literal or folded scalar, whatever its end says of line breaks."""
    first, last = event.start_mark.line + 1, event.end_mark.line
    inside = range(first, min(last + 1, len(lines)))
    indent = next((len(lines[each]) - len(lines[each].lstrip(" ")) for each in inside if lines[each].strip()), 0)
    previous = None  # the last line with text
    for line in inside:
        text = lines[line][indent:]
        if not text:
            if previous is None:
                yield "\n", (line, 0)
            continue
        if previous is not None:
            yield from _break(lines, indent, (previous, line), folds=event.style == ">")
        yield from ((sign, (line, indent + number)) for number, sign in enumerate(text))
        previous = line
    for line in inside if previous is None else range(previous, len(lines)):
        yield "\n", (line, len(lines[line]))


def _break(lines: Sequence[str], indent: int, between: tuple[int, int], *, folds: bool) -> Iterator[Character]:
    above, below = between
    breaks: list[Character] = [("\n", (line, len(lines[line]))) for line in range(above, below)]
    is_kept = any(lines[line][indent : indent + 1] in _BLANKS for line in between)
    if not folds or is_kept:
        return iter(breaks)
    return iter(breaks[1:] or [(" ", breaks[0][1])])
