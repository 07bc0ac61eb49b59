"""What is said of each link: own fields that come, go and come back, and the options that they hold."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.orm.engine import PLAN, UNIT
from app.plan import ApplyRefused, apply_plan, load_revision, open_store, plan_for
from app.plan.drift import compare_schema
from app.plan.purge import purge, purge_plan
from app.plan.rollback import revision_before, rollback_plan

from .conftest import applied, insert, pack, tree
from .test_tombstones import held, impacts, is_whole, run

FRIENDS = "entities__account__fields__friends"
OWN: dict[str, Any] = {
    "since": {"type": "date"},
    "rank": {"type": "picklist", "options": {"x": {}, "y": {}}},
    "level": {"type": "picklist", "options": "level"},
}


def with_links(own: dict[str, Any], **more: Any) -> dict[str, Any]:
    friends = {"type": "lookup", "to": "account", "many": True, "inverse": "of", "link_fields": own}
    return tree(**{FRIENDS: friends, **more})


def without(*keys: str) -> dict[str, Any]:
    return {key: each for key, each in OWN.items() if key not in keys}


@pytest.fixture
def filled(engine: Engine) -> Engine:
    applied(engine, with_links(OWN))
    insert(engine, "account", {"name": "a"}, {"name": "b"}, {"name": "c"})
    row = "INSERT INTO crm_account__friends (record, value, position, changed_seq, own_since, own_rank, own_level) VALUES "
    run(
        engine,
        row + "(1, 2, 0, 1, '2026-05-01', 'x', 'b'), (1, 3, 1, 1, NULL, 'y', 'a'), (3, 1, 0, 1, NULL, 'x', NULL)",
    )
    return engine


def said(engine: Engine, *keys: str) -> list[tuple[Any, ...]]:
    table = open_store(engine).models.many["account.friends"].table
    with engine.connect() as connection:
        rows = connection.execute(sa.select(*(table.c[f"own_{key}"] for key in keys)).order_by("record", "value"))
        return [tuple(each) for each in rows]


def test_an_own_field_of_links_goes_and_comes_back(filled: Engine) -> None:
    fewer = with_links(without("since", "rank"))
    assert [each.partition(" until")[0] for each in impacts(filled, fewer)] == [
        "- drop field account.friends.since 3 rows, 1 filled → kept as a tombstone",
        "- drop field account.friends.rank 3 rows, 3 filled → kept as a tombstone",
    ]
    applied(filled, fewer)
    assert plan_for(filled, pack(fewer)).is_empty
    assert is_whole(filled)
    assert held(filled) == [
        ("account.friends.rank", "crm_account__friends.own_rank", 3, 3),
        ("account.friends.since", "crm_account__friends.own_since", 3, 1),
    ]
    back = with_links(without("rank"))
    assert impacts(filled, back) == ["+ restore field account.friends.since 3 rows, 1 filled"]
    applied(filled, back)
    assert said(filled, "since") == [(dt.date(2026, 5, 1),), (None,), (None,)]
    assert is_whole(filled)
    assert [name for name, *_ in held(filled)] == ["account.friends.rank"]


def test_a_rollback_brings_what_links_said_back(filled: Engine) -> None:
    applied(filled, with_links({}))
    loaded, plan = rollback_plan(filled, revision_before(filled))
    assert not isinstance(apply_plan(filled, loaded, plan, "tester"), ApplyRefused)
    assert said(filled, "since", "rank", "level")[0] == (dt.date(2026, 5, 1), "x", "b")
    assert held(filled) == []
    assert is_whole(filled)


def test_another_type_under_the_name_of_a_removed_one_stands_beside_it(filled: Engine) -> None:
    applied(filled, with_links(without("since")))
    other = with_links({**OWN, "since": {"type": "integer"}})
    assert impacts(filled, other) == ["+ add field account.friends.since"]
    applied(filled, other)
    assert said(filled, "since") == [(None,)] * 3
    assert is_whole(filled)
    applied(filled, with_links(without("since")))
    assert [place for name, place, *_ in held(filled)] == [
        "crm_account__friends.own_since_2",
        "crm_account__friends.own_since",
    ]
    applied(filled, with_links(OWN))
    assert said(filled, "since")[0] == (dt.date(2026, 5, 1),)
    assert [place for name, place, *_ in held(filled)] == ["crm_account__friends.own_since_2"]
    day = dt.date(2999, 1, 1)
    purge(filled, purge_plan(filled, "account.friends.since", day), "tester", day)
    assert said(filled, "since")[0] == (dt.date(2026, 5, 1),)
    assert is_whole(filled)


def test_another_type_is_said_to_be_a_new_field(filled: Engine) -> None:
    other = with_links({**OWN, "since": {"type": "integer"}})
    plan = plan_for(filled, pack(other))
    assert [step.blocks.code for step in plan.steps if step.blocks] == ["PLN513"]
    assert "add another field to `link_fields`" in plan.render()


def test_what_goes_follows_its_field_and_goes_with_it(filled: Engine) -> None:
    applied(filled, with_links(without("since")))
    renamed = with_links(without("since"))
    fields = renamed["entities"]["account"]["fields"]
    fields["pals"] = {**fields.pop("friends"), "renamed_from": "friends"}
    applied(filled, renamed)
    assert [name for name, *_ in held(filled)] == ["account.pals.since"]
    fields["pals"]["link_fields"]["since"] = OWN["since"]
    assert impacts(filled, renamed) == ["+ restore field account.pals.since 3 rows, 1 filled"]
    del fields["pals"]
    applied(filled, renamed)
    assert compare_schema(filled, open_store(filled).models) == []
    day = dt.date(2999, 1, 1)
    purge(filled, purge_plan(filled, "account.pals", day), "tester", day)
    assert held(filled) == []
    assert is_whole(filled)


def test_options_that_links_hold_are_not_taken_away(filled: Engine) -> None:
    fewer = {**OWN, "rank": {"type": "picklist", "options": {"y": {}}}}
    assert impacts(filled, with_links(fewer)) == [
        "- remove option account.friends.rank.x held by 2 rows: ids 1, 3 PLN524",
    ]
    assert impacts(filled, with_links(OWN, picklists__level__options={"a": {}})) == [
        "- remove option level.b held by 1 row: ids 1 PLN524"
    ]
    merged = {"a": {}, "b": {"retired": True, "replaced_by": "a"}}
    applied(filled, with_links(OWN, picklists__level__options=merged), ["level.b"])
    assert said(filled, "level") == [("a",), ("a",), (None,)]


def test_a_removed_option_holds_up_what_comes_back(filled: Engine) -> None:
    applied(filled, with_links(without("level")))
    gone = with_links(OWN, picklists__level__options={"a": {}})
    assert "held by" not in "".join(impacts(filled, with_links(without("level"), picklists__level__options={"a": {}})))
    assert "1 row holds options that are gone: ids 1 PLN524" in impacts(filled, gone)[0]


def test_many_links_become_one_once_they_say_nothing(filled: Engine) -> None:
    one = {"type": "lookup", "to": "account", "inverse": "of"}
    plan = plan_for(filled, pack(tree(**{FRIENDS: one})))
    assert [step.blocks.code for step in plan.steps if step.blocks] == ["PLN517"]
    assert "take `link_fields` away first" in plan.render()
    applied(filled, with_links({}))
    run(filled, "DELETE FROM crm_account__friends WHERE value = 3")
    applied(filled, tree(**{FRIENDS: one}))
    assert is_whole(filled)
    # What the links said is of the place that the field has left, which a new one does not take over.
    assert impacts(filled, with_links(OWN))[0].endswith("2 of 2 rows convert")
    applied(filled, with_links(OWN))
    assert said(filled, "since", "rank", "level") == [(None, None, None)] * 2
    assert is_whole(filled)


def called_so(new: str, old: str, **more: Any) -> dict[str, Any]:
    """The links with another name for one of their fields, which stays where it was among them."""
    own = {new if key == old else key: each for key, each in OWN.items()}
    return with_links({**own, new: {**OWN[old], "renamed_from": old, **more}})


def test_an_own_field_of_links_is_called_otherwise_and_keeps_what_it_says(filled: Engine) -> None:
    wanted = called_so("begun", "since")
    assert impacts(filled, wanted) == ["~ rename field account.friends.since → begun"]
    applied(filled, wanted)
    assert plan_for(filled, pack(wanted)).is_empty
    assert said(filled, "begun", "rank") == [(dt.date(2026, 5, 1), "x"), (None, "y"), (None, "x")]
    assert is_whole(filled)
    loaded, plan = rollback_plan(filled, revision_before(filled))
    assert [step.target for step in plan.steps] == ["account.friends.begun → since"]
    assert not isinstance(apply_plan(filled, loaded, plan, "tester"), ApplyRefused)
    assert said(filled, "since", "rank")[0] == (dt.date(2026, 5, 1), "x")
    assert is_whole(filled)


def test_a_new_own_field_gets_a_place_beside_the_one_that_had_its_name(filled: Engine) -> None:
    wanted = called_so("begun", "since")
    wanted["entities"]["account"]["fields"]["friends"]["link_fields"]["later"] = {"type": "text"}
    applied(filled, wanted)
    del wanted["entities"]["account"]["fields"]["friends"]["link_fields"]["begun"]["renamed_from"]
    wanted["entities"]["account"]["fields"]["friends"]["link_fields"]["since"] = {"type": "text"}
    assert impacts(filled, wanted) == ["+ add field account.friends.since"]
    applied(filled, wanted)
    assert said(filled, "begun", "since") == [(dt.date(2026, 5, 1), None), (None, None), (None, None)]
    assert is_whole(filled)


def test_options_of_an_own_field_are_renamed_with_it(filled: Engine) -> None:
    wanted = called_so("place", "rank", options={"first": {"renamed_from": "x"}, "y": {}})
    assert impacts(filled, wanted) == [
        "~ rename field account.friends.rank → place",
        "~ rename option account.friends.place.x → first 2 rows",
    ]
    applied(filled, wanted)
    assert said(filled, "place") == [("first",), ("y",), ("first",)]
    loaded, plan = rollback_plan(filled, revision_before(filled))
    assert not isinstance(apply_plan(filled, loaded, plan, "tester"), ApplyRefused)
    assert said(filled, "rank") == [("x",), ("y",), ("x",)]
    assert is_whole(filled)


def test_a_name_that_a_removed_own_field_had_is_not_given_to_another(filled: Engine) -> None:
    applied(filled, with_links(without("since")))
    own = without("since", "rank")
    other = with_links({**own, "since": {**OWN["rank"], "renamed_from": "rank"}})
    assert impacts(filled, other) == ["~ rename field account.friends.rank → since PLN536"]


def test_what_was_said_of_links_is_read_in_words_of_today(filled: Engine) -> None:
    then, wanted = load_revision(filled).number, called_so("begun", "since")
    del wanted["entities"]["account"]["fields"]["friends"]["link_fields"]["rank"]
    applied(filled, wanted)
    del wanted["entities"]["account"]["fields"]["friends"]["link_fields"]["begun"]["renamed_from"]
    wanted["entities"]["account"]["fields"]["friends"]["link_fields"]["rank"] = {"type": "integer"}
    applied(filled, wanted)
    line = {"friends": [None, [{"id": 2, "since": "2026-05-01", "rank": "x"}]]}
    told = open_store(filled).models.former.today("account", then, line)
    assert told == {"friends": [None, [{"id": 2, "begun": "2026-05-01"}]]}


@pytest.fixture
def told(engine: Engine) -> Engine:
    """Links that say a word."""
    applied(engine, with_links({"word": {"type": "text"}}))
    insert(engine, "account", {"name": "a"}, {"name": "b"}, {"name": "c"})
    row = "INSERT INTO crm_account__friends (record, value, position, changed_seq, own_word) VALUES "
    run(engine, row + "(1, 2, 0, 1, '007'), (1, 3, 1, 1, NULL), (3, 1, 0, 1, 'some'), (3, 2, 1, 1, '12')")
    return engine


def saying(**word: Any) -> dict[str, Any]:
    return with_links({"word": word})


def test_what_links_say_becomes_of_another_type_and_is_given_back(told: Engine) -> None:
    wanted = saying(type="integer")
    impact = "2 of 3 links convert; 1 does not: ids 3"
    assert impacts(told, wanted) == [f"~ change type account.friends.word {impact} PLN529"]
    assert impacts(told, saying(type="integer", backfill="x"))[0].endswith("PLN532")
    wanted = saying(type="integer", backfill=5)
    assert impacts(told, wanted) == [f"~ change type account.friends.word {impact}; they get 5"]
    applied(told, wanted, ["account.friends.word"])
    assert said(told, "word") == [(7,), (None,), (5,), (12,)]
    assert plan_for(told, pack(wanted)).is_empty
    assert is_whole(told)
    run(told, "UPDATE crm_account__friends SET own_word__r3 = 8 WHERE record = 3 AND value = 2")
    loaded, plan = rollback_plan(told, revision_before(told))
    assert "3 of 3 links convert; 2 of them take back what they held" in plan.render()
    assert not isinstance(apply_plan(told, loaded, plan, "tester"), ApplyRefused)
    assert said(told, "word") == [("007",), (None,), ("some",), ("8",)]
    assert is_whole(told)


def test_a_field_of_links_is_called_otherwise_and_becomes_of_another_type_at_once(told: Engine) -> None:
    wanted = with_links({"number": {"type": "integer", "renamed_from": "word", "existing": "blank"}})
    assert impacts(told, wanted) == [
        "~ rename field account.friends.word → number",
        "~ change type account.friends.number 2 of 3 links convert; 1 does not: ids 3; they are emptied",
    ]
    applied(told, wanted, ["account.friends.number"])
    assert said(told, "number") == [(7,), (None,), (None,), (12,)]
    assert [(name, place) for name, place, *_ in held(told)] == [
        ("account.friends.number", "crm_account__friends.own_word")
    ]
    loaded, plan = rollback_plan(told, revision_before(told))
    assert not isinstance(apply_plan(told, loaded, plan, "tester"), ApplyRefused)
    assert said(told, "word") == [("007",), (None,), ("some",), ("12",)]
    assert is_whole(told)


@pytest.mark.parametrize(
    ("more", "impact", "left"),
    [
        ({}, "1 of 4 links does not fit: ids 3 PLN522", None),
        ({"existing": "grandfather"}, "1 of 4 links does not fit: ids 3 (grandfathered)", "some"),
        ({"existing": "blank"}, "1 of 4 links does not fit: ids 3; they are emptied", None),
        ({"backfill": "so"}, "1 of 4 links does not fit: ids 3; they get so", "so"),
        ({"backfill": "long"}, "1 of 4 links does not fit: ids 3 PLN532", None),
    ],
)
def test_what_a_limit_leaves_out_is_decided(told: Engine, more: dict[str, Any], impact: str, left: str | None) -> None:
    wanted = saying(type="text", max_length=3, **more)
    assert impacts(told, wanted) == [f"! tighten account.friends.word {impact}"]
    if "PLN" not in impact:
        applied(told, wanted, [] if left == "some" else ["account.friends.word"])
        assert said(told, "word")[2] == (left,)
        assert impacts(told, saying(type="text", max_length=9)) == ["~ loosen account.friends.word"]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (
            {"type": "text", "max_length": 3, "backfill": {"formula": "left(word, 2)"}},
            [("007",), (None,), ("so",), ("12",)],
        ),
        (
            {"type": "text", "max_length": 3, "backfill": {"formula": "record.name"}},
            [("007",), (None,), ("c",), ("12",)],
        ),
        ({"type": "integer", "backfill": {"formula": "target.size * 2 + other"}}, [(7,), (None,), (19,), (12,)]),
        ({"type": "integer", "backfill": {"formula": "word"}}, [(7,), (None,), (None,), (12,)]),
    ],
)
def test_a_formula_gives_links_what_they_and_their_ends_say(
    told: Engine, word: dict[str, Any], expected: list[tuple[Any, ...]]
) -> None:
    """What a link says of itself is read as it is once all is converted, what its ends say as it is after the change."""
    applied(told, with_links({"word": {"type": "text"}, "other": {"type": "text"}}))
    run(told, "UPDATE crm_account__friends SET own_other = '5'")
    run(told, "UPDATE crm_account SET size = 7 WHERE id = 1")
    wanted = with_links({"word": word, "other": {"type": "integer"}})
    step = next(each for each in impacts(told, wanted) if "friends.word" in each)
    assert step.endswith(f"they get what `{word['backfill']['formula']}` gives")
    applied(told, wanted, ["account.friends.word"])
    assert said(told, "word") == expected
    assert plan_for(told, pack(wanted)).is_empty
    assert is_whole(told)
    loaded, plan = rollback_plan(told, revision_before(told))
    assert not isinstance(apply_plan(told, loaded, plan, "tester"), ApplyRefused)
    if word["type"] == "integer":  # else what fitted no more was written over where it stood
        assert said(told, "word") == [("007",), (None,), ("some",), ("12",)]


@pytest.mark.parametrize(
    ("word", "unfit", "wrong"),
    [
        (
            {"type": "text", "max_length": 3, "backfill": {"formula": "concat(word, word)"}},
            "2 of 5 links do not fit: ids 3, 4",
            "2 of these values do not fit: ids 3, 4",
        ),
        (
            {"type": "integer", "max": 8, "backfill": {"formula": "coalesce(target.size, 9)"}},
            "1 of 4 links converts; 3 do not: ids 3, 4",
            "2 of these values do not fit: ids 3, 4",
        ),
        (
            {"type": "integer", "min": 2, "backfill": {"formula": "record.boss.size"}},
            "2 of 4 links convert; 2 do not: ids 3, 4",
            "1 of these values does not fit: ids 4",
        ),
    ],
)
def test_the_plan_names_records_whose_links_a_formula_gives_nothing_that_fits(
    told: Engine, word: dict[str, Any], unfit: str, wrong: str
) -> None:
    boss = {"type": "lookup", "to": "account", "inverse": "led"}
    applied(told, with_links({"word": {"type": "text"}}, entities__account__fields__boss=boss))
    insert(told, "account", {"id": 4, "name": "d", "size": 1, "boss": 4})
    run(
        told,
        "INSERT INTO crm_account__friends (record, value, position, changed_seq, own_word) VALUES (4, 2, 0, 1, 'else')",
    )
    run(told, "UPDATE crm_account SET boss = 1 WHERE id < 4")
    run(told, "UPDATE crm_account SET size = 7 WHERE id = 1")
    wanted = pack(with_links({"word": word}, entities__account__fields__boss=boss))
    (step,) = plan_for(told, wanted).steps
    assert step.impact == f"{unfit}; they get what `{word['backfill']['formula']}` gives; {wrong}"
    assert step.blocks is not None
    assert step.blocks.code == "PLN532"


def test_more_links_are_not_more_statements(told: Engine) -> None:
    wanted = pack(saying(type="text", max_length=3, backfill={"formula": "concat(word, target.name)"}))
    seen: list[str] = []
    sa.event.listen(told, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))
    assert "1 of these values does not fit" in plan_for(told, wanted).blocked[0].impact
    few = len(seen)
    insert(told, "account", *({"id": each, "name": "more"} for each in range(10, 60)))
    columns = ["record", "value", "position", "changed_seq", "own_word"]
    rows = sa.text("SELECT 1, id, id, 1, 'many' FROM crm_account WHERE id > 9").columns(*map(sa.column, columns))
    with told.execution_options(**{UNIT: PLAN}).begin() as connection:
        connection.execute(sa.insert(open_store(told).models.many["account.friends"].table).from_select(columns, rows))
    seen.clear()
    assert "51 of these values do not fit: ids 1, 3" in plan_for(told, wanted).blocked[0].impact
    assert len(seen) == few


def test_what_the_same_plan_converts_is_told_by_the_switch(told: Engine) -> None:
    """The formula reads another own field as it is then: no link can say before what it will give."""
    applied(told, with_links({"word": {"type": "text"}, "other": {"type": "text"}}))
    run(told, "UPDATE crm_account__friends SET own_other = '70'")
    own = {"word": {"type": "integer", "max": 20, "backfill": {"formula": "other"}}, "other": {"type": "integer"}}
    wanted = pack(with_links(own))
    plan = plan_for(told, wanted)
    assert not plan.blocked
    refused = apply_plan(told, wanted, plan, "tester", ["account.friends.word"])
    assert isinstance(refused, ApplyRefused)
    assert refused.code == "PLN532"
    assert "account.friends.word: `backfill` gives a link of record 3 no value that fits" in refused.reason
    assert said(told, "word")[2] == ("some",)
