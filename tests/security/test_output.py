"""What people write is never run: not by browsers that show it, not by spreadsheets that open it."""

import base64
import csv
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.access import system_actor
from app.loading import load_pack
from app.orm.engine import open_engine
from app.plan import first_apply, open_store
from app.record import Saved, create, people
from app.settings import Settings
from app.web.app import create_app
from app.web.security import sessions
from tests.security.company import PACK
from tests.security.site import Site, let_in
from tests.unit.website import Browser, write_pack

MARK = "pwn"
PAYLOADS = (
    "<script>pwn()</script>", '"><img src=x onerror=pwn()>', "'><svg/onload=pwn()>", "</textarea><script>pwn()</script>",
    "</title><script>pwn()</script>", "<iframe srcdoc='<script>pwn()</script>'>", "javascript:pwn()",
    "{{7*7}}pwn", "${7*7}pwn", "{% raw %}pwn",
    "<a href='javascript:pwn()'>x</a>", "--><script>pwn()</script>", "]]><script>pwn()</script>", "<details open ontoggle=pwn()>",
    '" onmouseover="pwn()', "' onfocus='pwn()' autofocus='", "` onload=pwn()", "&lt;script&gt;pwn()&lt;/script&gt;",
    "&#60;script&#62;pwn()",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=pwn()>", "<style>@import'//pwn'</style>", "<base href=//pwn>",
    "<meta http-equiv=refresh content='0;url=//pwn'>", "<form action=//pwn><button>x", "<object data=//pwn>", "<embed src=//pwn>",
    "<input onfocus=pwn() autofocus>",
    "\uff1cscript\uff1epwn()", "<scr\u200bipt>pwn()", "<img src=x:pwn onerror=eval(src)>",
    '\\"-pwn()//', "';pwn();//",
    "%3Cscript%3Epwn()%3C/script%3E",
    "<svg><use href='data:image/svg+xml,pwn'/></svg>", "<x contenteditable onblur=pwn()>y", "\u202e<script>pwn()",
)  # fmt: skip
URLS = {"href", "src", "action", "formaction", "data", "srcdoc", "poster", "xlink:href", "background"}


class Finder(HTMLParser):
    """Reads a page as a browser does and notes what of a payload has become markup."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.seen = 0
        self.scripts = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            text = value or ""
            if name.startswith("on") or name in {"style", "srcdoc"}:
                self.found.append(f"<{tag} {name}={text}>")
            if name in URLS and re.sub(r"[\x00-\x20]", "", text).lower().startswith(
                ("javascript:", "data:", "vbscript:", "//")
            ):
                self.found.append(f"<{tag} {name}={text}>")
            self.seen += MARK in text
            if MARK in name:
                self.found.append(f"<{tag} … {name}>")
        if tag in {"iframe", "object", "embed", "base", "style", "math"} or (
            tag == "meta" and dict(attributes).get("http-equiv")
        ):
            self.found.append(f"<{tag}>")
        if tag == "script" and not (dict(attributes).get("src") or "").startswith("/static/"):
            self.found.append("<script>")

    handle_startendtag = handle_starttag

    def handle_data(self, text: str) -> None:
        self.seen += MARK in text

    def handle_comment(self, text: str) -> None:
        if MARK in text:
            self.found.append(f"<!--{text}-->")


def poison(value: Any, texts: Iterator[str]) -> Any:
    """The pack with a payload in every text that people read."""
    if isinstance(value, dict):
        poisoned = {}
        for key, each in value.items():
            if key in {"label", "plural", "help", "placeholder", "guide", "message"}:
                poisoned[key] = {"en": next(texts), "zh": next(texts)}
            else:
                poisoned[key] = poison(each, texts)
        return poisoned
    return value


def payloads() -> Iterator[str]:
    while True:
        yield from PAYLOADS


def poisoned_pack() -> dict[str, str]:
    texts = payloads()
    found = {}
    for name, text in PACK.items():
        tree = yaml.safe_load(text)
        if name.startswith("entities/"):
            for field in tree["fields"].values():
                field["help"] = field["placeholder"] = {"en": next(texts), "zh": next(texts)}
            tree["help"] = next(texts)
            for section in tree.get("layout", {}).get("tabs", {}).get("overview", {}).get("sections", {}).values():
                section["label"] = next(texts)
            for pipeline in tree.get("pipelines", {}).values():
                for stage in pipeline["stages"].values():
                    stage["guide"] = next(texts)
        found[name] = yaml.safe_dump(poison(tree, texts), allow_unicode=True)
    return found


class Poisoned:
    """An application over a pack and records that are made of payloads, with someone logged in who sees all of it."""

    def __init__(self, folder: Path, language: str = "en") -> None:
        loaded = load_pack(write_pack(folder / "pack", poisoned_pack()))
        assert not loaded.errors, loaded.diagnostics
        url = f"sqlite:///{folder / 'crm.db'}"
        self.engine = open_engine(url)
        first_apply(self.engine, loaded)
        self.store = open_store(self.engine)
        self.app = create_app(self.store, Settings(config=folder / "pack", database_url=url, data_dir=folder))
        self.ids: dict[str, list[int]] = {}
        (me,) = self.add("user", [{"name": PAYLOADS[0], "login": "me", "email": "me@example.com", "locale": language}])
        people.set_roles(self.store, system_actor("system:seed"), me, ["administrator"])
        self.add("department", [{"name": each} for each in PAYLOADS[:3]])
        self.add(
            "account",
            [
                {"name": each, "quagga": each, "bilby": each, "score": each, "notes": f"{each}\n{each}", "owner": me}
                for each in PAYLOADS
            ],
        )
        accounts = self.ids["account"]
        self.add(
            "contact", [{"name": each, "account": accounts[0], "quokka": each, "remark": each} for each in PAYLOADS]
        )
        self.add(
            "opportunity",
            [{"name": each, "account": accounts[at], "ref": each, "owner": me} for at, each in enumerate(PAYLOADS)],
        )
        self.add("memo", [{"name": each, "contact": self.ids["contact"][0], "body": each} for each in PAYLOADS])
        token, secret = let_in(self.store, me, "page")
        self.browser = Browser(self.app)
        self.browser.set_cookie(sessions.COOKIE, token)
        self.browser.csrf = secret

    def add(self, entity: str, rows: list[dict[str, Any]]) -> list[int]:
        saved = create(self.store, system_actor("system:seed"), entity, rows, door="seed")
        assert isinstance(saved, Saved), saved
        self.ids[entity] = list(saved.ids)
        return self.ids[entity]


@pytest.fixture(scope="module", params=["en", pytest.param("zh", marks=pytest.mark.deep)])
def poisoned(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Poisoned]:
    made = Poisoned(tmp_path_factory.mktemp("poisoned"), request.param)
    yield made
    made.engine.dispose()


def read(body: str) -> Finder:
    finder = Finder()
    finder.feed(body)
    finder.close()
    return finder


def pages(made: Poisoned) -> list[str]:
    found = ["/", "/profile/", "/search/?q=pwn", f"/search/?q={PAYLOADS[1]}", "/nowhere", "/password/", "/user/"]
    for entity in ("account", "contact", "opportunity", "memo", "ocelot", "user", "department"):
        found += [f"/{entity}/", f"/{entity}/new", f"/{entity}/bin/", f"/{entity}/?q=pwn", f"/{entity}/?sort=-name"]
        for record in made.ids.get(entity, [])[::5]:
            found += [f"/{entity}/{record}", f"/{entity}/{record}/edit"]
    for payload in PAYLOADS:
        asked = f"q={payload}&f.bilby={payload}&f.owner={payload}&f.since.from={payload}"
        found += [f"/account/?{asked}&sort={payload}&cursor={payload}", f"/account/new?name={payload}&back={payload}"]
    return found


def test_no_page_runs_what_people_wrote(poisoned: Poisoned) -> None:
    seen = 0
    for path in pages(poisoned):
        answer = poisoned.browser.get(path.replace("%", "%25").replace("#", "%23"))
        assert answer.status_code in {200, 400, 404}, path
        finder = read(answer.text)
        assert finder.found == [], path
        seen += finder.seen
    assert seen > 1_000


def test_no_refused_form_runs_what_was_typed(poisoned: Poisoned) -> None:
    browser, account = poisoned.browser, poisoned.ids["account"][0]
    for payload in PAYLOADS:
        bad = {
            "name": "",
            "phone": payload,
            "website": payload,
            "since": payload,
            "numbat": payload,
            "region": payload,
            "notes": payload,
        }
        for path in ("/account/new", f"/account/{account}/edit"):
            answer = browser.post(path, data={**bad, payload[:40]: payload, "owner": payload, "owner:shown": payload})
            assert answer.status_code == 422
            assert read(answer.text).found == [], payload
        conflict = browser.post(f"/account/{account}/edit", data={"name": payload, "notes": payload, "version": "0"})
        assert read(conflict.text).found == [], payload
        for path in (f"/account/{account}/cell?field=phone", "/account/bulk/edit"):
            answer = browser.post(path, data={"phone": payload, "id": account, "field": "phone", "value": payload})
            text = answer.get_json()["error"] if answer.is_json else answer.text
            assert answer.is_json or read(text).found == [], payload
        login = poisoned.app.test_client()
        page = login.get(f"/login/?next={payload.replace('#', '')}")
        assert read(page.text).found == [], payload


def test_fragments_and_notices_are_escaped(poisoned: Poisoned) -> None:
    browser = poisoned.browser
    for account in poisoned.ids["account"][::3]:
        for field in ("name", "bilby", "notes", "owner"):
            assert read(browser.get(f"/account/{account}/cell?field={field}").get_json()["html"]).found == []
    for field in ("name", "region", "owner", "notes"):
        assert read(browser.get(f"/account/input?field={field}").get_json()["html"]).found == []
    for account in poisoned.ids["account"][::3]:
        saved = browser.post(f"/account/{account}/cell?field=score", data={"score": PAYLOADS[account % 7]})
        assert read(saved.get_json()["html"]).found == []
        browser.post(f"/account/{account}/edit", data={"score": "x"})
        assert read(browser.get(f"/account/{account}").text).found == []
    answer = browser.post("/account/new", data={"name": PAYLOADS[1]})
    assert answer.status_code == 303
    page = browser.get(answer.headers["Location"])
    assert read(page.text).found == []


def test_json_is_never_taken_for_a_page(poisoned: Poisoned) -> None:
    for path in (
        "/account/lookup",
        f"/account/{poisoned.ids['account'][1]}/cell?field=name",
        "/account/input?field=name",
    ):
        answer = poisoned.browser.get(path)
        assert answer.mimetype == "application/json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    token, _ = let_in(poisoned.store, poisoned.ids["user"][0], "token")
    for path in ("account/", "account/_info", "openapi.json", f"account/?sort={PAYLOADS[0]}", f"account/{PAYLOADS[1]}"):
        answer = poisoned.app.test_client().get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {token}"})
        assert answer.mimetype in {"application/json", "application/problem+json"}, path
        json.loads(answer.text)


SCRIPTS = Path(__file__).parents[2] / "app" / "web"


def test_scripts_put_nothing_into_pages_but_the_servers_own_markup() -> None:
    uses = [
        f"{path.name}: {line.strip()}"
        for path in sorted((SCRIPTS / "static").rglob("*.js"))
        for line in path.read_text("utf-8").splitlines()
        if re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|setTimeout\(['\"]", line
        )
    ]
    assert all("escaped by the server" in each for each in uses), uses


def test_templates_have_no_way_around_escaping() -> None:
    for path in sorted((SCRIPTS / "templates").rglob("*.html")):
        text = path.read_text("utf-8")
        assert not re.search(
            r"\|\s*safe\b|autoescape\s+false|\bon[a-z]+\s*=\s*[\"']|<script(?![^>]*src=)|javascript:", text
        ), path.name
    plain = [path.name for path in (SCRIPTS / "templates").rglob("*") if path.is_file() and path.suffix != ".html"]
    assert plain == []  # Jinja escapes by the ending of the name


FORMULAS = (
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "  @x", "\u3000=1+1",
    "\u00a0=1+1", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20x",
    "\u200b=1+1", "\ufeff=1+1", "\u2028=1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x","y")', "%3D1", "\u200e=1", "\u00ad=1", "\u2060+1",
    '="a"\n=1', "--1", "+86 139", "-", "=", "'=1",
)  # fmt: skip
HARMFUL = re.compile(
    r"[\s\u200b-\u200f\u2028-\u202f\u2060-\u2064\u00ad\ufeff\x00-\x1f]*[=+\-@\uff1d\uff0b\uff0d\uff20]"
)


def test_no_cell_of_a_file_is_a_formula(site: Site) -> None:
    admin = site.program("administrator")
    for at, formula in enumerate(FORMULAS):
        for key in ("name", "bilby", "score"):
            body = {"name": f"csv{at:02} safe", key: formula}
            assert admin.post("/api/v1/account/", json=body).status_code in {201, 422}
    text = site.page("administrator").get("/account/csv").get_data(as_text=True).removeprefix("\ufeff")
    rows = list(csv.reader(io.StringIO(text)))
    assert len({len(row) for row in rows}) == 1
    cells = [cell for row in rows[1:] for cell in row]
    assert sum(cell.startswith("'") for cell in cells) >= 3 * len(FORMULAS) // 2
    assert [cell for cell in cells if HARMFUL.match(cell)] == []


def test_a_label_of_the_pack_is_no_formula_either(poisoned: Poisoned) -> None:
    text = poisoned.browser.get("/account/csv").get_data(as_text=True).removeprefix("\ufeff")
    assert not [cell for row in csv.reader(io.StringIO(text)) for cell in row if HARMFUL.match(cell)]


def test_the_name_of_a_file_adds_no_header(poisoned: Poisoned) -> None:
    headers = poisoned.browser.get("/account/csv").headers
    assert headers["Content-Disposition"].startswith('attachment; filename="account.csv"')
    assert headers["Content-Type"].startswith("text/csv")
    assert "<" not in headers["Content-Disposition"]


def test_a_notice_that_lies_too_deep_in_itself_is_none(site: Site) -> None:
    browser = site.page("rep")
    browser.set_cookie("tenon_notice", base64.urlsafe_b64encode(b"[" * 1_100).decode())
    assert browser.get("/profile/").status_code == 200
