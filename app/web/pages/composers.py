"""The composer above a timeline: a short form for each kind of record that stands in it, made of the pack's own fields.

What the record that it is about says already is filled in: the record itself, and lookups that both have under one key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from urllib.parse import urlencode

from markupsafe import Markup

from app.definition import Entity, Field
from app.frozen import dataclass
from app.insight import Reference, Row
from app.insight.timeline import Stream, streams_of
from app.record import Refused
from app.web.pages import confirming
from app.web.pages.addresses import may_mail
from app.web.pages.confirming import Warned
from app.web.pages.desk import EntityDesk
from app.web.pages.inputs import Input, InputMaker, Typed, posted_value, typed_of
from app.web.pages.live import Live, State, live_of_some
from app.web.pages.live_page import live_block
from app.web.pages.posted import Posted
from app.web.pages.shell import icon_of
from app.web.pages.short_forms import as_judged, judge
from app.web.pages.slots import slots_of
from app.web.pages.timelines import KIND_ICONS
from app.web.pages.words import sentence_case

ANCHOR = "#timeline"
FOR = ":for"
"""The name of the control that says for which entity a form is."""
_POINTING = frozenset({"reference", "any"})


@dataclass(frozen=True)
class Draft:
    """What is written down about a record: of which entity, what is filled in by itself, and what is asked for."""

    stream: Stream
    desk: EntityDesk
    given: Mapping[str, object]
    fields: tuple[Field, ...]
    kind: str = ""  # the field whose options are the tabs

    @property
    def entity(self) -> Entity:
        """The entity of what is written down."""
        return self.desk.entity

    @property
    def keys(self) -> frozenset[str]:
        """What the form may send."""
        return frozenset({each.key for each in self.fields} | ({self.kind} if self.kind else set()))


@dataclass(frozen=True)
class Tab:
    """A tab of the composer. `option` is the kind that it stands for; blank where there are none."""

    key: str
    label: str
    icon: str
    href: str
    entity: str
    option: str
    current: bool


@dataclass(frozen=True)
class Form:
    """The form of one entity; `lead` is the text, which stands first and alone."""

    entity: str
    current: bool
    kind: str
    option: str
    lead: Input | None
    inputs: tuple[Input, ...]
    draft: str
    errors: Sequence[tuple[str, str]]
    warnings: Sequence[Warned]
    answered: bool
    live: Markup  # what its script follows; blank where nothing follows from what is typed


@dataclass(frozen=True)
class Composer:
    """All that the composer of a record shows."""

    action: str
    tabs: tuple[Tab, ...]
    forms: tuple[Form, ...]
    mail: str  # where a mail to the record is begun; blank where none can be


@dataclass(frozen=True)
class Answer:
    """What was sent and refused: it is shown again, with every reason at its field."""

    entity: str
    posted: Posted
    refused: Refused


def drafts_of(view: EntityDesk, row: Row) -> list[Draft]:
    """What the reader may write down about a record. The row holds `lookups_of`.

    What it points to out of their sight is not taken over: it could not be saved, and is asked for where it is needed.
    """
    found: dict[str, Draft] = {}
    for stream in streams_of(view.catalog, view.entity_key):
        if view.may("create", stream.entity) and stream.entity not in found:
            draft = _draft(view, stream, row)
            if draft is not None:
                found[stream.entity] = draft
    return list(found.values())


def lookups_of(view: EntityDesk) -> list[str]:
    """The lookups of a record that what is written down about it takes over."""
    found = []
    for stream in streams_of(view.catalog, view.entity_key):
        fields = view.catalog.entities[stream.entity].fields
        found += [key for key, each in fields.items() if _is_shared(view.entity.fields.get(key), each)]
    return list(dict.fromkeys(found))


def _is_shared(own: Field | None, other: Field) -> bool:
    lookup = own is not None and own.holds == other.holds == "reference" and not own.is_list
    return lookup and own is not None and own.target is not None and own.target == other.target


def _draft(view: EntityDesk, stream: Stream, row: Row) -> Draft | None:
    desk, timeline, link = EntityDesk(stream.entity), stream.timeline, stream.inverse.field
    entity = desk.entity
    writable = desk.rights(stream.entity).writable(creating=True)
    field = entity.every_field[link]
    if link not in writable or field.holds not in _POINTING or field.is_list:
        return None
    given: dict[str, object] = {link: f"{view.entity_key}/{row.id}" if field.of_several else row.id}
    clear = view.rights(view.entity_key).clear
    for key in lookups_of(view):
        value = row.values.get(key)
        if isinstance(value, Reference) and value.label is not None and key in clear & writable:
            given.setdefault(key, value.id)
    kind = timeline.kind if timeline.kind in writable else None
    apart = {*given, kind}
    asked = [key for key in timeline.fields if key in writable and key not in apart]
    own = {timeline.at, entity.name_field if timeline.text in asked else None}
    needed = [
        key
        for key, each in entity.fields.items()
        if each.required and key in writable and key not in {*apart, *asked, *own} and not _is_filled(each)
    ]
    every = (entity.every_field[key] for key in (*asked, *needed))
    fields = tuple(each for each in every if each.holds != "file" and not each.translated)
    return Draft(stream, desk, given, fields, kind or "") if fields else None


def _is_filled(field: Field) -> bool:
    has_default = field.default is not None or field.default_formula is not None
    return has_default or field.is_computed or field.type in ("sequence", "boolean", "stage")


def options_of(draft: Draft) -> dict[str, str]:
    """The tabs of an entity's form by option; one without an option where nothing tells its records apart."""
    desk = draft.desk
    if not draft.kind:
        return {"": desk.singular(desk.entity_key)}
    choices = desk.catalog.choices(desk.entity_key, draft.kind)
    return {key: each.label.in_language(desk.language) or key for key, each in choices.items() if not each.retired}


def composer_of(view: EntityDesk, row: Row, chosen: str, answer: Answer | None = None) -> Composer | None:
    """The composer of a record; None where the reader may write down nothing. `chosen` is the key of a tab."""
    drafts = drafts_of(view, row)
    if not drafts:
        return None
    here = f"{view.address}{row.id}"
    tabs = [tab for draft in drafts for tab in _tabs(draft, here)]
    if answer is not None:
        sent = answer.posted.raw.get(next(each.kind for each in drafts if each.stream.entity == answer.entity), "")
        chosen = f"{answer.entity}.{sent}"
    current = next((each for each in tabs if each.key == chosen), None) or _usual(drafts, tabs)
    forms = tuple(
        _form(view, draft, current, row.id, answer if answer and answer.entity == draft.stream.entity else None)
        for draft in drafts
    )
    marked = tuple(replace(each, current=each.key == current.key) for each in tabs)
    mail = f"{view.address}bulk/mail" if may_mail(view) else ""
    return Composer(f"{here}/timeline", marked, forms, mail)


def _tabs(draft: Draft, here: str) -> Iterator[Tab]:
    entity = draft.stream.entity
    for option, label in options_of(draft).items():
        key = f"{entity}.{option}"
        icon = KIND_ICONS.get(option) or icon_of(draft.entity)
        yield Tab(key, label, icon, f"{here}?{urlencode({'compose': key})}#composer", entity, option, current=False)


def _usual(drafts: Sequence[Draft], tabs: Sequence[Tab]) -> Tab:
    """The tab that is open at first: that of the kind's default."""
    first = drafts[0]
    default = first.entity.fields[first.kind].default if first.kind else None
    return next((each for each in tabs if each.entity == first.stream.entity and each.option == default), tabs[0])


def _form(view: EntityDesk, draft: Draft, current: Tab, record_id: int, answer: Answer | None) -> Form:
    desk, entity = draft.desk, draft.stream.entity
    refused = confirming.without_warnings(answer.refused) if answer else None
    errors: dict[str, list[str]] = {}
    general: list[tuple[str, str]] = []
    known = {each.key for each in draft.fields}
    for each in refused.refusals if refused else ():
        text = each.text(view.language, view.catalog)
        if each.field in known:
            errors.setdefault(str(each.field), []).append(text)
        else:
            general.append((each.code, text))
    options = options_of(draft)
    option = current.option if entity == current.entity else next(iter(options))
    typed = {each.key: _typed(draft, each, answer) for each in draft.fields}
    state = _state(draft, typed, option)
    inputs = [
        as_judged(state, _input(draft, each, typed[each.key], " ".join(errors.get(each.key, ()))))
        for each in draft.fields
    ]
    about = urlencode({"about": f"{view.entity_key}/{record_id}"})
    lead = next((each for each in inputs if each.name == draft.stream.timeline.text), None)
    return Form(
        entity=entity,
        current=entity == current.entity,
        kind=draft.kind,
        option=option,
        lead=lead,
        inputs=tuple(each for each in inputs if each is not lead),
        draft=f"{desk.actor.user_id}:{view.address}{record_id}:{entity}",
        errors=list(dict.fromkeys(general)),
        warnings=confirming.warned(desk, answer.refused) if answer else (),
        answered=answer is not None,
        live=live_block(state, None, f"/{entity}/form/state?{about}", {}, {}) if state is not None else Markup(),
    )


def live_of_draft(draft: Draft) -> Live:
    """What follows from what is typed in the form of a draft: nothing for its text, which is always there."""
    kind = [draft.entity.fields[draft.kind]] if draft.kind else []
    return live_of_some(draft.desk, [*draft.fields, *kind], apart=draft.stream.timeline.text or "")


def _state(draft: Draft, typed: Mapping[str, Typed], option: str) -> State | None:
    """What the conditions say of a form as it is drawn: no statement where there are none."""
    live, zone = live_of_draft(draft), draft.desk.formats.zone
    if not live.rules:
        return None
    values = {each.key: posted_value(each, typed[each.key].value, zone) for each in draft.fields}
    values |= {draft.kind: option} if draft.kind else {}
    return judge(draft.desk, live, completed(draft, values))


def _typed(draft: Draft, field: Field, answer: Answer | None) -> Typed:
    slot = next(slot for _, slot, _ in slots_of(draft.desk.catalog, [field]))
    return answer.posted.typed(slot) if answer is not None and slot in answer.posted.raw else _first(draft, field)


def _input(draft: Draft, field: Field, typed: Typed, error: str) -> Input:
    desk = draft.desk
    maker = InputMaker(
        desk.catalog,
        desk.entity_key,
        desk.formats,
        {},
        f"c-{desk.entity_key}-",
        partial(desk.may, "read"),
        desk.offers_new,
    )
    made = maker.make(field, typed, error=error)
    if field.key == draft.stream.timeline.text:
        made = replace(made, placeholder=made.placeholder or desk.t("timeline.say"), rows=3, required=False)
    return made


def _first(draft: Draft, field: Field) -> Typed:
    """What stands in an input at first."""
    desk = draft.desk
    if field.key == "owner" and desk.actor.user_id is not None:
        return Typed(str(desk.actor.user_id), desk.actor.name)
    if field.key == draft.stream.timeline.at:
        return typed_of(desk.store.clock(), desk.formats.zone, desk.language)
    return typed_of(field.default, desk.formats.zone, desk.language)


def said_of(draft: Draft, option: str) -> str:
    """What a kind is called within a sentence."""
    return sentence_case(options_of(draft).get(option, draft.desk.singular(draft.desk.entity_key)), draft.desk.language)


def completed(draft: Draft, values: Mapping[str, object]) -> dict[str, object]:
    """What a save is given: what was sent, what the record says, the moment, and a name where none was asked for.

    The name is the first line of the text, else what the kind is called.
    """
    entity, timeline = draft.entity, draft.stream.timeline
    found = {key: value for key, value in values.items() if value not in ("", None)} | dict(draft.given)
    writable = draft.desk.rights(entity.key).writable(creating=True)
    if timeline.at not in found and timeline.at in writable:
        found[timeline.at] = draft.desk.store.clock().isoformat()
    name = entity.fields[entity.name_field]
    asked = {each.key for each in draft.fields}
    if name.key not in asked and name.key in writable and name.holds == "text":
        lines = str(found.get(timeline.text or "", "")).strip().splitlines()
        usual = options_of(draft).get(str(found.get(draft.kind, "")), draft.desk.singular(entity.key))
        found[name.key] = _cut(lines[0].strip() if lines else usual, name.length_limit)
    return found


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
