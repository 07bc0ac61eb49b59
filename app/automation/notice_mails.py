"""Notices by mail, for who wishes it: each as it comes, or those of a day together, at an hour of his.

A delivery holds the numbers of the notices alone. What they say is worked out when it is sent: in the person's language, with
names as far as he sees the records then, and nothing of what he has read meanwhile.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.access import Actor, actor_of_user, reading
from app.automation.deliveries import Answer, Delivery, ToDeliver, queue_in
from app.automation.doing import AUTOMATION, DONE, DOOR
from app.automation.mail_stops import stopped_among
from app.automation.mails import HOST, handed_over, message_id, sender_of
from app.automation.notice_words import names_wanted, place_of, words_of
from app.automation.told import unread_among
from app.automation.wishes import Wishes, area_of, wishes_of
from app.delivery.lines import one_line
from app.delivery.mail import LONGEST_SUBJECT, Mail
from app.insight import labels
from app.orm.framework import notice
from app.orm.store import Store
from app.orm.tuples import among
from app.record import Saved, Unit, in_unit
from app.record.mail_stops import as_stopped
from app.record.unit import zone as zone_called
from app.settings import Settings

KIND = "notices"
AT_ONCE = 2_000  # notices
MOST_LINES = 50
A_DAY = dt.timedelta(days=1)
_SEVERAL = {"en": "{count} notices", "zh": "您有 {count} 条通知"}
_MORE = {"en": "and {count} more", "zh": "另有 {count} 条"}
_WHY = {"en": "You chose to get these by mail", "zh": "您选择了通过邮件接收通知"}
log = logging.getLogger(__name__)


def mail_notices(store: Store) -> bool:
    """Queues the mails of notices whose time has come; False where none is waiting. Several may do this at once."""
    now = store.clock()
    with store.system_reading() as connection:
        rows = connection.execute(due_notices(now).order_by(notice.c.mail_due).limit(AT_ONCE)).all()
        people = _people(store, connection, {row.user_id for row in rows}) if rows else {}
        wishes = wishes_of(connection, people)
        stopped = (
            stopped_among(connection, (address for address, _ in people.values()), marketing=False) if people else set()
        )
    if not rows:
        return False
    due: dict[int, list[int]] = defaultdict(list)
    later: dict[dt.datetime | None, list[int]] = defaultdict(list)
    for row in rows:
        address, zone = people.get(row.user_id, ("", dt.UTC))
        at = mail_moment(wishes[row.user_id], row, zone) if address and as_stopped(address) not in stopped else None
        if at is not None and at <= now:
            due[row.user_id].append(row.id)
        else:
            later[at].append(row.id)
    in_unit(store, AUTOMATION, DOOR, partial(_queue, due, later, people))
    return True


def due_notices(now: dt.datetime) -> sa.Select[Any]:
    """The rows of those whose mail is due, or whose time is to be worked out."""
    return sa.select(notice).where(notice.c.mail_due <= now)


def mail_moment(wishes: Wishes, row: Any, zone: dt.tzinfo) -> dt.datetime | None:
    """When a notice is told by mail: of one for the mail of the day at the next hour of that, in his zone, but not while he
    rests. None where he does not wish it, or has read it.
    """
    way, show_at = wishes.way(area_of(row.kind)), cast("dt.datetime", row.show_at)
    if row.read_at is not None or way not in {"mail", "digest"}:
        return None
    if way == "mail":
        return show_at
    local = cast("dt.datetime", row.at).astimezone(zone)
    at = local.replace(hour=wishes.hour, minute=0, second=0, microsecond=0)
    if at < local:
        at = (at.replace(tzinfo=None) + A_DAY).replace(tzinfo=zone)  # by the clock on the wall
    return max(at.astimezone(dt.UTC), show_at)


def _people(store: Store, connection: Connection, ids: set[int]) -> dict[int, tuple[str, dt.tzinfo]]:
    """Address and zone of those who are active and have an address."""
    person = store.models.tables["user"]
    here = among(person.c.id, "ids", connection.dialect)
    query = sa.select(person.c.id, person.c.email, person.c.time_zone).where(
        here, person.c.active, person.c.deleted_at.is_(None), person.c.email.is_not(None)
    )
    company = store.catalog.pack.time_zone
    return {
        row.id: (row.email, zone_called(row.time_zone or company))
        for row in connection.execute(query, {"ids": sorted(ids)})
    }


def _queue(
    due: Mapping[int, Sequence[int]],
    later: Mapping[dt.datetime | None, Sequence[int]],
    people: Mapping[int, tuple[str, dt.tzinfo]],
    unit: Unit,
) -> Saved:
    c = unit.connection
    waiting = notice.c.mail_due.is_not(None)
    for at, ids in later.items():
        c.execute(sa.update(notice).where(notice.c.id.in_(ids), waiting).values(mail_due=at))
    for user, ids in due.items():
        taken = sa.update(notice).where(notice.c.id.in_(ids), waiting).values(mail_due=None, mailed_at=unit.at)
        mine = sorted(c.execute(taken.returning(notice.c.id)).scalars())
        if mine:  # else another has them
            content = {"user": user, "notices": mine}
            key = f"{KIND}:{user}:{mine[0]}-{mine[-1]}"
            queue_in(
                unit, [ToDeliver(key=key, kind=KIND, target=people[user][0], host=HOST, content=content, user=user)]
            )
    return DONE


def send_notices(claimed: Delivery, store: Store, settings: Settings) -> Answer:
    """Sends the mail of some notices to whom they are for."""
    user, ids = int(claimed.content["user"]), [int(each) for each in claimed.content["notices"]]
    with store.system_reading() as connection:
        actor = actor_of_user(connection, store.models, user)
        if actor is None:
            return Answer(False, "not active", dropped=True)
        with reading(store, actor, connection) as session:
            told = unread_among(session, user, ids)
            names = labels(session, names_wanted(store.catalog, told)) if told else {}
    if not told:
        return Answer(False, "read already", dropped=True)
    lines = [(words_of(each, names, actor.language), place_of(store.catalog, each, names)) for each in told]
    return handed_over(settings, claimed, _mail(store, settings, claimed, actor, lines))


def _mail(store: Store, settings: Settings, claimed: Delivery, actor: Actor, lines: Sequence[tuple[str, str]]) -> Mail:
    language, base = actor.language, settings.base_url
    one = one_line(lines[0][0]) if len(lines) == 1 else _in(_SEVERAL, language).format(count=len(lines))
    shown = [
        f"- {one_line(text)}" + (f"\n  {base}{path}" if base and path else "") for text, path in lines[:MOST_LINES]
    ]
    if len(lines) > MOST_LINES:
        shown.append(_in(_MORE, language).format(count=len(lines) - MOST_LINES))
    why = _in(_WHY, language) + (f": {base}/profile/" if base else "")
    return Mail(
        message_id=message_id(settings, claimed), sender=sender_of(settings), to=claimed.target, subject=one[:LONGEST_SUBJECT],
        text="\n".join([*shown, "", "--", why, ""]), sender_name=store.catalog.pack.label.in_language(language),
        at=claimed.created_at, language=language,
    )  # fmt: skip


def _in(words: Mapping[str, str], language: str) -> str:
    return words.get(language, words["en"])
