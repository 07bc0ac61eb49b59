"""How each kind of delivery is sent."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from app.automation.deliveries import Send
from app.automation.mails import KIND, send_mail

SENDERS: Mapping[str, Send] = MappingProxyType({KIND: send_mail})
