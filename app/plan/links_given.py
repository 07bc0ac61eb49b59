"""What a formula of `backfill` gives to own fields of links, of the link and of its two ends: worked out at the switch, and
tried while a plan is made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.definition import Catalog
from app.expression import Checked, Context
from app.expression.links import RECORD, TARGET
from app.orm.many import OWN_PREFIX, VALUE, Many, many_key
from app.orm.many import RECORD as RECORD_COLUMN
from app.orm.models import Models
from app.orm.types import now
from app.plan.existing import BATCH, Reading
from app.plan.question import LinksConvert, LinksFit
from app.record.parsers import make_parser

Identity = Mapping[str, Any]
"""By the key of a column: what tells a link from all others."""


def given_to_links(
    connection: Connection,
    models: Models,
    after: Catalog,
    check: LinksConvert | LinksFit,
    formula: Checked,
    links: Sequence[Identity],
) -> Iterator[tuple[Identity, Any]]:
    """Each of these links of `models` with its value, a Bad where it gets none that its field may hold in `after`. A value
    that does not convert is blank to its own formula.
    """
    many, a_field = models.many[many_key(check.entity, check.field)], after.get_field(check.entity, check.field)
    own = a_field.own_fields[check.own]
    parse = make_parser(after, after.entities[check.entity], own)
    context, evaluate = Context(now(), ZoneInfo(after.pack.time_zone)), formula.evaluate
    said = _said(connection, many, {link[RECORD_COLUMN] for link in links})
    blank = {check.own: False if own.holds == "boolean" else None} if isinstance(check, LinksConvert) else {}
    record = _End(connection, models, check.entity, RECORD, formula, {link[RECORD_COLUMN] for link in links})
    target = _End(connection, models, a_field.targets[0], TARGET, formula, {link[VALUE] for link in links})
    for link in links:
        row = {
            **said[tuple(link.values())],
            **blank,
            **record.row(link[RECORD_COLUMN]),
            **target.row(link[VALUE]),
        }
        yield link, parse(evaluate(row, row, context))


def _said(connection: Connection, many: Many, records: Collection[int]) -> Mapping[tuple[Any, ...], dict[str, Any]]:
    """By its identity what a link says itself; a yes or no of which nothing is said is no."""
    c, keys, own = many.table.c, (RECORD_COLUMN, *many.identity), list(many.field.own_fields)
    booleans = [many.field.own_fields[key].holds == "boolean" for key in own]
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for some in _some(sorted(records)):
        query = sa.select(*(c[key] for key in keys), *(c[OWN_PREFIX + key] for key in own)).where(c.record.in_(some))
        for row in connection.execute(query):
            values = [bool(each) if is_bool else each for each, is_bool in zip(row[len(keys) :], booleans, strict=True)]
            found[tuple(row[: len(keys)])] = dict(zip(own, values, strict=True))
    return found


def _some(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[at : at + BATCH] for at in range(0, len(ids), BATCH))


class _End:
    """What a formula reads of the records at one end of links; of one in the bin all is blank."""

    def __init__(
        self, connection: Connection, models: Models, entity: str, name: str, formula: Checked, ids: Collection[int]
    ) -> None:
        self.name = name
        self.keys = [key.partition(".")[2] for key in sorted(formula.keys) if key.partition(".")[0] == name]
        self.rows: dict[int, Mapping[str, Any]] = {}
        asked = [key for key in self.keys if key]
        for rows in Reading(models, entity, asked).batches(connection) if asked else ():
            self.rows |= {row["id"]: row for row in rows if row["id"] in ids}

    def row(self, number: int) -> dict[str, Any]:
        """What is read of the record of that number, by the keys of the formula."""
        held = self.rows.get(number, {})
        return {f"{self.name}.{key}" if key else self.name: held.get(key) if key else number for key in self.keys}
