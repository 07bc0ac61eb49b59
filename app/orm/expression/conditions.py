"""Conditions of the typed tree, two-valued.

`not` is pushed to the leaves. Where a leaf must hold, a bare comparison is right, for NULL counts as false; where it must
not, blanks of nullable columns are added. What no record decides on is worked out by the engine in Python and bound.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from app.expression.node import Node
from app.orm.expression.calls import TRUTHS
from app.orm.expression.known import Clock, Known
from app.orm.expression.numbers import ORDERS, Numeric, compared, rescaled, written
from app.orm.expression.source import Source
from app.orm.expression.values import LISTS, NotInSql, Values, sql_type
from app.orm.expression.words import Word

_FLIPPED = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt"}
_MIRRORED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}


def condition(source: Source, root: Node, context: Clock, *, strict: bool = False) -> ColumnElement[bool]:
    """What is true of exactly those rows for which the expression holds; else false or NULL.

    `strict` is for row scopes: whatever is compared with a blank field of the acting person matches nothing, negated or
    not. Raises NotInSql.
    """
    return _Conditions(source, Known(context, strict)).condition(root, holds=True)


def value(source: Source, root: Node, context: Clock) -> ColumnElement[Any]:
    """The value of the expression for each row, typed as a field of its type is. Raises NotInSql."""
    return _Conditions(source, Known(context, strict=False)).value(root)


class _Conditions(Values):
    """Makes the conditions of one tree over a source."""

    def over(self, source: Source) -> _Conditions:
        return _Conditions(source, self.known)

    def condition(self, node: Node, *, holds: bool) -> ColumnElement[bool]:
        if node.op == "not":
            return self.condition(node.args[0], holds=not holds)
        if node.op in {"and", "or"} and not self.known.is_settled(node):
            join = sa.and_ if (node.op == "and") is holds else sa.or_
            return join(*(self.condition(each, holds=holds) for each in node.args))
        found = node.op == "aggregate" and holds  # that there is such a record: its own condition is strict
        guards = [self.is_there(each) for each in _compared_persons(node)] if self.known.strict and not found else []
        if any(isinstance(each, sa.False_) for each in guards):
            return sa.false()
        return sa.and_(*guards, self.leaf(node, holds=holds)) if guards else self.leaf(node, holds=holds)

    def is_there(self, person: Node) -> ColumnElement[bool]:
        """That a field of the acting person is not blank."""
        if self.known.has_person(person.value):
            return sa.true() if self.known.given.user.get(person.value) not in (None, ()) else sa.false()
        return self.any_in(person) if person.type.base in LISTS else self._user(person).is_not(None)

    def leaf(self, node: Node, *, holds: bool) -> ColumnElement[bool]:
        """One comparison, call or flag."""
        if self.known.is_fixed(node):
            return sa.true() if bool(self.known.settled(node)) is holds else sa.false()
        make: Callable[..., ColumnElement[bool]] | None = getattr(self, f"_is_{node.op}", None)
        if make is not None and not self.known.is_settled(node):
            return make(node, holds=holds)
        found = self.value(node)  # a field, or what the clock decides
        return found if holds else _opposite(found, [found] if self.may_be_null(node) else [])

    def _is_aggregate(self, node: Node, *, holds: bool) -> ColumnElement[bool]:
        found = self.exists(node.value)
        return found if holds else ~found

    def _is_if(self, node: Node, *, holds: bool) -> ColumnElement[bool]:
        test, *branches = node.args
        one, other = (self.condition(each, holds=holds) for each in branches)
        return sa.case((self.condition(test, holds=True), one), else_=other)

    def _is_coalesce(self, node: Node, *, holds: bool) -> ColumnElement[bool]:
        # A flag is never blank: the first decides.
        return self.condition(next(each for each in node.args if each.type.base == "bool"), holds=holds)

    # Equality

    def _is_eq(self, node: Node, *, holds: bool) -> ColumnElement[bool]:
        one, other = node.args
        if self.known.is_fixed(one):
            one, other = other, one
        if "bool" in {one.type.base, other.type.base}:
            return self.equal_flags(one, other, holds=holds)
        if self.known.is_fixed(other):
            return self.equal_to(one, self.known.settled(other), holds=holds)
        left, right, finer = self.sides(one, other)
        blank = [found for found, side in ((left, one), (right, other)) if self.may_be_null(side)]
        if finer is not None:  # two columns of different scales
            test = sa.func.coalesce(compared("eq", left, right, finer), sa.false())
            found = sa.or_(test, sa.and_(left.is_(None), right.is_(None)))
            return found if holds else sa.not_(found)
        if len(blank) == 2:
            return left.is_not_distinct_from(right) if holds else left.is_distinct_from(right)
        return left == right if holds else _opposite(left == right, blank)

    def _is_ne(self, node: Node, *, holds: bool) -> ColumnElement[bool]:
        return self._is_eq(node, holds=not holds)

    def equal_flags(self, one: Node, other: Node, *, holds: bool) -> ColumnElement[bool]:
        if not self.known.is_fixed(other):
            left, right = self.flag(one), self.flag(other)
            return left == right if holds else left != right
        wanted = self.known.settled(other)
        if wanted is None:  # a flag is never blank
            return sa.false() if holds else sa.true()
        return self.condition(one, holds=bool(wanted) is holds)

    def equal_to(self, node: Node, wanted: Any, *, holds: bool) -> ColumnElement[bool]:
        """Compared with what is known before the statement runs."""
        if node.op == "map":
            return self.mapped(node, lambda found: found == wanted, holds=holds)
        if wanted is None:
            return self.blank(node, holds=holds)
        if node.type.base == "number":
            wanted = written(wanted, node.type.scale)
            if wanted is None:
                return sa.false() if holds else sa.true()
        if _is_count(node) and wanted == 0:
            return ~self.exists(node.value) if holds else self.exists(node.value)
        found = self.value(node)
        test = found == sa.literal(wanted, sql_type(node))
        return test if holds else _opposite(test, [found] if self.may_be_null(node) else [])

    def _is_in(self, node: Node, *, holds: bool) -> ColumnElement[bool]:
        one, wanted = node.args[0], [each.value for each in node.args[1].args]
        if one.op == "map":
            return self.mapped(one, lambda found: found in wanted, holds=holds)
        if one.type.base == "number":
            wanted = [fitting for each in wanted if (fitting := written(each, one.type.scale)) is not None]
        found = self.value(one)
        test = found.in_([sa.literal(each, sql_type(one)) for each in wanted])
        return test if holds else _opposite(test, [found] if self.may_be_null(one) else [])

    def mapped(self, node: Node, fits: Callable[[Any], bool], *, holds: bool) -> ColumnElement[bool]:
        """A fact of a stage compared with something known: the stages of which it is true."""
        found = self.value(node.args[0])
        test = found.in_([key for key, each in node.value if fits(each) is holds])
        if fits(None) is not holds:
            return test
        return sa.or_(test, found.is_(None), found.not_in([key for key, _ in node.value]))

    # Order

    def _is_lt(self, node: Node, *, holds: bool) -> ColumnElement[bool]:
        """An order is false where a side is blank, so that its opposite includes the blanks."""
        sign, (one, other) = node.op, node.args
        if self.known.is_fixed(one):
            sign, one, other = _MIRRORED[sign], other, one
        if one.type.base == "null":
            return sa.false() if holds else sa.true()
        if self.known.is_fixed(other):
            return self.ordered_to(sign, one, self.known.settled(other), holds=holds)
        left, right, finer = self.sides(one, other)
        if isinstance(left, sa.Null) or isinstance(right, sa.Null):  # a call whose result is always blank
            return sa.false() if holds else sa.true()
        blank = [found for found, side in ((left, one), (right, other)) if self.may_be_null(side)]
        return _ordered(lambda sign: compared(sign, left, right, finer), sign, blank, holds=holds)

    _is_le = _is_gt = _is_ge = _is_lt

    def ordered_to(self, sign: str, node: Node, limit: Any, *, holds: bool) -> ColumnElement[bool]:
        """Compared with what is known before the statement runs."""
        if limit is None:
            return sa.false() if holds else sa.true()
        if node.op == "map":
            return self.mapped(node, lambda found: found is not None and ORDERS[sign](found, limit), holds=holds)
        if _is_count(node) and limit == 0 and sign in {"gt", "le"}:
            return self.exists(node.value) if (sign == "gt") is holds else ~self.exists(node.value)
        moment = _moment_of_day(node)
        if moment is not None and dt.date.min < limit < dt.date.max:
            sign, limit, node = self.by_moments(sign, limit, moment)
        found = self.value(node)
        blank = [found] if self.may_be_null(node) else []
        if node.type.base == "number":
            return _ordered(lambda sign: Numeric(found, node.type.scale).ordered(sign, limit), sign, blank, holds=holds)
        bound = sa.literal(limit, sql_type(node))
        return _ordered(lambda sign: ORDERS[sign](found, bound), sign, blank, holds=holds)

    def by_moments(self, sign: str, day: dt.date, moment: Node) -> tuple[str, dt.datetime, Node]:
        """`date(created_at) < day` as a comparison of the moment itself, which an index helps with."""
        first = day + dt.timedelta(days=1) if sign in {"le", "gt"} else day
        midnight = dt.datetime.combine(first, dt.time(), self.known.given.zone).astimezone(dt.UTC)
        return "lt" if sign in {"lt", "le"} else "ge", midnight, moment

    def sides(self, one: Node, other: Node) -> tuple[ColumnElement[Any], ColumnElement[Any], int | None]:
        """Two parts that are compared, numbers of one scale; else how many digits the right has more than the left."""
        left, right = self.value(one), self.value(other)
        if one.type.base != "number" or other.type.base != "number" or one.type.scale == other.type.scale:
            return left, right, None
        if _is_column(left) and _is_column(right):
            return left, right, other.type.scale - one.type.scale
        finer = one.type if one.type.scale > other.type.scale else other.type
        return rescaled(left, one.type, finer), rescaled(right, other.type, finer), None

    # Lists and calls

    def _is_has(self, node: Node, *, holds: bool) -> ColumnElement[bool]:
        many, wanted = node.args
        found = self.in_list(many, [wanted])
        return found if holds else ~found

    def _is_call(self, node: Node, *, holds: bool) -> ColumnElement[bool]:
        args = node.args
        match node.value:
            case "is_blank":
                return self.blank(args[0], holds=holds)
            case "has_any":
                found = self.in_list(args[0], list(args[1].args))
                return found if holds else ~found
            case "has_all":
                tests = [self.in_list(args[0], [each]) for each in args[1].args]
                return sa.and_(*tests) if holds else sa.or_(*(~each for each in tests))
        make = TRUTHS.get(node.value)
        if make is None:
            raise NotInSql(f"{node.value} is no condition of SQL")
        test = make(*map(self.value, args))
        return test if holds else sa.not_(sa.func.coalesce(test, sa.false()))

    def blank(self, node: Node, *, holds: bool) -> ColumnElement[bool]:
        """That a value is blank."""
        if node.type.base in LISTS:
            found = self.any_in(node)
            return ~found if holds else found
        if node.type.base == "bool" or not self.may_be_null(node):
            return sa.false() if holds else sa.true()
        if node.op == "map":
            return self.mapped(node, lambda found: found is None, holds=holds)
        found = self.value(node)
        return found.is_(None) if holds else found.is_not(None)


def _ordered(
    test: Callable[[str], ColumnElement[bool]], sign: str, blank: list[ColumnElement[Any]], *, holds: bool
) -> ColumnElement[bool]:
    """A test by its sign. Its opposite is the test by the other sign, or that one of the operands is blank."""
    if holds:
        return test(sign)
    if not all(map(_is_column, blank)):
        return sa.not_(sa.func.coalesce(test(sign), sa.false()))
    return sa.or_(test(_FLIPPED[sign]), *(each.is_(None) for each in blank))


def _opposite(test: ColumnElement[bool], blank: list[ColumnElement[Any]]) -> ColumnElement[bool]:
    """What is true where a test is false, or NULL for one of the operands that may be blank."""
    if all(map(_is_column, blank)):
        return sa.or_(sa.not_(test), *(each.is_(None) for each in blank)) if blank else sa.not_(test)
    return sa.not_(sa.func.coalesce(test, sa.false()))


def _is_column(found: ColumnElement[Any]) -> bool:
    """Whether it may be written twice: what is worked out is not, for calls may stand in calls without end."""
    return not isinstance(found, Word | sa.Case) and getattr(found, "table", None) is not None


def _is_count(node: Node) -> bool:
    return node.op == "aggregate" and node.value.name == "count_of"


def _moment_of_day(node: Node) -> Node | None:
    """The field in `date(created_at)`."""
    if node.op != "call" or node.value != "date" or node.args[0].op != "field":
        return None
    return node.args[0] if node.args[0].type.base == "datetime" else None


def _compared_persons(node: Node) -> Iterator[Node]:
    """The fields of the acting person that a comparison reads, those in the conditions of its aggregates too.

    Whether such a field is blank may be asked (but for who acts: nobody has no rows); `coalesce` says what else counts.
    """
    if node.op == "user":
        yield node
    elif node.op == "aggregate":
        yield from _compared_persons(node.value.where) if node.value.where is not None else ()
    elif node.op != "coalesce" and not _asks_for_blank(node):
        for each in node.args:
            yield from _compared_persons(each)


def _asks_for_blank(node: Node) -> bool:
    return node.op == "call" and node.value == "is_blank" and node.args[0].op == "user" and node.args[0].value != "id"
