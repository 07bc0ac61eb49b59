"""What the login leaves in the audit: who came in and went, tries in vain without what was typed, and no flood of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa

from app.orm.framework import audit
from app.orm.types import now
from app.record import Act, digest_of
from app.record.acts import FACTS
from app.web.security import audited
from app.web.security.lockout import Bucket
from tests.unit.website import PASSWORD, Browser, Website, find_csrf


@pytest.fixture(autouse=True)
def _full_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audited, "OF_ONE", Bucket(20, 1 / 60))
    monkeypatch.setattr(audited, "OF_ALL", Bucket(500, 1.0))
    monkeypatch.setattr(audited, "_left_out", Counter())


def lines(website: Website, *actions: str) -> list[dict[str, Any]]:
    with website.store.system_reading() as connection:
        query = sa.select(audit).where(audit.c.action.in_(actions)).order_by(audit.c.id)
        return [dict(row) for row in connection.execute(query).mappings()]


def test_who_comes_in_and_goes_is_told(website: Website, stranger: Browser) -> None:
    stranger.log_in("rep")
    stranger.post("/logout/", data={"csrf_token": find_csrf(stranger.get("/password/").text)})
    told = lines(website, "login", "logout")
    assert [(each["action"], each["door"], each["actor_id"], each["record"]) for each in told] == [
        ("login", "form", website.ids["rep"], website.ids["rep"]),
        ("logout", "form", website.ids["rep"], website.ids["rep"]),
    ]
    assert all(digest_of(each) == each["digest"] for each in told)


def test_a_try_in_vain_is_told_with_its_reason_and_nothing_that_was_typed(website: Website, stranger: Browser) -> None:
    stranger.log_in("rep", "not the password")
    stranger.log_in("My$ecretPassw0rd", "x")
    told = lines(website, "login_failed")
    assert [(each["record"], each["actor_id"], each["actor"], each["changes"][FACTS][1]["why"]) for each in told] == [
        (website.ids["rep"], None, "", "password"),
        (None, None, "", "unknown"),
    ]
    assert "ecret" not in str(told)
    assert PASSWORD not in str(told)


def test_many_tries_in_vain_do_not_fill_the_disk(website: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [0.0]
    monkeypatch.setattr(audited, "OF_ONE", Bucket(3, 1 / 60, lambda: moment[0]))
    act = Act("login_failed", "form")
    for _ in range(10):
        audited.note(website.store, act, now(), tried_by="10.0.0.1")
    audited.note(website.store, act, now(), tried_by="10.0.0.2")
    moment[0] = 60.0
    audited.note(website.store, act, now(), tried_by="10.0.0.1")
    left_out = [each["changes"][FACTS][1].get("left_out") for each in lines(website, "login_failed")]
    assert left_out == [None, None, None, None, 7]


def test_what_is_denied_is_told_once_each_without_values_and_what_is_not_there_looks_the_same(
    website: Website, stranger: Browser
) -> None:
    account = website.add("account", "colleague", name="Out of sight")
    stranger.get(f"/account/{account}")
    rep = website.browser("rep")
    assert rep.get(f"/account/{account}?secret=4711").status_code == 404
    assert rep.get("/account/987654").status_code == 404
    assert rep.get("/no-such-page/").status_code == 404
    told = lines(website, "denied")
    facts = {"tried": "GET /<entity:entity>/<string:record>", "status": 404}
    assert [(each["actor_id"], each["entity"], each["record"], each["changes"][FACTS][1]) for each in told] == [
        (website.ids["rep"], "account", account, facts),
        (website.ids["rep"], "account", 987654, facts),
    ]


def test_an_export_is_told_with_its_filter_and_how_many_rows(website: Website) -> None:
    website.add("account", "rep", name="Acme")
    website.add("account", "rep", name="Other")
    answer = website.browser("administrator").get("/account/csv?q=acme")
    sent = answer.text.strip().splitlines()
    (told,) = lines(website, "export")
    facts = told["changes"][FACTS][1]
    assert (told["entity"], told["record"], facts["count"], facts["filter"], facts["of"]) == (
        "account", None, len(sent) - 1, "~ acme", "*",
    )  # fmt: skip
