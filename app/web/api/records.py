"""The REST API of records: every entity of the catalog under one set of routes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from flask import Response, request
from flask_appbuilder.api import BaseApi, expose
from sqlalchemy.orm import Session

from app import insight, record
from app.access import Allowed, decide, field_rights
from app.automation.approvals import ask_for
from app.definition import ASSIGNABLE_FIELDS, VERBS, Catalog, Entity, Field, PartLink, Verb
from app.definition.currencies import COMPANY_SUFFIX, CURRENCY_FIELD, converted_fields
from app.insight import BadQuery, to_wire
from app.orm.companions import text_columns
from app.orm.overrides import overrides_of
from app.record import Change, Overruling, Refused, Saved
from app.web import context
from app.web.api import bodies, idempotency
from app.web.api.answers import answer, malformed, not_found, refused
from app.web.api.approvals import asked_answer
from app.web.api.bodies import BadRequestBody, read_id
from app.web.api.listing import BadListRequest, read_page, read_query
from app.web.context import RequestState

DOOR = "api"
NOTHING: Mapping[str, Overruling | None] = MappingProxyType({})
_ETAG = re.compile(r'(?:W/)?"(\d{1,9})"')
View = TypeVar("View", bound=Callable[..., Response])


def of_entity(verb: Verb) -> Callable[[View], View]:
    """Refuses an entity that is not there, or that the caller may neither `verb` nor read (404: the same answer)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(self: BaseApi, entity: str, **ids: str) -> Response:
            state = context.current()
            if entity not in state.store.catalog.entities or state.store.catalog.part_link(entity) is not None:
                return not_found()  # a part has no address: it comes with its whole
            decision = decide(state.store.catalog, state.actor, verb, entity)
            if not isinstance(decision, Allowed):
                readable = isinstance(decide(state.store.catalog, state.actor, "read", entity), Allowed)
                return refused(_denied(verb)) if readable and not ids else _unless_visible(state, entity, verb, ids)
            try:
                return view(self, state, state.store.catalog.entities[entity], **ids)
            except (BadRequestBody, BadListRequest) as error:
                return malformed(str(error))
            except BadQuery as error:
                return malformed(error.text(state.language))

        return guarded  # type: ignore[return-value]

    return decorate


def _denied(verb: Verb) -> Refused:
    return Refused((record.Refusal("access.denied", params={"verb": verb}),), "denied")


def _unless_visible(state: RequestState, entity: str, verb: Verb, ids: Mapping[str, str]) -> Response:
    """403 for a record that may be read but not treated so; 404 for any other."""
    record_id = read_id(ids.get("id", ""))
    if record_id is None or _read(state, entity, record_id) is None:
        return not_found()
    return refused(_denied(verb))


def _read(state: RequestState, entity: str, record_id: int) -> insight.Row | None:
    return insight.get_record(state.session, state.actor, entity, record_id)


class RecordsApi(BaseApi):  # type: ignore[misc]  # the library publishes no types
    """List, read, create, change, delete, restore and move the records of every entity."""

    route_base = "/api/v1/<string:entity>"
    openapi_spec_tag = "Records"

    @expose("/", methods=("GET",))  # type: ignore[untyped-decorator]
    @of_entity("read")
    def get_list(self, state: RequestState, entity: Entity) -> Response:
        """A page of records."""
        query, skip = read_query(state.store.catalog, state.actor, entity.key, request.args)
        query, parts = _without_parts(state, entity, query)
        if not query.columns:
            query = replace(query, columns=field_rights(state.store.catalog, state.actor, entity.key).visible)
        page = read_page(state.session, state.actor, query, skip)
        count = page.count
        if request.args.get("count") == "exact":
            count = insight.count_exact(state.session, state.actor, query)
        result = _with_parts(state, state.session, entity, page.rows, parts)
        return answer({"result": result, "count": count, "next": page.next})

    @expose("/_info", methods=("GET",))  # type: ignore[untyped-decorator]
    @of_entity("read")
    def info(self, state: RequestState, entity: Entity) -> Response:
        """Fields, options and rights, as far as the caller may know them."""
        return answer(describe_entity(state, entity))

    @expose("/", methods=("POST",))  # type: ignore[untyped-decorator]
    @of_entity("create")
    def post(self, state: RequestState, entity: Entity) -> Response:
        """Create one record, or all of a list."""
        rows, is_list = bodies.read_records()
        kept = idempotency.find(state)
        if isinstance(kept, Response):
            return kept
        saved = _Answer(state, entity)
        then = None if is_list else saved.read
        try:
            outcome = record.create(state.store, state.actor, entity.key, rows, door=DOOR, then=then)
        except BaseException:  # nothing was saved; a stale revision is replayed with the same key
            idempotency.release(state, kept)
            raise
        if isinstance(outcome, Refused):
            idempotency.release(state, kept)
            return refused(outcome)
        if is_list:
            made = [{"id": str(each), "version": 1} for each in outcome.ids]
            response = answer({"result": made, "count": len(made)}, 201)
        else:
            response = saved.response(201)
        idempotency.keep(state, kept, response)
        return response

    @expose("/<string:id>", methods=("GET",))  # type: ignore[untyped-decorator]
    @of_entity("read")
    def get(self, state: RequestState, entity: Entity, id: str) -> Response:  # noqa: A002 - the name of the route
        """One record."""
        record_id = read_id(id)
        found = None if record_id is None else _find(state, state.session, entity, record_id)
        return not_found() if found is None else _shown(found)

    @expose("/<string:id>", methods=("PUT",))  # type: ignore[untyped-decorator]
    @of_entity("update")
    def put(self, state: RequestState, entity: Entity, id: str) -> Response:  # noqa: A002
        """Replace all writable fields: those that are not sent become blank or false."""
        sent = bodies.read_record()
        return change_record(state, entity, id, sent._replace(values={**_blanks(state, entity), **sent.values}))

    @expose("/<string:id>", methods=("PATCH",))  # type: ignore[untyped-decorator]
    @of_entity("update")
    def patch(self, state: RequestState, entity: Entity, id: str) -> Response:  # noqa: A002
        """Change the fields that are sent."""
        return change_record(state, entity, id, bodies.read_record())

    @expose("/<string:id>", methods=("DELETE",))  # type: ignore[untyped-decorator]
    @of_entity("delete")
    def delete(self, state: RequestState, entity: Entity, id: str) -> Response:  # noqa: A002
        """Put a record into the bin."""
        record_id, version = read_id(id), _version(bodies.Sent({}))
        if record_id is None:
            return not_found()
        if isinstance(version, Response):
            return version
        read = {} if version is None else {record_id: version}
        outcome = record.delete(state.store, state.actor, entity.key, [record_id], door=DOOR, versions=read)
        return refused(outcome) if isinstance(outcome, Refused) else Response(status=204)

    @expose("/<string:id>/restore", methods=("POST",))  # type: ignore[untyped-decorator]
    @of_entity("restore")
    def restore(self, state: RequestState, entity: Entity, id: str) -> Response:  # noqa: A002
        """Take a record out of the bin."""
        record_id = read_id(id)
        if record_id is None:
            return not_found()
        saved = _Answer(state, entity)
        outcome = record.restore(state.store, state.actor, entity.key, [record_id], door=DOOR, then=saved.read)
        return refused(outcome) if isinstance(outcome, Refused) else saved.response(200)

    @expose("/<string:id>/transition", methods=("POST",))  # type: ignore[untyped-decorator]
    @of_entity("transition")
    def transition(self, state: RequestState, entity: Entity, id: str) -> Response:  # noqa: A002
        """Move a record to another stage, or ask for the approval that the move needs."""
        lines = list(entity.pipelines.values())
        if not lines:
            return not_found()
        to, sent, comment = bodies.read_transition()
        stage = next((line.field for line in lines if to in line.stages), lines[0].field)
        if comment is not None:
            return _ask_for(state, entity, id, (stage, to), sent, comment)
        return change_record(state, entity, id, sent._replace(values={stage: to}))


def _ask_for(
    state: RequestState, entity: Entity, text_id: str, move: tuple[str, str], sent: bodies.Sent, comment: str
) -> Response:
    """202 with the approval that waits now; 200 with the record where the move needs nobody and is made."""
    record_id, version = read_id(text_id), _version(sent)
    if record_id is None:
        return not_found()
    if isinstance(version, Response):
        return version
    field, to = move
    outcome = ask_for(
        state.store, state.actor, entity.key, record_id, to, field=field, comment=comment, confirm=sent.confirm,
        version=version, door=DOOR,
    )  # fmt: skip
    if isinstance(outcome, Refused):
        return refused(outcome)
    if outcome.approval is not None:
        return asked_answer(state, outcome.approval)
    found = _find(state, state.session, entity, record_id)
    return answer({"id": str(record_id), "result": None}) if found is None else _shown(found)


def change_record(
    state: RequestState,
    entity: Entity,
    text_id: str,
    sent: bodies.Sent,
    overrule: Mapping[str, Overruling | None] = NOTHING,
) -> Response:
    """Saves a change of one record and answers with it. What `If-Match` names is compared, else the version that was sent."""
    record_id = read_id(text_id)
    if record_id is None:
        return not_found()
    version = _version(sent)
    if isinstance(version, Response):
        return version
    change = Change(record_id, sent.values, version, confirm=sent.confirm, overrule=overrule)
    saved = _Answer(state, entity)
    outcome = record.update(state.store, state.actor, entity.key, [change], door=DOOR, then=saved.read)
    return refused(outcome) if isinstance(outcome, Refused) else saved.response(200)


def _version(sent: bodies.Sent) -> int | Response | None:
    """The version that was read, by `If-Match` before the body; an answer where that can't be read."""
    if_match = request.headers.get("If-Match", "").strip()
    if not if_match or if_match == "*":
        return sent.version
    match = _ETAG.fullmatch(if_match)
    return malformed("If-Match is the ETag of the record, a number in quotes.") if match is None else int(match[1])


class _Answer:
    """What the caller may see of the record that he saved, read in the transaction that saved it."""

    def __init__(self, state: RequestState, entity: Entity) -> None:
        self.state = state
        self.entity = entity
        self.id = 0
        self.found: _Found | None = None

    def read(self, session: Session, saved: Saved) -> None:
        """Takes the record from the session of the write, which carries the caller's scopes as any other."""
        self.id = saved.ids[0]
        self.found = _find(self.state, session, self.entity, self.id)

    def response(self, status: int) -> Response:
        """The record; without a result where it is out of the caller's sight, for he may have given it away."""
        if self.found is None:
            return answer({"id": str(self.id), "result": None}, status)
        return _shown(self.found, status)


class _Found(NamedTuple):
    """A record, its wire form with all of its parts, and what is overruled of it; None where nothing can be."""

    row: insight.Row
    result: Mapping[str, Any]
    overrides: Mapping[str, Any] | None


def _find(state: RequestState, session: Session, entity: Entity, record_id: int) -> _Found | None:
    row = insight.get_record(session, state.actor, entity.key, record_id)
    if row is None:
        return None
    clear = field_rights(state.store.catalog, state.actor, entity.key).clear
    overrides = None
    if any(key in clear for key in overrides_of(entity)):
        found = insight.overridden(session, state.actor, entity.key, record_id)
        overrides = {key: insight.override_to_wire(each) for key, each in found.items()}
    return _Found(row, _with_parts(state, session, entity, (row,), None)[0], overrides)


def _shown(found: _Found, status: int = 200) -> Response:
    beside = {} if found.overrides is None else {"overrides": found.overrides}
    return answer({"id": str(found.row.id), "result": found.result, **beside}, status, found.row.version)


def _without_parts(
    state: RequestState, entity: Entity, query: insight.ListQuery
) -> tuple[insight.ListQuery, list[str]]:
    """The query without the names of parts among its columns, and those names: a list has no parts unless it is asked."""
    links = state.store.catalog.parts_of(entity.key)
    parts = [name for name in query.columns if name in links]
    if not parts:
        return query, []
    columns = tuple(name for name in query.columns if name not in links)
    return replace(query, columns=columns or ("id",)), parts


def _with_parts(
    state: RequestState, session: Session, entity: Entity, rows: Sequence[insight.Row], names: list[str] | None
) -> list[dict[str, Any]]:
    """Rows in wire form with their parts: those named, or all (None)."""
    parts = insight.parts_to_wire(session, state.actor, entity.key, [row.id for row in rows], names)
    return [{**to_wire(state.store.catalog, row), **parts[row.id]} for row in rows]


def _blanks(state: RequestState, entity: Entity) -> dict[str, Any]:
    """What a PUT makes of the fields that it does not send. Masked values, numbers, stages and the record's currency stay."""
    rights = field_rights(state.store.catalog, state.actor, entity.key)
    writable = rights.writable(creating=False) - set(ASSIGNABLE_FIELDS) - set(rights.masks)
    blanks: dict[str, Any] = {}
    for key, field in entity.fields.items():
        if key == CURRENCY_FIELD and entity.currency is not None:
            continue
        if key in writable and field.type not in {"sequence", "stage"}:
            blanks[key] = bool(field.default) if field.holds == "boolean" else None
    return blanks


def describe_entity(state: RequestState, entity: Entity) -> dict[str, Any]:
    """`_info`: label, verbs, and each visible field with its type, rights and options."""
    catalog, language = state.store.catalog, state.language
    rights = field_rights(catalog, state.actor, entity.key)
    creatable, updatable = rights.writable(creating=True), rights.writable(creating=False)
    fields = [
        {
            "name": key,
            "type": entity.every_field[key].type,
            "label": entity.every_field[key].label.in_language(language),
            "required": entity.every_field[key].required,
            "masked": key in rights.masks,
            "filter": key in rights.clear,
            "create": key in creatable,
            "update": key in updatable,
            **_more_of_field(state, entity, entity.every_field[key]),
        }
        for key in rights.visible
    ]
    verbs = [verb for verb in VERBS if isinstance(decide(catalog, state.actor, verb, entity.key), Allowed)]
    return {
        "name": entity.key,
        "label": entity.label.in_language(language),
        "plural": entity.plural.in_language(language),
        "permissions": [f"can_{verb}" for verb in verbs],
        "fields": fields,
        **_parts_of(state, entity),
    }


def _parts_of(state: RequestState, entity: Entity) -> dict[str, Any]:
    """What is written with the record, as lists under these names."""
    catalog = state.store.catalog
    parts = []
    for link in catalog.parts_of(entity.key).values():
        described = describe_entity(state, catalog.entities[link.entity])
        kept = [field for field in described["fields"] if _is_of_part(link, catalog, field["name"])]
        parts.append({**described, "name": link.name, "fields": kept})
    return {"parts": parts} if parts else {}


def _is_of_part(link: PartLink, catalog: Catalog, name: str) -> bool:
    return name == "id" or (name in catalog.entities[link.entity].fields and name != link.field)


def _more_of_field(state: RequestState, entity: Entity, field: Field) -> dict[str, Any]:
    catalog, actor, language = state.store.catalog, state.actor, state.language
    more: dict[str, Any] = {}
    if field.target:
        more["to"] = field.target
    elif field.targets:
        seen = [each for each in field.targets if isinstance(decide(catalog, actor, "read", each), Allowed)]
        more["to"] = seen if len(field.targets) > 1 else "".join(seen) or None
    if field.is_list:
        more["many"] = True
    if field.is_computed:
        more["computed"] = True
        more["override"] = field.key in field_rights(catalog, actor, entity.key).overridable
    if field.link_fields:
        more["link_fields"] = [
            {
                "name": own,
                "type": each.type,
                "label": each.label.in_language(language),
                **_more_of_field(state, entity, each),
            }
            for own, each in field.own_fields.items()
        ]
    if field.holds == "text":
        more["max_length"] = field.length_limit
    if field.holds == "file":
        more |= {"many": field.many, "max_size": field.size_limit, "accept": list(field.accepted)}
    if field.type == "rating":
        more["max"] = field.stars
    if field.translated:
        more["languages"] = list(text_columns(catalog, field))
    if field.key in converted_fields(entity):
        more["currency"], more["company"] = CURRENCY_FIELD, field.key + COMPANY_SUFFIX
    choices = catalog.choices(entity.key, field.key)
    if choices:
        more["options"] = [
            {"value": each.key, "label": each.label.in_language(language)}
            for each in choices.values()
            if not each.retired
        ]
    return more
