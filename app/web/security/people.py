"""People as the login needs them: a new one, a new password. Written by the record layer, sessions ended with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from app.access import Actor, system_actor
from app.orm.store import Store
from app.record import Refused, create
from app.record.people import set_password, set_roles
from app.web.security import passwords, sessions


@dataclass(frozen=True)
class NewPerson:
    """A person to be made. Without an e-mail one of the form `login@localhost` stands in."""

    login: str
    name: str
    email: str | None = None
    roles: Sequence[str] = ()


def add_person(store: Store, actor: Actor, person: NewPerson, *, door: str) -> int | Refused:
    """Make a person; his id, or why not."""
    values = {"name": person.name, "login": person.login, "email": person.email}
    row = {key: value for key, value in values.items() if value}
    saved = create(store, actor, "user", [row], door=door)
    if isinstance(saved, Refused):
        return saved
    user_id = saved.ids[0]
    refused = set_roles(store, actor, user_id, person.roles)
    return refused if isinstance(refused, Refused) else user_id


def change_password(store: Store, user_id: int, password: str) -> None:
    """Set a password and end every session of the person. The caller has held it against the policy."""
    set_password(store, system_actor("system:login"), user_id, passwords.hashed(password))
    with store.housekeeping() as connection:
        sessions.end_all_of(connection, user_id)


def start_session(store: Store, user_id: int, visitor: sessions.Visitor, moment: dt.datetime) -> str:
    """A page's session for a person who has just shown who he is by other means than the login page."""
    with store.housekeeping() as connection:
        policy = store.catalog.pack.security.session
        return sessions.start(connection, policy, user_id, "page", visitor, moment)
