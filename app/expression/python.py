"""The typed tree to a Python function: the normative engine.

The function's text is made of our own words alone; keys and literals of the administrator are its constants, never text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import reduce
from typing import Any

from app.expression.context import Context
from app.expression.implementations import CLOCK, PLAIN, WIDE, WORKING, ZONED, divide, holds, holds_tag, is_blank
from app.expression.node import Node

Evaluate = Callable[[Mapping[str, Any], Mapping[str, Any] | None, Context], Any]
"""The value of an expression for a row, the row as it was (None: it is being created), and what surrounds it.

A row holds plain values by key: also the paths, aggregates and companion columns that the expression reads.
"""

_SIGNS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=", "add": "+", "sub": "-", "mul": "*"}
_EXACT_DIGITS = 28  # of Python's usual decimal context


def compile_node(node: Node) -> Evaluate:
    """The function of a tree."""
    writer = _Writer()
    text = writer.text(node)
    names = ", ".join(writer.constants)
    source = f"def evaluate(r, o, c{', ' if names else ''}{names}):\n    return {text}\n"
    space: dict[str, Any] = {}
    exec(compile(source, "<expression>", "exec"), {"__builtins__": {}}, space)  # noqa: S102 (its words are ours alone)
    function = space["evaluate"]
    function.__defaults__ = tuple(writer.constants.values()) or None
    evaluate: Evaluate = function
    return evaluate


class _Writer:
    """Writes the text of one function. `constants` are its further parameters, by name, each with its value."""

    def __init__(self) -> None:
        self.constants: dict[str, Any] = {}
        self.names: dict[tuple[type, Any], str] = {}
        self.temporaries = 0

    def constant(self, value: Any) -> str:
        """The name of a constant."""
        key = (type(value), value if not isinstance(value, dict) else id(value))
        if key not in self.names:
            self.names[key] = f"k{len(self.names)}"
            self.constants[self.names[key]] = value
        return self.names[key]

    def temporary(self) -> str:
        self.temporaries += 1
        return f"t{self.temporaries}"

    def text(self, node: Node) -> str:
        """An expression of Python for a node."""
        writer: Callable[[Node], str] = getattr(self, f"_{node.op}")
        return writer(node)

    def _const(self, node: Node) -> str:
        value = node.value
        return repr(value) if value is None or isinstance(value, bool) else self.constant(value)

    def _field(self, node: Node) -> str:
        key = self.constant(node.value)
        return f"(r[{key}] or False)" if node.type.base == "bool" else f"r[{key}]"

    def _old(self, node: Node) -> str:
        key = self.constant(node.value)
        if node.type.base == "bool":
            return f"(o is not None and (o[{key}] or False))"
        return f"(None if o is None else o[{key}])"

    def _user(self, node: Node) -> str:
        key = self.constant(node.value)
        return f"(c.user[{key}] or False)" if node.type.base == "bool" else f"c.user[{key}]"

    def _role(self, node: Node) -> str:
        return f"({self.constant(node.value)} in c.roles)"

    def _changed(self, node: Node) -> str:
        key = self.constant(node.value)
        return f"(o is None or r[{key}] != o[{key}])"

    def _new(self, _node: Node) -> str:
        return "(o is None)"

    def _map(self, node: Node) -> str:
        return f"{self.constant(dict(node.value).get)}({self.text(node.args[0])})"

    def _piece(self, node: Node) -> str:
        return f"{self.constant(_piece_of)}({self.text(node.args[0])}, {self.constant(node.value)})"

    def _target(self, node: Node) -> str:
        return f"{self.constant(_entity_of)}({self.text(node.args[0])})"

    def _aggregate(self, node: Node) -> str:
        return f"r[{self.constant(node.value.key)}]"

    def _and(self, node: Node) -> str:
        return f"({' and '.join(map(self.text, node.args))})"

    def _or(self, node: Node) -> str:
        return f"({' or '.join(map(self.text, node.args))})"

    def _not(self, node: Node) -> str:
        return f"(not {self.text(node.args[0])})"

    def _eq(self, node: Node) -> str:
        return f"({self.text(node.args[0])} {_SIGNS[node.op]} {self.text(node.args[1])})"

    _ne = _eq

    def _lt(self, node: Node) -> str:
        guards, (left, right) = self.operands(node.args)
        return f"({''.join(f'{each} is not None and ' for each in guards)}{left} {_SIGNS[node.op]} {right})"

    _le = _gt = _ge = _lt

    def operands(self, args: tuple[Node, ...]) -> tuple[list[str], list[str]]:
        """For each operand that may be blank a guard that evaluates it, and how the operand is written behind the guards."""
        guards, values = [], []
        for each in args:
            text = self.text(each)
            if not each.type.blank:
                values.append(text)
                continue
            name = self.temporary()
            guards.append(f"({name} := {text})")
            values.append(name)
        return guards, values

    def _in(self, node: Node) -> str:
        wanted = frozenset(each.value for each in node.args[1].args)
        return f"({self.text(node.args[0])} in {self.constant(wanted)})"

    def _has(self, node: Node) -> str:
        many, value = node.args
        search = holds_tag if many.type.base == "choices" and many.type.options is None else holds
        return f"{self.constant(search)}({self.text(many)}, {self.text(value)})"

    def _add(self, node: Node) -> str:
        """A chain such as `a + b - c` at once: blank where any of them is."""
        signs, args = _chain(node)
        guards, values = self.operands(tuple(args))
        if node.type.precision <= _EXACT_DIGITS:
            total = values[0] + "".join(f" {sign} {each}" for sign, each in zip(signs, values[1:], strict=True))
        else:
            add, subtract = self.constant(WIDE.add), self.constant(WIDE.subtract)
            total = reduce(
                lambda left, right: f"{add if right[0] == '+' else subtract}({left}, {right[1]})",
                zip(signs, values[1:], strict=True),
                values[0],
            )
        return self.unless_blank(guards, total)

    _sub = _add

    def _mul(self, node: Node) -> str:
        _, args = _chain(node)
        guards, values = self.operands(tuple(args))
        if node.type.precision <= _EXACT_DIGITS:
            return self.unless_blank(guards, " * ".join(values))
        multiply = self.constant(WIDE.multiply)
        return self.unless_blank(guards, reduce(lambda left, right: f"{multiply}({left}, {right})", values))

    def _div(self, node: Node) -> str:
        guards, values = self.operands(node.args)
        return self.unless_blank(guards, f"{self.constant(divide)}({', '.join(values)})")

    def _neg(self, node: Node) -> str:
        guards, values = self.operands(node.args)
        return self.unless_blank(guards, f"{self.constant(WIDE.minus)}({self.constant(Decimal)}({values[0]}))")

    @staticmethod
    def unless_blank(guards: list[str], text: str) -> str:
        """The text, None where a guarded operand is blank."""
        blank = " or ".join(f"{each} is None" for each in guards)
        return f"(None if {blank} else {text})" if guards else f"({text})"

    def _if(self, node: Node) -> str:
        condition, one, other = map(self.text, node.args)
        return f"({one} if {condition} else {other})"

    def _coalesce(self, node: Node) -> str:
        texts = [self.text(each) for each in node.args]
        found = texts.pop()
        for each in reversed(texts):
            name = self.temporary()
            found = f"({name} if ({name} := {each}) is not None else {found})"
        return found

    def _call(self, node: Node) -> str:
        name = node.value
        if name in CLOCK:
            return f"c.{name}"
        if name in {"has_any", "has_all"}:
            wanted = frozenset(each.value for each in node.args[1].args)
            return f"{self.constant(_list_function(name, node))}({self.text(node.args[0])}, {self.constant(wanted)})"
        if name == "is_blank" and node.args[0].type.base not in {"text", "choices", "refs", "opaque"}:
            return f"({self.text(node.args[0])} is None)"
        args = ", ".join(map(self.text, node.args))
        if name in ZONED:
            return f"{self.constant(ZONED[name])}({args}, c.zone)"
        if name in WORKING:
            return f"{self.constant(WORKING[name])}({args}, c.calendar)"
        return f"{self.constant(PLAIN[name])}({args})"


def _chain(node: Node) -> tuple[list[str], list[Node]]:
    """The operands of a chain of additions or multiplications, and the signs between them."""
    kinds = ("mul",) if node.op == "mul" else ("add", "sub")
    signs: list[str] = []
    args: list[Node] = []
    while node.op in kinds:
        signs.append(_SIGNS[node.op])
        args.append(node.args[1])
        node = node.args[0]
    return signs[::-1], [node, *reversed(args)]


def _list_function(name: str, node: Node) -> Callable[..., bool]:
    """Of tags the case of letters does not count."""
    plain = PLAIN[name]
    if node.args[0].type.options is not None:
        return plain

    def folded(many: Any, wanted: frozenset[str]) -> bool:
        values = None if many is None else [each.casefold() for each in many]
        return bool(plain(values, frozenset(each.casefold() for each in wanted)))

    return folded


def _entity_of(pointed: Any) -> str | None:
    """Of what a lookup to several entities points to."""
    return None if pointed is None else pointed.entity


def _piece_of(address: Any, piece: str) -> str | None:
    """A part of an address."""
    if is_blank(address):
        return None
    return getattr(address, piece, None) or None
