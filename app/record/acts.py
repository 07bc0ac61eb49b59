"""Acts that save no record, in the audit: logins, denials, exports, what became of the configuration.

Each is one line with the entity and the record that it was about, as far as there is one. What is told of it stands under
one key that no field has, so that nobody takes it for a change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from typing import Literal, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.frozen import dataclass
from app.orm.framework import audit
from app.orm.store import Store
from app.record.audit import rows_under

FACTS = "act."
"""The key of an act's facts among the changes of its line."""
Fact = str | int | bool | None
OfLogin = Literal[
    "login", "login_failed", "logout", "second_factor_on", "second_factor_off", "second_factor_failed", "recovery_code",
    "reset_asked", "link_made", "session_ended", "key_made", "key_ended", "feed_made", "feed_ended",
    "outside_linked", "outside_unlinked", "passkey_added", "passkey_removed", "view_as", "view_as_ended",
]  # fmt: skip
"""What a person does, or others try, at the login."""
OfConfiguration = Literal["apply", "rollback", "purge"]
ActName = OfLogin | OfConfiguration | Literal["denied", "export", "reveal"]
ACTS: frozenset[str] = frozenset((*get_args(OfLogin), *get_args(OfConfiguration), "denied", "export", "reveal"))
DEPUTY = "deputy"
VIEW = "saved_view"
OF_PEOPLE = ("roles", "exception", DEPUTY, VIEW)
"""What is done about a person besides his fields, and the key of what his line tells of it: of a deputy `{user, first_day,
last_day}`, of the others words.
"""
SHARED = "share"
SHARE = "share."
"""The action of giving or taking a place on a record's team, and the key of what its line tells: who had which place, and has,
as `{user, place}`; blank where he had or has none. No field has such a key.
"""
NO_ENTITY = "-"
"""What an act was about that was about no entity."""


@dataclass(frozen=True)
class Act:
    """One act. `actor_id` is blank where nobody has proven who he is; `record` is the person whom an act of the login was
    about. `facts` are short and plain: never a secret, nor what somebody typed where he may have mistaken the field.
    """

    action: ActName
    door: str
    actor_id: int | None = None
    actor: str = ""
    entity: str = "user"
    record: int | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)


def write_act(store: Store, connection: Connection, act: Act, at: dt.datetime) -> None:
    """Writes the line of an act, in the transaction of a connection that may write (`housekeeping`, or a unit of work)."""
    write_act_on(connection, act, at, store.revision)


def login_addresses(connection: Connection, user_id: int, since: dt.datetime) -> set[str]:
    """From where a person logged in since then: of his last hundred logins."""
    told = audit.c
    query = (
        sa.select(told.changes)
        .where(told.entity == "user", told.record == user_id, told.action == "login", told.at >= since)
        .order_by(told.id.desc())
        .limit(100)
    )
    kept = (changes or {} for changes in connection.execute(query).scalars())
    return {each[FACTS][1].get("address") or "" for each in kept if FACTS in each} - {""}


def write_act_on(connection: Connection, act: Act, at: dt.datetime, number: int) -> None:
    """As `write_act`, under the number of the revision that holds then."""
    head = {
        "at": at,
        "actor_id": act.actor_id,
        "actor": act.actor,
        "door": act.door,
        "entity": act.entity,
        "action": act.action,
        "deletion": None,
        "revision": number,
    }
    told = {FACTS: [None, dict(act.facts)]}
    connection.execute(sa.insert(audit), rows_under(head, [(act.record, told)]))
