"""Mails about one's own login: that the address was changed, to the one before; that a way to log in came or went.

They are written in the transaction of what they tell. Who did not do it himself learns of it, and whom to ask.
"""

from __future__ import annotations

import secrets
from typing import Literal

import sqlalchemy as sa

from app.access import Actor, actor_of_user
from app.automation.deliveries import Answer, Delivery, ToDeliver, queue_in
from app.automation.mails import HOST
from app.automation.worded_mails import in_words_of, send_words
from app.orm.framework import passkey
from app.orm.store import Store
from app.record import Refused, Saved, Unit, email_of, in_unit, set_own_email_in
from app.settings import Settings

KIND = "login"
What = Literal["email", "passkey_added", "passkey_removed", "linked", "linked_too", "reset", "reset_keeps"]
_SUBJECT = {"en": "Your login at {where}", "zh": "您的 {where} 登录信息"}
_WORDS: dict[What, dict[str, str]] = {
    "email": {
        "en": "your e-mail was changed: mails go to another address from now on.",
        "zh": "您的邮箱已更改，今后的邮件将发送到新邮箱。",
    },
    "passkey_added": {
        "en": "the passkey “{name}” was added to your login.",
        "zh": "您的登录已添加通行密钥“{name}”。",
    },
    "passkey_removed": {
        "en": "the passkey “{name}” was removed from your login.",
        "zh": "您的登录已移除通行密钥“{name}”。",
    },
    "linked": {
        "en": "you log in by the company's own account from now on. Your password here, API keys and passkeys have ended; only your "
        "administrator can let you choose another password.",
        "zh": "您今后使用公司账号登录。您在此处的密码、API 密钥和通行密钥均已失效；如需重新设置密码，请联系管理员。",
    },
    "linked_too": {
        "en": "you may log in by the company's own account from now on. Your API keys and passkeys have ended; your password holds.",
        "zh": "您今后可以使用公司账号登录。您的 API 密钥和通行密钥均已失效；密码仍然有效。",
    },
    "reset": {
        "en": "a new password was chosen by a link that was sent to you. You were logged out everywhere; API keys have ended.",
        "zh": "已通过发送给您的链接设置新密码。您已在所有设备上退出登录，API 密钥均已失效。",
    },
    "reset_keeps": {
        "en": "a new password was chosen by a link that was sent to you. You were logged out everywhere; API keys have ended.\n\n"
        "These passkeys still let in whoever holds them: {name}. Remove those that you do not know, on the page of your login.",
        "zh": "已通过发送给您的链接设置新密码。您已在所有设备上退出登录，API 密钥均已失效。\n\n"
        "以下通行密钥仍可登录：{name}。请在“我的登录”页面移除您不认识的通行密钥。",
    },
}
_TEXT = {
    "en": "Hello {person},\n\n{what}\n\nIf it was not you, change your password and tell your administrator at once.\n",
    "zh": "{person}，您好：\n\n{what}\n\n如果不是您本人的操作，请立即修改密码并联系管理员。\n",
}


def change_own_email(store: Store, actor: Actor, email: str) -> Saved | Refused:
    """Gives who acts another address, and tells the one before. The caller has asked for his password or second factor."""

    def work(unit: Unit) -> Saved | Refused:
        before = email_of(unit, unit.actor.user_id or 0)
        saved = set_own_email_in(unit, email)
        if isinstance(saved, Saved) and before and before != email_of(unit, saved.ids[0]):
            tell_in(unit, saved.ids[0], "email", to=before)
        return saved

    return in_unit(store, actor, "form", work)


def tell_of_reset_in(unit: Unit, user_id: int) -> None:
    """Tells a person that his password was chosen anew by a link, and which passkeys still hold: who had read his mail may have
    added one.
    """
    mine = sa.select(passkey.c.name).where(passkey.c.user_id == user_id).order_by(passkey.c.id)
    names = unit.connection.execute(mine).scalars().all()
    tell_in(unit, user_id, "reset_keeps" if names else "reset", name=", ".join(f"“{each}”" for each in names))


def tell_in(unit: Unit, user_id: int, what: What, *, name: str = "", to: str | None = None) -> None:
    """Queues a mail to a person, or to an address that was his; none where he has no address."""
    address = to or email_of(unit, user_id)
    if address:
        content = {"user": user_id, "what": what, "name": name}
        key = f"{KIND}:{user_id}:{secrets.token_hex(8)}"
        queue_in(unit, [ToDeliver(key=key, kind=KIND, target=address, host=HOST, content=content, user=user_id)])


def send_login_mail(claimed: Delivery, store: Store, settings: Settings) -> Answer:
    """Sends one, in the language of its reader; nothing to who has left."""
    user, name = int(claimed.content["user"]), str(claimed.content["name"])
    with store.system_reading() as connection:
        actor = actor_of_user(connection, store.models, user)
    if actor is None:
        return Answer(False, "not active", dropped=True)
    what = in_words_of(actor, _WORDS[claimed.content["what"]]).format_map({"name": name})
    return send_words(claimed, store, settings, actor, _SUBJECT, _TEXT, what=what)
