"""People as the login needs them: a new one, a new password. Written by the record layer, sessions ended with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import sqlalchemy as sa

from app.access import Actor
from app.frozen import dataclass
from app.orm.framework import ab_role, ab_user, ab_user_role
from app.orm.store import Store
from app.record import Proof, Refused, Unit, create, set_password, set_roles
from app.record.people import UNUSABLE_PASSWORD
from app.web.security import passwords, sessions


@dataclass(frozen=True)
class NewPerson:
    """A person to be made. Without an e-mail one of the form `login@localhost` stands in, without a language the pack's."""

    login: str
    name: str
    email: str | None = None
    roles: Sequence[str] = ()
    language: str | None = None


def add_person(store: Store, actor: Actor, person: NewPerson, *, door: str) -> int | Refused:
    """Make a person; his id, or why not."""
    values = {"name": person.name, "login": person.login, "email": person.email, "locale": person.language}
    row = {key: value for key, value in values.items() if value}
    saved = create(store, actor, "user", [row], door=door)
    if isinstance(saved, Refused):
        return saved
    user_id = saved.ids[0]
    refused = set_roles(store, actor, user_id, person.roles)
    return refused if isinstance(refused, Refused) else user_id


def change_password(
    store: Store,
    actor: Actor,
    user_id: int,
    password: str,
    *,
    also: Callable[[Unit], object] | None = None,
    proof: Proof | None = None,
) -> str:
    """Set a password and end every session of the person; what his programs were given ends as `set_password` says. The caller
    has held it against the policy. The hash that is kept.

    Raises LookupError when there is no such person, the actor may not, or the proof was used up meanwhile.
    """
    hashed = passwords.hashed(password)
    answer = set_password(store, actor, user_id, hashed, also=also, proof=proof)
    reason = answer.refusals[0].code if isinstance(answer, Refused) else None
    if reason is not None:
        raise LookupError(f"no password for user {user_id}: {reason}")
    return hashed


def start_session(store: Store, user_id: int, visitor: sessions.Visitor, moment: dt.datetime) -> str:
    """A page's session for a person who has just shown who he is by other means than the login page."""
    with store.housekeeping() as connection:
        policy = store.catalog.pack.security.session
        return sessions.start(connection, policy, sessions.NewSession(user_id, "page", visitor), moment)


@dataclass(frozen=True)
class Login:
    """A login as it is listed."""

    id: int
    login: str
    active: bool
    roles: tuple[str, ...]
    has_password: bool


_LOGINS = sa.select(ab_user.c.id, ab_user.c.username, ab_user.c.active, ab_user.c.password)


def every_login(store: Store) -> list[Login]:
    """All logins by name, with the roles given to each."""
    with store.system_reading() as connection:
        people = connection.execute(_LOGINS).all()
        given = connection.execute(
            sa.select(ab_user_role.c.user_id, ab_role.c.name).join(ab_role, ab_role.c.id == ab_user_role.c.role_id)
        ).all()
    roles: dict[int, list[str]] = {}
    for user_id, role in given:
        roles.setdefault(user_id, []).append(role)
    found = (
        Login(
            row.id,
            row.username,
            bool(row.active),
            tuple(sorted(roles.get(row.id, ()))),
            row.password != UNUSABLE_PASSWORD,
        )
        for row in people
    )
    return sorted(found, key=lambda each: each.login)


def end_sessions(store: Store, user_id: int) -> None:
    """End every session of a person."""
    with store.housekeeping() as connection:
        sessions.end_all_of(connection, user_id)
