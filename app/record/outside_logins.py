"""Logins by providers and directories: given to a person and taken away. Each change is a line of the audit.

Who is linked by a mere address or name may not be who has used the account so far: every other way into it ends with that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.access import Actor
from app.frozen import dataclass
from app.orm.framework import ab_user, audit, outside_login
from app.orm.store import Store
from app.record.acts import ACTS, Act, Fact, write_act
from app.record.audit import write_audit
from app.record.batch import refused
from app.record.logins import end_password
from app.record.passkeys import end_passkeys
from app.record.people import end_keys, end_links, end_sessions
from app.record.refusal import Door, Refusal, Refused, Saved
from app.record.unit import Unit, in_unit

Keeps = Literal["all", "password", "nothing"]
"""What stays of the other ways into an account: all, the password alone, nothing."""


@dataclass(frozen=True)
class OutsideLogin:
    """Whom an issuer calls so is that person; `by` which means he comes. `himself`: the link is his own act, at a login."""

    user_id: int
    issuer: str
    subject: str
    by: str
    himself: bool


def link_outside(
    store: Store, actor: Actor, link: OutsideLogin, *, keeps: Keeps, door: Door, also: Callable[[Unit], object]
) -> Saved | Refused:
    """Lets somebody log in as a person; `also` is done in the same transaction. Unless all is kept, the person's sessions, links,
    API keys and passkeys end, and his password with the right to choose another by mail. Codes of a phone are asked for as before:
    they let nobody in alone. `record.in_use` where either has a link already.
    """

    def work(unit: Unit) -> Saved | Refused:
        user_id, known = link.user_id, outside_login.c
        unit.connection.execute(sa.select(ab_user.c.id).where(ab_user.c.id == user_id).with_for_update())
        same = sa.and_(known.issuer == link.issuer, sa.or_(known.subject == link.subject, known.user_id == user_id))
        if unit.connection.execute(sa.select(sa.exists().where(same))).scalar_one():
            return refused([Refusal("record.in_use", record=user_id, entity="user")])
        row = {"issuer": link.issuer, "subject": link.subject, "user_id": user_id, "since": unit.at}
        unit.connection.execute(sa.insert(outside_login).values(row))
        facts = {"by": link.by, "issuer": link.issuer, **({} if keeps == "all" else _end_ways(unit, user_id, keeps))}
        act = Act("outside_linked", door, user_id if link.himself else None, record=user_id, facts=facts)
        write_act(store, unit.connection, act, unit.at)
        also(unit)
        return Saved((user_id,), (0,))

    return in_unit(store, actor, door, work)


def unlink_outside(store: Store, actor: Actor, user_id: int, issuer: str, *, door: Door) -> Saved | Refused:
    """Ends a person's login at an issuer, and what may have been made by it: sessions, API keys, passkeys."""

    def work(unit: Unit) -> Saved | Refused:
        mine = sa.delete(outside_login).where(outside_login.c.user_id == user_id, outside_login.c.issuer == issuer)
        unit.connection.execute(mine)
        end_sessions(unit, [user_id])
        ended = {**end_keys(unit, [user_id]), "passkeys": end_passkeys(unit, user_id)}
        act = Act("outside_unlinked", door, record=user_id, facts={"issuer": issuer, **ended})
        write_act(store, unit.connection, act, unit.at)
        return Saved((user_id,), (0,))

    return in_unit(store, actor, door, work)


def has_email_of_others(connection: Connection, user_id: int) -> bool:
    """Whether it was somebody else who gave a person the e-mail that he has. False where the audit does not tell."""
    told = audit.c
    query = (
        sa.select(told.actor_id, told.changes)
        .where(told.entity == "user", told.record == user_id, told.action.not_in(ACTS))
        .order_by(told.id.desc())
    )
    by = next((row.actor_id or 0 for row in connection.execute(query) if "email" in (row.changes or {})), user_id)
    return by != user_id


def _end_ways(unit: Unit, user_id: int, keeps: Keeps) -> dict[str, Fact]:
    if keeps == "nothing" and end_password(unit, user_id):
        write_audit(unit, "user", "password", [(user_id, None)])
    end_links(unit, [user_id])
    end_sessions(unit, [user_id])
    return {**end_keys(unit, [user_id]), "passkeys": end_passkeys(unit, user_id)}
