"""Secrets that a database makes for itself, each kept sealed by the secret key of the deployment.

What is made of the deployment's own key is made anew when that key changes. A digest of what nobody keeps can't be: it is made
of one of these, which stays the same and is only sealed anew.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.orm.framework import own_key
from app.orm.sealed import Keys, Unreadable, keys_of

_SIZE = 32  # bytes


def find_key(connection: Connection | Session, name: str) -> bytes | None:
    """The secret of that name; None where nothing was made of one yet. Raises Unreadable, where the deployment's key is another
    than the one that has sealed it.
    """
    sealed = connection.execute(sa.select(own_key.c.sealed).where(own_key.c.name == name)).scalar()
    if sealed is None:
        return None
    return _opened(_keys(connection), name, sealed)


def make_key(connection: Connection, name: str) -> bytes:
    """The secret of that name, made now where there is none. Raises Unreadable."""
    found = find_key(connection, name)
    if found is not None:
        return found
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {"name": name, "sealed": _keys(connection).seal(_place(name), 0, secrets.token_hex(_SIZE))}
    connection.execute(insert(own_key).values(row).on_conflict_do_nothing())
    made = find_key(connection, name)  # another's, where two made one at once
    assert made is not None
    return made


def rotate_keys(connection: Connection) -> tuple[int, list[str]]:
    """Seals all of them anew by the current key: how many, and the names of those that do not open."""
    keys, count, shut = _keys(connection), 0, list[str]()
    for name, sealed in connection.execute(sa.select(own_key.c.name, own_key.c.sealed).order_by(own_key.c.name)).all():
        try:
            secret = _opened(keys, name, sealed)
        except Unreadable:
            shut.append(name)
            continue
        if not sealed.startswith(keys.mark):
            values = {"sealed": keys.seal(_place(name), 0, secret.hex())}
            connection.execute(sa.update(own_key).where(own_key.c.name == name).values(values))
            count += 1
    return count, shut


def shut_keys(connection: Connection) -> list[str]:
    """The names of those that do not open."""
    found = []
    for name, sealed in connection.execute(sa.select(own_key.c.name, own_key.c.sealed).order_by(own_key.c.name)).all():
        try:
            _opened(_keys(connection), name, sealed)
        except Unreadable:
            found.append(name)
    return found


def is_formerly_sealed(connection: Connection) -> bool:
    """Whether a former key has sealed one of them."""
    marks = _keys(connection).former_marks
    every = connection.execute(sa.select(own_key.c.sealed)).scalars().all() if marks else ()
    return any(each.startswith(marks) for each in every)


def _keys(connection: Connection | Session) -> Keys:
    return keys_of(connection.get_bind().dialect if isinstance(connection, Session) else connection.dialect)


def _place(name: str) -> str:
    return f"{own_key.name}.{name}"


def _opened(keys: Keys, name: str, sealed: str) -> bytes:
    return bytes.fromhex(keys.unseal(_place(name), 0, sealed))
