"""Approvals as people read them: in the inbox, in the banner of a record and in its history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from app.automation.approval_figures import figures_of
from app.automation.approval_rows import Ask, Asked
from app.automation.approval_terms import name_of as step_name
from app.frozen import dataclass
from app.insight import Row, labels
from app.insight.labels import Labels
from app.web.pages.cells import Cell, initials_of, tone_of

if TYPE_CHECKING:
    from app.web.pages.base import Desk

TONES: Mapping[str, str] = {
    "waiting": "warning", "agreed": "info", "done": "success", "rejected": "danger", "recalled": "", "void": "",
}  # fmt: skip
OPEN = frozenset({"waiting", "agreed"})
ANSWERED = frozenset({"agreed", "rejected"})
TOLD = ANSWERED | {"passed_on"}
Names = Labels


class Answer(NamedTuple):
    """What a person who was asked did: `word` says it. `at` is there where he did something."""

    who: Cell
    word: str
    at: Cell | None
    comment: str


class Step(NamedTuple):
    """One step on the small path. `state` is done, now, no (rejected here), off (ended before it was decided) or next.
    `waits_for` names those who have not answered.
    """

    label: str
    state: str
    word: str
    answers: tuple[Answer, ...]
    waits_for: str


class Figure(NamedTuple):
    """A field of the record with its value."""

    label: str
    cell: Cell


@dataclass(frozen=True, kw_only=True)
class Card:
    """One approval. `state` is (text, tone), `in_place_of` whom the reader would decide for, as a deputy.

    `record` is kind "restricted" where the reader may not even see figures; it has an address where he may open it.
    """

    id: int
    record: Cell
    about: str
    label: str
    asked_by: Cell
    asked_at: Cell
    due: Cell | None
    overdue: bool
    ended_at: Cell | None
    stages: tuple[Cell, Cell] | None
    figures: tuple[Figure, ...]
    comment: str
    steps: tuple[Step, ...]
    state: tuple[str, str]
    waiting: bool
    is_open: bool  # it waits, or is agreed and the move is not made yet
    in_place_of: str
    may_decide: bool
    may_recall: bool


def cards(desk: Desk, found: Sequence[Asked], stood_in_for: Collection[int] = ()) -> list[Card]:
    """Approvals with the figures that their reader may see; the number of statements does not depend on how many."""
    rows = figures_of(desk.store, desk.session, desk.actor, found)
    names = names_in(desk, found, records=True)
    return [card(desk, each, names, rows.get(each.id), stood_in_for) for each in found]


def cards_of_record(desk: Desk, found: Sequence[Asked], row: Row, stood_in_for: Collection[int] = ()) -> list[Card]:
    """The approvals of one record that the reader sees; one statement for names, none where there are no approvals."""
    names = names_in(desk, found)
    return [card(desk, each, names, row, stood_in_for) for each in found]


def names_in(desk: Desk, found: Sequence[Asked], *, records: bool = False) -> Names:
    """The names of all people in these approvals, and of the records, as far as the reader sees them: one statement."""
    people = {each.asked_by for each in found}
    people |= {person for each in found for ask in each.asks for person in (ask.user, ask.decided_by)}
    wanted: dict[str, set[int]] = {"user": {each for each in people if each is not None}}
    for each in found if records else ():
        if each.entity in desk.catalog.entities and desk.may("read", each.entity):
            wanted.setdefault(each.entity, set()).add(each.record)
    return labels(desk.session, wanted) if any(wanted.values()) else {}


def card(desk: Desk, asked: Asked, names: Names, row: Row | None, stood_in_for: Collection[int] = ()) -> Card:
    """One approval; `row` is None where nothing of the record is for the reader."""
    me, clock = desk.actor.user_id, desk.store.clock()
    answers = asked.answered_by(me, {me, *stood_in_for}) if asked.state == "waiting" and me is not None else ()
    mine = any(each.user == me for each in answers)
    others = [each.user for each in answers if each.user != me]
    may_decide = (mine or bool(others)) and (asked.terms.self_approval or asked.asked_by != me)
    due = due_of(asked)
    return Card(
        id=asked.id,
        record=_record(desk, asked, row, names),
        about=desk.singular(asked.entity) if row is not None else "",
        label=_label(desk, asked),
        asked_by=person(desk, asked.asked_by, names),
        asked_at=moment(desk, asked.asked_at),
        due=moment(desk, due) if due is not None else None,
        overdue=due is not None and due < clock,
        ended_at=moment(desk, asked.ended_at) if asked.ended_at is not None else None,
        stages=stages_of(desk, asked),
        figures=tuple(_figures(desk, asked, row)),
        comment=asked.comment or "",
        steps=tuple(_steps(desk, asked, names)),
        state=(desk.t(f"approvals.state_{asked.state}"), TONES[asked.state]),
        waiting=asked.state == "waiting",
        is_open=asked.state in OPEN,
        in_place_of="" if mine or not others else person(desk, others[0], names).text,
        may_decide=may_decide,
        may_recall=asked.state in OPEN and asked.asked_by == me is not None,
    )


def due_of(asked: Asked) -> dt.datetime | None:
    """When the first of those who have not answered ought to have done so."""
    waiting = (each.due for each in asked.asks if each.state == "waiting" and asked.state == "waiting")
    return min((due for due in waiting if due is not None), default=None)


def person(desk: Desk, user: int | None, names: Names) -> Cell:
    """Who it was; nobody is the system, and one out of sight is someone."""
    if user is None:
        return Cell("text", desk.t("record.system"))
    name = names.get(("user", user))
    if name is None:
        return Cell("text", desk.t("record.somebody"))
    return Cell("person", name, "", f"/user/{user}", tone_of(name), initials_of(name))


def moment(desk: Desk, at: dt.datetime) -> Cell:
    """A moment, short, with the exact one."""
    formats, machine = desk.formats, at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%MZ")
    return Cell("time", formats.moment(at, desk.store.clock()), formats.exact(at), machine)


def stages_of(desk: Desk, asked: Asked) -> tuple[Cell, Cell] | None:
    """From where to where; None where no move hangs on it, or the stage is hidden from the reader."""
    if asked.field is None or asked.stage_to is None or asked.entity not in desk.catalog.entities:
        return None
    if not desk.may("read", asked.entity) or asked.field not in desk.rights(asked.entity).clear:
        return None
    paint = desk.painter(asked.entity, asked.field)
    return paint(asked.stage_from), paint(asked.stage_to)


def _record(desk: Desk, asked: Asked, row: Row | None, names: Names) -> Cell:
    """What the record is called; it leads there where the reader may follow."""
    if row is None:
        return Cell("restricted", desk.t("cell.restricted"))
    key = desk.catalog.entities[asked.entity].name_field
    value = row.values.get(key)
    name = desk.painter(asked.entity, key)(value).text if value else f"{desk.singular(asked.entity)} #{row.id}"
    href = f"/{asked.entity}/{row.id}" if (asked.entity, asked.record) in names else ""
    return Cell("record", name, "", href, tone_of(name), initials_of(name))


def _label(desk: Desk, asked: Asked) -> str:
    """What the approvals of the move are called."""
    keys = dict.fromkeys(approval for approval, _ in asked.terms.steps)
    known = desk.catalog.approvals
    labels_of = (known[key].label.in_language(desk.language) if key in known else "" for key in keys)
    return " + ".join(label or key.replace("_", " ") for key, label in zip(keys, labels_of, strict=True))


def _figures(desk: Desk, asked: Asked, row: Row | None) -> Iterator[Figure]:
    for key in asked.terms.show if row is not None else ():
        if row is not None and key in row.values and key != desk.catalog.entities[asked.entity].name_field:
            yield Figure(desk.label(asked.entity, key), desk.painter(asked.entity, key)(row.values[key]))


def _steps(desk: Desk, asked: Asked, names: Names) -> Iterator[Step]:
    """Those that were asked, in their order, then those that are still to come."""
    by_step: dict[str, list[Ask]] = {}
    for each in asked.asks:
        by_step.setdefault(each.step, []).append(each)
    steps = {step_name(key): step for key, step in asked.terms.steps.items()}
    order = list(steps)
    after = order.index(asked.step) + 1 if asked.step in order else len(order)
    coming = order[after:] if asked.state == "waiting" else []
    for key in (*by_step, *(each for each in coming if each not in by_step)):
        label = (steps[key].label.in_language(desk.language) if key in steps else "") or _in_words(key)
        asks = by_step.get(key, [])
        state = _state(asked, key, asks)
        word = "maybe" if state == "next" and steps[key].when is not None else state
        answers = tuple(_answer(desk, each, names) for each in asks if each.state in TOLD)
        waits_for = desk.t("stage.between").join(
            person(desk, each.user, names).text for each in asks if each.state == "waiting"
        )
        yield Step(label, state, desk.t(f"approvals.step_{word}"), answers, waits_for)


def _in_words(key: str) -> str:
    return key.rpartition(".")[2].replace("_", " ").capitalize()


def _state(asked: Asked, key: str, asks: Sequence[Ask]) -> str:
    if not asks:
        return "next"
    if any(each.state == "rejected" for each in asks):
        return "no"
    if asked.state == "waiting" and key == asked.step:
        return "now"
    return "done" if any(each.state == "agreed" for each in asks) else "off"


def _answer(desk: Desk, ask: Ask, names: Names) -> Answer:
    who = person(desk, ask.user, names)
    if ask.decided_by is not None and ask.decided_by != ask.user:
        by = person(desk, ask.decided_by, names)
        who = by._replace(text=desk.t("approvals.in_place", by=by.text, who=who.text))
    at = moment(desk, ask.decided_at) if ask.decided_at is not None and ask.state in ANSWERED else None
    return Answer(who, desk.t(f"approvals.ask_{ask.state}"), at, ask.comment or "")
