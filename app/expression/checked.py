"""An expression that was parsed and checked, with all that its users ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import cached_property
from types import MappingProxyType

from app.definition import Catalog
from app.definition.attributes import Profile
from app.definition.memory import remembered
from app.expression.check import check
from app.expression.functions import BROWSER_FORMATS, FUNCTIONS
from app.expression.node import Aggregate, Node
from app.expression.parser import parse
from app.expression.problem import BadExpression, Problem
from app.expression.python import Evaluate, compile_node
from app.expression.steps import lookup_of
from app.expression.types import Type
from app.frozen import dataclass

PROFILES: tuple[Profile, ...] = ("rule", "server", "filter")
_OF_SAVES = {"old": "`old`", "changed": "`is_changed`", "new": "`is_new`"}
_DOUBTFUL = frozenset(
    {"div", "call", "piece", "add", "sub", "mul", "aggregate", "has", "if", "coalesce"}
)  # what a database may not know
_FILTER_DIGITS = 18
_FILTER_DEPTH = 12  # SQLite reads a statement with a stack of a hundred places, and ours stand inside of others


@dataclass(frozen=True)
class Checked:
    """A checked expression about records of `entity`. `unfit` says for each profile that it does not fit why not."""

    source: str
    entity: str
    root: Node
    unfit: Mapping[Profile, Problem] = field(default_factory=dict)

    @property
    def type(self) -> Type:
        """What it gives."""
        return self.root.type

    @property
    def profiles(self) -> tuple[Profile, ...]:
        """The profiles that it fits."""
        return tuple(each for each in PROFILES if each not in self.unfit)

    @cached_property
    def evaluate(self) -> Evaluate:
        """The function that gives its value: see `python.Evaluate`."""
        return compile_node(self.root)

    @cached_property
    def keys(self) -> frozenset[str]:
        """What it reads of the record as it will be: fields, paths (`account.level`) and companion columns."""
        return frozenset(each.value for each in self.root.walk() if each.op in {"field", "changed"})

    @cached_property
    def old_keys(self) -> frozenset[str]:
        """What it reads of the record as it was."""
        return frozenset(each.value for each in self.root.walk() if each.op in {"old", "changed"})

    @cached_property
    def fields(self) -> frozenset[str]:
        """The record's own columns that it reads, now or as they were; of a path the lookup that it begins with."""
        return frozenset(lookup_of(key) for key in self.keys | self.old_keys)

    @cached_property
    def paths(self) -> frozenset[str]:
        """What it reads of other records, through lookups."""
        return frozenset(key for key in self.keys if "." in key)

    @cached_property
    def aggregates(self) -> tuple[Aggregate, ...]:
        """Its aggregates, each once."""
        found = {each.value.key: each.value for each in self.root.walk() if each.op == "aggregate"}
        return tuple(found.values())

    @cached_property
    def user_keys(self) -> frozenset[str]:
        """What it reads of the acting person."""
        inner = [each.where for each in self.aggregates if each.where is not None]
        return frozenset(each.value for root in (self.root, *inner) for each in root.walk() if each.op == "user")

    @cached_property
    def reads_person(self) -> bool:
        """Whether its value depends on who acts."""
        inner = [each.where for each in self.aggregates if each.where is not None]
        return any(each.op in {"user", "role"} for root in (self.root, *inner) for each in root.walk())

    @cached_property
    def reads_clock(self) -> bool:
        """Whether its value changes with time alone."""
        inner = [each.where for each in self.aggregates if each.where is not None]
        nodes = (each for root in (self.root, *inner) for each in root.walk())
        return any(each.op == "call" and each.value in {"today", "now"} for each in nodes)

    @cached_property
    def reads_roles(self) -> bool:
        """Whether it asks which roles the acting person has."""
        return any(each.op == "role" for each in self.root.walk())

    @property
    def reads_save(self) -> bool:
        """Whether it asks what a save does: `old`, `is_changed`, `is_new`."""
        return any(each.op in _OF_SAVES for each in self.root.walk())

    @cached_property
    def runs_in_browser(self) -> bool:
        """Whether the browser's engine knows all of it, given the values that it reads."""
        return all(_is_known_to_browsers(each) for each in self.root.walk())


def _is_known_to_browsers(node: Node) -> bool:
    if node.op == "aggregate":
        return False
    if node.op == "has" and node.args[0].type.options is None and node.args[0].type.base == "choices":
        return False  # tags: which letters are alike is known to the server
    if node.op != "call":
        return True
    if node.value in {"has_any", "has_all"} and node.args[0].type.options is None:
        return False
    if node.value == "matches_format":
        return node.args[1].value in BROWSER_FORMATS
    return "browser" in FUNCTIONS[node.value].targets


def check_expression(
    catalog: Catalog, entity: str, source: str, wanted: Type | None = None, profile: Profile | None = None
) -> Checked:
    """Parses and checks. `wanted` is the type that it must give. Raises BadExpression, also where it does not fit the
    profile that it is for. Raises KeyError for an unknown entity.
    """
    root = check(catalog, catalog.get_entity(entity), parse(source), wanted)
    found = checked_of(source, entity, root)
    if profile is not None and profile in found.unfit:
        raise BadExpression(found.unfit[profile])
    return found


def checked_of(source: str, entity: str, root: Node) -> Checked:
    """What is made of a tree that was checked: also of one that is put together from several."""
    return Checked(source, entity, root, MappingProxyType(dict(_unfit(root))))


def get_expression(
    catalog: Catalog, entity: str, source: str, wanted: Type | None = None, profile: Profile | None = None
) -> Checked:
    """As `check_expression`, remembered as long as the Catalog lives."""
    key = ("expression", entity, source, wanted, profile)
    return remembered(catalog, key, lambda: check_expression(catalog, entity, source, wanted, profile))


def _unfit(root: Node) -> list[tuple[Profile, Problem]]:
    found = []
    nodes = list(root.walk())
    for profile, judge in (("rule", _not_in_rules), ("server", _not_counted), ("filter", _not_in_filters)):
        problem = next((problem for each in nodes if (problem := judge(each)) is not None), None)
        if profile == "filter" and problem is None and _depth(root) > _FILTER_DEPTH:
            hint = "store a part of it as a formula field, and ask that"
            problem = Problem("EXP108", f"a filter is nested at most {_FILTER_DEPTH} deep", root.start, root.end, hint)
        if problem is not None:
            found.append((profile, problem))
    return found  # type: ignore[return-value]


def _not_counted(node: Node) -> Problem | None:
    """The condition of an aggregate is asked of the database, wherever the aggregate stands."""
    if node.op != "aggregate" or node.value.where is None:
        return None
    return next((problem for each in node.value.where.walk() if (problem := _not_in_filters(each)) is not None), None)


def _depth(node: Node) -> int:
    below = [*node.args, *([node.value.where] if node.op == "aggregate" and node.value.where is not None else [])]
    return 1 + max(map(_depth, below), default=0)


def _not_in_rules(node: Node) -> Problem | None:
    if node.op == "aggregate":
        hint = "store it as a formula field, and ask that"
        return Problem("EXP107", "records of other entities are not counted here", node.start, node.end, hint)
    if node.op == "field" and node.value.count(".") > 1:
        hint = "store what is needed as a formula field of the record between"
        return Problem("EXP107", "a path goes through one lookup here", node.start, node.end, hint)
    return None


def _not_in_filters(node: Node) -> Problem | None:
    if node.op in _OF_SAVES:
        message = f"{_OF_SAVES[node.op]} is known while a record is saved, not in a list"
        return Problem("EXP107", message, node.start, node.end)
    if node.op not in _DOUBTFUL:
        return None
    if node.is_constant:
        return _of_many_digits(node)
    if node.op in {"has", "if", "coalesce", "piece"}:
        return _of_no_column(node) or _of_many_digits(node)
    if node.op == "div":
        return Problem(
            "EXP107",
            "`/` can't stand in a filter",
            node.start,
            node.end,
            "multiply the other side, or store the quotient as a formula field",
        )
    if node.op == "call" and "sql" not in FUNCTIONS[node.value].targets:
        return Problem(
            "EXP107",
            f"{node.value} can't stand in a filter",
            node.start,
            node.end,
            "store its value as a formula field, and ask that",
        )
    if node.op == "aggregate" and node.value.where is not None:
        return next(
            (problem for each in node.value.where.walk() if (problem := _not_in_filters(each)) is not None), None
        )
    return _of_many_digits(node)


def _of_many_digits(node: Node) -> Problem | None:
    if not _is_too_long(node):
        return None
    hint = "store it as a formula field and filter by that, or give whole numbers a `min` and a `max`"
    return Problem("EXP108", f"it may have more than {_FILTER_DIGITS} digits", node.start, node.end, hint)


def _of_no_column(node: Node) -> Problem | None:
    message: str | None
    if node.op == "piece":
        message = "a part of an address can't stand in a filter"
    elif node.op == "has":
        tags = node.args[0].type.base == "choices" and node.args[0].type.options is None
        message = "a tag is compared with a text in quotes here" if tags and not node.args[1].is_constant else None
    else:
        message = f"{node.op} can't give a list in a filter" if node.type.base in {"choices", "refs"} else None
    return Problem("EXP107", message, node.start, node.end) if message else None


def _is_too_long(node: Node) -> bool:
    """Whether a number may have more digits than 64 bits hold: a result, or an operand that is brought to the scale of it."""
    if node.type.base != "number":
        return False
    rounded = node.op == "call" and node.value in {"round", "floor", "ceil"}
    if rounded or node.op in {"add", "sub", "mul", "div"}:  # of constants these may stand in a filter
        return node.type.precision > _FILTER_DIGITS + 1
    chosen = node.op in {"if", "coalesce"} or (node.op == "call" and node.value in {"min", "max"})
    operands = [each.type for each in node.args if each.type.base == "number"] if chosen else []
    finest = node.type.scale
    return any(each.scale < finest and each.precision + finest - each.scale > _FILTER_DIGITS + 1 for each in operands)
