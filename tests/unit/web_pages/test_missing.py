"""The completeness of a record says what it lacks, to who may fill it in, and leads there; a number is called by a link."""

from __future__ import annotations

from tests.unit.website import Browser, Website


def test_what_is_lacking_is_named_with_the_way_to_it(website: Website, rep: Browser) -> None:
    blank = website.add("deal", "rep", name="Blank")
    full = website.add("deal", "rep", name="Full", amount="5")
    page = rep.get(f"/deal/{blank}").get_data(as_text=True)
    assert "1 field missing" in page
    assert f'<a class="menu__item menu__item--s" href="/deal/{blank}/edit#i-amount">Amount</a>' in page
    assert 'id="i-amount"' in rep.get(f"/deal/{blank}/edit").get_data(as_text=True)
    assert "missing" not in rep.get(f"/deal/{full}").get_data(as_text=True)


def test_a_number_is_called_by_a_link_at_the_head(website: Website, rep: Browser, administrator: Browser) -> None:
    reached = website.add("account", "rep", name="Nordwind", phone="13812345678")
    silent = website.add("account", "rep", name="Südwind")
    link = '<a class="btn phone-only" href="tel:'
    assert link in administrator.get(f"/account/{reached}").get_data(as_text=True)
    assert link not in administrator.get(f"/account/{silent}").get_data(as_text=True)
    assert link not in rep.get(f"/account/{reached}").get_data(as_text=True)  # reads the number behind a mask
