"""The canonical text of the expressions in a file: words for signs, spaces, double quotes. How each is written in YAML stays,
as far as its text allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.expression.format import format_syntax
from app.expression.lexer import tokens_of
from app.expression.parser import parse
from app.expression.problem import BadExpression
from app.frozen import dataclass
from app.loading.canonical import Canonical
from app.loading.expressions import expressions_in
from app.loading.node import Node
from app.loading.offsets import Offsets, Place
from app.loading.reader import read_document
from app.loading.shape import FOLDERS, KIND_OF


@dataclass(frozen=True)
class Edit:
    """What replaces the characters from `start` to `end` of a line; both count from 0."""

    line: int
    start: int
    end: int
    text: str


def place_of(folder: str, name: str) -> str | None:
    """The kind of file by its folder and its own name without the ending; None of what is no file of a pack."""
    if folder in FOLDERS:
        return folder
    return name if name in KIND_OF and name not in FOLDERS else None


def canonical_text(source: str) -> str | None:
    """An expression as it is best written; None of what is none."""
    try:
        return format_syntax(parse(source))
    except BadExpression:
        return None


def tidied(root: Node, place: str, content: bytes) -> Mapping[Place, list[Edit]]:
    """By the places where expressions begin that are to be written anew: what is to change. `root` was read of the content."""
    offsets = Offsets({root.span.file: content})
    found: dict[Place, list[Edit]] = {}
    for node in _expressions(root, place):
        event = offsets.event(node)
        source = node.text
        if event is None or source is None or event.value != source:
            continue
        if event.start_mark.line == event.end_mark.line:
            edits = list(_on_one_line(event, source))
        elif event.style in (None, "", "|", ">"):
            edits = list(_token_by_token(node, offsets.places(node) or []))
        else:
            continue
        if edits:
            found[event.start_mark.line, event.start_mark.column] = edits
    return found


def _expressions(root: Node, place: str) -> Iterator[Node]:
    inside = root.with_entries({"thing": root}) if place in FOLDERS else root
    tree = Canonical(is_overlay=True).tree(root.with_entries({place: inside}))
    return (each.node for each in expressions_in(tree, lambda _entity, _name: None))


def _on_one_line(event: Any, source: str) -> Iterator[Edit]:
    text = canonical_text(source)
    if text is None or text == source:
        return
    start, end = event.start_mark, event.end_mark
    if event.anchor is None:
        yield Edit(start.line, start.column, end.column, _written(text, event.style))


def _written(text: str, style: str | None) -> str:
    """The text as a scalar: plain where it was and can be, else in the quotes that leave its own alone."""
    if style in (None, "") and _is_plain(text):
        return text
    if '"' in text or "\\" in text or style in (None, ""):
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def _is_plain(text: str) -> bool:
    """Whether it reads the same without quotes, wherever it stands."""
    document = read_document(f"{{a: {text}}}".encode(), "")
    found = document.node.find("a") if document.node is not None else None
    return not document.problems and found is not None and found.value == text


def _token_by_token(node: Node, places: list[Place]) -> Iterator[Edit]:
    """Of an expression over several lines its lines stay: each token and the space behind it become canonical. Where
    parentheses say nothing they stay too, and so does the space.
    """
    source = node.text or ""
    text = canonical_text(source)
    if text is None or not places:
        return
    tokens, wanted = tokens_of(source), tokens_of(text)
    if [each[:2] for each in tokens] != [each[:2] for each in wanted]:
        return
    for number, token in enumerate(tokens[:-1]):
        following, line = tokens[number + 1].start, places[token.start][0]
        best = text[wanted[number].start : wanted[number].end]
        end = token.end
        if following < len(source) and places[following][0] == line:
            best, end = text[wanted[number].start : wanted[number + 1].start], following
        if source[token.start : end] != best:
            yield Edit(line, places[token.start][1], places[end - 1][1] + 1, best)
