"""The pages of roles are for administrators and auditors; exceptions are made by administrators, and hold at every door."""

import datetime as dt
import re

import pytest

from tests.security.company import ASKING
from tests.security.site import Site

OTHERS = [each for each in ASKING if each not in {"administrator", "auditor"}]


def path(site: Site, asker: str) -> str:
    return f"/roles/person/{site.company.people[asker]}"


def make(site: Site, asker: str, by: str = "administrator", **form: str) -> int:
    last = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3)).isoformat()
    posted = {"entity": "account", "effect": "more", "last_day": last, "reason": "Fair", **form}
    return site.page(by).post(f"{path(site, asker)}/exception", data=posted).status_code


def accounts(site: Site, asker: str) -> set[str]:
    answer = site.program(asker).get("/api/v1/account/?columns=id&limit=100")
    return {row["id"] for row in answer.get_json()["result"]} if answer.status_code == 200 else set()


@pytest.mark.parametrize("asker", OTHERS)
def test_rights_are_shown_to_administrators_and_auditors(site: Site, asker: str) -> None:
    browser = site.page(asker)
    for address in ("/roles/", "/roles/rep", path(site, "rep"), path(site, asker), "/privacy/", "/privacy/csv"):
        assert browser.get(address).status_code == 403, address
    assert make(site, asker, by=asker, verb="read", scope="all") == 403
    assert browser.post(f"{path(site, asker)}/exception/1/end").status_code == 403
    assert "/roles/" not in browser.get("/").text
    assert not site.wrote()


def test_pages_of_rights_open(site: Site) -> None:
    browser = site.page("administrator")
    for address in ("/roles/", "/roles/?verb=export", "/roles/rep", "/roles/rep?entity=account", path(site, "rep")):
        assert browser.get(address).status_code == 200, address
    assert browser.get("/roles/nobody").status_code == 404
    assert browser.get("/roles/person/987654").status_code == 404
    assert f'href="{path(site, "rep")}"' in browser.get(path(site, "rep").replace("/roles/person", "/user")).text


def test_auditors_find_what_they_check_in_the_menu(site: Site) -> None:
    menu = site.page("auditor").get("/").text
    assert all(f'href="/{page}/"' in menu for page in ("roles", "privacy", "audit"))
    assert not any(f'href="/{page}/"' in menu for page in ("settings", "jobs", "deliveries", "backups"))


def test_an_exception_holds_at_every_door_until_it_is_ended(site: Site) -> None:
    before = accounts(site, "rep")
    every = accounts(site, "administrator")
    assert before < every
    assert make(site, "rep", verb="read", scope="all") == 303
    assert accounts(site, "rep") == every
    foreign = min(every - before, key=int)
    assert site.page("rep").get(f"/account/{foreign}").status_code == 200
    shown = site.page("administrator").get(path(site, "rep")).text
    (row,) = re.findall(r"/exception/(\d+)/end", shown)
    assert site.page("administrator").post(f"{path(site, 'rep')}/exception/{row}/end").status_code == 303
    assert accounts(site, "rep") == before
    assert site.page("rep").get(f"/account/{foreign}").status_code == 404


def test_why_somebody_may_do_something_is_told_of_records_that_are_there(site: Site) -> None:
    foreign = min(accounts(site, "administrator") - accounts(site, "rep"), key=int)
    page = site.page("administrator").get(f"{path(site, 'rep')}?entity=account&verb=read&record={foreign}").text
    missing = site.page("administrator").get(f"{path(site, 'rep')}?entity=account&verb=read&record=98765432").text
    assert "may not do this" in page
    assert "There is no such record." in missing


@pytest.mark.parametrize("asker", ["administrator", "auditor"])
def test_the_register_of_personal_data_is_shown_and_its_file_told(site: Site, asker: str) -> None:
    browser = site.page(asker)
    assert browser.get("/privacy/").status_code == 200
    assert not site.wrote()
    answer = browser.get("/privacy/csv")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert site.changed() == ["tenon_audit"]
