"""Who did what no person did, in words: the audit and the revisions keep these by names such as `system:jobs`."""

from __future__ import annotations

from app.access.system_roles import SYSTEM_ROLES
from app.web.i18n import TEXTS, text_in

SYSTEM = "system:"
_HOOK = "system:hook."
_KEY = "actor."


def actor_in_words(name: str, language: str) -> str:
    """The name of who acted, as it is told to people: that of a person as it is."""
    if name.startswith(_HOOK):
        return text_in(language, f"{_KEY}system:hook", name=name.removeprefix(_HOOK))
    return text_in(language, _KEY + name) if _KEY + name in TEXTS else name


def actor_of_words(words: str, language: str) -> str | None:
    """The system actor that is meant by what somebody typed: the name of one, or its words in his language. None for any other."""
    if words.startswith(SYSTEM):
        return words
    same = (name for name in SYSTEM_ROLES if actor_in_words(name, language).casefold() == words.casefold())
    return next(same, None)
