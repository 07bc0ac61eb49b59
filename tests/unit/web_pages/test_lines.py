"""Lines in a form: entered, changed, moved and taken away with their record, with and without scripts."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from tests.unit.web_pages.conftest import Asked
from tests.unit.website import Browser, Website


def tokens(page: str) -> list[str]:
    return re.findall(r'data-line="([in]\d+)"', page.split("<template")[0])


def values(page: str, field: str) -> list[str]:
    found = re.findall(rf'name="lines\.[in]\d+\.{field}"[^>]*? value="([^"]*)"', page.split("<template")[0])
    return [html.unescape(each) for each in found]


def posted(*lines: dict[str, Any], read: str = "", **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"name": "Order", "lines:rows": read, **more}
    for number, line in enumerate(lines):
        token = line.get("token", f"n{number}")
        found |= {f"lines.{token}.{key}": value for key, value in line.items() if key != "token"}
    return found


def an_order(website: Website, *names: str, owner: str = "rep") -> tuple[int, list[str]]:
    record = website.add("order", owner, name="Order", lines=[{"name": name} for name in names])
    page = website.browser(owner).get(f"/order/{record}/edit").text
    return record, tokens(page)


def shown(browser: Browser, record: int) -> str:
    page = browser.get(f"/order/{record}").text
    return page[page.index("table--lines") :] if "table--lines" in page else ""


def names(browser: Browser, record: int) -> list[str]:
    return values(browser.get(f"/order/{record}/edit").text, "name")


def test_a_record_is_entered_with_its_lines(rep: Browser) -> None:
    page = rep.get("/order/new").text
    assert tokens(page) == ["n0"]
    answer = rep.post("/order/new", data=posted({"name": "Lamp", "quantity": "2", "price": "1,200"}, {"name": "Chair"}))
    assert answer.status_code == 303, answer.text
    record = int(answer.headers["Location"].rpartition("/")[2])
    assert names(rep, record) == ["Lamp", "Chair"]
    table = shown(rep, record)
    assert "¥1,200" in table
    assert "Cost" not in table


def test_a_new_line_in_which_nothing_was_typed_is_not_saved(rep: Browser) -> None:
    untouched = {"name": "", "name:was": "", "quantity": "1", "quantity:was": "1"}
    answer = rep.post("/order/new", data=posted(untouched, {"name": "Chair", "name:was": ""}))
    assert answer.status_code == 303
    assert names(rep, int(answer.headers["Location"].rpartition("/")[2])) == ["Chair"]


def test_every_fault_is_shown_at_its_cell_and_nothing_typed_is_lost(rep: Browser, website: Website) -> None:
    product = website.add("product", name="Lamp", price="12")
    lines = (
        {"name": "x" * 21, "product": str(product), "product:shown": "Lamp"},
        {"name": "ok", "price": "much"},
        {"quantity": "0"},
    )
    answer = rep.post("/order/new", data=posted(*lines, name=""))
    assert answer.status_code == 422
    codes = re.findall(r'<li data-code="([^"]*)">', answer.text)
    assert codes == ["field.required", "field.length", "field.type", "field.required", "field.range"]
    assert values(answer.text, "name") == ["x" * 21, "ok", ""]
    assert values(answer.text, "price") == ["", "much", ""]
    assert values(answer.text, "product")[:1] == [str(product)]
    assert 'href="#i-lines-n0-name"' in answer.text
    assert 'id="i-lines-n1-price-error"' in answer.text
    assert "Line 2: " in answer.text


def test_lines_are_changed_moved_added_and_taken_away(rep: Browser, website: Website) -> None:
    record, (first, second, third) = an_order(website, "a", "b", "c")
    sent = posted(
        {"token": third, "name": "c", "name:was": "c"},
        {"token": "n0", "name": "new"},
        {"token": first, "name": "A", "name:was": "a", "quantity": "1", "quantity:was": "1"},
        read=f"{first},{second},{third}", **{"name:was": "Order", "version": "1"},
    )  # fmt: skip
    assert rep.post(f"/order/{record}/edit", data=sent).status_code == 303
    assert names(rep, record) == ["c", "new", "A"]


def test_a_form_without_the_table_leaves_the_lines(rep: Browser, website: Website) -> None:
    record, _ = an_order(website, "a", "b")
    assert rep.post(f"/order/{record}/edit", data={"name": "Other"}).status_code == 303
    assert names(rep, record) == ["a", "b"]


def test_the_buttons_work_by_sending_the_form(rep: Browser, website: Website) -> None:
    record, (first, second) = an_order(website, "a", "b")
    lines = ({"token": first, "name": "typed", "name:was": "a"}, {"token": second, "name": "b", "name:was": "b"})
    read = f"{first},{second}"

    def press(button: str) -> list[str]:
        answer = rep.post(f"/order/{record}/edit", data=posted(*lines, read=read, then=button, version="1"))
        assert answer.status_code == 200
        assert "typed" in answer.text or button.endswith(f"remove:{first}")
        return tokens(answer.text)

    assert press("lines:add:") == [first, second, "n0"]
    assert press(f"lines:down:{first}") == [second, first]
    assert press(f"lines:up:{second}") == [second, first]
    assert press(f"lines:remove:{first}") == [second]
    assert press("lines:remove:i999") == [first, second]
    assert names(rep, record) == ["a", "b"]


def test_a_conflict_keeps_what_both_have_typed(rep: Browser, website: Website) -> None:
    record, (first, second, third) = an_order(website, "a", "b", "c")
    theirs = posted(
        {"token": first, "name": "theirs", "name:was": "a"}, {"token": third, "name": "c", "name:was": "c"}, {"name": "added"},
        read=f"{first},{second},{third}", version="1",
    )  # fmt: skip
    assert rep.post(f"/order/{record}/edit", data=theirs).status_code == 303
    mine = posted(
        {"token": first, "name": "mine", "name:was": "a"}, {"token": second, "name": "B", "name:was": "b"},
        {"token": "n0", "name": "also new"}, read=f"{first},{second},{third}", version="1",
    )  # fmt: skip
    answer = rep.post(f"/order/{record}/edit", data=mine)
    assert answer.status_code == 409
    assert values(answer.text, "name") == ["mine", "B", "also new", "added"]  # c is taken away by this person
    assert "Saved meanwhile: theirs" in answer.text
    assert tokens(answer.text)[0] == first
    assert tokens(answer.text)[1].startswith("n")  # taken away by others: it is new again


def test_a_field_that_is_hidden_is_in_no_line(rep: Browser, administrator: Browser, website: Website) -> None:
    record = website.add("order", "rep", name="Order", lines=[{"name": "a", "cost": "77.5"}])
    assert "Cost" not in rep.get(f"/order/{record}/edit").text
    assert "77.5" not in rep.get(f"/order/{record}").text
    assert "¥77.50" in shown(administrator, record)
    (token,) = tokens(rep.get(f"/order/{record}/edit").text)
    sent = posted({"token": token, "name": "b", "name:was": "a", "cost": "1"}, read=token, version="1")
    assert rep.post(f"/order/{record}/edit", data=sent).status_code == 422


def test_a_part_has_no_address(rep: Browser, administrator: Browser, website: Website) -> None:
    _record, (token,) = an_order(website, "a")
    for path in (
        "/order_line/",
        f"/order_line/{token[1:]}",
        "/order_line/new",
        "/order_line/lookup",
        "/order_line/csv",
    ):
        assert administrator.get(path).status_code == 404, path
        assert rep.get(path).status_code == 404, path


def test_a_lookup_says_what_choosing_fills_in(rep: Browser, administrator: Browser, website: Website) -> None:
    website.add("product", name="Lamp", price="1200.5", cost="700")
    answer = rep.get("/product/lookup?q=lamp&fill=price,name,cost,id,nonsense")
    (option,) = answer.get_json()["options"]
    assert option["fills"] == {"price": {"value": "1,200.5", "shown": ""}, "name": {"value": "Lamp", "shown": ""}}
    assert "fills" not in rep.get("/product/lookup?q=lamp").get_json()["options"][0]
    (option,) = administrator.get("/product/lookup?q=lamp&fill=cost").get_json()["options"]
    assert option["fills"] == {"cost": {"value": "700", "shown": ""}}


def test_the_history_tells_of_lines(rep: Browser, website: Website) -> None:
    record, (first, second) = an_order(website, "a", "b")
    sent = posted({"token": first, "name": "A", "name:was": "a"}, {"name": "c"}, read=f"{first},{second}", version="1")
    assert rep.post(f"/order/{record}/edit", data=sent).status_code == 303
    page = rep.get(f"/order/{record}").text
    for line in ("A · Description", "Line added", "Line removed"):
        assert line in page


@pytest.mark.parametrize("count", [1, 60])
def test_a_form_asks_as_little_for_many_lines(rep: Browser, website: Website, asked: Asked, count: int) -> None:
    product = website.add("product", name="Lamp", price="12")
    record = website.add("order", "rep", name="Order", lines=[{"product": product} for _ in range(count)])
    rep.get(f"/order/{record}/edit")
    with asked.at_most(5):
        rep.get(f"/order/{record}/edit")
    with asked.at_most(8):
        rep.get(f"/order/{record}")
