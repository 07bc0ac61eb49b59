"""Carries a plan out: one lock, one transaction, a revision. Killed anywhere in it, all is as before."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError, OperationalError

from app.diagnostics import did_you_mean, nearest
from app.expression.graph import Place
from app.frozen import dataclass
from app.orm.models import Models, forget_tables
from app.orm.search import searched_columns
from app.orm.tidy import clear_deleted
from app.orm.types import now
from app.plan.ahead import keep_to_oneself, look_ahead, without_prepared
from app.plan.backfill import fill_defaults, fill_derived, fill_originals, fill_stages, reindex
from app.plan.beginning import former_after
from app.plan.carry import carry_names
from app.plan.compare_schema import reindexed_entities
from app.plan.drift import obstacles
from app.plan.entered import keep_entered
from app.plan.erasing import drop_plain, erase_plain, forget_words, newly_encrypted
from app.plan.fillers import fill_by_registered
from app.plan.hiding import hide, mend_restored
from app.plan.lock import DeploymentBusy, alone, is_full, switch, switching
from app.plan.mend import DoesNotFit, mend_rows
from app.plan.migrate import head, upgrade_framework_on
from app.plan.mirror import write_mirror
from app.plan.overwritten import Keeping
from app.plan.pair import Pair, counted
from app.plan.plan import Plan
from app.plan.planning import Situation, catalog_of, look_around, make_plan
from app.plan.prepare import Tell, nobody, prepare
from app.plan.prepared import forget_prepared
from app.plan.render import step_to_json
from app.plan.revision import FORMER, AppliedRevision, reading, write_revision
from app.plan.schema import create_tables_and_columns, drop_keys, schema_change, settle_indexes_and_columns
from app.plan.shape import Shape, read_schema
from app.plan.tombstone import hidden_parts, kept_until
from app.record.filling import fill_following
from app.record.personal_rights import end_orphans

if TYPE_CHECKING:
    from app.loading import Loaded

_SCHEMA_STATEMENT = re.compile(r"\s*(?:create|alter|drop)\b", re.IGNORECASE)


@dataclass(frozen=True)
class ApplyRefused:
    """Why nothing was changed: a code of `PLAN_CODES`, the reason in words, and the plan as it is now, if there is one."""

    code: str
    reason: str
    plan: Plan | None = None


class CannotApply(RuntimeError):
    """Carries a refusal out of the transaction, so that it is rolled back."""

    def __init__(self, refused: ApplyRefused) -> None:
        super().__init__(refused.reason)
        self.refused = refused


def apply_plan(
    engine: Engine,
    loaded: Loaded,
    plan: Plan,
    actor_name: str,
    allow_destructive: Collection[str] = (),
    tell: Tell = nobody,
) -> AppliedRevision | ApplyRefused:
    """Carries out `plan`, made of the same pack. Planned again under the lock: refused when anything has moved.

    What takes long is prepared before the switch, which `tell` is told of. A plan without steps changes nothing and returns
    the revision that is applied.
    """
    try:
        return _apply(engine, loaded, plan, actor_name, allow_destructive, tell)
    except CannotApply as refusal:
        return refusal.refused
    except DeploymentBusy:
        return ApplyRefused("PLN502", "another apply is at work, or a long transaction holds a table; try again", plan)
    except OperationalError as error:
        if not is_full(error):
            raise
        return ApplyRefused("PLN544", f"the disk takes no more, make room and try again: {error.orig}", plan)
    except DoesNotFit as error:
        return ApplyRefused(error.code, str(error), plan)
    except IntegrityError as error:
        return ApplyRefused("PLN505", f"a record breaks a new key: {_told(error)}", plan)


def _told(error: IntegrityError) -> str:
    """What the database says, with the values that clash where it names them: whoever applies is to mend them."""
    detail = getattr(getattr(error.orig, "diag", None), "message_detail", None)
    return f"{error.orig}: {detail}" if detail else str(error.orig)


def _apply(
    engine: Engine, loaded: Loaded, plan: Plan, actor_name: str, allowed: Collection[str], tell: Tell
) -> AppliedRevision:
    after = catalog_of(loaded)
    with alone(engine):
        with reading(engine) as connection:
            ahead = look_ahead(connection, after, plan, allowed)
        prepare(engine, ahead.preparing, ahead.framework, tell)
        with switch(engine) as connection:
            keep_to_oneself(connection, ahead.preparing)
            situation = replace(look_around(connection, after, plan.back_to), prepared=ahead.places)
            fresh = ahead.complete(make_plan(connection, situation))
            _refuse_unless_same(plan, fresh, allowed)
            if fresh.is_empty and situation.applied is not None:
                return situation.applied
            done = _switch(connection, situation, fresh, loaded, actor_name)
        return _cleaned(engine, situation, done)


def _cleaned(engine: Engine, situation: Situation, done: AppliedRevision) -> AppliedRevision:
    """Where a field is encrypted from now on, a file of SQLite is rewritten: pages that were freed long ago, and the log beside it,
    hold earlier values. PostgreSQL overwrites dead rows by its own rules.
    """
    if engine.dialect.name != "sqlite" or engine.url.database in {None, "", ":memory:"} or situation.before is None:
        return done
    if not newly_encrypted(situation.before, situation.new):
        return done
    return replace(done, is_clean=clear_deleted(engine))


def first_apply(engine: Engine, loaded: Loaded, actor_name: str = "system:startup") -> AppliedRevision:
    """Applies a pack to an empty database. A database that has a revision is left as it is: that one is returned.

    Raises DeploymentBusy, and CannotApply where tables stand in the way.
    """
    with switching(engine) as connection:
        situation = look_around(connection, catalog_of(loaded))
        if situation.applied is not None:
            return situation.applied
        return _switch(connection, situation, make_plan(connection, situation), loaded, actor_name)


def _refuse_unless_same(plan: Plan, fresh: Plan, allow_destructive: Collection[str]) -> None:
    if not plan.is_same_change(fresh):
        raise CannotApply(ApplyRefused("PLN501", _what_moved(plan, fresh), fresh))
    if fresh.blocked:
        raise CannotApply(ApplyRefused("PLN504", f"blocked: {counted(len(fresh.blocked), 'step')}", fresh))
    unknown = sorted({*allow_destructive}.difference(step.name for step in fresh.steps))
    if unknown:
        hint = did_you_mean(nearest(unknown[0], [step.name for step in fresh.destructive]))
        told = f"no step of the plan is about {', '.join(unknown)}{f': {hint}' if hint else ''}"
        raise CannotApply(ApplyRefused("PLN541", told, fresh))
    missing = [step.name for step in fresh.destructive if step.name not in allow_destructive]
    if missing:
        flags = " ".join(f"--allow-destructive {name}" for name in missing)
        raise CannotApply(ApplyRefused("PLN503", f"these steps lose something; allow them by name: {flags}", fresh))


def _refuse_obstacles(shape: Shape, situation: Situation, plan: Plan) -> None:
    found = obstacles(shape, situation.old, situation.new, hidden_parts(situation.tombstones))
    if found:
        shown = ", ".join(str(each) for each in found[:3]) + (" …" if len(found) > 3 else "")
        reason = (
            f"the tables are not as revision {plan.revision} left them: {shown}; put them back (`crm drift` lists all)"
        )
        raise CannotApply(ApplyRefused("PLN507", reason, plan))


def _what_moved(plan: Plan, fresh: Plan) -> str:
    again = "plan again, and look at what it says"
    if plan.revision != fresh.revision:
        return f"the plan was made at revision {plan.revision}; the database is at {fresh.revision}: {again}"
    if plan.after != fresh.after:
        return f"the plan was made for catalog {plan.after[:8]}; the pack is {fresh.after[:8]} now: {again}"
    return f"the tables have changed since the plan was made: {again}"


def _switch(
    connection: Connection, situation: Situation, plan: Plan, loaded: Loaded, actor_name: str
) -> AppliedRevision:
    """All of a change, in the order in which each part needs the one before it."""
    from app.loading import snapshot_of

    old, new = situation.old, situation.new
    with _schema_statements(connection) as sql:
        if situation.framework != head():
            upgrade_framework_on(connection)  # which may add to the entities' tables, too
        _refuse_obstacles(read_schema(connection), situation, plan)
        if situation.renaming is not None and old is not None:
            carry_names(connection, old, situation.renaming)
        end_orphans(connection, new, now())
        write_mirror(connection, old.catalog if old else None, new.catalog)
        _change_tables(connection, situation, plan)  # last: now PostgreSQL keeps others from these tables
    snapshot = {**snapshot_of(loaded), FORMER: former_after(connection, situation).to_json()}
    revision = AppliedRevision(plan.revision + 1, new.catalog, new.names, snapshot)
    steps = [step_to_json(step) for step in plan.steps]
    write_revision(connection, revision, steps, sql, actor_name, "apply" if situation.back_to is None else "rollback")
    return revision


def _change_tables(connection: Connection, situation: Situation, plan: Plan) -> None:
    written: Mapping[Place, int] = {}
    revision = plan.revision + 1
    old, before, new = situation.old, situation.before, situation.new
    change = schema_change(before, new, situation.back.parts if situation.back else ())
    if situation.prepared:
        change = without_prepared(connection, change)
    if change.tables:
        forget_tables(new.catalog)
    create_tables_and_columns(connection, change)
    drop_keys(connection, change)
    if situation.back is not None:
        mend_restored(connection, new, situation.back)
    if old is not None and before is not None:
        hide(connection, before, new, revision)
        fill_defaults(connection, before, new)
        fill_stages(connection, old, new)
        fill_originals(connection, old, new)
        until = kept_until(new.catalog.pack.tombstones, now().date())
        keeping = Keeping(connection, revision, until)
        written = mend_rows(keeping, before, new, (step.check for step in plan.steps))
        if situation.prepared:
            forget_prepared(connection)
        fill_derived(connection, new, change.derived_columns)
        keep_entered(keeping, before, new)
        fill_by_registered(connection, old, new, revision)
        fill_following(connection, new, revision, written)
        erase_plain(connection, before, new, revision)
    settle_indexes_and_columns(connection, change)
    if old is not None and before is not None:
        drop_plain(connection, before, new)
    if old is not None:
        restored = {each for each in new.tables if situation.back and each in situation.back.keys}
        searched = {entity for entity, key in written if key in _searched(new, entity)}
        for entity in sorted({*reindexed_entities(Pair(old.catalog, new.catalog)), *restored, *searched}):
            reindex(connection, new, entity)
        if before is not None:
            forget_words(connection, before, new)


def _searched(models: Models, entity: str) -> set[str]:
    """The fields that the search reads: the one that names a record is among them, whatever it says of itself."""
    return {key for keys in searched_columns(models.catalog, entity).values() for key in keys}


@contextmanager
def _schema_statements(connection: Connection) -> Iterator[list[str]]:
    """The statements on this connection that change tables, as they are sent."""
    seen: list[str] = []

    def note(_connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        if _SCHEMA_STATEMENT.match(statement):
            seen.append(statement.strip())

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(connection, "before_cursor_execute", note)
