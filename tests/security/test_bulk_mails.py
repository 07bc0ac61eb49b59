"""Mail to many: nobody sends one, or looks at one of another, without being granted it."""

from __future__ import annotations

import pytest

from tests.security.company import ASKING
from tests.security.site import Site


@pytest.mark.parametrize("asker", ASKING)
def test_who_is_not_granted_it_begins_none_and_finds_none(site: Site, asker: str) -> None:
    browser = site.page(asker)
    for entity in ("account", "contact"):
        thing = site.thing(entity, "mine", asker)
        answer = browser.post(f"/{entity}/bulk/mail", data={"id": thing.id})
        assert answer.status_code in {403, 404}
    for method, path in (("GET", ""), ("POST", "/send"), ("POST", "/stop")):
        answer = browser.open(f"/bulk-mails/12{path}", method=method, headers={"X-CSRF-Token": browser.csrf})
        assert answer.status_code == 404
    assert browser.get("/bulk-mails/").status_code == (200 if asker == "administrator" else 403)
    assert not site.wrote()
