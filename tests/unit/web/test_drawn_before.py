"""Forms that were drawn before a change and are sent after it: saved, or asked about, and nothing that was typed is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.loading import load_pack
from app.plan import AppliedRevision, apply_plan, open_store, plan_for
from app.web.app import create_app
from tests.unit.website import PACK, Browser, Website, write_pack

ACCOUNT = "entities/account.yaml"
NOTES = "  notes:    {type: long_text, label: {en: Notes, zh: 备注}}\n"
Changed = Callable[..., tuple[Website, Browser]]


@pytest.fixture
def changed(website: Website, tmp_path: Path) -> Changed:
    """Applies the pack with texts replaced in its files; the application over it, and the representative's browser."""

    def apply(replaced: Mapping[str, Mapping[str, str]]) -> tuple[Website, Browser]:
        files = dict(PACK)
        for path, texts in replaced.items():
            for old, new in texts.items():
                assert old in files[path]
                files[path] = files[path].replace(old, new)
        loaded, engine = load_pack(write_pack(tmp_path / "changed", files)), website.store.engine
        assert loaded.catalog is not None, loaded.errors
        plan = plan_for(engine, loaded)
        assert not plan.blocked, plan.render()
        done = apply_plan(engine, loaded, plan, "tester", [step.name for step in plan.destructive])
        assert isinstance(done, AppliedRevision)
        store = open_store(engine)
        now = Website(create_app(store, website.settings), store, website.settings, website.ids)
        return now, now.browser("rep")

    return apply


def newest(website: Website, field: str) -> object:
    """What the record that was made last holds."""
    table = website.store.models.tables["account"]
    with website.store.system_reading() as connection:
        return connection.execute(sa.select(table.c[field]).order_by(table.c.id.desc()).limit(1)).scalar_one()


def test_a_field_that_was_renamed_is_saved(website: Website, changed: Changed) -> None:
    account = website.add("account", "rep", name="Acme", notes="old")
    now, rep = changed(
        {ACCOUNT: {NOTES: NOTES.replace("notes:    {", "remarks:  {renamed_from: notes, "), "secret, notes": "secret"}}
    )
    typed = {"name": "Acme", "name:was": "Acme", "notes": "all that was said", "notes:was": "old", "version": "1"}
    assert rep.post(f"/account/{account}/edit", data=typed).status_code == 303
    assert newest(now, "remarks") == "all that was said"


def test_what_was_entered_in_a_field_that_went_is_asked_about(website: Website, changed: Changed) -> None:
    account = website.add("account", "rep", name="Acme", notes="old")
    now, rep = changed({ACCOUNT: {NOTES: "", "secret, notes": "secret"}})
    typed = {"name": "Acme 2", "name:was": "Acme", "notes": "all that was <said>", "notes:was": "old", "version": "1"}
    asked = rep.post(f"/account/{account}/edit", data=typed)
    assert asked.status_code == 422
    assert "You entered: all that was &lt;said&gt;" in asked.text
    assert 'value="Acme 2"' in asked.text
    assert newest(now, "name") == "Acme"
    del typed["notes"], typed["notes:was"]
    assert rep.post(f"/account/{account}/edit", data=typed).status_code == 303
    assert newest(now, "name") == "Acme 2"


def test_a_field_that_went_and_was_not_touched_holds_nothing_up(website: Website, changed: Changed) -> None:
    account = website.add("account", "rep", name="Acme", notes="old")
    _, rep = changed({ACCOUNT: {NOTES: "", "secret, notes": "secret"}})
    typed = {"name": "Acme 2", "name:was": "Acme", "notes": "old", "notes:was": "old", "version": "1"}
    assert rep.post(f"/account/{account}/edit", data=typed).status_code == 303
    assert rep.post("/account/new", data={"name": "New", "notes": ""}).status_code == 303


def test_a_field_of_another_type_takes_what_fits_and_asks_else(changed: Changed) -> None:
    now, rep = changed({ACCOUNT: {NOTES: NOTES.replace("long_text", "integer, existing: blank")}})
    assert rep.post("/account/new", data={"name": "Fits", "notes": "1204"}).status_code == 303
    assert newest(now, "notes") == 1204
    asked = rep.post("/account/new", data={"name": "Does not", "notes": "call me"})
    assert asked.status_code == 422
    assert 'value="call me"' in asked.text


def test_an_option_that_was_renamed_is_saved_and_one_that_retired_is_asked_about(changed: Changed) -> None:
    plain = "  b: {label: {en: Plain, zh: 普通}}"
    level = {"  a: {": "  top: {renamed_from: a, ", plain: plain.replace("{label", "{retired: true, label")}
    view = {'level == "a"': 'level == "top"'}
    deal = {'"a", "b")': '"top", "b")'}
    now, rep = changed({"picklists/level.yaml": level, "views/linked.yaml": view, "entities/deal.yaml": deal})
    assert rep.post("/account/new", data={"name": "Renamed", "level": "a"}).status_code == 303
    assert newest(now, "level") == "top"
    asked = rep.post("/account/new", data={"name": "Retired", "level": "b"})
    assert asked.status_code == 422
    assert 'value="Retired"' in asked.text
