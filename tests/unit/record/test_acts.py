"""Acts that save no record: each leaves a line of the audit, and none is taken for a change of a record."""

from __future__ import annotations

import sqlalchemy as sa

from app.access import reading
from app.orm.framework import audit
from app.record import Act, digest_of, history, write_act
from app.record.acts import FACTS
from tests.unit.record.conftest import Company


def test_an_act_is_a_line_with_its_digest_and_no_part_of_a_history(company: Company) -> None:
    store, ann = company.store, company.rep
    record = company.add("account", ann, name="Acme")
    with store.housekeeping() as connection:
        act = Act("denied", "form", ann.user_id, ann.name, "account", record, {"tried": "update"})
        write_act(store, connection, act, store.clock())
        write_act(store, connection, Act("login_failed", "page", facts={"why": "wrong"}), store.clock())
    with store.system_reading() as connection:
        lines = connection.execute(sa.select(audit).order_by(audit.c.id.desc()).limit(2)).mappings().all()
    assert [(each["action"], each["entity"], each["record"], each["changes"][FACTS][1]) for each in lines] == [
        ("login_failed", "user", None, {"why": "wrong"}),
        ("denied", "account", record, {"tried": "update"}),
    ]
    assert all(digest_of(each) == each["digest"] for each in lines)
    with reading(store, ann) as session:
        assert [each.action for each in history(session, store.catalog, ann, "account", record)] == ["create"]
