import html
import re

import pytest

from tests.unit.web_pages.conftest import Asked
from tests.unit.website import Browser, Website


def errors_in(page: str) -> list[str]:
    return re.findall(r'<li data-code="([^"]*)">', page)


def field_of(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
    assert found, name
    return html.unescape(found[1])


def test_a_record_is_made_and_shown(rep: Browser) -> None:
    answer = rep.post(
        "/account/new",
        data={"name": "海纳精工", "level": "a", "phone": "138 1234 5678", "revenue": "1,200.50", "notes": "a\r\nb"},
        follow_redirects=True,
    )
    assert answer.status_code == 200
    assert "海纳精工 was created." in answer.text
    assert "¥1,200.50" in answer.text


def test_all_errors_come_at_once_and_nothing_typed_is_lost(rep: Browser) -> None:
    typed = {"name": "", "revenue": "lots", "since": "2026-02-31", "level": "zzz", "notes": "keep me"}
    answer = rep.post("/account/new", data=typed)
    assert answer.status_code == 422
    assert set(errors_in(answer.text)) == {"field.required", "field.type", "field.option"}
    assert len(errors_in(answer.text)) == 4
    assert field_of(answer.text, "revenue") == "lots"
    assert "keep me" in answer.text
    assert answer.text.count('aria-invalid="true"') == 4
    assert '<a href="#i-revenue">' in answer.text


@pytest.mark.parametrize(
    ("posted", "status", "code"),
    [
        ({"name": "A", "secret": "x"}, 422, "field.read_only"),
        ({"name": "A", "nonsense": "x"}, 422, "field.read_only"),
        ({"name": "A", "version_id": "1"}, 422, "field.read_only"),
        ({"name": ["A", "B"]}, 422, "field.type"),
        ({"name": "A", "phone": "not a number"}, 422, "field.format"),
        ({"name": "x" * 61}, 422, "field.length"),
    ],
)
def test_what_can_not_be_saved_is_refused_with_its_code(
    rep: Browser, posted: dict[str, object], status: int, code: str
) -> None:
    answer = rep.post("/account/new", data=posted)
    assert 400 <= answer.status_code < 500
    assert answer.status_code in {status, 403}
    assert code in errors_in(answer.text)
    assert "No accounts yet" in rep.get("/account/").text


def test_nobody_links_to_what_he_does_not_see(website: Website, rep: Browser) -> None:
    foreign = website.add("account", "colleague", name="Foreign Ltd")
    answer = rep.post("/contact/new", data={"name": "Kim", "account": str(foreign)})
    missing = rep.post("/contact/new", data={"name": "Kim", "account": "99999"})
    assert answer.status_code == missing.status_code
    assert errors_in(answer.text) == errors_in(missing.text) == ["record.not_found"]
    assert "Foreign" not in answer.text
    assert "Foreign" not in rep.get(f"/contact/new?account={foreign}").text


def test_the_query_string_fills_in_what_may_be_written(website: Website, rep: Browser) -> None:
    account = website.add("account", "rep", name="海纳精工")
    page = rep.get(f"/contact/new?account={account}&name=Kim&created_by=1").text
    assert field_of(page, "account") == str(account)
    assert field_of(page, "name") == "Kim"
    assert 'value="海纳精工"' in page


def test_after_the_first_of_several_comes_the_next(rep: Browser) -> None:
    answer = rep.post("/account/new?level=a", data={"name": "A", "then": "new"})
    assert answer.headers["Location"] == "/account/new?level=a"


def test_from_a_related_list_one_comes_back_to_where_one_was(website: Website, rep: Browser) -> None:
    account = website.add("account", "rep", name="A")
    answer = rep.post(
        f"/contact/new?account={account}&back=/account/{account}", data={"name": "K", "account": str(account)}
    )
    assert answer.headers["Location"] == f"/account/{account}"
    elsewhere = rep.post("/account/new?back=//evil.example", data={"name": "B"})
    assert elsewhere.headers["Location"].startswith("/account/")


def test_a_form_asks_eight_times_at_most(website: Website, rep: Browser, asked: Asked) -> None:
    record = website.add("account", "rep", name="A")
    with asked.at_most(8):
        rep.get(f"/account/{record}/edit")
    with asked.at_most(8):
        rep.get(f"/contact/new?account={record}")


def test_only_what_differs_is_saved(website: Website, rep: Browser) -> None:
    record = website.add("account", "rep", name="A", revenue="10", phone="13812345678", level="b")
    page = rep.get(f"/account/{record}/edit").text
    assert "138****5678" in page
    assert "12345678" not in page
    rep.post(
        f"/account/{record}/edit",
        data={
            "version": "1", "name": "A", "name:was": "A", "revenue": "10", "revenue:was": "10", "level": "a",
            "level:was": "b", "phone": "", "phone:was": "",
        },
    )  # fmt: skip
    shown = rep.get(f"/account/{record}").text
    assert "Top" in shown
    assert "138****5678" in shown
    assert shown.count("<ins>") == 1


def test_a_masked_number_is_replaced_whole_and_never_by_its_mask(
    website: Website, rep: Browser, administrator: Browser
) -> None:
    record = website.add("account", "rep", name="A", phone="13812345678")
    rep.post(f"/account/{record}/edit", data={"phone": "138****5678"})
    assert "138 1234 5678" in administrator.get(f"/account/{record}").text
    rep.post(f"/account/{record}/edit", data={"phone": "13987654321", "phone:was": ""})
    assert "139 8765 4321" in administrator.get(f"/account/{record}").text


def test_two_who_change_the_same_see_both_and_choose(website: Website, rep: Browser, administrator: Browser) -> None:
    record = website.add("account", "rep", name="A", notes="before", level="b")
    administrator.post(f"/account/{record}/edit", data={"version": "1", "name": "Theirs", "level": "a"})
    answer = rep.post(
        f"/account/{record}/edit",
        data={
            "version": "1",
            "name": "Mine",
            "name:was": "A",
            "notes": "mine too",
            "notes:was": "before",
            "level": "b",
            "level:was": "b",
        },
    )
    assert answer.status_code == 409
    assert "Ada Admin changed this" in answer.text
    assert 'data-pick-value="Theirs"' in answer.text
    assert 'data-pick-value="Mine"' in answer.text
    assert "mine too" in answer.text
    assert field_of(answer.text, "version") == "2"
    assert field_of(answer.text, "name:was") == "Theirs"
    assert '<option value="a" selected>' in answer.text  # theirs, as I had not touched it
    again = rep.post(f"/account/{record}/edit", data={"version": "2", "name": "Mine", "name:was": "Theirs"})
    assert again.status_code == 303
    assert "<h1>Mine</h1>" in rep.get(f"/account/{record}").text


def test_one_cell_is_edited_in_its_place(website: Website, rep: Browser) -> None:
    record = website.add("account", "rep", name="A", level="b", revenue="5")
    asked_for = rep.get(f"/account/{record}/cell?field=revenue").get_json()
    assert 'value="5"' in asked_for["html"]
    saved = rep.post(f"/account/{record}/cell?field=revenue", data={"revenue": "7.5", "version": "1"}).get_json()
    assert saved["version"] == 2
    assert "¥7.50" in saved["html"]
    refused = rep.post(f"/account/{record}/cell?field=revenue", data={"revenue": "lots", "version": "2"})
    assert (refused.status_code, refused.get_json()["code"]) == (422, "field.type")
    late = rep.post(f"/account/{record}/cell?field=level", data={"level": "a", "version": "1"})
    assert (late.status_code, late.get_json()["code"]) == (409, "record.changed")
    assert rep.get(f"/account/{record}/cell?field=secret").status_code == 400
    assert rep.post(f"/account/{record}/cell?field=owner", data={"owner": "1"}).status_code == 400


def test_many_are_changed_and_the_refused_are_named(website: Website, manager: Browser) -> None:
    mine = [website.add("account", "manager", name=f"A{number}") for number in range(3)]
    foreign = website.add("account", "colleague", name="Foreign Ltd")
    data = {"id": [*map(str, mine), str(foreign)], "field": "level", "value": "a"}
    page = manager.post("/account/bulk/edit", data=data)
    assert "3 changed." in page.text
    assert "(not visible)" in page.text
    assert "Foreign" not in page.text
    assert manager.get("/account/").text.count("badge--5") == 3


def test_many_are_assigned_and_deleted(website: Website, manager: Browser, rep: Browser) -> None:
    ids = [str(website.add("account", "manager", name=f"A{number}")) for number in range(3)]
    given = manager.post("/account/bulk/edit", data={"id": ids[:1], "field": "owner", "value": str(website.ids["rep"])})
    assert given.status_code == 303
    assert "A0" in rep.get("/account/").text
    gone = manager.post("/account/bulk/delete", data={"id": ids[1:], "back": "/account/?q=a"}, follow_redirects=True)
    assert "2 deleted." in gone.text
    assert manager.post("/account/bulk/delete", data={"id": ["x"]}).status_code == 400
    assert rep.post("/account/bulk/edit", data={"id": ids[:1], "field": "owner", "value": "1"}).status_code == 400


def test_the_input_of_a_bulk_change_is_for_writable_fields(manager: Browser) -> None:
    assert 'name="value"' in manager.get("/account/input?field=level").get_json()["html"]
    assert manager.get("/account/input?field=secret").status_code == 400
