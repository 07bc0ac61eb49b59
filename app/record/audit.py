"""Step 11: what was done, by whom, when, through which door; one row per saved record.

Each row has a digest of its salt and body, so that a later seal can prove that nothing was altered, also after the body of
a personal row was erased.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.definition import Entity, Field
from app.definition.composite import Composite
from app.definition.files import StoredFile
from app.definition.written import write_duration, write_time
from app.orm.bulk import insert_rows
from app.orm.framework import audit
from app.orm.overrides import AT_SUFFIX, REASON_SUFFIX
from app.orm.types import AnyId
from app.record.compound import Compound
from app.record.lists import Link
from app.record.unit import Unit

_SALT_BYTES = 8
MARKER = "****"
"""Stands for every value of a sensitive field: the audit tells that it changed, not what it was."""
_ERASED_AT_ONCE = 500
REST = ("id", "at", "actor_id", "actor", "door", "entity", "record", "action", "deletion", "revision", "digest")
"""The columns of a line that stay when its body is erased."""
ERASE = "erase-lines"
"""The action of erasing lines, and the key of what was: no field has it."""
Changes = Mapping[str, list[Any]]  # {field: [old, new]} in wire form


def write_audit(
    unit: Unit, entity: str, action: str, entries: Iterable[tuple[int, Changes | None]], deletion: str | None = None
) -> None:
    """Writes a row for each (record, changes). `deletion` names the deletion that it belongs to."""
    insert_rows(unit.connection, audit, audit_rows(unit, entity, action, entries, deletion))


def audit_rows(
    unit: Unit, entity: str, action: str, entries: Iterable[tuple[int, Changes | None]], deletion: str | None = None
) -> list[dict[str, Any]]:
    """The rows that `write_audit` writes."""
    head = {
        "at": unit.at,
        "actor_id": unit.actor.user_id,
        "actor": unit.actor.name,
        "door": unit.door,
        "entity": entity,
        "action": action,
        "deletion": deletion,
        "revision": unit.store.revision,
    }
    return rows_under(head, entries)


def rows_under(head: Mapping[str, Any], entries: Iterable[tuple[int | None, Changes | None]]) -> list[dict[str, Any]]:
    """A row for each (record, changes), with its salt and digest. `head` is what they have in common: all other columns."""
    kept = list(entries)
    salts = os.urandom(_SALT_BYTES * len(kept)).hex()
    width = 2 * _SALT_BYTES
    start = _canonical({**head, "at": to_wire("datetime", head["at"])})
    rows = []
    for number, (record, changes) in enumerate(kept):
        salt = salts[number * width : (number + 1) * width]
        digest = hashlib.sha256((salt + _body(start, record, changes)).encode()).hexdigest()
        rows.append({**head, "record": record, "changes": changes or None, "salt": salt, "digest": digest})
    return rows


def with_confirmed(changes: Changes | None, confirmed: Mapping[str, str]) -> Changes | None:
    """The changes with what was confirmed besides: `{"rule.big_discount": [None, "the reason"]}`. No field has such a key."""
    return {**(changes or {}), **{code: [None, reason] for code, reason in confirmed.items()}} if confirmed else changes


def digest_of(row: Mapping[str, Any]) -> str:
    """The digest that a stored row must have."""
    fields = ("at", "actor_id", "actor", "door", "entity", "action", "deletion", "revision")
    head = {key: to_wire("datetime", row[key]) if key == "at" else row[key] for key in fields}
    body = _body(_canonical(head), row["record"], row["changes"])
    return hashlib.sha256((row["salt"] + body).encode()).hexdigest()


def rest_of(row: Mapping[Any, Any]) -> str:
    """What a stored line says beside its changes, as one digest: a seal covers it, so that it goes on proving itself when
    they were erased.
    """
    head = {key: to_wire("datetime", row[key]) if key == "at" else row[key] for key in REST}
    return hashlib.sha256(_canonical(head).encode()).hexdigest()


def erase_lines(unit: Unit, entity: str, lines: Collection[int]) -> None:
    """Erases what lines of the audit, by id, say of an entity's records: changes and salts go for good. All else stays and
    goes on proving itself by its seal; a line says of which it was done, and by whom.
    """
    ids = sorted(lines)
    for start in range(0, len(ids), _ERASED_AT_ONCE):
        some = audit.c.id.in_(ids[start : start + _ERASED_AT_ONCE])
        rests = {
            str(row["id"]): rest_of(row) for row in unit.connection.execute(sa.select(audit).where(some)).mappings()
        }
        unit.connection.execute(sa.update(audit).where(some).values(changes=None, salt=""))
        write_audit(unit, entity, ERASE, [(0, {ERASE: [None, rests]})])


def _body(start: str, record: int | None, changes: Changes | None) -> str:
    if not changes:
        return f"{start}{record}" if record else start
    return f"{start}{record}{_canonical(changes)}"


def _canonical(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    if "e+" in text or "-0.0" in text:
        return json.dumps(_as_read(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text


def _as_read(value: Any) -> Any:
    """JSON as PostgreSQL gives it back, which keeps numbers as decimals: 1e22 is an integer then, and zero has no sign."""
    if isinstance(value, Mapping):
        return {key: _as_read(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_as_read(each) for each in value]
    if not isinstance(value, float):
        return value
    return int(Decimal(repr(value))) if "e+" in repr(value) else value or 0.0


def changes_of(
    entity: Entity,
    compounds: Mapping[str, Compound],
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    fields: Collection[str],
) -> dict[str, Any]:
    """What changed, in wire form, a compound field as a whole; columns that are no fields (sort keys) are left out.

    Of a computed value that is overruled the reason stands beside: blank before, or blank since it is withdrawn.
    """
    known = entity.every_field
    found = {
        key: [_field_to_wire(known[key], old.get(key)), _field_to_wire(known[key], new.get(key))]
        for key in sorted(fields)
        if key in known and key not in compounds
    }
    for column in fields:
        if column.endswith(AT_SUFFIX) and (key := column.removesuffix(AT_SUFFIX)) in known:
            found[key] = [_field_to_wire(known[key], old.get(key)), _field_to_wire(known[key], new.get(key))]
            found[key + REASON_SUFFIX] = [old.get(key + REASON_SUFFIX), new.get(key + REASON_SUFFIX)]
    for key, each in compounds.items():
        if any(column in fields for column in each.columns):
            found[key] = [_marked(known[key], each.whole(old)), _marked(known[key], each.whole(new))]
    return found


def _field_to_wire(a_field: Field, value: Any) -> Any:
    if a_field.sensitive is not None:
        return _marked(a_field, value)
    if isinstance(value, AnyId):
        return {"entity": value.entity, "id": str(value.id)}
    if not isinstance(value, tuple) or a_field.holds == "file":
        return to_wire(a_field.holds, value)
    return [_link_to_wire(a_field, each) if isinstance(each, Link) else each for each in value]


def _marked(a_field: Field, wire: Any) -> Any:
    """Of a sensitive field that there is a value."""
    return wire if a_field.sensitive is None or wire is None else MARKER


def _link_to_wire(a_field: Field, link: Link) -> dict[str, Any]:
    own = zip(a_field.own_fields.items(), link.own, strict=True)
    head = {"id": str(link.id)}
    if isinstance(link.id, AnyId):
        head = {"entity": link.id.entity, "id": str(link.id.id)}
    return {**head, **{key: to_wire(each.holds, value) for (key, each), value in own}}


def to_wire(holds: str, value: Any) -> Any:  # noqa: PLR0911 - one for each kind of value
    """A stored value as JSON keeps it: decimals and ids as strings, days and moments in ISO 8601."""
    if value is None or isinstance(value, bool) or value.__class__ is str:
        return value
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.time):
        return write_time(value)
    if isinstance(value, dt.timedelta):
        return write_duration(value)
    if isinstance(value, Composite):
        return value.wire()
    if holds == "file":
        return value.stored() if isinstance(value, StoredFile) else [each.stored() for each in value]
    return str(value) if holds == "reference" else value
