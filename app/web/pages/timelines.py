"""The timeline of a record: what was done to it, its mails and reviews, and the calls, notes and tasks about it, newest first.

It is made of streams, each in the order of moment and id, which are asked for one page at a time and merged. A mark says
where a page ended: the moment, the rank of the stream, the id. It is sealed, for it may be the place of an act that is hidden
from the reader.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from werkzeug.exceptions import BadRequest

from app.frozen import dataclass
from app.insight import Filter, ListQuery, Reference
from app.insight.mails import are_mailed
from app.insight.timeline import Stream, Told, may_follow, streams_of, told_of
from app.record.history import Place
from app.web.pages import histories, mailed, reviewed
from app.web.pages.cells import Cell
from app.web.pages.histories import APPROVALS, CHANGES, FILES, STAGES, Entry, Said
from app.web.pages.lateness import Lateness
from app.web.pages.layouts import highlights_of
from app.web.pages.shell import icon_of
from app.web.pages.ticks import columns_of, own_tick_of
from app.web.pages.words import sentence_case
from app.web.security.answers import secret_key
from app.web.security.sealing import Unreadable, seal, unseal

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

SHOWN = 20
LONGEST = 400
MOST_FACTS = 4
MAILS, REVIEWS = "mails", "reviews"
NEWEST = 2**63 - 1
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)
_LONGEST_MARK = 200
KIND_ICONS: Mapping[str, str] = {
    "call": "phone", "phone": "phone", "mail": "mail", "email": "mail", "meeting": "calendar", "visit": "people", "note": "note",
}  # fmt: skip

Found = tuple[list[Entry], Place | None]
Source = Callable[[int, Place | None], Found]


class Day(NamedTuple):
    """What happened on one day."""

    label: str
    entries: tuple[Entry, ...]


class Choice(NamedTuple):
    """A kind by which the timeline is filtered."""

    key: str
    label: str


class Mark(NamedTuple):
    """Where a page ended."""

    at: dt.datetime
    rank: int
    id: int

    @property
    def text(self) -> str:
        """In words of one length, by which what is sealed tells nothing either."""
        return f"{(self.at - _EPOCH) // _MILLISECOND:020}.{self.rank:05}.{self.id:020}"

    def before(self, rank: int) -> Place:
        """The place before which the next page of a stream begins: streams of a lower rank come first at one moment."""
        if rank == self.rank:
            return self.at, self.id
        return self.at, 0 if rank < self.rank else NEWEST


@dataclass(frozen=True)
class Timeline:
    """A page of a timeline. `next` is the mark of the next one; blank on the last."""

    days: tuple[Day, ...]
    next: str
    kind: str
    kinds: tuple[Choice, ...]
    looked: bool  # whether older ones may be of the kind that was asked for, though none is shown


def page_of(view: EntityDesk, record_id: int, kind: str = "", mark: str = "") -> Timeline:
    """The timeline of a record that the reader may read. Raises BadRequest for a kind or mark that there is not."""
    kinds = tuple(_kinds(view))
    if kind and kind not in {each.key for each in kinds}:
        raise BadRequest
    start = _read(view, record_id, mark) if mark else None
    ranked: list[tuple[Mark, Entry]] = []
    ends: list[Mark] = []
    for rank, source in _sources(view, record_id, kind):
        entries, reached = source(SHOWN + 1, start.before(rank) if start else None)
        ranked += [(Mark(each.place[0], rank, each.place[1]), each) for each in entries]
        ends += [Mark(reached[0], rank, reached[1])] if reached else []
    ranked.sort(key=lambda pair: _order(pair[0]))
    end = min(ends, key=_order, default=None)
    seen = [pair for pair in ranked if end is None or _order(pair[0]) <= _order(end)]
    shown = seen[:SHOWN]
    after = shown[-1][0] if len(seen) > SHOWN else end
    days = tuple(_days(view, [entry for _, entry in shown]))
    following = seal(secret_key(), after.text, _belongs_to(view, record_id)) if after else ""
    return Timeline(days, following, kind, kinds, looked=bool(after and not shown))


def _order(mark: Mark) -> tuple[float, int, int]:
    return -mark.at.timestamp(), mark.rank, -mark.id


def _read(view: EntityDesk, record_id: int, sealed: str) -> Mark:
    """The mark that a page of this record gave to this reader. Raises BadRequest for any other."""
    if len(sealed) > _LONGEST_MARK:
        raise BadRequest
    try:
        at, rank, number = map(int, unseal(secret_key(), sealed, _belongs_to(view, record_id)).split("."))
    except Unreadable as error:
        raise BadRequest from error
    return Mark(_EPOCH + at * _MILLISECOND, rank, number)


def _belongs_to(view: EntityDesk, record_id: int) -> str:
    return f"timeline of {view.entity_key}/{record_id} for {view.actor.user_id}"


def _followed(view: EntityDesk) -> list[Stream]:
    streams = streams_of(view.catalog, view.entity_key)
    return [each for each in streams if view.may("read", each.entity) and may_follow(view.catalog, view.actor, each)]


def _kinds(view: EntityDesk) -> Iterator[Choice]:
    """All that there is to filter by, as far as the reader sees it."""
    done = set()
    for stream in _followed(view):
        if stream.entity in done:
            continue
        done.add(stream.entity)
        key = _kind_field(view, stream)
        if key:
            for option in view.catalog.choices(stream.entity, key).values():
                label = option.label.in_language(view.language) or option.key
                yield Choice(f"{stream.entity}.{option.key}", label)
        else:
            yield Choice(f"{stream.entity}.", view.plural(stream.entity))
    rights = view.rights(view.entity_key)
    seen = [field for key, field in view.entity.fields.items() if rights.sees(key)]
    if any(field.type == "stage" for field in seen):
        yield Choice(STAGES, view.t("timeline.stages"))
    if any(field.holds == "file" for field in seen):
        yield Choice(FILES, view.t("timeline.files"))
    if any(each.approval for line in view.entity.pipelines.values() for each in line.transitions.values()):
        yield Choice(APPROVALS, view.t("timeline.approvals"))
    if are_mailed(view.catalog, view.entity_key):
        yield Choice(MAILS, view.t("timeline.mails"))
    if reviewed.are_reviewed(view):
        yield Choice(REVIEWS, view.t("timeline.reviews"))
    yield Choice(CHANGES, view.t("timeline.changes"))


def _kind_field(view: EntityDesk, stream: Stream) -> str:
    """The picklist that tells the records of a stream apart; blank where the reader does not read it in clear."""
    kind = stream.timeline.kind
    return kind if kind and kind in view.rights(stream.entity).clear else ""


def _sources(view: EntityDesk, record_id: int, kind: str) -> Iterator[tuple[int, Source]]:
    """The streams of a kind, blank for all, each with its rank, which is the same whatever the kind."""
    acts = {"", CHANGES, STAGES, FILES, APPROVALS}
    if kind in acts:
        yield 0, lambda limit, before: histories.entries(view, record_id, limit, before, kind)
    if kind in {"", MAILS}:
        yield 1, lambda limit, before: _whole(mailed.history_of(view, record_id, limit, before), limit)
    if kind in {"", REVIEWS}:
        yield 2, lambda limit, before: _whole(reviewed.history_of(view, record_id, limit, before), limit)
    entity, _, option = kind.partition(".")
    for rank, stream in enumerate(_followed(view), start=3):
        if not kind or entity == stream.entity:
            yield rank, partial(_told, view, stream, record_id, option)


def _whole(found: list[Entry], limit: int) -> Found:
    return found, found[-1].place if len(found) >= limit else None


def _told(view: EntityDesk, stream: Stream, record_id: int, option: str, limit: int, before: Place | None) -> Found:
    entity, timeline = view.catalog.entities[stream.entity], stream.timeline
    rights = view.rights(stream.entity)
    facts = _facts_of(view, stream)
    known = (*columns_of(view, stream.entity), *Lateness(view, stream.entity, facts).needed)
    wanted = (entity.name_field, timeline.text, timeline.kind, "owner", *facts, *known)
    columns = tuple(key for key in dict.fromkeys(wanted) if key and rights.sees(key))
    filters = (Filter(str(timeline.kind), "equals", (option,)),) if option else ()
    query = ListQuery(stream.entity, columns, filters, limit=limit)
    found = told_of(view.session, view.actor, stream, (view.entity_key, record_id), query, before)
    back = f"{view.address}{record_id}#timeline"
    return _whole([_told_entry(view, stream, each, facts, back) for each in found], limit)


def _facts_of(view: EntityDesk, stream: Stream) -> list[str]:
    """The fields that are told of a record besides its name and text: its key figures, then what is asked for above."""
    entity, timeline, rights = view.catalog.entities[stream.entity], stream.timeline, view.rights(stream.entity)
    apart = {
        entity.name_field, timeline.text, timeline.kind, timeline.at, "owner", stream.inverse.field, entity.parent_field,
    }  # fmt: skip
    keys = (*highlights_of(entity, rights, view.actor.roles), *timeline.fields)
    shown = [key for key in dict.fromkeys(keys) if key not in apart and rights.sees(key)]
    return [key for key in shown if entity.every_field[key].holds != "file"][:MOST_FACTS]


def _told_entry(view: EntityDesk, stream: Stream, told: Told, facts: Sequence[str], back: str) -> Entry:
    entity, timeline, row = view.catalog.entities[stream.entity], stream.timeline, told.row
    kind = row.values.get(timeline.kind or "")
    option = view.catalog.choices(stream.entity, timeline.kind).get(str(kind)) if timeline.kind and kind else None
    label = option.label.in_language(view.language) if option is not None else ""
    verb = label or view.singular(stream.entity)
    icon = KIND_ICONS.get(str(kind), "") or icon_of(entity)
    owner = row.values.get("owner")
    named = isinstance(owner, Reference) and owner.label is not None
    who = view.painter(stream.entity, "owner")(owner) if named else Cell("person", view.t("record.somebody"))
    name = _text(view, stream, row.values, entity.name_field) or f"{view.singular(stream.entity)} #{row.id}"
    text = _text(view, stream, row.values, timeline.text or "")
    if text.startswith(name):
        text = text.removeprefix(name).strip()
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}…"
    due = Lateness(view, stream.entity, facts)
    cells = [
        (
            view.label(stream.entity, key),
            due.cell(row.values, key, view.painter(stream.entity, key)(row.values.get(key))),
        )
        for key in facts
    ]
    said = Said(f"/{stream.entity}/{row.id}", name, text, tuple(pair for pair in cells if pair[1].kind != "blank"))
    said = said._replace(tick=own_tick_of(view, stream.entity, row, name, back))
    when = view.painter(stream.entity, timeline.at)(told.at)
    who = who._replace(initials="")  # the mark shows what it was
    return Entry(who, sentence_case(verb, view.language), icon, when, (), told.place, said=said)


def _text(view: EntityDesk, stream: Stream, values: Mapping[str, object], key: str) -> str:
    value = values.get(key)
    return view.painter(stream.entity, key)(value).text if value else ""


def _days(view: EntityDesk, entries: Sequence[Entry]) -> Iterator[Day]:
    """The entries by the reader's days, each with the clock alone."""
    formats = view.formats
    today = formats.local(view.store.clock()).date()
    found: dict[dt.date, list[Entry]] = {}
    for each in entries:
        here = formats.local(each.place[0])
        found.setdefault(here.date(), []).append(each._replace(at=each.at._replace(text=f"{here:%H:%M}")))
    near = {today: "timeline.today", today - dt.timedelta(days=1): "timeline.yesterday"}
    for day, those in found.items():
        yield Day(view.t(near[day]) if day in near else formats.day(day, today), tuple(those))
