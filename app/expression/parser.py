"""Tokens to the tree of what is written, by recursive descent."""

from __future__ import annotations

from app.expression.lexer import Token, tokens_of
from app.expression.problem import BadExpression, Problem
from app.expression.syntax import AGGREGATES, COMPARISONS, Syntax

MOST_NODES = 300
DEEPEST = 40
LONGEST_LIST = 200
_COMPARING = frozenset({*COMPARISONS, "in", "has", "not"})
_ADDING = frozenset({"+", "-"})
_MULTIPLYING = frozenset({"*", "/"})
_LITERAL = frozenset({"number", "text"})
_CONSTANTS = {"true": True, "false": False, "null": None}
_TOO_MUCH = "store a part of it as a formula field"


def parse(source: str) -> Syntax:
    """The tree of an expression. Raises BadExpression with the first place where it stops being one."""
    parser = _Parser(source)
    tree = parser.whole()
    if parser.nodes > DEEPEST and _depth(tree) > DEEPEST:
        message = f"operations are nested deeper than {DEEPEST}"
        raise BadExpression(Problem("EXP108", message, 0, len(source), _TOO_MUCH))
    return tree


def _depth(tree: Syntax) -> int:
    """How deep it is nested. What follows on each other, as in `a + b + c`, is on one level."""
    below = max((_depth(each) - (_goes_on(tree, each)) for each in tree.args), default=0)
    return below + 1


def _goes_on(tree: Syntax, arg: Syntax) -> bool:
    kinds = (("or",), ("and",), ("+", "-"), ("*",))
    return tree.kind == arg.kind == "binary" and any(tree.value in kind and arg.value in kind for kind in kinds)


class _Parser:
    """Reads tokens from left to right; each method reads one thing and leaves what follows."""

    def __init__(self, source: str) -> None:
        self.tokens = tokens_of(source)
        self.at = -1
        self.nodes = 0
        self.depth = 0
        self.step()

    def step(self) -> None:
        """Goes to the next token. `sign` is the sign or word that it is; None where it is none."""
        self.at += 1
        self.token = token = self.tokens[self.at]
        self.sign: str | None = token.value if token.kind == "sign" else None

    def whole(self) -> Syntax:
        if len(self.tokens) == 1:
            raise self.problem("an expression is empty")
        found = self.either()
        if self.at < len(self.tokens) - 1:
            raise self.unexpected("the expression ends before this")
        return found

    def either(self) -> Syntax:
        self.depth += 1
        if self.depth > DEEPEST:
            message = f"parentheses and operations are nested deeper than {DEEPEST}"
            raise self.problem(message, _TOO_MUCH, code="EXP108")
        left = self.both()
        while self.take("or"):
            left = self.node("binary", "or", left, self.both())
        self.depth -= 1
        return left

    def both(self) -> Syntax:
        left = self.negated()
        while self.take("and"):
            left = self.node("binary", "and", left, self.negated())
        return left

    def negated(self) -> Syntax:
        if self.sign != "not":
            return self.comparison()
        start = self.token.start
        count = 0
        while self.take("not"):
            count += 1
        if self.depth + count > DEEPEST:
            raise self.problem(f"operations are nested deeper than {DEEPEST}", code="EXP108")
        found = self.comparison()
        for _ in range(count):
            found = self.node("unary", "not", found, start=start)
        return found

    def comparison(self) -> Syntax:
        left = self.sum()
        operation = self.sign
        if operation not in _COMPARING:
            return left
        if operation == "not":
            if not self.tokens[self.at + 1].is_sign("in"):
                return left
            self.step()
            operation = "not in"
        self.step()
        found = self.node("binary", operation, left, self.sum())
        if self.sign in _COMPARING and self.sign != "not":
            hint = "compare twice: `a < b and b < c`"
            raise self.problem("comparisons can't follow on each other", hint, code="EXP111")
        return found

    def sum(self) -> Syntax:
        left = self.product()
        while self.sign in _ADDING:
            sign = self.sign
            self.step()
            left = self.node("binary", sign, left, self.product())
        return left

    def product(self) -> Syntax:
        left = self.signed()
        while self.sign in _MULTIPLYING:
            sign = self.sign
            self.step()
            left = self.node("binary", sign, left, self.signed())
        return left

    def signed(self) -> Syntax:
        if self.sign != "-":
            return self.primary()
        start = self.token.start
        self.step()
        found = self.primary()
        if found.kind == "literal" and isinstance(found.value, int) and not isinstance(found.value, bool):
            return Syntax("literal", -found.value, (), start, found.end)
        return self.node("unary", "-", found, start=start)

    def primary(self) -> Syntax:
        token = self.token
        if token.kind == "name":
            return self.named()
        if token.kind in _LITERAL:
            self.step()
            return self.node("literal", token.value, start=token.start)
        if self.sign in _CONSTANTS:
            self.step()
            return self.node("literal", _CONSTANTS[token.value], start=token.start)
        if self.take("("):
            found = self.either()
            self.need(")")
            return Syntax(found.kind, found.value, found.args, token.start, self.tokens[self.at - 1].end)
        if self.sign == "[":
            return self.listed()
        raise self.unexpected("a value is missing before this" if token.kind != "end" else "something is missing here")

    def listed(self) -> Syntax:
        start = self.token.start
        self.need("[")
        found: list[Syntax] = []
        while self.sign != "]":
            if found:
                self.need(",")
            found.append(self.signed())
            if len(found) > LONGEST_LIST:
                raise self.problem(f"a list has more than {LONGEST_LIST} values", code="EXP108")
        self.need("]")
        return self.node("list", None, *found, start=start)

    def named(self) -> Syntax:
        token = self.token
        self.step()
        if self.sign == "(":
            return self.aggregate(token) if token.value in AGGREGATES else self.call(token)
        parts = [token.value]
        while self.take("."):
            if self.token.kind != "name":
                raise self.unexpected("a name is missing after the point")
            parts.append(self.token.value)
            self.step()
        return self.node("name", tuple(parts), start=token.start)

    def call(self, token: Token) -> Syntax:
        self.need("(")
        found: list[Syntax] = []
        while self.sign != ")":
            if found:
                self.need(",")
            found.append(self.either())
        self.need(")")
        return self.node("call", token.value, *found, start=token.start)

    def aggregate(self, token: Token) -> Syntax:
        self.need("(")
        inverse = self.name("the name of a related list")
        field = self.name("a field") if self.take(".") else None
        condition = (self.either(),) if self.take("where") else ()
        self.need(")")
        return self.node("aggregate", (token.value, inverse, field), *condition, start=token.start)

    def name(self, what: str) -> str:
        if self.token.kind != "name":
            raise self.unexpected(f"{what} belongs here")
        self.step()
        return str(self.tokens[self.at - 1].value)

    def node(self, kind: str, value: object, *args: Syntax, start: int | None = None) -> Syntax:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            message = f"an expression has more than {MOST_NODES} parts"
            raise self.problem(message, _TOO_MUCH, code="EXP108")
        first = args[0].start if start is None else start
        return Syntax(kind, value, args, first, self.tokens[self.at - 1].end)  # type: ignore[arg-type]

    def take(self, sign: str) -> bool:
        if self.sign != sign:
            return False
        self.step()
        return True

    def need(self, sign: str) -> None:
        if not self.take(sign):
            raise self.unexpected(
                f"`{sign}` is missing before this" if self.token.kind != "end" else f"`{sign}` is missing"
            )

    def unexpected(self, message: str) -> BadExpression:
        hint = None
        before = self.tokens[self.at - 1] if self.at else None
        if self.token.is_sign("!="):
            hint = None
        elif before is not None and before.is_sign("<") and self.token.is_sign(">"):
            hint = "compare with `!=`"
        elif self.token.is_sign("where"):
            hint = "`where` stands inside of an aggregate: `count_of(quotes where …)`"
        elif self.token.kind == "name" and str(self.token.value).upper() in {"AND", "OR", "NOT", "IN"}:
            hint = f"write `{str(self.token.value).lower()}`"
        return self.problem(message, hint)

    def problem(self, message: str, hint: str | None = None, code: str = "EXP101") -> BadExpression:
        return BadExpression(Problem(code, message, self.token.start, max(self.token.end, self.token.start + 1), hint))
