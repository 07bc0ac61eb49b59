"""The link of a mail to unsubscribe, the page of addresses that did, and the word of it on their records."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.access import system_actor
from app.automation.deliveries import queue_in
from app.automation.mail_links import Purpose, token
from app.automation.mail_stops import stopped_among, stops_of
from app.automation.mails import WITHDRAWN, Letter, mail_of
from app.orm.framework import delivery, own_key
from app.orm.sealed import Keys, Unreadable
from app.record import Saved, Unit, in_unit
from app.record.mail_stops import BY_CONSENT, put_stops
from app.settings import Settings
from tests.unit.website import Browser, Website, add

WANG = "wang@client.example"
HTML = '<a href="https://shop.example/">shop</a>'


def sent(
    website: Website, language: str = "en", purpose: Purpose = "stop", rest: str = "stop", tracked: str = ""
) -> str:
    """The address of a link of a mail."""
    letter = Letter(
        to=WANG, user=None, language=language, subject="News", text="News", html=HTML, marketing=True, tracked=tracked
    )

    def work(unit: Unit) -> Saved:
        queue_in(unit, [mail_of("a:1", 1, letter)])
        return Saved((), ())

    in_unit(website.store, system_actor("system:automation"), "automation", work)
    with website.store.system_reading() as connection:
        row = connection.execute(sa.select(delivery.c.id, delivery.c.key)).one()
    settings: Settings = website.app.extensions["tenon.settings"]
    return f"/mail-links/{token(settings, purpose, row.id, row.key)}/{rest}"


def stopped(website: Website) -> list[str]:
    with website.store.system_reading() as connection:
        return [each.address for each in stops_of(connection, (WANG, "li@client.example"))]


def test_to_look_changes_nothing_and_a_click_does(website: Website) -> None:
    address, anyone = sent(website, "zh"), website.app.test_client()
    page = anyone.get(address)
    assert (page.status_code, "确认退订" in page.text, "w…@client.example" in page.text) == (200, True, True)
    assert anyone.head(address).status_code == 200
    assert WANG not in page.text
    assert stopped(website) == []
    done = anyone.post(address, data={"List-Unsubscribe": "One-Click"})
    assert (done.status_code, "已退订" in done.text) == (200, True)
    assert anyone.post(address).status_code == 200
    assert stopped(website) == [WANG]
    assert "<form" not in anyone.get(address).text


def test_what_is_no_link_of_ours_is_not_there(website: Website) -> None:
    address, anyone = sent(website), website.app.test_client()
    other = "1" if address[-6] == "0" else "0"
    for wrong in (address.replace(".", ".0"), address[:-6] + f"{other}/stop", "/mail-links/1.x/stop"):
        assert (anyone.get(wrong).status_code, anyone.post(wrong).status_code) == (404, 404)
    assert stopped(website) == []


def test_the_record_tells_that_its_address_unsubscribed(website: Website, rep: Browser) -> None:
    account = add(website.store, "account", name="Acme", owner=website.ids["rep"])
    contact = add(website.store, "contact", name="Wang", account=account, email=WANG, owner=website.ids["rep"])
    words = "has unsubscribed"
    assert words not in rep.get(f"/contact/{contact}").text
    website.app.test_client().post(sent(website))
    assert words in rep.get(f"/contact/{contact}").text
    assert words not in rep.get(f"/account/{account}").text


def test_of_a_withdrawn_consent_the_record_says_so(website: Website, administrator: Browser) -> None:
    contact = add(website.store, "contact", name="Wang", email=WANG)
    with website.store.housekeeping() as connection:
        put_stops(connection, (WANG,), BY_CONSENT, website.store.clock())
    page = administrator.get(f"/contact/{contact}").text
    assert "A consent to marketing was withdrawn for wang@client.example" in page
    assert "unsubscribed" not in page
    sent(website)
    with website.store.housekeeping() as connection:
        connection.execute(sa.update(delivery).values(state="dropped", answer=WITHDRAWN))
    for language, words in (("en", "the consent to it was withdrawn"), ("zh", "未发送：已撤回同意。")):
        administrator.post("/language/", data={"language": language})
        assert words in administrator.get("/deliveries/").text
    administrator.post("/language/", data={"language": "en"})


def test_an_administrator_lists_adds_and_lifts_with_a_reason(
    website: Website, administrator: Browser, rep: Browser
) -> None:
    assert "Nobody has unsubscribed" in administrator.get("/mail-stops/").text
    assert "/mail-stops/" in administrator.get("/deliveries/").text
    website.app.test_client().post(sent(website))
    assert rep.get("/mail-stops/").status_code == 403
    listed = administrator.get("/mail-stops/").text
    assert ("By the link of a mail" in listed, WANG in listed, "/mail-stops/lift" in listed) == (True, False, False)
    found = administrator.get("/mail-stops/?q=Wang@client.example").text
    assert (WANG in found, "/mail-stops/lift" in found) == (True, True)
    assert administrator.post("/mail-stops/lift", data={"address": WANG, "reason": " "}).status_code == 422
    assert administrator.post("/mail-stops/add", data={"address": "nobody", "reason": "x"}).status_code == 422
    assert stopped(website) == [WANG]
    administrator.post("/mail-stops/lift", data={"address": WANG, "reason": "he asked"})
    assert stopped(website) == []
    administrator.post("/mail-stops/add", data={"address": "Li@client.example", "reason": "<b>by phone</b>"})
    page = administrator.get("/mail-stops/?q=LI@client.example").text
    assert "li@client.example" in page
    assert "&lt;b&gt;by phone&lt;/b&gt;" in page
    assert "No such address" in administrator.get("/mail-stops/?q=li@").text
    administrator.post("/language/", data={"language": "zh"})
    assert "退订邮箱" in administrator.get("/mail-stops/").text


def test_where_the_secret_key_is_another_one_the_pages_say_so(website: Website, administrator: Browser) -> None:
    contact = add(website.store, "contact", name="Wang", email=WANG)
    website.app.test_client().post(sent(website))
    with website.store.housekeeping() as connection:
        connection.execute(
            sa.update(own_key).values(sealed=Keys.of("another").seal("tenon_own_key.mail-stops", 0, "00"))
        )
    for address in (f"/contact/{contact}", f"/mail-stops/?q={WANG}"):
        page = administrator.get(address)
        assert (page.status_code, "the secret key of this server is another one" in page.text) == (200, True)
    with website.store.system_reading() as connection, pytest.raises(Unreadable):
        stopped_among(connection, (WANG,), marketing=True)


def test_links_of_mails_lead_where_they_did_and_the_picture_is_one(website: Website) -> None:
    anyone = website.app.test_client()
    address = sent(website, purpose="go", rest="go/1")
    answer = anyone.get(address)
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://shop.example/")
    for wrong in ("go/2", "go/0", "go/x", "go/-1", "seen.gif"):
        assert anyone.get(address.replace("go/1", wrong)).status_code == 404
    assert anyone.get(f"{address}?next=https://evil.example/").headers["Location"] == "https://shop.example/"


def test_the_picture_is_shown_and_nothing_is_noted_of_who_did_not_agree(website: Website) -> None:
    anyone = website.app.test_client()
    answer = anyone.get(sent(website, purpose="seen", rest="seen.gif"))
    assert (answer.status_code, answer.content_type, answer.data[:6]) == (200, "image/gif", b"GIF89a")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert anyone.get("/login/").headers["Cross-Origin-Resource-Policy"] == "same-origin"
    with website.store.system_reading() as connection:
        assert connection.execute(sa.select(delivery.c.opened_at)).scalar_one() is None
