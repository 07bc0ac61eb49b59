"""Rows that leave as files: no more of a person's within 24 hours than his roles allow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.exc import OperationalError

from app.access import system_actor
from app.cli import main
from app.orm.framework import ab_user, audit
from tests.unit.website import DATABASES, PACK, Prepared, Website, prepare, served_on

exporting = import_module("app.record.exporting")
LIMITED = {
    **PACK,
    "roles/rep.yaml": PACK["roles/rep.yaml"].replace("grants:", "limits: {export_rows: 4, exports: 5}\ngrants:", 1),
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("limited"), LIMITED)


@pytest.fixture(params=DATABASES)
def site(request: pytest.FixtureRequest, prepared: Prepared) -> Iterator[Website]:
    with served_on(request, prepared) as found:
        yield found


def add(site: Website, count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        site.add("account", "rep", name=f"Account {number}")


def told(site: Website) -> list[int]:
    """How many rows each export had, as the audit tells it."""
    with site.store.engine.connect() as connection:
        query = sa.select(audit.c.changes).where(audit.c.action == "export").order_by(audit.c.id)
        return [each["act."][1]["count"] for each in connection.scalars(query)]


def test_what_is_left_of_a_day_goes_out_and_more_does_not(site: Website) -> None:
    add(site, 3)
    rep = site.browser("rep")
    first = rep.get("/account/csv")
    assert len(first.text.splitlines()) == 4
    assert first.headers["Content-Disposition"].startswith("attachment")
    refused = rep.get("/account/csv?sort=-name")
    assert (refused.status_code, refused.headers["Location"]) == (303, "/account/?sort=-name")
    assert "2 of 5 within 24 hours are left" in rep.get(refused.headers["Location"]).text
    assert len(rep.get("/account/csv?q=Account 1").text.splitlines()) == 2  # fewer rows than are left
    assert told(site) == [3, 1]  # what was refused is no export
    with site.store.engine.connect() as connection:
        query = sa.select(audit.c.changes).where(audit.c.action == "denied", audit.c.entity == "account")
        assert [each["act."][1] for each in connection.scalars(query)] == [{"tried": "export", "limit": 5, "left": 2}]
    assert rep.get("/account/csv").status_code == 303
    assert (
        len(site.browser("administrator").get("/account/csv").text.splitlines()) == 4
    )  # whose roles say nothing of it


def test_it_is_said_in_chinese_and_a_day_later_it_goes_out(site: Website) -> None:
    for number in range(3):
        site.add("account", "colleague", name=f"客户{number}")
    colleague = site.browser("colleague")
    assert [colleague.get("/account/csv").status_code for _ in range(2)] == [200, 303]
    assert "24小时内最多5行，还剩2行" in colleague.get("/account/").text
    later = dt.timedelta(hours=25)
    with site.store.engine.begin() as connection:
        for row in connection.execute(sa.select(audit.c.id, audit.c.at).where(audit.c.action == "export")).all():
            connection.execute(sa.update(audit).where(audit.c.id == row.id).values(at=row.at - later))
    assert colleague.get("/account/csv").status_code == 200


def test_the_command_counts_as_the_page_does(site: Website, tmp_path: Path) -> None:
    add(site, 3)
    environment = {"CRM_DATABASE_URL": site.settings.database_url, "CRM_DATA_DIR": str(site.settings.data_dir)}
    out = tmp_path / "accounts.csv"

    def run(*more: str) -> Result:
        return CliRunner().invoke(main, ["export", "account", "--out", str(out), *more], env=environment)

    site.browser("rep").get("/account/csv")
    refused = run("--user", "rep")
    assert (refused.exit_code, out.exists()) == (1, False)
    assert "2 of 5 within 24 hours are left" in refused.output
    assert "3 records" in run().output  # nobody in person


def test_a_file_has_no_more_rows_than_a_file_may(site: Website) -> None:
    add(site, 5)
    assert len(site.browser("rep").get("/account/csv").text.splitlines()) == 5
    assert told(site) == [4]


def test_chosen_rows_are_counted_as_those_of_a_list(site: Website) -> None:
    add(site, 3)
    rep = site.browser("rep")
    ids = [str(site.add("account", "rep", name=name)) for name in ("One", "Two", "Three")]
    assert len(rep.post("/account/bulk/csv", data={"id": ids}).text.splitlines()) == 4
    refused = rep.post("/account/bulk/csv?sort=-name", data={"id": ids})
    assert (refused.status_code, refused.headers["Location"]) == (303, "/account/?sort=-name")
    assert "2 of 5 within 24 hours are left" in rep.get(refused.headers["Location"]).text
    assert len(rep.post("/account/bulk/csv", data={"id": ids[:2]}).text.splitlines()) == 3
    assert told(site) == [3, 2]


def test_two_at_once_are_counted_one_after_the_other(site: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    """While exports are counted to write a line, no other request of that person can be; and what came first counts."""
    add(site, 3)
    rep, counted, alone = site.browser("rep"), exporting._exported, list[bool]()
    url = site.store.engine.url
    options = {"timeout": 0} if url.get_backend_name() == "sqlite" else {"options": "-c lock_timeout=1"}
    other = sa.create_engine(url, connect_args=options)

    def watched(*asked: Any) -> int:
        with other.connect() as connection:  # which rolls back
            try:
                connection.execute(sa.update(ab_user).where(ab_user.c.id == site.ids["rep"]).values(active=True))
                alone.append(False)
            except OperationalError:
                alone.append(True)
        return int(counted(*asked))

    claims = exporting.exports_left

    def overtaken(*asked: Any) -> int:
        """Somebody else in his name exports after this one has looked how many are left."""
        left = int(claims(*asked))
        monkeypatch.undo()
        assert site.browser("rep").get("/account/csv").status_code == 200
        monkeypatch.setattr(exporting, "_exported", watched)
        return left

    monkeypatch.setattr("app.web.pages.export.exports_left", overtaken)
    assert rep.get("/account/csv").status_code == 303
    assert (told(site), alone) == ([3], [True])
    other.dispose()


def test_a_limit_that_went_away_meanwhile_is_no_fault(site: Website) -> None:
    refused = exporting.too_many("account", None, 2)
    assert exporting.note_too_many(site.store, system_actor("system:command"), "account", refused, "form") is refused
    with site.store.engine.connect() as connection:
        query = sa.select(audit.c.changes).where(audit.c.action == "denied")
        assert [each["act."][1] for each in connection.scalars(query)] == [{"tried": "export", "left": 2}]
