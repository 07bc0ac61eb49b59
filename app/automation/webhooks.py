"""The action that posts records to another system: what is sent is worked out when it happens, and signed when it leaves.

Only the fields that the action names are sent, as REST gives them to one who sees all. Address and secret are read from the
environment at each attempt, and stand in no row: a hook whose address is not set there is switched off.
"""

from __future__ import annotations

import datetime as dt
import json
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

import sqlalchemy as sa

from app.access import reading
from app.automation.deliveries import Answer, Delivery, ToDeliver, queue
from app.automation.doing import AUTOMATION, Act, Doing
from app.definition.action import Webhook
from app.definition.grammars import variable_of
from app.delivery.outbound import Answered, CallFailed, Outbound
from app.delivery.reach import CallRefused, read_reach
from app.delivery.signature import HEADER, sign
from app.delivery.variables import NotSet, filled_address, filled_secret
from app.insight import Filter, ListQuery, list_records
from app.insight.wire import value_to_wire
from app.orm.framework import outbox
from app.orm.store import Store
from app.record import Saved
from app.settings import Settings

KIND = "webhook"
AT_ONCE = 500  # records of a statement
LONGEST_WAIT = dt.timedelta(days=1)  # that a receiver may ask for
_TRY_AGAIN = frozenset({408, 409, 425, 429})


def _said(doing: Doing) -> Webhook:
    said = doing.action.webhook
    assert said is not None
    return said


def _read(doing: Doing) -> dict[int, dict[str, Any]]:
    """What is said of each record: of one that is gone its id alone."""
    said, unit = _said(doing), doing.unit
    if not is_switched_on(said):
        return {}
    fields: dict[int, dict[str, Any]] = {}
    with reading(unit.store, AUTOMATION, unit.connection) as session:
        for start in range(0, len(doing.records) if said.fields else 0, AT_ONCE):
            wanted = Filter("id", "in", doing.records[start : start + AT_ONCE])
            query = ListQuery(doing.entity, said.fields, (wanted,), sort=(), limit=AT_ONCE, counted=False)
            for row in list_records(session, AUTOMATION, query).rows:
                fields[row.id] = {key: value_to_wire(row.values[key]) for key in said.fields}
    events = _events(doing)
    return {
        record: {
            "hook": f"{doing.source}.{doing.action.key}",
            "entity": doing.entity,
            "id": str(record),
            **dict(zip(("event", "at"), events.get(doing.events.get(record, 0), ("clock", unit.at)), strict=True)),
            "fields": fields.get(record, {}),
        }
        for record in doing.records
    }


def _events(doing: Doing) -> dict[int, tuple[str, dt.datetime]]:
    """By event what happened, and when."""
    wanted = sorted(set(doing.events.values()))
    if not wanted:
        return {}
    rows = doing.unit.connection.execute(
        sa.select(outbox.c.id, outbox.c.kind, outbox.c.at).where(outbox.c.id.in_(wanted))
    )
    return {row.id: (row.kind, row.at) for row in rows}


def _queue(doing: Doing, bodies: dict[int, dict[str, Any]]) -> Saved:
    said = _said(doing)
    wanted = [
        ToDeliver(
            key=doing.key(record),
            kind=KIND,
            target=said.url,
            host=host_of(said.url),
            content={
                "url": said.url,
                "secret": said.secret,
                "body": {
                    **bodies[record],
                    "at": value_to_wire(bodies[record]["at"]),
                    "sequence": _sequence(doing, record),
                },
            },
            record=record,
        )
        for record in doing.records
        if record in bodies
    ]
    made = queue(doing, wanted)
    return Saved((0,) * made, (0,) * made)  # so many; no records


def _sequence(doing: Doing, record: int) -> int:
    """A number that grows with each thing that happens to a record: who gets an older one later knows."""
    return doing.events.get(record) or doing.unit.changed_seq


ACT = Act(_queue, _read)


def is_switched_on(hook: Webhook) -> bool:
    """Whether the environment says what the address of a hook takes from it. One that may not take it is tried, and told of."""
    try:
        filled_address(hook.url)
    except NotSet:
        return False
    except CallRefused:
        return True
    return True


def host_of(url: str) -> str:
    """What answers or fails together: the host, or the variable that holds it."""
    variable, closed, _ = url.partition("}")
    return variable + closed if variable.startswith("${env:") else urlsplit(url).netloc.lower()


def send(delivery: Delivery, store: Store, settings: Settings) -> Answer:
    """Posts it, signed at this moment."""
    content, at = delivery.content, int(store.clock().timestamp())
    body = json.dumps(content["body"], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": quote(delivery.key, safe=":.-_")}
    try:
        if content["secret"]:
            headers[HEADER] = sign(filled_secret(variable_of(content["secret"])), body, at)
        answered = Outbound(read_reach(settings.outbound_allow)).post(filled_address(content["url"]), body, headers)
    except NotSet as error:
        return Answer(False, f"{error} is not set in the environment")
    except CallRefused as error:
        return Answer(False, str(error), final=True)
    except CallFailed as error:
        return Answer(False, str(error))
    return judged(answered, store.clock())


def judged(answered: Answered, now: dt.datetime) -> Answer:
    """What an answer means: 2xx is delivered; what says that it never will be is final; nothing of its body is told."""
    status = answered.status
    phrase = HTTPStatus(status).phrase if status in list(HTTPStatus) else ""
    text = f"{status} {phrase}".strip()
    if 200 <= status < 300:
        return Answer(True, text)
    if 300 <= status < 400:
        return Answer(False, f"{text}: redirects are not followed")
    final = 400 <= status < 500 and status not in _TRY_AGAIN
    return Answer(False, text, final, None if final else _wait(answered.headers.get("retry-after", ""), now))


def _wait(asked: str, now: dt.datetime) -> dt.timedelta | None:
    """How long a receiver asks to be left alone, in seconds or until a moment."""
    if asked.isascii() and asked.isdigit() and len(asked) < 9:
        return min(dt.timedelta(seconds=int(asked)), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(asked)
    except ValueError:
        return None
    return max(dt.timedelta(), min(until - now, LONGEST_WAIT)) if until.tzinfo is not None else None
