"""Makes the plan for a pack: the steps, and what the data says to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection, Engine

from app.definition import Catalog
from app.expression.graph import Place
from app.frozen import dataclass
from app.orm.former import Former
from app.orm.models import Models, build_tables
from app.plan import check_kept, links, merging, refused, repeated  # noqa: F401 - they answer questions
from app.plan.back_steps import WayOfBack, back_steps, with_back
from app.plan.check import with_finding
from app.plan.compare import compare_models
from app.plan.compare_fields import fits
from app.plan.compare_renames import rename_steps
from app.plan.drift import differences, fingerprint_of
from app.plan.fillers import foretold
from app.plan.following import following_steps
from app.plan.former import with_former
from app.plan.given_keys import with_alike
from app.plan.given_twice import with_repetitions
from app.plan.going_back import WayBack, find_way_back
from app.plan.links_tried import with_link_trials
from app.plan.migrate import head, version
from app.plan.old_words import asked_in_old_words
from app.plan.overwritten import FIRST_VERSION
from app.plan.past import find_then
from app.plan.plan import Plan
from app.plan.question import Prepares
from app.plan.renames import Renaming, called_so_once, find_renames
from app.plan.restoring import Back, Define, coming_back
from app.plan.retype import names_after
from app.plan.revision import AppliedRevision, find_revision, load_revision, reading
from app.plan.shape import Shape, read_schema
from app.plan.step import Block, Kind, Step
from app.plan.tombstone import Tombstone, read_tombstones
from app.plan.trial import with_trials

if TYPE_CHECKING:
    from app.loading import Loaded


@dataclass(frozen=True)
class Situation:
    """What a plan is made from: the applied revision (None: an empty database), the next catalog, the tables as they are.
    `taken` are names of what was removed, which nothing else can be given. Of a rollback: the revision that it goes `back_to`,
    and steps that hold it up. `prepared` are fields whose new columns were filled before the switch.
    """

    applied: AppliedRevision | None
    after: Catalog
    shape: Shape
    framework: str | None
    back: Back | None = None
    tombstones: tuple[Tombstone, ...] = ()
    renaming: Renaming | None = None
    taken: frozenset[str] = frozenset()
    back_to: int | None = None
    held_up: tuple[Step, ...] = ()
    prepared: frozenset[Place] = frozenset()

    @cached_property
    def old(self) -> Models | None:
        """The tables of the applied revision, in which things are called as in the next; `former` is what their rows are
        still called.
        """
        if self.applied is None:
            return None
        if self.renaming is None:
            return build_tables(self.applied.catalog, self.applied.names)
        renamed = build_tables(self.renaming.catalog, self.renaming.physical(self.applied.names))
        return replace(renamed, former=Former(((0, self.renaming.renames),)))

    @cached_property
    def before(self) -> Models | None:
        """The tables of the applied revision with what comes back: what a plan begins with."""
        if self.back is None or not self.back.lifted:
            return self.old
        assert self.old is not None
        return replace(build_tables(self.back.catalog, self.back.names), former=self.old.former)

    @cached_property
    def new(self) -> Models:
        """The tables of the next catalog, under the same physical names."""
        names = None
        if self.applied is not None and self.back is not None:
            number = self.applied.number + 1
            names = names_after(self.back.catalog, self.after, self.back.names, number)
        return replace(build_tables(self.after, names), former=self.former)

    @property
    def former(self) -> Former:
        """What things will have been called before, once this is applied."""
        return _former(self.applied, self.renaming)

    @property
    def is_new_catalog(self) -> bool:
        """Whether the next catalog is another one than the applied."""
        return self.applied is None or self.applied.catalog.hash != self.after.hash


def plan_for(engine: Engine, loaded: Loaded, back_to: int | None = None) -> Plan:
    """The plan from what the database has applied to a pack, or `back_to` a revision, whose pack it is. Reads, and changes
    nothing. The pack must have a catalog.
    """
    with reading(engine) as connection:
        return make_plan(connection, look_around(connection, catalog_of(loaded), back_to))


def plan_against(engine: Engine, loaded: Loaded, number: int) -> Plan:
    """What would lead from a revision to a pack, whatever has been applied since: what data says is not asked. Raises
    NothingApplied.
    """
    then, after = load_revision(engine, number), catalog_of(loaded)
    renaming = find_renames(then, after) if then.catalog.hash != after.hash else None
    catalog, names = (renaming.catalog, renaming.physical(then.names)) if renaming else (then.catalog, then.names)
    situation = Situation(then, after, Shape(), None, Back(catalog, names), renaming=renaming)
    return Plan(
        pack=after.pack.key or str(after.pack.label),
        before=then.catalog.hash,
        after=after.hash,
        revision=number,
        fingerprint="",
        steps=_compared(situation),
    )


def look_around(connection: Connection, after: Catalog, back_to: int | None = None) -> Situation:
    """What a plan to `after` would be made from now; `back_to` is the revision whose catalog it is, in a rollback."""
    applied, framework = find_revision(connection, known=after), version(connection)
    tombstones = read_tombstones(connection, framework)
    back, way, taken = None, WayBack(None), frozenset[str]()
    if applied is not None and applied.catalog.hash == after.hash:
        back = Back(applied.catalog, applied.names)
    elif applied is not None:
        way = _way(connection, applied, after, back_to)
        renaming = way.renaming
        catalog, names = applied.catalog, applied.names
        if renaming is not None:
            taken = renaming.taken(tombstones)
            tombstones = renaming.tombstones(tombstones)
            catalog, names = renaming.catalog, renaming.physical(names)
        then = _definitions(connection, _former(applied, renaming))
        back = coming_back(Back(catalog, names), after, tombstones, then, fits)
    shape = read_schema(connection)
    return Situation(applied, after, shape, framework, back, tombstones, way.renaming, taken, back_to, way.held_up)


def _way(connection: Connection, applied: AppliedRevision, after: Catalog, back_to: int | None) -> WayBack:
    then = find_revision(connection, back_to) if back_to is not None else None
    return WayBack(find_renames(applied, after)) if then is None else find_way_back(applied, then, after)


def _former(applied: AppliedRevision | None, renaming: Renaming | None) -> Former:
    if applied is None or renaming is None:
        return applied.former if applied else Former()
    return Former((*applied.former.steps, (applied.number + 1, renaming.renames)))


def _definitions(connection: Connection, former: Former) -> Define:
    return partial(find_then, cache(partial(find_revision, connection)), former=former)


def make_plan(connection: Connection, situation: Situation) -> Plan:
    """The plan of a situation; `connection` is where the data is asked."""
    applied, after = situation.applied, situation.after
    return Plan(
        pack=after.pack.key or str(after.pack.label),
        before=applied.catalog.hash if applied else "",
        after=after.hash,
        revision=applied.number if applied else 0,
        fingerprint=fingerprint_of(situation.shape, situation.framework),
        database=connection.engine.url.render_as_string(hide_password=True),
        steps=(*_framework_steps(situation), *_steps(connection, situation)),
        back_to=situation.back_to,
    )


def _framework_steps(situation: Situation) -> Iterator[Step]:
    if situation.applied and situation.framework != head():
        yield Step(kind=Kind.FRAMEWORK, target="program", detail=f"{situation.framework} → {head()}")


def _steps(connection: Connection, situation: Situation) -> Iterator[Step]:
    if not situation.is_new_catalog:
        yield from _only_given_back(connection, situation)
        return
    before, then = situation.before, _definitions(connection, situation.former)
    lost = tuple(_missing(situation))
    if before is None or lost:
        yield from (*lost, *_compared(situation))
        return
    compared = with_back([*_given_back(connection, situation), *_compared(situation)])
    asked = (with_former(step, before, situation.after, situation.tombstones, then) for step in compared)
    answered = [with_finding(connection, before, _of_changed_since(situation, step)) for step in asked]
    answered = [each for each in answered if each.kind is not Kind.GIVE_BACK or each.impact]
    tried = list(with_trials(connection, before, situation.new, answered))
    tried = list(with_link_trials(connection, before, situation.new, tried))
    single = list(with_repetitions(connection, before, situation.new, tried))
    found = list(with_alike(connection, before, situation.new, single))
    yield from found
    yield from following_steps(connection, before, situation.after, found)
    if situation.old and situation.framework == head():  # else their tables may not be there yet
        yield from foretold(connection, situation.old, situation.new)


def _only_given_back(connection: Connection, situation: Situation) -> Iterator[Step]:
    """What a rollback to a catalog that is applied already does: somebody edited the pack back, but rows are not."""
    if situation.back_to is None or situation.before is None:  # asked first: tables are built when they are asked for
        return
    steps = [with_finding(connection, situation.before, each) for each in _given_back(connection, situation)]
    if any(each.risk == "slow" for each in steps):
        found = list(with_repetitions(connection, situation.before, situation.new, steps))
        found = list(with_alike(connection, situation.before, situation.new, found))
        yield from found
        yield from following_steps(connection, situation.before, situation.after, found)


def _given_back(connection: Connection, situation: Situation) -> Iterator[Step]:
    """What a rollback gives back beside what the configuration says."""
    framework, number = situation.framework, situation.back_to
    if number is None or situation.before is None or framework is None or framework < FIRST_VERSION:
        return
    find = cache(partial(find_revision, connection))
    way = WayOfBack(situation.before, situation.new, number, situation.tombstones, situation.renaming, find)
    yield from back_steps(connection, way)


def _missing(situation: Situation) -> Iterator[Step]:
    """Tables and columns that somebody took away by hand: rows can't be asked for what is no longer there."""
    if situation.before is None or situation.framework != head():  # whose own revisions may bring columns
        return
    for each in differences(situation.shape, situation.before.every_table(), frozenset()):
        if each.state == "missing" and each.what in {"table", "column"}:
            blocks = Block("PLN507", str(each), "put it back as it was: `crm drift` lists all that was changed by hand")
            yield Step(kind=Kind.MISSING, target=each.name, detail=each.what, blocks=blocks)


def _of_changed_since(situation: Situation, step: Step) -> Step:
    check = step.check
    if not isinstance(check, Prepares) or check.place not in situation.prepared:
        return step
    return replace(step, check=replace(check, is_prepared=True))


def _compared(situation: Situation) -> tuple[Step, ...]:
    if not situation.is_new_catalog:
        return ()
    renaming = situation.renaming
    if renaming is None:
        return _with_hints(
            situation, compare_models(situation.before, situation.new, situation.back, situation.held_up)
        )
    renames = (*situation.held_up, *rename_steps(renaming, situation.taken))
    steps = compare_models(situation.before, situation.new, situation.back, renames)
    return _with_hints(situation, tuple(asked_in_old_words(step, renaming) for step in steps))


def _with_hints(situation: Situation, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """What looks like something that was called so once is pointed out: that is never guessed."""
    if situation.applied is None or situation.back_to is not None:
        return steps
    once = {each.path: each.old for each in called_so_once(situation.applied, situation.after)}
    added = (Kind.ADD_ENTITY, Kind.ADD_FIELD, Kind.ADD_OPTION, Kind.ADD_STAGE)
    return tuple(
        _with_hint(each, once[each.path]) if each.kind in added and each.path in once else each for each in steps
    )


def _with_hint(step: Step, old: str) -> Step:
    return replace(step, impact=f"{old} was called so once: if it is meant, write `renamed_from: {old}`")


def catalog_of(loaded: Loaded) -> Catalog:
    """The catalog of a pack without errors. Raises ValueError for one that has them."""
    if loaded.catalog is None:
        raise ValueError("a pack with errors can't be planned: run `crm check`")
    return loaded.catalog
