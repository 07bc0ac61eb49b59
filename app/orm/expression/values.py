"""Values of the typed tree: columns, lists, aggregates, numbers, calls."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from app.expression.implementations import fit
from app.expression.node import Aggregate, Node
from app.frozen import dataclass
from app.orm.expression.calls import CALLS, Operand
from app.orm.expression.known import Known
from app.orm.expression.numbers import rescaled
from app.orm.expression.source import Source, part
from app.orm.expression.words import Word
from app.orm.many import many_key
from app.orm.models import ENTITY_SUFFIX
from app.orm.types import BIG_ID, FixedDecimal, Moment

LISTS = frozenset({"choices", "refs"})


class NotInSql(ValueError):
    """The tree holds what SQL can't answer: the profile `filter` would have refused it."""


@dataclass(frozen=True)
class Values(ABC):
    """Makes the values of one tree over a source. What is true or false is made by `condition`."""

    source: Source
    known: Known

    @abstractmethod
    def condition(self, node: Node, *, holds: bool) -> ColumnElement[bool]:
        """What is true where the node is true, or with `holds=False` where it is false."""

    @abstractmethod
    def over(self, source: Source) -> Values:
        """The same about other rows."""

    def value(self, node: Node) -> ColumnElement[Any]:
        """The value of a node: NULL where it is blank. Raises NotInSql."""
        if node.type.base == "null":
            return sa.null()
        if self.known.is_settled(node):
            return self._bound(node)
        if node.type.base == "bool" and node.op not in {"field", "user"}:
            return sa.case((self.condition(node, holds=True), sa.true()), else_=sa.false())
        make: Callable[[Node], ColumnElement[Any]] | None = getattr(self, f"_{node.op}", None)
        if make is None:
            raise NotInSql(f"`{node.op}` is not known to SQL")
        return make(node)

    def flag(self, node: Node) -> ColumnElement[bool]:
        """The value of a flag, which is never NULL."""
        found = self.value(node)
        return sa.func.coalesce(found, sa.false()) if self.may_be_null(node) else found

    def may_be_null(self, node: Node) -> bool:
        """Whether SQL may find NULL there."""
        if node.op == "field" and "." not in node.value:
            columns = self.source.models.tables[self.source.entity].c
            return node.value not in columns or bool(columns[node.value].nullable)
        if node.op in {"field", "user"}:
            return True
        return node.type.base != "bool" and node.type.blank

    def _bound(self, node: Node) -> ColumnElement[Any]:
        """What is known beforehand, as a parameter."""
        if self.known.is_late(node):
            later = self.known.later(node)
            return sa.bindparam(None, callable_=lambda: fit(later(), node.type), type_=sql_type(node), unique=True)
        found = fit(self.known.settled(node), node.type)
        return sa.null() if found is None else sa.literal(found, sql_type(node))

    def _field(self, node: Node) -> ColumnElement[Any]:
        if node.type.base in LISTS:
            raise NotInSql("a list is no single value")
        *way, key = node.value.split(".")
        return self.source.behind(way).column(key)

    def _target(self, node: Node) -> ColumnElement[Any]:
        """The entity of what a lookup to several points to."""
        *way, key = node.args[0].value.split(".")
        return self.source.behind(way).column(key + ENTITY_SUFFIX)

    def _user(self, node: Node) -> ColumnElement[Any]:
        """A field of the acting person that the context does not hold: read from his record."""
        if node.type.base in LISTS:
            raise NotInSql("a list is no single value")
        person = self.source.models.tables["user"].alias()
        mine = person.c.id == sa.literal(self.known.given.user.get("id"), BIG_ID)
        return part(sa.select(person.c[node.value]).where(mine).correlate_except(person)).scalar_subquery()

    def _map(self, node: Node) -> ColumnElement[Any]:
        known = {key: sa.literal(each, sql_type(node)) for key, each in node.value if each is not None}
        return sa.case(known, value=self.value(node.args[0])) if known else sa.null()

    def _add(self, node: Node) -> ColumnElement[Any]:
        left, right = (rescaled(self.value(each), each.type, node.type) for each in node.args)
        return Word(node.op, left, right, type_=sql_type(node))

    _sub = _add

    def _mul(self, node: Node) -> ColumnElement[Any]:
        return Word("mul", *map(self.value, node.args), type_=sql_type(node))

    def _neg(self, node: Node) -> ColumnElement[Any]:
        return Word("neg", self.value(node.args[0]), type_=sql_type(node))

    def _if(self, node: Node) -> ColumnElement[Any]:
        test, *branches = node.args
        one, other = (rescaled(self.value(each), each.type, node.type) for each in branches)
        return sa.case((self.condition(test, holds=True), one), else_=other)

    def _coalesce(self, node: Node) -> ColumnElement[Any]:
        found = [rescaled(self.value(each), each.type, node.type) for each in node.args if each.type.base != "null"]
        return sa.func.coalesce(*found, type_=sql_type(node)) if len(found) > 1 else found[0]

    def _call(self, node: Node) -> ColumnElement[Any]:
        if node.value == "count":
            values, belongs = self.list_of(node.args[0])
            return values.subquery(sa.select(sa.func.count()), belongs).scalar_subquery()
        make = CALLS.get(node.value)
        if make is None:
            raise NotInSql(f"{node.value} is not known to SQL")
        operands = [Operand(each, self.value(each), self.known.given.zone) for each in node.args]
        return make(operands, node, sql_type(node))

    # Lists

    def list_of(self, many: Node) -> tuple[Source, ColumnElement[bool]]:
        """The values of a list, and that they belong to the record, or to the acting person."""
        if many.op == "user":
            me = sa.literal(self.known.given.user.get("id"), BIG_ID)
            return self.source.list_of(self.source.models.many[many_key("user", many.value)], me)
        if many.op != "field":
            raise NotInSql("a list is a field")
        *way, key = many.value.split(".")
        return self.source.behind(way).values_of(key)

    def in_list(self, many: Node, wanted: list[Node]) -> ColumnElement[bool]:
        """That a list holds one of these."""
        values, belongs = self.list_of(many)
        folded = many.type.base == "choices" and many.type.options is None
        compare = values.column("fold" if folded else "value")
        tests = []
        for each in wanted:
            if self.known.is_fixed(each):
                found = self.known.settled(each)
                tests.append(compare == (found.casefold() if folded and found is not None else found))
            elif folded:
                raise NotInSql("a tag is compared with a text that is written out")
            else:
                tests.append(compare == self.value(each))
        return values.subquery(sa.select(sa.literal_column("1")), belongs, sa.or_(*tests)).exists()

    def any_in(self, many: Node) -> ColumnElement[bool]:
        """That a list holds anything."""
        values, belongs = self.list_of(many)
        return values.subquery(sa.select(sa.literal_column("1")), belongs).exists()

    # Aggregates

    def _aggregate(self, node: Node) -> ColumnElement[Any]:
        found: Aggregate = node.value
        child, rows = self.children(found)
        if found.field is None:
            return child.subquery(sa.select(sa.func.count()), *rows).scalar_subquery()
        of = child.column(found.field)
        if found.name == "sum_of":
            kind = sql_type(node)
            total = child.subquery(sa.select(sa.func.sum(of, type_=kind)), *rows).scalar_subquery()
            return sa.func.coalesce(total, sa.literal(0, kind), type_=kind)
        if found.name == "latest_of":
            newest = child.column("created_at").desc(), child.column("id").desc()
            return child.subquery(sa.select(of), *rows).order_by(*newest).limit(1).scalar_subquery()
        extreme = sa.func.min if found.name == "min_of" else sa.func.max
        return child.subquery(sa.select(extreme(of)), *rows).scalar_subquery()

    def exists(self, found: Aggregate) -> ColumnElement[bool]:
        """Whether there is a record that the aggregate is over."""
        child, rows = self.children(found)
        return child.subquery(sa.select(sa.literal_column("1")), *rows).exists()

    def children(self, found: Aggregate) -> tuple[Source, list[ColumnElement[bool]]]:
        """The records of an aggregate, in whose condition names are theirs."""
        child, pointing = self.source.children(found.entity, found.lookup)
        if found.where is None:
            return child, list(pointing)
        return child, [*pointing, self.over(child).condition(found.where, holds=True)]


def sql_type(node: Node) -> sa.types.TypeEngine[Any]:
    """The type of the column that would hold the value."""
    match node.type.base:
        case "bool":
            return sa.Boolean()
        case "number":
            return FixedDecimal(max(node.type.precision, 18), node.type.scale) if node.type.scale else sa.BigInteger()
        case "date":
            return sa.Date()
        case "datetime":
            return Moment()
        case "ref":
            return BIG_ID
    return sa.Text()
