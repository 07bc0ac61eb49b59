"""What is hidden meets other changes: values come back to the field that they are of, and to no other."""

from copy import deepcopy
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.orm.engine import PLAN, UNIT
from app.plan import open_store, plan_for

from .conftest import applied, insert, pack, select, tree

SITE: dict[str, Any] = {"name_field": "name", "fields": {"name": {"type": "text"}}}
VISIT: dict[str, Any] = {
    "name_field": "name",
    "fields": {"name": {"type": "text"}, "note": {"type": "text"}, "site": {"type": "lookup", "to": "site"}},
}
BARE: dict[str, Any] = {"name_field": "name", "fields": {"name": {"type": "text"}}}


def of_code(kind: str, key: str = "code", **more: Any) -> dict[str, Any]:
    """The small pack with its field `code` of another kind, or under another key."""
    found = tree(entities__account__fields__code=None)
    found["entities"]["account"]["fields"][key] = {"type": kind, **more}
    return found


def impacts(engine: Engine, a_tree: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(step.kind.words, step.target, step.impact) for step in plan_for(engine, pack(a_tree)).steps]


def test_a_field_takes_no_values_of_another_that_had_its_key(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "code": "a secret"}, {"name": "y", "code": "12"})
    applied(engine, tree(entities__account__fields__code=None))
    applied(engine, of_code("boolean"))
    applied(engine, tree())
    assert select(engine, "account", "code") == [("no",), ("no",)]


def test_nor_those_that_such_a_field_had_before_it_changed_its_kind(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "code": "07"})
    applied(engine, of_code("integer"))
    applied(engine, tree(entities__account__fields__code=None))
    applied(engine, of_code("boolean"))
    applied(engine, tree())
    assert select(engine, "account", "code") == [("no",)]


def test_what_was_removed_does_not_follow_another_field_of_its_key(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "code": "precious"})
    applied(engine, tree(entities__account__fields__code=None))
    applied(engine, of_code("boolean"))
    renamed = of_code("boolean", "has_code", renamed_from="code")
    applied(engine, renamed)
    both = tree(entities__account__fields__has_code={"type": "boolean"})
    assert ("restore field", "account.code", "1 row, 1 filled") in impacts(engine, both)
    applied(engine, both)
    assert select(engine, "account", "code", "has_code") == [("precious", False)]


def test_a_field_takes_its_values_back_under_another_key(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "code": "007"}, {"name": "y", "code": "abc"})
    applied(engine, of_code("integer", existing="blank"), ["account.code"])
    applied(engine, of_code("integer", "number", renamed_from="code"))
    applied(engine, of_code("text", "number", max_length=20))
    assert select(engine, "account", "number") == [("007",), ("abc",)]


def test_an_entity_comes_back_in_parts(engine: Engine) -> None:
    """What it comes back without is hidden, not lost: nothing is said of what that points to."""
    full = tree(entities__site=SITE, entities__visit=VISIT)
    applied(engine, full)
    insert(engine, "site", {"name": "s"})
    insert(engine, "visit", {"name": "v", "note": "precious", "site": 1})
    applied(engine, tree())
    bare = tree(entities__visit=BARE)
    assert impacts(engine, bare)[0] == ("restore entity", "visit", "1 row")
    applied(engine, bare)
    applied(engine, full)
    assert select(engine, "visit", "note", "site") == [("precious", 1)]


NOTE: dict[str, Any] = {
    "name_field": "name",
    "fields": {
        "name": {"type": "text"},
        "about": {"type": "lookup", "to": ["site", "account"]},
        "more": {"type": "lookup", "many": True, "to": ["site", "account"]},
        "home": {"type": "lookup", "to": "site"},
        "level": {"type": "picklist", "options": "level"},
        "levels": {"type": "picklist", "many": True, "options": "level"},
    },
}
OPTIONS = {"old": {"renamed_from": "a"}, "b": {}}


def note_to(site: str) -> dict[str, Any]:
    """The entity of notes, where sites are called so."""
    found = deepcopy(NOTE)
    for key in ("about", "more"):
        found["fields"][key]["to"] = [site, "account"]
    found["fields"]["home"]["to"] = site
    return found


def filled(engine: Engine) -> None:
    """A database with a note that points to a site and has the option `a` in all its places."""
    applied(engine, tree(entities__site=SITE, entities__note=NOTE))
    insert(engine, "site", {"name": "the old one"})
    insert(engine, "account", {"name": "x"})
    row = {"about": 1, "about__entity": "site", "home": 1, "level": "a"}
    insert(engine, "note", {"name": "n", **row}, {"name": "m", "about": 1, "about__entity": "account"})
    models = open_store(engine).models
    with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        of = {"record": 1, "position": 0, "changed_seq": 1}
        connection.execute(sa.insert(models.many["note.more"].table).values(value=1, value__entity="site", **of))
        connection.execute(sa.insert(models.many["note.levels"].table).values(value="a", **of))


def held(engine: Engine) -> list[Any]:
    """What notes hold."""
    many = open_store(engine).models.many
    with engine.connect() as connection:
        more = connection.execute(sa.select(many["note.more"].table.c["value__entity", "value"])).all()
        levels = connection.execute(sa.select(many["note.levels"].table.c.value)).scalars().all()
    return [*select(engine, "note", "about__entity", "about", "home", "level"), *map(tuple, more), *levels]


@pytest.mark.parametrize("hidden", ["fields", "entity"])
def test_hidden_values_follow_the_names_of_what_they_name(engine: Engine, hidden: str) -> None:
    """Also where something else has got the old names since."""
    filled(engine)
    bare = {"entities__note": BARE} if hidden == "fields" else {}
    place = {**SITE, "renamed_from": "site"}
    applied(engine, tree(entities__site=SITE, **bare))
    applied(engine, tree(entities__place=place, picklists__level__options=OPTIONS, **bare))
    both = {"entities__place": SITE, "entities__site": SITE, "picklists__level__options": {"old": {}, "b": {}, "a": {}}}
    applied(engine, tree(**both, **bare))
    insert(engine, "site", {"name": "another"})
    applied(engine, tree(**both, entities__note=note_to("place")))
    assert held(engine) == [("place", 1, 1, "old"), ("account", 1, None, None), ("place", 1), "old"]
    assert plan_for(engine, pack(tree(**both, entities__note=note_to("place")))).is_empty


@pytest.mark.parametrize("hidden", ["fields", "entity"])
def test_nothing_is_read_as_one_of_another_thing_that_got_the_name(engine: Engine, hidden: str) -> None:
    filled(engine)
    bare = {"entities__note": BARE} if hidden == "fields" else {}
    applied(engine, tree(entities__site=SITE, **bare))
    applied(engine, tree(entities__place={**SITE, "renamed_from": "site"}, **bare))
    both = {"entities__place": SITE, "entities__site": SITE}
    applied(engine, tree(**both, **bare))
    insert(engine, "site", {"name": "another"})
    plan = plan_for(engine, pack(tree(**both, entities__note=NOTE)))
    if hidden == "entity":
        assert {step.blocks.code for step in plan.blocked if step.blocks} >= {"PLN514"}
        return
    applied(engine, tree(**both, entities__note=NOTE))
    assert held(engine) == [(None, None, None, "a"), (None, None, None, None), "a"]


def test_what_comes_back_with_the_change_that_renames(engine: Engine) -> None:
    filled(engine)
    applied(engine, tree(entities__site=SITE, entities__note=BARE))
    now = tree(entities__place={**SITE, "renamed_from": "site"}, entities__note=note_to("place"))
    assert ("restore field", "note.about", "2 rows, 2 filled") in impacts(engine, now)
    applied(engine, now)
    assert held(engine) == [("place", 1, 1, "a"), ("account", 1, None, None), ("place", 1), "a"]


def test_options_that_get_another_name_with_the_change_that_brings_a_field_back(engine: Engine) -> None:
    filled(engine)
    applied(engine, tree(entities__site=SITE, entities__note=BARE))
    now = tree(entities__site=SITE, entities__note=NOTE, picklists__level__options=OPTIONS)
    applied(engine, now)
    assert held(engine)[0][-1] == "old"


def test_an_option_gets_another_name_with_the_change_that_removes_a_field(engine: Engine) -> None:
    filled(engine)
    applied(engine, tree(entities__site=SITE, entities__note=BARE, picklists__level__options=OPTIONS))
    later = {"entities__site": SITE, "picklists__level__options": {"old": {}, "b": {}, "a": {}}}
    applied(engine, tree(entities__note=BARE, **later))
    applied(engine, tree(entities__note=NOTE, **later))
    assert (held(engine)[0][-1], held(engine)[-1]) == ("old", "old")


def test_a_value_from_before_a_change_of_kind_follows_its_option(engine: Engine) -> None:
    insert(engine, "account", {"name": "x", "level": "a"}, {"name": "y", "level": "b"})
    text = {"entities__account__fields__level": {"type": "text"}}
    applied(engine, tree(**text))
    applied(engine, tree(**text, picklists__level__options={"old": {"renamed_from": "a"}, "b": {"label": "Bee"}}))
    applied(engine, tree(picklists__level__options={"old": {}, "b": {"label": "Bee"}}))
    assert select(engine, "account", "level") == [("old",), ("b",)]
