"""What is asked of a whole entity, of all of them, or of oneself: lists, descriptions, forms, the start page."""

import csv
import html
import io
import json
import re

import pytest

from app.web.pages import home
from tests.security.company import ASKING, CANARY, ENTITIES, SOME_OF_ASKING, Thing
from tests.security.doors import NOWHERE
from tests.security.oracle import Person
from tests.security.site import ABSENT, Heard, Site, hear

ROLES = pytest.mark.parametrize("asker", SOME_OF_ASKING)


def of(site: Site, asker: str, path: str) -> Heard:
    heard = hear(site.page(asker).get(path))
    assert site.leaks(asker, heard) == [], path
    return heard


def api(site: Site, asker: str, path: str) -> Heard:
    heard = hear(site.program(asker).get(f"/api/v1/{path}"))
    assert site.leaks(asker, heard) == [], path
    return heard


def json_of(site: Site, asker: str, path: str) -> dict[str, object]:
    found: dict[str, object] = site.program(asker).get(f"/api/v1/{path}").get_json()
    return found


def readable(site: Site, asker: str, entity: str, verb: str = "read") -> set[int]:
    person, oracle = site.people[asker], site.oracle
    records = [record for key, record in site.company.facts if key == entity]
    return {
        record
        for record in records
        if oracle.allowed(person, "read", entity, record) == oracle.allowed(person, verb, entity, record) == "yes"
    }


def sees(site: Site, person: Person, entity: str) -> bool:
    return site.oracle.reads_any(person, entity) or site.oracle.allowed(person, "create", entity) == "yes"


def limit(site: Site, person: Person, name: str) -> int | None:
    """The largest that a role of his states; None where none does."""
    roles = site.oracle.closure(person.roles)
    stated = (site.oracle.roles[role].get("limits", {}).get(name) for role in roles)
    return max((each for each in stated if each is not None), default=None)


def walk(site: Site, asker: str, entity: str) -> set[int]:
    """The ids of a list, page by page."""
    found: set[int] = set()
    path = f"/{entity}/"
    while path:
        body = of(site, asker, path).body
        found |= {int(each) for each in re.findall(r'<tr data-id="(\d+)"', body)}
        further = re.search(r'rel="next" href="([^"]+)"', body)
        path = further[1].replace("&amp;", "&") if further else ""
    return found


@ROLES
@pytest.mark.parametrize("entity", ENTITIES)
def test_a_list_holds_what_the_oracle_lets_one_read(site: Site, asker: str, entity: str) -> None:
    expected = readable(site, asker, entity)
    answer = json_of(site, asker, f"{entity}/?limit=100&count=exact")
    api(site, asker, f"{entity}/?limit=100")
    if not site.oracle.reads_any(site.people[asker], entity):
        assert answer["status"] == 404
        return
    assert {int(row["id"]) for row in answer["result"]} == expected
    assert answer["count"] == len(expected)
    assert walk(site, asker, entity) == expected


@ROLES
@pytest.mark.parametrize("entity", ENTITIES)
def test_a_file_holds_what_may_be_exported_and_no_other_column(site: Site, asker: str, entity: str) -> None:
    person, oracle = site.people[asker], site.oracle
    heard = of(site, asker, f"/{entity}/csv")
    if oracle.allowed(person, "export", entity) != "yes" or not oracle.reads_any(person, entity):
        assert heard.status in {403, 404}
        return
    rows = list(csv.reader(io.StringIO(heard.body.removeprefix("\ufeff"))))
    columns = [
        key for key in oracle.entities[entity]["list"]["columns"] if oracle.sight(person, entity, key) != "hidden"
    ]
    assert len(rows[0]) == len(columns)
    most = limit(site, person, "export_rows") or len(site.company.facts)
    assert len(rows) - 1 == min(most, len(readable(site, asker, entity, "export")))


@ROLES
@pytest.mark.parametrize("entity", ENTITIES)
def test_a_description_names_the_fields_that_are_seen(site: Site, asker: str, entity: str) -> None:
    person, oracle = site.people[asker], site.oracle
    answer = json_of(site, asker, f"{entity}/_info")
    api(site, asker, f"{entity}/_info")
    if not oracle.reads_any(person, entity):
        assert answer["status"] == 404
        return
    fields = {each["name"]: each for each in answer["fields"]}
    for key in oracle.fields(entity):
        sight = oracle.sight(person, entity, key)
        assert (key in fields) == (sight != "hidden"), key
        if key in fields:
            assert fields[key]["masked"] == (sight == "masked"), key
            assert fields[key]["filter"] == (sight in {"read", "write"}), key
            assert fields[key]["update"] == oracle.writes(person, entity, key), key
            assert fields[key]["create"] == oracle.writes(person, entity, key, "create"), key


@ROLES
def test_openapi_describes_what_the_caller_sees(site: Site, asker: str) -> None:
    person, oracle = site.people[asker], site.oracle
    api(site, asker, "openapi.json")
    document = json_of(site, asker, "openapi.json")
    paths, schemas = document["paths"], document["components"]["schemas"]
    for entity in ENTITIES:
        assert (f"/api/v1/{entity}/" in paths) == oracle.reads_any(person, entity)
        if not oracle.reads_any(person, entity):
            continue
        one = paths[f"/api/v1/{entity}/{{id}}"]
        assert ("patch" in one) == (oracle.allowed(person, "update", entity) == "yes")
        assert ("delete" in one) == (oracle.allowed(person, "delete", entity) == "yes")
        assert ("post" in paths[f"/api/v1/{entity}/"]) == (oracle.allowed(person, "create", entity) == "yes")
        named = set(schemas[entity.capitalize()]["properties"]) & set(oracle.fields(entity))
        assert named == {key for key in oracle.fields(entity) if oracle.sight(person, entity, key) != "hidden"}
        values = set(schemas[f"{entity.capitalize()}Values"]["properties"]) & set(oracle.fields(entity))
        verbs = ("create", "update")
        assert values == {
            key for key in oracle.fields(entity) if any(oracle.writes(person, entity, key, v) for v in verbs)
        }


def whole_records(site: Site, asker: str) -> list[Thing]:
    things = [site.thing(entity, position, asker) for entity in ENTITIES for position in ("mine", "other", "far")]
    return [each for each in things if each.id in readable(site, asker, each.entity)]


def bare(text: str) -> str:
    return text.removeprefix("https://").removeprefix("+86")


@ROLES
def test_a_record_shows_each_field_as_far_as_it_is_seen(site: Site, asker: str) -> None:
    person, oracle = site.people[asker], site.oracle
    for thing in whole_records(site, asker):
        result = json_of(site, asker, f"{thing.entity}/{thing.id}")["result"]
        page = of(site, asker, f"/{thing.entity}/{thing.id}").body
        plain = re.sub(r"(?<=\d)[ ,](?=\d)", "", page)
        for key, text in thing.canaries.items():
            sight = oracle.sight(person, thing.entity, key)
            assert (key in result) == (sight != "hidden"), key
            told = sight in {"read", "write"}
            assert (bare(text) in str(result.get(key))) == told, key
            assert (bare(text) in plain) == told, key
            if sight == "masked":
                assert "**" in result[key]
                assert "**" in page


@ROLES
def test_a_form_holds_the_values_that_are_read(site: Site, asker: str) -> None:
    person, oracle = site.people[asker], site.oracle
    for thing in whole_records(site, asker):
        heard = of(site, asker, f"/{thing.entity}/{thing.id}/edit")
        if oracle.allowed(person, "update", thing.entity, thing.id) != "yes":
            assert heard.status == 403
            continue
        for key in thing.canaries:
            sight = oracle.sight(person, thing.entity, key)
            assert (f' name="{key}"' in heard.body) == oracle.writes(person, thing.entity, key), (thing.entity, key)
            if sight != "hidden" and key in {"name", "email"}:
                assert (bare(thing.canaries[key]) in heard.body) == (sight in {"read", "write"}), key


@ROLES
@pytest.mark.parametrize(
    "path", ["/", "/profile/", "/password/", "/search/", "/brand.css", "/account/new", "/contact/new"]
)
def test_pages_of_ones_own_tell_nothing(site: Site, asker: str, path: str) -> None:
    assert of(site, asker, path).status in {200, 403, 404}


@pytest.mark.deep  # a part of it, every day, in the matrix: field.page.input
@ROLES
def test_inputs_are_made_for_fields_that_may_be_written(site: Site, asker: str) -> None:
    person, oracle = site.people[asker], site.oracle
    for entity in ENTITIES:
        for key in (*oracle.fields(entity), "nonsense", "id", "created_by", "deleted_at"):
            heard = of(site, asker, f"/{entity}/input?field={key}")
            may = oracle.allowed(person, "update", entity) == "yes" and oracle.writes(person, entity, key)
            known = key in oracle.fields(entity)
            assert (heard.status == 200) == (may and known), (entity, key, heard.status)
        hidden = [key for key in oracle.fields(entity) if oracle.sight(person, entity, key) == "hidden"]
        if hidden:
            unknown = of(site, asker, f"/{entity}/input?field=nonsense")
            assert of(site, asker, f"/{entity}/input?field={hidden[0]}").body == unknown.body


ADDRESSES = (
    ("GET", "/{}/"), ("GET", "/{}"), ("GET", "/{}/csv"), ("GET", "/{}/lookup"), ("GET", "/{}/input?field=name"), ("GET", "/{}/new"),
    ("GET", "/{}/bin/"), ("GET", "/{}/12"), ("GET", "/{}/12/edit"), ("GET", "/{}/12/cell?field=name"), ("POST", "/{}/new"),
    ("POST", "/{}/bulk/edit"), ("POST", "/{}/bulk/delete"), ("POST", "/{}/bin/restore"), ("POST", "/{}/12/edit"),
    ("POST", "/{}/12/cell"), ("POST", "/{}/12/delete"), ("POST", "/{}/12/stage"), ("GET", "/{}/bulk/edit"),
    ("GET", "/{}/12/delete"), ("POST", "/{}/"), ("PUT", "/{}/12"), ("OPTIONS", "/{}/"), ("OPTIONS", "/{}/12"), ("HEAD", "/{}/"),
)  # fmt: skip


@pytest.mark.parametrize("asker", [each for each in ASKING if each not in {"auditor", "administrator"}])
@pytest.mark.parametrize(("method", "address"), ADDRESSES)
def test_an_entity_out_of_sight_is_like_one_that_does_not_exist(
    site: Site, asker: str, method: str, address: str
) -> None:
    browser = site.page(asker)

    def answer(entity: str) -> tuple[int, str, object, object]:
        path = address.format(entity)
        got = browser.open(
            path, method=method, headers={"X-CSRF-Token": browser.csrf}, data={"id": "12", "field": "name"}
        )
        body = got.get_data(as_text=True).replace(entity, "ENTITY")
        return (
            got.status_code,
            body,
            got.headers.get("Allow"),
            got.headers.get("Location", "").replace(entity, "ENTITY"),
        )

    assert answer("ocelot") == answer("zebras")


@pytest.mark.parametrize("asker", [each for each in ASKING if each not in {"auditor", "administrator"}])
@pytest.mark.parametrize("rest", ["/", "/_info", "/12", "/12/restore", "/12/transition"])
def test_an_entity_out_of_sight_has_no_api(site: Site, asker: str, rest: str) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        answers = []
        for entity in ("ocelot", "zebras"):
            got = site.program(asker).open(f"/api/v1/{entity}{rest}", method=method, json={"name": "x", "to": "x"})
            answers.append((got.status_code, got.get_data(as_text=True).replace(entity, ""), got.headers.get("Allow")))
        assert answers[0] == answers[1], method
    assert not site.wrote()


@pytest.mark.parametrize("asker", [each for each in ASKING if each != "administrator"])
@pytest.mark.parametrize("what", ["roles", "link"])
def test_logins_are_for_administrators(site: Site, asker: str, what: str) -> None:
    browser = site.page(asker)
    answers = {
        browser.post(f"/user/{user}/{what}", data={"role": "administrator"}).status_code
        for user in (site.company.people["rep"], site.company.people[asker], ABSENT)
    }
    assert len(answers) == 1
    assert answers <= {403, 404}
    assert not site.wrote()


def was_his_to_read(site: Site, leak: str) -> bool:
    """What is in the bin still stands in the audit, for who might read it if it were not."""
    found = re.fullmatch(r"(\w+)/(\d+)\.(\w+)", leak)
    if found is None:
        return False
    person, (entity, record, field) = site.people["auditor"], found.groups()
    return site.oracle.shows(person, entity, field) and site.oracle.covers(person, "read", entity, int(record))


def test_the_audit_tells_its_reader_what_he_may_see(site: Site) -> None:
    program, cursor, told = site.program("auditor"), "9" * 18, 0
    while cursor is not None:
        heard = hear(program.get("/api/v1/audit/", query_string={"limit": 100, "cursor": cursor}))
        assert heard.status == 200
        assert [leak for leak in site.leaks("auditor", heard) if not was_his_to_read(site, leak)] == []
        page = json.loads(heard.body)
        cursor, told = page["next"], told + len(page["result"])
    assert told


REFERENCE = ("/help/language", "/help/expressions", "/help/codes", "/help/language/field", "/help/code/PLN501")


@ROLES
@pytest.mark.parametrize("entity", ENTITIES)
def test_help_tells_of_fields_that_are_seen(site: Site, asker: str, entity: str) -> None:
    person, oracle = site.people[asker], site.oracle
    heard = of(site, asker, f"/help/entity/{entity}")
    assert heard.status == (200 if oracle.reads_any(person, entity) else 404)
    assert (f"/help/entity/{entity}" in of(site, asker, "/help/").body) == (heard.status == 200)
    told = re.findall(r'<th scope="row">([^<]*)</th>', heard.body)
    hit = rf'<a class="strong" href="/help/entity/{entity}[^"]*">([^<]*)</a>'
    found = re.findall(hit, of(site, asker, "/help/?q=e").body)
    declared = site.store.catalog.entities[entity].fields
    labels = {key: str(field.label) for key, field in declared.items()}
    hidden = {labels[key] for key in labels if oracle.sight(person, entity, key) == "hidden"}
    shown = {labels[key] for key in labels if oracle.sight(person, entity, key) != "hidden"}
    assert not (hidden - shown) & {html.unescape(each) for each in (*told, *found)}
    assert heard.status == 404 or shown <= {html.unescape(each) for each in told}


@pytest.mark.parametrize("path", REFERENCE)
@ROLES
def test_the_reference_is_for_administrators(site: Site, asker: str, path: str) -> None:
    assert of(site, asker, path).status == (200 if asker == "administrator" else 404)


SETTINGS = ("/settings/", "/settings/entity/account", "/settings/history/", "/settings/history/1")


@pytest.mark.parametrize("asker", [each for each in ASKING if each != "administrator"])
def test_the_configuration_is_for_administrators(site: Site, asker: str) -> None:
    assert [of(site, asker, path).status for path in (*SETTINGS, "/settings/entity/nothing")] == [404] * 5
    assert "/settings/" not in of(site, asker, "/").body


def test_the_configuration_tells_no_value_of_a_record(site: Site) -> None:
    for path in SETTINGS:
        heard = of(site, "administrator", path)
        assert heard.status == 200, path
        assert CANARY not in heard.body, path
    assert re.search(r"account\.yaml:\d+", of(site, "administrator", SETTINGS[1]).body)


@pytest.mark.parametrize("asker", [each for each in ASKING if each != "administrator"])
def test_jobs_and_backups_are_for_administrators(site: Site, asker: str) -> None:
    browser = site.page(asker)
    assert browser.get("/jobs/").status_code == 403
    assert browser.post("/jobs/run", data={"job": "purge"}).status_code == 403
    assert "/jobs/" not in browser.get("/").text
    assert browser.get("/automations/").status_code == 403
    assert browser.get("/automations/high_intent_leads").status_code == 403
    assert browser.post("/automations/again", data={"event": "1"}).status_code == 403
    assert browser.get("/deliveries/").status_code == 403
    assert browser.post("/deliveries/again", data={"delivery": "1"}).status_code == 403
    program = site.program(asker)
    for path in ("", "1", "99"):
        assert program.get(f"/api/v1/deliveries/{path}").status_code == 403
    for path in ("1", "99"):
        assert program.post(f"/api/v1/deliveries/{path}/again").status_code == 403
    assert browser.get("/mail-stops/").status_code == 403
    for what in ("add", "lift"):
        assert browser.post(f"/mail-stops/{what}", data={"address": "a@b.example", "reason": "x"}).status_code == 403
    if asker != "auditor":
        assert browser.get("/audit/").status_code == 404
        assert program.get("/api/v1/audit/").status_code == 404
        assert 'href="/audit/"' not in browser.get("/").text
    assert browser.get("/backups/").status_code == 403
    assert browser.post("/backups/run", data={"job": "backup.full"}).status_code == 403
    assert "/backups/" not in browser.get("/").text
    assert not site.wrote()


def test_the_logins_of_nobody_are_not_found(site: Site) -> None:
    for what in ("roles", "link"):
        assert site.page("administrator").post(f"/user/{ABSENT}/{what}").status_code == 404
    assert not site.wrote()


def test_the_last_administrator_stays(site: Site) -> None:
    me, page, program = site.company.people["administrator"], site.page("administrator"), site.program("administrator")
    page.post(f"/user/{me}/roles", data={"role": "rep"})
    page.post(f"/user/{me}/cell?field=active", data={"active": "false"})
    page.post("/user/bulk/edit", data={"id": str(me), "field": "active", "value": "false"})
    page.post("/user/bulk/delete", data={"id": str(me)})
    assert program.patch(f"/api/v1/user/{me}", json={"active": False}).status_code == 422
    assert program.delete(f"/api/v1/user/{me}").status_code == 422
    assert not site.changed()


@ROLES
def test_nobody_gives_himself_roles_by_the_doors_of_records(site: Site, asker: str) -> None:
    if asker == "administrator":
        return
    me = site.company.people[asker]
    for path in (f"user/{me}", f"user/{site.company.people['mate']}"):
        for body in (
            {"roles": ["administrator"]},
            {"active": False},
            {"department": str(site.company.departments["sales"])},
        ):
            assert site.program(asker).patch(f"/api/v1/{path}", json=body).status_code in {403, 404}
    assert not site.wrote()


def test_a_search_for_nothing_finds_nothing(site: Site) -> None:
    for asker in ASKING:
        assert f"/account/{ABSENT}" not in of(site, asker, f"/search/?q={NOWHERE}").body


def test_the_start_page_sums_ones_own(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "dashboards_of", lambda *_: {})  # as in a pack without any
    amounts = [
        int(site.thing("opportunity", position, "manager").canaries["amount"])
        for position in ("mine", "parent_foreign")
    ]
    pages = {asker: of(site, asker, "/") for asker in ASKING}
    assert f"{sum(amounts):,}" in pages["manager"].body
