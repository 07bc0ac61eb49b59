"""Renames by `renamed_from`: names change, rows stay, and what names the thing follows."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.access import reading
from app.orm.engine import open_engine
from app.orm.framework import FRAMEWORK, audit, stage_move
from app.orm.search import audiences, match
from app.orm.types import JSON
from app.plan import AppliedRevision, apply_plan, census, load_revision, open_store, plan_for
from app.plan.drift import compare_schema, fingerprint
from app.plan.rollback import rollback_plan
from app.record import Change, Saved, create, digest_of, history, set_roles, update
from tests.databases import place
from tests.unit.approving import PEOPLE, SEED, Office, tree_of

from .conftest import SMALL, applied, insert, pack, prepare_small, select, tree


def test_every_column_that_may_hold_a_name_is_in_the_census_once() -> None:
    kept = [*census.OF_ENTITIES, *census.OF_FIELDS, *census.OF_STAGES]
    said = [
        *(f"{column.table.name}.{column.name}" for column in kept),
        *census.REWRITTEN,
        *census.AS_WRITTEN,
        *(f"{table}.{name}" for table, names in census.NO_NAMES.items() for name in names.split()),
    ]
    there = {
        f"{table.name}.{column.name}"
        for table in FRAMEWORK.tables.values()
        for column in table.columns
        if isinstance(column.type, sa.Text | type(JSON)) or column.name == "names" or "snapshot" in column.name
    }
    assert there - set(said) == set()  # say in `census` what becomes of it when something is renamed
    assert set(said) - there == set()
    assert len(said) == len(set(said))


def before() -> dict[str, Any]:
    """Deals with what else may name things: options, several options, stages, numbers, links to several entities."""
    tree = tree_of()
    fields = tree["entities"]["deal"]["fields"]
    fields["name"]["searchable"] = True
    fields |= {
        "number": {"type": "sequence", "pattern": "D-{seq:03}"},
        "rank": {"type": "picklist", "options": {"a": {}, "b": {}}},
        "ranks": {"type": "picklist", "many": True, "options": {"a": {}, "b": {}}},
        "about": {"type": "lookup", "to": ["deal", "line"], "inverse": "told_by"},
        "near": {"type": "lookup", "to": ["deal", "line"], "many": True, "inverse": "near_to"},
        "paper": {"type": "file"},
    }
    return tree


NEW_NAMES = {
    "deal": "opportunity", "name": "title", "amount": "value", "stage": "phase", "number": "code", "rank": "grade",
    "ranks": "grades", "about": "topic", "near": "close_to", "proposal": "offer", "negotiation": "bargain", "a": "gold",
}  # fmt: skip
_WORD = re.compile("|".join(rf"(?<![\w.]){old}(?=[\" .)])" for old in NEW_NAMES))


def after() -> dict[str, Any]:
    """The same with other names for most of it."""
    old = before()
    text = _WORD.sub(lambda found: NEW_NAMES[found[0]], json.dumps(old))
    tree = json.loads(text.replace('"type": "phase"', '"type": "stage"'))
    for entity in ("line", "user", "department", "team"):
        if entity in tree["entities"]:
            tree["entities"][entity] = {**old["entities"][entity], "fields": tree["entities"][entity]["fields"]}
    line = tree["entities"]["line"]
    line["fields"]["name"] = line["fields"].pop("title")
    line["fields"]["deal"] = line["fields"].pop("opportunity")
    thing = tree["entities"]["opportunity"]
    thing["renamed_from"] = "deal"
    for key in ("name", "amount", "stage", "number", "rank", "ranks", "about", "near"):
        thing["fields"][NEW_NAMES[key]]["renamed_from"] = key
    for key in ("grade", "grades"):
        thing["fields"][key]["options"]["gold"]["renamed_from"] = "a"
    for old_name, new in (("proposal", "offer"), ("negotiation", "bargain")):
        thing["pipelines"]["direct"]["stages"][new]["renamed_from"] = old_name
    return tree


def office_of(engine: Engine, office: Office | None = None) -> Office:
    """People at work on the applied revision."""
    store = open_store(engine)
    if office is not None:
        return Office(store, office.ids)
    saved = create(store, SEED, "user", [{"name": each.title(), "login": each} for each in PEOPLE], door="seed")
    assert isinstance(saved, Saved)
    ids = dict(zip(PEOPLE, saved.ids, strict=True))
    changes = [Change(ids[key], {"manager": ids[above]}) for key, (_, above) in PEOPLE.items() if above is not None]
    assert isinstance(update(store, SEED, "user", changes, door="seed"), Saved)
    for login, (role, _) in PEOPLE.items():
        assert isinstance(set_roles(store, SEED, ids[login], (role,), door="seed"), Saved)
    return Office(store, ids)


def test_all_that_names_a_thing_follows_it(bare: Engine) -> None:
    applied(bare, before())
    old = office_of(bare)
    first = old.deal(rank="b", ranks=["b"])
    second = old.deal(name="Other", about={"entity": "deal", "id": first}, near=[{"entity": "deal", "id": first}])
    assert isinstance(old.change("rep", first, amount="250000", rank="a", ranks=["a", "b"]), Saved)
    asked = old.asked(first)
    shape = fingerprint_of_tables(bare)

    plan = plan_for(bare, pack(after()))
    assert not plan.blocked, plan.render()
    assert {step.kind.words for step in plan.steps} <= {
        "rename entity", "rename field", "rename option", "rename stage", "labels", "layout", "order",
    }  # fmt: skip
    applied(bare, after())
    assert plan_for(bare, pack(after())).is_empty
    assert fingerprint_of_tables(bare) == shape  # names of things, not of tables
    assert compare_schema(bare, open_store(bare).models) == []

    new = office_of(bare, old)
    boss = new.actor("boss")
    with reading(new.store, boss) as session:
        model = new.store.models.classes["opportunity"]
        row = session.execute(sa.select(model).where(model.id == first)).scalar_one()
        assert (row.title, str(row.value), row.phase, row.grade) == ("Deal", "250000.0000", "offer", "gold")
        other = session.execute(sa.select(model).where(model.id == second)).scalar_one()
        assert (other.topic, other.topic__entity) == (first, "opportunity")
        told = history(session, new.store.catalog, boss, "opportunity", first)
        assert [each.action for each in told] == ["ask", "update", "create"]
        changed = {each.field: (each.old, each.new) for each in told[1].changes}
        assert changed == {
            "value": ("200000.0000", "250000.0000"), "grade": ("b", "gold"), "grades": (["b"], ["gold", "b"])
        }  # fmt: skip
        found = sa.select(model.id).where(match(new.store.models, "opportunity", audience_names(new), "deal"))
        assert list(session.execute(found).scalars()) == [first]
    third = create(new.store, SEED, "opportunity", [{"title": "Third", "reason": "x"}], door="seed")
    assert isinstance(third, Saved)
    assert stored(new, "opportunity", third.ids[0])["code"] == "D-003"

    (approval,) = new.inbox("manager")
    assert (approval.id, approval.entity, approval.field, approval.stage_to) == (
        asked,
        "opportunity",
        "phase",
        "bargain",
    )
    assert isinstance(new.says("manager", asked), Saved)
    assert stored(new, "opportunity", first)["phase"] == "bargain"
    with bare.connect() as connection:
        moves = connection.execute(
            sa.select(stage_move.c.entity, stage_move.c.field, stage_move.c.stage_to).where(
                stage_move.c.record == first
            )
        )
        assert [tuple(each) for each in moves] == [
            ("opportunity", "phase", "offer"),
            ("opportunity", "phase", "bargain"),
        ]
        lines = connection.execute(sa.select(audit)).mappings().all()
        assert all(line["digest"] == digest_of(line) for line in lines)
        assert {line["entity"] for line in lines} == {"user", "deal", "opportunity", "-"}


def audience_names(office: Office) -> list[str]:
    return list(audiences(office.store.catalog, "opportunity"))


def stored(office: Office, entity: str, record: int) -> Any:
    table = office.store.models.tables[entity]
    with office.store.system_reading() as connection:
        return connection.execute(sa.select(table).where(table.c.id == record)).mappings().one()


def fingerprint_of_tables(engine: Engine) -> str:
    with engine.connect() as connection:
        return fingerprint(connection)


FIELD = "entities__account__fields__"


def renamed(**fields: list[str]) -> dict[str, Any]:
    """The small pack in which the field `code` has another key, or several of that type."""
    made = {FIELD + key: {"type": "text", "max_length": 20, "renamed_from": old} for key, old in fields.items()}
    return tree(**{FIELD + "code": None, **made})


def what(engine: Engine, a_tree: dict[str, Any]) -> list[str]:
    plan = plan_for(engine, pack(a_tree))
    return [f"{step.kind.words} {step.target}" for step in plan.steps if step.kind.words != "order"]


def test_old_names_are_followed_over_several_revisions_and_past_one_that_was_left_out(bare: Engine) -> None:
    applied(bare, tree())
    insert(bare, "account", {"name": "A", "code": "q7"})
    assert what(bare, renamed(mark=["number", "code"])) == ["rename field account.code → mark"]
    applied(bare, renamed(number=["code"]))
    assert what(bare, renamed(mark=["number", "code"])) == ["rename field account.number → mark"]
    applied(bare, renamed(mark=["number", "code"]))
    again = renamed(code=["mark"])
    assert what(bare, again) == ["rename field account.mark → code"]
    applied(bare, again)
    assert select(bare, "account", "code") == [("q7",)]
    assert plan_for(bare, pack(again)).is_empty


def test_a_name_of_the_past_alone_is_no_rename(bare: Engine) -> None:
    level = {"entities__account__fields__level__options": {"a": {}, "b": {}}}
    applied(bare, tree(**level))
    insert(bare, "account", {"name": "A", "code": "q7", "level": "b"})
    salary = renamed(salary=["code"])
    salary["entities"]["account"]["fields"]["level"]["options"] = {"a": {}, "c": {"renamed_from": ["b"]}}
    applied(bare, salary)
    plan = plan_for(bare, pack(tree(**level)))
    steps = {f"{each.kind.words} {each.target}": each for each in plan.steps}
    hint = "salary was called so once: if it is meant, write `renamed_from: salary`"
    assert steps["add field account.code"].impact == hint
    assert "drop field account.salary" in steps
    assert steps["add option account.level.b"].impact.startswith("c was called so once")
    assert [(each.target, each.blocks and each.blocks.code) for each in plan.blocked] == [("account.level.c", "PLN524")]
    plain = tree(**{**level, "entities__account__fields__level__options": {"a": {}, "c": {}}})
    applied(bare, plain)
    assert select(bare, "account", "code", "level") == [(None, "c")]  # a new field: what is kept is not shown in it


def test_a_name_that_nothing_had_carries_nothing(sqlite: Engine) -> None:
    assert what(sqlite, tree(**{FIELD + "more": {"type": "text", "renamed_from": ["nothing"]}})) == [
        "add field account.more"
    ]


def test_the_field_that_names_records_unsaid_may_be_renamed(sqlite: Engine) -> None:
    """Before, its sort key stood in the way: `name_field` was taken for the old name still."""
    usual = tree(entities__account__name_field=None)
    applied(sqlite, usual)
    insert(sqlite, "account", {"name": "Zoo", "name__sort": "zoo"})
    fields = {"title" if key == "name" else key: each for key, each in usual["entities"]["account"]["fields"].items()}
    fields["title"] = {**fields["title"], "renamed_from": "name"}
    wanted = tree(entities__account__name_field="title", entities__account__fields=fields)
    (step,) = plan_for(sqlite, pack(wanted)).steps
    assert (step.target, step.impact) == ("account.name → title", "followed by 1 entity")
    applied(sqlite, wanted)
    assert select(sqlite, "account", "title", "title__sort") == [("Zoo", "zoo")]
    assert compare_schema(sqlite, open_store(sqlite).models) == []


def test_a_new_thing_may_be_called_as_another_one_was(sqlite: Engine) -> None:
    insert(sqlite, "account", {"name": "A", "code": "q7"})
    applied(sqlite, renamed(mark=["code"]))
    both = tree(**{FIELD + "mark": {"type": "text", "max_length": 20}, FIELD + "code": {"type": "integer"}})
    assert what(sqlite, both) == ["add field account.code"]
    applied(sqlite, both)
    assert select(sqlite, "account", "mark", "code") == [("q7", None)]
    assert load_revision(sqlite).names["account.code"] != "code"
    assert compare_schema(sqlite, open_store(sqlite).models) == []


def test_the_name_of_something_that_was_removed_is_not_given_to_another(sqlite: Engine) -> None:
    applied(sqlite, tree(**{FIELD + "code": None}))
    again = tree(**{FIELD + "code": {"type": "integer", "renamed_from": ["size"]}, FIELD + "size": None})
    (step,) = plan_for(sqlite, pack(again)).blocked
    assert (step.target, step.blocks and step.blocks.code) == ("account.size → code", "PLN536")


def test_conditions_on_an_option_that_gets_another_name_are_tried_on_rows_with_its_old_one(sqlite: Engine) -> None:
    insert(sqlite, "account", {"name": "A", "level": "a"})
    rule = {"none": {"require": 'level != "z"', "message": "No."}}
    options = {"z": {"renamed_from": ["a"], "retired": True}, "b": {}}
    found = tree(picklists__level__options=options, entities__account__rules=rule)
    steps = {f"{step.kind.words} {step.target}": step.impact for step in plan_for(sqlite, pack(found)).steps}
    assert steps["add rule account.none"] == "would refuse 1 of 1 existing rows: ids 1"
    assert steps["retire option level.z"] == "kept by 1 row"


SRC: dict[str, Any] = {FIELD + "src": {"type": "picklist", "options": "source"}}


def crossed(source: dict[str, Any], level: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The small pack with two lists, in which names may cross."""
    return tree(picklists__source={"options": source}, picklists__level={"options": level}, **{**SRC, **more})


def blocks(engine: Engine, a_tree: dict[str, Any]) -> list[tuple[str, str]]:
    return [(step.target, step.blocks.code) for step in plan_for(engine, pack(a_tree)).blocked if step.blocks]


def test_each_list_asks_in_its_own_old_words(bare: Engine) -> None:
    applied(bare, crossed({"it": {}, "fair": {}}, {"tech": {}, "b": {}}))
    insert(bare, "account", {"name": "x", "src": "it", "level": "tech"})
    renamed_level = {"it": {"renamed_from": ["tech"]}, "b": {}}
    assert blocks(bare, crossed({"fair": {}}, renamed_level)) == [("source.it", "PLN524")]
    kept = {"it": {}, "fair": {}}
    moved = {
        FIELD + "src": {"type": "picklist", "options": "level"}
    }  # to a list that happens to have an option `it` now
    plan = plan_for(bare, pack(crossed(kept, renamed_level, **moved)))
    (step,) = (each for each in plan.steps if each.kind.words == "rename option")
    assert step.impact.startswith("1 row")  # not those of the field that held another list
    merged = {"new": {"renamed_from": ["tech"], "replaced_by": "b", "retired": True}, "b": {}}
    (step,) = (each for each in plan_for(bare, pack(crossed(kept, merged))).steps if each.kind.words == "merge option")
    assert (step.impact, step.risk) == ("1 row becomes b", "destructive")
    applied(bare, crossed(kept, merged), ["level.new"])
    assert select(bare, "account", "src", "level") == [("it", "b")]


def test_conditions_are_asked_in_the_old_words_of_the_field_that_they_compare(bare: Engine) -> None:
    applied(bare, crossed({"p": {}, "q": {}}, {"tech": {}, "b": {}}))
    insert(bare, "account", {"name": "x", "src": "p", "level": "tech"}, {"name": "y", "src": "q", "level": "tech"})

    def asked(condition: str, **more: Any) -> list[tuple[str, str, str]]:
        rules = {"entities__account__rules": {"r": {"require": condition, "message": "No.", **more}}}
        found = crossed({"p": {}, "q": {}}, {"p": {"renamed_from": ["tech"]}, "b": {}}, **rules)
        steps = [each for each in plan_for(bare, pack(found)).steps if each.target == "account.r"]
        return [(each.target, each.blocks.code if each.blocks else "", each.impact) for each in steps]

    def refused(ids: str, of: int) -> list[tuple[str, str, str]]:
        return [("account.r", "PLN526", f"would refuse {of} of 2 existing rows: ids {ids}")]

    assert asked('src != "p"') == refused("1", 1)
    assert asked('level != "p"') == refused("1, 2", 2)
    assert asked('level in ["b"] or src in ["p"]') == refused("2", 1)
    assert asked('if(src == "p", level, "b") == "b"') == refused("1", 1)
    assert asked("not is_blank(level)") == [("account.r", "", "")]
    assert asked("level != src") == [("account.r", "PLN537", "")]  # what is alike afterwards is not before
    (warned,) = asked("level != src", severity="warning")
    assert warned[1] == ""
    assert warned[2].startswith("not tried: ")


def test_stages_of_one_field_are_renamed_in_all_its_pipelines(sqlite: Engine) -> None:
    def lines(**stages: Any) -> dict[str, Any]:
        made = {key: {"field": "step", "label": key, "stages": each} for key, each in stages.items()}
        step = {FIELD + "step": {"type": "stage"}}
        return tree(entities__account__pipelines=made, **step)

    both = {"one": {"open": {}, "won": {}}, "two": {"open": {}, "won": {}}}
    new = {"open": {}, "gained": {"renamed_from": ["won"]}}
    applied(sqlite, lines(**both))
    (step,) = plan_for(sqlite, pack(lines(one=new, two=both["two"]))).blocked
    assert step.blocks is not None
    assert step.blocks.code == "PLN535"
    assert what(sqlite, lines(one=new, two=new)) == [
        "rename stage account.one.won → gained", "rename stage account.two.won → gained"
    ]  # fmt: skip


def test_another_name_and_another_type_in_one_step(sqlite: Engine) -> None:
    insert(sqlite, "account", {"name": "A", "code": "q7"})
    longer = tree(**{FIELD + "code": None, FIELD + "mark": {"type": "long_text", "renamed_from": ["code"]}})
    assert what(sqlite, longer)[:2] == ["rename field account.code → mark", "change type account.mark"]
    applied(sqlite, longer)
    assert select(sqlite, "account", "mark") == [("q7",)]


def test_defaults_and_what_takes_the_place_of_an_option_follow_it(sqlite: Engine) -> None:
    level = "picklists__level__options"
    with_default = {FIELD + "level": {"type": "picklist", "options": "level", "default": "a"}}
    old = {"a": {}, "b": {"retired": True, "replaced_by": "a"}}
    applied(sqlite, tree(**{level: old}, **with_default))
    with_default[FIELD + "level"] = {"type": "picklist", "options": "level", "default": "z"}
    new = {"z": {"renamed_from": ["a"]}, "b": {"retired": True, "replaced_by": "z"}}
    assert what(sqlite, tree(**{level: new}, **with_default)) == ["rename option level.a → z"]


def test_converted_values_follow_the_name(sqlite: Engine) -> None:
    insert(sqlite, "account", {"name": "A", "code": "0012"})
    number = tree(**{FIELD + "code": None, FIELD + "mark": {"type": "integer", "renamed_from": ["code"]}})
    assert [step.name for step in plan_for(sqlite, pack(number)).blocked] == []
    applied(sqlite, number)
    assert select(sqlite, "account", "mark") == [(12,)]
    assert plan_for(sqlite, pack(number)).is_empty
    loaded, back = rollback_plan(sqlite, load_revision(sqlite, 1))
    assert not back.blocked, back.render()
    assert isinstance(
        apply_plan(sqlite, loaded, back, "tester", [each.name for each in back.destructive]), AppliedRevision
    )
    assert select(sqlite, "account", "code") == [("0012",)]  # as it was written
    again = plan_for(sqlite, pack(number))
    assert not again.blocked, again.render()


def test_a_removed_field_comes_back_to_an_entity_of_another_name(sqlite: Engine) -> None:
    insert(sqlite, "account", {"name": "A", "code": "q7"})
    applied(sqlite, tree(**{FIELD + "code": None}))
    moved = {**tree()["entities"]["account"], "renamed_from": ["account"]}
    old = tree()
    grant = old["roles"]["rep"]["grants"]
    new = {**old, "entities": {"customer": moved}, "roles": {"rep": {"grants": {"customer": grant["account"]}}}}
    assert what(sqlite, new) == ["rename entity account → customer", "restore field customer.code"]
    applied(sqlite, new)
    assert select(sqlite, "customer", "code") == [("q7",)]


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Engine]:
    """The small pack, applied: what these tests ask is not about a database."""
    place(sqlite_url, SMALL, prepare_small)
    engine = open_engine(sqlite_url)
    yield engine
    engine.dispose()
