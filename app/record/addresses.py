"""E-mail addresses, phone numbers and web addresses in their one written form."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import urlsplit

# What nearly every address looks like; the library decides on the rest (and takes fifty times as long).
_PLAIN_EMAIL = re.compile(
    r"[a-z0-9_]+(?:[.+-][a-z0-9_]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}", re.ASCII
)
_PHONE_SIGNS = re.compile(r"\+?[0-9][0-9 ()./-]*|\+?\([0-9][0-9 ()./-]*", re.ASCII)
_CHINESE_MOBILE = re.compile(r"(?:\+86|0086)?(1[3-9][0-9]{9})", re.ASCII)
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_PLAIN_URL = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}(?:/[!-~]*)?", re.ASCII)
_HOST = re.compile(r"[^\s\x00-\x20/?#@:\\<>\"{}|^`]+", re.UNICODE)


def email_address(text: str) -> str | None:
    """The address in lower case; None when it is none. Whether it can be delivered is not asked."""
    lower = text.lower()
    if _PLAIN_EMAIL.fullmatch(lower) and lower.index("@") <= 64 and "--" not in lower and len(lower) <= 254:
        return lower
    return _unusual_email(unicodedata.normalize("NFKC", lower))


@lru_cache(maxsize=1024)
def _unusual_email(text: str) -> str | None:
    from email_validator import EmailNotValidError, validate_email

    try:
        # Reserved names such as .local are right inside a company.
        found = validate_email(text, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return None
    domain = found.domain
    return found.normalized.lower() if "." in domain and not domain.rsplit(".", 1)[1].isdigit() else None


def phone_number(text: str, region: str) -> str | None:
    """The number in E.164 form, read as one dials it in `region`; None when it is none."""
    if region == "CN":
        mobile = _CHINESE_MOBILE.fullmatch(text)
        if mobile:
            return f"+86{mobile[1]}"
    return _any_phone(text, region)


@lru_cache(maxsize=4096)
def _any_phone(text: str, region: str) -> str | None:
    import phonenumbers

    dashed = unicodedata.normalize("NFKC", text).translate(_DASHES)
    if not _PHONE_SIGNS.fullmatch(dashed):  # the library would read letters, masks and extensions into it
        return None
    try:
        number = phonenumbers.parse(dashed, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


_DASHES = {ord(each): "-" for each in "‐‑‒–—―−"}


def web_address(text: str) -> str | None:
    """The address with its scheme, http or https (https where none is written); None when it is none."""
    if _PLAIN_URL.fullmatch(text):
        return text
    if any(each.isspace() for each in text):
        return None
    has_scheme = bool(_SCHEME.match(text)) and "://" in text
    if not has_scheme and "@" in text:  # mailto: and the like
        return None
    written = text if has_scheme else f"https://{text}"
    try:
        parts = urlsplit(written)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        return None
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not port_is_right or not _HOST.fullmatch(host):
        return None
    if not has_scheme and "." not in host:
        return None
    return f"{parts.scheme}{written[len(parts.scheme) :]}"
