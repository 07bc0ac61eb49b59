"""The form: a new record or a stored one. Nothing typed is lost: what is refused comes back as it was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import request
from markupsafe import Markup
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response

from app.automation.approvals import NEEDED
from app.definition import Entity, Field
from app.definition.currencies import CURRENCY_FIELD, converted_fields
from app.insight import AnyLinkReference, AnyReference, LinkReference, Reference, Row, labels
from app.insight.abilities import abilities
from app.insight.compound import Money
from app.orm.companions import text_columns
from app.record import Change, New, Refusal, Refused, create, update
from app.web import context
from app.web.pages import alike, asking, confirming, conflicts, lines, listed, refusals
from app.web.pages.copies import copies
from app.web.pages.defaults import left_to_save, shown_defaults
from app.web.pages.filters import pointed_to
from app.web.pages.form_files import take_files, with_files
from app.web.pages.form_state import answer, judge, tables_of
from app.web.pages.inputs import Input, InputMaker, Typed, fills_of, typed_of
from app.web.pages.layouts import Part
from app.web.pages.lines import Lines
from app.web.pages.live import State as Judged
from app.web.pages.live_page import live_block
from app.web.pages.posted import Posted, of_today, read_posted, values_of, whole_number
from app.web.pages.record_state import locked_in
from app.web.pages.records import find, name_of
from app.web.pages.shapes import Shape, State, shape_of
from app.web.pages.slots import field_of, slots_of, typed_slots
from app.web.pages.words import sentence_case
from app.web.security.answers import safe_next

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

LONGEST_PREFILL = 2_000


def new(view: EntityDesk) -> Response:
    """GET and POST /<entity>/new."""
    if not view.can("create"):
        raise Forbidden
    shape = shape_of(view, creating=True)
    if request.method == "GET":
        first = {name: Lines((lines.blank(view, link, "n0"),)) for name, link in shape.tables.items()}
        return _form(view, shape, State(typed=_initial(view, shape), lines=first))
    posted, sent, again, not_taken = _read(view, shape)
    if not_taken is not None:
        return _form(view, shape, _refused_state(view, shape, posted, not_taken, sent), status=422)
    if again:
        return _form(view, shape, State(_typed(view, shape, posted), posted.was, lines=sent))
    values = values_of(posted, view.entity, view.formats.zone, masked=frozenset(), creating=True)
    values |= {name: lines.values_of(view, shape.tables[name], each) for name, each in sent.items()}
    context.current().close_session()
    row = New(left_to_save(view, values), confirming.reasons(view))
    outcome = create(view.store, view.actor, view.entity_key, [row], door="form")
    if isinstance(outcome, Refused):
        state = _refused_state(view, shape, posted, outcome, sent)
        return _form(view, shape, state, status=refusals.STATUS[outcome.status])
    name = _name_posted(view, posted) or view.singular(view.entity_key)
    if request.form.get("then") == "new":
        return view.go(request.full_path.rstrip("?"), "record.created", name=name)
    if outcome.out_of_sight:
        return view.go(view.address, "record.out_of_sight")
    back = safe_next(request.args.get("back"))
    return view.go(back if back != "/" else f"{view.address}{outcome.ids[0]}", "record.created", name=name)


def _name_posted(view: EntityDesk, posted: Posted) -> str:
    slots = slots_of(view.catalog, [view.entity.fields[view.entity.name_field]])
    return next((text for _, slot, _ in slots if (text := posted.typed(slot).value)), "")


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
    posted, sent, again, not_taken = _read(view, shape)
    masked = frozenset(rights.masks)
    values = values_of(posted, view.entity, view.formats.zone, masked=masked, creating=False)
    version = request.form.get("version", "")
    if not_taken is not None:
        state = _refused_state(view, shape, posted, not_taken, sent)
        return _form(view, shape, state, row=row, version=version, status=422)
    if again:
        return _form(view, shape, State(_typed(view, shape, posted), posted.was, lines=sent), row=row, version=version)
    values |= {name: lines.values_of(view, shape.tables[name], each) for name, each in sent.items()}
    context.current().close_session()
    change = Change(record_id, values, whole_number(version), confirm=confirming.reasons(view))
    outcome = update(view.store, view.actor, view.entity_key, [change], door="form")
    if not isinstance(outcome, Refused):
        if outcome.out_of_sight:
            return view.go(view.address, "record.out_of_sight")
        return view.go(f"{view.address}{record_id}", "record.saved")
    if outcome.status == "not_found":
        raise NotFound
    if outcome.status == "conflict":
        fresh = find(view, record_id, [view.entity.name_field, *shape.keys, "updated_at", "updated_by"])
        return _conflict(view, shape, (posted, sent), fresh, outcome)
    state = _refused_state(view, shape, posted, outcome, sent)
    return _form(view, shape, state, row=row, version=version, status=refusals.STATUS[outcome.status])


def _read(view: EntityDesk, shape: Shape) -> tuple[Posted, dict[str, Lines], bool, Refused | None]:
    """What was posted, its lines, whether a button of their tables was pressed (then the form comes again), and why files
    that came along could not be taken.
    """
    read_now = of_today(
        read_posted(request.form, view.entity, shape.tables), view.store.models, view.entity_key, shape.writable
    )
    posted, not_taken = take_files(view, read_now)
    refusals = list(not_taken.refusals) if not_taken is not None else []
    found: dict[str, Lines] = {}
    rearranged: dict[str, Lines] = {}
    for name, link in shape.tables.items():
        read = lines.read(request.form, name)
        if read is None:
            continue
        read, wrong = lines.with_uploads(view, link, read)
        changed = None if wrong else lines.rearranged(view, link, read, request.form.get("then", ""))
        if changed is not None:
            rearranged[name] = changed
        else:
            found[name] = lines.kept(read, wrong)
            refusals += lines.at_lines(link, found[name], wrong)
    return posted, {**found, **rearranged}, bool(rearranged), Refused(tuple(refusals), "invalid") if refusals else None


def _every_field(view: EntityDesk, shape: Shape) -> list[Field]:
    """The fields of the form and of its lines."""
    entities = view.catalog.entities
    return [*shape.fields, *(each for link in shape.tables.values() for each in entities[link.entity].fields.values())]


def _typed(view: EntityDesk, shape: Shape, posted: Posted) -> dict[str, Typed]:
    """What was typed, as it was typed."""
    return {slot: posted.typed(slot) for _, slot, _ in slots_of(view.catalog, shape.fields) if slot in posted.raw}


def _initial(view: EntityDesk, shape: Shape) -> dict[str, Typed]:
    """Defaults, and what the query string fills in beforehand for fields that may be written."""
    found: dict[str, Typed] = {}
    asked: dict[str, list[int]] = {}
    stated = set()
    for each in (each for part in shape.parts for each in part.fields):
        text = request.args.get(each.key, "")[:LONGEST_PREFILL].replace("\0", "")
        if not text or each.key not in shape.writable or each.holds == "file":
            found[each.key] = _default(view, each)
            continue
        stated.add(each.key)
        if not each.targets:
            found[each.key] = Typed(listed.written([text], str)) if each.is_list else Typed(text)
        else:
            pointed = pointed_to(each, text)
            if pointed is not None:
                asked.setdefault(pointed[0], []).append(pointed[1])
                found[each.key] = Typed(text)
    names = labels(view.session, asked) if asked else {}
    copied: dict[str, Typed] = {}
    for key, typed in list(found.items()):
        field = view.entity.every_field[key]
        if field.translated:  # what is filled in beforehand is in the language of the person, a default in the first
            columns = text_columns(view.catalog, field)
            own = view.language if view.language in columns and key in request.args else next(iter(columns))
            found[f"{key}:{own}"] = typed
        pointed = pointed_to(field, typed.value) if typed.value and not typed.shown else None
        if pointed is not None:
            name = names.get(pointed)
            found[key] = _filled(view, field, pointed, name) if name is not None else Typed()
            if key in stated and name is not None and field.fills:
                copied |= _copied(view, shape, field, pointed)
    return {**found, **{key: each for key, each in copied.items() if key in found and key not in stated}}


def _copied(view: EntityDesk, shape: Shape, field: Field, pointed: tuple[str, int]) -> dict[str, Typed]:
    """What choosing that record in the form would fill in."""
    fields = view.entity.every_field
    pairs = fills_of(view.entity, field).items()
    wanted = {key: source for key, source in pairs if key in shape.writable and not fields[key].translated}
    entity, record = pointed
    found = copies(view, entity, [record], wanted.values()).get(record, {})
    return {key: found[source] for key, source in wanted.items() if source in found}


def _filled(view: EntityDesk, field: Field, pointed: tuple[str, int], name: str) -> Typed:
    entity, record = pointed
    if field.is_list:
        own = {key: each.default for key, each in field.own_fields.items()}
        kind = AnyLinkReference if field.of_several else LinkReference
        value: object = (kind(entity, record, name, own),)
    elif field.holds == "any":
        value = AnyReference(entity, record, name)
    else:
        value = Reference(entity, record, name)
    return typed_of(value, view.formats.zone, view.language)


def _default(view: EntityDesk, each: Field) -> Typed:
    if each.key == "owner" and view.actor.user_id is not None:
        return Typed(str(view.actor.user_id), view.actor.name)
    if each.type == "stage":
        line = view.entity.pipeline_of(each.key)  # the one that new records follow, where there are several
        return Typed(next((key for key, stage in line.stages.items() if not stage.retired), "") if line else "")
    return typed_of(each.default, view.formats.zone, view.language)


def _stored_state(view: EntityDesk, shape: Shape, row: Row) -> State:
    masks = view.rights(view.entity_key).masks
    zone, language = view.formats.zone, view.language
    typed = typed_slots(view.catalog, shape.fields, row.values, zone, language)
    typed |= {slot: Typed() for slot in typed if field_of(slot) in masks}
    stored = {name: lines.stored(view, link, row.id) for name, link in shape.tables.items()}
    return State(typed, {key: each.value for key, each in typed.items()}, lines=stored)


def _refused_state(
    view: EntityDesk, shape: Shape, posted: Posted, refused: Refused, sent: Mapping[str, Lines]
) -> State:
    """What was typed, with every reason at its field; reasons without a field of the form stand in the summary alone."""
    errors: dict[str, list[str]] = {}
    codes: dict[str, str] = {}
    general: list[tuple[str, str]] = []
    known = set(shape.keys) & shape.writable
    warnings = confirming.warned(view, refused)
    refused = confirming.without_warnings(refused)
    for refusal in refused.refusals:
        text = _showing_what_is_gone(refusal, posted).text(view.language, view.catalog)
        if refusal.inside.partition(".")[0] in sent:
            continue  # shown at its line
        if refusal.field in known:
            errors.setdefault(str(refusal.field), []).append(text)
            codes.setdefault(str(refusal.field), refusal.code)
        else:
            general.append((refusal.code, text))
    wrong = {name: lines.with_errors(view, shape.tables[name], each, refused) for name, each in sent.items()}
    return State(_typed(view, shape, posted), posted.was, errors, list(dict.fromkeys(general)), codes, wrong, warnings)


def _showing_what_is_gone(refusal: Refusal, posted: Posted) -> Refusal:
    """With what was entered in a field that went since the form was drawn: it has no place in the form any more."""
    entered = posted.raw.get(refusal.field or "")
    if refusal.code != "field.read_only" or refusal.variant != "unknown" or not entered:
        return refusal
    value = entered if isinstance(entered, str) else ", ".join(each for each in entered if each)
    return replace(refusal, variant="gone", params={**refusal.params, "value": value})


def _conflict(
    view: EntityDesk, shape: Shape, typed_by_me: tuple[Posted, Mapping[str, Lines]], fresh: Row, refused: Refused
) -> Response:
    """The form again, over what others have saved: what both changed is to be chosen, field by field."""
    posted, sent = typed_by_me
    stored = _stored_state(view, shape, fresh)
    both = {
        name: lines.merged(view, shape.tables[name], sent[name], theirs) if name in sent else theirs
        for name, theirs in stored.lines.items()
    }
    mine = {slot for slot in stored.typed if field_of(slot) in shape.writable and posted.changed(slot)}
    typed = {key: posted.typed(key) if key in mine else value for key, value in stored.typed.items()}
    return _form(
        view,
        shape,
        State(typed, stored.was, lines=both),
        row=fresh,
        status=409,
        conflict=conflicts.build(view, refused, fresh, {key: posted.typed(key) for key in mine}, stored.typed),
    )


def _inputs(
    view: EntityDesk, shape: Shape, part: Part, state: State, row: Row | None, judged: Judged | None
) -> list[Input]:
    kept = judged.kept(shape.writable) if judged else frozenset[str]()
    found = _drawn_inputs(view, replace(shape, writable=shape.writable - kept), part, state, row)
    return found if judged is None else [_judged_input(judged, each, row) for each in found]


def _judged_input(judged: Judged, made: Input, row: Row | None) -> Input:
    """An input as the conditions of its field say."""
    key = field_of(made.name)
    first = made.name in {key, f"{key}:{judged.live.view.catalog.pack.languages[0]}"}
    required = made.required or (key in judged.required and first and made.kind != "check" and not made.readonly)
    made = replace(made, hidden=key in judged.hidden, required=required)
    offered = judged.offered(key, None if row is None else row.values.get(key))
    return (
        made if offered is None else replace(made, options=tuple(each for each in made.options if each[0] in offered))
    )


def _drawn_inputs(view: EntityDesk, shape: Shape, part: Part, state: State, row: Row | None) -> list[Input]:
    rights, first = view.rights(view.entity_key), view.catalog.pack.languages[0]
    maker = InputMaker(
        view.catalog,
        view.entity_key,
        view.formats,
        rights.masks,
        reads=partial(view.may, "read"),
        creates=view.offers_new,
    )
    currency = _currency_of(view, state, row)
    found = []
    for each, slot, of in slots_of(view.catalog, part.fields):
        value = row.values.get(each.key) if row else None
        leads = of in {"", first}
        if each.key not in shape.writable:
            shown = view.painter(view.entity_key, each.key)(value)
            found += [maker.readonly(each, "" if shown.kind == "blank" else shown.text)] if leads else []
            continue
        masked = view.painter(view.entity_key, each.key)(value).text if each.key in rights.masks and value else ""
        error = " ".join(state.errors.get(each.key, ())) if leads else ""
        typed = state.typed.get(slot, Typed())
        was = state.was.get(slot) if row is not None else None
        made = maker.make(each, typed, error=error, was=was, masked=masked, of=of, currency=currency)
        found.append(with_files(view, made, value) if each.holds == "file" else made)
    return _with_choice(view.entity, found)


def _currency_of(view: EntityDesk, state: State, row: Row | None) -> str:
    """The code of the currency that the form's amounts are in."""
    if CURRENCY_FIELD in state.typed:
        return state.typed[CURRENCY_FIELD].value
    stored = (value.currency for value in (row.values.values() if row else ()) if isinstance(value, Money))
    return next(stored, "") or view.catalog.pack.currency.company


def _with_choice(entity: Entity, inputs: Sequence[Input]) -> list[Input]:
    """The currency that stands before an amount is chosen in it; the other amounts show its code."""
    money = converted_fields(entity)
    found: list[Input] = []
    for each in inputs:
        made = each
        if each.name in money and not each.readonly:
            made = replace(each, code=each.affix_before)
            if found and found[-1].name == CURRENCY_FIELD and not found[-1].readonly:
                choice = found.pop()
                error = " ".join(text for text in (choice.error, each.error) if text)
                made = replace(each, choice=choice, error=error)
        found.append(made)
    return found


def _sections(
    view: EntityDesk, shape: Shape, state: State, row: Row | None, judged: Judged | None
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """The sections as the template draws them, and what is wrong in them for the summary."""
    sections: list[dict[str, Any]] = []
    errors = [{"anchor": "", "label": "", "text": text, "code": code} for code, text in state.general]
    for part in shape.parts:
        link = lines.link_of(view, part)
        if link is not None:
            table = lines.table(view, part, state.lines.get(link.name, Lines()), row.id if row else None)
            wrong_lines = _errors_of_lines(view, table)
            errors += wrong_lines
            sections.append({"key": part.key, "label": part.label, "table": table, "errors": len(wrong_lines)})
            continue
        inputs = _inputs(view, shape, part, state, row, judged)
        wrong = [each for each in inputs if each.error]
        errors += [
            {"anchor": each.id, "label": each.label, "text": each.error, "code": _code_of(state, each)}
            for each in wrong
        ]
        sections.append(
            {"key": part.key, "label": part.label, "per_row": part.per_row, "inputs": inputs, "errors": len(wrong)}
        )
    for section in sections:
        section["off"] = judged is not None and section["key"] in judged.hidden_sections
        section["hidden"] = section["off"] or ("inputs" in section and all(each.hidden for each in section["inputs"]))
    return sections, errors


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
    locked = locked_in(view, row.id) & shape.writable if row is not None else frozenset()
    shape = replace(shape, writable=shape.writable - locked)
    name = name_of(view, row) if row else ""
    judged = judge(view, shape, state, row)
    fresh = row is None and request.method == "GET"
    state, put = shown_defaults(view, shape, state, judged if fresh else None)
    sections, errors = _sections(view, shape, state, row, judged)
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
        has_lines=bool(shape.tables),
        with_files=any(each.holds == "file" for each in _every_field(view, shape)),
        errors=errors,
        locked=view.t("approvals.form_locked") if locked else "",
        ask=_ask_address(view, state, row),
        alike=alike.plan_of(view, shape) if creating else "",
        live=_live_block(view, shape, judged, row, put),
        conflict=conflict,
        warnings=state.warnings,
        back=safe_next(request.args.get("back")) if creating and request.args.get("back") else here,
        last_saved=_last_saved(view, row) if row else "",
    )


def _ask_address(view: EntityDesk, state: State, row: Row | None) -> str:
    """Where the approval is asked for that a move lacks; blank where none is lacking."""
    field = next((key for key, code in state.codes.items() if code == NEEDED), "")
    return asking.address(view, row.id, field, state.typed[field].value) if row is not None and field else ""


def _live_block(
    view: EntityDesk, shape: Shape, judged: Judged | None, row: Row | None, put: Mapping[str, str]
) -> Markup:
    """What the script is given; nothing where nothing follows from what is typed."""
    tables = tables_of(view, shape)
    if judged is None or not (judged.live.rules or any(each.rules for each in tables.values())):
        return Markup()
    query = f"?record={row.id}" if row else ""
    return live_block(judged, row, f"{view.address}form/state{query}", tables, put)


def state(view: EntityDesk) -> Response:
    """POST /<entity>/form/state?record=…: see `form_state.answer`."""
    return answer(view, lambda creating: shape_of(view, creating=creating))


def alike_now(view: EntityDesk) -> Response:
    """POST /<entity>/form/alike: see `alike.answer`."""
    return alike.answer(view, lambda: shape_of(view, creating=True))


def _code_of(state: State, made: Input) -> str:
    names = (made.name.partition(":")[0], made.choice.name if made.choice else "")
    return next((state.codes[name] for name in names if name in state.codes), "")


def _errors_of_lines(view: EntityDesk, table: lines.Table) -> list[dict[str, str]]:
    """An entry of the summary for each line's fault."""
    found = []
    for number, (line, inputs) in enumerate(table.rows, start=1):
        place = view.t("lines.number", what=table.one, number=number)
        wrong = [(inputs[0].id, text, code) for code, text in line.general]
        wrong += [
            (each.id, each.error, line.codes.get(each.name.rpartition(".")[2], "")) for each in inputs if each.error
        ]
        found += [
            {"anchor": anchor, "label": place, "text": f"{place}: {text}", "code": code} for anchor, text, code in wrong
        ]
    return found


def _last_saved(view: EntityDesk, row: Row) -> str:
    when = view.painter(view.entity_key, "updated_at")(row.values.get("updated_at"))
    who = view.painter(view.entity_key, "updated_by")(row.values.get("updated_by"))
    if when.kind == "blank":
        return ""
    somebody = who.text if who.kind in {"person", "restricted"} else view.t("record.system")
    return view.t("form.last_saved", who=somebody, when=when.text)
