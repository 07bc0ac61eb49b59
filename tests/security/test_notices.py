"""What one is told: by oneself alone to be read, and with no name of a record that is out of sight."""

import pytest
import sqlalchemy as sa

from app.automation.notices import Notice, tell
from app.orm.framework import notice
from app.orm.types import now
from tests.security.company import ASKING
from tests.security.site import Site, hear

KINDS = ("approval.asked", "reminder")


def tell_of_everything(site: Site, asker: str) -> None:
    """A notice of each record of the company, to one who may see only some of them."""
    user = site.company.people[asker]
    told = [
        Notice(user=user, kind=kind, mark=f"{kind}:{entity}:{record}", entity=entity, record=record)
        for entity, record in site.company.facts
        for kind in KINDS
    ]
    with site.store.housekeeping() as connection:
        tell(connection, told, now())


@pytest.mark.parametrize("asker", ASKING)
def test_a_notice_names_no_record_that_its_reader_may_not_see(site: Site, asker: str) -> None:
    tell_of_everything(site, asker)
    pages = [hear(site.page(asker).get(f"/notices/?page={page}")) for page in (1, 2, 3)]
    pages.append(hear(site.page(asker).get("/notices/new?after=0")))
    assert [site.leaks(asker, page) for page in pages] == [[]] * 4
    site.put_back()


def test_the_notices_of_others_are_not_found(site: Site) -> None:
    tell_of_everything(site, "rep")
    with site.store.system_reading() as connection:
        ids = list(connection.execute(sa.select(notice.c.id)).scalars())
    other = site.page("manager")
    assert other.post(f"/notices/{ids[0]}/read").status_code == 404
    assert other.post("/notices/read").status_code == 303
    assert other.get("/notices/count").get_json()["count"] == 0
    assert site.page("rep").get("/notices/count").get_json()["count"] == 100
    without_token = site.page("rep").post(f"/notices/{ids[0]}/read", headers={"X-CSRF-Token": "x"})
    assert without_token.status_code in {400, 403}
    with site.store.system_reading() as connection:
        assert connection.execute(sa.select(notice.c.id).where(notice.c.read_at.is_not(None))).all() == []
    site.put_back()


@pytest.mark.parametrize("asker", ASKING)
def test_nobody_marks_done_what_is_no_work_or_out_of_sight(site: Site, asker: str) -> None:
    before = dict(site.company.facts)
    for entity, record in before:
        heard = hear(site.page(asker).post(f"/{entity}/{record}/done", data={"version": "1"}))
        assert heard.status == 404
        assert site.leaks(asker, heard) == []
