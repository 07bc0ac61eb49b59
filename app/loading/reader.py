"""Reads one YAML or JSON file into nodes: every key and value with its place, every failure as a diagnostic.

The parser of libyaml gives events; the nodes are built here without recursion, so that no file can exhaust the stack.
Scalars follow the core schema of YAML 1.2, numbers are made from the source text and are never floats.
"""

from __future__ import annotations

from dataclasses import field
from functools import lru_cache
from typing import Any, NamedTuple

import yaml

from app.diagnostics import Diagnostic, Span, diagnostic, split_lines
from app.frozen import dataclass
from app.loading.node import Node
from app.loading.scalars import MISREAD, Unusable, find_full_width, resolve
from app.loading.syntax import (
    QUOTE_EXPRESSION,
    cut_by_comment,
    full_width,
    is_in_expression,
    syntax_problem,
    unreadable_character,
)

MOST_BYTES = 1_000_000
MOST_DEPTH = 40
MOST_NODES = 100_000
LONGEST_KEY = 200


@dataclass(frozen=True)
class Document:
    """What was read of a file. `node` is None when the file could not be understood or holds nothing."""

    node: Node | None
    problems: tuple[Diagnostic, ...]


def read_document(content: bytes, file: str) -> Document:
    """Reads a file's content; `file` is the name that its spans carry. Whatever the content, it answers."""
    if len(content) > MOST_BYTES:
        size = f"{len(content) / 1_000_000:.1f} MB"
        return Document(None, (diagnostic("CFG107", f"the file has {size}; at most 1 MB is read", Span(file, 1, 1)),))
    text = decode(content, file)
    if isinstance(text, Diagnostic):
        return Document(None, (text,))
    lines = tuple(split_lines(text))
    builder = _Builder(file, lines)
    try:
        builder.run(text)
    except _StopError as stop:
        return Document(None, (*builder.problems, stop.problem))
    except yaml.YAMLError as error:
        return Document(None, (*builder.problems, syntax_problem(error, file, lines)))
    return Document(builder.root, tuple(builder.problems))


def decode(content: bytes, file: str) -> str | Diagnostic:
    """The text of a file in UTF-8, without a byte order mark; or what keeps it from being one."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return diagnostic("CFG110", "the file is UTF-16; save it as UTF-8", Span(file, 1, 1))
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        lines = split_lines(content[: error.start].decode("utf-8"))
        place = Span(file, len(lines), len(lines[-1]) + 1)
        message = f"the byte 0x{content[error.start]:02x} is not UTF-8"
        return diagnostic("CFG110", message, place, hint="save the file as UTF-8")
    return unreadable_character(text, file) or text


class _StopError(Exception):
    """Reading can't go on. It carries its diagnostic out of the loop and never leaves this module."""

    def __init__(self, problem: Diagnostic) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _Key(NamedTuple):
    """A key that waits for its value; `skip` says that it can't be used."""

    text: str
    span: Span
    problem: Diagnostic | None = None
    skip: bool = False


@dataclass(slots=True)
class _Open:
    """A map or list whose end has not been reached."""

    event: Any
    is_key: bool
    is_map: bool
    count: int = 1  # nodes of it and below it, aliases expanded
    depth: int = 1  # levels of it, aliases expanded
    key: _Key | None = None
    entries: dict[str, Node] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Anchored:
    node: Node
    count: int
    depth: int


@lru_cache(maxsize=10_000)
def _is_common_key(text: str) -> bool:
    """Whether a plain key is a name as nearly all are, of which nothing is to be told. The same ones come again and again."""
    return (
        len(text) <= LONGEST_KEY
        and text.isascii()
        and text.isidentifier()
        and resolve(text) is text
        and (text.lower() not in MISREAD)
    )


class _Builder:
    """Takes the parser's events one by one."""

    def __init__(self, file: str, lines: tuple[str, ...]) -> None:
        self.file = file
        self.lines = lines
        self.problems: list[Diagnostic] = []
        self.root: Node | None = None
        self.open: list[_Open] = []
        self.anchors: dict[str, _Anchored] = {}
        self.documents = 0
        self.nodes = 0

    def run(self, text: str) -> None:
        """Builds the root. Raises _StopError and yaml.YAMLError."""
        takes = {
            yaml.DocumentStartEvent: self._document,
            yaml.MappingStartEvent: self._begin,
            yaml.SequenceStartEvent: self._begin,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
        }
        loader = yaml.CSafeLoader(text)
        try:
            while (event := loader.get_event()) is not None:
                take = takes.get(type(event))
                if take is not None:
                    take(event)
        finally:
            loader.dispose()

    # Events

    def _document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            raise _StopError(
                diagnostic("CFG111", "a second document begins here", self._span(event), hint="remove ---")
            )

    def _begin(self, event: Any) -> None:
        if event.tag is not None:
            self._tag(event)
        self._count(event, 1, 1)
        self.open.append(_Open(event, self._expects_key(), isinstance(event, yaml.MappingStartEvent)))

    def _end(self, event: Any) -> None:
        done = self.open.pop()
        span = self._between(done.event.start_mark, event.end_mark)
        if done.is_key:
            problem = diagnostic("CFG113", "a key must be a text", span)
            self.open[-1].key = _Key("", span, problem, skip=True)
            return
        value: Any = done.entries if done.is_map else done.items
        if done.event.anchor:
            self.anchors[done.event.anchor] = _Anchored(Node(value, span), done.count, done.depth)
        self._add(value, span, done.count, done.depth)

    def _scalar(self, event: Any) -> None:
        if event.tag is not None:
            self._tag(event)
        self._count(event, 1, 0)
        span = self._between(event.start_mark, event.end_mark)
        top = self.open[-1] if self.open else None
        value: Any = event.value
        if top is not None and top.is_map and top.key is None:
            is_usual = not event.style and value not in top.entries and _is_common_key(value)
            top.key = _Key(value, span) if is_usual else self._key(event, span)
            return
        if not event.style:
            value = self._plain(event, span)
        if event.anchor:
            self.anchors[event.anchor] = _Anchored(Node(value, span), 1, 0)
        self._add(value, span, 1, 0)

    def _alias(self, event: Any) -> None:
        span = self._span(event)
        found = self.anchors.get(event.anchor)
        if any(each.event.anchor == event.anchor for each in self.open):
            raise _StopError(diagnostic("CFG109", f"*{event.anchor} stands within what it names", span))
        if found is None:
            raise _StopError(diagnostic("CFG101", f"*{event.anchor} names nothing above", span))
        self._count(event, found.count, found.depth)
        if self._expects_key():
            self.open[-1].key = _Key("", span, diagnostic("CFG113", "a key must be written out", span), skip=True)
            return
        self._add(found.node.value, found.node.span, found.count, found.depth)

    # Where a value goes

    def _expects_key(self) -> bool:
        return bool(self.open) and self.open[-1].is_map and self.open[-1].key is None

    def _add(self, value: Any, span: Span, count: int, depth: int) -> None:
        if not self.open:
            self.root = Node(value, span)
            return
        top = self.open[-1]
        top.count += count
        if depth >= top.depth:
            top.depth = depth + 1
        if not top.is_map:
            top.items.append(Node(value, span))
            return
        key, top.key = top.key, None
        assert key is not None
        if key.problem is not None:
            self.problems.append(key.problem)
        if not key.skip:
            top.entries[key.text] = Node(value, span, key.span)

    def _key(self, event: Any, span: Span) -> _Key:
        text: str = event.value
        is_plain = not event.style
        before = self.open[-1].entries.get(text)
        if before is not None:
            hint = f"the first one stands in line {before.head.line}"
            return _Key(
                text, span, diagnostic("CFG103", f"the key '{text[:60]}' stands twice", span, hint=hint), skip=True
            )
        if len(text) > LONGEST_KEY or not text.isprintable():
            return _Key(
                text, span, diagnostic("CFG113", "the key is too long or holds odd characters", span), skip=True
            )
        return _Key(text, span, self._problem_of_plain_key(text, span), text == "<<") if is_plain else _Key(text, span)

    def _problem_of_plain_key(self, text: str, span: Span) -> Diagnostic | None:
        if text == "<<":
            return diagnostic("CFG113", "merge keys are not part of the language", span, hint="write the keys out")
        at = find_full_width(text, name=True)
        if at is not None:
            return full_width(text[at], self._shifted(span, at))
        if not isinstance(resolve(text), str):
            return diagnostic(
                "CFG113", f"the key {text or 'that is empty'} is not a text", span, hint=f'write "{text}"'
            )
        if text.lower() in MISREAD:
            return diagnostic("CFG114", f"other tools read the key {text} as a boolean", span, hint=f'write "{text}"')
        return None

    # Scalars

    def _plain(self, event: Any, span: Span) -> Any:
        text: str = event.value
        if text == "":
            if event.tag is not None:  # which is told already
                self._skip()
            else:
                self._nothing(event, span)
            return None
        end = event.end_mark
        line = self.lines[end.line]
        if line.startswith(" #", end.column):
            self._comment(line, end)
        if not text.isascii():
            at = find_full_width(text, name=bool(self.open) and not self.open[-1].is_map)
            if at is not None:
                self.problems.append(full_width(text[at], self._shifted(span, at)))
        value = resolve(text)
        if isinstance(value, Unusable):
            self.problems.append(diagnostic("CFG116", value.reason, span, hint="put it in quotes if it is a text"))
            self._skip()
            return text
        return value

    def _comment(self, line: str, end: Any) -> None:
        """A comment that follows a value, which may have been part of it."""
        rest = line[end.column :]
        if rest[2:3].strip() and rest[2] not in "#!":
            place = Span(self.file, end.line + 1, end.column + 2, len(rest.rstrip()) - 1)
            self.problems.append(cut_by_comment(place, line))

    def _skip(self) -> None:
        """The value that comes can't be used; what follows from its absence is not said."""
        if self.open and self.open[-1].key is not None:
            self.open[-1].key = self.open[-1].key._replace(skip=True)

    def _nothing(self, event: Any, span: Span) -> None:
        """A value that is not there: a comma or a # cut it off, or it was forgotten."""
        top = self.open[-1] if self.open else None
        key = top.key if top else None
        if top is None or key is None:
            self.problems.append(diagnostic("CFG104", "an empty item", span))
            return
        mark = event.start_mark
        line = self.lines[key.span.line - 1]
        behind = line[key.span.column - 1 + key.span.length :]
        comment = behind.removeprefix(":").lstrip(" ")
        if key.problem is not None and key.problem.code == "CFG115":
            return
        if not behind.lstrip().startswith(":") and top.event.flow_style and mark.line == key.span.line - 1:
            top.key = key._replace(problem=self._cut_by_comma(top, key), skip=True)
        elif comment[:1] == "#" and comment[1:2].strip():
            at = len(line) - len(comment) + 1
            self.problems.append(cut_by_comment(Span(self.file, key.span.line, at, len(comment.rstrip())), line))
            self._skip()
        else:
            message = f"nothing stands behind '{key.text}:'"
            hint = "give it a value, indent what belongs to it, or remove the line"
            self.problems.append(diagnostic("CFG104", message, key.span, hint=hint))
            self._skip()

    def _cut_by_comma(self, top: _Open, key: _Key) -> Diagnostic:
        hint = "put a text that holds a comma in quotes"
        last = next(reversed(top.entries.items()), None)
        if is_in_expression(self.lines[key.span.line - 1], key.span.column - 1):
            hint = QUOTE_EXPRESSION
        elif last is not None and isinstance(last[1].value, str | int):
            hint += f': {last[0]}: "{last[1].value}, {key.text}"'
        return diagnostic("CFG106", f"the comma cut the value: '{key.text}' became a key", key.span, hint=hint)

    # Limits and places

    def _tag(self, event: Any) -> None:
        if event.tag is not None and event.tag != "!":
            name = event.tag.replace("tag:yaml.org,2002:", "!!")[:60]
            place = self._span(event)
            in_expression = is_in_expression(self.lines[place.line - 1], place.column - 1)
            hint = f"write `not`, or {QUOTE_EXPRESSION}" if in_expression else None
            message = f"the tag {name} is not part of the language"
            self.problems.append(diagnostic("CFG112", message, place, hint=hint))

    def _count(self, event: Any, nodes: int, depth: int) -> None:
        self.nodes += nodes
        if self.nodes > MOST_NODES:
            message = f"more than {MOST_NODES:,} values, aliases expanded"
            raise _StopError(diagnostic("CFG107", message, self._span(event)))
        if len(self.open) + depth > MOST_DEPTH:
            raise _StopError(diagnostic("CFG108", f"nested more than {MOST_DEPTH} levels deep", self._span(event)))

    def _span(self, event: Any) -> Span:
        return self._between(event.start_mark, event.end_mark)

    def _between(self, start: Any, end: Any) -> Span:
        """The place from a mark to another; what goes on in the next line is marked to the end of its first."""
        line, column = start.line, start.column
        last = end.column if end.line == line else len(self.lines[line].rstrip())
        return Span(self.file, line + 1, column + 1, last - column if last > column else 1)

    @staticmethod
    def _shifted(span: Span, by: int) -> Span:
        return Span(span.file, span.line, span.column + by)
