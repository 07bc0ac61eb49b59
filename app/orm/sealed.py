"""Values that are kept encrypted (AES-256-GCM), and the digests by which they are found all the same.

A sealed value belongs to its column and its row: it opens nowhere else. `SealedText` reads it with the number of its row beside
it, and writes only what names that row (`ToSeal`), so that nothing is compared with a sealed column by mistake.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
import os
import weakref
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.types import TypeDecorator

UNREADABLE = "\u26a0\u26a0\u26a0\u26a0"
"""Read in place of a value that does not open: it was altered, moved from another row, or sealed by a key that is not here."""
_NONCE = 12  # bytes
_VERSION = "1"
_LOG = logging.getLogger(__name__)


class Unreadable(ValueError):
    """What was sealed by another key, for another place, or was altered."""


class NoKeys(RuntimeError):
    """A database was opened without the keys of its sealed values."""


class ToSeal(NamedTuple):
    """A value that is to be sealed for the row of that number."""

    record: int
    value: str


class Digest(str):
    """A digest that was made already: the text of a value is made one when it is compared."""

    __slots__ = ()


class _Key:
    """What follows from one secret. `mark` stands before what it has sealed."""

    def __init__(self, secret: str) -> None:
        def derived(purpose: str) -> bytes:
            return HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(secret.encode())

        self.cipher = AESGCM(derived("tenon sealed values"))
        self.blind = derived("tenon digests of sealed values")
        self.mark = f"{_VERSION}:{derived('tenon name of the key').hex()[:8]}:"


class Keys:
    """The keys of a deployment, made of its secrets when they are first needed: the current one seals, the former ones, which
    `find` gives behind it, still open.
    """

    def __init__(self, find: Callable[[], Iterable[str]]) -> None:
        self._find = find

    @classmethod
    def of(cls, *secrets: str) -> Keys:
        """Of secrets that are known."""
        return cls(lambda: secrets)

    @cached_property
    def _ring(self) -> tuple[_Key, ...]:
        return tuple(_Key(secret) for secret in self._find())

    @property
    def mark(self) -> str:
        """How everything begins that the current key has sealed."""
        return self._ring[0].mark

    @property
    def former_marks(self) -> tuple[str, ...]:
        """How everything begins that a former key has sealed."""
        return tuple(each.mark for each in self._ring[1:] if each.mark != self.mark)

    def seal(self, place: str, record: int, value: str) -> str:
        """The value as it is kept in this row of the column `place`."""
        key, nonce = self._ring[0], os.urandom(_NONCE)
        sealed = key.cipher.encrypt(nonce, value.encode(), _belongs(place, record))
        return key.mark + base64.urlsafe_b64encode(nonce + sealed).decode()

    def unseal(self, place: str, record: int, sealed: str) -> str:
        """What was sealed for this row of the column. Raises Unreadable."""
        key = next((each for each in self._ring if sealed.startswith(each.mark)), None)
        if key is None:
            raise Unreadable("sealed by another key")
        try:
            raw = base64.urlsafe_b64decode(sealed[len(key.mark) :].encode())
            return key.cipher.decrypt(raw[:_NONCE], raw[_NONCE:], _belongs(place, record)).decode()
        except (InvalidTag, ValueError, binascii.Error) as error:
            raise Unreadable("sealed for another place, or altered") from error

    def digest(self, place: str, value: str) -> Digest:
        """By what equal values of a column are known to be equal, without telling them."""
        return Digest(hmac.new(self._ring[0].blind, f"{place}:{value}".encode(), hashlib.sha256).hexdigest())


def _belongs(place: str, record: int) -> bytes:
    return f"{place}:{record}".encode()


_keys: weakref.WeakKeyDictionary[Dialect, Keys] = weakref.WeakKeyDictionary()


def give_keys(engine: Engine, keys: Keys) -> None:
    """From now on this engine reads and writes sealed values."""
    _keys[engine.dialect] = keys


def keys_of(dialect: Dialect) -> Keys:
    """The keys of the engine of this dialect. Raises NoKeys."""
    found = _keys.get(dialect)
    if found is None:
        raise NoKeys("sealed values are read and written with keys only")
    return found


class SealedText(TypeDecorator[str]):
    """A text that is kept encrypted. `place` is the physical name of its column, with that of its table."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def column_expression(self, column: Any) -> Any:
        """As it is selected: behind the number of its row, without which it does not open."""
        while isinstance(column, sa.Label):
            column = column.element
        table = getattr(column, "table", None)
        number = None if table is None else table.c.get("id")
        if number is None:
            raise NoKeys("a sealed value is read together with the number of its row")
        text = sa.cast(number, sa.Text).concat(sa.literal_column("':'")).concat(sa.type_coerce(column, sa.Text))
        return sa.type_coerce(text, self)

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Raises NoKeys for a value that does not say to which row it belongs."""
        if value is None:
            return None
        if not isinstance(value, ToSeal):
            raise NoKeys("a sealed column is written with the number of its row, and compared with nothing")
        return keys_of(dialect).seal(self.place, value.record, value.value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        record, _, sealed = value.partition(":")
        try:
            return keys_of(dialect).unseal(self.place, int(record), sealed)
        except Unreadable:
            _LOG.warning("the value of %s in row %s does not open: see `crm doctor`", self.place, record)
            return UNREADABLE


class Blind(TypeDecorator[str]):
    """The digest of a sealed value of the column `place`, with `fold` whatever the case of letters. A text that is written there,
    or compared with it, is made one.
    """

    impl = sa.Text
    cache_ok = True

    def __init__(self, place: str, *, fold: bool) -> None:
        super().__init__()
        self.place = place
        self.fold = fold

    def digest(self, keys: Keys, value: str) -> Digest:
        """The digest of a value."""
        return keys.digest(self.place, value.casefold() if self.fold else value)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return str(value if isinstance(value, Digest) else self.digest(keys_of(dialect), value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Digest | None:
        del dialect
        return None if value is None else Digest(value)
