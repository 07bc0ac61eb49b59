"""What links say of themselves: converted to another kind, and mended where it does not fit any more. Links of records in the
bin are converted, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from app.orm.many import OWN_PREFIX, RECORD, Many, many_key
from app.orm.models import Models
from app.plan.check import Finding, decided, find
from app.plan.existing import SAMPLES
from app.plan.former import Converted, taken_back
from app.plan.giving_back import links_back
from app.plan.limits import typed_limit
from app.plan.links_given import Identity
from app.plan.misfits import listed
from app.plan.overwritten import Place, identity_of, link_place
from app.plan.pair import counted
from app.plan.prepared import changed_since
from app.plan.question import LinksConvert, LinksFit
from app.plan.step import Block, Risk
from app.record.convert import Cut
from app.record.values import Bad

_BATCH = 5_000
_REMEDY = (
    "mend them, or at the field of the links: `backfill: VALUE` says what they get, `existing: blank` empties them"
)


@dataclass
class Mended:
    """How many links were written, those of which another value stood there with it, the records of those of which nothing is said,
    and the links that a formula gives something.
    """

    count: int = 0
    overwritten: list[tuple[Identity, Any]] = field(default_factory=list)
    undecided: list[int] = field(default_factory=list)
    asked: list[Identity] = field(default_factory=list)


@find.register
def _converts(check: LinksConvert, connection: Connection, models: Models) -> Finding:
    total = refused = cut = restored = 0
    samples: dict[str, list[int]] = {"refused": [], "cut": []}
    for link, each in _converted(connection, models, check):
        total += 1
        restored += each.is_own
        refused += isinstance(each.value, Bad)
        cut += isinstance(each.value, Cut)
        if isinstance(each.value, Bad | Cut):
            some, record = samples["refused" if isinstance(each.value, Bad) else "cut"], link[RECORD]
            some += [record] if len(some) < SAMPLES and record not in some else []
    if not total:
        return Finding("prepared" if check.is_prepared else "")
    impact = f"{total - refused:,} of {counted(total, 'link')} convert{'s' if total - refused == 1 else ''}"
    if cut:
        impact += f"; {cut:,} of them lose{'s' if cut == 1 else ''} {check.loses}: ids {listed(samples['cut'])}"
    if restored:
        impact += f"; {restored:,} of them take{'s' if restored == 1 else ''} back what they held"
    risk: Risk = "destructive" if cut else "slow"
    if not refused:
        return Finding(impact, risk=risk)
    impact += f"; {refused:,} do{'es' if refused == 1 else ''} not: ids {listed(samples['refused'])}"
    return decided(check.decision, impact, Block("PLN529", impact, _REMEDY), loses=True)


@find.register
def _fit(check: LinksFit, connection: Connection, models: Models) -> Finding:
    many = models.many[many_key(check.entity, check.field)]
    wrong = _does_not_fit(check, models)
    query = sa.select(sa.func.count()).select_from(many.table)
    total, count = (connection.execute(each).scalar_one() for each in (query, query.where(wrong)))
    c = many.table.c
    some = sa.select(c.record).where(wrong).distinct().order_by(c.record).limit(SAMPLES)
    if check.back is not None:
        left = [link[RECORD] for link in _unfit(connection, models, check)]
        count, ids = len(left), sorted(set(left))[:SAMPLES]
    else:
        ids = list(connection.execute(some).scalars()) if count else []
    if not count:
        return Finding()
    impact = f"{count:,} of {counted(total, 'link')} do{'es' if count == 1 else ''} not fit: ids {listed(ids)}"
    if check.decision.existing == "grandfather" and check.decision.given is None:
        return Finding(f"{impact} (grandfathered)")
    code = "PLN523" if check.longest is None else "PLN522"
    remedy = f"{_REMEDY}, or `existing: grandfather` leaves them"
    return decided(check.decision, impact, Block(code, impact, remedy), loses=True)


def links_to_give(connection: Connection, before: Models, check: LinksConvert | LinksFit) -> list[Identity]:
    """The links that do not fit or convert, before anything is changed."""
    if isinstance(check, LinksConvert):
        return [link for link, each in _converted(connection, before, check) if isinstance(each.value, Bad)]
    return _unfit(connection, before, check)


def _unfit(connection: Connection, models: Models, check: LinksFit) -> list[Identity]:
    many = models.many[many_key(check.entity, check.field)]
    column = many.table.c[OWN_PREFIX + check.own]
    back = links_back(connection, models, check.back)
    every = (link for link, _ in _links(connection, many, [column], _does_not_fit(check, models)))
    return [link for link in every if link_place(many, link) not in back]  # all of which fit


def _does_not_fit(check: LinksFit, models: Models) -> ColumnElement[bool]:
    a_field = models.catalog.get_field(check.entity, check.field).own_fields[check.own]
    column = models.many[many_key(check.entity, check.field)].table.c[OWN_PREFIX + check.own]
    if check.longest is not None:
        return sa.func.length(column) > check.longest
    least, most = typed_limit(a_field, check.least), typed_limit(a_field, check.most)
    found: ColumnElement[bool] = column < least if most is None else column > most
    return found


def _converted(connection: Connection, models: Models, check: LinksConvert) -> Iterator[tuple[Identity, Converted]]:
    """The links that say something, or will once they get something back, each with what becomes of it; left out are those for which
    that is prepared.
    """
    many = models.many[many_key(check.entity, check.field)]
    column, former, back = (
        many.table.c[OWN_PREFIX + check.own],
        check.former,
        links_back(connection, models, check.back),
    )
    if former is None:
        since = changed_since(connection, many.table) if check.is_prepared else sa.true()
        for link, value in _links(connection, many, [column], since):
            held = back.pop(link_place(many, link), value)
            if held is not None:
                yield link, Converted(link[RECORD], check.convert(held))
        yield from _of_blank(many, check, back)
        return
    beside: sa.ColumnClause[Any] = sa.column(former.column, former.type)
    records = models.tables[check.entity].c
    saved = sa.select(records.updated_at).where(records.id == many.table.c.record).scalar_subquery()
    for link, value, own, moment in _links(connection, many, [column, beside], more=[saved]):
        held = back.pop(link_place(many, link), value)
        found = taken_back(former, check.convert, link[RECORD], held, own, moment)
        if found is not None:
            yield link, found
    yield from _of_blank(many, check, back)


def _of_blank(many: Many, check: LinksConvert, back: Mapping[Place, Any]) -> Iterator[tuple[Identity, Converted]]:
    """Of links that say nothing now."""
    for at, value in back.items():
        if value is not None:
            yield identity_of(many, at), Converted(at.record, check.convert(value))


def _links(
    connection: Connection,
    many: Many,
    columns: Sequence[sa.ColumnElement[Any]],
    where: ColumnElement[bool] | None = None,
    more: Sequence[sa.ColumnElement[Any]] = (),
) -> Iterator[tuple[Any, ...]]:
    """The identity of each link that says anything in these columns, and what, with what `more` is asked, in batches of records."""
    c, keys = many.table.c, (RECORD, *many.identity)
    filled = sa.and_(sa.or_(*(each.is_not(None) for each in columns)), sa.true() if where is None else where)
    records = sa.select(c.record).where(filled).distinct().order_by(c.record).limit(_BATCH)
    query = sa.select(*(c[key] for key in keys), *columns, *more).where(filled).order_by(*(c[key] for key in keys))
    last = 0
    while ids := connection.execute(records.where(c.record > last)).scalars().all():
        for row in connection.execute(query.where(c.record.between(ids[0], ids[-1]))).all():
            yield (dict(zip(keys, row, strict=False)), *row[len(keys) :])
        last = ids[-1]


def mend_links(
    connection: Connection, before: Models, after: Models, check: LinksConvert | LinksFit, mark: int
) -> Mended:
    """Writes what becomes of links, as is decided; `mark` is the `changed_seq` of those that are written."""
    many, decision, mended = after.many[many_key(check.entity, check.field)], check.decision, Mended()
    given = decision.given.value if decision.given else None
    is_decided = decision.given is not None or decision.existing == "blank"
    formula = decision.given.formula if decision.given else None
    if isinstance(check, LinksFit):
        column = many.table.c[OWN_PREFIX + check.own]
        if formula is not None or is_decided:
            mended.overwritten = list(_links(connection, many, [column], _does_not_fit(check, after)))
        if formula is not None:
            mended.asked = [link for link, _ in mended.overwritten]
        elif is_decided:
            values = {column: given, many.table.c.changed_seq: mark}
            update = sa.update(many.table).where(_does_not_fit(check, after)).values(values)
            mended.count = connection.execute(update).rowcount
        return mended
    rows: list[dict[str, Any]] = []
    for link, each in _converted(connection, before, check):
        value = each.value.value if isinstance(each.value, Cut) else each.value
        if isinstance(value, Bad):
            value = given
            if formula is not None:
                mended.asked.append(link)
                continue
            if not is_decided:
                mended.undecided.append(link[RECORD])
        rows.append({**{f"at_{key}": part for key, part in link.items()}, "said": value})
    _write(connection, many, OWN_PREFIX + check.own, rows, mark)
    mended.count = len(rows)
    return mended


def give_to_links(
    connection: Connection,
    after: Models,
    holder: tuple[str, str, str],
    values: Iterable[tuple[Identity, Any]],
    mark: int,
) -> None:
    """Writes these values of an own field, (entity, field, own)."""
    entity, key, own = holder
    many = after.many[many_key(entity, key)]
    rows = [{**{f"at_{name}": part for name, part in link.items()}, "said": value} for link, value in values]
    _write(connection, many, OWN_PREFIX + own, rows, mark)


def _write(connection: Connection, many: Many, own: str, rows: Sequence[Mapping[str, Any]], mark: int) -> None:
    c = many.table.c
    here = (c[key] == sa.bindparam(f"at_{key}") for key in (RECORD, *many.identity))
    update = sa.update(many.table).where(*here).values({c[own]: sa.bindparam("said"), c.changed_seq: mark})
    for start in range(0, len(rows), _BATCH):
        connection.execute(update, rows[start : start + _BATCH])
