"""Passkeys of people: given, taken away, used. Each change is a line of the audit and logs the person out everywhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.access import Actor
from app.frozen import dataclass
from app.orm.framework import ab_user, passkey, recovery_code, second_factor
from app.orm.store import Store
from app.record.acts import Act, ActName, write_act
from app.record.batch import refused
from app.record.logins import Proof
from app.record.people import deny_login, end_keys, end_sessions
from app.record.refusal import Refusal, Refused, Saved
from app.record.unit import Unit, in_unit

MOST_PASSKEYS = 10  # of a person
Also = Callable[[Unit], object]
"""What is written in the same transaction: a mail."""


@dataclass(frozen=True)
class NewPasskey:
    """What a device has made: its name for it and the public key, Base64, and how a browser reaches it. `name`: a person's.
    `codes` are recovery codes, by their hashes, for who has none yet.
    """

    credential: str
    public_key: str
    sign_count: int
    transports: str
    name: str
    codes: Collection[str] = ()


def add_passkey(
    store: Store, actor: Actor, user_id: int, new: NewPasskey, also: Also, *, proof: Proof | None = None
) -> Saved | Refused:
    """Gives a person a passkey and logs him out everywhere. With his first second factor his keys of programs end, which were
    given without it, and he gets recovery codes. For oneself, or by the system.
    """

    def work(unit: Unit) -> Saved | Refused:
        refusal = deny_login(unit, user_id, own=True)
        if refusal is not None:
            return refused([refusal])
        _lock(unit, user_id)
        held = passkeys_held(unit.connection, user_id)
        too_late = proof is not None and not proof(unit.connection)
        if too_late or held >= MOST_PASSKEYS or _is_known(unit.connection, new.credential):
            return refused([Refusal("record.not_found", record=user_id, entity="user")])
        if not held and not has_codes_of_phone(unit.connection, user_id):
            end_keys(unit, [user_id])
            unit.connection.execute(sa.delete(recovery_code).where(recovery_code.c.user_id == user_id))
            rows = [{"id": each, "user_id": user_id} for each in sorted(new.codes)]
            if rows:
                unit.connection.execute(sa.insert(recovery_code), rows)
        values = {"credential": new.credential, "public_key": new.public_key, "sign_count": new.sign_count}
        more = {"user_id": user_id, "name": new.name, "transports": new.transports, "created_at": unit.at}
        unit.connection.execute(sa.insert(passkey).values(**values, **more))
        end_sessions(unit, [user_id])
        _tell(unit, "passkey_added", user_id, new.name)
        also(unit)
        return Saved((user_id,), (0,))

    return in_unit(store, actor, "form", work)


def drop_own_passkey(
    store: Store, actor: Actor, number: int, also: Callable[[Unit, str], object], *, last_too: bool
) -> Saved | Refused:
    """Takes one of one's own passkeys away and logs one out everywhere; `also` hears its name. The last second factor only where
    that is said: for who need not have one, and has shown it (else `record.in_use`).
    """
    user_id = actor.user_id or 0

    def work(unit: Unit) -> Saved | Refused:
        _lock(unit, user_id)
        mine = sa.delete(passkey).where(passkey.c.user_id == user_id, passkey.c.id == number)
        name = unit.connection.execute(mine.returning(passkey.c.name)).scalar()
        if name is None:
            return refused([Refusal("record.not_found", record=user_id, entity="user")])
        if not passkeys_held(unit.connection, user_id) and not has_codes_of_phone(unit.connection, user_id):
            if not last_too:
                return refused([Refusal("record.in_use", record=user_id, entity="user")])
            unit.connection.execute(sa.delete(recovery_code).where(recovery_code.c.user_id == user_id))
        end_sessions(unit, [user_id])
        _tell(unit, "passkey_removed", user_id, name)
        also(unit, name)
        return Saved((user_id,), (0,))

    return in_unit(store, actor, "form", work)


def end_passkeys(unit: Unit, user_id: int) -> int:
    """Takes all of a person's passkeys away, and recovery codes with the last second factor; how many passkeys. The caller tells
    of it and ends his sessions.
    """
    gone = unit.connection.execute(sa.delete(passkey).where(passkey.c.user_id == user_id)).rowcount
    if gone and not has_codes_of_phone(unit.connection, user_id):
        unit.connection.execute(sa.delete(recovery_code).where(recovery_code.c.user_id == user_id))
    return gone


def use_passkey(connection: Connection, number: int, before: int, after: int, at: dt.datetime) -> bool:
    """Notes that a passkey was used, and how often its device says it has signed; False where another was faster."""
    same = sa.update(passkey).where(passkey.c.id == number, passkey.c.sign_count == before)
    return connection.execute(same.values(sign_count=after, used_at=at)).rowcount == 1


def passkeys_held(connection: Connection, user_id: int) -> int:
    """How many a person has."""
    query = sa.select(sa.func.count()).select_from(passkey).where(passkey.c.user_id == user_id)
    return connection.execute(query).scalar_one()


def has_codes_of_phone(connection: Connection, user_id: int) -> bool:
    """Whether a phone of the person works out codes."""
    return connection.execute(sa.select(sa.exists().where(second_factor.c.user_id == user_id))).scalar_one()


def _is_known(connection: Connection, credential: str) -> bool:
    return connection.execute(sa.select(sa.exists().where(passkey.c.credential == credential))).scalar_one()


def _lock(unit: Unit, user_id: int) -> None:
    """Two changes of one person's ways in come one after the other."""
    unit.connection.execute(sa.select(ab_user.c.id).where(ab_user.c.id == user_id).with_for_update())


def _tell(unit: Unit, action: ActName, user_id: int, name: str) -> None:
    act = Act(action, unit.door, unit.actor.user_id, unit.actor.name, record=user_id, facts={"name": name})
    write_act(unit.store, unit.connection, act, unit.at)
