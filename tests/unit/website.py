"""A small company behind the web: its pack, its people with passwords, and browsers that are logged in.

`from tests.unit.website import *` in a conftest.py gives its fixtures:
    website        a database with the company in it as it was settled, and the application over it; `make deep` has it on
                   PostgreSQL
    rep, colleague two representatives; manager, who leads the first one's team; administrator: browsers, logged in
    stranger       a browser that is not logged in
    program        a client that sends the bearer token of the first representative
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from werkzeug.test import TestResponse

from app.access import system_actor
from app.loading import load_pack
from app.orm.engine import open_engine
from app.orm.framework import web_session
from app.orm.sealed import Keys
from app.orm.store import Store
from app.orm.types import now
from app.plan import first_apply, open_store
from app.record import Saved, create, logins
from app.record import people as written
from app.settings import Settings
from app.web.api import hooks
from app.web.app import create_app
from app.web.pages import alike, mail_links
from app.web.security import audited, feeds, login, passwords, sessions
from tests import pgtemp

__all__ = [
    "PASSWORD",
    "Browser",
    "Website",
    "add",
    "administrator",
    "colleague",
    "manager",
    "prepared_website",
    "program",
    "rep",
    "stranger",
    "website",
]  # fmt: skip

PASSWORD = "Made up-4 tests"
Prepared = tuple[Path, dict[str, int]]
# Every page on SQLite with each change; on PostgreSQL, where locks and types are stricter, with the long laws.
DATABASES = ["sqlite", pytest.param("postgresql", marks=[pytest.mark.pg, pytest.mark.deep])]
PACK = {
    "pack.yaml": """
language: 1
label: {en: Small Company, zh: 小公司}
languages: [en, zh]
time_zone: Asia/Shanghai
region: CN
""",
    "menu.yaml": """
groups:
  sales: {label: {en: Sales, zh: 销售}, items: {account: {count: linked}, contact: {}}}
  people: {label: {en: People, zh: 人员}, roles: [administrator], items: {user: {}, department: {}, team: {}}}
""",
    "picklists/level.yaml": """
label: {en: Level, zh: 级别}
options:
  a: {label: {en: Top, zh: 重点}, color: green}
  b: {label: {en: Plain, zh: 普通}}
""",
    "entities/account.yaml": """
label: {en: Account, zh: 客户}
plural: {en: Accounts}
fields:
  name:     {type: text, required: true, max_length: 60, searchable: true, label: {en: Name, zh: 名称}}
  level:    {type: picklist, options: level, label: {en: Level, zh: 级别}}
  phone:    {type: phone, label: {en: Phone, zh: 电话}}
  revenue:  {type: money, label: {en: Revenue, zh: 营收}}
  since:    {type: date, label: {en: Since, zh: 起始日期}}
  secret:   {type: text, restricted: true, label: {en: Secret, zh: 机密}}
  notes:    {type: long_text, label: {en: Notes, zh: 备注}}
list:
  columns: [name, level, phone, revenue, since, owner]
  sort: [name]
  filters: [level, owner]
layout:
  tabs:
    overview:
      sections:
        base: {label: {en: Basics, zh: 基本信息}, fields: [name, level, phone, revenue, since, secret, notes]}
    people:
      sections:
        contacts: {related: contacts, columns: [name, email]}
""",
    "entities/contact.yaml": """
label: {en: Contact, zh: 联系人}
plural: {en: Contacts}
parent: account
fields:
  name:    {type: text, required: true, max_length: 60, searchable: true, label: {en: Name, zh: 姓名}}
  account: {type: lookup, to: account, inverse: contacts, on_delete: cascade, label: {en: Account, zh: 客户}}
  email:   {type: email, label: {en: E-mail, zh: 邮箱}}
list: {columns: [name, account, email], sort: [name]}
""",
    "entities/product.yaml": """
label: {en: Product, zh: 产品}
plural: {en: Products}
fields:
  name:  {type: text, required: true, searchable: true, label: {en: Name, zh: 名称}}
  price: {type: money, label: {en: Price, zh: 价格}}
  cost:  {type: money, restricted: true, label: {en: Cost, zh: 成本}}
""",
    "entities/order.yaml": """
label: {en: Order, zh: 订单}
plural: {en: Orders}
parent: account
fields:
  name:    {type: text, required: true, max_length: 60, label: {en: Name, zh: 名称}}
  account: {type: lookup, to: account, inverse: orders, on_delete: restrict, label: {en: Account, zh: 客户}}
layout:
  tabs:
    overview:
      sections:
        base: {label: {en: Basics, zh: 基本信息}, fields: [name, account]}
        lines: {label: {en: Lines, zh: 明细}, related: lines, columns: [product, name, quantity, price, cost]}
  variants:
    managers: {roles: [manager], tabs: {overview: {sections: {base: {label: {en: At a glance, zh: 一览}}}}}}
""",
    "entities/order_line.yaml": """
label: {en: Line, zh: 明细}
plural: {en: Lines}
parent: {field: order, part: true}
fields:
  order:    {type: lookup, to: order, required: true, inverse: lines, label: {en: Order, zh: 订单}}
  product:  {type: lookup, to: product, fills: {name: name, price: price, cost: cost}, label: {en: Product, zh: 产品}}
  name:     {type: text, required: true, max_length: 20, label: {en: Description, zh: 描述}}
  quantity: {type: integer, min: 1, default: 1, label: {en: Quantity, zh: 数量}}
  price:    {type: money, label: {en: Price, zh: 单价}}
  cost:     {type: money, restricted: true, label: {en: Cost, zh: 成本}}
""",
    "entities/visit.yaml": """
label: {en: Visit, zh: 拜访}
plural: {en: Visits}
fields:
  name:    {type: text, required: true, label: {en: Name, zh: 名称}}
  report:  {type: rich_text, searchable: true, label: {en: Report, zh: 报告}}
  starts:  {type: time, label: {en: Starts, zh: 开始}}
  lasts:   {type: duration, max: 8 hours, default: 30 min, label: {en: Lasts, zh: 时长}}
  mood:    {type: rating, label: {en: Mood, zh: 气氛}}
  color:   {type: color, label: {en: Color, zh: 颜色}}
  place:   {type: location, label: {en: Place, zh: 位置}}
  address: {type: address, searchable: true, label: {en: Address, zh: 地址}}
  more:    {type: json, label: {en: More, zh: 更多}}
list:
  columns: [name, report, starts, lasts, mood, color, place, address, more]
  sort: [-lasts]
  filters: [report, starts, lasts, mood, color, place, address, more]
layout:
  tabs:
    overview:
      sections:
        base: {label: {en: Basics, zh: 基本信息}, fields: [name, report, starts, lasts, mood, color, place, address, more]}
""",
    "entities/deal.yaml": """
label: {en: Deal, zh: 项目}
plural: {en: Deals}
fields:
  name:   {type: text, required: true, weight: 60, label: {en: Name, zh: 名称}}
  amount: {type: money, weight: 40, label: {en: Amount, zh: 金额}}
  cost:   {type: money, restricted: true, label: {en: Cost, zh: 成本}}
  margin: {type: money, formula: amount - cost, label: {en: Margin, zh: 毛利}}
  class:
    type: picklist
    options: level
    override: true
    formula: 'if(amount >= 1000, "a", "b")'
    label: {en: Class, zh: 分级}
  health:
    type: integer
    display: bar
    declassify: true
    label: {en: Health, zh: 健康度}
    bands:
      poor: {below: 50, color: red, label: {en: Poor, zh: 差}}
      good: {color: green, label: {en: Good, zh: 好}}
    points:
      base:  {add: 40, label: {en: Base, zh: 基础分}}
      large: {add: 30, when: amount > 500, label: {en: Large, zh: 金额大}}
      cheap: {add: 20, when: cost < 10, label: {en: Cheap, zh: 成本低}}
  full:   {type: percent, display: ring, formula: completeness(), label: {en: Complete, zh: 完整度}}
list:
  columns: [name, amount, class, health, full]
  sort: [name]
layout:
  highlights: [amount, class, health, full]
  tabs:
    overview:
      sections:
        base: {label: {en: Basics, zh: 基本信息}, fields: [name, amount, cost, margin, class, health, full]}
""",
    "views/linked.yaml": """
entity: account
label: {en: With people, zh: 有联系人}
help: {en: Those that someone is known at., zh: 已有联系人的客户}
where: count_of(contacts) > 0 and (level == "a" or owner.name != "Nobody")
columns: [level, secret, name, revenue]
sort: [-revenue]
filters: [since]
""",
    "views/bosses.yaml": """
entity: account
label: {en: For managers, zh: 经理视图}
where: revenue > 1000
share: {roles: [manager]}
""",
    "views/secret_ones.yaml": """
entity: account
label: {en: Secret ones, zh: 机密客户}
where: not is_blank(secret)
""",
    "roles/employee.yaml": """
label: {en: Employee, zh: 员工}
grants:
  user: {read: all}
  department: {read: all}
  team: {read: all}
rights: [saved_views]
""",
    "roles/rep.yaml": """
label: {en: Representative, zh: 销售代表}
includes: [employee]
grants:
  account: {create: true, read: own, update: own, delete: own, restore: own, export: own, fields: {phone: {mask: phone}}}
  contact: {create: true, read: parent, update: parent, delete: parent, restore: parent}
  product: {read: all}
  order:   {create: true, read: own, update: own, delete: own, restore: own}
  deal:    {create: true, read: own, update: own}
""",
    "roles/manager.yaml": """
label: {en: Manager, zh: 经理}
includes: [employee]
grants:
  account: {create: true, read: team, update: team, delete: team, restore: team, export: team, assign: team}
  contact: {create: true, read: parent, update: parent, delete: parent, restore: parent}
  product: {read: all, fields: {cost: read}}
  order:   {read: team}
  deal:    {read: team}
  order_line: {fields: {cost: read}}
rights: [bulk_edit, share_views]
""",
    "roles/administrator.yaml": """
label: {en: Administrator, zh: 管理员}
includes: [employee]
grants:
  "*":   {create: true, read: all, update: all, delete: all, restore: all, export: all, assign: all}
  account:
    {create: true, read: all, update: all, delete: all, restore: all, export: all, assign: all, fields: {secret: write}}
  order_line: {fields: {cost: write}}
  deal: {create: true, read: all, update: all, delete: all, export: all, fields: {cost: write}}
  product: {create: true, read: all, update: all, delete: all, fields: {cost: write}}
rights: [configure, bulk_edit, audit, share_views]
""",
}
PEOPLE = {  # login: (name, language, role, department, team)
    "rep": ("Rita Rep", "en", "rep", "north", "first"),
    "colleague": ("王同事", "zh", "rep", "south", "second"),
    "manager": ("Mona Manager", "en", "manager", "sales", "first"),
    "administrator": ("Ada Admin", "en", "administrator", "sales", None),
}


KEYS = Keys.of("a secret of the tests that nobody else has")


@dataclass
class Website:
    """The application over a database of its own. `ids` are those of people by login and of departments and teams."""

    app: Flask
    store: Store
    settings: Settings
    ids: Mapping[str, int]
    browsers: list[Browser] = field(default_factory=list)

    def browser(self, login_name: str | None = None) -> Browser:
        """A new browser; that of a person, as the login leaves it, when a name is given."""
        browser = Browser(self.app)
        if login_name is not None:
            policy = self.store.catalog.pack.security.session
            with self.store.housekeeping() as connection:
                visitor = sessions.Visitor("127.0.0.1", "Werkzeug")
                token = sessions.start(
                    connection, policy, sessions.NewSession(self.ids[login_name], "page", visitor), now()
                )
                query = sa.select(web_session.c.csrf).where(web_session.c.id == sessions.digest(token))
                browser.csrf = connection.execute(query).scalar_one()
            browser.set_cookie(sessions.COOKIE, token)
        return browser

    def add(self, entity: str, owner: str | None = None, **values: Any) -> int:
        """A record made by the system, owned by the person of that login; its id."""
        return add(self.store, entity, **({"owner": self.ids[owner]} if owner else {}), **values)


class Browser(FlaskClient):
    """A client that sends with every change the token of the page that it would have been made on."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app, app.response_class, use_cookies=True)
        self.csrf = ""

    def log_in(self, name: str, password: str = PASSWORD, **fields: str) -> TestResponse:
        """Fill in the login page and send it."""
        self.csrf = find_csrf(self.get("/login/").text)
        answer = self.post("/login/", data={"username": name, "password": password, **fields})
        if answer.status_code == 303:
            self.csrf = find_csrf(self.get("/password/").text)
        return answer

    def post(self, *args: Any, **kwargs: Any) -> TestResponse:
        """As a page's script would: with the token in the header."""
        return super().post(*args, headers={"X-CSRF-Token": self.csrf, **kwargs.pop("headers", {})}, **kwargs)


def find_csrf(page: str) -> str:
    """The token in the first form of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, page[:500]
    return found[1]


def write_pack(folder: Path, files: Mapping[str, str] = PACK) -> Path:
    """Write a pack's files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def add(store: Store, entity: str, **values: Any) -> int:
    """A record made by the system; its id."""
    saved = create(store, system_actor("system:seed"), entity, [values], door="seed")
    assert isinstance(saved, Saved), saved
    return saved.ids[0]


def settle(engine: Engine, pack: Path) -> dict[str, int]:
    """Apply the pack and let everyone move in; ids by login, department and team."""
    loaded = load_pack(pack)
    assert loaded.catalog is not None, loaded.diagnostics
    first_apply(engine, loaded)
    store = open_store(engine)
    ids = {"sales": add(store, "department", name="Sales")}
    for name in ("north", "south"):
        ids[name] = add(store, "department", name=name.title(), parent=ids["sales"])
    for name in ("first", "second"):
        ids[name] = add(store, "team", name=name.title())
    hashed = passwords.hashed(PASSWORD)
    for key, (name, language, role, department, team) in PEOPLE.items():
        place = {"department": ids[department], **({"team": ids[team]} if team else {})}
        person = {"name": name, "login": key, "email": f"{key}@example.com", "locale": language, **place}
        ids[key] = add(store, "user", **person)
        written.set_roles(store, system_actor("system:seed"), ids[key], [role])
        logins.set_password(store, system_actor("system:seed"), ids[key], hashed)
    return ids


def prepare(folder: Path, files: Mapping[str, str] = PACK) -> Prepared:
    """Make `pack/` and `crm.db` with everyone in it in a folder; the folder and the ids.

    A pack is settled once in a process: who asks for it again is given the folder of the first, and leaves it as it is.
    """
    texts = repr(sorted(files.items()))
    if texts not in _prepared:
        write_pack(folder / "pack", files)
        _prepared[texts] = folder, _settle_at(f"sqlite:///{folder / 'crm.db'}", folder / "pack")
    return _prepared[texts]


def _settle_at(url: str, pack: Path) -> dict[str, int]:
    engine = open_engine(url, KEYS)
    ids = settle(engine, pack)
    engine.dispose()  # a file is whole then, with nothing left in its log; and PostgreSQL copies what no one has open
    return ids


def forget_tries() -> None:
    """What a process counts of tries and calls, so that none fails for those of the tests before it, nor is told with theirs."""
    tries = (login.BY_ADDRESS, login.BY_LOGIN, audited.OF_ONE, audited.OF_ALL)
    calls = (alike.ASKED, feeds.CALLS, hooks.CALLS, mail_links.CALLS, mail_links.MARKS)
    for bucket in (*tries, *calls):
        bucket.empty()
    audited._left_out.clear()


_prepared: dict[str, Prepared] = {}
_served: OrderedDict[str, Website] = OrderedDict()  # by URL; those that no test uses at the moment
_MOST_SERVED = 4


@contextmanager
def served(folder: Path, url: str, ids: Mapping[str, int]) -> Iterator[Website]:
    """The application over a database that was settled with the pack in that folder.

    It is that of an earlier test where one stood at the same place: what is dear about an application are its models, its routes
    and the statements that it compiled, and they hang on the pack alone. So the pack at a place is always the same, and a test
    that changes an application puts it back.
    """
    website = _served.pop(url, None)
    if website is None:
        settings = Settings(config=folder / "pack", database_url=url, data_dir=folder)
        store = open_store(open_engine(url, KEYS))
        website = Website(create_app(store, settings), store, settings, ids)
        website.app.testing = False  # faults are answered as in service
    forget_tries()
    try:
        yield website
    finally:
        website.store.engine.dispose()
        _served[url] = website
        while len(_served) > _MOST_SERVED:
            _served.popitem(last=False)


@contextmanager
def served_on_sqlite(prepared: Prepared) -> Iterator[Website]:
    """The application over a copy of the file that was prepared. One test at a time."""
    folder = prepared[0].with_name(f"{prepared[0].name}-sqlite")
    shutil.copytree(prepared[0], folder)
    try:
        with served(folder, f"sqlite:///{folder / 'crm.db'}", prepared[1]) as found:
            yield found
    finally:
        shutil.rmtree(folder)


@contextmanager
def served_on_postgresql(prepared: Prepared, cluster: pgtemp.Cluster) -> Iterator[Website]:
    """The same over a database. The first process that asks for a pack settles it for all."""
    folder = prepared[0].with_name(f"{prepared[0].name}-postgresql")
    shutil.copytree(prepared[0] / "pack", folder / "pack")
    texts = sorted((str(each.relative_to(folder)), each.read_bytes()) for each in (folder / "pack").rglob("*.yaml"))
    template = f"website_{hashlib.sha256(repr(texts).encode()).hexdigest()[:16]}"

    def fill(url: str) -> None:
        ids = _settle_at(url, folder / "pack")
        assert ids == prepared[1]

    name = f"{cluster.template(template, fill)}_{os.getpid()}"
    cluster.copy(template, name)
    try:
        with served(folder, cluster.url(name), prepared[1]) as found:
            yield found
    finally:
        cluster.drop(name)
        shutil.rmtree(folder)


def served_on(request: pytest.FixtureRequest, prepared: Prepared) -> AbstractContextManager[Website]:
    """What a fixture with the parameters `DATABASES` serves."""
    if request.param == "sqlite":
        return served_on_sqlite(prepared)
    return served_on_postgresql(prepared, request.getfixturevalue("pg_cluster"))


@pytest.fixture(scope="session")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """A folder with `pack/` and `crm.db`, settled once; tests copy it. A module with a pack of its own has its own."""
    return prepare(tmp_path_factory.mktemp("website"))


@pytest.fixture(params=DATABASES)
def website(request: pytest.FixtureRequest, prepared_website: Prepared) -> Iterator[Website]:
    with served_on(request, prepared_website) as found:
        yield found


@pytest.fixture
def stranger(website: Website) -> Browser:
    return website.browser()


@pytest.fixture
def rep(website: Website) -> Browser:
    return website.browser("rep")


@pytest.fixture
def colleague(website: Website) -> Browser:
    return website.browser("colleague")


@pytest.fixture
def manager(website: Website) -> Browser:
    return website.browser("manager")


@pytest.fixture
def administrator(website: Website) -> Browser:
    return website.browser("administrator")


@pytest.fixture
def program(website: Website) -> FlaskClient:
    """A client that sends the bearer token of the first representative."""
    client = website.app.test_client()
    answer = client.post("/api/v1/security/login", json={"username": "rep", "password": PASSWORD})
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {answer.get_json()['access_token']}"
    return client
