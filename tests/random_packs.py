"""Random small packs, and the law of plan and apply over a walk through several of them."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from app.loading import Loaded, catalog_of_tree
from app.orm.engine import PLAN, UNIT
from app.orm.models import physical_names
from app.orm.types import now
from app.plan import AppliedRevision, ApplyRefused, Plan, apply_plan, first_apply, load_revision, open_store, plan_for
from app.plan.drift import compare_schema, fingerprint
from app.plan.purge import purge, purge_plan
from app.plan.rollback import rollback_plan
from app.plan.tombstone import every_tombstone

CODE = "{}@b.cn"  # a text that is an address, so that texts of every type hold it


def texts() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"type": st.sampled_from(["text", "long_text", "email"])},
        optional={
            "unique": st.booleans(),
            "indexed": st.booleans(),
            "searchable": st.booleans(),
            "max_length": st.integers(len(CODE), 50),
        },
    ).flatmap(with_case)


def with_case(field: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.booleans().map(
        lambda ignore: {**field, "ignore_case": True} if ignore and field["type"] == "text" else field
    )


def numbers() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"type": st.sampled_from(["integer", "money", "percent"])},
        optional={"min": st.integers(-5, 0), "max": st.integers(10, 20), "indexed": st.booleans()},
    )


def fields() -> st.SearchStrategy[dict[str, Any]]:
    options = st.lists(st.sampled_from("abc"), min_size=1, unique=True).map(lambda keys: {key: {} for key in keys})
    lookup = st.sampled_from([{"type": "lookup", "to": "thing"}, {"type": "user"}])
    some: dict[str, st.SearchStrategy[Any]] = {
        "code": texts(),
        "size": numbers(),
        "up": lookup,
        "level": options.map(lambda found: {"type": "picklist", "options": found}),
        "flag": st.fixed_dictionaries({"type": st.just("boolean")}, optional={"default": st.booleans()}),
    }
    name = st.just({"type": "text", "required": True})
    return st.fixed_dictionaries({"name": name}, optional=some)


def things() -> st.SearchStrategy[dict[str, Any]]:
    """Some of the kinds that no table hangs on, each with up to two things."""
    where = st.sampled_from(["true", 'name == "a"'])
    action = st.sampled_from([{"tag": {"add": ["a"]}}, {"move_stage": {"to": "won"}}, {"set": {"name": "x"}}])
    some: dict[str, st.SearchStrategy[Any]] = {
        "automations": st.fixed_dictionaries(
            {"trigger": st.sampled_from([{"event": "create"}, {"every": "day", "at": "08:00"}])}
        ).flatmap(lambda found: action.map(lambda each: {"entity": "thing", **found, "actions": {"a": each}})),
        "views": where.map(lambda text: {"entity": "thing", "where": text, "columns": ["name"]}),
        "reports": where.map(
            lambda text: {"entity": "thing", "where": text, "measures": {"all": {"count": "records"}}}
        ),
        "templates": st.sampled_from(["a", "b"]).map(lambda text: {"for": "document", "body": {"en": {"text": text}}}),
    }
    folders = {
        folder: st.dictionaries(st.sampled_from(["one", "two"]), thing, max_size=2) for folder, thing in some.items()
    }
    backups = st.sampled_from([{}, {"full": {"every": "day"}}, {"encrypt": False}])
    return st.fixed_dictionaries({}, optional={**folders, "backups": backups})


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Any]:
    """A pack with one entity, whose lists and keys refer to its own fields, and up to two roles."""
    found = draw(fields())
    some = st.lists(st.sampled_from(sorted(found)), unique=True)
    entity: dict[str, Any] = {"name_field": "name", "fields": found}
    if draw(st.booleans()):
        entity["list"] = {"columns": draw(some), "sort": draw(some)}
    if draw(st.booleans()):
        entity["keys"] = {"pair": {"fields": draw(st.lists(st.sampled_from(sorted(found)), min_size=1, unique=True))}}
    scopes = st.sampled_from(["none", "own", "all"])
    grant = st.fixed_dictionaries({}, optional={"read": scopes, "update": scopes, "create": st.booleans()})
    roles = draw(st.dictionaries(st.sampled_from(["rep", "boss"]), grant.map(lambda each: {"grants": {"thing": each}})))
    return {"entities": {"thing": entity}, "roles": roles, **draw(things())}


def check_walk(new_database: Callable[[], Engine], walk: list[dict[str, Any]]) -> None:
    """Applies one pack after the other to a database with rows.

    Plan after apply is empty; a blocked plan changes nothing; no drift comes of applying. What stays keeps its values; a
    rollback brings all of them back, and what was rolled back can be applied again. Tables grown step by step equal those
    made at once, when what was removed on the way is purged.
    """
    engine, at_once = new_database(), new_database()
    current = pack_of(walk[0])
    first_apply(engine, current)
    insert_two(engine)
    for tree in walk[1:]:
        wanted = pack_of(tree)
        plan = plan_for(engine, wanted)
        before, rows, then = tables_of(engine), every_value(engine), load_revision(engine)
        answer = _carried_out(engine, wanted, plan)
        if plan.blocked:
            assert not isinstance(answer, AppliedRevision)
            assert tables_of(engine) == before
        else:
            assert isinstance(answer, AppliedRevision), answer
            current = wanted
            _check_rollback(engine, then, rows, current)
        assert plan_for(engine, current).is_empty
        assert compare_schema(engine, open_store(engine).models) == []
    _check_purged(engine)
    if _plain_names(engine):
        first_apply(at_once, current)
        assert tables_of(engine) == tables_of(at_once)
    engine.dispose()
    at_once.dispose()


def _carried_out(engine: Engine, wanted: Loaded, plan: Plan) -> AppliedRevision | ApplyRefused:
    return apply_plan(engine, wanted, plan, "law", [step.name for step in plan.destructive])


def _check_rollback(engine: Engine, then: AppliedRevision, rows: dict[str, Any], current: Loaded) -> None:
    """Back to `then` and its `rows`, and forth again."""
    after = every_value(engine)
    loaded, plan = rollback_plan(engine, then)
    assert not plan.blocked, plan.render()
    if not plan.is_empty:
        answer = _carried_out(engine, loaded, plan)
        assert isinstance(answer, AppliedRevision), answer
    assert rollback_plan(engine, then)[1].is_empty
    assert every_value(engine) == rows
    again = plan_for(engine, current)
    assert not again.blocked, again.render()
    if not again.is_empty:
        assert isinstance(_carried_out(engine, current, again), AppliedRevision)
    assert every_value(engine) == after


def _check_purged(engine: Engine) -> None:
    far = dt.date(2999, 1, 1)
    for name in dict.fromkeys(each.name for each in every_tombstone(engine)):
        if name in {each.name for each in every_tombstone(engine)}:
            plan = purge_plan(engine, name, far)
            assert isinstance(plan, Plan), plan
            done = purge(engine, plan, "law", far)
            assert isinstance(done, AppliedRevision), done
    assert not every_tombstone(engine)
    assert compare_schema(engine, open_store(engine).models) == []


def _plain_names(engine: Engine) -> bool:
    """Whether everything has the physical name that it would have been given first."""
    models = open_store(engine).models
    plain = physical_names(models.catalog, {})
    return all(models.names[key] == name for key, name in plain.items())


def every_value(engine: Engine) -> dict[str, Any]:
    """All values of all fields."""
    models = open_store(engine).models
    found: dict[str, Any] = {}
    with engine.connect() as connection:
        for key, entity in models.catalog.entities.items():
            c = models.tables[key].c
            keys = [each.key for each in entity.fields.values() if not each.is_list]
            query = sa.select(c.id, *(c[each] for each in sorted(keys))).order_by(c.id)
            found[key] = (sorted(keys), [tuple(row) for row in connection.execute(query)])
    return found


def pack_of(tree: dict[str, Any]) -> Loaded:
    """A pack without files."""
    return Loaded(catalog_of_tree(tree), (), tree, {}, {})


def insert_two(engine: Engine) -> None:
    """Two rows that no key of `trees` can find equal: what they could share only the first of them has."""
    models = open_store(engine).models
    table, fields = models.tables["thing"], models.catalog.entities["thing"].fields
    first: dict[str, Any] = {"up": 1} if "up" in fields and fields["up"].type == "lookup" else {}
    options = list(models.catalog.choices("thing", "level"))
    stamps = {"created_at": now(), "updated_at": now()}
    with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        for number, more in ((1, {**first, **({"level": options[0]} if options else {})}), (2, {})):
            row = {"flag": number == 1, "code": CODE.format(number), "size": number, **more}
            known = {key: value for key, value in row.items() if key in fields}
            values = {"id": number, "name": f"n{number}", **stamps, **known}
            connection.execute(sa.insert(table).values({table.c[key]: value for key, value in values.items()}))


def tables_of(engine: Engine) -> str:
    """A fingerprint of all tables."""
    with engine.connect() as connection:
        return fingerprint(connection)
