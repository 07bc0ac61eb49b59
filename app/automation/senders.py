"""How each kind of delivery is sent."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from app.automation import extensions, mails, notice_mails, webhooks
from app.automation.deliveries import Send

SENDERS: Mapping[str, Send] = MappingProxyType(
    {
        mails.KIND: mails.send_mail,
        webhooks.KIND: webhooks.send,
        extensions.KIND: extensions.run,
        notice_mails.KIND: notice_mails.send_notices,
    }
)
