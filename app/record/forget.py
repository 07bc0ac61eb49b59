"""Taking from stored records what is personal: the fields that name a person go, numbers and links stay.

It is no change that somebody makes: no rule is asked, no event tells it, and the audit notes that it was done, not what was.
What is computed of such a field is worked out anew wherever it stands, without a line that would keep the old value.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from app.definition import Entity, Field
from app.expression.graph import graph_of
from app.orm import framework
from app.orm.bulk import insert_rows, update_rows
from app.orm.models import ENTITY_SUFFIX
from app.orm.search import delete_search_rows, search_rows, write_search_rows
from app.orm.types import AnyId
from app.record.audit import erase_lines
from app.record.batch import Batch, Row
from app.record.decide import in_parts
from app.record.kept import Goes, lines_left
from app.record.many import forget_overwritten
from app.record.normalise import copy_texts
from app.record.outdated import by_fields, note_linking, note_touched
from app.record.refusal import APPROVAL_PREFIX, DUPLICATE_PREFIX, RULE_PREFIX
from app.record.unit import Unit
from app.record.upward import derive_upward

ANONYMISE = "anonymise"
"""The action in the audit."""
_GIVEN = frozenset({"sequence", "stage"})
FILE = framework.file


def personal_fields(entity: Entity) -> tuple[Field, ...]:
    """The fields of an entity that hold personal data and can be blanked."""
    return tuple(
        each
        for each in entity.fields.values()
        if each.personal is not None and not each.is_computed and each.type not in _GIVEN
    )


def stand_in(record: int) -> str:
    """What a record is called that has lost its name: it has to be called something, and differently from others."""
    return f"#{record}"


def blank_fields(unit: Unit, entity: str, keys: Collection[str], ids: Collection[int]) -> list[str]:
    """Blanks these fields in records, those in the bin too, with their files and versions of files. Returns the digests of
    contents that they named. What else says of it is the caller's: audit, and places outside of the records.
    """
    described, blueprint = unit.catalog.entities[entity], unit.blueprint(entity)
    digests = [digest for some in in_parts(sorted(ids)) for digest in _drop_files(unit, entity, keys, some)]
    lists = [each for each in unit.models.many_of(entity) if each.field.key in keys]
    for many in lists:
        for some in in_parts(sorted(ids)):
            unit.connection.execute(sa.delete(many.table).where(many.table.c.record.in_(some)))
    for some in in_parts(sorted(ids)):
        forget_overwritten(unit, entity, some)
    plain = [described.fields[key] for key in keys if not described.fields[key].is_list]

    def blank(row: Row) -> None:
        for a_field in plain:
            compound = blueprint.compounds.get(a_field.key)
            for column in compound.columns if compound else (a_field.key,):
                row.values[column] = _blank_of(described, a_field, row.id)

    _rewrite(unit, entity, ids, blank, {each.field.key for each in lists})
    return digests


def refresh(unit: Unit, entity: str, ids: Collection[int]) -> None:
    """After texts of records were replaced in the database itself: sort keys, search rows and what is computed of them."""
    sealed = {key for key, each in unit.catalog.entities[entity].fields.items() if each.encrypted}

    def again(row: Row) -> None:
        row.changed = set(unit.blueprint(entity).columns) - sealed

    _rewrite(unit, entity, ids, again, set(graph_of(unit.catalog).order_of(entity)) or {"id"})


def erase_history(unit: Unit, entity: str, lines: Iterable[int]) -> int:
    """As `audit.erase_lines`, of lines that say something still; how many there were."""
    a = framework.audit.c
    found: list[int] = []
    for some in in_parts(sorted(lines)):
        query = sa.select(a.id).where(a.id.in_(some), a.changes.is_not(None), a.action != "erase-lines")
        found += unit.connection.execute(query).scalars()
    if found:
        erase_lines(unit, entity, found)
    return len(found)


def erase_history_of(
    unit: Unit, entity: str, ids: Collection[int], keys: Collection[str] | None, *, words: bool = False
) -> int:
    """As `erase_history`, of the lines of records that tell of these fields, of what is computed of them, or of fields that
    were removed; what such a line tells of others is told again beside it. With `words` what people wrote beside the fields
    goes, too: reasons and comments. Without fields all lines of the records.
    """
    goes = None if keys is None else _going(unit, entity, keys, words=words)
    lines: list[int] = []
    left: list[dict[str, Any]] = []
    head = {"at": unit.at, "actor_id": unit.actor.user_id, "actor": unit.actor.name, "door": unit.door}
    for some in in_parts(sorted(ids)):
        here = (unit.models.former.written_of(framework.audit, entity), framework.audit.c.record.in_(some))
        query = sa.select(framework.audit).where(*here, framework.audit.c.changes.is_not(None))
        rows = unit.connection.execute(query.order_by(framework.audit.c.id)).mappings().all()
        telling = rows if goes is None else [row for row in rows if any(goes(row, key) for key in row["changes"] or {})]
        lines += [row["id"] for row in telling]
        left += [] if goes is None else lines_left(head, telling, goes)
    erased = erase_history(unit, entity, lines)
    insert_rows(unit.connection, framework.audit, left)
    return erased


def _going(unit: Unit, entity: str, keys: Collection[str], *, words: bool) -> Goes:
    """What goes of a line, whose words are those of its revision."""
    known, former = unit.catalog.entities[entity].every_field, unit.models.former
    fields = {*keys, *graph_of(unit.catalog).own(entity, keys)}
    said = (RULE_PREFIX, DUPLICATE_PREFIX, APPROVAL_PREFIX) if words else ()

    def goes(line: Mapping[Any, Any], key: str) -> bool:
        if "." in key:  # no field has a point
            return key.startswith(said)
        today = former.today(entity, line["revision"], {key: [None, None]})
        names = {each.partition("__")[0] for each in today}
        return not names or not names.isdisjoint(fields) or not names <= known.keys()

    return goes


def _blank_of(entity: Entity, a_field: Field, record: int) -> Any:
    if a_field.key == entity.name_field:
        return stand_in(record)
    return False if a_field.holds == "boolean" else None


def _drop_files(unit: Unit, entity: str, keys: Collection[str], ids: Collection[int]) -> list[str]:
    here = sa.and_(FILE.c.entity == entity, FILE.c.field.in_(sorted(keys)), FILE.c.record.in_(ids))
    rows = unit.connection.execute(sa.select(FILE.c.sha256, FILE.c.thumbnail).where(here)).all()
    unit.connection.execute(sa.delete(FILE).where(here))
    return [digest for row in rows for digest in row if digest]


def _rewrite(
    unit: Unit, entity: str, ids: Collection[int], work: Callable[[Row], None], besides: Collection[str]
) -> None:
    """Lets `work` change the rows of records and writes them with all that follows. `besides` are fields that changed in
    other tables. Versions grow, so that a form that was drawn before puts nothing back.
    """
    quiet = replace(unit, quiet=True)
    for some in in_parts(sorted(ids)):
        batch = Batch(quiet, unit.blueprint(entity), False, _rows(unit, entity, some))
        for row in batch.rows:
            work(row)
            row.changed = {*row.changed, *(key for key in row.values if row.values[key] != row.old.get(key))}
        copy_texts(batch)
        touched = [row for row in batch.rows if row.changed or besides]
        _blank_computed_in_bin(unit, entity, touched)
        _write(unit, entity, touched)
        _index(batch, touched)
        for fields, rows in by_fields(touched).items():
            _note(quiet, entity, [row.id for row in rows if row.old["deleted_at"] is None], {*fields, *besides})
    derive_upward(quiet)


def _rows(unit: Unit, entity: str, ids: Sequence[int]) -> list[Row]:
    """Their rows, whoever may see them, and whether or not they are in the bin."""
    table, anys = unit.models.tables[entity], unit.blueprint(entity).anys
    query = sa.select(table).where(table.c.id.in_(ids)).order_by(table.c.id).with_for_update(key_share=True)
    rows: list[Row] = []
    for found in unit.connection.execute(query):
        old: dict[str, Any] = dict(zip(table.columns.keys(), found, strict=True))
        for key in anys:
            if old[key] is not None:
                old[key] = AnyId(old[key + ENTITY_SUFFIX], old[key])
        rows.append(Row(len(rows), old["id"], {}, old, dict(old)))
    return rows


def _blank_computed_in_bin(unit: Unit, entity: str, rows: Iterable[Row]) -> None:
    """What is computed is not worked out in the bin: there it goes with what it follows from."""
    described, blueprint = unit.catalog.entities[entity], unit.blueprint(entity)
    for row in rows:
        if row.old["deleted_at"] is None:
            continue
        for key in graph_of(unit.catalog).own(entity, row.changed & described.fields.keys()):
            compound = blueprint.compounds.get(key)
            for column in compound.columns if compound else (key,):
                if row.values[column] is not None and described.fields[key].holds != "boolean":
                    row.values[column] = None
                    row.changed = {*row.changed, column}


def _write(unit: Unit, entity: str, rows: Iterable[Row]) -> None:
    for row in rows:
        row.values["version"] = row.old["version"] + 1
        row.values["changed_seq"] = unit.changed_seq
    for fields, some in by_fields(rows).items():
        known = unit.models.tables[entity].c
        columns = sorted({key for key in fields if key in known and key != "id"} | {"version", "changed_seq"})
        update_rows(unit.connection, unit.models.tables[entity], columns, [_plain(row.values) for row in some])


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value.id if isinstance(value, AnyId) else value for key, value in values.items()}


def _index(batch: Batch, rows: Sequence[Row]) -> None:
    connection, entity = batch.unit.connection, batch.entity
    delete_search_rows(connection, entity, [row.id for row in rows])
    alive = [row for row in rows if row.values["deleted_at"] is None]
    words = [each for row in alive for each in search_rows(entity, row.id, row.values, batch.blueprint.search)]
    if words:
        write_search_rows(connection, words)


def _note(unit: Unit, entity: str, ids: Collection[int], fields: Collection[str]) -> None:
    if ids:
        note_touched(unit, entity, ids, frozenset(fields))
        note_linking(unit, entity, ids)
