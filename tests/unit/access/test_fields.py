"""Rights on fields: hidden < mask < read < write, the most generous role that has the verb."""

import gc
from typing import Any

import pytest

from app.access import Actor, FieldRight, field_rights, has_right, limit, readable_audiences, system_actor
from app.definition import Catalog, Pack, Role
from app.definition.memory import _answers
from app.orm.search import audiences
from tests.unit.company import ENTITIES, a_field, entity, grant, role, text

ACCOUNT = entity(
    "account",
    text("name"),
    a_field("mobile", "phone", searchable=True),
    a_field("salary", "money", restricted=True),
    a_field("number", "sequence"),
)
ALL: dict[str, Any] = {"create": True, "read": "all", "update": "all", "assign": "all", "export": "all"}


def catalog_of(*roles: Role) -> Catalog:
    entities = {each.key: each for each in (*ENTITIES[:3], ACCOUNT)}
    return Catalog(pack=Pack(), entities=entities, picklists={}, roles={each.key: each for each in roles})


def who(*roles: str) -> Actor:
    return Actor(1, "someone", frozenset(roles))


def right(field: str, *grants: Any) -> FieldRight:
    roles = [role(f"r{number}", grant("account", **each)) for number, each in enumerate(grants)]
    return field_rights(catalog_of(*roles), who(*(each.key for each in roles)), "account").right(field)


@pytest.mark.parametrize(
    ("grants", "expected"),
    [
        ([], FieldRight.HIDDEN),
        ([{"read": "own"}], FieldRight.READ),
        ([{"read": "own", "update": "own"}], FieldRight.WRITE),
        ([{"read": "own", "update": "own", "fields": {"name": {"access": "read"}}}], FieldRight.READ),
        ([{"read": "own", "update": "own", "fields": {"name": {"access": "hidden"}}}], FieldRight.HIDDEN),
        ([{"read": "own", "update": "own", "fields": {"name": {"mask": "name"}}}], FieldRight.MASK),
        # the most generous role wins
        ([{"read": "own", "fields": {"name": {"access": "hidden"}}}, {"read": "own"}], FieldRight.READ),
        (
            [{"read": "own", "fields": {"name": {"access": "hidden"}}}, {"read": "own", "fields": {"name": {"mask": "all"}}}],
            FieldRight.MASK,
        ),
        # a role that does not grant the verb says nothing
        ([{"read": "own", "fields": {"name": {"access": "hidden"}}}, {"create": True}], FieldRight.HIDDEN),
        ([{"read": "own", "fields": {"name": {"access": "hidden"}}}, {"read": "none", "update": "all"}], FieldRight.HIDDEN),
        # `write` without the verb update is reading
        ([{"read": "own", "fields": {"name": {"access": "write"}}}], FieldRight.READ),
    ],
)  # fmt: skip
def test_the_most_generous_role_that_grants_the_verb_decides(grants: list[Any], expected: FieldRight) -> None:
    assert right("name", *grants) is expected


@pytest.mark.parametrize(
    ("grants", "expected"),
    [
        ([ALL], FieldRight.HIDDEN),
        ([{**ALL, "fields": {"salary": {"access": "read"}}}], FieldRight.READ),
        ([{**ALL, "fields": {"salary": {"access": "write"}}}], FieldRight.WRITE),
        ([{**ALL, "fields": {"salary": {"mask": "all"}}}], FieldRight.MASK),
        ([ALL, {"read": "own", "fields": {"salary": {"access": "read"}}}], FieldRight.READ),
    ],
)
def test_a_restricted_field_is_hidden_unless_it_is_granted_by_name(grants: list[Any], expected: FieldRight) -> None:
    assert right("salary", *grants) is expected


def test_a_mask_limits_reading_only() -> None:
    rights = field_rights(
        catalog_of(role("r", grant("account", **ALL, fields={"mobile": {"mask": "phone"}}))), who("r"), "account"
    )
    assert rights.masks == {"mobile": "phone"}
    assert "mobile" in rights.visible
    assert "mobile" not in rights.clear
    assert "mobile" in rights.writable(creating=True)
    assert "mobile" in rights.writable(creating=False)


def test_a_mask_may_forbid_writing() -> None:
    stated = {"mobile": {"mask": "phone", "write": False}}
    rights = field_rights(catalog_of(role("r", grant("account", **ALL, fields=stated))), who("r"), "account")
    assert "mobile" not in rights.writable(creating=True) | rights.writable(creating=False)


def test_what_is_hidden_in_reading_is_not_written_either() -> None:
    hiding = role("a", grant("account", read="all", fields={"name": {"access": "hidden"}}))
    writing = role("b", grant("account", create=True, update="all"))
    rights = field_rights(catalog_of(hiding, writing), who("a", "b"), "account")
    assert "name" not in rights.writable(creating=True) | rights.writable(creating=False)


def test_who_only_creates_may_fill_in_fields() -> None:
    rights = field_rights(catalog_of(role("r", grant("account", create=True))), who("r"), "account")
    assert rights.visible == ()
    assert rights.writable(creating=True) == {"name", "mobile"}
    assert rights.writable(creating=False) == frozenset()


def test_system_fields_are_read_and_owners_are_written_by_assign_alone() -> None:
    plain = {key: value for key, value in ALL.items() if key != "assign"}
    without = field_rights(catalog_of(role("r", grant("account", **plain))), who("r"), "account")
    having = field_rights(catalog_of(role("r", grant("account", **ALL))), who("r"), "account")
    assert {"id", "version", "created_at", "created_by", "updated_at", "updated_by", "owner"} <= set(without.visible)
    assert without.updatable == {"name", "mobile"}
    assert having.updatable == having.creatable == {"name", "mobile", "owner", "department", "team"}
    assert having.right("owner") is FieldRight.WRITE
    assert having.right("created_at") is FieldRight.READ
    assert having.right("number") is FieldRight.READ  # a business number is given, not written


def test_another_verb_shows_no_more_than_reading() -> None:
    catalog = catalog_of(
        role("a", grant("account", read="all", fields={"name": {"access": "hidden"}})),
        role("b", grant("account", export="all")),
    )
    assert field_rights(catalog, who("a", "b"), "account", "export").right("name") is FieldRight.HIDDEN
    assert field_rights(catalog, who("a"), "account", "export").visible == ()


def test_an_unknown_field_is_hidden_and_an_unknown_entity_raises() -> None:
    catalog = catalog_of(role("r", grant("*", **ALL)))
    assert field_rights(catalog, who("r"), "account").right("nonsense") is FieldRight.HIDDEN
    with pytest.raises(KeyError):
        field_rights(catalog, who("r"), "nonsense")


def test_system_actors_that_seed_write_restricted_fields_too() -> None:
    rights = field_rights(catalog_of(), system_actor("system:seed"), "account")
    assert rights.right("salary") is FieldRight.WRITE
    with pytest.raises(KeyError):
        system_actor("system:anything")


def test_answers_are_kept_while_the_catalog_lives() -> None:
    catalog = catalog_of(role("r", grant("*", **ALL)))
    assert field_rights(catalog, who("r"), "account") is field_rights(catalog, who("r"), "account")
    number = id(catalog)
    assert number in _answers
    del catalog
    gc.collect()
    assert number not in _answers


def test_search_words_are_read_by_those_who_read_all_their_fields() -> None:
    catalog = catalog_of(
        role("all", grant("account", read="all")),
        role("masked", grant("account", read="all", fields={"mobile": {"mask": "phone"}})),
    )
    groups = audiences(catalog, "account")

    def searched(*roles: str) -> set[str]:
        return {field for name in readable_audiences(catalog, who(*roles), "account") for field in groups[name]}

    assert searched("all") == {"name", "mobile", "number"}
    assert searched("masked") == {"name", "number"}
    assert searched("all", "masked") == {"name", "mobile", "number"}
    assert searched() == set()


def test_rights_and_limits_of_several_roles() -> None:
    catalog = catalog_of(
        role("a", rights=("audit",), limits={"export_rows": 10}), role("b", limits={"export_rows": 500})
    )
    assert has_right(catalog, who("a", "b"), "audit")
    assert not has_right(catalog, who("b"), "audit")
    assert limit(catalog, who("a", "b"), "export_rows") == 500
    assert limit(catalog, who("a"), "anything") is None
