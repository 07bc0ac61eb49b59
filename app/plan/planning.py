"""Makes the plan for a pack: the steps, and what the data says to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection, Engine

from app.definition import Catalog
from app.orm.models import Models, build_models
from app.plan.check import with_finding
from app.plan.compare import compare_models
from app.plan.drift import fingerprint
from app.plan.migrate import head, version
from app.plan.plan import Plan
from app.plan.revision import AppliedRevision, find_revision, reading
from app.plan.step import Kind, Step

if TYPE_CHECKING:
    from app.loading import Loaded


def plan_for(engine: Engine, loaded: Loaded) -> Plan:
    """The plan from what the database has applied to a pack. Reads, and changes nothing. The pack must have a catalog."""
    with reading(engine) as connection:
        return plan_on(connection, catalog_of(loaded))


def plan_on(connection: Connection, after: Catalog) -> Plan:
    """As `plan_for`, within the caller's transaction."""
    return make_plan(connection, find_revision(connection), after)


def make_plan(connection: Connection, applied: AppliedRevision | None, after: Catalog) -> Plan:
    """The plan from a revision (None: an empty database) to a catalog."""
    plan = Plan(
        pack=after.pack.key or str(after.pack.label),
        before=applied.catalog.hash if applied else "",
        after=after.hash,
        revision=applied.number if applied else 0,
        fingerprint=fingerprint(connection),
        database=connection.engine.url.render_as_string(hide_password=True),
    )
    steps: tuple[Step, ...] = ()
    if plan.before != plan.after:
        old, new = models_of(applied, after)
        steps = compare_models(old, new)
        if old is not None:
            steps = tuple(with_finding(connection, old, step) for step in steps)
    return replace(plan, steps=(*_framework_steps(connection, plan), *steps))


def _framework_steps(connection: Connection, plan: Plan) -> Iterator[Step]:
    at, newest = version(connection), head()
    if plan.revision and at != newest:
        yield Step(kind=Kind.FRAMEWORK, target="program", detail=f"{at} → {newest}")


def models_of(applied: AppliedRevision | None, after: Catalog) -> tuple[Models | None, Models]:
    """The models of the revision and those of the catalog that follows it, under the same physical names."""
    if applied is None:
        return None, build_models(after)
    old = build_models(applied.catalog, applied.names)
    return old, build_models(after, old.names)


def catalog_of(loaded: Loaded) -> Catalog:
    """The catalog of a pack without errors. Raises ValueError for one that has them."""
    if loaded.catalog is None:
        raise ValueError("a pack with errors can't be planned: run `crm check`")
    return loaded.catalog
