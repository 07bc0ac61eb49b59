"""The action that changes related records: all of them through the write path, in the unit of what they follow from."""

from __future__ import annotations

from dataclasses import replace

from app.automation.doing import Act, Doing
from app.automation.given import given, languages_of, rows_for
from app.definition.action import UpdateRelated
from app.expression import BOOL, Checked, get_expression
from app.record import Change, Refusal, Refused, Saved, update_in
from app.record.related import related_ids

AT_ONCE = 500  # records that are saved together
MOST_RELATED = 10_000  # of one record


def _update_related(doing: Doing, _read: object) -> Saved | Refused:
    """Of records that several lead to the last one counts. A refusal is that of the record that leads there, all of it."""
    said, unit = doing.action.update_related, doing.unit
    assert said is not None
    entity = unit.catalog.related(doing.entity, said.related)
    assert entity is not None
    found = related_ids(unit, doing.entity, doing.records, said.related, _where(doing, entity, said))
    rows = rows_for(doing, said.values.values())
    refusals = [
        Refusal("request.malformed", params={"limit": MOST_RELATED}, index=place, entity=entity, variant="related")
        for place, record in enumerate(doing.records)
        if len(found.get(record, ())) > MOST_RELATED
    ]
    if refusals:
        return Refused(tuple(refusals))
    languages = languages_of(unit, {row["owner"] for row in rows.values()})
    changes: dict[int, tuple[int, dict[str, object]]] = {}
    for place, record in enumerate(doing.records):
        if record not in rows or record not in found:
            continue
        language = languages.get(rows[record]["owner"], unit.catalog.pack.languages[0])
        values = given(unit, doing.entity, unit.catalog.entities[entity], said.values, rows[record], language)
        changes.update((related, (place, values)) for related in found[record])
    return _saved(doing, entity, changes)


def _where(doing: Doing, entity: str, said: UpdateRelated) -> Checked | None:
    if said.where is None:
        return None
    return get_expression(doing.unit.catalog, entity, said.where, BOOL, "filter")


def _saved(doing: Doing, entity: str, changes: dict[int, tuple[int, dict[str, object]]]) -> Saved | Refused:
    done: list[int] = []
    ids = sorted(changes)
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        outcome = update_in(doing.unit, entity, [Change(each, changes[each][1]) for each in some])
        if isinstance(outcome, Refused):
            placed = tuple(replace(each, index=changes[some[each.index]][0]) for each in outcome.refusals)
            return Refused(placed, outcome.status)
        done += outcome.ids
    return Saved(tuple(done), (0,) * len(done))


UPDATE_RELATED = Act(_update_related)
