"""What a login has beside its password: those before it, a second factor, recovery codes. Each change is a line of the audit
and logs the person out everywhere.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import field
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.access import Actor
from app.frozen import dataclass
from app.orm.framework import ab_user, login_guard, login_state, passkey, recovery_code, second_factor, setup_token
from app.orm.store import Store
from app.record.acts import Act, ActName, write_act
from app.record.audit import write_audit
from app.record.batch import refused
from app.record.people import UNUSABLE_PASSWORD, deny_login, end_keys, end_links, end_sessions
from app.record.refusal import Door, Refusal, Refused, Saved
from app.record.unit import Unit, in_unit

Purpose = Literal["setup", "reset"]
Also = Callable[[Unit], object]
"""What is written in the same transaction: a mail."""
Proof = Callable[[Connection], bool]
"""Uses up what allows a change, a link or a step of a login, in the transaction of the change; whether it was still there."""
MOST_EARLIER = 24  # passwords that are kept: as many as a policy may forbid


@dataclass(frozen=True)
class NewFactor:
    """A second factor: its sealed secret, the step of the code that proved it, the hashes of recovery codes."""

    secret: str = field(repr=False)
    step: int
    codes: Collection[str]


def factor_key(user_id: int) -> str:
    """Under which wrong codes of a person are counted: no login begins with a blank."""
    return f" factor {user_id}"


def reset_key(asked: str) -> str:
    """Under which mails for a forgotten password are counted, whether there is such a person or not."""
    return f" reset {asked}"


def set_password(
    store: Store,
    actor: Actor,
    user_id: int,
    password_hash: str,
    *,
    also: Also | None = None,
    proof: Proof | None = None,
) -> Saved | Refused:
    """Stores the hash of a new password, logs the person out everywhere and ends the links that would set another. For oneself,
    or by who may configure. One that he does not set himself, logged in with the one before, answers that others may have known
    it: what programs were given ends as well, and wrong tries of before are forgotten. His own change leaves programs alone.
    `also` is done in the same transaction.
    """

    def work(unit: Unit) -> Saved | Refused:
        refusal = deny_login(unit, user_id, own=True)
        if refusal is not None:
            return refused([refusal])
        _keep_earlier(unit, user_id)
        unit.connection.execute(sa.update(ab_user).where(ab_user.c.id == user_id).values(password=password_hash))
        if proof is not None and not proof(unit.connection):
            return refused([_too_late(user_id)])
        end_links(unit, [user_id])
        if unit.actor.user_id != user_id:
            end_programs(unit, user_id)
            _forget_tries(unit, user_id)
        end_sessions(unit, [user_id])
        write_audit(unit, "user", "password", [(user_id, None)])
        if also is not None:
            also(unit)
        return Saved((user_id,), (0,))

    return in_unit(store, actor, "form", work)


def end_programs(unit: Unit, user_id: int) -> None:
    """Ends what a person's programs were given, and tells of it."""
    ended = end_keys(unit, [user_id])
    if any(ended.values()):
        _tell(unit, "key_ended", user_id, ended)


def end_password(unit: Unit, user_id: int) -> bool:
    """Makes a person's password fit nobody; False where he had none. The caller tells of it and ends his sessions."""
    present = unit.connection.execute(sa.select(ab_user.c.password).where(ab_user.c.id == user_id)).scalar()
    if not present or present == UNUSABLE_PASSWORD:
        return False
    _keep_earlier(unit, user_id)
    unit.connection.execute(sa.update(ab_user).where(ab_user.c.id == user_id).values(password=UNUSABLE_PASSWORD))
    return True


def _too_late(user_id: int) -> Refusal:
    """What allowed the change was used or ended meanwhile."""
    return Refusal("record.not_found", record=user_id, entity="user")


def _forget_tries(unit: Unit, user_id: int) -> None:
    """Wrong passwords, and mails that were asked for, count no more."""
    person = unit.models.tables["user"].c
    query = sa.select(person.login, person.email).where(person.id == user_id)
    names = {each.lower() for row in unit.connection.execute(query) for each in row if each}
    keys = [*names, *(reset_key(each) for each in names)]
    unit.connection.execute(sa.delete(login_guard).where(login_guard.c.login.in_(keys)))


def _keep_earlier(unit: Unit, user_id: int) -> None:
    """The hash that goes is the first of those before, and the new one counts from now."""
    present = unit.connection.execute(sa.select(ab_user.c.password).where(ab_user.c.id == user_id)).scalar()
    query = sa.select(login_state.c.earlier).where(login_state.c.user_id == user_id).with_for_update()
    kept = unit.connection.execute(query).scalar()
    earlier = [present] if present and present != UNUSABLE_PASSWORD else []
    values = {"password_at": unit.at, "earlier": [*earlier, *(kept or [])][:MOST_EARLIER]}
    if kept is None:
        unit.connection.execute(sa.insert(login_state).values(user_id=user_id, **values))
    else:
        unit.connection.execute(sa.update(login_state).where(login_state.c.user_id == user_id).values(values))


def make_link_of(
    connection: Connection, user_id: int | None, moment: dt.datetime, life: dt.timedelta, purpose: Purpose
) -> str:
    """The token of a new one-time link with which a person chooses a password (None: the first administrator sets himself up).
    Older ones for the same purpose end. The table has its SHA-256.
    """
    token = secrets.token_urlsafe(32)
    link = setup_token.c
    same = link.user_id.is_(None) if user_id is None else link.user_id == user_id
    connection.execute(sa.delete(setup_token).where(same, link.purpose == purpose))
    row = {"id": hashlib.sha256(token.encode()).hexdigest(), "user_id": user_id, "purpose": purpose}
    connection.execute(sa.insert(setup_token).values(**row, created_at=moment, expires_at=moment + life))
    return token


def set_second_factor(
    store: Store, actor: Actor, user_id: int, factor: NewFactor, *, door: Door = "form", proof: Proof | None = None
) -> Saved | Refused:
    """Gives a person a second factor in the place of the one that he had, logs him out everywhere and ends his keys of programs,
    which were given without it. For oneself alone, or by the system.
    """

    def work(unit: Unit) -> Saved | Refused:
        refusal = deny_login(unit, user_id, own=True)
        if refusal is not None:
            return refused([refusal])
        if proof is not None and not proof(unit.connection):
            return refused([_too_late(user_id)])
        _drop(unit, user_id)
        _drop_codes(unit, user_id)
        values = {"user_id": user_id, "secret": factor.secret, "since": unit.at, "last_step": factor.step}
        unit.connection.execute(sa.insert(second_factor).values(values))
        _write_codes(unit, user_id, factor.codes)
        end_keys(unit, [user_id])
        end_sessions(unit, [user_id])
        _tell(unit, "second_factor_on", user_id, {"codes": len(factor.codes)})
        return Saved((user_id,), (0,))

    return in_unit(store, actor, door, work)


def drop_second_factor(store: Store, actor: Actor, user_id: int, *, door: Door = "form") -> Saved | Refused:
    """Takes a person's codes of the phone away, and recovery codes with the last second factor; logs him out everywhere. By
    who may configure all of another's second factors, passkeys too, with the keys of his programs.
    """

    def work(unit: Unit) -> Saved | Refused:
        refusal = deny_login(unit, user_id, own=True)
        if refusal is not None:
            return refused([refusal])
        gone = _drop(unit, user_id)
        if unit.actor.user_id != user_id:  # a lost phone, or one that was taken
            gone += unit.connection.execute(sa.delete(passkey).where(passkey.c.user_id == user_id)).rowcount
            _drop_codes(unit, user_id)
            end_keys(unit, [user_id])
        if not gone:
            return Saved((user_id,), (0,))
        end_sessions(unit, [user_id])
        _tell(unit, "second_factor_off", user_id, {})
        return Saved((user_id,), (0,))

    return in_unit(store, actor, door, work)


def set_recovery_codes(
    store: Store, actor: Actor, user_id: int, codes: Collection[str], *, door: Door = "form"
) -> Saved | Refused:
    """New recovery codes, by their hashes; those before are worth nothing. For oneself."""

    def work(unit: Unit) -> Saved | Refused:
        refusal = deny_login(unit, user_id, own=True)
        if refusal is not None:
            return refused([refusal])
        unit.connection.execute(sa.delete(recovery_code).where(recovery_code.c.user_id == user_id))
        _write_codes(unit, user_id, codes)
        _tell(unit, "second_factor_on", user_id, {"codes": len(codes)})
        return Saved((user_id,), (0,))

    return in_unit(store, actor, door, work)


def _drop(unit: Unit, user_id: int) -> int:
    """Takes the codes of the phone away; wrong ones don't lock the next one. Who has a passkey keeps his recovery codes."""
    unit.connection.execute(sa.delete(login_guard).where(login_guard.c.login == factor_key(user_id)))
    gone = unit.connection.execute(sa.delete(second_factor).where(second_factor.c.user_id == user_id)).rowcount
    if not unit.connection.execute(sa.select(sa.exists().where(passkey.c.user_id == user_id))).scalar_one():
        _drop_codes(unit, user_id)
    return gone


def _drop_codes(unit: Unit, user_id: int) -> None:
    unit.connection.execute(sa.delete(recovery_code).where(recovery_code.c.user_id == user_id))


def _write_codes(unit: Unit, user_id: int, codes: Collection[str]) -> None:
    unit.connection.execute(sa.insert(recovery_code), [{"id": each, "user_id": user_id} for each in sorted(codes)])


def _tell(unit: Unit, action: ActName, user_id: int, facts: Mapping[str, int]) -> None:
    act = Act(action, unit.door, unit.actor.user_id, unit.actor.name, record=user_id, facts=facts)
    write_act(unit.store, unit.connection, act, unit.at)
