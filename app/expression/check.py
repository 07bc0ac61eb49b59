"""The tree of what is written to the typed tree: names are looked up, types fit, options exist."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from app.definition import Catalog, Entity
from app.diagnostics import did_you_mean, nearest
from app.expression.agreement import LISTS, bad, check_element, check_result, instead, same_kind
from app.expression.completeness import completeness
from app.expression.format import format_syntax
from app.expression.functions import FORMATS, FUNCTIONS, OF_RECORD, SCALAR
from app.expression.literals import day_of, literal_node, type_of_aggregate
from app.expression.names import Names
from app.expression.node import Aggregate, Node
from app.expression.parser import parse
from app.expression.problem import BadExpression, Problem
from app.expression.syntax import COMPARISONS, Syntax
from app.expression.types import (
    BOOL,
    MOST_DIGITS,
    NULL,
    ORDERED,
    Type,
    common_type,
    number,
    product_type,
    quotient_type,
    sum_type,
)

_COMPARE = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_ARITHMETIC = {"+": ("add", sum_type), "-": ("sub", sum_type), "*": ("mul", product_type), "/": ("div", quotient_type)}
_UNORDERED = {"text": "the order of texts differs between languages: compare by `==`, `starts_with` or `contains`"}
_UNEQUAL = {
    "choices": 'ask `… has "x"`, `has_any(…)`, `count(…)` or `is_blank(…)`',
    "refs": "ask `… has …`, `count(…)` or `is_blank(…)`",
    "opaque": "ask `is_blank(…)`",
}
DEEPEST_SCALE = 6
_OWN = {"is_new": 0, "is_mine": 0, "completeness": 0, "is_changed": 1, "has_role": 1, "changed_to": 2}


def check(catalog: Catalog, entity: Entity, tree: Syntax, wanted: Type | None = None) -> Node:
    """The typed tree. `wanted` is what it is for: the values of a picklist are looked up in its options.

    Raises BadExpression with all that can be told at once.
    """
    return Checker(Names(catalog, entity, read=read_condition)).whole(tree, wanted)


def read_condition(catalog: Catalog, entity: Entity, source: str) -> Node:
    """The tree of a pipeline's condition, which can't ask which pipeline a record follows. Raises BadExpression."""
    return Checker(Names(catalog, entity)).whole(parse(source), BOOL)


class Checker:
    """Checks one tree. What is wrong in several branches is told together."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def whole(self, tree: Syntax, wanted: Type | None) -> Node:
        found = self.node(tree, wanted)
        if wanted is not None:
            check_result(found, wanted)
        return found

    def node(self, tree: Syntax, wanted: Type | None = None) -> Node:
        """What a part of the tree is; `wanted` helps texts to be options."""
        match tree.kind:
            case "literal":
                return literal_node(tree, wanted)
            case "name":
                return self.names.lookup(tree)
            case "list":
                raise bad("EXP104", "a list stands behind `in` only", tree, 'write `stage in ["won", "lost"]`')
            case "unary":
                return self.unary(tree)
            case "call":
                return self.call(tree, wanted)
            case "aggregate":
                return self.aggregate(tree)
            case _:
                return self.binary(tree)

    def each(self, makers: Sequence[Callable[[], Node]]) -> list[Node]:
        """All that these make; the problems of all together."""
        found: list[Node] = []
        problems: list[Problem] = []
        for make in makers:
            try:
                found.append(make())
            except BadExpression as error:
                problems.extend(error.problems)
        if problems:
            raise BadExpression(*problems)
        return found

    def condition(self, tree: Syntax) -> Node:
        """A part that must be true or false."""
        found = self.node(tree)
        if found.type.base != "bool":
            hint = None
            if found.type.base in {"choice", "text", "ref", "date", "number"}:
                hint = f"compare it, or ask `not is_blank({format_syntax(tree)})`"
            raise bad("EXP104", f"{found.type.words} where true or false belongs", tree, hint)
        return found

    def unary(self, tree: Syntax) -> Node:
        inside = tree.args[0]
        if tree.value == "not":
            return _node("not", BOOL, tree, self.condition(inside))
        found = self.number(inside)
        return _node("neg", found.type, tree, found)

    def number(self, tree: Syntax) -> Node:
        """A part that must be a number."""
        found = self.node(tree)
        if found.type.base not in {"number", "null"}:
            raise bad("EXP104", f"{found.type.words} where a number belongs", tree, instead(found, tree))
        return replace(found, type=number(1, 0, blank=True)) if found.type.base == "null" else found

    def binary(self, tree: Syntax) -> Node:
        operation = tree.value
        left, right = tree.args
        if operation in {"and", "or"}:
            args = self.each([partial(self.condition, each) for each in _flat(tree, operation)])
            return _node(operation, BOOL, tree, *args)
        if operation in COMPARISONS:
            return self.comparison(tree, left, right)
        if operation in {"in", "not in"}:
            found = self.membership(tree, left, right)
            return found if operation == "in" else _node("not", BOOL, tree, found)
        if operation == "has":
            return self.having(tree, left, right)
        if operation == "+" and (self._is_text(left) or self._is_text(right)):
            raise bad(
                "EXP104", "texts are not added", tree, f"write `concat({format_syntax(left)}, {format_syntax(right)})`"
            )
        op, type_of = _ARITHMETIC[operation]
        args = self.each([partial(self.number, left), partial(self.number, right)])
        result = type_of(args[0].type, args[1].type)
        if result.precision > MOST_DIGITS:
            raise bad(
                "EXP108",
                f"the result may have more than {MOST_DIGITS} digits",
                tree,
                "store a part of it as a formula field",
            )
        return _node(op, result, tree, *args)

    def _is_text(self, tree: Syntax) -> bool:
        try:
            return self.node(tree).type.base == "text"
        except BadExpression:
            return False

    def comparison(self, tree: Syntax, left: Syntax, right: Syntax) -> Node:
        one, other = self.pair(left, right)
        operation = _COMPARE[tree.value]
        bases = {one.type.base, other.type.base} - {"null"}
        if operation in {"eq", "ne"}:
            if bases & {"choices", "refs", "opaque"}:
                base = next(iter(bases & {"choices", "refs", "opaque"}))
                what = "values of this type" if base == "opaque" else _words(base)
                raise bad("EXP104", f"{what} can't be compared by `{tree.value}`", tree, _UNEQUAL[base])
        elif not bases <= set(ORDERED):
            base = next(iter(bases - set(ORDERED)))
            raise bad("EXP112", f"{_words(base)} can't be compared by `{tree.value}`", tree, _UNORDERED.get(base))
        return _node(operation, BOOL, tree, one, other)

    def pair(self, left: Syntax, right: Syntax) -> tuple[Node, Node]:
        """Two parts that are compared: of one kind, literals as what stands on the other side."""
        if left.kind == "literal" and right.kind != "literal":
            other, one = self.pair(right, left)
            return one, other
        one = self.node(left)
        other = self.node(right, one.type)
        same_kind(one, other, right)
        return one, other

    def membership(self, tree: Syntax, left: Syntax, right: Syntax) -> Node:
        one = self.node(left)
        if right.kind != "list":
            many = self.node(right)
            if many.type.base not in LISTS:
                raise bad(
                    "EXP104",
                    f"{many.type.words} behind `in`",
                    right,
                    'a list belongs there: `stage in ["won", "lost"]`',
                )
            value = self.node(left, Type("choice", options=many.type.options)) if many.type.base == "choices" else one
            check_element(many, value, left)
            return _node("has", BOOL, tree, many, value)
        return _node("in", BOOL, tree, one, self.listed(right, one))

    def listed(self, tree: Syntax, one: Node) -> Node:
        """A list of literals that are compared with something."""
        if one.type.base in {"choices", "refs", "opaque", "null"}:
            raise bad(
                "EXP104",
                f"{one.type.words} before `in`",
                tree,
                "ask `has_any(field, […])`" if one.type.base == "choices" else None,
            )

        def item(each: Syntax) -> Node:
            if each.kind not in {"literal", "call"} or (each.kind == "literal" and each.value is None):
                raise bad(
                    "EXP104",
                    "a list holds literals only",
                    each,
                    "ask `is_blank(…)` besides" if each.value is None else None,
                )
            found = self.node(each, one.type)
            if found.type.base == "null":  # "" is no text
                raise bad("EXP104", "blank is in no list", each, "ask `is_blank(…)` besides")
            same_kind(one, found, each)
            if found.op != "const":
                raise bad("EXP104", "a list holds literals only", each)
            return found

        items = self.each([partial(item, each) for each in tree.args])
        return _node("list", one.type, tree, *items)

    def having(self, tree: Syntax, left: Syntax, right: Syntax) -> Node:
        many = self.node(left)
        if many.type.base not in LISTS:
            hint = f"write `contains({format_syntax(left)}, …)`" if many.type.base == "text" else "write `==`"
            raise bad("EXP104", f"{many.type.words} before `has`, where a list belongs", left, hint)
        name = right.value[0] if right.kind == "name" and len(right.value) == 1 else None
        if name is not None and name not in self.names.entity.every_field and name in (many.type.options or ()):
            right = Syntax("literal", name, (), right.start, right.end)
        value = self.node(right, Type(LISTS[many.type.base], options=many.type.options, entities=many.type.entities))  # type: ignore[arg-type]
        check_element(many, value, right)
        return _node("has", BOOL, tree, many, value)

    def call(self, tree: Syntax, wanted: Type | None) -> Node:
        name = tree.value
        if name in _OWN:
            return self.own(tree)
        function = FUNCTIONS.get(name)
        if function is None:
            known = [*FUNCTIONS, *_OWN, "count_of", "sum_of", "min_of", "max_of", "latest_of", "exists"]
            raise bad("EXP103", f"there is no function '{name}'", _head(tree), did_you_mean(nearest(name, known)))
        least, most = _arity(function.params)
        if not least <= len(tree.args) <= most:
            raise bad(
                "EXP106",
                f"{name} takes {_count(least, most)}, here are {len(tree.args)}",
                tree,
                f"write `{function.signature}`",
            )
        if name in {"if", "coalesce"}:
            return self.choice(tree, wanted)
        params = _spread(function.params, len(tree.args))
        pairs = zip(params, tree.args, strict=True)
        args = self.each([partial(self.argument, param, each, tree) for param, each in pairs])
        if name in {"has_any", "has_all"}:
            args = [args[0], self.listed_of(tree.args[1], args[0])]
        return self.called(tree, args)

    def called(self, tree: Syntax, args: list[Node]) -> Node:
        """A call whose arguments were read one by one: now they must fit together."""
        name = tree.value
        if name == "date" and isinstance(tree.args[0].value, str) and args[0].op == "const":
            return _node("const", Type("date", blank=False), tree, value=day_of(tree.args[0]))
        if name == "matches_format" and args[1].value not in FORMATS:
            hint = did_you_mean(nearest(str(args[1].value), FORMATS)) or f"one of {', '.join(FORMATS)}"
            raise bad("EXP105", f"there is no format '{args[1].value}'", tree.args[1], hint)
        if name in {"min", "max"}:
            for each, syntax in zip(args[1:], tree.args[1:], strict=True):
                same_kind(args[0], each, syntax)
        types = [each.type for each in args]
        if name == "round" and len(args) == 2:
            digits = int(args[1].value)
            one = types[0]
            result = number(one.precision - one.scale + 1 + max(digits, 0), max(digits, 0), blank=one.blank)
        else:
            result = FUNCTIONS[name].result(types)
        if FUNCTIONS[name].blanks == "passes":
            result = result.maybe(blank=result.blank or any(each.blank for each in types))
        return _node("call", result, tree, *args, value=name)

    def argument(self, param: str, tree: Syntax, call: Syntax) -> Node:
        """One argument of a function, as its parameter asks."""
        words = param.rstrip("?*")
        if words == "list":
            return Node("const", NULL)
        if words == "digits":
            if tree.kind != "literal" or not isinstance(tree.value, int) or not 0 <= tree.value <= DEEPEST_SCALE:
                raise bad("EXP104", f"a whole number from 0 to {DEEPEST_SCALE} belongs here", tree)
            return self.node(tree)
        if words in {"constant", "constant|datetime"} and tree.kind == "literal" and isinstance(tree.value, str):
            return self.node(tree)
        if words == "constant":
            raise bad("EXP104", "a text in quotes belongs here", tree)
        found = self.condition(tree) if words == "bool" else self.node(tree)
        if words == "any" or found.type.base == "null":
            return found
        bases = SCALAR if words == "scalar" else tuple(words.removeprefix("constant|").split("|"))
        if found.type.base not in bases:
            expected = " or ".join(_words(each) for each in bases)
            message = f"{call.value} takes {expected}, this is {found.type.words}"
            raise bad("EXP104", message, tree, instead(found, tree))
        return found

    def listed_of(self, tree: Syntax, many: Node) -> Node:
        """The literals that a list field is asked for."""
        if tree.kind != "list":
            raise bad("EXP104", "a list belongs here", tree, 'write `has_any(tags, ["a", "b"])`')
        return self.listed(tree, Node("field", Type("choice", options=many.type.options), value=""))

    def choice(self, tree: Syntax, wanted: Type | None) -> Node:
        """`if` and `coalesce`: what they may give is of one kind."""
        conditional = tree.value == "if"
        branches = tree.args[1:] if conditional else tree.args
        found = self.each([partial(self.node, each, wanted) for each in branches])
        hints = [each.type for each in found if each.op != "const" and each.type.base != "null"]
        if hints and wanted is None:
            found = self.each([partial(self.node, each, hints[0]) for each in branches])
        result = common_type([each.type for each in found])
        if result is None:
            words = " and ".join(dict.fromkeys(each.type.words for each in found))
            raise bad("EXP104", f"{tree.value} may give {words}", tree, "what it gives must be of one kind")
        if not conditional:
            return _node("coalesce", result.maybe(blank=all(each.type.blank for each in found)), tree, *found)
        return _node("if", result, tree, self.condition(tree.args[0]), *found)

    def own(self, tree: Syntax) -> Node:
        """What is known of the record, the save and the acting person."""
        name, args = tree.value, tree.args
        if len(args) != _OWN[name]:
            signature = next(each for each in OF_RECORD if each.startswith(name + "("))
            raise bad(
                "EXP106",
                f"{name} takes {_count(_OWN[name], _OWN[name])}, here are {len(args)}",
                tree,
                f"write `{signature}`",
            )
        me = Node("user", Type("ref", blank=True, entities=("user",)), (), "id", tree.start, tree.end)
        match name:
            case "is_new":
                return _node("new", BOOL, tree)
            case "is_mine":
                owner = self.names.lookup(Syntax("name", ("owner",), (), tree.start, tree.end))
                # Nobody's record is not that of whoever has no id.
                return _node(
                    "and", BOOL, tree, _node("not", BOOL, tree, _blank_of(me)), _node("eq", BOOL, tree, owner, me)
                )
            case "completeness":
                return self.completeness(tree)
            case "has_role":
                role = args[0].value if args[0].kind == "literal" else None
                if not isinstance(role, str) or role not in self.names.catalog.roles:
                    near = nearest(str(role), self.names.catalog.roles) if isinstance(role, str) else None
                    raise bad(
                        "EXP105",
                        f"there is no role '{role}'" if role else "the key of a role belongs here, in quotes",
                        args[0],
                        did_you_mean(near),
                    )
                return _node("role", BOOL, tree, value=role)
        one = self.node(args[0])
        if one.op != "field" or "." in one.value:
            raise bad("EXP104", f"{name} takes a field of the record", args[0])
        changed = _node("changed", BOOL, tree, value=one.value)
        if name == "is_changed":
            return changed
        value = self.node(args[1], one.type)
        same_kind(one, value, args[1])
        return _node("and", BOOL, tree, changed, _node("eq", BOOL, tree, one, value))

    def completeness(self, tree: Syntax) -> Node:
        def look_up(key: str) -> Node:
            return self.names.lookup(Syntax("name", (key,), (), tree.start, tree.end))

        return completeness(self.names.entity, tree, look_up, lambda text: self.condition(parse(text)))

    def aggregate(self, tree: Syntax) -> Node:
        name, inverse, field = tree.value
        catalog, here = self.names.catalog, self.names.entity
        if self.names.within:
            raise bad(
                "EXP108",
                "an aggregate stands inside of another",
                tree,
                "store the inner one as a formula field of that entity",
            )
        found = catalog.inverses(here.key).get(inverse)
        if found is None:
            near = did_you_mean(nearest(inverse, catalog.inverses(here.key)))
            raise bad("EXP102", f"'{here.key}' has no related list '{inverse}'", tree, near)
        child = catalog.entities[found.entity]
        inside = type(self)(Names(catalog, child, within=1, read=self.names.read))
        if (field is None) is not (name in {"count_of", "exists"}):
            hint = f"write `{name}({inverse})`" if field else f"write `{name}({inverse}.amount)`"
            raise bad("EXP104", f"{name} takes {'records' if field else 'a field of the records'}", tree, hint)
        value = inside.node(Syntax("name", (field,), (), tree.start, tree.end)) if field else None
        where = inside.condition(tree.args[0]) if tree.args else None
        result = type_of_aggregate(name, value, tree)
        made = Aggregate(
            format_syntax(tree), name, inverse, found.entity, found.field, value.value if value else None, where
        )
        return _node("aggregate", result, tree, value=made)


def _blank_of(node: Node) -> Node:
    return Node("call", BOOL, (node,), "is_blank", node.start, node.end)


def _flat(tree: Syntax, operation: str) -> list[Syntax]:
    """The parts of `a and b and c`."""
    if tree.kind == "binary" and tree.value == operation:
        return [each for arg in tree.args for each in _flat(arg, operation)]
    return [tree]


def _arity(params: tuple[str, ...]) -> tuple[int, int]:
    least = sum(not each.endswith("?") for each in params)
    return least, 20 if params and params[-1].endswith("*") else len(params)


def _spread(params: tuple[str, ...], count: int) -> list[str]:
    return [params[min(number_, len(params) - 1)] for number_ in range(count)]


def _count(least: int, most: int) -> str:
    if least == most:
        return f"{least} argument{'' if least == 1 else 's'}" if least else "no arguments"
    return f"{least} to {most} arguments"


def _words(base: str) -> str:
    return Type(base).words  # type: ignore[arg-type]


def _head(tree: Syntax) -> Syntax:
    """The name of a call."""
    return Syntax("name", (tree.value,), (), tree.start, tree.start + len(tree.value))


def _node(op: str, type_: Type, tree: Syntax, *args: Node, value: Any = None) -> Node:
    return Node(op, type_, args, value, tree.start, tree.end)
