import re

from tests.unit.web_pages.conftest import Asked
from tests.unit.website import Browser, Website


def test_a_record_shows_its_fields_and_its_history(website: Website, rep: Browser) -> None:
    record = website.add("account", "rep", name="海纳精工", level="b", phone="13812345678", revenue="5", secret="x")
    rep.post(f"/account/{record}/edit", data={"level": "a", "level:was": "b"})
    page = rep.get(f"/account/{record}").text
    assert "<h1>海纳精工</h1>" in page
    assert "138****5678" in page
    assert re.search(r"Level</span>.*<del>Plain</del>.*<ins>Top</ins>", page)
    assert "Rita Rep" in page
    assert "Secret" not in page


def test_a_variant_of_the_layout_is_for_its_roles(website: Website, rep: Browser) -> None:
    order = website.add("order", "rep", name="A")
    assert "At a glance" not in rep.get(f"/order/{order}").text
    assert "At a glance" in website.browser("manager").get(f"/order/{order}").text


def test_a_foreign_record_is_not_found_at_any_door(website: Website, rep: Browser) -> None:
    record = website.add("account", "colleague", name="Foreign Ltd")
    missing = rep.get("/account/999").text
    for address in ("", "/edit", "/cell?field=name"):
        answer = rep.get(f"/account/{record}{address}")
        assert answer.status_code == 404
        assert answer.text == missing
    for address, values in (("/edit", {"name": "Mine"}), ("/delete", {}), ("/cell?field=name", {"name": "Mine"})):
        assert rep.post(f"/account/{record}{address}", data=values).status_code == 404


def test_a_record_with_two_related_lists_asks_ten_times_at_most(
    website: Website, administrator: Browser, asked: Asked
) -> None:
    record = website.add("account", "rep", name="A")
    for number in range(15):
        website.add("contact", None, name=f"Contact {number}", account=record)
    with asked.at_most(10):
        assert administrator.get(f"/account/{record}").status_code == 200
    with asked.at_most(6):
        page = administrator.get(f"/account/{record}?tab=people").text
    assert page.count("Contact ") >= 10
    assert f'href="/contact/?f.account={record}"' in page
    assert f"/contact/new?account={record}&amp;back=%2Faccount%2F{record}%3Ftab%3Dpeople" in page


def test_a_name_out_of_sight_is_restricted(website: Website, colleague: Browser, administrator: Browser) -> None:
    account = website.add("account", "rep", name="Foreign Ltd")
    contact = website.add("contact", "colleague", name="Kim")
    administrator.post(f"/contact/{contact}/edit", data={"account": str(account)})
    assert colleague.get(f"/contact/{contact}").status_code == 404  # its parent decides
    assert "Foreign" not in colleague.get("/contact/").text


def test_deleting_goes_to_the_bin_and_comes_back_whole(website: Website, rep: Browser) -> None:
    record = website.add("account", "rep", name="海纳精工")
    website.add("contact", None, name="Kim", account=record)
    answer = rep.post(f"/account/{record}/delete", follow_redirects=True)
    assert "海纳精工 was deleted" in answer.text
    assert rep.get(f"/account/{record}").status_code == 404
    assert "海纳精工" in rep.get("/account/bin/").text
    restored = rep.post("/account/bin/restore", data={"id": str(record)}, follow_redirects=True)
    assert "1 restored." in restored.text
    assert "Kim" in rep.get(f"/account/{record}?tab=people").text


def test_changes_are_asked_for_by_post_and_from_our_own_pages(website: Website, rep: Browser) -> None:
    record = website.add("account", "rep", name="A")
    for address in ("delete", "stage"):
        assert rep.get(f"/account/{record}/{address}").status_code == 405
    rep.csrf = "forged"
    assert rep.post(f"/account/{record}/delete").status_code == 400
    assert rep.get(f"/account/{record}").status_code == 200


def test_buttons_are_for_what_one_may_do_to_this_record(website: Website, rep: Browser, administrator: Browser) -> None:
    person = website.ids["colleague"]
    assert f'href="/user/{person}/edit"' not in rep.get(f"/user/{person}").text
    assert f'href="/user/{person}/edit"' in administrator.get(f"/user/{person}").text
    assert rep.get(f"/user/{person}/edit").status_code == 403


def test_administrators_give_roles_and_links(website: Website, administrator: Browser, rep: Browser) -> None:
    person = website.ids["rep"]
    assert "Save roles" not in rep.get(f"/user/{person}").text
    assert re.search(r'value="rep" checked', administrator.get(f"/user/{person}").text)
    assert rep.post(f"/user/{person}/roles", data={"role": "administrator"}).status_code == 403
    answer = administrator.post(f"/user/{person}/roles", data={"role": ["rep", "manager"]}, follow_redirects=True)
    assert "The roles were saved." in answer.text
    assert "/setup/" in administrator.post(f"/user/{person}/link").text
    assert rep.post(f"/user/{person}/link").status_code in {303, 403}


def test_the_search_finds_across_entities_by_pinyin(website: Website, rep: Browser) -> None:
    account = website.add("account", "rep", name="海纳精工")
    website.add("contact", None, name="何楠", account=account)
    website.add("account", "colleague", name="华南")
    page = rep.get("/search/?q=hn").text
    assert "海纳精工" in page
    assert "何楠" in page
    assert "华南" not in page
    assert "Nothing found" in rep.get("/search/?q=zzzz").text


def test_home_greets_by_name(rep: Browser, asked: Asked) -> None:
    with asked.at_most(8):
        assert "Rita Rep" in rep.get("/").text


def test_language_theme_and_zone_are_ones_own(rep: Browser) -> None:
    rep.post("/profile/theme", data={"theme": "dark", "next": "/account/"})
    assert 'data-theme="dark"' in rep.get("/account/").text
    assert rep.post("/profile/theme", data={"theme": "pink"}).status_code == 400
    assert rep.post("/profile/", data={"locale": "en", "time_zone": "Mars/Base"}).status_code == 422
    saved = rep.post("/profile/", data={"locale": "zh", "time_zone": "Europe/Berlin"}, follow_redirects=True)
    assert "已保存" in saved.text
    assert "Europe/Berlin" in saved.text
