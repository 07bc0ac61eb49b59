"""Who is sent by a provider or a directory: which of our people he is, with which roles, and his session.

Our own rules go on from there as after a password: active people alone, the second factor, the audit. A person is known by
issuer and subject; his e-mail or his login there makes him one of our people only where the operator says so, and once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.engine import Connection

from app.access import system_actor
from app.automation.login_mails import tell_in
from app.frozen import dataclass
from app.identity.arrival import Arrival, Link, Why
from app.identity.provider import Provider, provider_of
from app.identity.stated import KEY_DAYS, LdapSettings, PasswordLogins, read_outside
from app.orm.framework import outside_login
from app.orm.store import Store
from app.record import Act, Refused, Unit
from app.record.group_roles import Member, follow_groups, roles_of_groups
from app.record.outside_logins import Keeps, OutsideLogin, has_email_of_others, link_outside, unlink_outside
from app.settings import Settings
from app.web.security import login, people, sessions
from app.web.security.audited import note

if TYPE_CHECKING:
    from app.identity.saml import SamlProvider

EXTENSION = "tenon.outside"
Means = Literal["oidc", "saml", "ldap"]


@dataclass(frozen=True)
class Doors:
    """The ways in: by providers, where there are some, and by passwords, for whom they are. `key_days`: as in `Outside`."""

    oidc: Provider | None = None
    passwords: PasswordLogins = PasswordLogins()
    ldap: LdapSettings | None = None
    key_days: int = KEY_DAYS
    saml: SamlProvider | None = None

    @property
    def providers(self) -> dict[Means, str]:
        """What the operator calls the providers to whose pages people are sent; blank: the company account."""
        stated: tuple[tuple[Means, Provider | SamlProvider | None], ...] = ("oidc", self.oidc), ("saml", self.saml)
        return {means: each.settings.label for means, each in stated if each is not None}


@dataclass(frozen=True)
class Entry:
    """How somebody comes: by what, where, and how he becomes one of our people when he comes for the first time."""

    means: Means
    kind: sessions.Whole
    visitor: sessions.Visitor
    link: Link
    create: bool


def open_doors(settings: Settings) -> Doors:
    """The ways in that the environment states. Calls nobody. Raises SettingRefused."""
    stated = read_outside(settings)
    provider = None if stated.oidc is None else provider_of(stated.oidc, settings.outbound_allow)
    saml = None
    if stated.saml is not None:
        from app.identity.saml import saml_of  # loads a library of XML: for whom it is stated

        saml = saml_of(stated.saml)
    return Doors(provider, stated.passwords, stated.ldap, stated.key_days, saml)


def doors() -> Doors:
    """Those of the application."""
    found: Doors = current_app.extensions[EXTENSION]
    return found


def enter(
    store: Store, secret_key: str, attempt: login.Attempt, moment: dt.datetime
) -> login.LoggedIn | login.Halfway | login.NotLoggedIn | Why:
    """A login by name and password, ours or the directory's, where there is one."""
    ways = doors()
    answer = login.log_in(store, secret_key, replace(attempt, passwords=ways.passwords, directory=ways.ldap), moment)
    if not isinstance(answer, Arrival):
        return answer
    assert ways.ldap is not None
    entry = Entry("ldap", attempt.kind, attempt.visitor, ways.ldap.link, ways.ldap.create)
    with store.system_reading() as connection:
        known = linked_person(connection, answer.issuer, answer.subject)
    shown = False if known is None else login.shows_factor(store, secret_key, known, attempt, moment)
    if shown is None:
        return login.NotLoggedIn("code")
    return let_arrive(store, replace(answer, has_factor=shown), entry, moment)


def let_arrive(
    store: Store, arrival: Arrival, entry: Entry, moment: dt.datetime
) -> login.LoggedIn | login.Halfway | Why:
    """A session for who was vouched for, or the step that is missing, or why not."""
    user_id = _person_of(store, arrival, entry)
    if isinstance(user_id, str):
        tell_refused(store, entry, user_id, user_id, moment)
        return user_id
    with store.system_reading() as connection:
        found = login.find_secret(connection, user_id)
    if found is None or not found.active:
        tell_refused(store, entry, "unknown", "inactive", moment, user_id)
        return "unknown"
    with store.housekeeping() as connection:
        here = outside_login.c.issuer == arrival.issuer, outside_login.c.subject == arrival.subject
        connection.execute(sa.update(outside_login).where(*here).values(seen_at=moment))
    member = Member(user_id, arrival.issuer, arrival.groups)
    if isinstance(follow_groups(store, system_actor("system:outside"), member, door=login.DOORS[entry.kind]), Refused):
        tell_refused(store, entry, "failed", "roles", moment, user_id)
        return "failed"
    proven = login.Proven(
        user_id, entry.kind, entry.visitor, found.password, with_factor=arrival.has_factor, by=entry.means
    )
    answer = login.admit(store, proven, moment)
    return "unknown" if isinstance(answer, login.NotLoggedIn) else answer


def tell_refused(
    store: Store, entry: Entry, why: Why, detail: str, moment: dt.datetime, user_id: int | None = None
) -> None:
    """A line for the audit."""
    address = entry.visitor.address
    facts = {"why": why if why == detail else f"{why}: {detail}", "address": address, "by": entry.means}
    act = Act("login_failed", login.DOORS[entry.kind], record=user_id, facts=facts)
    note(store, act, moment, tried_by=address or "-")


def linked_person(connection: Connection, issuer: str, subject: str) -> int | None:
    """Which of our people somebody is; None where he is none yet."""
    query = sa.select(outside_login.c.user_id).where(
        outside_login.c.issuer == issuer, outside_login.c.subject == subject
    )
    return connection.execute(query).scalar()


def links_of(connection: Connection, user_id: int) -> list[str]:
    """At which issuers a person has a login."""
    query = sa.select(outside_login.c.issuer).where(outside_login.c.user_id == user_id).order_by(outside_login.c.issuer)
    return list(connection.execute(query).scalars())


def link_person(store: Store, arrival: Arrival, user_id: int) -> bool:
    """Makes somebody one of our people, by a command; False where he, or that person, is somebody already."""
    prefix = arrival.issuer.partition(":")[0]
    means = prefix if prefix in {"saml", "ldap"} else "oidc"  # whose issuers are addresses of the web
    link = OutsideLogin(user_id, arrival.issuer, arrival.subject, means, himself=False)
    actor = system_actor("system:command")
    return not isinstance(
        link_outside(store, actor, link, keeps="all", door="command", also=lambda _unit: None), Refused
    )


def unlink_person(store: Store, user_id: int) -> int:
    """Ends a person's logins elsewhere, by a command, with his sessions, API keys, passkeys and the roles of his groups; how many
    logins there were.
    """
    actor = system_actor("system:command")
    with store.system_reading() as connection:
        issuers = links_of(connection, user_id)
    for issuer in issuers:
        follow_groups(store, actor, Member(user_id, issuer, ()), door="command")
        unlink_outside(store, actor, user_id, issuer, door="command")
    return len(issuers)


def _person_of(store: Store, arrival: Arrival, entry: Entry) -> int | Why:
    with store.system_reading() as connection:
        known = linked_person(connection, arrival.issuer, arrival.subject)
        meant = _meant(store, connection, arrival, entry) if known is None else None
    if known is not None:
        return known
    if meant is not None:
        return _linked(store, arrival, entry, meant, _keeps(store, meant))
    made = _made(store, arrival, entry)
    return made if isinstance(made, str) else _linked(store, arrival, entry, made, "all")


def _meant(store: Store, connection: Connection, arrival: Arrival, entry: Entry) -> int | None:
    """The one active person of that address, or of that login, whom nobody else there is. An address that he gave himself counts
    for nothing: it may be somebody else's, whose roles he would get.
    """
    wanted = {"none": "", "email": arrival.email, "login": arrival.login}[entry.link].lower()
    if not wanted:
        return None
    person = store.models.tables["user"].c
    column = person.email if entry.link == "email" else person.login
    query = sa.select(person.id).where(sa.func.lower(column) == wanted, person.active, person.deleted_at.is_(None))
    found = connection.execute(query.limit(2)).scalars().all()
    if len(found) != 1 or (entry.link == "email" and not has_email_of_others(connection, found[0])):
        return None
    other = sa.exists().where(outside_login.c.user_id == found[0], outside_login.c.issuer == arrival.issuer)
    return None if connection.execute(sa.select(other)).scalar_one() else found[0]


def _made(store: Store, arrival: Arrival, entry: Entry) -> int | Why:
    """A new person, where the operator wishes so and a group gives him a role; never one who is here already."""
    name = login.clean_login(arrival.login or arrival.email)
    if not entry.create or not name or not roles_of_groups(store.catalog, arrival.groups):
        return "unknown"
    person = people.NewPerson(name, arrival.name or name, arrival.email or None)
    with store.system_reading() as connection:
        taken = login.find_login(connection, name) is not None
    made = None if taken else people.add_person(store, system_actor("system:outside"), person, door="form")
    return made if isinstance(made, int) else "taken"


def _keeps(store: Store, user_id: int) -> Keeps:
    """The password of whom the operator has named stays, for the day on which the provider is away."""
    allowed = doors().passwords
    with store.system_reading() as connection:
        person = login.find_secret(connection, user_id)
    return "password" if person is not None and not allowed.everyone and allowed.allows(person.login) else "nothing"


def _linked(store: Store, arrival: Arrival, entry: Entry, user_id: int, keeps: Keeps) -> int | Why:
    """That person; or who he is by now, where he came at the same moment by another door."""
    link = OutsideLogin(user_id, arrival.issuer, arrival.subject, entry.means, himself=True)

    def tell(unit: Unit) -> None:
        if keeps != "all":
            tell_in(unit, user_id, "linked" if keeps == "nothing" else "linked_too")

    actor, door = system_actor("system:outside"), login.DOORS[entry.kind]
    if not isinstance(link_outside(store, actor, link, keeps=keeps, door=door, also=tell), Refused):
        return user_id
    with store.system_reading() as connection:
        return linked_person(connection, arrival.issuer, arrival.subject) or "taken"
