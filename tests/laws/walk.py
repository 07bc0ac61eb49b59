"""Walks: one random edit after the other, planned and applied to tables with rows, gone back from, and gone forth again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.access import system_actor
from app.loading import Loaded
from app.orm.models import BLIND_SUFFIX, ENTITY_SUFFIX, FOLD_SUFFIX, SORT_SUFFIX, Models
from app.orm.overrides import SUFFIXES
from app.orm.sealed import give_keys
from app.plan import AppliedRevision, ApplyRefused, Plan, apply_plan, first_apply, load_revision, open_store, plan_for
from app.plan import prepare as prepare_phase
from app.plan.compare import compare_models
from app.plan.drift import compare_schema
from app.plan.rollback import rollback_plan
from app.plan.step import Kind
from app.record import Saved, create
from tests.laws import edits_of_behaviour, edits_of_links, edits_of_secrets  # noqa: F401 - which add their kinds
from tests.laws.edits import EDITS, Pack, Unfit
from tests.laws.linked import check_given, said
from tests.laws.pack import PACK, pack_in, random_value
from tests.laws.sealed import KEYS, check_sealed, check_switched, lost_places
from tests.laws.state import (
    MARK,
    Held,
    check_derived,
    held,
    may_be_lost,
    may_change,
    owners,
    told,
    values_of,
)

EDITS_OF_A_WALK = 12
ROWS = {"company": 12, "deal": 9, "line": 5}
ONE_WAY = frozenset({"PLN518"})
"""What can't be gone back from, as the manual says: amounts that were entered in several currencies."""
ONLY_THEN = "PLN532"
"""What is found when it is written: that a formula of `backfill` gives some row a value that does not fit."""
MARKS = frozenset({MARK})
_MADE_AGAIN = (SORT_SUFFIX, FOLD_SUFFIX, BLIND_SUFFIX, *SUFFIXES)
"""What follows from values, or is blank where it goes."""


@dataclass
class Count:
    """What came of edits."""

    kinds: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)

    @property
    def edits(self) -> int:
        """How many there were."""
        return self.ends["applied"] + self.ends["blocked"] + self.ends[f"refused {ONLY_THEN}"]

    def add(self, other: Count) -> None:
        """Counts what another has counted, too."""
        self.kinds.update(other.kinds)
        self.ends.update(other.ends)


class Broken(AssertionError):
    """A law does not hold."""


def prepare(folder: Path) -> Callable[[Engine], None]:
    """Fills an empty database with the first pack and its rows."""

    def fill(engine: Engine) -> None:
        give_keys(engine, KEYS)
        first_apply(engine, pack_in(folder / "first", PACK))
        draw = Random(1)  # noqa: S311 - the same rows at every run
        for entity, count in ROWS.items():
            for _ in range(count):
                add_row(engine, draw, entity)

    return fill


def add_row(engine: Engine, draw: Random, entity: str) -> None:
    """One more record by the write path, if it may be saved."""
    store = open_store(engine)
    ids = {}
    with store.system_reading() as connection:
        for key, table in store.models.tables.items():
            ids[key] = list(connection.execute(sa.select(table.c.id).order_by(table.c.id)).scalars())
    whole = store.catalog.entities[entity]
    fields = {key: each for key, each in whole.fields.items() if not each.is_computed}
    row = {key: random_value(draw, store.catalog, entity, each, ids) for key, each in fields.items()}
    found = create(store, system_actor("system:seed"), entity, [row], door="seed")
    if not isinstance(found, Saved):
        few = {key: row[key] for key, each in fields.items() if each.required and row[key] is not None}
        create(
            store,
            system_actor("system:seed"),
            entity,
            [{"name": "plain", **few} if "name" in fields else few],
            door="seed",
        )


def walk(engine: Engine, folder: Path, seed: int, count: Count, length: int = EDITS_OF_A_WALK) -> None:
    """A walk over a database that `prepare` filled; of every other seed what can be is worked out before the switch, as in large
    tables. Raises Broken, which names the seed, the edits and the law.
    """
    with _prepared() if seed % 2 else nullcontext():
        _walk(engine, folder, seed, count, length)


@contextmanager
def _prepared() -> Iterator[None]:
    with patch.object(prepare_phase, "FEWEST", 0), patch.object(prepare_phase, "BATCH", 4):
        yield


def _walk(engine: Engine, folder: Path, seed: int, count: Count, length: int) -> None:
    give_keys(engine, KEYS)
    draw = Random(seed)  # noqa: S311 - as above
    pack = Pack(PACK, draw).copy()
    told_kinds: list[str] = []
    for number in range(length):
        found = _edited(pack, folder)
        if found is None:
            continue
        edited, loaded, kinds = found
        told_kinds.append(" + ".join(kinds))
        pack.fresh = edited.fresh
        try:
            if _carried_out(engine, folder, edited, loaded, count):
                pack = edited
        except Exception as error:
            count.ends["broken"] += 1
            raise Broken(f"seed {seed}, edit {number}: {' | '.join(told_kinds)}: {error}") from error
        count.kinds.update(kinds)
        if draw.random() < 0.5:
            add_row(engine, draw, draw.choice(list(pack.tree["entities"])))


def _edited(pack: Pack, folder: Path) -> tuple[Pack, Loaded, list[str]] | None:
    """The pack after some edits that leave it without errors."""
    for _ in range(40):
        next_pack = pack.copy()
        kinds = pack.draw.choices(list(EDITS), k=pack.draw.choice([1, 1, 1, 2, 3]))
        try:
            for each in kinds:
                EDITS[each](next_pack)
        except Unfit:
            continue
        loaded = pack_in(folder / "next", next_pack.tree)
        if loaded.catalog is not None and next_pack.tree != pack.tree:
            return next_pack, loaded, kinds
    return None


def _carried_out(engine: Engine, folder: Path, pack: Pack, loaded: Loaded, count: Count) -> bool:
    """Whether it was applied."""
    draw = pack.draw
    then, before, values = load_revision(engine), held(engine), values_of(engine)
    plan = plan_for(engine, loaded)
    was = open_store(engine)
    links, lost = said(was), lost_places(was, plan) if not plan.blocked else frozenset()
    answer = _apply(engine, loaded, plan)
    if plan.blocked:
        count.ends["blocked"] += 1
        count.ends.update(f"blocked {step.blocks.code}" for step in plan.blocked if step.blocks)
        assert isinstance(answer, ApplyRefused)
        assert answer.code == "PLN504", answer
        assert held(engine) == before, "a blocked plan changed something"
        return False
    if isinstance(answer, ApplyRefused) and answer.code == ONLY_THEN:
        count.ends[f"refused {ONLY_THEN}"] += 1
        assert held(engine) == before, "a refused plan changed something"
        return False
    count.ends["applied"] += 1
    assert isinstance(answer, AppliedRevision), answer
    after, store = held(engine), open_store(engine)
    assert not lost & after.columns.keys(), "what is encrypted now stands in plain text, too"
    _check_counted(plan, store.models, before, after, lost)
    check_derived(engine)
    check_sealed(open_store(engine))
    count.ends["links given"] += check_given(store, plan, links, said(store))
    check_switched(store, plan, (before, values), (after, values_of(engine)))
    _check_same(engine, folder, pack, loaded)
    if draw.random() < 0.5:
        _check_rollback(engine, plan, then, values, loaded, count)
    return True


def _apply(engine: Engine, loaded: Loaded, plan: Plan) -> AppliedRevision | ApplyRefused:
    return apply_plan(engine, loaded, plan, "law", [step.name for step in plan.destructive])


def _check_same(engine: Engine, folder: Path, pack: Pack, loaded: Loaded) -> None:
    """Nothing is left to do, whatever the order of the files."""
    assert plan_for(engine, loaded).is_empty, "plan after apply"
    models = open_store(engine).models
    assert compare_models(models, models) == (), "a catalog differs from itself"
    assert (differing := compare_schema(engine, models)) == [], differing
    shuffled = pack_in(folder / "shuffled", pack.tree, pack.draw)
    assert shuffled.catalog is not None
    assert loaded.catalog is not None
    assert shuffled.catalog.hash == loaded.catalog.hash, "the order of files"


def _check_counted(plan: Plan, models: Models, before: Held, after: Held, lost: Collection[tuple[str, str]]) -> None:
    """No step changed a row that its plan did not count. `lost` are columns that have to go."""
    spoken, whose = told(plan, models), owners(models)
    for place, cells in before.columns.items():
        assert place in after.columns or place in lost or place[1].endswith(_MADE_AGAIN), f"{place} is gone"
        now = after.columns.get(place)
        if now is None or place[1] in MARKS or place[1].endswith(("__sort", "__fold")):
            continue
        if place[1] != "record" and "id" in {name for table, name in before.columns if table == place[0]}:
            assert now.keys() == cells.keys(), f"rows of {place} came or went"
        was = cells
        if place[1].endswith(ENTITY_SUFFIX):
            was = {row: _carried(plan, each) for row, each in cells.items()}
        elif place[1] == "record":
            here = {column.name for table in models.every_table() if table.name == place[0] for column in table.columns}
            was, now = ({row: _links_carried(plan, each, here) for row, each in some.items()} for some in (cells, now))
        changed = [row for row in {*was, *now} if was.get(row) != now.get(row)]
        if changed and place not in whose and not place[1].endswith(ENTITY_SUFFIX):
            carried = _options_carried(plan)  # what is hidden follows the names of today, too
            changed = [row for row in changed if carried(was.get(row)) != carried(now.get(row))]
        if changed:
            steps = spoken.get(whose.get(place, ""), [])
            words = "\n".join(f"{step.target} {step.kind.words}: {step.impact}" for step in steps)
            assert len(changed) <= may_change(steps), (
                f"{place}: {len(changed)} rows changed, told:\n{words}\n{plan.render()}"
            )


def _carried(plan: Plan, value: Any) -> Any:
    """The name of an entity as it is after the plan."""
    words = (step.target.split(" → ", 1) for step in plan.steps if step.kind is Kind.RENAME_ENTITY)
    return dict(words).get(value, value)


def _links_carried(plan: Plan, links: Any, here: Collection[str]) -> Any:
    """All links of a record, with the names of the entities that they lead to as they are after the plan, and of options in
    columns that are hidden, for they are not `here`.
    """
    if not isinstance(links, tuple):
        return links
    carried = _options_carried(plan)

    def now(column: str, value: Any) -> Any:
        if column.endswith(ENTITY_SUFFIX):
            return _carried(plan, value)
        return value if column in here else carried(value)

    renamed = ([(k, now(k, v)) for k, v in each] for each in links)
    return tuple(sorted(tuple(each) for each in renamed))


def _options_carried(plan: Plan) -> Callable[[Any], Any]:
    """Makes an option or a stage, or all of a list, what it is called after the plan."""
    steps = (step for step in plan.steps if step.kind in {Kind.RENAME_OPTION, Kind.RENAME_STAGE})
    words = dict(step.target.rpartition(".")[2].split(" → ", 1) for step in steps)

    def carried(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(carried(each) for each in value)
        return words.get(value, value) if isinstance(value, str) else value

    return carried


def _check_rollback(
    engine: Engine, plan: Plan, then: AppliedRevision, values: Mapping[str, Any], current: Loaded, count: Count
) -> None:
    """Back to what there was before, with every value that the plan did not change for good, and forth again."""
    forth = values_of(engine)
    lossy = may_be_lost(plan, open_store(engine).models)
    loaded, back = rollback_plan(engine, then)
    if back.blocked and {step.blocks.code for step in back.blocked if step.blocks} <= ONE_WAY:
        count.ends["one way"] += 1
        return
    if back.blocked:
        raise Broken(f"a rollback is blocked: {back.render()}\nforth it was: {plan.render()}")
    there = held(engine)
    lost = lost_places(open_store(engine), back)
    done = _apply(engine, loaded, back)
    assert isinstance(done, AppliedRevision), done
    _check_counted(back, open_store(engine).models, there, held(engine), lost)
    assert rollback_plan(engine, then)[1].is_empty, "plan after rollback"
    assert compare_schema(engine, open_store(engine).models) == []
    check_derived(engine)
    check_sealed(open_store(engine))
    count.ends["rolled back"] += 1
    now = values_of(engine)
    assert now.keys() == values.keys()
    for name, cells in values.items():
        differ = [row for row in {*cells, *now[name]} if cells.get(row) != now[name].get(row)]
        if differ and not lossy(_called_after(plan, name)):
            shown = [(row, cells.get(row), now[name].get(row)) for row in differ[:3]]
            raise Broken(f"{name} after rollback: {shown}\nforth:\n{plan.render()}\nback:\n{back.render()}")
    again = plan_for(engine, current)
    assert not again.blocked, f"forth again: {again.render()}"
    if not again.is_empty:
        assert isinstance(_apply(engine, current, again), AppliedRevision)
    check_derived(engine)
    check_sealed(open_store(engine))
    then_values = values_of(engine)
    for name, cells in forth.items():
        differ = [row for row in {*cells, *then_values[name]} if cells.get(row) != then_values[name].get(row)]
        if differ and not lossy(name):
            shown = [(row, cells.get(row), then_values[name].get(row)) for row in differ[:3]]
            raise Broken(f"{name} forth again: {shown}\nforth:\n{plan.render()}\nback:\n{back.render()}")


def _called_after(plan: Plan, name: str) -> str:
    """How a field, `entity.field`, is called after the plan."""
    entity, _, key = name.partition(".")
    words = dict(step.target.split(" → ", 1) for step in plan.steps if step.kind is Kind.RENAME_ENTITY)
    entity = words.get(entity, entity)
    words = dict(step.target.split(" → ", 1) for step in plan.steps if step.kind is Kind.RENAME_FIELD)
    return f"{entity}.{words.get(f'{entity}.{key}', key)}"


def seeds(count: int) -> Iterator[int]:
    """A seed for each walk, as many as `count` edits take."""
    yield from range(-(-count // EDITS_OF_A_WALK))
