"""A small company that knows somebody well: his words stand in every place of the database that can hold some."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.access import system_actor
from app.definition.files import StoredFile
from app.files import FolderContents, Place, stage
from app.loading import Loaded, catalog_of_tree
from app.orm import framework
from app.orm.engine import open_engine
from app.orm.sealed import Keys, give_keys
from app.orm.store import Store
from app.orm.types import now
from app.plan import AppliedRevision, apply_plan, first_apply, open_store, plan_for
from app.privacy.places import WORDS_GO
from app.record import Change, Saved, create, update
from app.record.mail_stops import put_stops
from app.settings import Settings
from tests.databases import place

ACTOR = replace(system_actor("system:command"), user_id=1)
NAME, OLD_NAME = "Canary Zhang", "Canary Lee"
MAIL, MOBILE, WECHAT = "canary.zhang@example.org", "+8613811112222", "canary_8888"
PRIVATE = "canary.private@example.org"
SECRET = "a secret of a house that knows somebody"
SIGNS = ("canary", "13811112222")
"""What is looked for afterwards: all that is his holds one of these."""
IDENTITY = {"category": "identity", "purpose": "sales"}
CONTACT = {"category": "contact", "purpose": "sales"}
TREE: dict[str, Any] = {
    "backups": {"full": {"every": "week"}, "incremental": {"every": "day"}},
    "entities": {
        "person": {
            "name_field": "name",
            "list": {"columns": ["name"]},
            "retention": {"after": "5 years", "action": "anonymise"},
            "fields": {
                "name": {"type": "text", "required": True, "searchable": True, "personal": IDENTITY},
                "mail": {"type": "email", "unique": True, "personal": CONTACT},
                "mobile": {"type": "phone", "searchable": True, "personal": CONTACT},
                "wechat": {"type": "text", "personal": CONTACT},
                "private": {"type": "email", "indexed": True, "sensitive": {"encrypt": True}, "personal": CONTACT},
                "fax": {"type": "text", "personal": CONTACT},
                "likes": {"type": "tags", "personal": {"category": "habits"}},
                "vip": {"type": "boolean", "personal": {"category": "habits"}, "consent": {"purpose": "perks", "text": "Perks, please."}},
                "photo": {"type": "file", "many": True, "personal": {"category": "image"}},
                "remark": {"type": "long_text"},
                "points": {"type": "integer"},
                "firm": {"type": "lookup", "to": "firm"},
                "greeting": {"type": "text", "formula": "concat('Dear ', name)"},
            },
        },
        "trait": {
            "parent": {"field": "person", "part": True},
            "name_field": "what",
            "fields": {"person": {"type": "lookup", "to": "person", "required": True}, "what": {"type": "text"}},
        },
        "firm": {
            "name_field": "name",
            "retention": {"after": "3 years", "since": "left_on", "action": "archive"},
            "fields": {"name": {"type": "text", "searchable": True}, "phone": {"type": "phone"}, "left_on": {"type": "date"}},
        },
        "talk": {
            "name_field": "subject",
            "list": {"columns": ["subject"]},
            "fields": {
                "subject": {"type": "text", "searchable": True},
                "person": {"type": "lookup", "to": "person"},
                "others": {"type": "lookup", "to": "person", "many": True, "inverse": "heard"},
                "content": {"type": "long_text", "personal": {"category": "words", "retention": "2 years"}},
                "secret": {"type": "long_text", "sensitive": {"encrypt": True}},
                "whose": {"type": "text", "formula": "person.name"},
            },
        },
        "note": {
            "name_field": "text",
            "list": {"columns": ["text"]},
            "retention": {"after": "1 year", "action": "erase", "where": "text != 'stays'"},
            "fields": {
                "text": {"type": "text", "searchable": True},
                "secret": {"type": "text", "unique": True, "sensitive": {"encrypt": True}},
            },
        },
        "reader": {"name_field": "address", "fields": {"address": {"type": "text", "unique": True, "ignore_case": True}}},
        "bill": {
            "name_field": "number",
            "kept_by_law": {"en": "Tax law: ten years", "zh": "税法：十年"},
            "fields": {"number": {"type": "text"}, "buyer": {"type": "text"}, "person": {"type": "lookup", "to": "person"}},
        },
    },
}  # fmt: skip


@dataclass
class House:
    """The database, the data folder, and the ids of the one person and another one."""

    store: Store
    settings: Settings
    folder: Path
    person: int
    other: int

    @property
    def contents(self) -> FolderContents:
        return FolderContents(self.settings.files_dir)

    def add(self, entity: str, **values: Any) -> int:
        return add(self.store, entity, **values)

    def row(self, entity: str, record: int) -> Mapping[str, Any]:
        table = self.store.models.tables[entity]
        with self.store.engine.connect() as connection:
            query = sa.select(*(column.label(column.key) for column in table.columns)).where(table.c.id == record)
            return connection.execute(query).mappings().one()

    def places(self, *signs: str) -> list[str]:
        """Where one of these words stands: tables with columns, files."""
        return [*words_in(self.store.engine, signs or SIGNS), *files_with(self.settings.files_dir, signs or SIGNS)]


def add(store: Store, entity: str, **values: Any) -> int:
    saved = create(store, ACTOR, entity, [values], door="command")
    assert isinstance(saved, Saved), saved
    return saved.ids[0]


def words_in(engine: sa.Engine, signs: tuple[str, ...]) -> list[str]:
    found = set()
    with engine.connect() as connection:
        for name in sa.inspect(connection).get_table_names():
            if name.startswith("tenon_search_index"):
                continue
            for row in connection.execute(sa.select(sa.text("*")).select_from(sa.table(name))).mappings():
                for column, value in row.items():
                    plain = value if isinstance(value, str) else repr(value)
                    if any(sign in plain.lower() for sign in signs):
                        found.add(f"{name}.{column}")
    return sorted(found)


def files_with(folder: Path, signs: tuple[str, ...]) -> list[str]:
    every = [each for each in folder.rglob("*") if each.is_file()]
    return [each.name for each in every if any(sign.encode() in each.read_bytes().lower() for sign in signs)]


def build(url: str) -> None:
    place(url, "privacy", _move_in)


def _move_in(engine: sa.Engine) -> None:
    give_keys(engine, Keys.of(SECRET))
    first_apply(engine, Loaded(catalog_of_tree(TREE), (), TREE, {}, {}))
    store = open_store(engine)
    add(store, "user", name="Her", login="her", email="her@example.com")
    firm = add(store, "firm", name="The firm", phone="+861088880000")
    person = add(
        store, "person", name=OLD_NAME, mail="canary.lee@example.org", mobile=MOBILE, fax="+8613811112222 f", firm=firm,
        private=PRIVATE, likes=["canary tea"], vip=True, points=7, wechat=WECHAT, remark="calls himself Canary Zhang",
        trait=[{"what": f"brother of {OLD_NAME}"}],
    )  # fmt: skip
    saved = update(store, ACTOR, "person", [Change(person, {"name": NAME, "mail": MAIL})], door="command")
    assert isinstance(saved, Saved), saved
    add(store, "person", name="Somebody Else", mail="else@example.org", mobile="+8613900001111", firm=firm)


@contextmanager
def a_house(url: str, folder: Path) -> Iterator[House]:
    """In a database that was built already; the field `fax` is removed meanwhile."""
    engine = open_engine(url, Keys.of(SECRET))
    try:
        tree = deepcopy(TREE)
        del tree["entities"]["person"]["fields"]["fax"]
        loaded = Loaded(catalog_of_tree(tree), (), tree, {}, {})
        assert isinstance(
            apply_plan(engine, loaded, plan_for(engine, loaded), "tester", ["person.fax"]), AppliedRevision
        )
        settings = Settings(
            database_url=url, data_dir=folder / "var", backup_dir=folder / "backups", backup_key="k" * 20
        )
        yield House(open_store(engine), settings, folder, 1, 2)
    finally:
        engine.dispose()


def spread(house: House) -> None:
    """Writes of him wherever somebody may: in files, records about him and others, and every column of the framework."""
    found = stage(
        house.store, house.contents, ACTOR, Place("person", "photo"), "canary.txt", io.BytesIO(b"canary photo")
    )
    assert isinstance(found, StoredFile), found
    saved = update(house.store, ACTOR, "person", [Change(house.person, {"photo": [found.id]})], door="command")
    assert isinstance(saved, Saved), saved
    talk = house.add("talk", subject=f"Lunch with {NAME}", person=house.person, content="he likes canary birds")
    house.add(
        "talk", subject="Both", person=house.person, others=[house.other], content=f"{NAME} and Somebody Else met"
    )
    house.add("note", text=f"write to {MAIL}, or {NAME}")
    house.add("note", text=f"or to {PRIVATE}")
    house.add("bill", number="1", person=house.person, buyer="The buyer")
    plain = {"tenon_file": {"sha256": house.contents.put(io.BytesIO(b"plain"))}}
    with house.store.housekeeping() as connection:
        for table, columns in WORDS_GO.items():
            row = {**_filled(table, columns, talk), **plain.get(table, {})}
            connection.execute(sa.insert(framework.FRAMEWORK.tables[table]), row)
        put_stops(connection, (MAIL,), "canary asked", now())
        kept = {"record": house.person, "place": "crm_person.remark", "target": 0, "kind": "", "since": 1}
        overwritten = framework.overwritten.insert()
        connection.execute(overwritten.values(**kept, old='"a canary"', kept_until=now().date()))


def _filled(name: str, columns: tuple[str, ...], talk: int) -> dict[str, Any]:
    """A row of a table of the framework with his words in these columns."""
    values: dict[str, Any] = {}
    for column in framework.FRAMEWORK.tables[name].columns:
        kind = column.type
        if column.name in columns:
            values[column.name] = {"said": [f"to {MAIL} 王"]} if isinstance(kind, sa.JSON) else f"to {MAIL}"
        elif column.name in {"entity", "record"}:
            values[column.name] = "talk" if column.name == "entity" else talk
        elif column.nullable or (column.name == "id" and not isinstance(kind, sa.Text)):
            continue
        elif isinstance(kind, sa.JSON):
            values[column.name] = []
        elif isinstance(kind, sa.Text):
            values[column.name] = "x"
        elif isinstance(kind, sa.Boolean):
            values[column.name] = False
        elif isinstance(kind, sa.Integer | sa.BigInteger):
            values[column.name] = 1
        else:
            values[column.name] = now().date() if isinstance(kind, sa.Date) else now()
    return values
