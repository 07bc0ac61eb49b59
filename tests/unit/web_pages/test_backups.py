"""The page of the backups, for administrators, and what the server says of them to whoever watches it."""

from __future__ import annotations

import dataclasses

from app.automation.runs import wanted
from app.backup import make_backup, place_of, verify_backup
from app.definition.backup import BackupPlan, Backups
from app.definition.grammars import Period
from app.files import FolderContents
from app.orm.store import Store
from app.orm.types import now
from app.web.app import create_app
from tests.unit.website import Browser, Website

PLAN = Backups(full=BackupPlan(every=Period("week")), incremental=BackupPlan(every=Period("day")))


def planned(website: Website) -> Store:
    """The store of the website, as if its pack had a backups.yaml."""
    models = dataclasses.replace(website.store.models, catalog=dataclasses.replace(website.store.catalog, backups=PLAN))
    return dataclasses.replace(website.store, models=models)


def test_without_a_plan_and_without_backups_it_says_so(administrator: Browser) -> None:
    page = administrator.get("/backups/").text
    assert "There is no backup yet." in page
    assert "crm backup run" in page
    assert administrator.post("/backups/run", data={"job": "backup.full"}).status_code == 400


def test_backups_are_listed_and_told_of_in_both_languages(website: Website, administrator: Browser) -> None:
    settings = dataclasses.replace(website.settings, backup_key="a key of a company that is made up")
    place, store = place_of(settings, website.store.catalog), website.store
    made = make_backup(store, FolderContents(settings.files_dir), place, "full", now())
    page = administrator.get("/backups/").text
    assert made.backup.id in page
    assert "Not tried" in page
    verify_backup(place, made.backup, store.engine.url, now())
    page = administrator.get("/backups/").text
    assert "Restorable" in page
    assert "can log in" in page
    administrator.post("/language/", data={"language": "zh"})
    assert "可恢复" in administrator.get("/backups/").text
    told = create_app(store, settings).test_client().get("/readyz")
    assert (told.status_code, told.text) == (200, "ready\nbackup: 0 h old, verified 0 h ago\n")
    (path,) = made.backup.paths
    whole = path.read_bytes()
    path.write_bytes(whole[:3000] + bytes([whole[3000] ^ 1]) + whole[3001:])
    verify_backup(place, made.backup, store.engine.url, now())
    assert "最近一次验证失败" in administrator.get("/backups/").text
    told = create_app(store, settings).test_client().get("/readyz")
    assert "never verified; the last verification failed" in told.text


def test_backups_that_are_planned_and_missing_are_told_of(website: Website) -> None:
    told = create_app(planned(website), website.settings).test_client().get("/readyz")
    assert (told.status_code, told.text) == (200, "ready\nbackup: none yet\n")


def test_one_is_asked_for(website: Website) -> None:
    served = dataclasses.replace(website, app=create_app(planned(website), website.settings))
    browser = served.browser("administrator")
    answer = browser.post("/backups/run", data={"job": "backup.full"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/backups/")
    assert list(wanted(website.store)) == ["backup.full"]
    assert browser.post("/backups/run", data={"job": "purge"}).status_code == 400


def test_others_do_not_see_it(rep: Browser) -> None:
    assert rep.get("/backups/").status_code == 403
    assert rep.post("/backups/run", data={"job": "backup.full"}).status_code == 403
    assert "/backups/" not in rep.get("/").text
