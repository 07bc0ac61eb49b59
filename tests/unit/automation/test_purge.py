"""What nobody needs any more goes: read notices after 90 days, what was fired after as long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.automation.notices import Notice, tell
from app.automation.purge import FIRED_KEPT, NOTICES_KEPT, purge
from app.automation.told import mark_read
from app.orm.framework import fired, notice, passkey_challenge, saml_answer
from app.orm.store import Store
from tests.unit.company import REP, build_catalog, open_settled

NOW = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
A_MOMENT = dt.timedelta(milliseconds=1)


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    with open_settled(sqlite_url, build_catalog()) as found:
        yield found


def test_notices_go_so_long_after_they_were_read(store: Store) -> None:
    with store.housekeeping() as connection:
        tell(connection, [Notice(user=REP, kind="reminder", mark=each) for each in ("read", "old", "unread")], NOW)
        for mark, at in (("read", NOW), ("old", NOW - A_MOMENT)):
            found = connection.execute(sa.select(notice.c.id).where(notice.c.mark == mark)).scalar_one()
            assert mark_read(connection, REP, at, found)
    assert purge(store, NOW + NOTICES_KEPT)["read notices"] == 1
    with store.system_reading() as connection:
        assert set(connection.execute(sa.select(notice.c.mark)).scalars()) == {"read", "unread"}


def test_what_was_fired_goes_when_no_run_is_tried_again(store: Store) -> None:
    with store.housekeeping() as connection:
        for record, at in ((1, NOW), (2, NOW - A_MOMENT)):
            connection.execute(sa.insert(fired).values(automation="soon", record=record, moment=NOW, at=at))
    assert purge(store, NOW + FIRED_KEPT)["fired automations"] == 1


def test_what_a_login_waited_for_goes_when_its_browser_never_came(store: Store) -> None:
    asked = {"challenge": "", "purpose": "login", "about": ""}
    with store.housekeeping() as connection:
        for number, at in (("over", NOW - A_MOMENT), ("good", NOW)):
            connection.execute(sa.insert(saml_answer).values(id=number, arrival="sealed", expires_at=at))
            connection.execute(sa.insert(passkey_challenge).values(id=number, expires_at=at, **asked))
    done = purge(store, NOW)
    assert (done["answers of login providers"], done["questions to passkeys"]) == (1, 1)
