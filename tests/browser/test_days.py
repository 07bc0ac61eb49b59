"""The days of four people in the standard pack with its demonstration data: a representative, who needs few clicks, a manager, a
service agent and an administrator; and what is done on a phone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app.web.i18n import text_in
from tests.browser.demo import *  # noqa: F403 - its fixtures
from tests.browser.demo import Demo
from tests.browser.live import ready
from tests.browser.looking import Watch
from tests.unit.files import samples

MOST_CLICKS = 25
STAGES = {
    "requirement": re.compile("Requirements|需求确认"),
    "negotiation": re.compile("Negotiation|谈判与审批"),
    "solved": re.compile("Solved|已解决"),
}
LANGUAGES = ["en", pytest.param("zh", marks=pytest.mark.deep)]
REP, MANAGER, AGENT, ADMINISTRATOR = "emma.clarke", "shen.ruolan", "tang.yuqing", "chen.li"
PHONED = {"en": ("91320106TN0099003G", "13512345678"), "zh": ("91320106TN0099004K", "13612345678")}
CODES = {"en": "91320106TN0099001A", "zh": "91320106TN0099002D"}
PHONES = {"en": "13812345678", "zh": "13912345678"}
pytestmark = pytest.mark.parametrize("language", LANGUAGES)


class Hand:
    """A person with a mouse: what he clicks is counted, and so is each field that he goes to; two for a choice."""

    def __init__(self, page: Page, address: str, language: str) -> None:
        self.page, self.address, self.language = page, address, language
        self.clicks = 0

    def t(self, key: str, **params: object) -> str:
        return text_in(self.language, key, **params)

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)
        ready(self.page)

    def click(self, what: str | Locator) -> None:
        self.clicks += 1
        (self.page.locator(what) if isinstance(what, str) else what).click()

    def fill(self, what: str, text: str) -> None:
        field = self.page.locator(what)
        self.clicks += not field.evaluate("node => node === document.activeElement")
        field.fill(text)

    def choose(self, what: str, value: str) -> None:
        self.clicks += 2
        self.page.locator(what).select_option(value)

    def look_up(self, what: str, text: str) -> None:
        """Search in a lookup and take the first that is found."""
        self.fill(what, text)
        self.click(self.page.locator(".lookup__menu [role=option]").locator("visible=true").first)

    def save(self, within: str = "") -> None:
        button = self.page.locator(within or "body").get_by_role("button", name=self.t("common.save"), exact=True)
        self.click(button.first)


@pytest.fixture
def width() -> int:
    """Of a laptop, where a test says nothing else."""
    return 1280


@pytest.fixture
def hand(browser: Browser, demo: Demo, language: str, login: str, width: int) -> Iterator[Hand]:
    """The hand of a person, in that language, at the home page."""
    context = demo.context(browser, login, language, width)
    page = context.new_page()
    watch = Watch(page, demo.address)
    made = Hand(page, demo.address, language)
    made.open("/")
    assert page.locator("html").get_attribute("lang") == language
    yield made
    context.close()
    assert watch.take() == []


def by(login: str) -> pytest.MarkDecorator:
    """Who does it."""
    return pytest.mark.parametrize("login", [login])


@by(REP)
def test_a_representative_needs_few_clicks(hand: Hand, language: str) -> None:
    page, company = hand.page, f"Clicked Works {language} Co., Ltd."
    # An account, from any page
    hand.click("summary.btn--main")
    hand.click(".drop__menu a[href='/account/new']")
    hand.fill("#quick [name=name]", company)
    hand.fill("#quick [name=uscc]", CODES[language])
    hand.choose("#quick [name=industry]", "internet")
    hand.choose("#quick [name=size_class]", "small")
    hand.fill("#quick [name=contact_phone]", PHONES[language])
    hand.save("#quick")
    hand.click(page.locator(".toast").get_by_role("link"))
    ready(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(company)
    # A person there, and a deal
    for tab, field, name in (("contact", "name", "Kim Park"), ("opportunity", "name", "New machines")):
        hand.click(page.locator(".tabs__tab", has_text=plural(page, tab)))
        ready(page)
        hand.click(page.locator(f"main a[href^='/{tab}/new']").first)
        hand.fill(f"#quick [name={field}]", name)
        hand.save("#quick")
        ready(page)
    hand.click(page.get_by_role("link", name="New machines").first)
    ready(page)
    # The deal moves on
    hand.click(".path button[value=requirement]")
    ready(page)
    hand.look_up("#moving [id$=decision_maker]", "Kim")
    hand.fill("#moving [name=budget]", "200000")
    hand.click("#moving .btn--main")
    expect(page.locator(".path [aria-current=step]")).to_contain_text(STAGES["requirement"])
    ready(page)
    # A call is logged, and found again from anywhere
    hand.fill("#composer [name=content]", "Wants a plan by Friday")
    hand.click("#composer form:not([hidden]) .composer__foot .btn--main")
    expect(page.locator(".line__name").first).to_contain_text("Wants a plan by Friday")
    hand.open("/")
    hand.fill("#find", "Wants a plan")
    page.locator("#find").press("Enter")
    expect(page.get_by_text("Wants a plan by Friday").first).to_be_visible()
    assert hand.clicks <= MOST_CLICKS


@by(REP)
def test_a_representative_offers_what_the_catalogue_has(hand: Hand, demo: Demo, language: str) -> None:
    """The list price stands in the line at once; nobody enters it, and nothing is in the way of the save."""
    page, name = hand.page, f"Offer of licences {language}"
    account = demo.one("SELECT min(id) FROM crm_account WHERE owner = :owner", owner=demo.website.ids[REP])
    hand.open(f"/quote/new?account={account}")
    hand.fill("main [name=name]", name)
    hand.look_up("#i-lines-n0-product", "CRM")
    listed = page.locator("#i-lines-n0-list_price")
    expect(listed).not_to_have_value("—")
    price = listed.input_value()
    hand.fill("#i-lines-n0-quantity", "12")
    hand.save("main")
    page.wait_for_url(re.compile(r"/quote/\d+$"))
    expect(page.locator("main table").first).to_contain_text(price)


def plural(page: Page, entity: str) -> re.Pattern[str]:
    """What the menu calls the records of an entity."""
    return re.compile(re.escape(page.locator(f".side a[href^='/{entity}/']").inner_text().strip()))


@by(MANAGER)
def test_a_manager_agrees_and_hands_over(hand: Hand, demo: Demo, language: str) -> None:
    page, name = hand.page, f"Waits for the manager {language}"
    site = demo.website
    account = demo.one("SELECT min(id) FROM crm_account WHERE owner = :owner", owner=site.ids[REP])
    deal = demo.add(
        "opportunity", REP, name=name, account=account, amount="90000", close_date="2027-01-31", stage="proposal"
    )
    asked = site.browser(REP).post(f"/opportunity/{deal}/approval", data={"field": "stage", "to": "negotiation"})
    assert asked.status_code == 303

    hand.click(".side a[href='/approvals/']")
    ready(page)
    card = page.locator("ol > li").filter(has_text=name)
    expect(card).to_contain_text("90,000")
    hand.click(card.get_by_role("button", name=hand.t("approvals.agree")))
    expect(card).to_have_count(0)
    hand.open(f"/opportunity/{deal}")
    expect(page.locator(".path [aria-current=step]")).to_contain_text(STAGES["negotiation"])

    # On the board of his people; one is handed to somebody else
    hand.click(".side a[href='/opportunity/']")
    ready(page)
    hand.click(page.locator(".seg a[href*='/board/']"))
    ready(page)
    expect(page.locator(".deal").first).to_be_visible()
    hand.open(f"/opportunity/?q={name}")
    hand.click(page.locator("input[name=id]").first)
    hand.click(page.locator(".bulk").get_by_role("button", name=hand.t("list.bulk_assign")))
    hand.look_up("dialog[open] [role=combobox]", "李雯")
    hand.click("dialog[open] .btn--main")
    ready(page)
    expect(page.locator("tbody tr").first).to_contain_text("李雯")


@by(AGENT)
def test_a_service_agent_solves_a_ticket(hand: Hand, demo: Demo, language: str) -> None:
    page, subject = hand.page, f"The printer is on fire {language}"
    account = demo.one("SELECT min(id) FROM crm_account")
    demo.add("ticket", AGENT, subject=subject, account=account, description="It burns", stage="dispatched")
    hand.click(".side a[href^='/ticket/']")
    ready(page)
    hand.fill("#list-q", subject)
    page.locator("#list-q").press("Enter")
    ready(page)
    hand.click(page.get_by_role("link", name=subject))
    ready(page)
    hand.click(".path button[value=solved]")
    ready(page)
    hand.fill("#moving [name=first_response_at]", "2026-11-20T10:00")
    hand.fill("#moving [name=solution]", "Water, a lot of it")
    hand.click("#moving .btn--main")
    ready(page)
    expect(page.locator(".path [aria-current=step]")).to_contain_text(STAGES["solved"])
    hand.click(".side a[href='/service-levels/']")
    ready(page)
    expect(page.get_by_role("table").first).to_be_visible()


@by(ADMINISTRATOR)
def test_an_administrator_lets_somebody_in_and_sees_it_told(hand: Hand, language: str) -> None:
    page, login = hand.page, f"new.person.{language}"
    hand.click(".side a[href='/user/']")
    ready(page)
    hand.click(page.locator(".page__head a[href^='/user/new']").first)
    ready(page)
    hand.fill("main [name=name]", "New Person")
    hand.fill("main [name=login]", login)
    hand.save("main")
    page.wait_for_url(re.compile(r"/user/\d+$"))
    ready(page)
    hand.click(page.locator("[name=role][value=sales_rep]"))
    hand.click(page.locator("form[action$='/roles'] button").first)
    ready(page)
    hand.click(".side a[href='/roles/']")
    ready(page)
    expect(page.get_by_role("columnheader").nth(3)).to_be_visible()
    hand.click(".side a[href='/settings/']")
    ready(page)
    hand.click(page.locator("a[href='/settings/entity/opportunity']"))
    ready(page)
    expect(page.locator("svg [data-stage], svg text").first).to_be_visible()
    hand.click(".side a[href='/audit/']")
    ready(page)
    expect(page.locator("tbody tr", has_text="New Person").first).to_be_visible()


@by(MANAGER)
@pytest.mark.parametrize("width", [390])
def test_work_goes_on_with_a_phone(hand: Hand, demo: Demo, language: str) -> None:
    """Found, called, told of, moved, agreed to, photographed: at 390 px, by who sells and leads."""
    page, name = hand.page, f"Phoned Works {language} Co., Ltd."
    due = {"close_date": "2027-01-31", "amount": "90000"}
    code, phone = PHONED[language]
    kind = {"industry": "internet", "size_class": "small"}
    account = demo.add("account", MANAGER, name=name, uscc=code, contact_phone=phone, **kind)
    someone = demo.add("contact", MANAGER, name="Kim Park", account=account)
    deal = demo.add(
        "opportunity", MANAGER, name="New lamps", account=account, decision_maker=someone, budget="200000", **due
    )
    asked = demo.add("opportunity", REP, name=f"Asks {language}", account=account, stage="proposal", **due)
    demo.website.browser(REP).post(f"/opportunity/{asked}/approval", data={"field": "stage", "to": "negotiation"})

    hand.click(".topbar a[href='/search/']")
    ready(page)
    hand.fill("main [name=q]", name)
    page.locator("main [name=q]").press("Enter")
    ready(page)
    hand.click(page.get_by_role("link", name=name).first)
    ready(page)
    expect(page.locator(".rec__acts a[href^='tel:']")).to_have_attribute("href", f"tel:+86{phone}")
    hand.click("[data-log]")
    hand.fill("#composer [name=content]", "Wants it by May")
    hand.click("#composer form:not([hidden]) .composer__foot .btn--main")
    ready(page)
    expect(page.locator(".line__name").first).to_contain_text("Wants it by May")
    fits(page)

    hand.open(f"/account/{account}/edit")
    photo = {"name": "door.png", "mimeType": "image/png", "buffer": samples.picture()}
    page.locator("[name='documents:file']").set_input_files(photo)  # type: ignore[arg-type]
    fits(page)
    hand.save("main")
    page.wait_for_url(re.compile(r"/account/\d+$"))
    ready(page)
    expect(page.get_by_role("link", name=re.compile("door.png")).first).to_be_visible()

    hand.open(f"/opportunity/{deal}")
    hand.click(".path button[value=requirement]")
    ready(page)
    expect(page.locator(".path [aria-current=step]")).to_contain_text(STAGES["requirement"])
    fits(page)
    hand.open("/approvals/")
    card = page.locator("ol > li").filter(has_text=f"Asks {language}")
    fits(page)
    hand.click(card.get_by_role("button", name=hand.t("approvals.agree")))
    expect(card).to_have_count(0)


def fits(page: Page) -> None:
    """Nothing has to be looked for sideways."""
    wide, inner = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= inner, page.url
