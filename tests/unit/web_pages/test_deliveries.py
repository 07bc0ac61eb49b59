"""The page of deliveries, for administrators: what was sent, what waits, what was given up and is sent again."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.orm.framework import delivery
from app.orm.types import now
from tests.unit.website import Browser, Website


def queue(website: Website, key: str, **values: Any) -> int:
    row = {
        "key": key, "kind": "webhook", "automation": "gone", "entity": "account", "record": 7, "target": f"https://{key}.example.com/",
        "host": key, "content": {"secret": "none of theirs"}, "state": "waiting", "attempts": 0, "due": now(), "revision": 1,
        "created_at": now(), "touched_at": now(),
    }  # fmt: skip
    with website.store.housekeeping() as connection:
        return connection.execute(sa.insert(delivery).values(**{**row, **values})).inserted_primary_key[0]  # type: ignore[index]


def test_the_page_lists_how_each_ended_in_both_languages(website: Website, administrator: Browser) -> None:
    queue(website, "one", state="done", attempts=1, answer="200 OK")
    queue(website, "two", attempts=3, answer="<b>503</b> Service Unavailable")
    queue(website, "three", kind="mail", target="li@example.com", state="dropped")
    page = administrator.get("/deliveries/").text
    assert page.index("li@example.com") < page.index("https://two.") < page.index("https://one.")
    assert 'href="/account/7"' in page
    assert "&lt;b&gt;503&lt;/b&gt; Service Unavailable" in page
    assert "none of theirs" not in page
    assert "Send again" not in page
    assert "/deliveries/" in administrator.get("/").text
    administrator.post("/language/", data={"language": "zh"})
    assert "已送达" in administrator.get("/deliveries/").text


def test_the_list_is_filtered_and_goes_on(website: Website, administrator: Browser) -> None:
    first = queue(website, "first", state="done")
    for number in range(51):
        queue(website, f"m{number}", kind="mail", state="done")
    mails = administrator.get("/deliveries/?state=done&kind=mail").text
    assert "https://m50." in mails
    assert "https://first." not in mails
    assert "https://first." in administrator.get("/deliveries/?kind=webhook").text
    assert "https://first." not in administrator.get("/deliveries/?state=dead").text
    address = mails.partition('href="/deliveries/?state=done&amp;kind=mail&amp;before=')[2].partition('"')[0]
    older = administrator.get(f"/deliveries/?state=done&kind=mail&before={address}").text
    assert "https://m0." in older
    assert "https://m1." not in older
    assert first < int(address)
    for wrong in ("state=x", "kind=x", "before=x", "before=-1"):
        assert administrator.get(f"/deliveries/?{wrong}").status_code == 400


def test_what_was_given_up_is_sent_again(website: Website, administrator: Browser) -> None:
    dead = queue(website, "dead", state="dead", attempts=20, answer="410 Gone", ended_at=now())
    assert "Send again" in administrator.get("/deliveries/?state=dead").text
    answer = administrator.post("/deliveries/again", data={"delivery": str(dead)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/deliveries/")
    with website.store.system_reading() as connection:
        row = connection.execute(sa.select(delivery).where(delivery.c.id == dead)).one()
    assert (row.state, row.attempts, row.ended_at) == ("waiting", 0, None)
    assert administrator.post("/deliveries/again", data={"delivery": "x"}).status_code == 400


def test_others_do_not_see_it(rep: Browser) -> None:
    assert rep.get("/deliveries/").status_code == 403
    assert rep.post("/deliveries/again", data={"delivery": "1"}).status_code == 403
    assert "/deliveries/" not in rep.get("/").text
