"""What names mean in an expression about one entity: fields, paths through lookups, what a stage knows, `old` and `user`."""

from __future__ import annotations

from app.definition import Catalog, Entity, Field
from app.definition.composite import ADDRESS_PARTS
from app.definition.currencies import ORIGINAL_SUFFIX, converted_fields
from app.diagnostics import did_you_mean, nearest
from app.expression.node import Node
from app.expression.problem import BadExpression, Problem
from app.expression.stage_facts import STAGE_FACTS, ReadCondition, StageFacts
from app.expression.steps import step_to
from app.expression.syntax import Syntax
from app.expression.types import OPAQUE, TEXT, Type, type_of_field
from app.frozen import dataclass

MOST_HOPS = 3
OF_ANY = ("entity", "name", "owner")
"""What is known of a record behind a lookup to several entities."""


@dataclass(frozen=True)
class Names:
    """The names of one entity. `within`: how deep inside of aggregates. `read`: how conditions of pipelines are read."""

    catalog: Catalog
    entity: Entity
    within: int = 0
    read: ReadCondition | None = None

    def lookup(self, tree: Syntax) -> Node:
        """What a name means. Raises BadExpression."""
        first, *rest = tree.value
        if first == "user" and "user" not in self.entity.every_field:
            return self._user(tree, rest)
        if first == "old" and "old" not in self.entity.every_field:
            return self._old(tree, rest)
        return self._path(tree, tree.value, "field")

    def _user(self, tree: Syntax, rest: list[str]) -> Node:
        key = rest[0] if rest else "id"
        person = self.catalog.entities["user"]
        if key == "id":
            return _node("user", Type("ref", blank=True, entities=("user",)), "id", tree)
        a_field = person.every_field.get(key)
        if a_field is None or len(rest) > 1:
            shown = ".".join(rest)
            raise _bad("EXP102", f"a person has no '{shown}'", tree, did_you_mean(nearest(key, person.every_field)))
        return _node("user", type_of_field(self.catalog, "user", a_field).maybe(), key, tree)

    def _old(self, tree: Syntax, rest: list[str]) -> Node:
        if not rest:
            raise _bad("EXP102", "`old` needs a field behind it", tree, "write `old.amount`")
        return self._path(tree, tuple(rest), "old")

    def _path(self, tree: Syntax, parts: tuple[str, ...], op: str) -> Node:
        entity, way, blank = self.entity, [], op == "old"
        for number_, part in enumerate(parts):
            a_field = entity.every_field.get(part)
            if a_field is None:
                raise self._unknown(tree, entity, part)
            way.append(part)
            behind = parts[number_ + 1 :]
            if not behind:
                found = type_of_field(self.catalog, entity.key, a_field)
                return _node(op, found.maybe() if blank and found.base != "bool" else found, ".".join(way), tree)
            target = a_field.target
            if target is None or target not in self.catalog.entities:
                return self._fact(tree, entity, a_field, (".".join(way), behind), op)
            if op == "old":
                raise _bad("EXP113", "`old` knows the record's own fields only", tree, f"write `old.{parts[0]}`")
            if len(way) > MOST_HOPS:
                raise _bad("EXP108", f"a path goes through more than {MOST_HOPS} lookups", tree)
            entity, blank = self.catalog.entities[target], True
        raise AssertionError(parts)

    def _fact(self, tree: Syntax, entity: Entity, a_field: Field, at: tuple[str, tuple[str, ...]], op: str) -> Node:
        """What is known of a value that is no lookup: of a stage its category, of an amount its original."""
        key, behind = at
        word = behind[0]
        if len(behind) == 1 and a_field.type == "stage" and word in STAGE_FACTS:
            span = (tree.start, tree.end)
            return StageFacts(self.catalog, entity, a_field, key, op, MOST_HOPS, span, self.read).fact(word)
        if len(behind) == 1 and word == "original" and a_field.key in converted_fields(entity):
            return _node(op, type_of_field(self.catalog, entity.key, a_field), key + ORIGINAL_SUFFIX, tree)
        if len(behind) == 1 and a_field.type == "address" and word in ADDRESS_PARTS:
            inner = _node(op, type_of_field(self.catalog, entity.key, a_field), key, tree)
            return _node("piece", TEXT, word, tree, inner)
        if len(behind) == 1 and a_field.holds == "any" and word in OF_ANY:
            return self._of_any(tree, a_field, at, op)
        raise _no_fact(tree, a_field, word)

    def _of_any(self, tree: Syntax, a_field: Field, at: tuple[str, tuple[str, ...]], op: str) -> Node:
        """What every record has that a lookup to several entities may lead to: its entity, its name, its owner."""
        key, (word,) = at
        if word == "entity":
            inner = _node(op, OPAQUE, key, tree)
            return _node("target", Type("choice", options=a_field.targets), None, tree, inner)
        if op == "old":
            raise _bad("EXP113", "`old` knows the record's own fields only", tree, f"write `old.{key}.entity`")
        if key.count(".") + 1 > MOST_HOPS:
            raise _bad("EXP108", f"a path goes through more than {MOST_HOPS} lookups", tree)
        found = [self._behind_any(tree, a_field, key, target, word) for target in a_field.targets]
        if len({each.type.base for each in found}) > 1 or (word == "name" and found[0].type.base != "text"):
            raise _bad("EXP113", f"'{a_field.key}' leads to records whose name is no text", tree)
        return _node("coalesce", found[0].type.maybe(), None, tree, *found)

    def _behind_any(self, tree: Syntax, a_field: Field, key: str, target: str, word: str) -> Node:
        entity = self.catalog.entities.get(target)
        known = None if entity is None else entity.every_field.get(entity.name_field if word == "name" else word)
        if known is None:
            raise _no_fact(tree, a_field, word)
        found = type_of_field(self.catalog, target, known).maybe()
        return _node("field", found, f"{step_to(key, target)}.{known.key}", tree)

    def _unknown(self, tree: Syntax, entity: Entity, name: str) -> BadExpression:
        hint = did_you_mean(nearest(name, (*entity.every_field, *(["user"] if not self.within else []))))
        if hint is None and name in self.catalog.inverses(entity.key):
            hint = f"'{name}' is a list of related records: write `count_of({name})` or `sum_of({name}.…)`"
        where = "" if entity is self.entity and not self.within else f" in '{entity.key}'"
        return _bad("EXP102", f"there is no field '{name}'{where}", tree, hint)


def _no_fact(tree: Syntax, a_field: Field, word: str) -> BadExpression:
    known: tuple[str, ...] = ()
    if a_field.type == "stage":
        known = STAGE_FACTS
    elif a_field.type == "address":
        known = ADDRESS_PARTS
    elif a_field.holds == "any":
        known = OF_ANY
    if known:
        hint = did_you_mean(nearest(word, known)) or f"it knows {', '.join(known)}"
        return _bad("EXP113", f"'{a_field.key}' has no '{word}'", tree, hint)
    if a_field.is_list:
        return _bad("EXP113", f"'{a_field.key}' may point to several records, so that nothing follows behind it", tree)
    if a_field.target is not None:
        return _bad("EXP113", f"'{a_field.key}' points to '{a_field.target}', which is unknown", tree)
    return _bad("EXP113", f"'{a_field.key}' is no lookup, so that nothing follows behind it", tree)


def _node(op: str, type_: Type, value: object, tree: Syntax, *args: Node) -> Node:
    return Node(op, type_, args, value, tree.start, tree.end)


def _bad(code: str, message: str, tree: Syntax, hint: str | None = None) -> BadExpression:
    return BadExpression(Problem(code, message, tree.start, tree.end, hint))
