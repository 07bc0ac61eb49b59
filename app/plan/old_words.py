"""Questions to rows that still hold options and stages by their old names.

What a field holds is renamed by its own list alone: another field may hold an option that is called as this one was, or will
be. A condition whose old words can't be told holds its step up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from app.expression import Checked
from app.expression.checked import checked_of
from app.expression.node import Node
from app.expression.steps import target_of
from app.frozen import dataclass
from app.orm.former import Names
from app.plan.question import Chosen, Merged, Refused
from app.plan.renames import Renaming
from app.plan.step import Block, Step

_CHOICES = ("choice", "choices")
_COMPARE = frozenset({"eq", "ne", "in", "has", "map"})
_COMPARING_CALLS = frozenset({"has_any", "has_all"})
_WHATEVER_IT_IS_CALLED = frozenset({"is_blank", "count"})
_BRANCHES = frozenset({"if", "coalesce"})
_MIXED = "it asks for an option that gets another name in the same plan, in a way that rows can't be asked yet"
_APART = Block("PLN537", _MIXED, "apply the rename first and this after it")


def asked_in_old_words(step: Step, renaming: Renaming) -> Step:
    """The step with its question as the rows must be asked before anything is renamed."""
    check, values = step.check, renaming.renames.values
    if isinstance(check, Chosen):
        return replace(step, check=replace(check, option=_old_option(check.fields, check.option, values)))
    if isinstance(check, Merged):
        return replace(step, check=replace(check, held_as=_old_option(check.fields, check.option, values)))
    if isinstance(check, Refused) and values:
        words = _OldWords(renaming)
        try:
            conditions = tuple(words.of_condition(each) for each in check.conditions)
        except _CannotTell:
            if check.warns or _spares(check):
                return replace(step, check=Refused((), untried=_MIXED))
            return replace(step, blocks=step.blocks or _APART)
        return replace(step, check=replace(check, conditions=conditions))
    return step


def _spares(check: Refused) -> bool:
    said = [each.existing for each in check.decisions if each.given is None] or [check.existing]
    return set(said) == {"grandfather"} and len(said) >= len(check.decisions)


def _old_option(fields: Iterable[tuple[str, ...]], option: str, values: Mapping[str, Names]) -> str:
    """What rows hold for an option; all these fields have one list."""
    for place in fields:
        for old, new in values.get(".".join(place), {}).items():
            if new == option:
                return old
    return option


class _CannotTell(Exception):
    """A condition can't be said in old words."""


@dataclass(frozen=True)
class _OldWords:
    renaming: Renaming

    def of_condition(self, condition: Checked) -> Checked:
        """With each option that a field is compared with as its rows hold it. Raises _CannotTell."""
        return checked_of(condition.source, condition.entity, self._of(condition.entity, condition.root))

    def _of(self, entity: str, node: Node) -> Node:
        if not node.args:
            return node
        if node.op in _COMPARE or (node.op == "call" and node.value in _COMPARING_CALLS):
            return self._compared(entity, node)
        is_told = node.op in _BRANCHES or (node.op == "call" and node.value in _WHATEVER_IT_IS_CALLED)
        if not is_told and any(self._names(entity, each) for each in node.args):
            raise _CannotTell
        return replace(node, args=tuple(self._of(entity, each) for each in node.args))

    def _compared(self, entity: str, node: Node) -> Node:
        """Old names are those of what the options are compared with: of one list, or of several in which nothing is renamed."""
        names: dict[str, str] = {}
        for each in node.args:
            names |= self._names(entity, each)
        if names and any(held != names for each in node.args for held in self._held(entity, each)):
            raise _CannotTell
        args = tuple(self._said(entity, each, names) for each in node.args)
        if node.op == "map":
            return replace(node, args=args, value=tuple((names.get(key, key), each) for key, each in node.value))
        return replace(node, args=args)

    def _said(self, entity: str, node: Node, names: Names) -> Node:
        if node.op == "const" and isinstance(node.value, str):
            return replace(node, value=names.get(node.value, node.value))
        if node.op in {"list", "coalesce"}:
            return replace(node, args=tuple(self._said(entity, each, names) for each in node.args))
        if node.op == "if":
            condition, *branches = node.args
            told = (self._of(entity, condition), *(self._said(entity, each, names) for each in branches))
            return replace(node, args=told)
        return self._of(entity, node)

    def _names(self, entity: str, node: Node) -> dict[str, str]:
        """New name and old one of what the fields hold that give a value its options."""
        return {new: old for names in self._held(entity, node) for new, old in names.items()}

    def _held(self, entity: str, node: Node) -> Iterator[Names]:
        """Of each thing that may give a value, what its options were called; of literals nothing is said."""
        if node.op in {"const", "list"}:
            return
        if node.op in _BRANCHES:
            for each in node.args[1:] if node.op == "if" else node.args:
                yield from self._held(entity, each)
        elif node.op in {"field", "old"} and node.type.base in _CHOICES:
            yield self._names_of_field(entity, node.value)
        else:
            yield {}

    def _names_of_field(self, entity: str, key: str) -> Names:
        *lookups, last = key.split(".")
        for each in lookups:
            target = target_of(self.renaming.after.get_entity(entity), each)
            if target is None:
                raise _CannotTell
            entity = target
        return {new: old for old, new in self.renaming.renames.values.get(f"{entity}.{last}", {}).items()}
