"""Templates of plain words: values and conditions in a text, nothing that repeats, calls or counts. Pure.

They are written by whoever configures and filled in for whoever reads. What they may hold is listed, so that filling one in
ends at once and stays short: no loops, calls, sums or methods. Values are texts, numbers, truths.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from app.frozen import dataclass

if TYPE_CHECKING:
    from jinja2 import nodes
    from jinja2.sandbox import ImmutableSandboxedEnvironment

RECORD = "record"
NAMES = frozenset({RECORD, "entity", "today"})
"""What a template may name: the record's fields and those behind its lookups, what its entity is called, the company's day."""
LONGEST = 500  # characters of a notice that was filled in
LONGEST_SOURCE = 100_000
LONGEST_VALUE = 20_000  # characters of one value: a template can repeat it
MOST_JOINED = 50  # values that `~` joins, all in all
MOST_FILTERED = 100  # filters, all in all: each goes through a whole value
FURTHEST = 4  # fields of a path
_DEEPEST = 60
_PLACES = range(11)  # that `round` may keep
FILTERS = frozenset({"upper", "lower", "trim", "title", "capitalize", "default", "round", "abs"})
_ALLOWED = frozenset(
    """Template Output TemplateData Const Name Getattr If CondExpr Compare Operand And Or Not Neg Filter Test Concat""".split()
)
_TESTS = frozenset({"defined", "undefined", "none"})


class BadTemplate(ValueError):
    """A template that can't be filled in. `line` counts from 1, of the template itself."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True)
class PlainTemplate:
    """A template that was read: the fields of the record that it names, or paths to fields (`account.name`), and in which
    line each stands first. `is_html`: values are escaped.
    """

    source: str
    lines: Mapping[str, int]
    is_html: bool = False

    @property
    def fields(self) -> frozenset[str]:
        """The fields and paths."""
        return frozenset(self.lines)

    def fill(self, values: Mapping[str, Any]) -> str:
        """The text with these values of `NAMES`, `record` a mapping of all `fields`. Raises BadTemplate where one is missing
        or can't be used as it is. Never longer than `LONGEST`.
        """
        text = ""
        for piece in self._pieces(values):
            text = (text + piece).lstrip()
            if len(text) > LONGEST:
                break  # the rest would be cut off
        text = text.rstrip()
        return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"

    def fill_whole(self, values: Mapping[str, Any], longest: int) -> str:
        """As `fill`; raises BadTemplate too where it grows longer than that many characters."""
        found, size = [], 0
        for piece in self._pieces(values):
            found.append(piece)
            size += len(piece)
            if size > longest:
                raise BadTemplate(f"it grows longer than {longest} characters", 1)
        return "".join(found)

    def _pieces(self, values: Mapping[str, Any]) -> Iterator[str]:
        from jinja2 import TemplateError

        try:
            yield from _compiled(self.source, is_html=self.is_html).generate(values)
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise BadTemplate(str(error), 1) from error


@lru_cache(maxsize=500)
def read_template(source: str, *, is_html: bool = False) -> PlainTemplate:
    """Reads a template. Raises BadTemplate for one that is not well formed, or that holds more than it may."""
    return PlainTemplate(source, MappingProxyType(dict(_paths(_parsed(source)))), is_html)


def _parsed(source: str) -> nodes.Template:
    from jinja2 import TemplateSyntaxError

    if len(source) > LONGEST_SOURCE:
        raise BadTemplate(f"it is longer than {LONGEST_SOURCE} characters", 1)
    try:
        tree = _environment().parse(source)
    except TemplateSyntaxError as error:
        raise BadTemplate(str(error.message), error.lineno) from error
    except RecursionError as error:
        raise BadTemplate("it is nested too deeply", 1) from error
    _check(tree)
    return tree


def _check(tree: nodes.Template) -> None:
    """Raises BadTemplate for what a template may not hold."""
    from jinja2 import nodes

    joined = filtered = 0
    waiting: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        kind = type(node).__name__
        if kind not in _ALLOWED:
            raise BadTemplate(
                f"{_called(kind)} can't stand in it: only values, conditions and plain filters", node.lineno
            )
        joined += len(node.nodes) if isinstance(node, nodes.Concat) else 0
        if depth > _DEEPEST or joined > MOST_JOINED:
            raise BadTemplate("it is nested too deeply" if depth > _DEEPEST else "it joins too much", node.lineno)
        if isinstance(node, nodes.Filter):
            _check_filter(node)
            filtered += 1
            if filtered > MOST_FILTERED:
                raise BadTemplate(f"it has more than {MOST_FILTERED} filters", node.lineno)
        if isinstance(node, nodes.Test) and node.name not in _TESTS:
            raise BadTemplate(f"there is no test '{node.name}' here", node.lineno)
        waiting += [(each, depth + 1) for each in node.iter_child_nodes()]


def _check_filter(node: nodes.Filter) -> None:
    from jinja2 import nodes

    if node.name not in FILTERS or node.args[1:] or node.kwargs or node.dyn_args or node.dyn_kwargs:
        raise BadTemplate(f"there is no filter '{node.name}' here", node.lineno)
    if node.name == "round" and node.args:
        (places,) = node.args
        if not isinstance(places, nodes.Const) or type(places.value) is not int or places.value not in _PLACES:
            raise BadTemplate(f"`round` keeps 0 to {_PLACES[-1]} places", node.lineno)


def _paths(tree: nodes.Template) -> Iterator[tuple[str, int]]:
    """The paths that it names with their lines, the first of each last. Makes each path one attribute of `record`."""
    from jinja2 import nodes

    inner = set()  # the names that stand before a dot
    found = []
    for node in tree.find_all(nodes.Getattr):
        path, name = _path(node)
        inner.add(id(name))
        node.node, node.attr = name, path
        found.append((path, node.lineno))
    for name in tree.find_all(nodes.Name):
        if name.name not in NAMES:
            raise BadTemplate(f"'{name.name}' is not known here; a field is written record.{name.name}", name.lineno)
        if name.name == RECORD and id(name) not in inner:
            raise BadTemplate("`record` is written with a field, such as record.name", name.lineno)
    yield from reversed(found)


def _path(node: nodes.Getattr) -> tuple[str, nodes.Name]:
    from jinja2 import nodes

    parts, at = [node.attr], node.node
    while isinstance(at, nodes.Getattr):
        parts.append(at.attr)
        at = at.node
    if not isinstance(at, nodes.Name) or at.name != RECORD:
        raise BadTemplate("a dot stands behind `record` alone", node.lineno)
    if len(parts) > FURTHEST or any(each.startswith("_") for each in parts):
        raise BadTemplate(f"a path has at most {FURTHEST} fields, such as record.account.name", node.lineno)
    return ".".join(reversed(parts)), at


def _called(kind: str) -> str:
    return {"For": "a loop", "Call": "a call", "Getitem": "an index", "Include": "another file"}.get(kind, f"'{kind}'")


@lru_cache(maxsize=500)
def _compiled(source: str, *, is_html: bool) -> Any:
    from jinja2 import Template

    tree, environment = _parsed(source), _environment(is_html=is_html)
    list(_paths(tree))
    tree.set_environment(environment)
    return Template.from_code(environment, environment.compile(tree), environment.globals)


@lru_cache(maxsize=2)
def _environment(*, is_html: bool = False) -> ImmutableSandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Words(ImmutableSandboxedEnvironment):
        def getattr(self, obj: Any, attribute: str) -> Any:
            """A field of the record, never a method of the mapping that holds it."""
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)

    # What comes of it is a plain text, which is escaped where it is shown; or the body of a mail.
    return Words(undefined=StrictUndefined, autoescape=is_html)
