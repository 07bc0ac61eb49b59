"""Giving a person what is held of him: one archive, a JSON text with all that was found and the files beside it.

It says also where was looked, so that "nothing" can be told from "not asked". Of records that are about others too only the
texts are given that tell of him.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.automation.mail_stops import stops_of
from app.files import FolderContents
from app.frozen import dataclass
from app.orm import framework
from app.orm.framework import audit
from app.orm.models import STORAGE_COLUMNS
from app.orm.store import Store
from app.privacy.person import Holding, Records, about_nobody_else, find_holding, read_hidden
from app.privacy.places import WORDS_GO, hidden_columns
from app.record.audit import to_wire
from app.record.history import told_today
from app.record.scrub import holding, holds

PERSON = "person.json"
_OWN_KEYS = ("id", "at", "actor", "door", "entity", "record", "action", "changes")


@dataclass(frozen=True)
class Export:
    """What was found. `content` is the JSON text as a value; `files` are (name in the archive, digest of the content)."""

    content: Mapping[str, Any]
    files: tuple[tuple[str, str], ...]

    @property
    def looked_through(self) -> Mapping[str, int]:
        """How much was found by place."""
        found: Mapping[str, int] = self.content["looked_through"]
        return found


def gather(store: Store, persons: Sequence[tuple[str, int]]) -> Export:
    """All that is held of a person, who is known by one record or several. Raises LookupError for one who is not there."""
    with store.system_reading() as connection:
        hidden = hidden_columns(connection)
        held = find_holding(connection, store.models, persons, hidden)
        look = _Look(store, connection, held)
        alone = about_nobody_else(connection, store.models, held)
        found: dict[str, Any] = {
            "records": look.records(held.own),
            "removed_fields": look.removed(held.own, hidden),
            "records_about": look.records(alone),
            "mentioned_in": look.mentions({key: _rest(ids, alone.get(key, ())) for key, ids in held.about.items()}),
            "records_kept_by_law": look.records(held.kept),
            "history": look.history(alone),
            **{name.removeprefix("tenon_"): look.written(name) for name in WORDS_GO},
            "consents": look.consents(),
            "mail_stops": look.stops(),
        }
        files = list(look.files(alone))
    content = {
        "of": [{"entity": entity, "id": str(record)} for entity, record in persons],
        "made_at": to_wire("datetime", store.clock()),
        "addresses": [*held.addresses, *held.shared],
        "looked_through": {place: _count(each) for place, each in found.items()} | {"files": len(files)},
        **found,
        "files": [name for name, _ in files],
    }
    return Export(content, tuple(files))


def write_archive(export: Export, contents: FolderContents, target: Path) -> None:
    """Writes the archive, aside first; it is its owner's alone. Raises OSError."""
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(PERSON, json.dumps(export.content, ensure_ascii=False, indent=2, default=str))
            for name, digest in export.files:
                _add(archive, name, contents, digest)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def _add(archive: zipfile.ZipFile, name: str, contents: FolderContents, digest: str) -> None:
    try:
        source: BinaryIO = contents.open(digest)
    except FileNotFoundError:  # `crm doctor` names it
        return
    with source, archive.open(name, "w") as into:
        while part := source.read(1024 * 1024):
            into.write(part)


@dataclass(frozen=True)
class _Look:
    """Looks through the places of one database for one person."""

    store: Store
    connection: Connection
    held: Holding

    def records(self, records: Mapping[str, Collection[int]]) -> dict[str, list[dict[str, Any]]]:
        """Whole records by entity, with their lists."""
        found = {entity: list(self._rows(entity, sorted(ids))) for entity, ids in records.items()}
        return {entity: rows for entity, rows in found.items() if rows}

    def _rows(self, entity: str, ids: Sequence[int]) -> Iterator[dict[str, Any]]:
        models = self.store.models
        table, fields = models.tables[entity], models.catalog.entities[entity].every_field
        lists = {many.field.key: self._lists(many.table, ids) for many in models.many_of(entity)}
        for row in self.connection.execute(sa.select(table).where(table.c.id.in_(ids)).order_by(table.c.id)).mappings():
            values = {column.key: row[column] for column in table.columns if column.key in fields}
            plain = {key: to_wire(fields[key].holds, value) for key, value in values.items() if value is not None}
            many = {key: by_record[row["id"]] for key, by_record in lists.items() if row["id"] in by_record}
            yield {**{key: _plain(value) for key, value in plain.items() if key not in STORAGE_COLUMNS}, **many}

    def _lists(self, table: sa.Table, ids: Sequence[int]) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        query = sa.select(table.c.record, table.c.value).where(table.c.record.in_(ids)).order_by(table.c.position)
        for record, value in self.connection.execute(query):
            found.setdefault(record, []).append(str(value))
        return found

    def removed(self, records: Records, hidden: Mapping[str, tuple[str, ...]]) -> list[dict[str, Any]]:
        """What fields that were removed hold of his records."""
        rows = (
            {"entity": entity, **{key: value for key, value in row.items() if value is not None}}
            for entity, ids in records.items()
            for row in read_hidden(self.connection, self.store.models, hidden, entity, ids)
        )
        return [row for row in rows if row.keys() - {"entity", "id"}]

    def mentions(self, records: Mapping[str, Collection[int]]) -> list[dict[str, Any]]:
        """Of records that are about others, too, the texts that tell of him."""
        pattern, found = self.held.near.pattern if self.held.near.telling else None, []
        for entity, rows in self.records(records).items():
            for row in rows:
                texts = {
                    key: value
                    for key, value in row.items()
                    if pattern and isinstance(value, str) and pattern.search(value)
                }
                found.append({"entity": entity, "id": row["id"], **texts})
        return found

    def history(self, alone: Mapping[str, Collection[int]]) -> list[dict[str, Any]]:
        """What was done to his records and those about him alone, and lines elsewhere that hold his addresses."""
        models, found = self.store.models, []
        whole = [(entity, ids) for records in (self.held.own, alone) for entity, ids in records.items() if ids]
        seen: set[int] = set()
        for entity, ids in whole:
            here = (models.former.written_of(audit, entity), audit.c.record.in_(sorted(ids)))
            rows = told_today(models, entity, self.connection.execute(sa.select(audit).where(*here)).mappings())
            found += [_line(row) for row in rows]
            seen.update(row["id"] for row in rows)
        if self.held.addresses:
            telling = sa.select(audit).where(holding([audit.c.changes], self.held.addresses))
            rest = [row for row in self.connection.execute(telling).mappings() if row["id"] not in seen]
            found += [_line(row) for row in rest if self._tells(row["changes"])]
        return sorted(found, key=lambda line: int(line["id"]))

    def written(self, name: str) -> list[dict[str, Any]]:
        """The rows of a table of the framework about his records, or in which his addresses stand."""
        table = framework.FRAMEWORK.tables[name]
        texts = [table.c[key] for key in WORDS_GO[name]]
        conditions = [holding(texts, self.held.addresses)] if self.held.addresses else []
        of_record = "entity" in table.c and "record" in table.c
        if of_record:
            conditions += [
                sa.and_(table.c.entity == entity, table.c.record.in_(ids)) for entity, ids in self.held.own.items()
            ]
        secret = {"digest", "hint", "sha256", "thumbnail", "claim", "changed_seq"}
        rows = self.connection.execute(sa.select(table).where(sa.or_(sa.false(), *conditions))).mappings()
        return [
            {key: _plain(value) for key, value in row.items() if key not in secret and value is not None}
            for row in rows
            if (of_record and row["record"] in self.held.own.get(row["entity"], ()))
            or self._tells([row[each.name] for each in texts])
        ]

    def _tells(self, value: Any) -> bool:
        """Whether one of his addresses stands there, and not a longer one of somebody else."""
        return bool(self.held.addresses) and holds(value, self.held.only_addresses)

    def stops(self) -> list[dict[str, Any]]:
        """His addresses that get no mail."""
        found = stops_of(self.connection, (*self.held.addresses, *self.held.shared))
        return [{"address": each.address, "kind": each.kind, "at": _plain(each.at)} for each in found]

    def consents(self) -> list[dict[str, Any]]:
        """What he agreed to and withdrew: when, how, noted by whom, and the wording."""
        c = framework.consent.c
        columns = (c.entity, c.record, c.field, c.given, c.purpose, c.wording, c.at, c.actor, c.door)
        of_his = [sa.and_(c.entity == entity, c.record.in_(ids)) for entity, ids in self.held.own.items() if ids]
        query = sa.select(*columns).where(sa.or_(sa.false(), *of_his)).order_by(c.id)
        return [{key: _plain(value) for key, value in row.items()} for row in self.connection.execute(query).mappings()]

    def files(self, alone: Mapping[str, Collection[int]]) -> Iterator[tuple[str, str]]:
        """The files of his records and those about him alone, earlier versions too."""
        f = framework.file.c
        for records in (self.held.own, alone):
            for entity, ids in records.items():
                here = (f.entity == entity, f.record.in_(sorted(ids)))
                for row in self.connection.execute(sa.select(f.id, f.name, f.sha256).where(*here).order_by(f.id)):
                    yield f"files/{entity}/{row.id}-{_safe(row.name)}", row.sha256


def _rest(ids: Collection[int], without: Collection[int]) -> list[int]:
    return [each for each in ids if each not in set(without)]


def _line(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {key: _plain(row[key]) for key in _OWN_KEYS if row[key] is not None}


def _plain(value: Any) -> Any:
    """As JSON takes it: moments and days in ISO 8601, numbers that must not be rounded as text."""
    if isinstance(value, str | bool | int | float | list | dict) or value is None:
        return value
    return format(value, "f") if isinstance(value, Decimal) else to_wire("text", value)


def _safe(name: str) -> str:
    """A name that stays within its folder whatever unpacks it."""
    return "".join(each if each.isalnum() or each in "-_." else "_" for each in name)[-100:].lstrip(".") or "file"


def _count(found: Any) -> int:
    return sum(map(len, found.values())) if isinstance(found, Mapping) else len(found)
