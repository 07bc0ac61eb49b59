import csv
import io
import re

import pytest

from app.access import actor_of, reading, system_actor
from app.insight import BadQuery, ListQuery, add_up, lists
from app.record import Saved, create
from tests.unit.web_pages.conftest import Asked
from tests.unit.website import Browser, Website


def fill(website: Website, count: int, owner: str = "rep") -> None:
    rows = [{"name": f"Account {number:04}", "owner": website.ids[owner]} for number in range(count)]
    saved = create(website.store, system_actor("system:seed"), "account", rows, door="seed")
    assert isinstance(saved, Saved)


def names_in(page: str) -> list[str]:
    return re.findall(r'<a class="cut name"[^>]*>([^<]*)</a>', page)


def test_the_list_shows_what_one_may_read_and_nothing_else(website: Website, rep: Browser) -> None:
    website.add("account", "rep", name="海纳精工", level="a", phone="13812345678", revenue="1860000", secret="x")
    website.add("account", "colleague", name="Foreign Ltd")
    page = rep.get("/account/").text
    assert names_in(page) == ["海纳精工"]
    assert "¥1,860,000" in page
    assert '<span class="badge badge--5">Top</span>' in page
    assert "138****5678" in page
    assert "Foreign" not in page
    assert "12345678" not in page
    assert "Secret" not in page


def test_a_list_asks_five_times_whatever_is_in_it(website: Website, rep: Browser, asked: Asked) -> None:
    fill(website, 40)
    with asked.at_most(5):  # who asks, saved views, what he likes, rows, count
        page = rep.get("/account/?q=account&f.owner=me&sort=-name")
    assert len(page.data) < 100_000
    assert len(names_in(page.text)) == 25


def test_pages_follow_each_other_in_both_directions(website: Website, rep: Browser) -> None:
    fill(website, 60)
    first = rep.get("/account/").text
    assert "1–25 of 60" in first
    second = rep.get(link(first, "next")).text
    third = rep.get(link(second, "next")).text
    assert [len(names_in(page)) for page in (first, second, third)] == [25, 25, 10]
    assert 'rel="next"' not in third
    assert names_in(rep.get(link(third, "prev")).text) == names_in(second)


def link(page: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    assert found
    return found[1].replace("&amp;", "&")


def test_more_than_a_thousand_are_not_counted(website: Website, rep: Browser) -> None:
    fill(website, 1_001)
    assert "1,000+" in rep.get("/account/").text


def test_filters_and_search_find_it(website: Website, rep: Browser) -> None:
    website.add("account", "rep", name="海纳精工", level="a")
    website.add("account", "rep", name="Nordwind")
    for query in ["f.level=a", "f.level=a&f.level=zzz", "q=海", "q=hnjg", "f.owner=me&q=精工"]:
        assert names_in(rep.get(f"/account/?{query}").text) == ["海纳精工"], query


def test_a_head_sorts_and_sorts_back(website: Website, rep: Browser) -> None:
    for name in ("B", "A", "C"):
        website.add("account", "rep", name=name)
    page = rep.get("/account/").text
    assert names_in(page) == ["A", "B", "C"]
    assert 'aria-sort="ascending"' in page
    assert 'href="/account/?sort=-name"' in page
    assert names_in(rep.get("/account/?sort=-name").text) == ["C", "B", "A"]


def test_what_can_not_be_asked_changes_nothing(website: Website, rep: Browser) -> None:
    website.add("account", "rep", name="A", phone="13812345678", secret="x")
    for query in ["sort=secret", "sort=phone", "f.secret=x", "f.phone=138", "sort=%00", "cursor=nonsense"]:
        answer = rep.get(f"/account/?{query}")
        assert answer.status_code == 200
        assert names_in(answer.text) == ["A"], query


def test_an_empty_list_says_what_to_do(rep: Browser) -> None:
    page = rep.get("/account/").text
    assert "No accounts yet" in page
    assert 'href="/account/new"' in page
    assert "Nothing matches" in rep.get("/account/?q=nothing").text


def test_the_list_speaks_chinese(website: Website, colleague: Browser) -> None:
    website.add("account", "colleague", name="海纳精工", level="a")
    page = colleague.get("/account/").text
    assert '<html lang="zh"' in page
    for text in ("新建客户", "重点", "级别", "筛选"):
        assert text in page


def test_a_file_holds_what_may_be_exported_and_no_formula(website: Website, rep: Browser) -> None:
    website.add("account", "rep", name="=1+1", level="a", phone="13812345678", revenue="1200.50", since="2026-01-31")
    website.add("account", "colleague", name="Foreign Ltd")
    answer = rep.get("/account/csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0] == ["Name", "Level", "Phone", "Revenue", "Since", "Owner"]
    assert rows[1:] == [["'=1+1", "Top", "138****5678", "1200.5", "2026-01-31", "Rita Rep"]]


def test_who_may_not_export_gets_no_file(website: Website, rep: Browser) -> None:
    website.add("contact", None, name="Kim")
    assert rep.get("/contact/csv").status_code == 403


def test_an_export_goes_on_past_its_first_chunk(website: Website, rep: Browser) -> None:
    fill(website, 620)
    assert len(rep.get("/account/csv").data.decode().strip().splitlines()) == 621


def test_a_lookup_offers_what_one_may_read(website: Website, rep: Browser) -> None:
    mine = website.add("account", "rep", name="海纳精工")
    website.add("account", "colleague", name="海外公司")
    for query in ("海", "hn", ""):
        offered = rep.get(f"/account/lookup?q={query}").get_json()["options"]
        assert [each["id"] for each in offered] == [str(mine)]


def test_entities_that_one_may_not_read_are_not_in_the_menu(rep: Browser, administrator: Browser) -> None:
    assert 'href="/team/"' not in rep.get("/").text
    assert 'href="/team/"' in administrator.get("/").text


def test_what_is_not_there_is_not_found(rep: Browser) -> None:
    for address in [
        "/nothing/",
        "/nothing/1",
        "/account/0",
        "/account/01",
        "/account/x",
        "/account/99999999999999999999",
    ]:
        assert rep.get(address).status_code == 404, address


def totals(browser: Browser, query: str = "") -> dict[str, str]:
    answer = browser.get(f"/account/totals{query}")
    assert answer.status_code == 200
    return {each["label"]: each["text"] for each in answer.json["totals"]}


def test_the_foot_of_a_list_adds_up_all_of_its_rows(
    website: Website, rep: Browser, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(website, 30)
    for number, level in enumerate(("a", "a", "b")):
        website.add("account", "rep", name=f"Rich {number}", level=level, revenue=f"{10**number}.50")
    website.add("account", "colleague", name="Foreign", revenue=9_000)
    page = rep.get("/account/?f.level=a").text
    assert 'data-totals="/account/totals?f.level=a"' in page
    with asked.at_most(4):  # who asks, saved views, what he likes; all the sums
        assert totals(rep) == {"Revenue": "¥112.50"}
    assert totals(rep, "?f.level=a") == {"Revenue": "¥12"}
    assert totals(rep, "?q=Rich+2&cursor=x&sort=-name") == {"Revenue": "¥100.50"}
    assert totals(rep, "?q=Account") == {}  # no value, no sum
    assert totals(rep, "?filter=nonsense(") == {}
    assert "data-totals" not in rep.get("/account/?q=Rich+2").text
    assert "data-totals" not in rep.get("/contact/").text  # nothing in it is a figure
    monkeypatch.setattr(lists, "MOST_ADDED", 32)
    assert rep.get("/account/totals").json == {"totals": [], "said": "not added up: too many rows"}
    assert totals(rep, "?f.level=a") == {"Revenue": "¥12"}


def test_what_is_no_sum_or_not_in_clear_is_not_added_up(website: Website, rep: Browser) -> None:
    for number in range(2):
        website.add("deal", "rep", name=f"Deal {number}", amount=600, cost=7)
    assert rep.get("/deal/totals").json["totals"] == [{"label": "Amount", "text": "¥1,200"}]  # nor health nor a share
    for browser, status in ((rep, 404), (website.browser("administrator"), 200)):
        assert browser.get("/visit/totals").status_code == status
    store = website.store
    with reading(store, system_actor("system:seed")) as session, pytest.raises(BadQuery):
        add_up(session, actor_of(session), ListQuery("deal", columns=("id",)), ["full"])
