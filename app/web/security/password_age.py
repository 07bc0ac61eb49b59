"""How old a password may be, and which ones can't be used again. Days are those of the company's calendar."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from app.definition import Catalog
from app.orm.framework import ab_user, login_state
from app.orm.store import Store
from app.web.security import passwords
from app.web.security.durations import parse_duration

WARNED_BEFORE = 7  # days


def days_left(store: Store, user_id: int, moment: dt.datetime) -> int | None:
    """How many days a password may still be used after today: 0 on its last day, below that it must be changed. None where the
    policy sets no age. One of which nobody knows since when it stands counts from now.
    """
    if store.catalog.pack.security.password.effective().max_age is None:
        return None
    with store.system_reading() as connection:
        query = sa.select(login_state.c.password_at).where(login_state.c.user_id == user_id)
        since = connection.execute(query).scalar()
    if since is None:
        since = moment
        # Of two logins at the same moment the other one has made the row.
        with suppress(IntegrityError), store.housekeeping() as connection:
            connection.execute(sa.insert(login_state).values(user_id=user_id, password_at=moment, earlier=[]))
    return days_left_of(store.catalog, since, moment)


def days_left_of(catalog: Catalog, since: dt.datetime, moment: dt.datetime) -> int | None:
    """As `days_left`, of a password that stands since then."""
    policy = catalog.pack.security.password.effective()
    if policy.max_age is None:
        return None
    return parse_duration(policy.max_age).days - age_in_days(catalog, since, moment)


def age_in_days(catalog: Catalog, since: dt.datetime, moment: dt.datetime) -> int:
    """Midnights since then, in the company's zone."""
    zone = ZoneInfo(catalog.pack.time_zone)
    return (moment.astimezone(zone).date() - since.astimezone(zone).date()).days


def was_used(connection: Connection, catalog: Catalog, user_id: int, password: str) -> bool:
    """Whether it is the present password, or one of the last ones: as many as the policy says, the present one counted."""
    present = connection.execute(sa.select(ab_user.c.password).where(ab_user.c.id == user_id)).scalar()
    kept = connection.execute(sa.select(login_state.c.earlier).where(login_state.c.user_id == user_id)).scalar()
    most = max(catalog.pack.security.password.history, 1)
    return any(passwords.verify(each, password) for each in [present, *(kept or [])][:most] if each)
