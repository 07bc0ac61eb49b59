"""The company that the matrix is run on: a small pack, one person for each role, records in every position.

Every value that can hold one is a canary: a random text that occurs nowhere else, so that a page that tells it is found by
reading bytes. What is here says who owns what; who may see what is said by the oracle alone.
"""

from __future__ import annotations

import datetime as dt
import io
import random
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.access import Actor, PersonalRight, actor_of_user, system_actor
from app.automation.deputies import name_deputy
from app.definition.files import StoredFile
from app.files import FolderContents, Place, stage
from app.loading import load_pack
from app.orm import engine as engines
from app.orm.framework import record_team
from app.orm.sealed import Keys
from app.orm.store import Store
from app.orm.types import Moment
from app.plan import first_apply, open_store
from app.record import Change, Saved, create, delete, update
from app.record import people as written
from app.record.personal_rights import Wanted, add_exception
from tests.security.company_figures import figures_of
from tests.unit.website import write_pack

ZONE = "Asia/Shanghai"
PACK = {
    "pack.yaml": f"""
language: 1
label: {{en: Canary Company, zh: 金丝雀公司}}
languages: [en, zh]
time_zone: {ZONE}
region: CN
""",
    "menu.yaml": """
groups:
  all: {label: {en: Work, zh: 工作}, items: {account: {}, contact: {}, opportunity: {}, memo: {}, ocelot: {}, user: {}}}
""",
    "entities/account.yaml": """
label: {en: Account, zh: 客户}
plural: {en: Accounts}
fields:
  name:    {type: text, required: true, max_length: 80, searchable: true, label: {en: Name, zh: 名称}}
  region:  {type: picklist, options: {east: {label: {en: East, zh: 东}}, west: {label: {en: West, zh: 西}}}, label: {en: Region, zh: 地区}}
  phone:   {type: phone, label: {en: Phone, zh: 电话}}
  quagga:  {type: text, restricted: true, searchable: true, max_length: 80, label: {en: Quagga, zh: 斑驴}}
  bilby:   {type: text, searchable: true, max_length: 80, label: {en: Bilby, zh: 兔耳袋狸}}
  numbat:  {type: money, label: {en: Numbat, zh: 袋食蚁兽}}
  score:   {type: text, max_length: 80, label: {en: Score, zh: 评分}}
  website: {type: url, label: {en: Website, zh: 网址}}
  since:   {type: date, label: {en: Since, zh: 起始日期}}
  key_customer: {type: boolean, label: {en: Key customer, zh: 重点客户}}
  notes:   {type: long_text, label: {en: Notes, zh: 备注}}
  tags:    {type: tags, label: {en: Tags, zh: 标签}}
  paper:   {type: file, label: {en: Paper, zh: 附件}}
  serval:  {type: text, searchable: true, formula: 'concat("s ", quagga)', label: {en: Serval, zh: 薮猫}}
  caracal: {type: text, formula: upper(serval), label: {en: Caracal, zh: 狞猫}}
  oribi:   {type: text, formula: lower(bilby), label: {en: Oribi, zh: 侏羚}}
  kudu:    {type: integer, declassify: true, formula: len(quagga), label: {en: Kudu, zh: 捻角羚}}
  wombat:  {type: text, override: true, max_length: 80, formula: 'if(region == "east", "sunny", "dry")', label: {en: Wombat, zh: 袋熊}}
  lapwing: {type: date, restricted: true, label: {en: Lapwing, zh: 麦鸡}}
record_team: {partner: update, guest: read}
list:
  columns: [name, region, phone, quagga, bilby, numbat, score, tags, paper, serval, oribi, wombat, owner]
  sort: [name]
  filters: [region, tags, owner]
layout:
  tabs:
    overview:
      sections:
        base:
          label: {en: Basics, zh: 基本信息}
          fields: [name, region, phone, quagga, bilby, numbat, score, website, since, key_customer, notes, tags, paper]
        worked: {label: {en: Worked out, zh: 计算}, fields: [serval, caracal, oribi, kudu, wombat, lapwing]}
        place: {label: {en: Place, zh: 归属}, fields: [owner, department, team]}
        contacts: {related: contacts}
        opportunities: {related: opportunities}
        partnered: {related: partnered}
        ocelots: {related: ocelots}
        allied: {related: allied}
        noted: {related: noted}
""",
    "entities/contact.yaml": """
label: {en: Contact, zh: 联系人}
plural: {en: Contacts}
parent: account
timeline: {text: remark, fields: [name, remark, quokka]}
fields:
  name:    {type: text, required: true, max_length: 80, searchable: true, label: {en: Name, zh: 姓名}}
  account: {type: lookup, to: account, inverse: contacts, on_delete: cascade, label: {en: Account, zh: 客户}}
  email:   {type: email, label: {en: E-mail, zh: 邮箱}}
  quokka:  {type: text, restricted: true, max_length: 80, label: {en: Quokka, zh: 短尾矮袋鼠}}
  remark:  {type: long_text, label: {en: Remark, zh: 备注}}
  paper:   {type: file, many: true, restricted: true, label: {en: Paper, zh: 附件}}
  fossa:   {type: text, searchable: true, formula: account.quagga, label: {en: Fossa, zh: 马岛獴}}
list: {columns: [name, account, email, quokka, paper, fossa], sort: [name]}
""",
    "entities/opportunity.yaml": """
label: {en: Opportunity, zh: 商机}
plural: {en: Opportunities}
record_team: {partner: update, mover: transition, guest: read}
fields:
  name:    {type: text, required: true, max_length: 80, searchable: true, label: {en: Name, zh: 名称}}
  account: {type: lookup, to: account, inverse: opportunities, on_delete: clear, label: {en: Account, zh: 客户}}
  partner: {type: lookup, to: account, inverse: partnered, on_delete: clear, label: {en: Partner, zh: 伙伴}}
  stage:   {type: stage, label: {en: Stage, zh: 阶段}}
  allies:
    type: lookup
    to: account
    many: true
    inverse: allied
    on_delete: clear
    link_fields: {gist: {type: text, label: {en: Gist, zh: 要点}}}
    label: {en: Allies, zh: 盟友}
  amount:  {type: money, label: {en: Amount, zh: 金额}}
  ref:     {type: text, unique: true, max_length: 80, label: {en: Ref, zh: 编号}}
list: {columns: [name, account, partner, stage, allies, amount, owner], sort: [-amount], filters: [stage, account, allies]}
pipelines:
  direct:
    field: stage
    stages:
      first: {label: {en: First, zh: 初步}}
      second: {label: {en: Second, zh: 方案}}
      won:   {label: {en: Won, zh: 成交}, category: won}
    transitions:
      close: {label: {en: Close, zh: 成交}, to: won, roles: [manager, administrator]}
""",
    "entities/gazelle.yaml": """
label: {en: Gazelle, zh: 瞪羚}
plural: {en: Gazelles}
parent: {field: opportunity, part: true}
fields:
  opportunity: {type: lookup, to: opportunity, required: true, inverse: gazelles, label: {en: Opportunity, zh: 商机}}
  name:        {type: text, required: true, max_length: 80, searchable: true, label: {en: Name, zh: 名称}}
  gerenuk:     {type: text, restricted: true, max_length: 80, label: {en: Gerenuk, zh: 长颈羚}}
  dibatag:     {type: text, max_length: 80, label: {en: Dibatag, zh: 羚}}
""",
    "entities/memo.yaml": """
label: {en: Memo, zh: 便签}
plural: {en: Memos}
parent: contact
timeline: {text: body, fields: [name]}
fields:
  name:    {type: text, required: true, max_length: 80, searchable: true, label: {en: Title, zh: 标题}}
  contact: {type: lookup, to: contact, inverse: memos, on_delete: cascade, label: {en: Contact, zh: 联系人}}
  body:    {type: long_text, label: {en: Body, zh: 内容}}
  about:   {type: lookup, to: [account, opportunity], inverse: noted, on_delete: clear, label: {en: About, zh: 关于}}
list: {columns: [name, contact, body, owner], sort: [-updated_at]}
duplicates:
  same_name: {match: {name: {field: name}}, message: {en: "Possibly the same memo, please check.", zh: "疑似重复便签,请核对"}}
""",
    "entities/ocelot.yaml": """
label: {en: Ocelot, zh: 豹猫}
plural: {en: Ocelots}
fields:
  name:    {type: text, required: true, max_length: 80, searchable: true, label: {en: Name, zh: 名称}}
  account: {type: lookup, to: account, inverse: ocelots, on_delete: clear, label: {en: Account, zh: 客户}}
list: {columns: [name, account], sort: [name]}
""",
    "views/seen.yaml": """
entity: account
label: {en: Of value, zh: 有价值}
where: numbat > 0 or is_blank(numbat) or exists(opportunities where is_blank(owner))
columns: [name, numbat, bilby, quagga, phone, owner]
sort: [-numbat]
""",
    "views/greys.yaml": """
entity: account
label: {en: Greys, zh: 灰色}
where: contains(quagga, "q") or not is_blank(quagga)
""",
    "views/days.yaml": """
entity: account
label: {en: By the day, zh: 按天}
show: calendar
start: created_at
""",
    "views/leaders.yaml": """
entity: account
label: {en: Of leaders, zh: 领导专用}
where: key_customer
share: {roles: [manager]}
""",
    "roles/employee.yaml": """
label: {en: Employee, zh: 员工}
grants:
  user: {read: all}
  department: {read: all}
  team: {read: all}
""",
    "roles/rep.yaml": """
label: {en: Representative, zh: 销售代表}
includes: [employee]
grants:
  account:
    {create: true, read: own, update: own, delete: own, restore: own, export: own, share: own,
     fields: {phone: {mask: phone, reveal: true}, score: read}}
  contact:     {create: true, read: parent, update: parent, delete: parent, restore: parent, export: parent}
  opportunity: {create: true, read: own, update: own, delete: own, restore: own, transition: own, share: own}
  gazelle:     {fields: {dibatag: hidden}}
  memo:        {create: true, read: parent, update: own, delete: parent, restore: parent}
""",
    "roles/manager.yaml": """
label: {en: Manager, zh: 经理}
includes: [employee]
grants:
  account:
    create: true
    read: &seen {where: is_mine() or team == user.team or team.manager == user}
    update: *seen
    assign: *seen
    delete: own
    restore: own
    export: own
  contact:     {create: true, read: parent, update: parent, delete: parent, restore: parent, export: parent}
  opportunity: {create: true, read: *seen, update: *seen, delete: own, restore: own, export: team, transition: own, share: *seen}
  gazelle:     {fields: {dibatag: {mask: last4, reveal: true}}}
  memo:        {create: true, read: parent, update: parent, delete: parent, restore: parent}
""",
    "roles/director.yaml": """
label: {en: Director, zh: 总监}
includes: [employee]
grants:
  account:     {read: subtree, update: own, export: subtree, fields: {bilby: {mask: last4, write: false}}}
  contact:     {read: parent}
  opportunity: {create: true, read: subtree, update: subtree, transition: subtree, delete: subtree, restore: subtree}
  memo:        {read: parent, delete: own, restore: own}
limits: {export_rows: 4, exports: 100000}
""",
    "roles/auditor.yaml": """
label: {en: Auditor, zh: 审计}
grants:
  account:     {read: all, fields: {quagga: read, lapwing: read}}
  contact:     {read: all}
  opportunity: {read: all}
  gazelle:     {fields: {gerenuk: read}}
  memo:        {read: all}
  ocelot:      {read: all}
rights: [audit]
""",
    "roles/marketing.yaml": """
label: {en: Marketing, zh: 市场}
grants:
  account: {read: all, update: all, export: all, fields: {numbat: hidden, bilby: {mask: all}, phone: {mask: phone, write: false}}}
  contact: {create: true, read: all, update: all, export: all, fields: {name: {mask: name}, email: {mask: email}}}
  user:    {read: all, fields: {name: {mask: name}, email: hidden, login: hidden}}
""",
    "roles/administrator.yaml": """
label: {en: Administrator, zh: 管理员}
includes: [employee]
grants:
  "*": {create: true, read: all, update: all, delete: all, restore: all, export: all, assign: all, transition: all, share: all}
  account:
    {create: true, read: all, update: all, delete: all, restore: all, export: all, assign: all, share: all,
     fields: {quagga: write, lapwing: write}}
  contact:
    {create: true, read: all, update: all, delete: all, restore: all, export: all, assign: all, fields: {quokka: write, paper: write}}
  gazelle: {fields: {gerenuk: write}}
rights: [configure, bulk_edit, audit]
""",
}

DEPARTMENTS = {"sales": None, "north": "sales", "south": "sales", "far": None}
TEAMS = ("first", "second", "third")
PEOPLE: Mapping[str, tuple[tuple[str, ...], str | None, str | None]] = {  # roles, department, team
    "rep": (("rep",), "north", "first"),
    "manager": (("manager",), "sales", "first"),
    "director": (("director",), "sales", None),
    "auditor": (("auditor",), "far", None),
    "marketing": (("marketing",), "far", None),
    "both": (("rep", "marketing"), "north", "first"),
    "nobody": ((), None, None),
    "administrator": (("administrator",), "sales", None),
    "excepted": (("rep",), "far", "second"),
    "mate": (("rep",), "north", "first"),
    "other": (("rep",), "south", "second"),
    "outer": (("rep",), "far", "third"),
}
EXCEPTIONS = (
    ("account", "", "read", "all"), ("account", "", "delete", ""), ("opportunity", "", "read", "team"),
    ("opportunity", "", "export", "own"), ("contact", "", "create", ""), ("account", "quagga", "read", "all"),
    ("account", "bilby", "read", ""), ("account", "score", "update", "all"), ("contact", "remark", "update", ""),
)  # fmt: skip
"""What `excepted` has besides his role, and (where no scope is named) not in spite of it."""
AWAY = "outer"
"""For whom `excepted` stands in."""
PLACES = (
    ("mate", "account", "mine:administrator", "partner"), ("rep", "opportunity", "other", "partner"),
    ("rep", "account", "other_bin", "partner"),
    ("rep", "opportunity", "far", "mover"), ("manager", "opportunity", "unowned", "guest"), ("nobody", "account", "far", "partner"),
    ("director", "account", "unowned", "partner"), ("auditor", "account", "other", "partner"),
    ("both", "opportunity", "far", "guest"), ("outer", "account", "other", "partner"), ("outer", "opportunity", "other", "guest"),
)  # fmt: skip
"""Who has which place on the team of which record; behind a colon: of whose."""
ASKING = tuple(PEOPLE)[:9]
"""Those who try the doors; the others only own records."""
SOME_OF_ASKING = [
    pytest.param(
        each, marks=() if each in {"rep", "manager", "marketing", "both", "administrator"} else pytest.mark.deep
    )
    for each in ASKING
]
"""All of them, one of each kind of right in `make test`."""

ENTITIES = ("account", "contact", "opportunity", "memo", "ocelot")
PART, WHOLE, PARTS = "gazelle", "opportunity", "gazelles"
"""The entity whose records are part of another's, that other one, and the name of the list there."""
POSITIONS = (
    "mine", "team", "other", "far", "unowned", "assigned", "placed", "bin", "other_bin", "parent_foreign", "child_foreign",
)  # fmt: skip
"""Whose a record is: one's own, of a colleague in one's team, in a department below, elsewhere (of one for whom somebody
stands in), nobody's, a team's, a department's, in the bin; one's own below another's, another's below one's own.
"""
PLACED = {"unowned": (None, None), "assigned": ("north", "first"), "placed": ("north", None)}
"""Department and team of the records that nobody owns."""
BINS = ("bin", "other_bin")
PARENT = {"contact": "account", "memo": "contact", "opportunity": "account", "ocelot": "account"}
REWRITTEN = {"account": ("quagga", "bilby", "notes"), "contact": ("quokka", "remark"), "opportunity": ("ref",)}
PAPERS = ("account", "contact")
FIRST_ID = 710_000
KEYS = Keys.of("the secret of the company of canaries")
CANARY = "zq[bcdfghjklmnprstvwx]{14}"
_LETTERS = "".join(letter for letter in string.ascii_lowercase if letter not in "aeiouqyz")


@dataclass(frozen=True)
class Thing:
    """A record as it was made: its canaries by field, and `facts`, the columns that scopes read."""

    entity: str
    position: str
    asker: str | None
    id: int
    canaries: Mapping[str, str]
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Company:
    """What was built. `people` maps keys to ids; `canary_of` a canary to where it stands: entity, id, field."""

    people: dict[str, int]
    departments: dict[str, int]
    teams: dict[str, int]
    things: dict[tuple[str, str, str | None], Thing] = field(default_factory=dict)
    canary_of: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    facts: dict[tuple[str, int], Mapping[str, Any]] = field(default_factory=dict)
    allies: dict[int, dict[int, str]] = field(default_factory=dict)
    """Of each opportunity the accounts that it links to, each with the canary that the link itself holds."""
    papers: dict[tuple[str, int], str] = field(default_factory=dict)  # ids of files by entity and record

    def thing(self, entity: str, position: str, asker: str) -> Thing:
        """The record that stands in this position as seen by the asker."""
        return self.things.get((entity, position, asker)) or self.things[entity, position, None]


class _Builder:
    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.contents = FolderContents(folder / "files")
        self.kept: dict[str, tuple[str, str]] = {}  # canaries in the name and in the content of a file, by its id
        self.random = random.Random(20240601)  # noqa: S311 - canaries are to be unique, not secret
        self.company = Company({}, {}, {})

    def canary(self) -> str:
        return "zq" + "".join(self.random.choice(_LETTERS) for _ in range(14))

    def add(self, entity: str, rows: list[tuple[Mapping[str, str], Mapping[str, Any]]]) -> tuple[int, ...]:
        """Records of canaries and other values, in one transaction; their ids."""
        posted = [{**canaries, **values} for canaries, values in rows]
        saved = create(self.store, system_actor("system:seed"), entity, posted, door="seed")
        assert isinstance(saved, Saved), saved
        for (canaries, _values), record in zip(rows, saved.ids, strict=True):
            for key, text in canaries.items():
                bare = text.removeprefix("https://").split("@")[0].removesuffix(".example.com")
                self.company.canary_of[bare] = (entity, record, key)
        if entity == WHOLE:
            self.note_parts(saved.ids)
        for (_canaries, values), record in zip(rows, saved.ids, strict=True):
            if "paper" in values:
                self.company.papers[entity, record] = values["paper"]
                self.company.canary_of.update(dict.fromkeys(self.kept[values["paper"]], (entity, record, "paper")))
        return saved.ids

    def paper(self, entity: str) -> str:
        """A file for a record, with a canary in its name and one in its content; its id."""
        name, text = self.canary(), self.canary()
        place, stream = Place(entity, "paper"), io.BytesIO(text.encode())
        staged = stage(self.store, self.contents, system_actor("system:seed"), place, f"{name}.txt", stream)
        assert isinstance(staged, StoredFile), staged
        self.kept[staged.id] = (name, text)
        return staged.id

    def note_parts(self, wholes: tuple[int, ...]) -> None:
        """Where the canaries of their parts stand."""
        table = self.store.models.tables[PART]
        with self.store.system_reading() as connection:
            for row in connection.execute(sa.select(table).where(table.c[WHOLE].in_(wholes))).mappings():
                for key in ("name", "gerenuk", "dibatag"):
                    self.company.canary_of[row[key]] = (PART, row["id"], key)

    def people(self) -> None:
        made = self.company
        for name, parent in DEPARTMENTS.items():
            place = {"parent": made.departments[parent]} if parent else {}
            (made.departments[name],) = self.add("department", [({"name": self.canary()}, place)])
        named = [({"name": self.canary()}, {}) for _ in TEAMS]
        made.teams = dict(zip(TEAMS, self.add("team", named), strict=True))
        rows = []
        for _roles, department, team in PEOPLE.values():
            place: dict[str, Any] = {"locale": "en"}
            place |= {"department": made.departments[department]} if department else {}
            place |= {"team": made.teams[team]} if team else {}
            mail = f"{self.canary()}@example.com"
            rows.append(({"name": self.canary(), "login": self.canary(), "email": mail}, place))
        made.people = dict(zip(PEOPLE, self.add("user", rows), strict=True))
        for key, (roles, _department, _team) in PEOPLE.items():
            done = written.set_roles(self.store, system_actor("system:seed"), made.people[key], roles)
            assert isinstance(done, Saved), done
        soon = self.store.clock().date() + dt.timedelta(days=9)
        for entity, a_field, verb, scope in EXCEPTIONS:
            right = PersonalRight(entity, a_field or None, verb, bool(scope), "" if a_field else scope)
            wanted = Wanted(right, soon, "for the matrix")
            assert add_exception(self.store, system_actor("system:seed"), made.people["excepted"], wanted) is None
        with self.store.system_reading() as connection:
            away = actor_of_user(connection, self.store.models, made.people[AWAY])
        assert away is not None
        today = soon - dt.timedelta(days=9)
        assert name_deputy(self.store, away, made.people["excepted"], today, soon) is None

    def values(self, entity: str, parent: int | None) -> tuple[dict[str, str], dict[str, Any]]:
        """The canaries of a record, and its other values."""
        canaries = {"name": self.canary()}
        values: dict[str, Any] = {PARENT[entity]: parent} if entity in PARENT else {}
        if entity in PAPERS:
            values["paper"] = self.paper(entity)
        if entity == "account":
            canaries |= {key: self.canary() for key in ("quagga", "bilby", "score", "notes")}
            canaries["website"] = f"https://{self.canary()}.example.com"
            canaries["phone"] = f"+86139{self.random.randrange(10**7, 10**8)}"
            canaries["numbat"] = f"{self.random.randrange(10**8, 10**9)}"
            values["tags"] = [self.canary()]
            values |= {
                "region": self.random.choice(("east", "west")),
                "since": "2020-02-03",
                "key_customer": True,
                "lapwing": "2020-02-04",
            }
        elif entity == "contact":
            canaries |= {"quokka": self.canary(), "remark": self.canary(), "email": f"{self.canary()}@example.com"}
        elif entity == "opportunity":
            canaries |= {"ref": self.canary(), "amount": f"{self.random.randrange(10**8, 10**9)}"}
            values["partner"] = parent
            values[PARTS] = [{key: self.canary() for key in ("name", "gerenuk", "dibatag")}]
        elif entity == "memo":
            canaries["body"] = self.canary()
        return canaries, values

    def records(self) -> None:
        for entity in ENTITIES:
            places = list(self.places(entity))
            rows = []
            for position, _asker, owner, parent in places:
                canaries, values = self.values(entity, parent)
                owned = {"owner": self.company.people[owner]} if owner else self.standing(position)
                rows.append((canaries, {**values, **owned}))
            if entity == "opportunity":
                for (position, asker, *_), (_canaries, values) in zip(places, rows, strict=True):
                    values["allies"] = self.allies(position, asker)
            if entity == "memo":
                for (position, asker, *_), (_canaries, values) in zip(places, rows, strict=True):
                    values["about"] = self.about(position, asker)
            ids = self.add(entity, rows)
            self.note_lists(entity, ids, rows)
            rows = self.rewrite(entity, ids, rows)
            for (position, asker, _owner, _parent), (canaries, _), record in zip(places, rows, ids, strict=True):
                self.company.things[entity, position, asker] = Thing(entity, position, asker, record, canaries)
                if position in BINS:  # each in an act of its own: what goes together comes back together
                    deleted = delete(self.store, system_actor("system:seed"), entity, [record], door="seed")
                    assert isinstance(deleted, Saved), deleted

    def placed(self) -> None:
        """Gives everybody his places, also those who can do nothing by them."""
        made = self.company
        rows = []
        for who, entity, where, place in PLACES:
            position, _colon, asker = where.partition(":")
            record = made.things[entity, position, asker or None].id
            row = {"entity": entity, "record": record, "user_id": made.people[who], "position": place}
            rows.append({**row, "given_at": self.store.clock(), "changed_seq": 1})
        with self.store.housekeeping() as write:
            write.execute(sa.insert(record_team), rows)

    def standing(self, position: str) -> dict[str, int | None]:
        """Where a record stands that nobody owns."""
        department, team = PLACED[position]
        made = self.company
        return {
            "owner": None,
            "department": made.departments[department] if department else None,
            "team": made.teams[team] if team else None,
        }

    def allies(self, position: str, asker: str | None) -> list[dict[str, Any]]:
        """Links of a deal: to an account of one's own, if there is one, and to one that is far from nearly everyone."""
        things = self.company.things
        near = things.get(("account", "mine", asker))
        linked = [near, things["account", "far", None]] if position != "unowned" else []
        return [{"id": each.id, "gist": self.canary()} for each in linked if each]

    def about(self, position: str, asker: str | None) -> dict[str, Any] | None:
        """What a memo is about: deals for some, accounts for others."""
        entity = "opportunity" if position in {"mine", "team"} else "account"
        thing = self.company.things.get((entity, position, asker))
        return {"entity": entity, "id": thing.id} if thing and position not in BINS else None

    def note_lists(self, entity: str, ids: tuple[int, ...], rows: list[Any]) -> None:
        """The canaries that stand in lists."""
        for record, (_canaries, values) in zip(ids, rows, strict=True):
            for tag in values.get("tags", ()):
                self.company.canary_of[tag] = (entity, record, "tags")
            for link in values.get("allies", ()):
                self.company.canary_of[link["gist"]] = ("account", link["id"], "name")
                self.company.allies.setdefault(record, {})[link["id"]] = link["gist"]

    def rewrite(self, entity: str, ids: tuple[int, ...], rows: list[Any]) -> list[Any]:
        """The administrator changes what is most secret, so that a history has the old canaries and his name."""
        fields = REWRITTEN.get(entity, ())
        if not fields:
            return rows
        with self.store.system_reading() as connection:
            actor = actor_of_user(connection, self.store.models, self.company.people["administrator"])
        assert actor is not None
        changes, after = [], []
        for record, (canaries, values) in zip(ids, rows, strict=True):
            fresh = {key: self.canary() for key in fields}
            self.company.canary_of.update({text: (entity, record, key) for key, text in fresh.items()})
            changes.append(Change(record, fresh))
            after.append(({**canaries, **fresh}, values))
        saved = update(self.store, actor, entity, changes, door="api")
        assert isinstance(saved, Saved), saved
        if entity == WHOLE:
            self.rewrite_parts(actor, ids)
        return after

    def rewrite_parts(self, actor: Actor, wholes: tuple[int, ...]) -> None:
        """What parts held before is in the history of their whole; one more part goes away again."""
        table = self.store.models.tables[PART]
        with self.store.system_reading() as connection:
            rows = connection.execute(sa.select(table.c.id, table.c[WHOLE]).where(table.c[WHOLE].in_(wholes))).all()
        for gone in (True, False):
            changes = []
            for part, whole in rows:
                fresh = {key: self.canary() for key in ("name", "gerenuk", "dibatag")}
                more = [{key: self.canary() for key in ("name", "gerenuk", "dibatag")}] if gone else []
                changes.append(Change(whole, {PARTS: [{"id": part, **fresh}, *more]}))
            saved = update(self.store, actor, WHOLE, changes, door="api")
            assert isinstance(saved, Saved), saved
            self.note_parts(wholes)

    def places(self, entity: str) -> Iterator[tuple[str, str | None, str | None, int | None]]:
        """Position, for whom, owner and parent of each record."""
        above = PARENT.get(entity, "")

        def parent(position: str, asker: str | None = None) -> int | None:
            found = self.company.things.get((above, position, asker))
            return found.id if found else None

        for position, owner in (("team", "mate"), ("other", "other"), ("far", "outer")):
            yield position, None, owner, parent(position)
        yield "unowned", None, None, None
        for position in ("assigned", "placed"):
            yield position, None, None, parent(position)
        yield "other_bin", None, "other", parent("other")
        for asker in ASKING:
            mine = parent("mine", asker)
            yield "mine", asker, asker, mine
            yield "bin", asker, asker, mine
            yield "parent_foreign", asker, asker, parent("other")
            yield "child_foreign", asker, "other", mine


def build(engine: Engine, folder: Path) -> Company:
    """Applies the pack (written to `folder`) and fills the database."""
    loaded = load_pack(write_pack(folder, PACK | figures_of(PACK)))
    assert not loaded.errors, loaded.diagnostics
    first_apply(engine, loaded)
    _begin_high(engine)
    builder = _Builder(open_store(engine), folder.parent)
    builder.people()
    builder.records()
    builder.placed()
    _read_facts(engine, builder.company)
    return builder.company


def _begin_high(engine: Engine) -> None:
    """Ids that stand for nothing else on a page: each entity's begin at a number of its own."""
    with engine.begin() as connection:
        for place, entity in enumerate((*ENTITIES, "user", "department", "team", PART), start=1):
            first = FIRST_ID * place
            if engine.dialect.name == "postgresql":
                connection.execute(sa.text(f"ALTER SEQUENCE crm_{entity}_ids RESTART WITH {first + 1}"))
            else:
                row = {"name": f"id:crm_{entity}", "value": first}
                connection.execute(sa.text("INSERT INTO tenon_counter (name, value) VALUES (:name, :value)"), row)


def _read_facts(engine: Engine, company: Company) -> None:
    """What scopes read of each record, taken from the tables by plain SQL."""
    pointers = {"contact": "account", "memo": "contact", "opportunity": "account, partner", "ocelot": "account"}
    with engine.connect() as connection:
        for row in connection.execute(sa.text(f"SELECT id, {WHOLE}, deleted_at FROM crm_{PART}")).mappings():  # noqa: S608
            company.facts[PART, row["id"]] = dict(row)
        places: dict[tuple[str, int], list[tuple[int, str]]] = {}
        for row in connection.execute(sa.text("SELECT entity, record, user_id, position FROM tenon_record_team")):
            places.setdefault((row[0], row[1]), []).append((row[2], row[3]))
        for entity in (*ENTITIES, "user", "department", "team"):
            more = f", {pointers[entity]}" if entity in pointers else ""
            columns = f"id, owner, department, team, created_at, deleted_at{more}"
            read = sa.text(f"SELECT {columns} FROM crm_{entity}").columns(created_at=Moment)  # noqa: S608
            for row in connection.execute(read).mappings():
                company.facts[entity, row["id"]] = {**row, "places": places.get((entity, row["id"]), [])}


def open_engine(url: str) -> Engine:
    """With the keys of this company."""
    return engines.open_engine(url, KEYS)


def open_site(url: str) -> tuple[Engine, Store]:
    """An engine and a store of a database that was built before."""
    engine = open_engine(url)
    return engine, open_store(engine)
