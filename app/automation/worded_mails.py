"""Mails of the program's own words to one person, in his language: about his login, his password."""

from __future__ import annotations

from collections.abc import Mapping

from app.access import Actor
from app.automation.deliveries import Answer, Delivery
from app.automation.mails import handed_over, message_id, sender_of
from app.delivery.mail import Mail
from app.orm.store import Store
from app.settings import Settings


def send_words(
    claimed: Delivery, store: Store, settings: Settings, actor: Actor, subject: Mapping[str, str], text: Mapping[str, str],
    **words: str,
) -> Answer:  # fmt: skip
    """Sends subject and text, which may name `{person}`, `{where}` (what the company calls us) and these words."""
    where = store.catalog.pack.label.in_language(actor.language)
    words |= {"person": actor.name, "where": where or "Tenon"}
    mail = Mail(
        message_id=message_id(settings, claimed), sender=sender_of(settings), to=claimed.target,
        subject=in_words_of(actor, subject).format_map(words), text=in_words_of(actor, text).format_map(words),
        sender_name=where, at=claimed.created_at, language=actor.language,
    )  # fmt: skip
    return handed_over(settings, claimed, mail)


def in_words_of(actor: Actor, words: Mapping[str, str]) -> str:
    """A text in the language of a person."""
    return words.get(actor.language, words["en"])
