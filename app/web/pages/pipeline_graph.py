"""A pipeline as a drawing: its open stages in a row, those that close it in a column behind, its own moves as arcs.

Only places are worked out here, in pixels; the page draws them as SVG, and the table of the stages tells the same in words.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from app.definition import Pipeline, Stage
from app.definition.pipeline import allows_move, start_stages

WIDTH, HEIGHT = 136, 46  # of a stage
GAP, ROW_GAP = 40, 14  # between stages in the row, and in the column of the closing ones
EDGE = 12
ARC = 26  # how much higher an arc runs than one that spans a stage less
LINE = 17  # characters of a label that fit; a Chinese one counts twice


class Node(NamedTuple):
    """A stage: its place, the lines of its label, the tone of its category, whether a record may begin in it."""

    x: int
    y: int
    lines: tuple[str, ...]
    category: str
    is_start: bool
    title: str


class Way(NamedTuple):
    """A move: the path of its line. `told` names it; `kind` is plain, own (a transition of the pack), approval or back."""

    path: str
    told: str
    kind: str


class Graph(NamedTuple):
    """A drawing of `width` by `height`."""

    width: int
    height: int
    nodes: tuple[Node, ...]
    ways: tuple[Way, ...]


def pipeline_graph(line: Pipeline, language: str) -> Graph:
    """The drawing of a pipeline. Retired stages are left out."""
    stages = [each for each in line.stages.values() if not each.retired]
    row = [each for each in stages if not each.is_closed] or stages
    column = [each for each in stages if each not in row]
    above, below = (_reach(line, row, sign) for sign in (1, -1))
    tall = max(HEIGHT, len(column) * (HEIGHT + ROW_GAP) - ROW_GAP)
    middle = EDGE + max(0, above - (tall - HEIGHT) // 2) + (tall - HEIGHT) // 2
    top = middle - (tall - HEIGHT) // 2
    places = {each.key: (EDGE + number * (WIDTH + GAP), middle) for number, each in enumerate(row)}
    behind = EDGE + len(row) * (WIDTH + GAP)
    first = top + (tall - (len(column) * (HEIGHT + ROW_GAP) - ROW_GAP)) // 2
    places |= {each.key: (behind, first + number * (HEIGHT + ROW_GAP)) for number, each in enumerate(column)}
    starts = start_stages(line)
    nodes = tuple(
        Node(
            *places[each.key], _lines(_label(each, language)), each.category, each.key in starts, _label(each, language)
        )
        for each in stages
    )
    width = max(x for x, _ in places.values()) + WIDTH + EDGE
    ways = (*_along(line, row, column, places), *_own(line, row, places, language))
    return Graph(width, top + tall + below + EDGE, nodes, ways)


def _label(stage: Stage, language: str) -> str:
    return stage.label.in_language(language) or stage.key


def _along(line: Pipeline, row: list[Stage], column: list[Stage], places: dict[str, tuple[int, int]]) -> Iterator[Way]:
    """From each stage to the next, and from the last to the closing ones, where a record may go so."""
    for here, there in pairwise(row):
        if allows_move(line, here.key, there.key):
            yield _straight(line, places, here, there)
    for there in column:
        if any(allows_move(line, here.key, there.key) for here in row):
            yield _straight(line, places, row[-1], there)


def _straight(line: Pipeline, places: dict[str, tuple[int, int]], here: Stage, there: Stage) -> Way:
    (x, y), (to_x, to_y) = places[here.key], places[there.key]
    begin, end, half = x + WIDTH, to_x - 2, HEIGHT // 2
    bend = (begin + end) // 2
    move = line.transition(here.key, there.key)
    kind = "approval" if move is not None and move.approval else "plain"
    return Way(f"M{begin} {y + half}C{bend} {y + half} {bend} {to_y + half} {end} {to_y + half}", "", kind)


def _own(line: Pipeline, row: list[Stage], places: dict[str, tuple[int, int]], language: str) -> Iterator[Way]:
    """Moves that a transition of the pack names and that do not lead to the next stage: forward above, back below."""
    order = [each.key for each in row]
    for move in line.transitions.values():
        if move.to not in order:
            continue
        for source in move.from_:
            if source not in places or source == move.to:
                continue
            distance = order.index(move.to) - (order.index(source) if source in order else len(order))
            if distance == 1:
                continue
            told = move.label.in_language(language) or move.key
            if distance > 0:
                yield Way(
                    _arc(places, source, move.to, -ARC * abs(distance), 0), told, "approval" if move.approval else "own"
                )
            else:
                yield Way(_arc(places, source, move.to, ARC * abs(distance), HEIGHT), told, "back")


def _arc(places: dict[str, tuple[int, int]], source: str, to: str, bend: int, side: int) -> str:
    (x, y), (to_x, to_y) = places[source], places[to]
    begin, end = (x + WIDTH // 2, y + side), (to_x + WIDTH // 2, to_y + side + (2 if side else -2))
    high = max(begin[1], end[1]) + bend if side else min(begin[1], end[1]) + bend
    return f"M{begin[0]} {begin[1]}C{begin[0]} {high} {end[0]} {high} {end[0]} {end[1]}"


def _reach(line: Pipeline, row: list[Stage], sign: int) -> int:
    """The pixels that arcs forward (1) or back (-1) need above or below: a curve bends three quarters of its way."""
    order = [each.key for each in row]
    spans = [
        (order.index(move.to) - (order.index(source) if source in order else len(order))) * sign
        for move in line.transitions.values()
        if move.to in order
        for source in move.from_
    ]
    least = 2 if sign > 0 else 1  # to the next stage leads a straight line
    return int(max((each * ARC * 0.75 for each in spans if each >= least), default=0))


def _lines(label: str) -> tuple[str, ...]:
    """A label in at most two lines, cut where it is longer still."""
    words, lines = label.split(" "), [""]
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if _width(longer) > LINE and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    kept = [_cut(each) for each in lines[:2]]
    if len(lines) > 2:
        kept[1] = _cut(f"{lines[1]}…") if _width(lines[1]) < LINE else _cut(lines[1] + "…")
    return tuple(kept)


def _width(text: str) -> int:
    return sum(2 if ord(each) > 0x2E80 else 1 for each in text)


def _cut(text: str) -> str:
    if _width(text) <= LINE:
        return text
    while text and _width(text) > LINE - 1:
        text = text[:-1]
    return f"{text}…"
