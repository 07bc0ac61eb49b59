"""The company behind the web: one application, one browser and one program for each who asks, and what it leaves behind.

Nothing is built twice: after a change that was meant to happen, the database is put back as it was.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
import logging
import os
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from werkzeug.test import TestResponse

from app.orm.store import Store
from app.orm.types import now
from app.settings import Settings
from app.web.app import create_app
from app.web.security import sessions
from tests import pgtemp
from tests.security.company import ASKING, AWAY, CANARY, DEPARTMENTS, EXCEPTIONS, PEOPLE, Company, Thing
from tests.security.oracle import Oracle, Person
from tests.unit.website import Browser, forget_tries

ABSENT = 987_654_321
SECRET_WORDS = (
    "quagga",
    "bilby",
    "numbat",
    "quokka",
    "ocelot",
)  # keys of fields and of an entity that not all may know
_NOTICE = re.compile(r"tenon_notice=([^;]+)")
_CANARIES = re.compile(CANARY)
_OF_ONE_ANSWER = ("Content-Length:", "X-Request-Id:", "Date:")
_NUMBERS = re.compile(r"(?<![\d.])\d{8,9}(?!\d)")


@dataclass(frozen=True)
class Heard:
    """An answer with everything that it tells: body, headers, and the notice that travels packed in a cookie."""

    status: int
    body: str
    headers: str

    @property
    def heads(self) -> str:
        """The headers without what differs from one answer to the next: lengths, ids of requests, packed notices."""
        lines = (line for line in self.headers.splitlines() if not line.startswith(_OF_ONE_ANSWER))
        return "\n".join(sorted(_NOTICE.sub("tenon_notice=…", line) for line in lines))

    @property
    def everything(self) -> str:
        return f"{self.headers}\n{self.body}"


def hear(answer: TestResponse) -> Heard:
    """Reads an answer, streamed ones to their end."""
    headers = str(answer.headers)
    for packed in _NOTICE.findall(headers):
        try:
            headers += "\n" + str(json.loads(base64.urlsafe_b64decode(packed.strip('"'))))
        except (binascii.Error, ValueError):
            continue  # taken away: an empty cookie
    body = answer.get_data(as_text=True)
    answer.close()
    return Heard(answer.status_code, body, headers)


class LogLines(logging.Handler):
    """Keeps what the program logs, with tracebacks."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@dataclass
class Site:
    """The application over a database, with those who ask."""

    app: Flask
    store: Store
    url: str
    company: Company
    oracle: Oracle
    people: Mapping[str, Person]
    keeper: Keeper
    pages: dict[str, Browser] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    programs: dict[str, FlaskClient] = field(default_factory=dict)
    log: LogLines = field(default_factory=LogLines)
    asked: list[str] = field(default_factory=list)
    """Every statement that the database was asked, since somebody emptied the list."""
    known: dict[tuple[str, tuple[str, int, str]], bool] = field(default_factory=dict)
    """What the oracle said of who may be told what: it goes by the facts that the company was built with."""

    def page(self, asker: str) -> Browser:
        """The browser of someone who is logged in."""
        return self.pages[asker]

    def program(self, asker: str) -> FlaskClient:
        """His program, with its token."""
        return self.programs[asker]

    def thing(self, entity: str, position: str, asker: str) -> Thing:
        return self.company.thing(entity, position, asker)

    def leaks(self, asker: str, heard: Heard, sent: str = "") -> list[str]:
        """What an answer tells that the oracle forbids. What the request itself said may be said again."""
        person, told = self.people[asker], heard.everything
        found: list[str] = []
        for canary in set(_CANARIES.findall(told)):
            place = self.company.canary_of.get(canary)
            if place is not None and canary not in sent and not self.may_be_told(asker, place):
                found.append("{}/{}.{}".format(*place))
        # 1,234.50 and 138 1234 5678 are numbers too.
        for number in set(_NUMBERS.findall(re.sub(r"(?<=\d)[ ,](?=\d)", "", heard.body))):
            place = self.company.canary_of.get(number) or self.company.canary_of.get(f"+86139{number}")
            if place is not None and number not in sent and not self.may_be_told(asker, place):
                found.append("{}/{}.{}".format(*place))
        if "139" in heard.body:  # of eleven digits; spaces come behind these three
            for phone in re.findall(r"(?:\+86)?139\d{8}", re.sub(r"(?<=\d) (?=\d)", "", heard.body)):
                place = self.company.canary_of.get(f"+86{phone.removeprefix('+86')}")
                if place is not None and phone not in sent and not self.may_be_told(asker, place):
                    found.append("{}/{}.{}".format(*place))
        lowered = told.lower()
        words = (word for word in SECRET_WORDS if word in lowered and word not in sent)
        return sorted([*found, *(f"the word {word}" for word in words if not self.oracle.may_be_named(person, word))])

    def may_be_told(self, asker: str, place: tuple[str, int, str]) -> bool:
        """What the oracle says of it, asked once."""
        if (asker, place) not in self.known:
            self.known[asker, place] = self.oracle.may_be_told(self.people[asker], *place)
        return self.known[asker, place]

    # What it leaves behind

    def logged(self) -> list[str]:
        """Canaries that stand in the log since it was asked last."""
        lines, self.log.lines = self.log.lines, []
        return [line for line in lines if _CANARIES.search(line)]

    def wrote(self) -> bool:
        """Whether anything was written at all."""
        return self.keeper.wrote()

    def changed(self) -> list[str]:
        """The tables that differ from how they were at the start."""
        return self.keeper.changed()

    def put_back(self) -> None:
        """The database as it was at the start, with everyone logged in. Files that nothing speaks of any more stay."""
        self.keeper.put_back()
        self.keeper.know_files()

    def begin(self) -> None:
        """As it was built, whatever a test before did, said or asked."""
        self.put_back()
        self.let_in()
        self.asked.clear()
        self.log.lines.clear()

    def let_in(self) -> None:
        """Gives every browser its cookie again, and nothing else."""
        for asker, browser in self.pages.items():
            browser._cookies.clear()  # type: ignore[union-attr]
            browser.set_cookie(sessions.COOKIE, self.tokens[asker])


class Keeper:
    """Remembers a database, says what has changed in it, and puts it back."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.store = folder
        self.folders: dict[Path, int] = {}
        self.files: frozenset[str] = frozenset()
        self.know_files()
        self.tables = [name for name in sa.inspect(engine).get_table_names() if "search_index" not in name]
        self.start = self.look()

    def look(self) -> dict[str, str]:
        """A digest of every row of each table."""
        found = {}
        with self.engine.connect() as connection:
            for name in self.tables:
                rows = connection.execute(sa.text(f'SELECT * FROM "{name}"')).all()  # noqa: S608
                found[name] = hashlib.sha256(repr(sorted(map(repr, rows))).encode()).hexdigest()
        return found

    def _kept_files(self) -> frozenset[str]:
        found = os.walk(self.store)
        return frozenset(f"{folder}/{name}" for folder, folders, files in found for name in (*folders, *files))

    def _folders(self) -> dict[Path, int]:
        """When something last came into a folder, or went."""
        return {(place := Path(folder)): place.stat().st_mtime_ns for folder, _, _ in os.walk(self.store)}

    def know_files(self) -> None:
        """What lies in the store of files now is no news any more."""
        if not self._is_as_known():
            self.folders = self._folders()
            self.files = self._kept_files()

    def _is_as_known(self) -> bool:
        """Whether nothing came into a folder, or went, since they were read."""
        try:
            return bool(self.folders) and all(place.stat().st_mtime_ns == at for place, at in self.folders.items())
        except FileNotFoundError:
            return False

    def new_files(self) -> list[str]:
        """What lies in the store of files that did not at the start, or the other way round. Asked after every cell, so that
        what is in the folders is read only when the time of one has changed."""
        return [] if self._is_as_known() else sorted(self._kept_files() ^ self.files)

    def changed(self) -> list[str]:
        """The tables whose rows are others than at the start."""
        there = self.look()
        return [name for name in self.tables if there[name] != self.start[name]]

    def wrote(self) -> bool:
        """Whether anything was written, if only to be the same again."""
        return bool(self.changed())

    def put_back(self) -> None:
        """Makes it what it was."""
        raise NotImplementedError


class SqliteKeeper(Keeper):
    """A copy in memory; SQLite itself says whether anyone has written at all."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.watch = sqlite3.connect(str(engine.url.database), check_same_thread=False)
        self.kept = sqlite3.connect(":memory:", check_same_thread=False)
        super().__init__(engine, folder)
        self.watch.backup(self.kept)
        self.version = self._version()

    def _version(self) -> int:
        return int(self.watch.execute("PRAGMA data_version").fetchone()[0])

    def wrote(self) -> bool:
        return self._version() != self.version

    def changed(self) -> list[str]:
        return super().changed() if self.wrote() else []

    def put_back(self) -> None:
        if not self.wrote():
            return
        self.kept.backup(self.watch)
        self.version = self._version()


class PostgresKeeper(Keeper):
    """A second database, from which the first is made anew; the numbers of transactions say whether anyone may have written."""

    def __init__(self, engine: Engine, folder: Path, cluster: pgtemp.Cluster) -> None:
        super().__init__(engine, folder)
        self.cluster = cluster
        self.name = str(engine.url.database)
        engine.dispose()
        self.kept = cluster.create(self.name)
        self.number = cluster.next_transaction()

    def changed(self) -> list[str]:
        """A transaction that writes takes a number, of which all databases of the cluster share one row; one that only reads
        takes none (PostgreSQL, "Transactions and Identifiers")."""
        number = self.cluster.next_transaction()
        if number == self.number:
            return []
        found = super().changed()
        if not found:
            self.number = number
        return found

    def put_back(self) -> None:
        if not self.changed():
            return
        self.engine.dispose()
        self.cluster.drop(self.name)
        self.cluster.copy(self.kept, self.name)
        self.number = self.cluster.next_transaction()


def people_of(company: Company) -> dict[str, Person]:
    """The people as the oracle knows them."""
    found = {}
    for key, (roles, department, team) in PEOPLE.items():
        below = {name for name in DEPARTMENTS if department and _is_below(name, department)}
        subtree = frozenset(company.departments[name] for name in below)
        teams = frozenset({company.teams[team]} if team else ())
        away = frozenset({company.people[AWAY]} if key == "excepted" else ())
        exceptions = EXCEPTIONS if key == "excepted" else ()
        found[key] = Person(key, company.people[key], roles, subtree, teams, exceptions, away)
    return found


def _is_below(name: str | None, department: str) -> bool:
    while name is not None:
        if name == department:
            return True
        name = DEPARTMENTS[name]
    return False


def let_in(store: Store, user_id: int, kind: sessions.Kind) -> tuple[str, str]:
    """A session of a person, as the login would start it: its token and its secret against forged requests."""
    policy = store.catalog.pack.security.session
    with store.housekeeping() as connection:
        # Seen last in two hours: that a session is in use is noted every five minutes, and slow runs take longer.
        begun = now() + dt.timedelta(hours=2)
        new = sessions.NewSession(user_id, kind, sessions.Visitor(None, None))
        token = sessions.start(connection, policy, new, begun)
        row = connection.execute(
            sa.text("SELECT csrf FROM tenon_web_session WHERE id = :id"), {"id": sessions.digest(token)}
        ).one()
    return token, row.csrf


def open_pages(site: Site) -> None:
    """Lets everyone who asks in, by page and by program."""
    for asker in ASKING:
        token, secret = let_in(site.store, site.company.people[asker], "page")
        browser = Browser(site.app)
        site.tokens[asker] = token
        browser.csrf = secret
        site.pages[asker] = browser
        bearer, _ = let_in(site.store, site.company.people[asker], "token")
        program = site.app.test_client(use_cookies=False)
        program.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {bearer}"
        site.programs[asker] = program
    site.let_in()


def make_site(
    engine: Engine, store: Store, company: Company, folder: Path, cluster: pgtemp.Cluster | None = None
) -> Site:
    """The application over a database that was built."""
    url = engine.url.render_as_string(hide_password=False)
    settings = Settings(config=folder / "pack", database_url=url, data_dir=folder)
    forget_tries()
    app = create_app(store, settings)
    app.testing = False
    oracle = Oracle(folder / "pack", company.facts)
    files = folder / "files"
    site = Site(app, store, url, company, oracle, people_of(company), Keeper(engine, files))
    open_pages(site)
    site.keeper = PostgresKeeper(engine, files, cluster) if cluster else SqliteKeeper(engine, files)
    sa.event.listen(engine, "before_cursor_execute", lambda _c, _u, statement, *_: site.asked.append(statement))
    logging.getLogger().addHandler(site.log)
    return site


def close(site: Site) -> None:
    """Ends what `make_site` began."""
    logging.getLogger().removeHandler(site.log)
    site.store.engine.dispose()


def pretty(values: Mapping[str, Any]) -> str:
    """What a request sends, as one text."""
    return json.dumps(values, default=str, ensure_ascii=False)
