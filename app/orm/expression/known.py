"""What is known of an expression before a statement runs: what the clock, the acting person and his roles decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.expression.context import Context
from app.expression.node import Node
from app.expression.python import compile_node
from app.frozen import dataclass

Clock = Context | Callable[[], Context]
"""A context, or what gives it whenever the statement is executed: of conditions that outlive a request."""


@dataclass(frozen=True)
class Known:
    """A context, and whether comparisons with the acting person are kept apart: see `conditions.condition`."""

    context: Clock
    strict: bool

    @property
    def given(self) -> Context:
        """The context as it is now."""
        return self.context() if callable(self.context) else self.context

    def has_person(self, key: str) -> bool:
        """Whether the context holds the field of the acting person, or there is no person."""
        return key in self.given.user or self.given.user.get("id") is None

    def is_settled(self, node: Node) -> bool:
        """Whether the engine in Python can tell the value. Of row scopes comparisons with persons are kept apart."""
        if not node.is_constant:
            return False
        persons = [each.value for each in node.walk() if each.op == "user"]
        if self.strict and persons and node.type.base == "bool":
            return False
        return all(map(self.has_person, persons))

    def is_fixed(self, node: Node) -> bool:
        """As `is_settled`, and the same whenever the statement runs."""
        return self.is_settled(node) and not self.is_late(node)

    def is_late(self, node: Node) -> bool:
        """Whether the value changes between two executions of the statement."""
        return callable(self.context) and any(
            each.op == "call" and each.value in {"today", "now"} for each in node.walk()
        )

    def settled(self, node: Node) -> Any:
        """The value that the engine in Python gives."""
        return node.value if node.op == "const" else self.later(node)()

    def later(self, node: Node) -> Callable[[], Any]:
        """What gives the value whenever it is asked."""
        evaluate = compile_node(node)
        persons = {each.value: None for each in node.walk() if each.op == "user"}

        def found() -> Any:
            context = self.given
            if not persons.keys() <= context.user.keys():
                context = Context(context.now, context.zone, {**persons, **context.user}, context.roles)
            return evaluate({}, None, context)

        return found
