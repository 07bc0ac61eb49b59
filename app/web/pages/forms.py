"""The form: a new record or a stored one. Nothing typed is lost: what is refused comes back as it was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import request
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response

from app.definition import Field
from app.insight import Row, labels
from app.insight.abilities import abilities
from app.record import Change, Refused, create, update
from app.web import context
from app.web.pages import conflicts, refusals
from app.web.pages.inputs import Input, InputMaker, Typed, typed_of
from app.web.pages.layouts import Part, sheets_of
from app.web.pages.posted import Posted, read_posted, values_of, whole_number
from app.web.pages.records import find, name_of
from app.web.pages.words import sentence_case
from app.web.security.views import safe_next

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

OTHER = "other"
LONGEST_PREFILL = 2_000


@dataclass(frozen=True)
class State:
    """What a form shows: for each field what is typed, what it was, and what is wrong."""

    typed: Mapping[str, Typed] = field(default_factory=dict)
    was: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    general: Sequence[tuple[str, str]] = ()
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Shape:
    """Which fields a form has: those that may be written, and (of a stored record) those that are only shown."""

    parts: tuple[Part, ...]
    writable: frozenset[str]

    @property
    def keys(self) -> list[str]:
        return [each.key for part in self.parts for each in part.fields]


def shape_of(view: EntityDesk, *, creating: bool) -> Shape:
    """The sections of the form, in the order of the layout; fields that can't be left out come last."""
    rights, entity = view.rights(view.entity_key), view.entity
    writable = rights.writable(creating=creating)
    if not view.can("transition"):
        writable -= {each.key for each in entity.fields.values() if each.type == "stage"}
    parts: list[Part] = []
    placed: set[str] = set()
    for part in (part for sheet in sheets_of(view) for part in sheet.parts if part.fields):
        fields = tuple(
            each for each in part.fields if each.key not in placed and (each.key in writable or not creating)
        )
        placed.update(each.key for each in fields)
        if fields and (not creating or any(each.key in writable for each in fields)):
            parts.append(Part(part.key, part.label, part.per_row, fields))
    needed = (entity.name_field, *(each.key for each in entity.fields.values() if each.required))
    rest = [key for key in dict.fromkeys(needed) if key in writable and key not in placed]
    if rest:
        fields = tuple(entity.every_field[key] for key in rest)
        parts.append(Part(OTHER, view.t("form.other") if parts else "", 2, fields))
    return Shape(tuple(parts), writable)


def new(view: EntityDesk) -> Response:
    """GET and POST /<entity>/new."""
    if not view.can("create"):
        raise Forbidden
    shape = shape_of(view, creating=True)
    if request.method == "GET":
        return _form(view, shape, State(typed=_initial(view, shape)))
    posted = read_posted(request.form, view.entity)
    values = values_of(posted, view.entity, view.formats.zone, masked=frozenset(), creating=True)
    context.current().close_session()
    outcome = create(view.store, view.actor, view.entity_key, [values], door="form")
    if isinstance(outcome, Refused):
        return _form(view, shape, _refused_state(view, shape, posted, outcome), status=refusals.STATUS[outcome.status])
    name = posted.typed(view.entity.name_field).value or view.singular(view.entity_key)
    if request.form.get("then") == "new":
        return view.go(request.full_path.rstrip("?"), "record.created", name=name)
    if outcome.out_of_sight:
        return view.go(view.address, "record.out_of_sight")
    back = safe_next(request.args.get("back"))
    return view.go(back if back != "/" else f"{view.address}{outcome.ids[0]}", "record.created", name=name)


def edit(view: EntityDesk, record_id: int) -> Response:
    """GET and POST /<entity>/<id>/edit."""
    if not view.can("read"):
        raise NotFound
    shape = shape_of(view, creating=False)
    rights = view.rights(view.entity_key)
    row = find(view, record_id, [view.entity.name_field, *shape.keys, "updated_at", "updated_by"])
    if "update" not in abilities(view.session, view.actor, view.entity_key, record_id, ("update",)):
        raise Forbidden
    if request.method == "GET":
        return _form(view, shape, _stored_state(view, shape, row), row=row)
    posted = read_posted(request.form, view.entity)
    masked = frozenset(rights.masks)
    values = values_of(posted, view.entity, view.formats.zone, masked=masked, creating=False)
    version = request.form.get("version", "")
    context.current().close_session()
    change = Change(record_id, values, whole_number(version))
    outcome = update(view.store, view.actor, view.entity_key, [change], door="form")
    if not isinstance(outcome, Refused):
        if outcome.out_of_sight:
            return view.go(view.address, "record.out_of_sight")
        return view.go(f"{view.address}{record_id}", "record.saved")
    if outcome.status == "not_found":
        raise NotFound
    if outcome.status == "conflict":
        fresh = find(view, record_id, [view.entity.name_field, *shape.keys, "updated_at", "updated_by"])
        return _conflict(view, shape, posted, fresh, outcome)
    state = _refused_state(view, shape, posted, outcome)
    return _form(view, shape, state, row=row, version=version, status=refusals.STATUS[outcome.status])


def _initial(view: EntityDesk, shape: Shape) -> dict[str, Typed]:
    """Defaults, and what the query string fills in beforehand for fields that may be written."""
    found: dict[str, Typed] = {}
    asked: dict[str, list[int]] = {}
    for each in (each for part in shape.parts for each in part.fields):
        text = request.args.get(each.key, "")[:LONGEST_PREFILL].replace("\0", "")
        if text and each.key in shape.writable:
            if each.target is None:
                found[each.key] = Typed(text)
            elif whole_number(text) is not None:
                asked.setdefault(each.target, []).append(int(text))
                found[each.key] = Typed(text)
        else:
            found[each.key] = _default(view, each)
    names = labels(view.session, asked) if asked else {}
    for key, typed in found.items():
        target = view.entity.every_field[key].target
        if target and typed.value and not typed.shown:
            name = names.get((target, int(typed.value)))
            found[key] = Typed(typed.value, name) if name is not None else Typed()
    return found


def _default(view: EntityDesk, each: Field) -> Typed:
    if each.key == "owner" and view.actor.user_id is not None:
        return Typed(str(view.actor.user_id), view.actor.name)
    if each.type == "stage":
        stages = view.catalog.choices(view.entity_key, each.key)
        return Typed(next((key for key, stage in stages.items() if not stage.retired), ""))
    return typed_of(each.default, view.formats.zone, view.language)


def _stored_state(view: EntityDesk, shape: Shape, row: Row) -> State:
    masks = view.rights(view.entity_key).masks
    zone, language = view.formats.zone, view.language
    typed = {key: Typed() if key in masks else typed_of(row.values.get(key), zone, language) for key in shape.keys}
    return State(typed, {key: each.value for key, each in typed.items()})


def _refused_state(view: EntityDesk, shape: Shape, posted: Posted, refused: Refused) -> State:
    """What was typed, with every reason at its field; reasons without a field of the form stand in the summary alone."""
    errors: dict[str, list[str]] = {}
    codes: dict[str, str] = {}
    general: list[tuple[str, str]] = []
    known = set(shape.keys) & shape.writable
    for refusal in refused.refusals:
        text = refusal.text(view.language, view.catalog)
        if refusal.field in known:
            errors.setdefault(str(refusal.field), []).append(text)
            codes.setdefault(str(refusal.field), refusal.code)
        else:
            general.append((refusal.code, text))
    typed = {key: posted.typed(key) for key in shape.keys if key in posted.raw}
    return State(typed, posted.was, errors, list(dict.fromkeys(general)), codes)


def _conflict(view: EntityDesk, shape: Shape, posted: Posted, fresh: Row, refused: Refused) -> Response:
    """The form again, over what others have saved: what both changed is to be chosen, field by field."""
    stored = _stored_state(view, shape, fresh)
    mine = {key for key in shape.keys if key in shape.writable and posted.changed(key)}
    typed = {key: posted.typed(key) if key in mine else value for key, value in stored.typed.items()}
    return _form(
        view,
        shape,
        State(typed, stored.was),
        row=fresh,
        status=409,
        conflict=conflicts.build(view, refused, fresh, {key: posted.typed(key) for key in mine}, stored.typed),
    )


def _inputs(view: EntityDesk, shape: Shape, part: Part, state: State, row: Row | None) -> list[Input]:
    rights = view.rights(view.entity_key)
    maker = InputMaker(view.catalog, view.entity_key, view.formats, rights.masks)
    found = []
    for each in part.fields:
        value = row.values.get(each.key) if row else None
        if each.key not in shape.writable:
            shown = view.painter(view.entity_key, each.key)(value)
            found.append(maker.readonly(each, "" if shown.kind == "blank" else shown.text))
            continue
        masked = view.painter(view.entity_key, each.key)(value).text if each.key in rights.masks and value else ""
        error = " ".join(state.errors.get(each.key, ()))
        typed = state.typed.get(each.key, Typed())
        was = state.was.get(each.key) if row is not None else None
        found.append(maker.make(each, typed, error=error, was=was, masked=masked))
    return found


def _form(  # noqa: PLR0913 - what a form is made of
    view: EntityDesk,
    shape: Shape,
    state: State,
    *,
    row: Row | None = None,
    version: str = "",
    status: int = 200,
    conflict: object = None,
) -> Response:
    creating = row is None
    name = name_of(view, row) if row else ""
    sections = []
    errors = [{"anchor": "", "label": "", "text": text, "code": code} for code, text in state.general]
    for part in shape.parts:
        inputs = _inputs(view, shape, part, state, row)
        wrong = [each for each in inputs if each.error]
        errors += [
            {"anchor": each.id, "label": each.label, "text": each.error, "code": state.codes.get(each.name, "")}
            for each in wrong
        ]
        sections.append(
            {"key": part.key, "label": part.label, "per_row": part.per_row, "inputs": inputs, "errors": len(wrong)}
        )
    plural, address = view.plural(view.entity_key), view.address
    here = f"{address}{row.id}" if row else address
    crumbs = [(plural, address), *([(name, here)] if row else [])]
    last = view.t("form.edit_crumb" if row else "form.new_crumb")
    own = f"{address}new" if creating else f"{here}/edit"
    kept = {key: value for key, value in request.args.items() if key in {"back", *shape.keys}}
    return view.page(
        "form.html",
        title=view.t("form.edit", name=name)
        if row
        else view.t("form.new", what=sentence_case(view.singular(view.entity_key), view.language)),
        here=view.entity_key,
        here_url=own,
        crumbs=[*crumbs, (last, "")],
        status=status,
        creating=creating,
        action=f"{own}?{urlencode(kept)}" if kept and creating else own,
        draft=f"{view.actor.user_id}:{own}",
        version=version or (row.version if row else ""),
        sections=sections,
        errors=errors,
        conflict=conflict,
        back=safe_next(request.args.get("back")) if creating and request.args.get("back") else here,
        last_saved=_last_saved(view, row) if row else "",
    )


def _last_saved(view: EntityDesk, row: Row) -> str:
    when = view.painter(view.entity_key, "updated_at")(row.values.get("updated_at"))
    who = view.painter(view.entity_key, "updated_by")(row.values.get("updated_by"))
    if when.kind == "blank":
        return ""
    somebody = who.text if who.kind in {"person", "restricted"} else view.t("record.system")
    return view.t("form.last_saved", who=somebody, when=when.text)
