"""The way of a mail to many: the list, the draft with who gets it and what it says, and how it came."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.automation.bulk_letters import write_next
from app.automation.mail_stops import stop_by_link
from app.orm.framework import delivery, mailing, saved_view
from tests.unit.website import PACK, Browser, Website, add, prepare

MAILING = PACK | {
    "templates/news.yaml": """
label: {en: News, zh: 动态}
for: mail
entity: contact
subject: {en: "News, {{ record.name }}", zh: "动态"}
body: "<p>Hello <b>{{ record.name }}</b></p>"
""",
    "roles/rep.yaml": PACK["roles/rep.yaml"].replace(
        "contact: {create: true, ", "contact: {mail: parent, create: true, "
    ),
}


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    return prepare(tmp_path_factory.mktemp("bulk"), MAILING)


def contacts(website: Website, number: int) -> list[int]:
    account = add(website.store, "account", name="Acme", owner=website.ids["rep"])
    return [
        add(website.store, "contact", name=f"Li {n}", account=account, email=f"li{n}@client.example", owner=website.ids["rep"])
        for n in range(number)
    ]  # fmt: skip


def draft_of(rep: Browser, **form: object) -> str:
    answer = rep.post("/contact/bulk/mail", data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def queued(website: Website) -> int:
    while write_next(website.store):
        pass
    with website.store.system_reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(delivery)).scalar_one()


def test_selected_rows_get_a_mail_once_and_the_page_tells_how_it_came(
    website: Website, rep: Browser, colleague: Browser
) -> None:
    first, second, _ = contacts(website, 3)
    stop_by_link(website.store, "li1@client.example")
    page = rep.get("/contact/").text
    assert 'action="/contact/bulk/mail"' in page
    draft = draft_of(rep, id=[first, second])
    shown = rep.get(draft).text
    assert "News, Li 0" in shown
    assert "&lt;b&gt;Li 0" not in shown  # as its reader sees it
    assert re.search(r"<b class=\"strong num\">1</b> get it, of 2 chosen", shown)
    assert "have unsubscribed" in shown
    assert colleague.get(draft).status_code == 404
    assert colleague.post(f"{draft}/send", data={"template": "news"}).status_code == 404
    for _ in range(2):
        assert rep.post(f"{draft}/send", data={"template": "news"}).headers["Location"] == draft
    assert queued(website) == 1
    result = rep.get(draft).text
    assert "Li 0" in result
    assert "Li 1" not in result
    assert "Waiting" in result
    assert "Bulk mail" in rep.get(f"/contact/{first}").text
    assert draft in rep.get("/bulk-mails/").text
    assert draft not in colleague.get("/bulk-mails/").text
    assert rep.post(f"{draft}/stop").status_code == 303
    assert "Stopped" in rep.get(draft).text
    rep.post("/language/", data={"language": "zh"})
    assert "已停止" in rep.get(draft).text
    assert "群发邮件" in rep.get("/contact/").text


def test_all_of_a_filtered_list_and_many_are_asked_for_twice(
    website: Website, rep: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    contacts(website, 4)
    monkeypatch.setattr("app.web.pages.bulk_mails.ASKED_TWICE_FROM", 4)
    answer = rep.post("/contact/bulk/mail?q=Li+2", data={"all": "true"})
    one = answer.headers["Location"]
    assert "Send to 1" in rep.get(f"{one}?template=news").text
    everyone = draft_of(rep, all="true")
    assert rep.post(f"{everyone}/send", data={"template": "news"}).status_code == 422
    assert rep.post(f"{everyone}/send", data={"template": "none"}).status_code == 400
    assert queued(website) == 0
    assert rep.post(f"{everyone}/send", data={"template": "news", "sure": "true"}).status_code == 303
    assert queued(website) == 4


def test_administrators_see_those_of_others_once_they_are_sent(
    website: Website, rep: Browser, administrator: Browser
) -> None:
    draft = draft_of(rep, id=contacts(website, 1))
    assert administrator.get(draft).status_code == 404
    rep.post(f"{draft}/send", data={"template": "news"})
    assert queued(website) == 1
    assert administrator.get(draft).status_code == 200
    assert draft in administrator.get("/bulk-mails/").text


def test_nobody_begins_one_who_may_not(website: Website, administrator: Browser) -> None:
    (contact,) = contacts(website, 1)
    assert "/bulk/mail" not in administrator.get("/contact/").text
    assert administrator.post("/contact/bulk/mail", data={"id": contact}).status_code == 403
    assert administrator.post("/account/bulk/mail", data={"id": contact}).status_code == 403
    with website.store.system_reading() as connection:
        assert connection.execute(sa.select(mailing.c.id)).all() == []


def test_no_mail_to_all_of_a_list_that_is_longer_than_was_meant(website: Website, rep: Browser) -> None:
    contacts(website, 2)
    row = {"user_id": website.ids["manager"], "entity": "contact", "name": "Opted in", "share": "all", "columns": []}
    row |= {
        "condition": 'account.secret == "yes"',
        "sort": [],
        "opens_first": False,
        "changed_at": website.store.clock(),
    }
    with website.store.housekeeping() as connection:
        view = connection.execute(sa.insert(saved_view).values(row).returning(saved_view.c.id)).scalar_one()
    for query, why in (
        (f"view={view}", "Nothing is done with all records"),
        ("filter=is_blank(zzz)", "No mail was prepared"),
    ):
        assert "Li 0" in rep.get(f"/contact/?{query}").text
        assert 'name="all"' not in rep.get(f"/contact/?{query}").text
        answer = rep.post(f"/contact/bulk/mail?{query}", data={"all": "true"})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/contact/?{query}")
        assert why in rep.get(answer.headers["Location"]).text


def test_a_view_that_is_gone_is_not_mailed_as_the_whole_list(website: Website, rep: Browser) -> None:
    contacts(website, 2)
    answer = rep.post("/contact/bulk/mail?view=stale", data={"all": "true"}, follow_redirects=True)
    assert "this view no longer exists" in answer.text
