"""The figures by which people decide: of records that they read, and of those that they are asked about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from app.access import Actor, field_rights, models_of, reading, system_actor
from app.automation.approval_rows import WAITING, Asked, company_day, stands_in_for
from app.definition import Catalog
from app.insight import LARGEST_PAGE, Filter, ListQuery, Reference, Row, labels, list_records
from app.orm.store import Store

Figures = Mapping[int, Row]
"""By approval, the name and the figures of its record, as far as its reader may see them; none where he sees nothing."""
_READER = system_actor("system:approval")


def figures_of(store: Store, session: Session, actor: Actor, found: Sequence[Asked]) -> Figures:
    """The figures of these approvals. Who is asked, or stands in for one who is, sees them even of a record that is not in
    his sight, as long as the answer is his to give: with the rights that he has on its fields, and no name of another
    record that he does not read. The number of statements does not depend on the number of approvals.
    """
    known = [each for each in found if each.entity in store.catalog.entities]
    rows = _read(session, actor, known)
    unseen = [each for each in known if (each.entity, each.record) not in rows]
    asked = _asked_now(store, session, actor, unseen) if unseen else []
    if asked:
        with reading(store, _READER) as wide:
            rows |= _with_own_names(session, _read(wide, actor, asked, plain=True))
    return {each.id: rows[each.entity, each.record] for each in known if (each.entity, each.record) in rows}


def _asked_now(store: Store, session: Session, actor: Actor, found: Iterable[Asked]) -> list[Asked]:
    if actor.user_id is None:
        return []
    today = company_day(store.catalog, store.clock())
    people = {actor.user_id, *session.execute(stands_in_for(actor.user_id, today)).scalars()}
    return [
        each
        for each in found
        if each.state == WAITING
        and each.open_asks(people)
        and (each.terms.self_approval or each.asked_by != actor.user_id)
    ]


def _read(session: Session, actor: Actor, found: Iterable[Asked], *, plain: bool = False) -> dict[tuple[str, int], Row]:
    """By entity and record. `plain`: without lists, which name other records."""
    wanted: dict[str, dict[int, set[str]]] = {}
    for each in found:
        keys = columns_of(models_of(session).catalog, actor, each, plain=plain)
        if keys:
            wanted.setdefault(each.entity, {}).setdefault(each.record, set()).update(keys)
    rows: dict[tuple[str, int], Row] = {}
    for entity, records in wanted.items():
        columns, ids = tuple(sorted(set[str]().union(*records.values()))), sorted(records)
        for at in range(0, len(ids), LARGEST_PAGE):
            some = tuple(ids[at : at + LARGEST_PAGE])
            query = ListQuery(entity, columns, (Filter("id", "in", some),), limit=len(some), counted=False)
            rows |= {(entity, row.id): row for row in list_records(session, actor, query).rows}
    return rows


def columns_of(catalog: Catalog, actor: Actor, asked: Asked, *, plain: bool = False) -> tuple[str, ...]:
    """What a person may see of a record for the decision: its name and the figures, as far as his rights on fields go."""
    entity, rights = catalog.entities[asked.entity], field_rights(catalog, actor, asked.entity)
    keys = dict.fromkeys((entity.name_field, *asked.terms.show))
    known = (key for key in keys if key in entity.every_field and rights.sees(key))
    return tuple(key for key in known if not (plain and entity.every_field[key].is_list))


def _with_own_names(session: Session, rows: Mapping[tuple[str, int], Row]) -> dict[tuple[str, int], Row]:
    """The rows with the names of other records as the session's reader sees them."""
    wanted: dict[str, set[int]] = {}
    for row in rows.values():
        for value in row.values.values():
            if isinstance(value, Reference):
                wanted.setdefault(value.entity, set()).add(value.id)
    names = labels(session, wanted) if wanted else {}
    return {
        key: replace(
            row,
            values={
                field: replace(value, label=names.get((value.entity, value.id)))
                if isinstance(value, Reference)
                else value
                for field, value in row.values.items()
            },
        )
        for key, row in rows.items()
    }
