"""A field is added twice while people work: no request fails, and what they typed is there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from werkzeug.test import Client

from app.factory import build_app
from app.loading import load_pack
from app.orm.engine import open_engine
from app.orm.framework import ab_user
from app.orm.types import now
from app.plan import AppliedRevision, apply_plan, load_revision, plan_for
from app.settings import Settings
from app.web.security.links import make_link
from app.web.swap import Swap
from tests.databases import deep_on_postgresql, place
from tests.unit.website import PASSWORD, find_csrf, settle, write_pack

THREADS = 4
FIRST = "  colour: {type: text, label: {en: Colour, zh: 颜色}}\n"
SECOND = "  size: {type: integer, label: {en: Size, zh: 规模}}\n"


class Site:
    """An application that takes up revisions, its pack and what its visitors saw."""

    def __init__(self, folder: Path, url: str) -> None:
        self.pack = write_pack(folder / "pack")
        place(url, "taking up", lambda engine: settle(engine, self.pack))
        self.engine = open_engine(url)
        settings = Settings(config=self.pack, database_url=url, data_dir=folder)
        self.swap: Swap = build_app(settings, self.engine)
        self.bearer = {"Authorization": f"Bearer {self._token()}"}
        self.statuses: list[int] = []
        self.created: set[str] = set()

    def _token(self) -> str:
        body = {"username": "administrator", "password": PASSWORD}
        answer = Client(self.swap).post("/api/v1/security/login", json=body)
        return str(answer.get_json()["access_token"])

    def apply(self, *lines: str) -> int:
        """Write the fields into the pack and apply it; the number of the revision."""
        path = self.pack / "entities" / "account.yaml"
        path.write_text(path.read_text("utf-8").replace("list:\n", f"{''.join(lines)}list:\n", 1), "utf-8")
        loaded = load_pack(self.pack)
        answer = apply_plan(self.engine, loaded, plan_for(self.engine, loaded), "test")
        assert isinstance(answer, AppliedRevision), answer
        return answer.number

    def work(self, name: str, done: threading.Event) -> None:
        """Read the list and create accounts until told to stop, 20 times at least."""
        client = Client(self.swap)
        number = 0
        while number < 20 or not done.is_set():
            number += 1
            listed = client.get("/api/v1/account/", headers=self.bearer)
            made = client.post("/api/v1/account/", headers=self.bearer, json={"name": f"{name} {number}"})
            self.statuses += [listed.status_code, made.status_code]
            self.created.add(f"{name} {number}")


@pytest.fixture
def site(tmp_path: Path, new_url: str) -> Iterator[Site]:
    site = Site(tmp_path, new_url)
    yield site
    site.engine.dispose()


def test_two_changes_are_taken_up_under_load_without_a_failed_request(site: Site) -> None:
    done = threading.Event()
    workers = [threading.Thread(target=site.work, args=(f"worker {number}", done)) for number in range(THREADS)]
    for worker in workers:
        worker.start()
    try:
        assert site.apply(FIRST) == 2
        assert site.apply(SECOND) == 3
    finally:
        done.set()
        for worker in workers:
            worker.join()
    assert set(site.statuses) == {200, 201}
    assert site.swap.store.revision == 3
    client = Client(site.swap)
    body = {"name": "after", "colour": "green", "size": 7}
    assert client.post("/api/v1/account/", headers=site.bearer, json=body).status_code == 201
    found = client.get("/api/v1/account/?count=exact&limit=1", headers=site.bearer).get_json()
    assert found["count"] == len(site.created) + 1, "nothing was lost and nothing was saved twice"


@deep_on_postgresql
def test_a_form_typed_before_a_change_is_saved_after_it(site: Site) -> None:
    client = Client(site.swap)
    before = site.swap.inner
    site.apply(FIRST)
    answer = client.post("/api/v1/account/", headers=site.bearer, json={"name": "typed", "colour": "green"})
    assert answer.status_code == 201
    assert site.swap.inner is not before


@deep_on_postgresql
def test_a_pack_that_can_not_be_built_leaves_the_old_one_serving(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = site.swap.inner
    site.apply(FIRST)
    monkeypatch.setattr("app.web.app.TenonBuilder", None)
    listed = Client(site.swap).get("/api/v1/account/", headers=site.bearer)
    assert listed.status_code == 200
    assert site.swap.inner is before
    assert "could not take up" in caplog.text
    written = Client(site.swap).post("/api/v1/account/", headers=site.bearer, json={"name": "x"})
    assert written.status_code == 503, "what it does not understand it does not write"
    assert load_revision(site.engine).number == 2


def test_a_link_for_a_password_outlives_a_change(site: Site) -> None:
    store = site.swap.store
    with store.system_reading() as connection:
        rep = connection.execute(sa.select(ab_user.c.id).where(ab_user.c.username == "rep")).scalar_one()
    path = f"/setup/{make_link(store, rep, now())}"
    client = Client(site.swap)
    sent = {"password": "Quite another one 5", "password_again": "Quite another one 5"}
    sent["csrf_token"] = find_csrf(client.get(path).text)
    assert site.apply(FIRST) == 2
    assert client.post(path, data=sent).status_code == 303
