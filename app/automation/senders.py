"""How each kind of delivery is sent."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from app.automation import extensions, login_mails, mails, notice_mails, reset_mails, webhooks
from app.automation.deliveries import Send

SENDERS: Mapping[str, Send] = MappingProxyType(
    {
        mails.KIND: mails.send_mail,
        webhooks.KIND: webhooks.send,
        extensions.KIND: extensions.run,
        notice_mails.KIND: notice_mails.send_notices,
        login_mails.KIND: login_mails.send_login_mail,
        reset_mails.KIND: reset_mails.send_reset,
    }
)
