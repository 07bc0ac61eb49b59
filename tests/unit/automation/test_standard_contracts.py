"""Contracts of the standard pack end by the clock: the day after their last one, but for what goes on by itself."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from app.automation.jobs import Occasion, jobs_of
from app.files import FolderContents
from app.orm.framework import notice
from tests.unit.automation.test_standard_mails import COMPANY, made, opened, people

LAST = dt.date(2026, 6, 30)
AFTER = dt.datetime(2026, 6, 30, 16, 30, tzinfo=dt.UTC)  # half past twelve at night in Shanghai
TERMS = {
    "signed_on": "2025-06-20",
    "starts_on": "2025-07-01",
    "ends_on": LAST.isoformat(),
    "obligations": "按期维保",
    "amount": "1000",
}


def test_a_contract_is_expired_the_day_after_its_last(sqlite_url: str, tmp_path: Path) -> None:
    store = replace(opened(sqlite_url), clock=lambda: AFTER)
    ids = people(store)
    account = made(store, "account", name="Acme", **COMPANY, owner=ids["rep"])
    stages = {
        "runs": {"stage": "running"},
        "signed": {"stage": "signed"},
        "goes_on": {"stage": "running", "renewal": "automatic"},
        "draft": {"stage": "draft"},
        "later": {"stage": "running", "ends_on": "2026-07-01"},
    }
    contracts = {
        key: made(store, "contract", number=key, name=key, account=account, owner=ids["rep"], **{**TERMS, **values})
        for key, values in stages.items()
    }
    job = jobs_of(store.catalog)["automation.contract_expires"]
    job.work(Occasion(store, FolderContents(tmp_path), AFTER, AFTER))
    table = store.models.tables["contract"]
    with store.system_reading() as connection:
        now = {row.number: row.stage for row in connection.execute(sa.select(table.c.number, table.c.stage))}
        told = connection.execute(sa.select(notice.c.user_id, notice.c.record)).all()
    store.engine.dispose()
    assert now == {"runs": "expired", "signed": "expired", "goes_on": "running", "draft": "draft", "later": "running"}
    assert {tuple(row) for row in told} == {(ids["rep"], contracts["runs"]), (ids["rep"], contracts["signed"])}
