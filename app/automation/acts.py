"""The actions that change records, and notices. Each is carried out for many records at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from app.automation import webhooks
from app.automation.assign import ASSIGN
from app.automation.changing import change, placed
from app.automation.doing import Act, Doing
from app.automation.extensions import RUN
from app.automation.given import given, languages_of, rows_for
from app.automation.mailing import queue_mails, read_mails
from app.automation.notices import Notice, tell
from app.automation.related import UPDATE_RELATED
from app.automation.starting import REQUEST_APPROVAL, START_REVIEW
from app.automation.who import people_of
from app.automation.wording import words_for
from app.definition import Action, Catalog
from app.definition.duty import lookup_to
from app.definition.waiting import tags_field, why_action_waits
from app.record import Refused, Saved, create_in, retagged
from app.record.paths import read_records
from app.record.stored import stored_values


class Told(NamedTuple):
    """The words of a notice about a record to a person."""

    record: int
    user: int
    text: str


def _read_words(doing: Doing) -> list[Told]:
    message = doing.action.notify
    assert message is not None
    by_person: dict[int, list[int]] = defaultdict(list)
    for record, people in people_of(doing.unit, doing.entity, doing.records, message.to).items():
        for each in people:
            by_person[each].append(record)
    template = doing.unit.catalog.templates[message.template]
    words = [
        Told(record, user, text)
        for user, records in by_person.items()
        for record, text in words_for(doing.unit, user, template, records, doing.entity).items()
    ]
    return sorted(words, key=lambda each: each.record)


def _notify(doing: Doing, words: list[Told]) -> Saved | Refused:
    notices = [
        Notice(
            user=each.user, kind="reminder", mark=f"automation.{doing.key(each.record)}", entity=doing.entity,
            record=each.record, params={"text": each.text},
        )
        for each in words
        if each.record in doing.marks
    ]  # fmt: skip
    told = tell(doing.unit.connection, notices, doing.unit.at, doing.unit.catalog)
    return Saved((0,) * told, (0,) * told)  # so many; no records


def _set(doing: Doing, _read: object) -> Saved | Refused:
    values, entity = doing.action.set, doing.unit.catalog.entities[doing.entity]
    rows = rows_for(doing, values.values())
    languages = languages_of(doing.unit, {row["owner"] for row in rows.values()})
    changes = {
        record: given(doing.unit, doing.entity, entity, values, row, _language(doing, languages, row))
        for record, row in rows.items()
    }
    return change(doing, changes)


def _create(doing: Doing, _read: object) -> Saved | Refused:
    said = doing.action.create
    assert said is not None
    rows = rows_for(doing, said.values.values())
    languages = languages_of(doing.unit, {row["owner"] for row in rows.values()})
    target = doing.unit.catalog.entities[said.entity]
    link = lookup_to(target, doing.entity, said.values)
    made: list[dict[str, object]] = []
    for record, row in rows.items():
        values = given(doing.unit, doing.entity, target, said.values, row, _language(doing, languages, row))
        if link is not None:
            values[link] = record
        if row["owner"] is not None:
            values.setdefault("owner", row["owner"])
        made.append(values)
    return placed(doing, list(rows), create_in(doing.unit, said.entity, made))


def _tag(doing: Doing, _read: object) -> Saved | Refused:
    said = doing.action.tag
    assert said is not None
    a_field = tags_field(doing.unit.catalog.entities[doing.entity])
    assert a_field is not None  # else it waits
    rows = read_records(doing.unit, doing.entity, (a_field,), doing.records)
    return change(
        doing, {record: {a_field: retagged(row[a_field], said.add, said.remove)} for record, row in rows.items()}
    )


def _move_stage(doing: Doing, _read: object) -> Saved | Refused:
    said = doing.action.move_stage
    assert said is not None
    a_field = stage_field(doing.unit.catalog, doing.entity, said.to)
    rows = stored_values(doing.unit, doing.entity, doing.records, ())
    return change(doing, {record: {a_field: said.to} for record in rows})


def stage_field(catalog: Catalog, entity: str, stage: str) -> str:
    """The field of stages of an entity that knows this stage."""
    described = catalog.entities[entity]
    for pipeline in described.pipelines.values():
        if stage in pipeline.stages:
            return pipeline.field
    raise KeyError(f"{entity} has no stage '{stage}'")


def _language(doing: Doing, languages: Mapping[int, str], row: Mapping[str, Any]) -> str:
    return languages.get(row["owner"], doing.unit.catalog.pack.languages[0])


ACTS: Mapping[str, Act] = MappingProxyType(
    {
        "set": Act(_set),
        "create": Act(_create),
        "tag": Act(_tag),
        "notify": Act(_notify, _read_words),
        "move_stage": Act(_move_stage),
        "webhook": webhooks.ACT,
        "send_mail": Act(queue_mails, read_mails),
        "assign": ASSIGN,
        "update_related": UPDATE_RELATED,
        "request_approval": REQUEST_APPROVAL,
        "start_review": START_REVIEW,
        "run": RUN,
    }
)
"""The actions that are carried out, by name."""


def actions_of(catalog: Catalog, entity: str, actions: Iterable[Action]) -> list[Action]:
    """Those that are carried out for records of an entity."""
    return [each for each in actions if why_action_waits(catalog, entity, each) is None]
