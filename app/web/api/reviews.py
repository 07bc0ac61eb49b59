"""Reviews by REST: what is mine to do and what I see of others, answered, or skipped for a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request
from flask_appbuilder.api import BaseApi, expose

from app.automation.review_end import LONGEST_NOTE, Answer, finish, keep, skip
from app.insight import labels, value_to_wire
from app.insight.query import AnyReference, Reference
from app.insight.reviews import STATES, SeenReview, Wanted, reviews_page
from app.insight.reviews import review_of as find_review
from app.record import Refused, Saved
from app.web import context
from app.web.api.answers import answer, malformed, not_found, refused
from app.web.api.bodies import BadRequestBody, read_answers, read_id, read_number, read_reason
from app.web.api.listing import DEFAULT_LIMIT, LARGEST_LIMIT
from app.web.context import RequestState

DOOR = "api"
ALL = "all"
Names = Mapping[tuple[str, int], str]
Act = Callable[[RequestState, int], Saved | Refused]


class ReviewsApi(BaseApi):  # type: ignore[misc]  # the library publishes no types
    """Reviews as far as the caller sees their tasks."""

    route_base = "/api/v1/reviews"
    openapi_spec_tag = "Reviews"

    @expose("/", methods=("GET",))  # type: ignore[untyped-decorator]
    def get_list(self) -> Response:
        """Of the caller's own, unless `mine=false`, the open ones, unless `state` is another or all; in the order in which
        they were raised, at most `limit`, and as `next` the `cursor` of those after them.
        """
        state, asked = context.current(), request.args
        limit, after = read_number("limit", DEFAULT_LIMIT), read_number("cursor", 0)
        if limit is None or after is None or not 1 <= limit <= LARGEST_LIMIT:
            return malformed(f"limit is a number from 1 to {LARGEST_LIMIT}, cursor the id of a review.")
        which, mine = asked.get("state", "open"), asked.get("mine", "true")
        if which not in {*STATES, ALL} or mine not in {"true", "false"}:
            return malformed(f"state is one of {', '.join(STATES)}, {ALL}; mine is true or false.")
        wanted = Wanted(mine == "true", None if which == ALL else which, asked.get("review"))
        page = reviews_page(state.session, state.actor, wanted, after, limit)
        following = None if page.next is None else str(page.next)
        return answer({"result": _to_wire(state, page.found), "count": page.count, "next": following})

    @expose("/<string:review>", methods=("GET",))  # type: ignore[untyped-decorator]
    def get(self, review: str) -> Response:
        """One review."""
        found = _find(review)
        return not_found() if found is None else _shown(found)

    @expose("/<string:review>/done", methods=("POST",))  # type: ignore[untyped-decorator]
    def done(self, review: str) -> Response:
        """End it with answers to all points."""
        return _answer(review, finish)

    @expose("/<string:review>/keep", methods=("POST",))  # type: ignore[untyped-decorator]
    def keep(self, review: str) -> Response:
        """Keep the answers so far; it stays open."""
        return _answer(review, keep)

    @expose("/<string:review>/skip", methods=("POST",))  # type: ignore[untyped-decorator]
    def skip(self, review: str) -> Response:
        """End it without having done it, for a reason."""
        found = _find(review)
        if found is None:
            return not_found()
        try:
            reason = read_reason()
        except BadRequestBody as error:
            return malformed(str(error))
        return _act(found, lambda state, key: skip(state.store, state.actor, key, reason, door=DOOR))


def _answer(review: str, way: Callable[..., Saved | Refused]) -> Response:
    found = _find(review)
    if found is None:
        return not_found()
    try:
        answers = {point: Answer(*given) for point, given in read_answers().items()}
    except BadRequestBody as error:
        return malformed(str(error))
    known = context.current().store.catalog.reviews.get(found.review)
    strange = sorted(answers.keys() - (known.checklist if known is not None else {}).keys())
    if strange:
        return malformed(f"The checklist has no point {strange[0][:80]!r}.")
    return _act(found, lambda state, key: way(state.store, state.actor, key, answers, door=DOOR))


def _act(found: SeenReview, act: Act) -> Response:
    """Does it, and answers with the review as it is then; without a result where it is out of the caller's sight now."""
    state = context.current()
    state.close_session()
    outcome = act(state, found.id)
    if isinstance(outcome, Refused):
        return refused(outcome)
    now = find_review(state.session, state.actor, found.id)
    return answer({"id": str(found.id), "result": None}) if now is None else _shown(now)


def _find(review: str) -> SeenReview | None:
    state, key = context.current(), read_id(review)
    return None if key is None else find_review(state.session, state.actor, key)


def _shown(found: SeenReview) -> Response:
    return answer({"id": str(found.id), "result": _to_wire(context.current(), [found])[0]})


def _to_wire(state: RequestState, found: Sequence[SeenReview]) -> list[dict[str, Any]]:
    names = _names(state, found)
    today = context.now().astimezone(ZoneInfo(state.store.catalog.pack.time_zone)).date()
    return [_review(state, each, names, today) for each in found]


def _names(state: RequestState, found: Sequence[SeenReview]) -> Names:
    """The names, as far as the caller may see them, of records and people: a statement for each entity."""
    wanted: dict[str, set[int]] = {}
    for each in found:
        if each.entity in state.store.catalog.entities:
            wanted.setdefault(each.entity, set()).add(each.record)
        for person in (each.owner, each.ended_by):
            if person is not None:
                wanted.setdefault("user", set()).add(person)
    return labels(state.session, wanted) if wanted else {}


def _review(state: RequestState, seen: SeenReview, names: Names, today: dt.date) -> dict[str, Any]:
    known = state.store.catalog.reviews.get(seen.review)
    points = {key: each.label.in_language(state.language) for key, each in known.checklist.items()} if known else {}
    return {
        "id": str(seen.id),
        "review": seen.review,
        "label": (known.label.in_language(state.language) if known is not None else "") or seen.review,
        "record": value_to_wire(AnyReference(seen.entity, seen.record, names.get((seen.entity, seen.record)))),
        "period": seen.period.isoformat(),
        "task": str(seen.task),
        "state": seen.state,
        "owner": _person(names, seen.owner),
        "due": seen.due.isoformat() if seen.due is not None else None,
        "overdue": seen.is_overdue(today),
        "checklist": [_point(key, points.get(key), seen) for key in seen.points(points)],
        "reason": seen.reason,
        "raised_at": value_to_wire(seen.raised_at),
        "escalated_at": _moment(seen.escalated_at),
        "ended_at": _moment(seen.ended_at),
        "ended_by": _person(names, seen.ended_by),
    }


def _point(key: str, label: str | None, seen: SeenReview) -> dict[str, Any]:
    yes, note = seen.answers.get(key, (None, ""))
    return {"point": key, "label": label or key, "yes": yes, "note": note}


def _person(names: Names, user: int | None) -> dict[str, Any] | None:
    wire: dict[str, Any] | None = None
    if user is not None:
        wire = value_to_wire(Reference("user", user, names.get(("user", user))))
    return wire


def _moment(moment: dt.datetime | None) -> str | None:
    return None if moment is None else str(value_to_wire(moment))


def review_paths() -> dict[str, Any]:
    """What OpenAPI says of reviews."""
    base, key = "/api/v1/reviews/", {"name": "id", "in": "path", "required": True, "schema": _TEXT}
    several = {
        "type": "object",
        "properties": {"result": {"type": "array", "items": _REF}, "count": {"type": "integer"}, "next": _BLANK},
    }
    listed = _operation("list_reviews", "What is mine to do, or what I see", several)
    listed["parameters"] = [
        _parameter("mine", {"type": "string", "enum": ["true", "false"], "default": "true"}),
        _parameter("state", {"type": "string", "enum": [*STATES, ALL], "default": "open"}),
        _parameter("review", _TEXT),
        _parameter("limit", {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT}),
        _parameter("cursor", _TEXT),
    ]
    paths: dict[str, Any] = {
        base: {"get": listed},
        f"{base}{{id}}": {"parameters": [key], "get": _operation("read_review", "Read a review", _ONE)},
    }
    acts = (
        ("done", "End a review with answers to all its points", _ANSWERS, "answers"),
        ("keep", "Keep answers of a review that stays open", _ANSWERS, "answers"),
        ("skip", "End a review without having done it", {"type": "string", "maxLength": LONGEST_NOTE}, "reason"),
    )
    for word, summary, sent, name in acts:
        act = _operation(f"{word}_review", summary, _ONE)
        schema = {"type": "object", "required": [name], "properties": {name: sent}, "additionalProperties": False}
        act["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
        paths[f"{base}{{id}}/{word}"] = {"parameters": [key], "post": act}
    return paths


def _parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema}


def _operation(name: str, summary: str, schema: dict[str, Any]) -> dict[str, Any]:
    answers = {
        "200": {"description": "As it is now.", "content": {"application/json": {"schema": schema}}},
        "default": {"$ref": "#/components/responses/Problem"},
    }
    return {"operationId": name, "tags": ["reviews"], "summary": summary, "responses": answers}


_REF = {"$ref": "#/components/schemas/Review"}
_TEXT: dict[str, Any] = {"type": "string"}
_BLANK: dict[str, Any] = {"type": "string", "nullable": True}
_DAY: dict[str, Any] = {"type": "string", "format": "date"}
_WHEN: dict[str, Any] = {"type": "string", "format": "date-time"}
_YES: dict[str, Any] = {"type": "boolean", "nullable": True}
_NOTE: dict[str, Any] = {"type": "string", "maxLength": LONGEST_NOTE}
_SOMEONE: dict[str, Any] = {"nullable": True, "allOf": [{"$ref": "#/components/schemas/Reference"}]}
_ANSWERS: dict[str, Any] = {
    "type": "object",
    "description": "By point of the checklist. They take the place of all that were kept.",
    "additionalProperties": {
        "type": "object",
        "properties": {"yes": _YES, "note": {**_NOTE, "nullable": True}},
        "additionalProperties": False,
    },
}
_ONE: dict[str, Any] = {
    "type": "object",
    "properties": {"id": _TEXT, "result": {"nullable": True, "allOf": [_REF]}},
}
_POINT: dict[str, Any] = {
    "type": "object",
    "properties": {"point": _TEXT, "label": _TEXT, "yes": _YES, "note": _TEXT},
}
REVIEW_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": _TEXT,
        "review": _TEXT,
        "label": _TEXT,
        "record": {"type": "object", "properties": {"entity": _TEXT, "id": _TEXT, "label": _BLANK}},
        "period": _DAY,
        "task": _TEXT,
        "state": {"type": "string", "enum": list(STATES)},
        "owner": _SOMEONE,
        "due": {**_DAY, "nullable": True},
        "overdue": {"type": "boolean"},
        "checklist": {"type": "array", "items": _POINT},
        "reason": _BLANK,
        "raised_at": _WHEN,
        "escalated_at": {**_WHEN, "nullable": True},
        "ended_at": {**_WHEN, "nullable": True},
        "ended_by": _SOMEONE,
    },
}
