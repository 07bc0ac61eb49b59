import dataclasses
from typing import Any

import pytest

from app.definition import Entity, Field, Option, Role, Stage
from app.loading import catalog_of_tree
from app.plan import compare_choices, compare_entities, compare_fields, compare_roles
from app.plan.compare import compare
from app.plan.step import Kind, Step

from .conftest import ACCOUNT, tree


def steps(before: dict[str, Any] | None, after: dict[str, Any]) -> list[Step]:
    return list(compare(before and catalog_of_tree(before), catalog_of_tree(after)))


def lines(before: dict[str, Any] | None, after: dict[str, Any]) -> list[str]:
    """Symbol, words, target and detail of each step, and the code of what blocks it."""
    found = []
    for step in steps(before, after):
        words = (step.kind.symbol, step.kind.words, step.target, step.detail, step.blocks.code if step.blocks else "")
        found.append(" ".join(word for word in words if word))
    return found


def test_the_same_pack_needs_no_step() -> None:
    assert lines(tree(), tree()) == []


def test_an_empty_database_needs_everything() -> None:
    assert lines(None, tree()) == [
        "+ add entity account 5 fields",
        "+ add entity user 7 fields",
        "+ add entity department 3 fields",
        "+ add entity team 2 fields",
        "+ add picklist level 2 options",
        "+ add role rep 1 grant",
    ]


FIELD = "entities__account__fields__"
PIPELINE = {
    "entities__account__fields__stage": {"type": "stage"},
    "entities__account__pipelines": {"sale": {"field": "stage", "stages": {"new": {}, "won": {"category": "won"}}}},
}
LINE: dict[str, Any] = {
    "fields": {"name": {"type": "text"}, "up": {"type": "lookup", "to": "account", "required": True}},
}
BELOW, PART = {**LINE, "parent": "up"}, {**LINE, "parent": {"field": "up", "part": True}}
ONE_CHANGE: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    ({}, {"entities__lead": ACCOUNT}, ["+ add entity lead 5 fields"]),
    ({"entities__lead": ACCOUNT}, {}, ["- drop entity lead"]),
    ({}, {FIELD + "fax": {"type": "phone"}}, ["+ add field account.fax phone"]),
    ({}, {FIELD + "fax": {"type": "phone", "required": True}}, ["+ add field account.fax phone required"]),
    ({}, {FIELD + "boss": {"type": "user", "indexed": True}}, ["+ add field account.boss user"]),
    ({FIELD + "fax": {"type": "phone"}}, {}, ["- drop field account.fax"]),
    (
        {FIELD + "fax": {"type": "phone"}},
        {FIELD + "mobile": {"type": "phone"}},
        [
            "+ add field account.mobile phone",
            "- drop field account.fax renamed to mobile? then say renamed_from there",
        ],
    ),
    ({}, {FIELD + "code__max_length": 30}, ["~ loosen account.code max_length: 20 → 30"]),
    ({}, {FIELD + "code__max_length": 10}, ["! tighten account.code max_length: 20 → 10"]),
    ({}, {FIELD + "code__min_length": 2}, ["! tighten account.code min_length: 0 → 2"]),
    ({FIELD + "code__min_length": 2}, {}, ["~ loosen account.code min_length: 2 → 0"]),
    ({}, {FIELD + "size__max": 2000}, ["~ loosen account.size max: 1000 → 2000"]),
    ({}, {FIELD + "size__max": None}, ["~ loosen account.size max: 1000 → none"]),
    ({}, {FIELD + "size__min": -1}, ["~ loosen account.size min: 0 → -1"]),
    ({}, {FIELD + "size__min": 1}, ["! tighten account.size min: 0 → 1"]),
    ({}, {FIELD + "limit__max": "9.5"}, ["! tighten account.limit max: none → 9.5"]),
    ({}, {FIELD + "code__required": True}, ["! require account.code"]),
    ({}, {FIELD + "name__required": False}, ["~ relax account.name required → optional"]),
    ({}, {FIELD + "code__type": "long_text"}, ["~ change type account.code text → long_text"]),
    ({}, {FIELD + "code": {"type": "integer"}}, ["~ change type account.code text → integer"]),
    ({}, {FIELD + "code": {"type": "address"}}, ["~ change type account.code text → address PLN513"]),
    ({}, {FIELD + "code": {"type": "rich_text"}}, ["~ change type account.code text → rich_text PLN513"]),
    (
        {FIELD + "code": {"type": "color"}},
        {FIELD + "code": {"type": "text"}},
        ["~ change type account.code color → text"],
    ),
    (
        {FIELD + "size": {"type": "rating"}},
        {FIELD + "size": {"type": "integer"}},
        ["~ change type account.size rating → integer"],
    ),
    ({}, {FIELD + "code": {"type": "email", "max_length": 20}}, ["~ change type account.code text → email"]),
    (
        {FIELD + "up": {"type": "lookup", "to": "account"}},
        {FIELD + "up": {"type": "lookup", "to": "team"}},
        ["~ change type account.up account → team PLN514", "~ labels account up"],  # its label is that of the target
    ),
    (
        {FIELD + "ups": {"type": "lookup", "to": ["account", "team"], "many": True}},
        {FIELD + "ups": {"type": "lookup", "to": ["team", "account", "department"], "many": True}},
        ["~ loosen account.ups account, team → team, account, department"],
    ),
    (
        {FIELD + "ups": {"type": "lookup", "to": "account", "many": True}},
        {FIELD + "ups": {"type": "lookup", "to": ["account", "team"], "many": True}},
        [
            "~ change type account.ups account → account, team",
            "~ labels account ups",
        ],
    ),
    (
        {FIELD + "rate": {"type": "decimal", "scale": 2}},
        {FIELD + "rate": {"type": "decimal", "scale": 4}},
        ["~ change type account.rate scale: 2 → 4"],
    ),
    ({}, {FIELD + "code__unique": True}, ["! add key account.code code"]),
    ({FIELD + "code__unique": True}, {}, ["- remove key account.code code"]),
    (
        {FIELD + "code__unique": True},
        {FIELD + "code__unique": True, FIELD + "code__ignore_case": True},
        ["- remove key account.code code", "! add key account.code code", "~ fill account.code folded form"],
    ),
    (
        {},
        {"entities__account__keys": {"pair": {"fields": ["code", "level"]}}},
        ["! add key account.pair code, level"],
    ),
    ({}, {FIELD + "size__indexed": True}, ["+ add index account.size size"]),
    ({FIELD + "size__indexed": True}, {}, ["- remove index account.size size"]),
    ({}, {FIELD + "size__default": 5}, ["~ change field account.size default: none → 5"]),
    ({}, {FIELD + "size__restricted": True}, ["~ change field account.size restricted: no → yes"]),
    (
        {},
        {FIELD + "code__searchable": True},
        ["~ change field account.code searchable: no → yes", "~ search index account"],
    ),
    ({}, {FIELD + "size__label": "Heads"}, ["~ labels account size"]),
    (
        {},
        {"entities__account__label": "Client", "entities__account__icon": "a"},
        ["~ labels account label, plural, icon"],
    ),
    ({}, {"entities__account__list": {"filters": ["level"]}}, ["~ list account"]),
    (
        {},
        {"entities__account__list": {"columns": ["name", "code"]}},
        ["~ list account", "~ fill account.code sort key"],
    ),
    ({}, {"entities__account__layout": {"highlights": ["level"]}}, ["~ layout account"]),
    ({}, {"entities__account__soft_delete": False}, ["~ change entity account soft_delete: yes → no"]),
    ({}, {"picklists__level__options__c": {}}, ["+ add option level.c"]),
    ({"picklists__level__options__c": {}}, {}, ["- remove option level.c"]),
    ({}, {"picklists__level__options__a": {"retired": True}}, ["- retire option level.a"]),
    ({"picklists__level__options__a": {"retired": True}}, {}, ["~ change option level.a retired: yes → no"]),
    ({}, {"picklists__level__options__a": {"label": "Gold", "color": "amber"}}, ["~ labels level a"]),
    ({}, {"picklists__level__options": {"b": {}, "a": {}}}, ["~ order level options"]),
    ({}, {"picklists__size": {"options": {"s": {}}}}, ["+ add picklist size 1 option"]),
    ({"picklists__size": {"options": {"s": {}}}}, {}, ["- remove picklist size"]),
    (
        {},
        {FIELD + "level__options": {"a": {}, "z": {}}},
        [
            "~ change field account.level options: level → its own",
            "+ add option account.level.z",
            "- remove option account.level.b",
        ],
    ),
    (
        PIPELINE,
        {**PIPELINE, "entities__account__pipelines__sale__stages__lost": {"category": "lost", "probability": 0}},
        ["+ add stage account.sale.lost"],
    ),
    (
        PIPELINE,
        {**PIPELINE, "entities__account__pipelines__sale__stages__won": {"category": "done"}},
        ["~ change stage account.sale.won category: won → done"],
    ),
    (
        PIPELINE,
        {**PIPELINE, "entities__account__pipelines__sale__stages__won": None},
        ["- remove stage account.sale.won"],
    ),
    (
        {},
        PIPELINE,
        ["+ add field account.stage stage", "+ add pipeline account.sale 2 stages"],
    ),
    ({}, {"roles__boss": {"grants": {"account": {"read": "all"}}}}, ["+ add role boss 1 grant"]),
    ({"roles__boss": {"grants": {}}}, {}, ["- remove role boss"]),
    ({}, {"roles__rep__grants__account__read": "team"}, ["~ grant rep read account: own → team"]),
    ({}, {"roles__rep__grants__team": {"read": "all"}}, ["~ grant rep read team: none → all"]),
    (
        {},
        {"roles__rep__grants__account__fields": {"limit": "hidden", "code": {"mask": "last4"}}},
        [
            "~ grant rep field account.limit: as the entity → hidden",
            "~ grant rep field account.code: as the entity → mask last4",
        ],
    ),
    (
        {},
        {"roles__rep__grants__account__fields": {"name": "hidden"}, FIELD + "code__searchable": True},
        [
            "~ change field account.code searchable: no → yes",
            "~ grant rep field account.name: as the entity → hidden",
            "~ search index account",
        ],
    ),
    ({}, {"roles__rep__rights": ["bulk_edit"]}, ["~ change role rep rights: none → bulk_edit"]),
    ({}, {"roles__rep__label": "Seller"}, ["~ labels rep"]),
    ({}, {"menu__groups": {"sales": {"items": {"account": {}}}}}, ["~ menu menu"]),
    ({}, {"pack__time_zone": "Asia/Shanghai"}, ["~ settings time_zone UTC → Asia/Shanghai"]),
    ({}, {"pack__remove": {"roles": ["x"]}}, ["~ text pack no effect on tables or screens"]),
    (
        {},
        {"entities__account__rules": {"sane": {"require": "size > 0", "message": "No"}}},
        ["+ add rule account.sane"],
    ),
    (
        {"entities__account__rules": {"sane": {"require": "size > 0", "message": "No"}}},
        {"entities__account__rules": {"sane": {"require": "size > 1", "message": "Never"}}},
        ["~ change rule account.sane require: size > 0 → size > 1", "~ labels account sane"],
    ),
    (
        {"entities__account__duplicates": {"same": {"match": {"name": {"field": "name"}}}}},
        {"entities__account__duplicates": {"same": {"match": {"name": {"field": "name", "similar": "0.8"}}}}},
        ["~ change duplicate rule account.same match: name (field name) → name (field name, similar 0.8)"],
    ),
    (
        PIPELINE,
        PIPELINE | {"entities__account__pipelines__sale__transitions": {"back": {"from": "won", "to": "new"}}},
        ["+ add transition account.sale.back"],
    ),
    (
        PIPELINE,
        PIPELINE | {"entities__account__pipelines__sale__moves": "forward"},
        ["~ change pipeline account.sale moves: any → forward"],
    ),
    (
        {},
        {FIELD + "code__formula": 'concat("a", name)'},
        ['~ change field account.code formula: none → concat("a", name)'],
    ),
    (
        {},
        {"roles__rep__grants__account__delete": {"where": "is_mine()"}},
        ["~ grant rep delete account: none → where is_mine()"],
    ),
    (
        {},
        {"entities__account__retention": {"after": "5 years", "action": "erase"}},
        ["~ change entity account retention: none → (after 5 years, action erase)"],
    ),
]


@pytest.mark.parametrize(("before", "after", "expected"), ONE_CHANGE)
def test_a_change_has_its_step(before: dict[str, Any], after: dict[str, Any], expected: list[str]) -> None:
    assert lines(tree(**before), tree(**after)) == expected


def test_the_order_of_fields_is_a_change() -> None:
    turned = tree()
    fields = turned["entities"]["account"]["fields"]
    fields["name"] = fields.pop("name")
    assert lines(tree(), turned) == ["~ order account fields"]


def test_a_grant_of_its_own_ends_that_of_the_star() -> None:
    star = {"roles__rep__grants": {"*": {"read": "all"}}}
    both = {"roles__rep__grants": {"*": {"read": "all"}, "team": {}}}
    assert lines(tree(**star), tree(**both)) == ["~ grant rep team: none of its own → its own"]


def test_every_kind_has_words_of_its_own() -> None:
    assert len({kind.words for kind in Kind}) == len(Kind)
    assert {kind.symbol for kind in Kind} == set("+~-!")


@pytest.mark.parametrize(
    ("shape", "handled"),
    [
        (Field, compare_fields._HANDLED),
        (Entity, compare_entities._APART),
        (Option, compare_choices._PRESENTATION),
        (Stage, compare_choices._PRESENTATION),
        (Role, compare_roles._PRESENTATION),
    ],
)
def test_what_is_said_to_be_handled_exists(shape: type, handled: tuple[str, ...]) -> None:
    names = {each.name for each in dataclasses.fields(shape)}
    guides = {"guide"} if shape is Option else set()
    assert set(handled) <= names | guides


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        (BELOW, PART, "parent: up → part of up PLN516"),
        (PART, BELOW, "parent: part of up → up PLN516"),
        (LINE, PART, "parent: none → part of up PLN516"),
        (LINE, BELOW, "parent: none → up"),
    ],
)
def test_what_an_entity_is_part_of_stays(was: dict[str, Any], now: dict[str, Any], said: str) -> None:
    assert f"~ change entity line {said}" in lines(tree(entities__line=was), tree(entities__line=now))
