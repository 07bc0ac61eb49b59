"""Rules that need more than one request, or none: limits, includes, shared views, duplicates, moves, traces of denials."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from app.access import PersonalRight
from app.cli import COMMANDS
from app.record import Act, Refused, note_export
from app.record import people as written
from app.record.exporting import COUNT
from app.record.personal_rights import Wanted, add_exception
from app.web.security import audited
from app.web.security.lockout import Bucket
from tests.security.company import ASKING, CANARY
from tests.security.deciding import actor_of
from tests.security.doors import COMMAND_TRUST
from tests.security.site import ABSENT, Site, hear
from tests.security.test_whole import limit

OTHERS = [each for each in ASKING if each != "administrator"]
NOT_AUDITING = [each for each in OTHERS if each != "auditor"]


def test_every_command_says_whom_it_trusts() -> None:
    assert set(COMMANDS) == set(COMMAND_TRUST)


@pytest.mark.parametrize("asker", ASKING)
def test_a_file_has_no_more_rows_than_its_limit(site: Site, asker: str) -> None:
    person = site.people[asker]
    most = limit(site, person, "export_rows")
    heard = hear(site.page(asker).get("/account/csv"))
    assert (most is None) == (asker != "director")
    if most is not None:
        assert heard.status == 200
        assert len(heard.body.splitlines()) - 1 == most
    site.put_back()


def test_a_role_grants_what_it_includes(site: Site) -> None:
    """Nobody has the role of an employee by name: who reads people, departments and teams does so by what his role includes."""
    for asker in ASKING:
        person = site.people[asker]
        for entity in ("user", "department", "team"):
            expected = 200 if site.oracle.reads_any(person, entity) else 404
            assert site.program(asker).get(f"/api/v1/{entity}/").status_code == expected, (asker, entity)
    assert "employee" not in {role for person in site.people.values() for role in person.roles}


@pytest.mark.parametrize("asker", ASKING)
def test_a_view_is_there_for_those_with_whom_it_is_shared(site: Site, asker: str) -> None:
    person = site.people[asker]
    if not site.oracle.reads_any(person, "account"):
        return
    shared = "manager" in site.oracle.closure(person.roles)
    assert ("view=leaders" in site.page(asker).get("/account/").text) == shared
    answer = site.program(asker).get("/api/v1/account/?view=leaders")
    none = site.program(asker).get("/api/v1/account/?view=nothing")
    assert answer.status_code == (200 if shared else 400)
    if not shared:
        assert answer.text == none.text.replace("nothing", "leaders")


@pytest.mark.parametrize("asker", ["rep", "manager", "both", "administrator"])
def test_a_duplicate_out_of_sight_is_not_named(site: Site, asker: str) -> None:
    """That there is one is told to who may not see it, for the warning is meant for him; nothing else is."""
    person = site.people[asker]
    named = {}
    for position in ("mine", "other", "far"):
        thing = site.thing("memo", position, asker)
        answer = site.program(asker).post("/api/v1/memo/", json={"name": thing.canaries["name"]})
        heard = hear(answer)
        assert heard.status in {409, 422}, position
        assert site.leaks(asker, heard, sent=thing.canaries["name"]) == []
        named[position] = str(thing.id) in heard.body
        seen = site.oracle.allowed(person, "read", "memo", thing.id) == "yes"
        assert named[position] == seen, position
        form = hear(site.page(asker).post("/memo/new", data={"name": thing.canaries["name"]}))
        assert site.leaks(asker, form, sent=thing.canaries["name"]) == []
        assert (f"/memo/{thing.id}" in form.body) == seen, position
        hints = hear(site.page(asker).post("/memo/form/alike", data={"name": thing.canaries["name"]}))
        assert site.leaks(asker, hints, sent=thing.canaries["name"]) == []
        assert (f"/memo/{thing.id}" in hints.body, '"text"' in hints.body) == (seen, seen), position
    assert not site.wrote()


@pytest.mark.parametrize("asker", ["rep", "director", "manager", "administrator"])
def test_a_move_is_made_by_the_roles_that_may_make_it(site: Site, asker: str) -> None:
    thing = site.thing("opportunity", "mine", asker)
    may = asker in {"manager", "administrator"}
    answer = site.program(asker).post(f"/api/v1/opportunity/{thing.id}/transition", json={"to": "won"})
    assert answer.status_code == (200 if may else 403), answer.text
    site.put_back()
    site.page(asker).post(f"/opportunity/{thing.id}/stage", data={"field": "stage", "to": "won"})
    assert site.wrote() == may
    site.put_back()
    site.program(asker).patch(f"/api/v1/opportunity/{thing.id}", json={"stage": "won"})
    assert site.wrote() == may


@pytest.mark.parametrize("asker", ASKING)
def test_the_audit_tells_its_readers_what_they_may_read(site: Site, asker: str) -> None:
    things = [
        site.thing(entity, position, "rep") for entity in ("account", "contact") for position in ("mine", "other")
    ]
    paths = ["/audit/", *(f"/audit/?entity={each.entity}&record={each.id}" for each in things)]
    for path in paths:
        heard = hear(site.page(asker).get(path))
        assert heard.status == (200 if asker in {"administrator", "auditor"} else 404), path
        assert site.leaks(asker, heard) == [], path
    site.put_back()


@contextmanager
def every_denial_told() -> Iterator[None]:
    """The audit is told of every denial, as it is of the first twenty."""
    kept = audited.OF_ONE, audited.OF_ALL
    audited._left_out.clear()
    audited.OF_ONE = audited.OF_ALL = Bucket(1_000_000, 0)
    try:
        yield
    finally:
        audited.OF_ONE, audited.OF_ALL = kept


@pytest.fixture
def told(no_lines_of_denials: None) -> Iterator[None]:  # noqa: ARG001
    with every_denial_told():
        yield


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("asker", OTHERS)
def test_what_was_denied_leaves_one_line_that_tells_no_value(site: Site, asker: str) -> None:
    """One for a record that is out of sight as for one that does not exist, but for its number; no notice, no event."""
    record = site.thing("ocelot", "other", asker).id
    if site.oracle.allowed(site.people[asker], "read", "ocelot", record) == "yes":
        record = site.thing("account", "other_bin", asker).id  # of one who reads them all: what he may not restore
    entity = "ocelot" if site.company.facts.get(("ocelot", record)) else "account"
    lines = []
    for each in (record, ABSENT):
        assert site.program(asker).get(f"/api/v1/{entity}/{each}").status_code == 404
        assert site.changed() == ["tenon_audit"]
        with site.store.system_reading() as connection:
            query = "SELECT action, door, entity, record, actor_id, changes FROM tenon_audit ORDER BY id DESC LIMIT 1"
            row = dict(connection.execute(sa.text(query)).mappings().one())
        assert row["action"] == "denied"
        assert row["actor_id"] == site.company.people[asker]
        assert row.pop("record") == each
        assert not re.search(CANARY, str(row))
        lines.append(row)
        site.put_back()
    assert lines[0] == lines[1]


@pytest.mark.parametrize("asker", OTHERS)
def test_the_write_path_lets_administrators_alone_give_rights(site: Site, asker: str) -> None:
    """Behind the pages, which ask before."""
    me = actor_of(site, asker)
    for user in (site.company.people[asker], site.company.people["mate"]):
        outcome = written.set_roles(site.store, me, user, ("administrator",))
        assert isinstance(outcome, Refused)
        right = PersonalRight("account", None, "read", True, "all")
        soon = site.store.clock().date() + dt.timedelta(days=3)
        assert add_exception(site.store, me, user, Wanted(right, soon, "I want it")) is not None
    assert not site.wrote()


def test_what_goes_out_as_files_in_a_day_is_limited(site: Site) -> None:
    director = actor_of(site, "director")

    def takes(count: int) -> bool:
        act = Act("export", "form", director.user_id, director.name, "account", facts={COUNT: count})
        return note_export(site.store, director, act) is None

    assert [takes(count) for count in (100_001, 99_999, 2, 1, 1)] == [False, True, False, True, False]
    site.put_back()
