"""Logins by a directory, against Debian's slapd: who comes in, with which roles, and what does not get anybody in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from app.identity.arrival import NotArrived
from app.identity.directory import check, vouched
from app.identity.ldap import Place
from app.identity.stated import LdapSettings, PasswordLogins
from app.orm.framework import outside_login, web_session
from app.web.pages.people import roles_of
from app.web.security import outside
from tests.conftest import absent
from tests.slapd import BASE, READER, READER_PASSWORD, Slapd, find_slapd, slapd
from tests.unit.website import PACK, PASSWORD, Prepared, Website, prepare, served_on_sqlite

pytestmark = pytest.mark.deep
REP, NEW = "directory word 1", "directory word 2"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    program = find_slapd()
    if program is None:
        absent("slapd", "CRM_TEST_LDAP")
    with slapd(program, tmp_path_factory.mktemp("slapd")) as found:
        yield found


@pytest.fixture
def directory(running: Slapd, monkeypatch: pytest.MonkeyPatch) -> LdapSettings:
    monkeypatch.setenv("SSL_CERT_FILE", str(running.certificate))
    return LdapSettings(
        place=Place("127.0.0.1", running.plain, secure=False, starts_tls=True), base=f"ou=people,{BASE}",
        bind_name=READER, bind_password=READER_PASSWORD, object_class="inetOrgPerson",
        group_base=f"ou=groups,{BASE}", link="login",
    )  # fmt: skip


@pytest.fixture(scope="module")
def prepared_grouped(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    files = {**PACK, "roles/rep.yaml": "groups: [sales]\n" + PACK["roles/rep.yaml"].lstrip()}
    return prepare(tmp_path_factory.mktemp("grouped"), files)


@pytest.fixture
def website(prepared_grouped: Prepared, directory: LdapSettings) -> Iterator[Website]:
    with served_on_sqlite(prepared_grouped) as found:
        before = found.app.extensions[outside.EXTENSION]
        use(found, directory)
        yield found
        found.app.extensions[outside.EXTENSION] = before


def use(website: Website, directory: LdapSettings, passwords: PasswordLogins | None = None) -> None:
    website.app.extensions[outside.EXTENSION] = outside.Doors(None, passwords or PasswordLogins(), directory)


def rows(website: Website, table: sa.Table) -> list[dict[str, Any]]:
    with website.store.system_reading() as connection:
        return [dict(row) for row in connection.execute(sa.select(table)).mappings()]


def test_who_is_there_is_vouched_for(directory: LdapSettings, running: Slapd) -> None:
    by_tls = replace(directory, place=Place("127.0.0.1", running.secure, secure=True, starts_tls=False))
    for settings in (directory, by_tls):
        check(settings)
        found = vouched(settings, "rep", REP)
        assert found is not None
        assert (found.name, found.email, set(found.groups)) == (
            "The Representative",
            "rep@example.com",
            {"sales", "leads"},
        )
        assert len(found.subject) == 36
        assert found.issuer == f"ldap:ou=people,{BASE}"
    named = vouched(replace(directory, group_base=None), "REP", REP)
    assert named is not None
    assert set(named.groups) == {f"cn=sales,ou=groups,{BASE}", f"cn=leads,ou=groups,{BASE}"}


WRONG = [
    ("rep", ""), ("rep", "wrong"), ("rep", NEW), ("nobody", REP), ("", REP), ("rep\0", REP), ("*", REP), ("re*", REP),
    ("rep)(uid=*", REP), ("*)(|(uid=*", REP), (r"\72ep", REP), ("rep)(!(uid=x", REP), ("uid=rep", REP), ("rep", REP + "\0"),
    (f"uid=rep,ou=people,{BASE}", REP), ("reader", READER_PASSWORD), ("rep", "x" * 2_000),
]  # fmt: skip


@pytest.mark.parametrize(("login", "password"), WRONG)
def test_nothing_else_gets_anybody_in(directory: LdapSettings, login: str, password: str) -> None:
    assert vouched(directory, login, password) is None


def test_a_directory_that_is_not_trusted_hears_no_password(
    directory: LdapSettings, running: Slapd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    secure = Place("127.0.0.1", running.secure, secure=True, starts_tls=False)
    for settings in (directory, replace(directory, place=secure)):
        with pytest.raises(NotArrived, match="certificate is not trusted"):
            vouched(settings, "rep", REP)


def test_what_is_wrong_with_the_directory_is_told(directory: LdapSettings) -> None:
    with pytest.raises(NotArrived, match="does not let this program in: 49"):
        check(replace(directory, bind_password="wrong"))
    with pytest.raises(NotArrived, match="Connection refused"):
        check(replace(directory, place=Place("127.0.0.1", 9, secure=False, starts_tls=True)))
    with pytest.raises(NotArrived, match="subject"):
        vouched(replace(directory, subject="employeeNumber"), "rep", REP)


def test_one_logs_in_by_the_form_and_by_a_program(website: Website) -> None:
    browser = website.browser()
    assert browser.log_in("rep", "wrong").status_code == 401
    assert browser.log_in("rep", REP).status_code == 303
    assert browser.get("/account/").status_code == 200
    (session,) = rows(website, web_session)
    assert (session["user_id"], session["means"]) == (website.ids["rep"], "ldap")
    assert [row["user_id"] for row in rows(website, outside_login)] == [website.ids["rep"]]
    program = website.app.test_client()
    answer = program.post("/api/v1/security/login", json={"username": "rep", "password": REP})
    assert answer.status_code == 200
    assert website.browser().log_in("rep", PASSWORD).status_code == 401, "his own password ended when he was linked"
    use(
        website,
        website.app.extensions[outside.EXTENSION].ldap,
        PasswordLogins(everyone=False, logins=frozenset({"administrator"})),
    )
    assert website.browser().log_in("rep", PASSWORD).status_code == 401
    assert website.browser().log_in("rep", REP).status_code == 303
    assert website.browser().log_in("administrator", PASSWORD).status_code == 303


def test_new_people_come_with_their_groups(website: Website, directory: LdapSettings) -> None:
    answer = website.browser().log_in("newcomer", NEW)
    assert answer.status_code == 403
    assert "nobody here has that account" in answer.text
    use(website, replace(directory, create=True))
    assert website.browser().log_in("newcomer", NEW).status_code == 303
    (link,) = rows(website, outside_login)
    assert roles_of(website.store, link["user_id"]) == {"rep"}
    use(website, replace(directory, create=True, group_member="owner"))
    assert website.browser().log_in("newcomer", NEW).status_code == 303
    assert roles_of(website.store, link["user_id"]) == set()


def test_wrong_passwords_lock_as_ours_do(website: Website) -> None:
    for _ in range(5):
        assert website.browser().log_in("rep", "wrong").status_code == 401
    assert website.browser().log_in("rep", REP).status_code == 401, "the right one comes too late"
    assert rows(website, outside_login) == []


def test_a_directory_that_is_away_is_told(website: Website, directory: LdapSettings) -> None:
    use(website, replace(directory, place=Place("127.0.0.1", 9, secure=False, starts_tls=True)))
    answer = website.browser().log_in("rep", REP)
    assert answer.status_code == 503
    assert "does not answer as it should" in answer.text
    assert website.browser().log_in("rep", PASSWORD).status_code == 303
