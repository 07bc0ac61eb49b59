"""Mails with a link for who forgot his password.

A delivery holds the number of the person alone. The link is made when the mail is sent, so that nothing that is kept tells it:
a random token of 256 bits, of which the table has the digest, good for half an hour and once.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.access import actor_of_user
from app.automation.deliveries import Answer, Delivery, ToDeliver, queue_in
from app.automation.doing import AUTOMATION, DOOR
from app.automation.mail_links import base_address
from app.automation.mails import HOST
from app.automation.worded_mails import send_words
from app.delivery.mail import MailRefused
from app.orm.framework import ab_user, delivery, outside_login
from app.orm.store import Store
from app.record import Saved, Unit, in_unit, make_link_of
from app.record.people import UNUSABLE_PASSWORD
from app.settings import Settings

KIND = "reset"
LIFE = dt.timedelta(minutes=30)
NOBODY = 0
MOST_PEOPLE = 5  # who share an address
_SUBJECT = {"en": "Your password for {where}", "zh": "您的 {where} 密码"}
_TEXT = {
    "en": "Hello {person},\n\nsomebody, probably you, said at the login that you forgot your password. Within 30 minutes you can "
    "choose a new one here, once:\n\n{link}\n\nIf it was not you, there is nothing to do: the present password still holds.\n",
    "zh": "{person}，您好：\n\n有人（可能是您本人）在登录页面表示忘记了密码。请在 30 分钟内通过以下链接设置新密码，链接仅可使用"
    "一次：\n\n{link}\n\n如果不是您本人的操作，请忽略此邮件，您的当前密码仍然有效。\n",
}


def ask_for_reset(store: Store, asked: str) -> None:
    """Queues a mail for each active person of that login or address; for nobody, nothing. It takes as long either way. Whose
    password ended when he came by a provider is sent none: an administrator lets him choose another.
    """

    def work(unit: Unit) -> Saved:
        found = _people(store, unit.connection, asked)
        letters = [_letter(user, address) for user, address in found] or [_letter(NOBODY, "")]
        queue_in(unit, letters)
        if not found:  # what was written for nobody was written to last as long as for somebody
            unit.connection.execute(sa.delete(delivery).where(delivery.c.key == letters[0].key))
        return Saved((), ())

    in_unit(store, AUTOMATION, DOOR, work)


def _letter(user: int, address: str) -> ToDeliver:
    key = f"{KIND}:{user}:{secrets.token_hex(8)}"
    return ToDeliver(key=key, kind=KIND, target=address, host=HOST, content={"user": user}, user=user)


def _people(store: Store, connection: Connection, asked: str) -> Sequence[tuple[int, str]]:
    person, wanted = store.models.tables["user"], asked.lower()
    elsewhere = sa.exists().where(outside_login.c.user_id == ab_user.c.id)
    query = (
        sa.select(person.c.id, person.c.email)
        .join_from(person, ab_user, ab_user.c.id == person.c.id)
        .where(ab_user.c.active, person.c.active, person.c.deleted_at.is_(None), person.c.email.is_not(None))
        .where(sa.or_(ab_user.c.password != UNUSABLE_PASSWORD, ~elsewhere))
        .where(sa.or_(sa.func.lower(ab_user.c.username) == wanted, sa.func.lower(person.c.email) == wanted))
        .order_by(person.c.id)
        .limit(MOST_PEOPLE)
    )
    return [(row.id, row.email) for row in connection.execute(query)]


def send_reset(claimed: Delivery, store: Store, settings: Settings) -> Answer:
    """Makes a link and sends it, unless the person has left, or it was asked for too long ago."""
    user, now = int(claimed.content["user"]), store.clock()
    if now > claimed.created_at + LIFE:
        return Answer(False, "asked for too long ago", dropped=True)
    with store.system_reading() as connection:
        actor = actor_of_user(connection, store.models, user)
        person = store.models.tables["user"].c
        address = connection.execute(sa.select(person.email).where(person.id == user)).scalar()
    if actor is None:
        return Answer(False, "not active", dropped=True)
    if address != claimed.target:
        return Answer(False, "the address has changed", dropped=True)
    try:
        base = base_address(settings)
    except MailRefused as error:
        return Answer(False, str(error), final=True)
    with store.housekeeping() as connection:
        link = f"{base}/setup/{make_link_of(connection, user, now, LIFE, 'reset')}"
    return send_words(claimed, store, settings, actor, _SUBJECT, _TEXT, link=link)
