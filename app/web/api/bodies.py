"""Reading what a program sent: JSON, strictly, with a plain word for whatever is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn

from flask import request
from marshmallow import INCLUDE, RAISE, Schema, ValidationError, fields

from app.record import New

MOST_RECORDS = 500  # of one POST
_ID = re.compile(r"[1-9][0-9]{0,18}")
LARGEST_ID = 2**63 - 1


class Sent(NamedTuple):
    """Values for a record, the version that was read if it was sent, and the reasons of confirmed warnings by code."""

    values: dict[str, Any]
    version: int | None = None
    confirm: Mapping[str, str] = MappingProxyType({})


BESIDE: dict[str, Any] = {
    "version": {"type": "integer"},
    "confirm": {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "Confirmed warnings: the code of each (`rule.big_discount`, `duplicate.same`) with the reason.",
    },
}
"""What OpenAPI says of what is sent beside values."""
CLOSED: dict[str, Any] = {"type": "object", "additionalProperties": False}
"""What OpenAPI says of a body in which nothing unknown may stand."""


class BadRequestBody(Exception):
    """The body can't be read; the text says why."""


class CommentBody(Schema):
    """`{comment}` of who asks for an approval, decides or takes it back."""

    class Meta:
        """What is not known is refused."""

        unknown = RAISE

    comment = fields.String(load_default="", allow_none=True)


class AnswerBody(Schema):
    """`{yes, note}` of a point of a checklist; yes is null as long as it is open."""

    class Meta:
        """What is not known is refused."""

        unknown = RAISE

    yes = fields.Boolean(load_default=None, allow_none=True, truthy={True}, falsy={False})
    note = fields.String(load_default="", allow_none=True)


class AnswersBody(Schema):
    """`{answers}` of who does a review, by point."""

    class Meta:
        """What is not known is refused."""

        unknown = RAISE

    answers = fields.Dict(keys=fields.String(), values=fields.Nested(AnswerBody), required=True)


class ReasonBody(Schema):
    """`{reason}` of who skips a review. That there is one is judged where it is written."""

    class Meta:
        """What is not known is refused."""

        unknown = RAISE

    reason = fields.String(load_default="", allow_none=True)


class TransitionBody(Schema):
    """`{to, version, confirm, approval}` of a stage change."""

    class Meta:
        """What is not known is refused."""

        unknown = RAISE

    to = fields.String(required=True)
    version = fields.Integer(strict=True)
    confirm = fields.Dict(keys=fields.String(), values=fields.String())
    approval = fields.Nested(CommentBody)


class OverrideBody(Schema):
    """`{value, reason, version, confirm}` of what counts instead of a computed value. The write path judges the first two."""

    class Meta:
        """What is not known is refused."""

        unknown = RAISE

    value = fields.Raw(required=True, allow_none=True)
    reason = fields.Raw(load_default=None, allow_none=True)
    version = fields.Integer(strict=True)
    confirm = fields.Dict(keys=fields.String(), values=fields.String())


class WithdrawBody(Schema):
    """`{version, confirm}` of a computed value that counts again."""

    class Meta:
        """What is not known is refused."""

        unknown = RAISE

    version = fields.Integer(strict=True)
    confirm = fields.Dict(keys=fields.String(), values=fields.String())


class PlaceBody(Schema):
    """`{user, place}` of who gives a place on a record's team. The write path judges both."""

    class Meta:
        """What is not known is refused."""

        unknown = RAISE

    user = fields.Raw(required=True, allow_none=True)
    place = fields.Raw(required=True, allow_none=True)


class RecordBody(Schema):
    """The envelope of a record: what is not a field of the entity. Fields are judged by the write path alone."""

    class Meta:
        """Fields pass through."""

        unknown = INCLUDE

    version = fields.Integer(strict=True, allow_none=True)
    confirm = fields.Dict(keys=fields.String(), values=fields.String())


_TRANSITION, _OVERRIDE, _WITHDRAW, _RECORD = TransitionBody(), OverrideBody(), WithdrawBody(), RecordBody()
_COMMENT, _ANSWERS, _REASON, _PLACE = CommentBody(), AnswersBody(), ReasonBody(), PlaceBody()


def read_id(text: str) -> int | None:
    """The id in a URL; None for what can't be one."""
    return int(text) if _ID.fullmatch(text) and int(text) <= LARGEST_ID else None


def read_number(key: str, otherwise: int) -> int | None:
    """A number of the query, `otherwise` where it is not given; None for what is none."""
    return read_id(request.args[key]) if key in request.args else otherwise


def read_json() -> Any:
    """The body as JSON; numbers with a point are Decimals. Raises BadRequestBody."""
    if request.mimetype not in {"application/json", ""} and not request.mimetype.endswith("+json"):
        raise BadRequestBody("Send JSON: Content-Type: application/json.")
    try:
        return json.loads(
            request.get_data(), parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_once
        )
    except RecursionError as error:
        raise BadRequestBody("The JSON is nested too deeply.") from error
    except ValueError as error:
        raise BadRequestBody(f"The body is not JSON: {str(error)[:200]}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no key stands twice: which of the two was meant is not ours to say."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in an object")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def read_records() -> tuple[list[New], bool]:
    """The records of a POST, each with what it confirms, and whether it was a list. Raises BadRequestBody."""
    body = read_json()
    rows = body if isinstance(body, list) else [body]
    if not rows or len(rows) > MOST_RECORDS:
        raise BadRequestBody(f"Send a record, or a list of 1 to {MOST_RECORDS} records.")
    return [_record(row) for row in rows], isinstance(body, list)


def read_record() -> Sent:
    """The values of a PUT or PATCH. Raises BadRequestBody."""
    record = _record(read_json())
    values: dict[str, Any] = dict(record.values)
    return Sent(values, values.pop("version", None), record.confirm)


def read_transition() -> tuple[str, Sent, str | None]:
    """The stage to go to, what was sent besides, and the comment with which an approval is asked for; None: the move is to
    be made. Raises BadRequestBody.
    """
    body = _load(_TRANSITION, read_json())
    comment = body["approval"]["comment"] or "" if "approval" in body else None
    return body["to"], Sent({}, body.get("version"), body.get("confirm", {})), comment


def read_comment() -> str:
    """What was sent with a decision. Raises BadRequestBody."""
    return _load(_COMMENT, read_json())["comment"] or ""


def read_answers() -> dict[str, tuple[bool | None, str]]:
    """By point of a checklist yes, no or None, and a note. Raises BadRequestBody."""
    answers = _load(_ANSWERS, read_json())["answers"]
    return {point: (given["yes"], given["note"] or "") for point, given in answers.items()}


def read_reason() -> str:
    """Why a review is skipped; blank where nothing was said. Raises BadRequestBody."""
    return _load(_REASON, read_json())["reason"] or ""


def read_place() -> tuple[object, object]:
    """Who is to get a place on a record's team, and which. Raises BadRequestBody."""
    body = _load(_PLACE, read_json())
    return body["user"], body["place"]


def read_override() -> tuple[object, object, Sent]:
    """The value that is to count, the reason, and what was sent besides. Raises BadRequestBody."""
    body = _load(_OVERRIDE, read_json())
    return body["value"], body["reason"], Sent({}, body.get("version"), body.get("confirm", {}))


def read_withdrawal() -> Sent:
    """What was sent with a DELETE, which needs no body. Raises BadRequestBody."""
    body = _load(_WITHDRAW, read_json()) if request.get_data() else {}
    return Sent({}, body.get("version"), body.get("confirm", {}))


def _record(row: Any) -> New:
    loaded = _load(_RECORD, row)
    values = {
        key: loaded[key] for key in row if key in loaded
    }  # marshmallow mixes them up: errors come as what was sent
    return New(values, values.pop("confirm", {}))


def _load(schema: Schema, body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise BadRequestBody("A record is a JSON object.")
    try:
        loaded: dict[str, Any] = schema.load(body)
    except ValidationError as error:
        raise BadRequestBody(f"Not as expected: {json.dumps(error.messages)[:500]}") from error
    return loaded
