"""What holds for every route: who may come, what may change, what every answer carries, what nobody is told."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask_appbuilder.api import ModelRestApi
from flask_appbuilder.baseviews import BaseView
from flask_appbuilder.views import ModelView
from sqlalchemy.exc import OperationalError
from werkzeug.routing import Rule

from app.automation import mail_links
from app.orm.store import StaleRevision, Store
from app.settings import Settings
from app.web import errors
from app.web.app import LARGEST_BODY, TOO_LARGE, JsonLines, create_app
from app.web.builder import ForeignBase, refuse_foreign_base
from app.web.cookies import OURS_ALONE
from app.web.security import csrf
from tests.unit.website import PASSWORD, Browser, Website, find_csrf

INSTALLABLE = {f"InstallableView.{name}" for name in ("show", "image", "worker", "offline")}
PUBLIC = {
    "static", "HealthView.healthz", "HealthView.readyz", "LoginView.login", "LoginView.enter", "SetupView.ask",
    "SetupView.finish", "SecurityApi.login", "BrandView.show", "HooksApi.call",
    "MailLinksView.ask", "MailLinksView.unsubscribe", "MailLinksView.seen", "MailLinksView.go", "ForgottenView.ask",
    "ForgottenView.send", "StepsView.check_code", "StepsView.enrol", "StepsView.renew",
    "PasskeyLoginView.options", "PasskeyLoginView.log_in", "PasskeyLoginView.options_of_factor",
    "PasskeyLoginView.check_factor", "PasskeyLoginView.options_to_enrol", "PasskeyLoginView.enrol",
    "OidcView.leave", "OidcView.back", "SamlView.leave", "SamlView.acs", "SamlView.back", "SamlView.metadata",
    "CalendarFeedsView.calendar", *INSTALLABLE,
}  # fmt: skip
APPBUILDERS_OWN = re.compile(
    r"/(users|roles/list|groups|permissions|viewmenus|permissionviews|registeruser|resetpassword|resetmypassword|userinfo|"
    r"userinfoeditview|lang|back|swagger|userstatschartview)\b|/api/v1/(security/(users|roles|permissions|groups)|menu|_openapi)"
)


def address(rule: Rule) -> str:
    """An address that a rule answers, with something in each gap."""
    return re.sub(r"<(?:(\w+)(?:\([^)]*\))?:)?\w+>", lambda found: "1" if found[1] == "int" else "gap", rule.rule)


def routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Method, address and endpoint of every route."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, address(rule), rule.endpoint


def test_only_the_doors_are_open_to_strangers(website: Website, stranger: Browser) -> None:
    open_to_all = set()
    for method, path, endpoint in routes(website.app):
        answer = stranger.open(path, method=method, headers={"X-CSRF-Token": stranger.csrf})
        sent_away = answer.status_code == 303 and answer.location.startswith("/login/")
        if not (sent_away or (answer.status_code == 401 and endpoint != "SecurityApi.login")):
            open_to_all.add(endpoint)
    assert open_to_all <= PUBLIC, "a route that needs no login is listed here"


def test_flask_appbuilders_own_pages_are_absent(website: Website, administrator: Browser) -> None:
    assert [rule.rule for rule in website.app.url_map.iter_rules() if APPBUILDERS_OWN.match(rule.rule)] == []
    for path in (
        "/users/list/",
        "/roles/list/",
        "/lang/zh",
        "/back",
        "/swagger/v1",
        "/api/v1/menu/",
        "/api/v1/_openapi",
    ):
        assert administrator.get(path, follow_redirects=True).status_code in {404, 401}, path


def test_nothing_of_flask_appbuilders_scripts_is_served(stranger: Browser) -> None:
    assert stranger.get("/static/appbuilder/js/jquery-latest.js").status_code == 404


def test_every_answer_carries_the_headers(website: Website, rep: Browser) -> None:
    for method, path, endpoint in routes(website.app):
        if endpoint == "LogoutView.logout":
            continue
        headers = rep.open(path, method=method).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"], path
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "same-origin", path
        if endpoint not in {"static", *INSTALLABLE}:  # which say nothing of anybody
            assert "no-store" in headers["Cache-Control"] or "private" in headers["Cache-Control"], path
            assert "Cookie" in headers["Vary"], path


def test_a_change_without_the_pages_token_is_refused_on_every_route(website: Website, rep: Browser) -> None:
    tried = 0
    for method, path, endpoint in routes(website.app):
        # A hook is signed by whoever calls it, a link of a mail by us, what a provider's page posts by the provider.
        if method == "GET" or path.startswith((errors.API, "/hooks/", mail_links.HOME, "/login/saml/acs")):
            continue
        for forged in ("", "forged"):
            answer = rep.open(path, method=method, headers={"X-CSRF-Token": forged})
            assert answer.status_code == 400, endpoint
        tried += 1
    assert tried >= 4


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_change_from_another_origin_is_refused_even_with_the_token(rep: Browser, headers: dict[str, str]) -> None:
    assert rep.post("/logout/", headers=headers).status_code == 400
    assert (
        rep.post("/logout/", headers={"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}).status_code == 303
    )


def test_the_token_of_one_person_is_worth_nothing_to_another(rep: Browser, colleague: Browser) -> None:
    assert rep.csrf != colleague.csrf
    assert colleague.post("/logout/", headers={"X-CSRF-Token": rep.csrf}).status_code == 400


def test_the_login_itself_is_asked_for_by_our_page_only(website: Website, stranger: Browser) -> None:
    form = {"username": "rep", "password": "x"}
    refused = stranger.post("/login/", data=form)
    assert (refused.status_code, "open for too long" in refused.text) == (400, True)
    token = find_csrf(stranger.get("/login/").text)
    assert stranger.post("/login/", data={**form, "csrf_token": token}).status_code == 401
    assert website.browser().post("/login/", data={**form, "csrf_token": token}).status_code == 400, (
        "without the cookie"
    )


def test_the_field_of_a_form_serves_as_well_as_the_header(rep: Browser) -> None:
    rep.csrf, token = "", rep.csrf
    assert rep.post("/logout/", data={csrf.FIELD: token}).status_code == 303


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "localhost:80@evil"]
)
def test_a_host_that_is_not_ours_is_refused(stranger: Browser, host: str) -> None:
    for path in ("/login/", "/", "/api/v1/account/"):
        answer = stranger.get(path, headers={"Host": host})
        assert answer.status_code == 400
        assert "evil" not in answer.text


def test_the_stated_hosts_are_answered(store_of: Store, settings_of: Settings) -> None:
    from dataclasses import replace

    settings = replace(settings_of, trusted_hosts=("crm.example.com",), base_url="https://crm.example.org")
    client = create_app(store_of, settings).test_client()
    for host in ("crm.example.com", "crm.example.org", "127.0.0.1:8000"):
        assert client.get("/healthz", headers={"Host": host}).status_code == 200, host
    answer = client.get("/login/", headers={"Host": "crm.example.org"})
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    assert "Secure" in answer.headers["Set-Cookie"]


@pytest.fixture
def store_of(website: Website) -> Store:
    return website.store


@pytest.fixture
def settings_of(website: Website) -> Settings:
    return website.settings


def test_a_body_that_is_too_large_is_said_to_be(stranger: Browser) -> None:
    page = stranger.post("/login/", environ_overrides={TOO_LARGE: True})
    assert page.status_code == 413
    assert "10 MB" in page.text
    problem = stranger.post("/api/v1/security/login", environ_overrides={TOO_LARGE: True})
    assert (problem.status_code, problem.get_json()["status"]) == (413, 413)
    assert stranger.post("/login/", data={"username": "x" * (LARGEST_BODY + 1)}).status_code == 413


@pytest.mark.parametrize(("language", "words"), [("en", "Not found"), ("zh", "未找到")])
def test_what_does_not_exist_is_not_found_in_the_persons_language(website: Website, language: str, words: str) -> None:
    browser = website.browser("rep" if language == "en" else "colleague")
    answer = browser.get("/no_such_thing/")
    assert answer.status_code == 404
    assert words in answer.text


def test_a_method_that_a_route_does_not_know_is_named_with_those_it_does(rep: Browser) -> None:
    answer = rep.get("/logout/")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_problem_is_as_the_standard_says(program: Browser) -> None:
    answer = program.get("/api/v1/no_such_thing/")
    assert answer.content_type == "application/problem+json"
    body = answer.get_json()
    assert {"type", "title", "status", "code", "detail", "errors"} <= body.keys()
    assert (body["status"], body["code"]) == (404, "record.not_found")


@pytest.fixture
def broken(website: Website, monkeypatch: pytest.MonkeyPatch) -> Website:
    """A website whose password page has a fault that tells secrets."""

    def fail() -> None:
        raise RuntimeError("SELECT secret FROM /etc/passwd\nforged: line")

    monkeypatch.setitem(website.app.view_functions, "PasswordView.ask", fail)
    return website


def test_a_fault_shows_its_number_and_nothing_else(broken: Website, caplog: pytest.LogCaptureFixture) -> None:
    browser = broken.browser()
    browser.csrf = find_csrf(browser.get("/login/").text)
    browser.post("/login/", data={"username": "rep", "password": "Made up-4 tests"})
    answer = browser.get("/password/")
    assert answer.status_code == 500
    assert "Traceback" not in answer.text
    assert "secret" not in answer.text
    (number,) = re.findall(r"give this number: ([0-9a-f]{16})", answer.text)
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    line = JsonLines().format(record)
    assert "\n" not in line
    assert number in json.loads(line)["message"]
    assert "forged: line" in json.loads(line)["traceback"]


@pytest.mark.parametrize(
    ("fault", "status"),
    [(OperationalError("select", {}, Exception("database is locked")), 503), (RuntimeError("x"), 500)],
)
def test_a_database_that_is_away_is_not_called_a_fault(
    website: Website, rep: Browser, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int
) -> None:
    def fail() -> None:
        raise fault

    monkeypatch.setitem(website.app.view_functions, "PasswordView.ask", fail)
    answer = rep.get("/password/")
    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) == (status == 503)


@pytest.fixture
def move_on(website: Website) -> Iterator[Callable[[], None]]:
    """Makes the revision that is served another than the one applied."""
    store = website.app.extensions["tenon"]
    served = store.revision
    yield lambda: object.__setattr__(store, "revision", 0)
    object.__setattr__(store, "revision", served)


def test_a_stale_revision_goes_to_the_layer_above(move_on: Callable[[], None], rep: Browser) -> None:
    move_on()
    with pytest.raises(StaleRevision):
        rep.get("/password/")


def test_a_fault_of_a_statement_counts_as_stale_when_the_revision_moved(
    website: Website, rep: Browser, move_on: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        move_on()
        raise OperationalError("select", {}, Exception("no such column"))

    monkeypatch.setitem(website.app.view_functions, "PasswordView.ask", fail)
    with pytest.raises(StaleRevision):
        rep.get("/password/")


@pytest.mark.parametrize("base", [ModelView, ModelRestApi])
def test_a_view_with_a_model_of_flask_appbuilder_is_refused(base: type) -> None:
    with pytest.raises(ForeignBase, match="derives from"):
        refuse_foreign_base(type("Generated", (base,), {}))


def test_a_plain_view_is_welcome() -> None:
    refuse_foreign_base(type("Generated", (BaseView,), {}))
    with pytest.raises(ForeignBase, match="neither"):
        refuse_foreign_base(type("Generated", (), {}))


def test_reading_pages_changes_nothing(website: Website, rep: Browser) -> None:
    with website.store.system_reading() as connection:
        before = fingerprint(connection)
    for method, path, _endpoint in routes(website.app):
        if method == "GET":
            rep.get(path)
            rep.head(path)
    with website.store.system_reading() as connection:
        after = fingerprint(connection)
    told = {row.action for row in after.pop("tenon_audit")[len(before.pop("tenon_audit")) :]}  # type: ignore[attr-defined]
    assert told <= {"denied", "export"}
    assert after == before


def fingerprint(connection: object) -> dict[str, list[object]]:
    """Every row of every table."""
    import sqlalchemy as sa

    meta = sa.MetaData()
    meta.reflect(connection)  # type: ignore[arg-type]
    tables = [table for name, table in meta.tables.items() if not name.startswith(("tenon_search", "sqlite_"))]
    return {table.name: connection.execute(sa.select(table)).all() for table in tables}  # type: ignore[attr-defined]


def test_who_acts_is_found_with_one_statement(website: Website, rep: Browser) -> None:
    from sqlalchemy import event

    seen: list[str] = []

    def note(_c: object, _k: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "ROLLBACK", "COMMIT")):
            seen.append(statement)

    event.listen(website.store.engine, "before_cursor_execute", note)
    assert rep.get("/password/").status_code == 200
    event.remove(website.store.engine, "before_cursor_execute", note)
    assert ["crm_user" in each for each in seen] == [True, False], seen  # the other: what was given to programs


def test_every_cookie_is_for_https_where_people_come_by_it(store_of: Store, settings_of: Settings) -> None:
    """Behind a proxy that ends TLS the request itself knows nothing of it."""
    from dataclasses import replace

    browser = Browser(create_app(store_of, replace(settings_of, base_url="https://localhost")))
    browser.set_cookie("tenon_session", "planted by another server of the domain")
    given = list(browser.get("/login/").headers.getlist("Set-Cookie"))
    browser.csrf = find_csrf(browser.get("/login/").text)
    given += browser.post("/login/", data={"username": "rep", "password": PASSWORD}).headers.getlist("Set-Cookie")
    browser.csrf = find_csrf(browser.get("/profile/").text)
    zone = {"locale": "en", "time_zone": "Asia/Shanghai"}
    for path, sent in (("/profile/theme", {"theme": "dark"}), ("/profile/", zone), ("/logout/", {})):
        given += browser.post(path, data=sent).headers.getlist("Set-Cookie")
    names = {each.split("=")[0] for each in given}
    ours = {
        f"{OURS_ALONE}{each}" for each in ("tenon_visit", "tenon_session", "tenon_theme", "tenon_notice", "tenon_login")
    }
    assert names == ours, "a browser takes them from nobody else"
    assert [
        each for each in given if each.startswith(OURS_ALONE) and ("Path=/;" not in f"{each};" or "Domain" in each)
    ] == []
    assert [
        each for each in given if "Secure" not in each or "HttpOnly" not in each or "SameSite=Lax" not in each
    ] == []
