"""An entity, a field and an option get other names while a server serves them: every screen and REST work, old ones say no."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from werkzeug.test import Client

from app.loading import load_pack
from app.plan import AppliedRevision, apply_plan, plan_for
from tests.unit.web.test_taking_up import Site
from tests.unit.website import PASSWORD, find_csrf


def rename(pack: Path) -> None:
    """`account` becomes `customer`, its `phone` `mobile`, and the level `a` `top`, wherever the pack names them."""
    old = pack / "entities" / "account.yaml"
    text = re.sub(r"\bphone: +{type: phone", "mobile: {type: phone, renamed_from: phone", old.read_text("utf-8"))
    text = text.replace("level, phone,", "level, mobile,")
    (pack / "entities" / "customer.yaml").write_text(f"renamed_from: account\n{text.lstrip()}", "utf-8")
    old.unlink()
    for path in pack.rglob("*.yaml"):
        text = path.read_text("utf-8")
        text = re.sub(r"\b((?:to|entity): |items: {)account\b", r"\1customer", text)
        if path.parent.name == "roles":
            text = re.sub(r"^  account:", "  customer:", text, flags=re.MULTILINE).replace("{phone: {", "{mobile: {")
        text = text.replace('"a"', '"top"').replace("  a: {label: {en: Top", "  top: {renamed_from: a, label: {en: Top")
        path.write_text(text, "utf-8")


@pytest.fixture
def renamed(tmp_path: Path, database_url: str) -> Site:
    """A site with an account, that has taken nothing up yet when the pack is applied under other names."""
    site = Site(tmp_path, database_url)
    body = {"name": "Acme Ltd", "level": "a", "phone": "+8613800000001"}
    assert Client(site.swap).post("/api/v1/account/", headers=site.bearer, json=body).status_code == 201
    person = {"name": "Ada", "account": "1"}
    assert Client(site.swap).post("/api/v1/contact/", headers=site.bearer, json=person).status_code == 201
    rename(site.pack)
    loaded = load_pack(site.pack)
    assert not loaded.errors, loaded.errors
    plan = plan_for(site.engine, loaded)
    assert {step.kind.words for step in plan.steps} <= {"rename entity", "rename field", "rename option"}, plan.render()
    assert isinstance(apply_plan(site.engine, loaded, plan, "test"), AppliedRevision)
    return site


def test_screens_and_rest_work_under_new_names(renamed: Site) -> None:
    api = Client(renamed.swap)
    found = api.get("/api/v1/customer/1", headers=renamed.bearer)
    assert found.status_code == 200
    assert {"name": "Acme Ltd", "level": "top", "mobile": "+8613800000001"}.items() <= found.get_json()[
        "result"
    ].items()
    changed = api.patch("/api/v1/customer/1", headers=renamed.bearer, json={"level": "b", "version": 1})
    assert changed.status_code == 200, changed.get_data(as_text=True)
    where = {"filter": 'level == "b" and not is_blank(mobile)'}
    assert api.get("/api/v1/customer/", headers=renamed.bearer, query_string=where).status_code == 200
    assert api.get("/api/v1/account/1", headers=renamed.bearer).status_code == 404

    browser = Client(renamed.swap)
    csrf = {"X-CSRF-Token": find_csrf(browser.get("/login/").get_data(as_text=True))}
    login = {"username": "administrator", "password": PASSWORD}
    assert browser.post("/login/", data=login, headers=csrf).status_code == 303
    pages = [
        "/", "/customer/", "/customer/1", "/customer/1?tab=history", "/customer/1/edit", "/customer/new", "/customer/bin/",
        "/customer/csv", "/contact/1", "/customer/?q=acme", "/customer/?f.level=b", "/customer/?view=linked", "/search?q=acme",
    ]  # fmt: skip
    for path in pages:
        answer = browser.get(path, follow_redirects=True)
        assert (path, answer.status_code) == (path, 200)
    assert "Acme Ltd" in browser.get("/customer/?q=acme").get_data(as_text=True)
    assert browser.get("/account/1").status_code == 404
    assert browser.get("/account/").status_code == 404
