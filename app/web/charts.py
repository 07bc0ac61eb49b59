"""Charts as shapes: where each bar, line and word stands. Pure geometry; a macro writes it down as SVG without styles.

Every shape that stands for records is a link with words of its own, so that a chart is read and walked like a list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from math import cos, floor, log10, pi, sin

from app.frozen import dataclass

TONES = 7
LETTER, WIDE_LETTER = 6.6, 12.5  # how wide a letter stands at 12 px, and a Chinese one
ROW, BAR, TOP, BOTTOM, GAP = 34, 18, 14, 26, 8
TALL = 240


@dataclass(frozen=True)
class Datum:
    """One figure: its number, its words, the list behind it; "" where there is none to open."""

    value: float
    text: str = ""
    href: str = ""
    said: str = ""  # all of it in words
    part: float = 0.0  # of a funnel: the inner part
    aside: str = ""  # what stands behind the figure
    is_there: bool = True  # an average of nothing is no 0: a line leaves it out


@dataclass(frozen=True)
class Series:
    """Figures that belong together, one for each label of the chart."""

    name: str
    data: tuple[Datum, ...]


@dataclass(frozen=True)
class Shape:
    """`path` draws it; `kind` and `tone` say how it is filled."""

    path: str
    kind: str = "bar"
    tone: int = 0
    href: str = ""
    said: str = ""


@dataclass(frozen=True)
class Word:
    """A text; `anchor` is start, middle or end."""

    x: float
    y: float
    text: str
    anchor: str = "start"
    kind: str = ""


@dataclass(frozen=True)
class Chart:
    """All of a drawing."""

    width: int
    height: int
    shapes: tuple[Shape, ...]
    words: tuple[Word, ...]
    legend: tuple[tuple[str, int], ...] = ()
    wide: bool = False  # too wide for a phone, where it is moved
    small: Chart | None = None  # the same for a phone


Short = Callable[[float], str]


def bars(labels: Sequence[str], series: Series, width: int) -> Chart:
    """Bars from left to right, one below the other: a funnel where they have parts."""
    asides = max((_long(each.aside) for each in series.data), default=0)
    left = min(max(map(_long, labels), default=0), width * 0.34) + 12
    right = max((_long(each.text) for each in series.data), default=0) + 12 + (asides + 12 if asides else 0)
    room = max(width - left - right, 40)
    most = max((each.value for each in series.data), default=0) or 1
    shapes, words = [], []
    for place, (label, each) in enumerate(zip(labels, series.data, strict=True)):
        y = place * ROW
        words.append(Word(0, y + 22, _cut(label, left - 12)))
        words.append(Word(width - (asides + 12 if asides else 0), y + 22, each.text, "end", "figure"))
        if each.aside:
            words.append(Word(width, y + 22, each.aside, "end", "quiet"))
        reach = max(each.value, 0) / most * room
        soft = each.part > 0
        whole = _box(left, y + (ROW - BAR) / 2, max(reach, 2), BAR)
        shapes.append(Shape(whole, "soft" if soft else "bar", 0, each.href, each.said or each.text))
        if soft:
            shapes.append(Shape(_box(left, y + (ROW - BAR) / 2, min(each.part / most * room, reach), BAR), "part"))
    return Chart(width, max(len(series.data) * ROW, ROW), tuple(shapes), tuple(words))


def columns(labels: Sequence[str], series: Sequence[Series], width: int, short: Short) -> Chart:
    """Columns side by side, of several series one above the other."""
    sums = [sum(max(each.data[place].value, 0) for each in series) for place in range(len(labels))]
    scale = _Scale(0, max(sums, default=0), width, short)
    step = scale.room / max(len(labels), 1)
    thick = min(step * 0.64, 44)
    shapes, words = list(scale.lines), [*scale.words, *_below(labels, scale, step)]
    for place in range(len(labels)):
        base = 0.0
        x = scale.left + step * (place + 0.5) - thick / 2
        for number, one in enumerate(series):
            each = one.data[place]
            if each.value <= 0:
                continue
            top, bottom = scale.y(base + each.value), scale.y(base)
            tone = _tone(number) if len(series) > 1 else 0
            shapes.append(Shape(_box(x, top, thick, max(bottom - top, 1)), "bar", tone, each.href, each.said))
            base += each.value
    return Chart(width, TALL, tuple(shapes), tuple(words), _legend(series))


def lines(labels: Sequence[str], series: Sequence[Series], width: int, short: Short, *, area: bool = False) -> Chart:
    """A line for each series, with a dot for each figure."""
    values = [each.value for one in series for each in one.data]
    scale = _Scale(min([0, *values]), max(values, default=0), width, short)
    step = scale.room / max(len(labels), 1)
    shapes, words = list(scale.lines), [*scale.words, *_below(labels, scale, step)]
    for number, one in enumerate(series):
        tone = _tone(number) if len(series) > 1 else 0
        placed = [(scale.left + step * (place + 0.5), scale.y(each.value), each) for place, each in enumerate(one.data)]
        for is_there, run in groupby(placed, lambda each: each[2].is_there):
            if not is_there:
                continue
            stretch = list(run)
            points = [(x, y) for x, y, _ in stretch]
            if area:
                ground = f"L{points[-1][0]:.1f} {scale.y(0):.1f}L{points[0][0]:.1f} {scale.y(0):.1f}Z"
                shapes.append(Shape(_through(points) + ground, "area", tone))
            shapes.append(Shape(_through(points), "line", tone))
            shapes += [Shape(_dot(x, y, 4), "dot", tone, each.href, each.said) for x, y, each in stretch]
    return Chart(width, TALL, tuple(shapes), tuple(words), _legend(series))


def heat(labels: Sequence[str], series: Sequence[Series], width: int) -> Chart:
    """A square for each figure, the darker the more: series from top to bottom, labels from left to right."""
    left = min(max((_long(one.name) for one in series), default=0), width * 0.3) + 12
    step = (width - left) / max(len(labels), 1)
    most = max((each.value for one in series for each in one.data), default=0) or 1
    shapes, words = [], []
    for row, one in enumerate(series):
        words.append(Word(0, row * 30 + 20, _cut(one.name, left - 12)))
        for place, each in enumerate(one.data):
            degree = 0 if each.value <= 0 else min(5, 1 + floor((each.value / most) ** 0.6 * 4.999))
            box = _box(left + place * step + 1.5, row * 30 + 2, step - 3, 26)
            shapes.append(Shape(box, f"heat heat--{degree}", 0, each.href, each.said))
            if each.text and step > 26:
                x = left + (place + 0.5) * step
                words.append(Word(x, row * 30 + 19.5, each.text, "middle", "on" if degree >= 3 else "in"))
    height = len(series) * 30 + 22
    words += _beneath(labels, left, step, height - 4, width)
    return Chart(width, height, tuple(shapes), tuple(words), wide=True)


def ring(labels: Sequence[str], series: Series, width: int) -> Chart:
    """Shares of a whole."""
    whole = sum(max(each.value, 0) for each in series.data) or 1
    middle, radius, hole = TALL / 2, TALL / 2 - 8, TALL / 4
    shapes, words, at = [], [], 0.0
    for place, (label, each) in enumerate(zip(labels, series.data, strict=True)):
        share = max(each.value, 0) / whole
        if share > 0:
            piece = _piece(middle, radius, hole, at, min(at + share, at + 0.9999))
            shapes.append(Shape(piece, "piece", _tone(place), each.href, each.said))
        at += share
        y = 24 + place * 24
        if y < TALL - 8:
            shapes.append(Shape(_dot(TALL + 16, y - 4, 5), "bar", _tone(place)))
            words.append(Word(TALL + 28, y, _cut(f"{label} · {each.text}", width - TALL - 28)))
    return Chart(width, TALL, tuple(shapes), tuple(words))


def spark(values: Sequence[float | None], target: float | None = None, width: int = 208, height: int = 44) -> Chart:
    """A small line without words, over its ground; a target is a dotted line. Where there is no value there is no line."""
    known = [each for each in values if each is not None]
    most = max([*known, target or 0]) or 1
    least = min([0, *known])
    step = width / max(len(values) - 1, 1)

    def y(value: float) -> float:
        return height - 3 - (value - least) / ((most - least) or 1) * (height - 8)

    shapes = []
    for is_there, run in groupby(enumerate(values), lambda each: each[1] is not None):
        points = [(place * step, y(value)) for place, value in run if value is not None]
        if is_there:
            ground = f"L{points[-1][0]:.1f} {height}L{points[0][0]:.1f} {height}Z"
            line = _through(points) + ("h0.1" if len(points) == 1 else "")  # a value between two that are none is a dot
            shapes += [Shape(_through(points) + ground, "area"), Shape(line, "line")]
    if target:
        shapes.append(Shape(f"M0 {y(target):.1f}H{width}", "goal"))
    return Chart(width, height, tuple(shapes), ())


class _Scale:
    """The numbers at the left, the lines through the chart, and how high a value stands."""

    def __init__(self, least: float, most: float, width: int, short: Short) -> None:
        step = _nice((most - least) / 4)
        self.least = floor(least / step) * step
        self.most = max(-floor(-most / step) * step, self.least + step)
        count = round((self.most - self.least) / step)
        ticks = [self.least + step * number for number in range(count + 1)]
        self.left = max(_long(short(each)) for each in ticks) + 10
        self.room = width - self.left
        self.lines = [Shape(f"M{self.left:.1f} {self.y(each):.1f}H{width}", "grid") for each in ticks]
        self.words = [Word(self.left - 8, self.y(each) + 4, short(each), "end", "quiet") for each in ticks]

    def y(self, value: float) -> float:
        share = (value - self.least) / (self.most - self.least)
        return TALL - BOTTOM - share * (TALL - BOTTOM - TOP)


def _below(labels: Sequence[str], scale: _Scale, step: float) -> list[Word]:
    return _beneath(labels, scale.left, step, TALL - 8, scale.left + scale.room)


def _beneath(labels: Sequence[str], left: float, step: float, y: float, end: float) -> list[Word]:
    """The labels of what stands side by side, without a last one that would be moved onto the one before it."""
    every = _every(labels, step)
    found = [_under(left + step * place + step / 2, y, labels[place], end) for place in range(0, len(labels), every)]
    if len(found) > 1 and found[-1].anchor == "end":
        before, last = found[-2:]
        if last.x - _long(last.text) < before.x + _long(before.text) / 2 + GAP / 2:
            found.pop()
    return found


def _under(x: float, y: float, label: str, end: float) -> Word:
    """A label under its place, moved aside where it would be cut at the edge."""
    if x + _long(label) / 2 > end:
        return Word(end, y, label, "end", "quiet")
    return Word(x, y, label, "middle", "quiet")


def _every(labels: Sequence[str], step: float) -> int:
    """Each label where there is room for all, else every second, third ..."""
    longest = max(map(_long, labels), default=0) + GAP
    return max(1, -floor(-longest / step))


def _nice(step: float) -> float:
    """The next of 1, 2, 5, 10, 20, … above."""
    if step <= 0:
        return 1.0
    power = 10.0 ** floor(log10(step))
    found = next(each * power for each in (1, 2, 5, 10) if each * power >= step * 0.999)
    return max(found, 1.0)


def _legend(series: Sequence[Series]) -> tuple[tuple[str, int], ...]:
    return tuple((one.name, _tone(place)) for place, one in enumerate(series)) if len(series) > 1 else ()


def _tone(place: int) -> int:
    """Marks of the tokens, the accent first."""
    return (5, 2, 4, 6, 3, 7, 1)[place % TONES]


def _long(text: str) -> float:
    return sum(WIDE_LETTER if letter > "\u2e7f" else LETTER for letter in text)


def _cut(text: str, room: float) -> str:
    if _long(text) <= room:
        return text
    while text and _long(text) + LETTER > room:
        text = text[:-1]
    return text.rstrip() + "…"


def _box(x: float, y: float, width: float, height: float) -> str:
    return f"M{x:.1f} {y:.1f}h{width:.1f}v{height:.1f}h{-width:.1f}Z"


def _dot(x: float, y: float, radius: float) -> str:
    return f"M{x - radius:.1f} {y:.1f}a{radius} {radius} 0 1 0 {2 * radius} 0a{radius} {radius} 0 1 0 {-2 * radius} 0Z"


def _through(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _piece(middle: float, outer: float, inner: float, begin: float, end: float) -> str:
    """A piece of a ring, from one share of the whole to another, clockwise from the top."""

    def at(share: float, radius: float) -> str:
        angle = share * 2 * pi
        return f"{middle + radius * sin(angle):.1f} {middle - radius * cos(angle):.1f}"

    big = 1 if end - begin > 0.5 else 0
    return (
        f"M{at(begin, outer)}A{outer} {outer} 0 {big} 1 {at(end, outer)}"
        f"L{at(end, inner)}A{inner} {inner} 0 {big} 0 {at(begin, inner)}Z"
    )
