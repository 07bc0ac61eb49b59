"""How a masked value is shown. The length of what is covered is never told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from app.definition.privacy import MaskPattern

COVER = "****"
_CHINA = "+86"
_TAIL = 4


def _phone(value: str) -> str:
    """+8613812345678 is shown as 138****5678; of a short number only the last two digits."""
    number = value.removeprefix(_CHINA)
    if len(number) >= 10:
        return f"{number[:3]}{COVER}{number[-_TAIL:]}"
    return COVER + (number[-2:] if len(number) >= 6 else "")


def _email(value: str) -> str:
    name, at, domain = value.partition("@")
    return f"{name[:1]}***@{domain}" if at and len(name) > 1 else COVER


def _name(value: str) -> str:
    """The first character: of a Chinese name that is the family name."""
    return f"{value[:1]}**" if len(value) > 1 else COVER


def _last4(value: str) -> str:
    return COVER + (value[-_TAIL:] if len(value) > 2 * _TAIL else "")


def _all(_: str) -> str:
    return COVER


_PATTERNS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"phone": _phone, "email": _email, "name": _name, "last4": _last4, "all": _all}
)


def mask(pattern: MaskPattern, value: object) -> str | None:
    """The value as someone sees it who may see its mask only. A blank stays blank."""
    return None if value is None or value == "" else _PATTERNS[pattern](str(value))


def is_mask(pattern: MaskPattern, posted: object, stored: object) -> bool:
    """Whether what was posted is a mask and thus says nothing new: it must never overwrite the value.

    Besides the mask of the stored value, anything with a run of asterisks counts: the form may be older than the value.
    """
    if isinstance(posted, Mapping):  # texts by language
        return any(isinstance(text, str) and is_mask(pattern, text, stored) for text in posted.values())
    if not isinstance(posted, str):
        return False
    return "**" in posted or (stored is not None and posted.strip() == mask(pattern, stored))
