"""Requests that others make in one's name, or that lead elsewhere: forged ones, GETs that change, redirects, hosts."""

import html
import re
from urllib.parse import urljoin, urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.security.doors import DOORS
from tests.security.site import Site, hear

READING = [rule for rule, method in DOORS if method == "GET"]
SIGNED = {
    "/hooks/<string:hook>",
    "/mail-links/<string:token>/stop",
    "/login/saml/acs",
}  # by their address or whoever sends it: see their tests
CHANGING = [rule for rule, method in DOORS if method == "POST" and not rule.startswith("/api/") and rule not in SIGNED]
# Of other modules: what needs something to decide, to read or to review, as they have it.
TRIED_HERE = {"test_requests", "test_whole", "test_computed"}
NEVER_DUE = {
    "/backups/run",
    "/automations/again",
    "/deliveries/again",
    "/mail-stops/lift",
}  # the pack has none, nothing was given up
# A cookie alone; what a save would do, and of what it would warn
WRITING_NOTHING = {"/profile/theme", "/<entity:entity>/form/state", "/<entity:entity>/form/alike"}
API_RULES = [(rule, method) for rule, method in DOORS if rule.startswith("/api/") and "security" not in rule]


def address(site: Site, rule: str, entity: str = "account") -> str:
    """The rule with the administrator's own records in it."""
    record = str(site.thing(entity, "mine", "administrator").id)
    for name, value in (
        ("<entity:entity>", entity), ("<string:entity>", entity), ("<string:record>", record), ("<string:id>", record),
        ("<string:user>", str(site.company.people["mate"])), ("<string:token>", "x" * 43), ("<path:filename>", "base.css"),
    ):  # fmt: skip
        rule = rule.replace(name, value)
    return f"{rule}?field=name" if rule.endswith("/cell") else rule


def form(site: Site, rule: str, entity: str = "account") -> dict[str, object]:
    """What would change something, were it sent by a page."""
    if rule.endswith(("/new", "/edit", "/cell")) and "bulk" not in rule:
        return {"name": "Forged"}
    if rule.endswith("/stage"):
        return {"field": "stage", "to": "second"}
    if rule.endswith("/timeline"):
        return {":for": "contact", "name": "Forged"}
    record = site.thing(entity, "bin" if rule.endswith("/bin/restore") else "mine", "administrator").id
    return {
        "name": "Forged", "id": record, "field": "stage" if entity == "opportunity" else "name", "value": "Forged", "to": "second",
        "role": "administrator", "language": "zh", "locale": "zh", "time_zone": "Asia/Shanghai", "theme": "dark",
        "username": "x", "password": "x", "job": "purge", "old": "x", "password_again": "x",
        "user": site.company.people["mate"], "place": "guest",
        "address": "li@client.example", "reason": "x", ":field": "wombat", "wombat": "Forged", ":reason": "x",
        "add": '["forged"]', "remove": "",
    }  # fmt: skip


def staged(rule: str) -> str:
    return "opportunity" if rule.endswith(("/stage", "/transition", "/<string:record>/approval")) else "account"


@pytest.mark.parametrize("rule", CHANGING)
@pytest.mark.parametrize(
    "headers",
    [
        {"X-CSRF-Token": ""},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        *(
            pytest.param(each, marks=pytest.mark.deep)
            for each in (
                {"X-CSRF-Token": "x" * 43},
                {"X-CSRF-Token": "\u00e9\u00ff"},
                {"Origin": "null"},
                {"Origin": "http://localhost.evil.example"},
                {"Sec-Fetch-Site": "same-site"},
            )
        ),
    ],
    ids=str,
)
def test_a_forged_post_is_refused_and_changes_nothing(site: Site, rule: str, headers: dict[str, str]) -> None:
    browser = site.page("administrator")
    path = address(site, rule, staged(rule))
    answer = browser.post(path, data=form(site, rule, staged(rule)), headers=headers)
    assert answer.status_code == 400, path
    assert not site.wrote()


@pytest.mark.parametrize("rule", CHANGING)
def test_the_token_of_another_person_is_no_token(site: Site, rule: str) -> None:
    browser = site.page("administrator")
    path = address(site, rule, staged(rule))
    other = {"X-CSRF-Token": site.page("rep").csrf}
    assert browser.post(path, data=form(site, rule, staged(rule)), headers=other).status_code == 400
    assert (
        browser.post(
            f"{path.split('?')[0]}?field=name&csrf_token={browser.csrf}",
            data=form(site, rule),
            headers={"X-CSRF-Token": ""},
        ).status_code
        == 400
    )
    assert not site.wrote()


@pytest.mark.parametrize(
    "rule",
    [
        rule
        for rule in CHANGING
        if not rule.startswith(("/login", "/setup", "/password"))
        and (DOORS[rule, "POST"][0] in TRIED_HERE or not DOORS[rule, "POST"][0].startswith("test_"))
        and rule not in NEVER_DUE
    ],
)
def test_the_same_post_from_a_page_does_something(site: Site, rule: str) -> None:
    """So that the tests above refuse what would otherwise be done."""
    answer = site.page("administrator").post(address(site, rule, staged(rule)), data=form(site, rule, staged(rule)))
    assert answer.status_code in {200, 303}, answer.text
    answer.get_data()  # a file is noted when it went out
    assert site.wrote() or rule in WRITING_NOTHING


@pytest.mark.parametrize("rule", READING)
@pytest.mark.parametrize("asker", ["administrator", pytest.param("rep", marks=pytest.mark.deep)])
def test_reading_changes_nothing(site: Site, rule: str, asker: str) -> None:
    query = "field=name&q=a&name=x&delete=1&_method=DELETE&deleted=true&account=1"
    for entity in ("account", "opportunity", "user"):
        record = site.company.people["mate"] if entity == "user" else site.thing(entity, "mine", asker).id
        path = address(site, rule).replace("account", entity, 1)
        path = re.sub(r"/\d+", f"/{record}", path)
        query_of_page = f"{path}{'&' if '?' in path else '?'}{query}"
        for method in ("GET", "HEAD"):
            for opener in (site.page(asker), site.program(asker)):
                answer = opener.open(path if rule.startswith("/api/") else query_of_page, method=method)
                answer.get_data()
                answer.close()
                assert answer.status_code < 500, path
                assert not site.wrote() or (rule.endswith("/csv") and site.changed() == ["tenon_audit"]), path


@pytest.mark.parametrize(("rule", "method"), API_RULES)
def test_a_cookie_opens_no_door_for_programs(site: Site, rule: str, method: str) -> None:
    answer = site.page("administrator").open(
        address(site, rule, staged(rule)), method=method, json={"name": "x", "to": "second"}
    )
    assert answer.status_code == 401
    assert not site.wrote()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("rule", [rule for rule in CHANGING if (rule, "GET") not in DOORS])
def test_what_changes_is_not_reached_by_reading(site: Site, rule: str, method: str) -> None:
    answer = site.page("administrator").open(address(site, rule), method=method)
    assert answer.status_code in {404, 405}
    assert not site.wrote()


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_a_method_is_not_overridden(site: Site, header: str) -> None:
    record = site.thing("account", "mine", "administrator").id
    for opener in (site.page("administrator"), site.program("administrator")):
        for path in (f"/account/{record}", f"/api/v1/account/{record}"):
            opener.get(path, headers={header: "DELETE"})
            opener.get(f"{path}?_method=DELETE")
    assert not site.wrote()


REDIRECTS = (
    "//evil.example", "https://evil.example", "http:evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
    "/\t/evil.example", "/\n/evil.example", "\t//evil.example", " //evil.example", "javascript:alert(1)", "data:text/html,x",
    "//evil.example/%2f..", "https:/evil.example", "https:evil.example", "/%0d%0aLocation:%20//evil.example", "//localhost@evil.example",
    "http://localhost.evil.example", "//evil%E3%80%82example", "/\u2028/evil.example", "/\u00a0//evil.example", "//[::1]@evil.example",
    "evil.example", "./evil", "", "/\x00/evil.example", "/..//evil.example", "/.//evil.example",
    "\u3000//evil.example", "/\x7f/evil.example",
    "http://localhost:80@evil.example/", "//evil.example\\@localhost",
)  # fmt: skip


def leads_home(answer: TestResponse) -> bool:
    """Whether a browser that follows the answer stays on this server."""
    place = answer.headers.get("Location")
    return place is None or is_own(place)


def is_own(place: str) -> bool:
    # As browsers read it: blanks and control characters at the ends or within are dropped, a backslash is a slash.
    read = re.sub(r"[\t\r\n]", "", place.strip("".join(map(chr, range(33))))).replace("\\", "/")
    return urlsplit(urljoin("http://localhost/account/", read)).netloc == "localhost"


@pytest.mark.parametrize("target", REDIRECTS, ids=ascii)
def test_no_redirect_leads_to_another_server(site: Site, target: str) -> None:
    page = site.page("administrator")
    record = site.thing("account", "mine", "administrator").id
    for answer in (
        page.post("/language/", data={"language": "en", "next": target}),
        page.post("/profile/theme", data={"theme": "dark", "next": target}),
        page.post("/account/new", query_string={"back": target}, data={"name": "x"}),
        page.post("/account/new", query_string={"back": target}, data={"name": "x", "then": "new"}),
        page.post("/account/bulk/edit", data={"id": record, "field": "name", "value": "x", "back": target}),
        page.post("/account/bulk/delete", data={"back": target}),
        page.get("/account/new", query_string={"back": target}),
        site.app.test_client().get("/account/", headers={"Referer": target.replace("\n", "")}),
        site.app.test_client().post(
            "/account/new", headers={"Referer": f"http://localhost/{target}".replace("\n", "")}
        ),
        site.app.test_client().get("/" + target.lstrip("/")),
    ):
        assert leads_home(answer), answer.headers["Location"]
        for link in re.findall(r'<a [^>]*href="([^"]*)"', answer.get_data(as_text=True)):
            assert is_own(html.unescape(link)), link


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "evil.example:80", "localhost@evil.example", "", "a b"]
)
def test_a_foreign_host_is_refused(site: Site, host: str) -> None:
    for path in ("/account/", "/login/", "/api/v1/account/", "/setup/x", "/nowhere", "/healthz"):
        for opener in (site.page("administrator"), site.program("administrator"), site.app.test_client()):
            answer = opener.get(path, headers={"Host": host})
            assert answer.status_code == 400, (host, path)
            assert "evil" not in hear(answer).everything


@pytest.mark.parametrize(
    "header", ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix"]
)
def test_headers_of_proxies_are_not_believed(site: Site, header: str) -> None:
    user = site.company.people["mate"]
    answer = site.page("administrator").post(
        f"/user/{user}/link", headers={header: "evil.example", "X-CSRF-Token": site.page("administrator").csrf}
    )
    assert answer.status_code == 200
    assert "http://localhost/setup/" in answer.text
    assert "evil" not in answer.text


@pytest.mark.parametrize(
    "path", ["/", "/account/", "/login/", "/nowhere", "/api/v1/account/", "/api/v1/nowhere", "/account/new"]
)
def test_no_answer_is_kept_framed_or_guessed(site: Site, path: str) -> None:
    for opener in (site.page("rep"), site.program("rep"), site.app.test_client()):
        headers = opener.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "Cookie" in headers["Vary"]
        assert "Access-Control-Allow-Origin" not in headers


ODD_IDS = (
    "0",
    "-1",
    "01",
    "+1",
    "1.0",
    "1e3",
    "²",
    "١",
    "９",
    "9" * 19,
    "9" * 5_000,
    "1 ",
    "%00",
    "null",
    "..",
    "%2e%2e",
    "1;2",
    "0x1",
    "'",
    "a" * 300,
)


@pytest.mark.parametrize("odd", ODD_IDS, ids=lambda each: ascii(each)[:12])
def test_an_odd_id_is_a_refusal_not_a_fault(site: Site, odd: str) -> None:
    page, program = site.page("administrator"), site.program("administrator")
    mine = site.thing("account", "mine", "administrator").id
    for rest in ("", "/edit", "/cell?field=name"):
        assert page.get(f"/account/{odd}{rest}").status_code in {404, 405, 308}
    for path in (
        f"/?f.owner={odd}",
        f"/?f.owner={odd}&f.owner=me",
        f"/csv?f.owner={odd}",
        f"/new?owner={odd}",
        f"/?f.since.from={odd}",
        f"/?f.numbat.from={odd}",
    ):
        assert page.get(f"/account{path}").status_code in {200, 400}, path
    assert page.get(f"/contact/new?account={odd}").status_code == 200
    assert page.get(f"/contact/?f.account={odd}").status_code == 200
    for rest, more in (("/edit", {}), ("/cell?field=name", {}), ("/stage", {"field": "stage", "to": "x"})):
        answer = page.post(f"/account/{mine}{rest}", data={"name": "", "version": odd, **more})
        assert answer.status_code in {303, 400, 409, 422}, rest
    for rest in ("/bulk/edit", "/bulk/delete", "/bin/restore"):
        assert page.post(f"/account{rest}", data={"id": odd, "field": "name", "value": ""}).status_code in {
            303,
            400,
            422,
        }
    assert (
        program.patch(
            f"/api/v1/account/{mine}",
            json={"name": ""},
            headers={"If-Match": f'"{odd}"'.encode("ascii", "ignore").decode()},
        ).status_code
        < 500
    )
    for method in ("GET", "PATCH", "DELETE"):
        assert program.open(f"/api/v1/account/{odd}", method=method, json={}).status_code in {400, 404, 405, 308}
    for value in (odd, [odd], {"id": odd}):
        assert program.patch(
            f"/api/v1/contact/{site.thing('contact', 'mine', 'administrator').id}", json={"account": value}
        ).status_code in {200, 400, 422}
    assert page.post(f"/user/{odd}/roles", data={}).status_code in {404, 405, 308}
    site.put_back()
