"""The canonical form of a file's text: indentation, spaces within braces, quotes. Comments and the order of lines stay.

The text is edited at the places that the scanner of the parser names; what a person wrote short or on lines of its own
stays so. The result says the same as before: it is read again and compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

import yaml

from app.frozen import dataclass
from app.loading.node import plain
from app.loading.offsets import Place
from app.loading.reader import decode, read_document
from app.loading.scalars import is_misread
from app.loading.tidy_expressions import Edit, canonical_text, tidied

INDENT = 2
OPENING = (yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken)
CLOSING = (yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)
BLOCKS = (yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken)
MISREAD_WORD = "CFG114"  # what the quotes mend
WIDTHLESS = (*BLOCKS, yaml.BlockEndToken, yaml.StreamStartToken, yaml.StreamEndToken)


@dataclass(frozen=True)
class NotFormatted:
    """The file can't be formatted: its text can't be read, or something in it is beyond this formatter."""

    reason: str


@dataclass
class _Lines:
    """How far each line is to be moved, and which lines belong to a text over several lines."""

    moved: dict[int, int] = field(default_factory=dict)  # by number: columns to the right
    within: set[int] = field(default_factory=set)  # lines whose end is part of a text


def formatted(content: bytes, place: str | None = None) -> str | NotFormatted:
    """The canonical text of a YAML file. Formatting it again changes nothing. `place` is the folder of a pack, or the name,
    that says what kind of file it is: in such a file expressions are written anew.
    """
    document = read_document(content, "")
    errors = [problem for problem in document.problems if problem.severity == "error" and problem.code != MISREAD_WORD]
    if errors:
        return NotFormatted(f"{errors[0].span}: {errors[0].message}")
    text = decode(content, "")
    assert isinstance(text, str)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    tokens = list(yaml.scan("\n".join(lines), Loader=yaml.CSafeLoader))
    if any(isinstance(each, yaml.DirectiveToken | yaml.DocumentStartToken) for each in tokens):
        return NotFormatted("a file with `---` or a directive is left alone")
    layout = _moved(tokens, lines)
    root = read_document("\n".join(lines).encode("utf-8"), "").node
    expressions = (
        tidied(root, place, "\n".join(lines).encode("utf-8")) if root is not None and place is not None else {}
    )
    edited = _edited(lines, _edits(tokens, expressions))
    result = _joined([_shifted(line, number, layout) for number, line in enumerate(edited)], layout)
    if not _says_the_same(document.node, result):
        return NotFormatted("the file has a form that this formatter does not know; it is left alone")
    return result


def _says_the_same(before: Any, text: str) -> bool:
    after = read_document(text.encode("utf-8"), "")
    if any(problem.severity == "error" for problem in after.problems) or (before is None) != (after.node is None):
        return False
    return before is None or after.node is None or _is_same(plain(before), plain(after.node))


def _is_same(before: Any, after: Any) -> bool:
    """Whether two values say the same: an expression may do so in other words."""
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() == after.keys() and all(_is_same(before[key], after[key]) for key in before)
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(_is_same, before, after))
    if before == after or not (isinstance(before, str) and isinstance(after, str)):
        return bool(before == after)
    meant = canonical_text(before)
    return meant is not None and meant == canonical_text(after)


# Within a line


def _edits(tokens: list[Any], expressions: Mapping[Place, list[Edit]]) -> list[Edit]:
    found: list[Edit] = []
    depth = 0
    visible = [each for each in tokens if not _is_widthless(each)]
    for number, token in enumerate(visible):
        following = visible[number + 1] if number + 1 < len(visible) else None
        if isinstance(token, yaml.ScalarToken):
            mark = token.start_mark
            found += expressions.get((mark.line, mark.column)) or _quoted(token)
        depth += isinstance(token, OPENING)
        depth -= isinstance(token, CLOSING)
        if following is not None and token.end_mark.line == following.start_mark.line:
            gap = _gap(token, following, depth)
            if gap is not None:
                found.append(Edit(token.end_mark.line, token.end_mark.column, following.start_mark.column, gap))
    return found


def _is_widthless(token: Any) -> bool:
    empty = token.start_mark.line == token.end_mark.line and token.start_mark.column == token.end_mark.column
    return isinstance(token, WIDTHLESS) or (isinstance(token, yaml.KeyToken) and empty)


def _gap(token: Any, following: Any, depth: int) -> str | None:
    """What stands between two tokens of a line; None where the writer decides."""
    if isinstance(following, yaml.ValueToken) or (depth and isinstance(following, yaml.FlowEntryToken)):
        return "" if not isinstance(token, yaml.KeyToken | yaml.AliasToken) else None
    if isinstance(token, OPENING) or isinstance(following, CLOSING):
        return ""
    if isinstance(token, yaml.BlockEntryToken):
        return " "
    if depth and isinstance(token, yaml.FlowEntryToken | yaml.ValueToken):
        return " "
    return None


def _quoted(token: Any) -> list[Edit]:
    """Double quotes for what stands in single ones, and for words and numbers that other tools would misread."""
    start, end = token.start_mark, token.end_mark
    if start.line != end.line:
        return []
    if token.style == "'" and not any(sign in token.value for sign in "\"\\'"):
        return [Edit(start.line, start.column, end.column, f'"{token.value}"')]
    if token.plain and is_misread(token.value):
        return [Edit(start.line, start.column, end.column, f'"{token.value}"')]
    return []


def _edited(lines: list[str], edits: list[Edit]) -> list[str]:
    result = list(lines)
    for edit in sorted(edits, key=lambda each: (each.line, each.start), reverse=True):
        line = result[edit.line]
        result[edit.line] = line[: edit.start] + edit.text + line[edit.end :]
    return result


# The beginning of lines


@dataclass
class _Block:
    """A block collection: where its entries begin, and where they will."""

    column: int
    wanted: int
    is_sequence: bool
    is_open_end: bool = True  # a sequence at the column of its key has no end token of its own


@dataclass
class _Indentation:
    """Walks the tokens and finds the new beginning of every line."""

    lines: list[str]
    layout: _Lines = field(default_factory=_Lines)
    blocks: list[_Block] = field(default_factory=list)
    depth: int = 0  # of braces and brackets
    last: int = -1  # the line of the last token

    def take(self, token: Any) -> None:
        """The next token."""
        start, end = token.start_mark, token.end_mark
        if isinstance(token, BLOCKS):
            self._leave_sequence_of_key(token)
            wanted = self.blocks[-1].wanted + INDENT if self.blocks else 0
            self.blocks.append(_Block(start.column, wanted, isinstance(token, yaml.BlockSequenceStartToken), False))
        elif isinstance(token, yaml.BlockEndToken):
            while self.blocks and self.blocks.pop().is_open_end:
                pass
        elif not isinstance(token, yaml.StreamStartToken | yaml.StreamEndToken):
            if not self.depth:
                self._in_block(token)
            self._begin(start.line, start.column)
            self.depth += isinstance(token, OPENING)
            self.depth -= isinstance(token, CLOSING)
        if isinstance(token, yaml.ScalarToken) and end.line > start.line:
            self._several_lines(token)

    def _leave_sequence_of_key(self, token: Any) -> None:
        inner = self.blocks[-1] if self.blocks else None
        if inner is not None and inner.is_open_end and token.start_mark.column < inner.column:
            self.blocks.pop()

    def _in_block(self, token: Any) -> None:
        inner = self.blocks[-1] if self.blocks else None
        if inner is None:
            return
        if isinstance(token, yaml.BlockEntryToken):
            if not inner.is_sequence:
                self.blocks.append(_Block(inner.column, inner.wanted + INDENT, is_sequence=True))
        elif isinstance(token, yaml.KeyToken) and inner.is_open_end and token.start_mark.column <= inner.column:
            self.blocks.pop()

    def _begin(self, line: int, column: int) -> None:
        if line == self.last:
            return
        self.last = line
        if self.lines[line][:column].strip():
            return
        if self.depth:
            self.layout.moved[line] = self._moved_before(line)
        elif self.blocks:
            self.layout.moved[line] = self.blocks[-1].wanted - column

    def _moved_before(self, line: int) -> int:
        return next((self.layout.moved[each] for each in range(line - 1, -1, -1) if each in self.layout.moved), 0)

    def _several_lines(self, token: Any) -> None:
        first, last = token.start_mark.line, token.end_mark.line
        is_block = token.style in ("|", ">")
        inside = range(first + 1, last + (0 if is_block else 1))
        moved = self.layout.moved.get(first, self._moved_before(first + 1))
        if is_block:
            filled = [self.lines[each] for each in inside if self.lines[each].strip()]
            indent = min((len(line) - len(line.lstrip(" ")) for line in filled), default=0)
            wanted = (self.blocks[-1].wanted if self.blocks else 0) + INDENT
            moved = wanted - indent
        for each in inside:
            self.layout.moved[each] = moved
        self.layout.within.update(range(first, last) if not is_block else inside)


def _moved(tokens: list[Any], lines: list[str]) -> _Lines:
    indentation = _Indentation(lines)
    for token in tokens:
        indentation.take(token)
    _move_comments(lines, indentation.layout)
    return indentation.layout


def _move_comments(lines: list[str], layout: _Lines) -> None:
    """A comment of its own line goes with the lines of its column: the next, else the one before."""
    for number, line in enumerate(lines):
        if number in layout.moved or not line.lstrip().startswith("#"):
            continue
        column = len(line) - len(line.lstrip())
        beside = [
            next((each for each in range(number + 1, len(lines)) if each in layout.moved), None),
            next((each for each in range(number - 1, -1, -1) if each in layout.moved), None),
        ]
        known = [each for each in beside if each is not None]
        same = next((each for each in known if len(lines[each]) - len(lines[each].lstrip()) == column), None)
        chosen = same if same is not None else (known[0] if known else None)
        layout.moved[number] = layout.moved[chosen] if chosen is not None else -column


def _shifted(line: str, number: int, layout: _Lines) -> str:
    moved = layout.moved.get(number, 0)
    if not line.strip():
        return line if number in layout.within and not line.isspace() else ""
    body = line.lstrip(" ")
    return " " * max(0, len(line) - len(body) + moved) + body


def _joined(lines: list[str], layout: _Lines) -> str:
    """The lines without spaces at their ends, with at most one blank line in a row and none at the ends of the file."""
    result: list[str] = []
    for number, line in enumerate(lines):
        inside = number in layout.within
        text = line if inside else line.rstrip()
        if not text and not inside and (not result or not result[-1]):
            continue
        result.append(text)
    while result and not result[-1].strip():
        result.pop()
    return "\n".join(result) + "\n" if result else ""
