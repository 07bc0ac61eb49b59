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
    kept = list(entries)
    salts = os.urandom(_SALT_BYTES * len(kept)).hex()
    width = 2 * _SALT_BYTES
    start = _canonical({**head, "at": to_wire("datetime", unit.at)})
    rows = []
    for number, (record, changes) in enumerate(kept):
        salt = salts[number * width : (number + 1) * width]
        body = start if changes is None and not record else _body(start, record, changes)
        digest = hashlib.sha256((salt + body).encode()).hexdigest()
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


def _body(start: str, record: int | None, changes: Changes | None) -> str:
    return f"{start}{record}" if not changes else f"{start}{record}{_canonical(changes)}"


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


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
            found[key] = [each.whole(old), each.whole(new)]
    return found


def _field_to_wire(a_field: Field, value: Any) -> Any:
    if isinstance(value, AnyId):
        return {"entity": value.entity, "id": str(value.id)}
    if not isinstance(value, tuple) or a_field.holds == "file":
        return to_wire(a_field.holds, value)
    return [_link_to_wire(a_field, each) if isinstance(each, Link) else each for each in value]


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
