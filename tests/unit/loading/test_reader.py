"""Places, values and limits of the reader."""

import json
import string
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.diagnostics import split_lines
from app.loading.node import Node, plain, walk
from app.loading.reader import read_document

PLAIN = string.ascii_lowercase + "客户等级é😀"
words = st.text(PLAIN, min_size=1, max_size=6).map(lambda word: f"w{word}")
texts = st.text(string.printable + "，：“”客é😀", max_size=12).filter(str.isprintable)
scalars = st.one_of(words, texts, st.integers(-(10**15), 10**15), st.booleans(), st.none())
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)
documents = st.dictionaries(words, values, min_size=1, max_size=5)


@dataclass
class Writer:
    """Writes YAML in a style drawn at random and notes where each key and value begins."""

    draw: st.DrawFn
    lines: list[str] = field(default_factory=lambda: [""])
    keys: dict[tuple[str, ...], tuple[int, int]] = field(default_factory=dict)
    values: dict[tuple[str, ...], tuple[int, int]] = field(default_factory=dict)

    def put(self, text: str) -> tuple[int, int]:
        place = len(self.lines), len(self.lines[-1]) + 1
        self.lines[-1] += text
        return place

    def new_line(self, indent: int) -> None:
        if self.draw(st.booleans()):
            self.lines.append("   # a comment: {with} [signs]")
        self.lines.append(" " * indent)

    def block(self, entries: dict[str, object], indent: int, path: tuple[str, ...]) -> None:
        for number, (key, value) in enumerate(entries.items()):
            if number or path:
                self.new_line(indent)
            quoted = json.dumps(key, ensure_ascii=False) if self.draw(st.booleans()) else key
            self.keys[(*path, key)] = self.put(quoted)
            self.put(":")
            if isinstance(value, dict) and value and self.draw(st.booleans()):
                self.block(value, indent + self.draw(st.integers(1, 4)), (*path, key))
            else:
                self.put(" " * self.draw(st.integers(1, 3)))
                self.flow(value, (*path, key))

    def flow(self, value: object, path: tuple[str, ...]) -> None:
        if isinstance(value, dict):
            self.values[path] = self.put("{")
            for number, (key, each) in enumerate(value.items()):
                self.put(", " if number else "")
                self.keys[(*path, key)] = self.put(key)
                self.put(": ")
                self.flow(each, (*path, key))
            self.put("}")
        elif isinstance(value, list):
            self.values[path] = self.put("[")
            for number, each in enumerate(value):
                self.put(", " if number else "")
                self.flow(each, (*path, str(number)))
            self.put("]")
        else:
            self.values[path] = self.put(json.dumps(value, ensure_ascii=False))


@st.composite
def written(draw: st.DrawFn) -> tuple[dict[str, object], Writer]:
    document = draw(documents)
    writer = Writer(draw)
    writer.block(document, 0, ())
    return document, writer


@given(written())
def test_every_key_and_value_knows_its_place(made: tuple[dict[str, object], Writer]) -> None:
    document, writer = made
    read = read_document("\n".join(writer.lines).encode(), "x.yaml")
    assert read.problems == ()
    assert read.node is not None
    assert plain(read.node) == document
    nodes = dict(walk(read.node))
    assert {path: (node.key.line, node.key.column) for path, node in nodes.items() if node.key} == writer.keys
    for path, place in writer.values.items():
        assert (nodes[path].span.line, nodes[path].span.column) == place
    for path, node in nodes.items():
        if node.key is not None:
            line = writer.lines[node.key.line - 1]
            marked = line[node.key.column - 1 : node.key.column - 1 + node.key.length]
            assert marked.strip('"') == path[-1]


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_bytes_are_too_strange(content: bytes) -> None:
    read = read_document(content, "x.yaml")
    for one in read.problems:
        assert one.span.line >= 1
        assert one.span.column >= 1


@given(st.text("ab:{}[],&*#'\"|>-? \n!%@\t，：", max_size=60))
def test_no_signs_are_too_strange(text: str) -> None:
    read = read_document(text.encode(), "x.yaml")
    lines = split_lines(text)
    assert all(one.span.line <= len(lines) for one in read.problems)


@given(documents)
def test_json_is_read_alike(document: dict[str, object]) -> None:
    read = read_document(json.dumps(document, ensure_ascii=False, indent=1).encode(), "x.json")
    assert read.problems == ()
    assert read.node is not None
    assert plain(read.node) == document


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("1.10", Decimal("1.10")),
        ("1e3", Decimal(1000)),
        ("0777", 777),
        ("0o17", 15),
        ("0x1F", 31),
        ("-12", -12),
        ("12:30:00", "12:30:00"),
        ("1_000", "1_000"),
        ("2026-01-01", "2026-01-01"),
        ("=", "="),
        ("'1'", "1"),
        ("1.2.3", "1.2.3"),
        ("+", "+"),
        (".", "."),
    ],
)
def test_plain_scalars_follow_yaml_1_2(text: str, value: object) -> None:
    read = read_document(f"x: {text}\n".encode(), "x.yaml")
    assert read.problems == ()
    assert read.node is not None
    found = read.node.entries["x"].value
    assert found == value
    assert type(found) is type(value)


def test_decimals_keep_what_was_written() -> None:
    node = read_document(b"x: 0.10", "x.yaml").node
    assert isinstance(node, Node)
    assert str(node.entries["x"].value) == "0.10"


def test_a_comment_behind_a_value_is_no_slip() -> None:
    read = read_document(b"a: text # a comment\nb: {c: d} #another\ne: 'x' #y\nf: #  g\n  h: 1\n", "x.yaml")
    assert [one.code for one in read.problems] == []


def test_chinese_text_is_no_slip() -> None:
    text = 'a: 你好，世界\nb: "“引号”：（是）"\nc: {zh: 说明：见下文}\nd: 支持Wi-Fi，5G网络\n'
    assert read_document(text.encode(), "x.yaml").problems == ()


def test_a_byte_order_mark_moves_nothing() -> None:
    node = read_document(b"\xef\xbb\xbfa: 1", "x.yaml").node
    assert node is not None
    assert node.entries["a"].head.column == 1


def test_aliases_repeat_a_value() -> None:
    read = read_document(b"a: &x {b: 1}\nc: *x\n", "x.yaml")
    assert read.problems == ()
    assert read.node is not None
    assert plain(read.node) == {"a": {"b": 1}, "c": {"b": 1}}
    assert read.node.entries["c"].head.line == 2
