"""The timeline of a record: one stream of what was done and said, in pages, and the composer above it."""

from __future__ import annotations

import datetime as dt
import html
import re
from pathlib import Path

import pytest

from app.access import system_actor
from app.record import Change, Saved, update
from app.web.pages import histories
from tests.unit.chatty_site import CHATTY
from tests.unit.web_pages.conftest import Asked
from tests.unit.website import Browser, Website, prepare

NOON = dt.datetime(2026, 3, 2, 4, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    return prepare(tmp_path_factory.mktemp("timelines"), CHATTY)


def chat(website: Website, account: int, number: int, owner: str = "rep", **more: object) -> int:
    at = (NOON + dt.timedelta(minutes=number // 2)).isoformat()  # two at each moment
    return website.add("chat", owner, subject=f"Chat {number:03}", at=at, account=account, **more)


def keep_secret(website: Website, account: int, times: int) -> None:
    """So many acts on an account of which a representative is told nothing."""
    for number in range(times):
        change = Change(account, {"secret": str(number)})
        assert isinstance(update(website.store, system_actor("system:seed"), "account", [change], door="job"), Saved)


def older_than(page: str) -> str:
    """The address of the older page; blank where there is none."""
    found = re.search(r'href="([^"]*)" data-older', page)
    return html.unescape(found[1]) if found else ""


def subjects(page: str) -> list[str]:
    return re.findall(r'class="line__name" href="[^"]*">([^<]*)<', page)


def test_all_pages_tell_of_everything_once_newest_first(website: Website, rep: Browser) -> None:
    account = website.add("account", "rep", name="Acme")
    for number in range(45):
        chat(website, account, number)
    for number in range(25):
        value = str(number)
        saved = update(
            website.store, system_actor("system:seed"), "account", [Change(account, {"notes": value})], door="job"
        )
        assert isinstance(saved, Saved)
    told, changed, address = [], [], f"/account/{account}/timeline"
    for _ in range(9):
        page = rep.get(address).text
        told += subjects(page)
        changed += re.findall(r"Notes</span>.*?<ins>(\d+)</ins>", page)
        address = older_than(page)
        if not address:
            break
    assert told == [f"Chat {number:03}" for number in reversed(range(45))]
    assert changed == [str(number) for number in reversed(range(25))]


def test_hidden_acts_hide_nothing_else(website: Website, rep: Browser, asked: Asked) -> None:
    account = website.add("account", "rep", name="Acme")
    chat(website, account, 1)
    keep_secret(website, account, 25)
    for kind in ("", "?kind=changes"):
        with asked.at_most(12):
            page = rep.get(f"/account/{account}/timeline{kind}").text
        assert "created this" in page
        assert older_than(page) == ""
    assert subjects(rep.get(f"/account/{account}").text) == ["Chat 001"]


def test_where_too_many_acts_are_hidden_the_way_on_tells_nothing_of_them(
    website: Website, rep: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(histories, "LOOKED_AT", 2)
    begun = dt.datetime.now(dt.UTC).timestamp()
    account, other = (website.add("account", "rep", name=name) for name in ("Acme", "Other"))
    chat(website, account, 1)
    keep_secret(website, account, 50)
    address, told, marks = f"/account/{account}", "", []
    for _ in range(5):
        told += (page := rep.get(address).text)
        address = older_than(page)
        if not address:
            break
        marks.append(address.partition("before=")[2])
    assert subjects(told) == ["Chat 001"]
    assert told.count("created this") == 1
    assert len(marks) == 2
    assert len({len(each) for each in marks}) == 1
    for moment in (begun, dt.datetime.now(dt.UTC).timestamp()):
        this_day = f"{moment:.0f}"[:5]
        assert not any(this_day in each for each in marks)
    assert rep.get(f"/account/{other}/timeline?before={marks[0]}").status_code == 400
    assert rep.get(f"/account/{account}/timeline?before=1773000000000.0.24").status_code == 400


def test_the_number_of_statements_hangs_on_no_number_of_rows(website: Website, rep: Browser, asked: Asked) -> None:
    few, many = (website.add("account", "rep", name=name) for name in ("Few", "Many"))
    contact = website.add("contact", None, name="Kim", account=many)
    chat(website, few, 1)
    for number in range(30):
        chat(website, many, number, contact=contact)
    with asked.at_most(12) as first:
        rep.get(f"/account/{few}")
    with asked.at_most(len(first)):
        assert len(subjects(rep.get(f"/account/{many}").text)) == 19  # and that it was created
    with asked.at_most(10):
        rep.get(f"/account/{many}/timeline")


def test_it_is_filtered_by_kind(website: Website, rep: Browser) -> None:
    account = website.add("account", "rep", name="Acme")
    chat(website, account, 1)
    chat(website, account, 2, kind="note")
    website.add("errand", "rep", name="Send the offer", account=account)
    at = f"/account/{account}/timeline?kind="
    assert subjects(rep.get(at + "chat.note").text) == ["Chat 002"]
    assert subjects(rep.get(at + "errand.").text) == ["Send the offer"]
    changes = rep.get(at + "changes").text
    assert subjects(changes) == []
    assert "created this" in changes
    for wrong in ("chat.nothing", "x", "chat.note&before=1", "changes&before=1.2.x"):
        assert rep.get(at + wrong).status_code == 400


def test_what_one_may_not_read_is_not_there(
    website: Website, rep: Browser, manager: Browser, colleague: Browser
) -> None:
    account = website.add("account", "rep", name="Acme")
    chat(website, account, 1, hidden="Under the table")
    chat(website, account, 2, owner="colleague")
    website.add("errand", "rep", name="Send the offer", account=account)
    page = rep.get(f"/account/{account}").text
    assert subjects(page) == ["Send the offer", "Chat 001"]
    assert "Under the table" not in page
    seen = manager.get(f"/account/{account}").text
    assert subjects(seen) == []
    assert "data-composer" not in seen
    assert manager.get(f"/account/{account}/timeline?kind=errand.").status_code == 400
    assert manager.post(f"/account/{account}/timeline", data={":for": "chat", "content": "x"}).status_code == 403
    for method in (colleague.get, colleague.post):
        assert method(f"/account/{account}/timeline", data={":for": "chat"}).status_code == 404


def test_a_call_is_written_down_and_named_by_its_first_line(website: Website, rep: Browser) -> None:
    account = website.add("account", "rep", name="Acme")
    data = {":for": "chat", "kind": "call", "content": "Wants 30 / 60 / 10\nThe board meets on Friday", "mood": ""}
    answer = rep.post(f"/account/{account}/timeline", data=data)
    assert (answer.status_code, answer.location) == (303, f"/account/{account}#timeline")
    page = rep.get(f"/account/{account}").text
    assert "Added: call." in page
    assert subjects(page) == ["Wants 30 / 60 / 10"]
    assert "The board meets on Friday" in page
    rep.post(f"/account/{account}/timeline", data={":for": "chat", "kind": "note"})
    assert subjects(rep.get(f"/account/{account}").text)[0] == "Note"


def test_what_is_refused_comes_back_as_it_was_typed_with_the_reason_at_its_field(
    website: Website, rep: Browser
) -> None:
    account = website.add("account", "rep", name="Acme")
    data = {":for": "chat", "kind": "note", "content": "Said <b>no</b>", "mood": "9"}
    answer = rep.post(f"/account/{account}/timeline", data=data)
    assert answer.status_code == 422
    assert "Said &lt;b&gt;no&lt;/b&gt;</textarea>" in answer.text
    assert re.search(r'id="c-chat-mood"[^>]*aria-invalid="true"', answer.text)
    assert re.search(r'data-option="note" aria-current="true"', answer.text)
    assert subjects(answer.text) == []


def test_the_record_and_its_own_lookups_are_filled_in(website: Website, rep: Browser) -> None:
    account = website.add("account", "rep", name="Acme")
    contact = website.add("contact", None, name="Kim", account=account)
    rep.post(
        f"/contact/{contact}/timeline", data={":for": "chat", "kind": "call", "content": "Hello", "account": "999"}
    )
    for address in (f"/contact/{contact}", f"/account/{account}"):
        page = rep.get(address).text
        assert subjects(page) == ["Hello"]
        assert 'id="c-chat-account"' not in page
    lonely = website.add("contact", "rep", name="Nobody's")
    assert (
        'id="c-chat-account"' in rep.get(f"/contact/{lonely}").text
    )  # what it needs, and nothing says yet, is asked for


def test_what_the_record_points_to_out_of_sight_is_asked_for(website: Website, rep: Browser) -> None:
    foreign = website.add("account", "colleague", name="Foreign")
    own = website.add("account", "rep", name="Acme")
    order = website.add("order", "rep", name="Large", account=foreign)
    address = f"/order/{order}"
    assert 'id="c-chat-account"' in rep.get(address).text
    data = {":for": "chat", "kind": "call", "content": "Hello"}
    answer = rep.post(f"{address}/timeline", data=data)
    assert answer.status_code == 422
    assert re.search(r'id="c-chat-account"[^>]*aria-invalid="true"', answer.text)
    assert rep.post(f"{address}/timeline", data=data | {"account": str(own)}).status_code == 303
    assert subjects(rep.get(address).text) == ["Hello"]


def test_a_tab_can_be_opened_without_a_script_in_both_languages(website: Website, rep: Browser) -> None:
    account = website.add("account", "rep", name="Acme")
    page = rep.get(f"/account/{account}?compose=errand.").text
    assert re.search(r'data-compose="chat"[^>]* hidden', page)
    assert not re.search(r'data-compose="errand"[^>]* hidden', page)
    rep.post("/language/", data={"language": "zh"})
    page = rep.get(f"/account/{account}").text
    for word in ("时间线", "电话", "事项", "添加到时间线"):
        assert word in page
