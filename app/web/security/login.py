"""The login itself, the same for every door: a page, a token."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping
from dataclasses import field, replace
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.access.identify import FACTOR_ELSEWHERE
from app.frozen import dataclass
from app.identity.arrival import Arrival, NotArrived
from app.identity.directory import vouched
from app.identity.stated import LdapSettings, PasswordLogins
from app.orm.framework import ab_user
from app.orm.store import Store
from app.record import Act, login_addresses, write_act
from app.web.security import lockout, password_age, passwords, second_factor, sessions
from app.web.security.audited import note

LONGEST_LOGIN = 128
# By address and by login: five tries at once, then one in six seconds. A whole office may share an address.
BY_ADDRESS = lockout.Bucket(size=50, per_second=1.0)
USUAL_FOR = dt.timedelta(days=30)
BY_LOGIN = lockout.Bucket(size=10, per_second=1 / 6)


_SECRETS = sa.select(ab_user.c.id, ab_user.c.username, ab_user.c.password, ab_user.c.active, ab_user.c.first_name)
BY_OTHERS = frozenset({"oidc", "saml", "ldap"})
"""Who vouches for people besides their passwords here, which they may not even have."""
DOORS: Mapping[sessions.Whole, str] = {"page": "form", "token": "api"}
"""By kind of session what the audit calls the door."""


@dataclass(frozen=True)
class Secret:
    """What a login is checked against."""

    id: int
    login: str
    password: str | None = field(repr=False)
    active: bool | None
    name: str = ""


@dataclass(frozen=True)
class LoggedIn:
    """All that was asked for was right. `token` is what the holder keeps; `days_left` as of `password_age`."""

    user_id: int
    token: str = field(repr=False)
    days_left: int | None = None


@dataclass(frozen=True)
class Halfway:
    """The password was right, and `step` is still to be done; a page gets a `token` for it, a program none."""

    step: sessions.Step
    token: str = field(default="", repr=False)


@dataclass(frozen=True)
class NotLoggedIn:
    """`wrong` says no more than that: unknown, locked, deactivated and wrong password look and last the same. `code`: the
    password was right, the code was not.
    """

    reason: Literal["wrong", "too_many", "code", "unreachable"]


@dataclass(frozen=True)
class Attempt:
    """What somebody showed at a door. A page asks for the code on a page of its own."""

    login: str
    password: str = field(repr=False)
    kind: sessions.Whole
    visitor: sessions.Visitor
    code: str = field(default="", repr=False)
    passwords: PasswordLogins = PasswordLogins()
    directory: LdapSettings | None = None


def log_in(
    store: Store, secret_key: str, attempt: Attempt, moment: dt.datetime
) -> LoggedIn | Halfway | NotLoggedIn | Arrival:
    """Check a password, and with it a code where one is shown; start a session when nothing else is asked for. Who has no
    right password here, but in the directory, is for `outside.let_arrive`.
    """
    person = _checked(store, attempt, moment)
    if not isinstance(person, Secret):
        return person
    shown = shows_factor(store, secret_key, person.id, attempt, moment)
    if shown is None:
        return NotLoggedIn("code")
    return admit(store, Proven(person.id, attempt.kind, attempt.visitor, person.password, shown), moment)


def shows_factor(store: Store, secret_key: str, user_id: int, attempt: Attempt, moment: dt.datetime) -> bool | None:
    """Whether a right code of the person was shown with the password; None for a wrong one."""
    with store.system_reading() as connection:
        has_factor = second_factor.has_factor(connection, user_id)
    if not has_factor or not attempt.code:
        return False
    guess = second_factor.Guess(user_id, attempt.code, DOORS[attempt.kind], attempt.visitor.address)
    return True if second_factor.check(store, secret_key, guess, moment) == "right" else None


@dataclass(frozen=True)
class Proven:
    """Who has shown his password, of which this is the hash, or came `by` a link or a provider; and whether he has shown his
    second factor as well. `step` names the session that waited for it, which is over with that.
    """

    user_id: int
    kind: sessions.Whole
    visitor: sessions.Visitor
    password: str | None = field(repr=False)
    with_factor: bool
    by: str = "password"
    step: str = ""


def admit(store: Store, proven: Proven, moment: dt.datetime) -> LoggedIn | Halfway | NotLoggedIn:
    """A session, or the step that is missing. Nothing where what was shown was changed or used meanwhile, or he has left."""
    user_id, visitor = proven.user_id, proven.visitor
    left = None if proven.by in BY_OTHERS else password_age.days_left(store, user_id, moment)
    step = None if proven.with_factor else _factor_step(store, user_id)
    if step is None and left is not None and left < 0:
        step = "renew"
    if step is not None and proven.kind == "token":
        return Halfway(step)
    policy = store.catalog.pack.security.session
    with store.housekeeping() as connection:
        if not _stands(connection, proven):
            return NotLoggedIn("wrong")
        sessions.sweep(connection, moment)
        elsewhere = proven.with_factor and not proven.step
        means = FACTOR_ELSEWHERE.get(proven.by, proven.by) if elsewhere else proven.by
        new = sessions.NewSession(user_id, step or proven.kind, visitor, means)
        token = sessions.start(connection, policy, new, moment)
        if step is None:
            found = find_secret(connection, user_id)
            facts = {"address": visitor.address, **({} if proven.by == "password" else {"by": proven.by})}
            act = Act("login", DOORS[proven.kind], user_id, found.name if found else "", record=user_id, facts=facts)
            write_act(store, connection, act, moment)
    return Halfway(step, token) if step is not None else LoggedIn(user_id, token, left)


def _stands(connection: Connection, proven: Proven) -> bool:
    """Whether it is still so, and stays so until the session is there: who changes it ends the sessions that he finds then."""
    query = sa.select(ab_user.c.password, ab_user.c.active).where(ab_user.c.id == proven.user_id).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None or not row.active or row.password != proven.password:
        return False
    return not proven.step or sessions.use_step(connection, proven.step)


def _factor_step(store: Store, user_id: int) -> sessions.Step | None:
    with store.system_reading() as connection:
        if second_factor.has_factor(connection, user_id):
            return "code"
        return "enrol" if second_factor.is_required(connection, store.catalog, user_id) else None


def _checked(store: Store, attempt: Attempt, moment: dt.datetime) -> Secret | NotLoggedIn | Arrival:
    login, visitor = clean_login(attempt.login), attempt.visitor
    key, policy = login.lower(), store.catalog.pack.security.lockout
    place = None if visitor.is_shared or not visitor.address else lockout.address_key(visitor.address)
    if not (may_try(visitor) and (BY_LOGIN.take(key) or _has_own_bucket(store, login, visitor, moment))):
        _note_failure(store, attempt, None, "too_many", moment)
        return NotLoggedIn("too_many")
    with store.system_reading() as connection:
        person = find_login(connection, login)
        kept_out = place is not None and lockout.is_locked(connection, place, moment)
    counted = key
    heard = not kept_out and lockout.claim(store, key, policy, moment)
    if not heard and not kept_out and place is not None:
        # A stranger locked the login: where the person logs in usually, tries are counted on their own.
        counted = lockout.usual_key(key, visitor.address or "")
        heard = _is_usual(store, person, visitor.address, moment) and lockout.claim(store, counted, policy, moment)
    # The password is hashed in any case: an unknown or a locked login answers as late as a wrong password.
    right = passwords.verify(person.password if person else None, attempt.password[: passwords.LONGEST * 4])
    allowed = person is not None and attempt.passwords.allows(person.login)
    proven: Secret | Arrival | None = person if heard and right and allowed and person and person.active else None
    if proven is None and heard and attempt.directory is not None:
        try:
            proven = vouched(attempt.directory, login, attempt.password)
        except NotArrived as error:
            _note_failure(store, attempt, person, f"{error.why}: {error.detail}", moment)
            return NotLoggedIn("unreachable")
    if proven is None:
        if heard and place is not None:
            lockout.claim(store, place, lockout.of_addresses(policy), moment)
        _note_failure(store, attempt, person, _why(person, locked=not heard, right=right, allowed=allowed), moment)
        return NotLoggedIn("wrong")
    with store.housekeeping() as connection:
        lockout.forget_failures(connection, counted)
        if place is not None:
            lockout.forgive(connection, place)
        if isinstance(proven, Arrival):
            return proven
        return replace(proven, password=_renewed_hash(connection, proven, attempt.password))


def may_try(visitor: sessions.Visitor) -> bool:
    """Whether an address may try once more, whatever it tries at the login."""
    return BY_ADDRESS.take(lockout.counted_as(visitor.address))


def _has_own_bucket(store: Store, login: str, visitor: sessions.Visitor, moment: dt.datetime) -> bool:
    """Whether one may try where others have emptied the bucket of a login: from where its person logs in usually."""
    if visitor.is_shared or not visitor.address:
        return False
    with store.system_reading() as connection:
        person = find_login(connection, login)
    own = lockout.usual_key(login.lower(), visitor.address)
    return _is_usual(store, person, visitor.address, moment) and BY_LOGIN.take(own)


def _is_usual(store: Store, person: Secret | None, address: str | None, moment: dt.datetime) -> bool:
    """Whether the person logged in from there lately; it is looked up for nobody, too, which takes as long."""
    with store.system_reading() as connection:
        known = login_addresses(connection, person.id if person else 0, moment - USUAL_FOR)
    return lockout.counted_as(address) in {lockout.counted_as(each) for each in known}


def _renewed_hash(connection: Connection, person: Secret, password: str) -> str | None:
    """The hash that is kept. One made with other parameters than those of today is made anew, now that the password is at hand."""
    if person.password is None or not passwords.is_outdated(person.password):
        return person.password
    anew = passwords.hashed(password)
    same = sa.update(ab_user).where(ab_user.c.id == person.id, ab_user.c.password == person.password)
    connection.execute(same.values(password=anew))
    return anew


def _why(person: Secret | None, *, locked: bool, right: bool, allowed: bool) -> str:
    """Why a try failed, for the audit alone: who tried is not told."""
    if person is None:
        return "unknown"
    if locked:
        return "locked"
    if not allowed:
        return "no_passwords"
    return "inactive" if right else "password"


def _note_failure(store: Store, attempt: Attempt, person: Secret | None, why: str, moment: dt.datetime) -> None:
    """A line without what was typed: it may be the password."""
    address = attempt.visitor.address
    facts = {"why": why, "address": address}
    act = Act("login_failed", DOORS[attempt.kind], record=person.id if person else None, facts=facts)
    note(store, act, moment, tried_by=address or "-")


def clean_login(text: str) -> str:
    """A login as it is compared: trimmed, composed, without what no login holds."""
    composed = unicodedata.normalize("NFC", text.replace("\0", "")).strip()
    return composed[:LONGEST_LOGIN]


def find_login(connection: Connection, login: str) -> Secret | None:
    """The login of that name; letter case does not matter, an exact match comes first."""
    same = sa.or_(ab_user.c.username == login, sa.func.lower(ab_user.c.username) == login.lower())
    row = connection.execute(_SECRETS.where(same).order_by(ab_user.c.username != login).limit(1)).first()
    return Secret(*row) if row else None


def find_secret(connection: Connection, user_id: int) -> Secret | None:
    """The login of a person."""
    row = connection.execute(_SECRETS.where(ab_user.c.id == user_id)).first()
    return Secret(*row) if row else None


def is_own_password(store: Store, user_id: int, password: str, moment: dt.datetime) -> bool:
    """Whether who is logged in shows his password once more. Wrong ones count as at the login: a session that was left open
    is no way to guess it.
    """
    with store.system_reading() as connection:
        secret = find_secret(connection, user_id)
    if secret is None or not lockout.claim(store, secret.login.lower(), store.catalog.pack.security.lockout, moment):
        return False
    if not passwords.verify(secret.password, password):
        return False
    with store.housekeeping() as connection:
        lockout.forget_failures(connection, secret.login.lower())
    return True
