"""Templates of plain words: values and conditions in a text, nothing that repeats, calls or counts. Pure.

They are written by whoever configures and filled in for whoever reads. What they may hold is listed, so that filling one in
ends at once and stays short: no loops, calls, sums or attributes of attributes. Values are texts, numbers, truths.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import nodes
    from jinja2.sandbox import ImmutableSandboxedEnvironment

RECORD = "record"
NAMES = frozenset({RECORD, "entity", "today"})
"""What a template may name: the record's fields, what its entity is called, the company's day."""
LONGEST = 500  # characters of a text that was filled in
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
    """A template that was read: the fields of the record that it names."""

    source: str
    fields: frozenset[str]

    def fill(self, values: Mapping[str, Any]) -> str:
        """The text with these values of `NAMES`, `record` a mapping of all `fields`. Raises BadTemplate where one is missing
        or can't be used as it is. Never longer than `LONGEST`.
        """
        from jinja2 import TemplateError

        try:
            text = _compiled(self.source).render(values).strip()
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise BadTemplate(str(error), 1) from error
        return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


@lru_cache(maxsize=500)
def read_template(source: str) -> PlainTemplate:
    """Reads a template. Raises BadTemplate for one that is not well formed, or that holds more than it may."""
    from jinja2 import TemplateSyntaxError

    try:
        tree = _environment().parse(source)
    except TemplateSyntaxError as error:
        raise BadTemplate(str(error.message), error.lineno) from error
    return PlainTemplate(source, frozenset(_fields(tree)))


def _fields(tree: nodes.Template) -> Iterator[str]:
    from jinja2 import nodes

    inner = set()  # the names that stand before a dot
    for node in [tree, *tree.find_all(nodes.Node)]:
        kind = type(node).__name__
        if kind not in _ALLOWED:
            raise BadTemplate(
                f"{_called(kind)} can't stand in it: only values, conditions and plain filters", node.lineno
            )
        if isinstance(node, nodes.Filter) and (node.name not in FILTERS or node.args[1:] or node.kwargs):
            raise BadTemplate(f"there is no filter '{node.name}' here", node.lineno)
        if isinstance(node, nodes.Test) and node.name not in _TESTS:
            raise BadTemplate(f"there is no test '{node.name}' here", node.lineno)
        if isinstance(node, nodes.Getattr):
            if not isinstance(node.node, nodes.Name) or node.node.name != RECORD:
                raise BadTemplate("a dot stands behind `record` alone", node.lineno)
            inner.add(id(node.node))
            yield node.attr
        if isinstance(node, nodes.Name) and node.name not in NAMES:
            raise BadTemplate(f"'{node.name}' is not known here; a field is written record.{node.name}", node.lineno)
    for name in tree.find_all(nodes.Name):
        if name.name == RECORD and id(name) not in inner:
            raise BadTemplate("`record` is written with a field, such as record.name", name.lineno)


def _called(kind: str) -> str:
    return {"For": "a loop", "Call": "a call", "Getitem": "an index", "Include": "another file"}.get(kind, f"'{kind}'")


@lru_cache(maxsize=500)
def _compiled(source: str) -> Any:
    return _environment().from_string(source)


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Words(ImmutableSandboxedEnvironment):
        def getattr(self, obj: Any, attribute: str) -> Any:
            """A field of the record, never a method of the mapping that holds it."""
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)

    # What comes of it is a plain text, which is escaped where it is shown.
    return Words(undefined=StrictUndefined, autoescape=False)
