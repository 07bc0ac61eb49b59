"""Retention: what becomes of records, and of single fields, when the time is over that the configuration keeps them for.

Records are taken a few hundred at a time, each with its part of the audit in one transaction, so that a run that was cut off is
gone on with by the next one. What others still point to stays, and so does what would take along what the law asks to keep;
both are told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from app.access import system_actor
from app.automation.lengths import later
from app.automation.runs import JobRefused
from app.definition import Catalog, Entity, Field, Text
from app.definition.grammars import Duration, Expression
from app.definition.privacy import Retention
from app.expression import BOOL, get_expression
from app.expression.working_time import company_time
from app.frozen import dataclass
from app.orm.expression import condition, scoped
from app.orm.expression.source import Source
from app.orm.many import many_key
from app.orm.store import INCLUDE_DELETED, Store
from app.record import Refused, Saved, Unit, in_unit
from app.record.audit import write_audit
from app.record.dependents import Doomed, check_restrictions, collect
from app.record.forget import ANONYMISE, blank_fields, erase_history_of, personal_fields
from app.record.put_away import forget_traffic, put_away
from app.record.upward import derive_upward

JOBS = system_actor("system:jobs")
DOOR = "job"
CHUNK = 200  # records in one transaction
MOST = 5_000  # records of one plan in one run: the next one goes on


@dataclass(frozen=True)
class Plan:
    """What is done to the records of an entity, or with `fields` to these alone, when `after` is over."""

    entity: str
    after: Duration
    since: str
    action: str
    where: Expression | None = None
    fields: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How it is told."""
        return f"{self.entity} ({', '.join(self.fields)})" if self.fields else self.entity


@dataclass(frozen=True)
class Kept:
    """What a run did to the records of a plan: how many it dealt with, how many had to stay as others need them, and how many
    as the law asks to keep records that would go along: those of `laws`, entities.
    """

    plan: Plan
    done: int
    needed: int = 0
    lawful: int = 0
    laws: frozenset[str] = frozenset()

    def __add__(self, other: Kept) -> Kept:
        return Kept(
            self.plan,
            self.done + other.done,
            self.needed + other.needed,
            self.lawful + other.lawful,
            self.laws | other.laws,
        )


def plans_of(catalog: Catalog) -> tuple[Plan, ...]:
    """What is to be looked after, entity by entity. What the law asks to keep is not."""
    return tuple(_plans(catalog))


def _plans(catalog: Catalog) -> Iterator[Plan]:
    for entity in catalog.entities.values():
        if entity.kept_by_law or entity.key == "user":
            continue
        said = entity.retention
        if said is not None:
            yield Plan(entity.key, said.after, said.since, said.action, said.where)
        by_length: dict[Duration, list[str]] = {}
        for each in personal_fields(entity):
            if each.personal is not None and each.personal.retention is not None:
                by_length.setdefault(each.personal.retention, []).append(each.key)
        since = _since_of(said)
        for after, keys in by_length.items():
            yield Plan(entity.key, after, since, "blank", None, tuple(keys))


def _since_of(said: Retention | None) -> str:
    return said.since if said is not None else "updated_at"


def due(store: Store) -> list[Kept]:
    """How many records each plan would deal with now. Nothing is changed."""
    found: list[Kept] = []

    def look(unit: Unit) -> Saved:
        found[:] = [Kept(each, len(_due(unit, each, 0, None))) for each in plans_of(store.catalog)]
        return Saved((), ())

    in_unit(store, JOBS, DOOR, look)
    return found


def keep_retention(store: Store) -> Text:
    """Carries out what is due; what was done, in words."""
    done = [_carry_out(store, each) for each in plans_of(store.catalog)]
    some = [each for each in done if each.done or each.needed or each.lawful]
    if not some:
        return Text({"en": "nothing was due", "zh": "没有到期的记录"})
    en = [f"{each.done} of {each.plan.name} {_WORDS[each.plan.action][0]}" for each in some if each.done]
    zh = [f"{each.plan.name} {_WORDS[each.plan.action][1]} {each.done} 条" for each in some if each.done]
    needed = sum(each.needed for each in some)
    if needed:
        en.append(f"{needed} stay, for others need them")
        zh.append(f"{needed} 条仍被引用，予以保留")
    lawful = sum(each.lawful for each in some)
    if lawful:
        laws = frozenset[str]().union(*(each.laws for each in some))
        en.append(f"{lawful} stay, for the law keeps what hangs on them ({_reasons(store.catalog, laws, 'en')})")
        zh.append(f"{lawful} 条关联着依法保留的记录，予以保留（{_reasons(store.catalog, laws, 'zh')}）")
    return Text({"en": ", ".join(en), "zh": "，".join(zh)})


def _reasons(catalog: Catalog, laws: Collection[str], language: str) -> str:
    wholes = [each for each in sorted(laws) if (link := catalog.part_link(each)) is None or link.whole not in laws]
    return "; ".join(f"{each}: {catalog.law_of(each).in_language(language)}" for each in wholes)


_WORDS = {
    "erase": ("erased", "已删除"),
    "anonymise": ("anonymised", "已匿名化"),
    "archive": ("put into the bin", "已移入回收站"),
    "blank": ("blanked", "已清空"),
}


def _carry_out(store: Store, plan: Plan) -> Kept:
    last, sum_of = 0, Kept(plan, 0)
    while sum_of.done < MOST:
        told: list[tuple[int, Kept]] = []
        outcome = in_unit(store, JOBS, DOOR, partial(_some, plan, last, told))
        if not isinstance(outcome, Saved):  # the run is tried again
            en, zh = f"others change the same records of {plan.entity}", f"{plan.entity} 的记录正被其他操作修改"
            raise JobRefused(Text({"en": en, "zh": zh}))
        if not told:
            break
        last, some = told[-1]
        sum_of += some
    return sum_of


def _some(plan: Plan, last: int, told: list[tuple[int, Kept]], unit: Unit) -> Saved | Refused:
    """The next records after the last one; `told` hears which was the last, and what became of them."""
    told.clear()
    ids = _due(unit, plan, last, CHUNK)
    if not ids:
        return Saved((), ())
    told.append((ids[-1], _ACTS[plan.action](unit, plan, ids)))
    return Saved((), ())


def _due(unit: Unit, plan: Plan, last: int, limit: int | None) -> Sequence[int]:
    """The ids of records whose time is over and of which something is left to be done, those in the bin too."""
    entity = unit.catalog.entities[plan.entity]
    source = scoped(unit.models, plan.entity)
    record = source.column("id")
    conditions = [record > last, _is_over(unit, entity, source, plan)]
    if plan.action in ("anonymise", "blank"):
        conditions.append(_says_something(unit, entity, source, plan))
    if plan.where is not None:
        checked = get_expression(unit.catalog, plan.entity, plan.where, BOOL, "filter")
        conditions.append(condition(source, checked.root, unit.context))
    query = source.joined(sa.select(record)).where(*conditions).order_by(record).limit(limit)
    options = {INCLUDE_DELETED: plan.action != "archive"}
    return unit.session.execute(query, execution_options=options).scalars().all()


def _is_over(unit: Unit, entity: Entity, source: Source, plan: Plan) -> ColumnElement[bool]:
    time = company_time(unit.catalog)
    moment = later(time, unit.at, plan.after, -1)
    if moment is None:
        return sa.false()
    is_day = entity.every_field[plan.since].holds == "date"
    bound: dt.date = moment.astimezone(time.zone).date() if is_day else moment
    return source.column(plan.since) < bound


def _says_something(unit: Unit, entity: Entity, source: Source, plan: Plan) -> ColumnElement[bool]:
    """That there is something left to be blanked."""
    fields = [each for each in personal_fields(entity) if not plan.fields or each.key in plan.fields]
    return sa.or_(sa.false(), *(_is_filled(unit, entity, source, each) for each in fields))


def _is_filled(unit: Unit, entity: Entity, source: Source, a_field: Field) -> ColumnElement[bool]:
    if a_field.is_list:
        links = unit.models.classes[many_key(entity.key, a_field.key)]
        return sa.select(links.record).where(links.record == source.column("id")).exists()
    column = source.column(a_field.key)
    if a_field.holds == "boolean":
        return sa.and_(column, sa.true())
    if a_field.key == entity.name_field:
        called = sa.literal("#").concat(sa.cast(source.column("id"), sa.Text))
        return sa.and_(column.is_not(None), sa.cast(column, sa.Text) != called)
    return column.is_not(None)


def _anonymise(unit: Unit, plan: Plan, ids: Sequence[int]) -> Kept:
    keys = [each.key for each in personal_fields(unit.catalog.entities[plan.entity])]
    blank_fields(unit, plan.entity, keys, ids)
    forget_traffic(unit, plan.entity, ids)
    return _told(unit, plan, keys, ids, words=True)


def _blank(unit: Unit, plan: Plan, ids: Sequence[int]) -> Kept:
    blank_fields(unit, plan.entity, plan.fields, ids)
    return _told(unit, plan, plan.fields, ids)


def _told(unit: Unit, plan: Plan, keys: Collection[str], ids: Sequence[int], *, words: bool = False) -> Kept:
    erase_history_of(unit, plan.entity, ids, keys, words=words)
    write_audit(unit, plan.entity, ANONYMISE, [(each, None) for each in ids])
    return Kept(plan, len(ids))


def _erase(unit: Unit, plan: Plan, ids: Sequence[int]) -> Kept:
    return _put_away(unit, plan, ids, forgotten=True)


def _archive(unit: Unit, plan: Plan, ids: Sequence[int]) -> Kept:
    return _put_away(unit, plan, ids, forgotten=False)


def _put_away(unit: Unit, plan: Plan, ids: Sequence[int], *, forgotten: bool) -> Kept:
    left, needed, lawful, laws = list(ids), 0, 0, set[str]()
    while left:
        # Again without those that stay: what they had taken along may hang on others, too.
        doomed = collect(unit, plan.entity, {record: index for index, record in enumerate(left)}, in_bin=forgotten)
        kept = _kept_by_law(doomed)
        by_law = set[int]().union(*kept.values())
        held = {each.index for each in check_restrictions(doomed)} - by_law
        if not by_law and not held:
            _carry_away(doomed, forgotten=forgotten)
            break
        needed, lawful = needed + len(held), lawful + len(by_law)
        laws.update(kept)
        left = [record for index, record in enumerate(left) if index not in by_law | held]
    return Kept(plan, len(left), needed, lawful, frozenset(laws))


def _kept_by_law(doomed: Doomed) -> dict[str, set[int]]:
    """The entities whose records would go along though the law asks to keep them, with the places of what takes them along."""
    catalog = doomed.unit.catalog
    return {each: set(records.values()) for each, records in doomed.by_entity.items() if catalog.law_of(each)}


def _carry_away(doomed: Doomed, *, forgotten: bool) -> None:
    put_away(doomed, forgotten=forgotten)
    if forgotten:
        for each, records in doomed.by_entity.items():
            erase_history_of(doomed.unit, each, records, None)
    derive_upward(doomed.unit)


_ACTS: dict[str, Callable[[Unit, Plan, Sequence[int]], Kept]] = {
    "anonymise": _anonymise,
    "blank": _blank,
    "erase": _erase,
    "archive": _archive,
}
