"""Mass assignment: every column of a record, those of the system too, through every door that writes, in every shape."""

from itertools import islice, product
from typing import Any

import pytest
import sqlalchemy as sa

from tests.security.company import ASKING, ENTITIES, Thing
from tests.security.site import Site, hear

SYSTEM = ("id", "version", "created_at", "created_by", "updated_at", "updated_by", "owner", "department", "team")
INNER = (
    "deleted_at", "deleted_by", "deletion", "changed_seq", "name__sort", "name__fold", "__class__", "__table__", "metadata",
    "_sa_instance_state",
    "password", "roles", "is_admin", "owner.password", "owner_id", "", "a" * 300, "名称", "name ", "Name",
)  # fmt: skip
SHAPES: tuple[Any, ...] = ("text", 7, True, None, ["text"], {"id": "7"}, [], {}, 1.5, "7", [[1]], "\ud800", "\x00")


# One of each kind of right; everyone with everything in the long run.
OFTEN = {
    ("rep", "account"),
    ("marketing", "account"),
    ("administrator", "account"),
    ("manager", "opportunity"),
    ("both", "contact"),
}
EVERYONE = pytest.mark.parametrize(
    ("asker", "entity"),
    [
        pytest.param(asker, entity, marks=() if (asker, entity) in OFTEN else pytest.mark.deep)
        for asker in ASKING
        for entity in ENTITIES
    ],
)


def columns(site: Site, entity: str) -> list[str]:
    return [*site.oracle.fields(entity), *SYSTEM, *INNER]


def stored(site: Site, thing: Thing) -> dict[str, Any]:
    with site.store.engine.connect() as connection:
        row = connection.execute(sa.text(f"SELECT * FROM crm_{thing.entity} WHERE id = :id"), {"id": thing.id})  # noqa: S608
        return dict(row.mappings().one())


def may_write(site: Site, asker: str, entity: str, key: str) -> bool:
    return key in (*site.oracle.fields(entity), *SYSTEM) and site.oracle.writes(site.people[asker], entity, key)


FOLLOWS = {"version", "updated_at", "updated_by", "changed_seq"}


def unexpected(site: Site, asker: str, thing: Thing, before: dict[str, Any]) -> set[str]:
    """Columns that differ though the asker may not write them, and that do not follow from a save."""
    after = stored(site, thing)
    changed = {key for key, value in after.items() if value != before[key]} - FOLLOWS
    return {key for key in changed if not may_write(site, asker, thing.entity, key.split("__")[0])}


@EVERYONE
def test_no_program_writes_a_column_that_is_not_its_to_write(site: Site, asker: str, entity: str) -> None:
    thing = site.thing(entity, "mine", asker)
    before = stored(site, thing)
    for key in columns(site, entity):
        if may_write(site, asker, entity, key):
            continue
        for value in ("text", "7"):
            heard = hear(
                site.program(asker).patch(
                    f"/api/v1/{entity}/{thing.id}", json={key: value, **({"name": "x"} if key != "name" else {})}
                )
            )
            if key == "version" and value == "7":
                assert heard.status in {400, 403, 404, 409}
            assert heard.status in {400, 403, 404, 409, 422}, (key, value)
            assert site.leaks(asker, heard, sent=key) == []
    assert unexpected(site, asker, thing, before) == set()
    assert not site.wrote()


@pytest.mark.parametrize(
    ("asker", "entity", "one_in"),
    [
        ("administrator", "account", 5),
        *(
            pytest.param("administrator", each, 1, marks=pytest.mark.deep)
            for each in ("account", "opportunity", "user")
        ),
        *(pytest.param("rep", entity, 1, marks=pytest.mark.deep) for entity in ENTITIES),
        *(pytest.param("marketing", entity, 1, marks=pytest.mark.deep) for entity in ENTITIES),
    ],
)
def test_a_value_of_a_wrong_shape_is_refused_not_stored(site: Site, asker: str, entity: str, one_in: int) -> None:
    record = site.company.people["mate"] if entity == "user" else site.thing(entity, "mine", asker).id
    ways = (("PATCH", f"{entity}/{record}"), ("POST", f"{entity}/"))
    for key, value, (method, path) in islice(product(columns(site, entity), SHAPES, ways), 0, None, one_in):
        body = {"name": "x", key: value} if key != "name" else {key: value}
        answer = site.program(asker).open(f"/api/v1/{path}", method=method, json=body)
        assert answer.status_code < 500, (key, value)
        field = site.store.catalog.entities[entity].every_field.get(key)
        fits = isinstance(value, list) and field is not None and field.type == "tags"
        if isinstance(value, list | dict) and value and not fits:
            assert answer.status_code in {400, 403, 404, 409, 422}, (key, value)
    site.put_back()


@EVERYONE
def test_no_form_writes_a_column_that_is_not_its_to_write(site: Site, asker: str, entity: str) -> None:
    thing = site.thing(entity, "mine", asker)
    before = stored(site, thing)
    page = site.page(asker)
    for key in columns(site, entity):
        if may_write(site, asker, entity, key):
            continue
        if key not in {"version", "name", ""}:  # `version` is the form's own: which one was read
            heard = hear(page.post(f"/{entity}/{thing.id}/edit", data={"name": "x", key: "7"}))
            assert heard.status in {403, 404, 409, 422}, key
            assert site.leaks(asker, heard, sent=key) == []
        assert page.post(f"/{entity}/{thing.id}/cell?field={key}", data={key: "7"}).status_code in {400, 403, 404}, key
        answer = page.post(f"/{entity}/bulk/edit", data={"id": thing.id, "field": key, "value": "7"})
        assert answer.status_code in {400, 403, 404}, key
    assert unexpected(site, asker, thing, before) == set()
    assert not site.wrote()


@pytest.mark.parametrize("asker", ["rep", "director", "both", "administrator"])
def test_a_new_record_has_no_column_that_is_not_its_makers_to_write(site: Site, asker: str) -> None:
    entity = "opportunity" if asker == "director" else "contact"
    parent = site.thing("account", "mine", asker).id
    for key in columns(site, entity):
        if key in (*site.oracle.fields(entity), *SYSTEM) and site.oracle.writes(
            site.people[asker], entity, key, "create"
        ):
            continue
        if key in {"name", "version", ""}:
            continue
        body = {"name": "x", "account": str(parent), key: "7"}
        assert site.program(asker).post(f"/api/v1/{entity}/", json=body).status_code == 422, key
        assert site.program(asker).post(f"/api/v1/{entity}/", json=[body]).status_code == 422, key
        assert site.page(asker).post(f"/{entity}/new", data=body).status_code == 422, key
    assert not site.wrote()


def test_a_hidden_field_is_refused_with_the_words_for_one_that_does_not_exist(site: Site) -> None:
    thing = site.thing("account", "mine", "rep")
    for send in (
        lambda key: site.program("rep").patch(f"/api/v1/account/{thing.id}", json={key: "x"}),
        lambda key: site.program("rep").post("/api/v1/account/", json={"name": "x", key: "x"}),
        lambda key: site.page("rep").post(f"/account/{thing.id}/cell?field={key}", data={key: "x"}),
        lambda key: site.page("rep").get(f"/account/{thing.id}/cell?field={key}"),
        lambda key: site.page("rep").post("/account/bulk/edit", data={"id": thing.id, "field": key, "value": "x"}),
        lambda key: site.page("rep").post(f"/account/{thing.id}/stage", data={"field": key, "to": "x"}),
    ):
        hidden, missing = send("quagga"), send("zzzzzz")
        assert hidden.status_code == missing.status_code
        assert hidden.get_data(as_text=True).replace("quagga", "zzzzzz") == missing.get_data(as_text=True)
    assert not site.wrote()


def test_several_values_for_one_field_are_refused(site: Site) -> None:
    thing = site.thing("account", "mine", "rep")
    page = site.page("rep")
    for key in ("name", "region", "since", "website", "numbat"):
        assert page.post(f"/account/{thing.id}/edit", data={key: ["east", "west"]}).status_code == 422
        assert page.post(f"/account/{thing.id}/cell?field={key}", data={key: ["east", "west"]}).status_code == 422
    assert not site.wrote()
