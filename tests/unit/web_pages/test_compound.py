"""Money in several currencies and text in several languages, on the screens and in the API."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.unit.web_pages.conftest import Asked
from tests.unit.website import PACK, Browser, Website, prepare

ABROAD = {
    **PACK,
    "pack.yaml": PACK["pack.yaml"].replace("[en, zh]", "[zh, en]") + "currency: {company: CNY, others: [USD]}\n",
    "entities/deal.yaml": """
label: {en: Deal, zh: 交易}
plural: {en: Deals, zh: 交易}
currency: {allowed: [CNY, USD], rate_date: closes}
fields:
  name:    {type: text, required: true, label: {en: Name, zh: 名称}}
  amount:  {type: money, label: {en: Amount, zh: 金额}}
  cost:    {type: money, label: {en: Cost, zh: 成本}}
  closes:  {type: date, label: {en: Closes, zh: 日期}}
list: {columns: [name, amount, closes], sort: [-amount], filters: [amount, currency]}
""",
    "entities/quote.yaml": """
label: {en: Quote, zh: 报价}
plural: {en: Quotes, zh: 报价}
currency: {allowed: [CNY, USD], rate_date: day}
fields:
  name: {type: text, required: true, label: {en: Name, zh: 名称}}
  day:  {type: date, label: {en: Day, zh: 日期}}
layout:
  tabs:
    overview:
      sections:
        base: {label: {en: Basics, zh: 基本信息}, fields: [name, day, currency]}
        lines: {label: {en: Lines, zh: 明细}, related: lines, columns: [article, price]}
""",
    "entities/quote_line.yaml": """
label: {en: Line, zh: 明细}
plural: {en: Lines, zh: 明细}
parent: {field: quote, part: true}
currency: {}
name_field: title
fields:
  title:   {type: text, label: {en: Title, zh: 标题}}
  quote:   {type: lookup, to: quote, required: true, on_delete: cascade, inverse: lines}
  article: {type: lookup, to: article, inverse: quote_lines, fills: {price: price, title: name}}
  price:   {type: money, label: {en: Price, zh: 单价}}
""",
    "entities/article.yaml": """
label: {en: Article, zh: 产品}
plural: {en: Articles, zh: 产品}
fields:
  name:  {type: text, required: true, translated: true, max_length: 20, searchable: true, label: {en: Name, zh: 名称}}
  about: {type: long_text, translated: true, label: {en: About, zh: 说明}}
  price: {type: money, label: {en: Price, zh: 价格}}
list: {columns: [name, about], sort: [name]}
""",
}


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    return prepare(tmp_path_factory.mktemp("abroad"), ABROAD)


@pytest.fixture
def deal(website: Website) -> int:
    """100 dollars, which are 720 yuan."""
    website.add("exchange_rate", currency="USD", valid_from="2026-01-01", rate="7.2")
    return website.add("deal", name="Pumps", currency="USD", amount="100", cost="10.5", closes="2026-06-30")


@pytest.fixture
def api(website: Website) -> FlaskClient:
    client = website.app.test_client()
    token = client.post("/api/v1/security/login", json={"username": "administrator", "password": "Made up-4 tests"})
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token.get_json()['access_token']}"
    return client


def text_of(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", page)).replace("\N{NO-BREAK SPACE}", " ")


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send of the form: inputs, areas and selects by name."""
    page = page[page.index("data-form") :]
    page = page[: page.index("</form>")]
    found = dict(re.findall(r'<input[^>]* name="([^"]+)" value="([^"]*)"', page))
    for tag, name in re.findall(r'(<input[^>]* name="([^"]+)"[^>]*>)', page):
        value = re.search(r' value="([^"]*)"', tag)
        found.setdefault(name, value[1] if value else "")
    for name, body in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL):
        found[name] = body.strip()
    for name, body in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', body)
        found[name] = chosen[1] if chosen else ""
    return {key: html.unescape(value) for key, value in found.items()}


# Money


def test_the_list_shows_the_value_in_the_currency_of_the_company_and_what_was_entered_above_it(
    administrator: Browser, deal: int, asked: Asked
) -> None:
    del deal
    with asked.at_most(6):
        page = administrator.get("/deal/").text
    assert '<div class="cut" title="USD\N{NO-BREAK SPACE}100">¥720</div>' in page


def test_the_record_shows_both(administrator: Browser, deal: int) -> None:
    text = re.sub(r"\s+", " ", text_of(administrator.get(f"/deal/{deal}").text))
    assert "USD 100 = ¥720" in text
    assert "USD 10.50 = ¥75.60" in text


def test_the_currency_is_chosen_in_the_first_amount_and_named_at_the_others(administrator: Browser, deal: int) -> None:
    page = administrator.get(f"/deal/{deal}/edit").text
    amount = page[page.index('data-name="amount"') : page.index('data-name="cost"')]
    assert '<option value="USD" selected>USD</option>' in amount
    assert "data-currency-code>USD</span>" in page[page.index('data-name="cost"') :]
    sent = fields_of(page)
    assert (sent["currency"], sent["currency:was"], sent["amount"], sent["amount:was"]) == ("USD", "USD", "100", "100")
    assert page.count('name="currency"') == 1


def test_a_form_that_is_sent_back_unchanged_changes_nothing(
    administrator: Browser, api: FlaskClient, deal: int
) -> None:
    before = api.get(f"/api/v1/deal/{deal}").get_json()
    sent = fields_of(administrator.get(f"/deal/{deal}/edit").text)
    assert administrator.post(f"/deal/{deal}/edit", data=sent).status_code == 303
    assert api.get(f"/api/v1/deal/{deal}").get_json() == before


def test_amount_and_currency_are_saved_together(administrator: Browser, api: FlaskClient, deal: int) -> None:
    sent = {**fields_of(administrator.get(f"/deal/{deal}/edit").text), "currency": "CNY", "amount": "1,500"}
    assert administrator.post(f"/deal/{deal}/edit", data=sent).status_code == 303
    found = api.get(f"/api/v1/deal/{deal}").get_json()["result"]
    assert (found["currency"], found["amount"], found["amount_company"]) == ("CNY", "1500.0000", "1500.0000")
    text = re.sub(r"\s+", " ", text_of(administrator.get(f"/deal/{deal}").text))
    assert "USD 100" in text  # the history


def test_the_history_shows_that_only_the_rate_has_changed(website: Website, administrator: Browser, deal: int) -> None:
    website.add("exchange_rate", currency="USD", valid_from="2026-06-01", rate="7")
    sent = {**fields_of(administrator.get(f"/deal/{deal}/edit").text), "closes": "2026-06-29"}
    assert administrator.post(f"/deal/{deal}/edit", data=sent).status_code == 303
    text = re.sub(r"\s+", " ", text_of(administrator.get(f"/deal/{deal}").text))
    assert "USD 100 = ¥720" in text
    assert "USD 100 = ¥700" in text


def test_a_new_record_is_in_the_currency_of_the_company_unless_another_is_chosen(administrator: Browser) -> None:
    page = administrator.get("/deal/new").text
    assert fields_of(page)["currency"] == "CNY"


def test_a_rate_that_is_missing_is_said_at_the_amount(administrator: Browser, deal: int) -> None:
    del deal
    data = {"name": "Early", "currency": "USD", "amount": "5", "closes": "2025-01-01"}
    answer = administrator.post("/deal/new", data=data)
    assert answer.status_code == 422
    amount = answer.text[answer.text.index('data-name="amount"') :]
    assert "field--error" in answer.text
    assert "USD that holds on 2025-01-01" in amount
    assert '<option value="USD" selected>' in amount


def test_a_cell_that_is_edited_in_its_place_speaks_the_currency_of_the_record(
    administrator: Browser, deal: int
) -> None:
    cell = administrator.get(f"/deal/{deal}/cell?field=amount").get_json()["html"]
    assert "<span>USD</span>" in cell
    assert 'value="100"' in cell
    saved = administrator.post(f"/deal/{deal}/cell?field=amount", data={"amount": "200"}).get_json()
    assert "¥1,440" in saved["html"]


def test_the_file_has_what_was_entered_its_currency_and_the_value_in_the_companys(
    administrator: Browser, deal: int
) -> None:
    del deal
    lines = administrator.get("/deal/csv").text.splitlines()
    assert lines[0].lstrip("\N{BYTE ORDER MARK}") == "Name,Amount,Amount: currency,Amount in CNY,Closes"
    assert lines[1] == "Pumps,100,USD,720,2026-06-30"


def test_filters_compare_the_value_in_the_currency_of_the_company(administrator: Browser, deal: int) -> None:
    del deal
    assert "Pumps" in administrator.get("/deal/?f.amount.from=700").text
    assert "Pumps" not in administrator.get("/deal/?f.amount.to=100").text
    assert "Pumps" in administrator.get("/deal/?f.currency=USD").text


def test_the_api_says_what_it_reads_and_writes(api: FlaskClient, deal: int) -> None:
    found = api.get(f"/api/v1/deal/{deal}").get_json()["result"]
    assert (found["amount"], found["currency"], found["amount_company"]) == ("100.0000", "USD", "720.0000")
    changed = api.patch(f"/api/v1/deal/{deal}", json={"name": "Valves"}).get_json()["result"]
    assert {key: changed[key] for key in ("amount", "currency", "amount_company")} == {
        key: found[key] for key in ("amount", "currency", "amount_company")
    }
    assert api.patch(f"/api/v1/deal/{deal}", json={"amount_company": "1"}).status_code == 422
    put = api.put(f"/api/v1/deal/{deal}", json={"name": "Valves", "amount": "3"}).get_json()["result"]
    assert (put["currency"], put["amount"], put["cost"]) == ("USD", "3.0000", None)
    assert len(api.get("/api/v1/deal/?filter=amount > 20").get_json()["result"]) == 1


def test_the_api_describes_both_kinds(api: FlaskClient) -> None:
    schemas = api.get("/api/v1/openapi.json").get_json()["components"]["schemas"]
    assert schemas["Deal"]["properties"]["amount_company"]["readOnly"]
    assert "amount_company" not in schemas["DealValues"]["properties"]
    assert schemas["Article"]["properties"]["name"]["properties"].keys() == {"zh", "en"}
    info: dict[str, Any] = {each["name"]: each for each in api.get("/api/v1/deal/_info").get_json()["fields"]}
    assert info["amount"]["company"] == "amount_company"


# Lines


def test_a_line_that_leaves_its_price_blank_is_filled_in_the_currency_of_the_quote(
    website: Website, administrator: Browser, api: FlaskClient, deal: int
) -> None:
    del deal  # its rate
    article = website.add("article", name={"zh": "水泵", "en": "Pump"}, price="720")
    page = administrator.get("/quote/new").text
    assert "Price (" not in page
    data = {
        "name": "Q", "currency": "USD", "day": "2026-06-30", "lines:rows": "n0,n1",
        "lines.n0.article": str(article), "lines.n0.article:shown": "Pump", "lines.n0.price": "",
        "lines.n1.article": str(article), "lines.n1.price": "5",
    }  # fmt: skip
    assert administrator.post("/quote/new", data=data).status_code == 303
    found = api.get("/api/v1/quote/1").get_json()["result"]
    assert [(each["price"], each["price_company"]) for each in found["lines"]] == [
        ("100.0000", "720.0000"),
        ("5.0000", "36.0000"),
    ]
    text = re.sub(r"\s+", " ", text_of(administrator.get("/quote/1").text))
    assert "USD 100" in text
    lines = [{**line, "article": line["article"]["id"]} for line in found["lines"]]
    same = api.patch("/api/v1/quote/1", json={"lines": lines}).get_json()["result"]
    assert same == found


def test_choosing_a_record_offers_no_amount_that_may_be_in_another_currency(administrator: Browser) -> None:
    page = html.unescape(administrator.get("/quote/new").text)
    assert 'data-fills="{"title": "name"}"' in page


# Text


@pytest.fixture
def article(website: Website) -> int:
    return website.add("article", name={"zh": "水泵", "en": "Pump"}, about={"zh": "抽水"})


def test_a_text_is_shown_in_the_language_of_the_person(website: Website, administrator: Browser, article: int) -> None:
    del website
    assert "Pump" in administrator.get("/article/").text
    assert "<h1" in administrator.get(f"/article/{article}").text
    assert "抽水" in administrator.get(f"/article/{article}").text


def test_the_form_has_an_input_for_each_language(administrator: Browser, article: int) -> None:
    page = administrator.get(f"/article/{article}/edit").text
    sent = fields_of(page)
    assert (sent["name:zh"], sent["name:en"], sent["about:zh"], sent["about:en"]) == ("水泵", "Pump", "抽水", "")
    assert "Name (中文)" in page
    assert "Name (English)" in page
    required = re.findall(r'name="(name:\w+)" required', page)
    assert required == ["name:zh"]


def test_only_the_language_that_changes_is_saved(administrator: Browser, api: FlaskClient, article: int) -> None:
    sent = fields_of(administrator.get(f"/article/{article}/edit").text)
    assert administrator.post(f"/article/{article}/edit", data=sent).status_code == 303
    assert api.get(f"/api/v1/article/{article}").get_json()["result"]["version"] == 1
    assert administrator.post(f"/article/{article}/edit", data={**sent, "name:en": "Water pump"}).status_code == 303
    found = api.get(f"/api/v1/article/{article}").get_json()["result"]
    assert found["name"] == {"zh": "水泵", "en": "Water pump"}
    assert "Water pump" in administrator.get(f"/article/{article}").text


def test_what_is_refused_comes_back_as_it_was_typed(administrator: Browser) -> None:
    answer = administrator.post(
        "/article/new", data={"name:zh": "", "name:en": "Fan", "about:zh": "a", "about:en": "b"}
    )
    assert answer.status_code == 422
    sent = fields_of(answer.text)
    assert (sent["name:en"], sent["about:zh"], sent["about:en"]) == ("Fan", "a", "b")
    assert "Please fill in Name" in answer.text


def test_a_new_record_of_the_form_has_all_its_texts(administrator: Browser, api: FlaskClient) -> None:
    data = {"name:zh": "风扇", "name:en": "Fan", "about:zh": "", "about:en": "Blows"}
    assert administrator.post("/article/new", data=data).status_code == 303
    found = api.get("/api/v1/article/").get_json()["result"][0]
    assert (found["name"], found["about"]) == ({"zh": "风扇", "en": "Fan"}, {"en": "Blows"})


def test_a_language_that_does_not_exist_is_refused(administrator: Browser) -> None:
    assert administrator.post("/article/new", data={"name:zh": "风扇", "name:xx": "?"}).status_code == 422


def test_two_people_choose_between_texts(administrator: Browser, api: FlaskClient, article: int) -> None:
    sent = fields_of(administrator.get(f"/article/{article}/edit").text)
    api.patch(f"/api/v1/article/{article}", json={"name": {"en": "Theirs"}})
    answer = administrator.post(f"/article/{article}/edit", data={**sent, "name:en": "Mine"})
    assert answer.status_code == 409
    for text in ("Theirs", "Mine", "Name (English)"):
        assert text in answer.text


def test_the_file_has_a_column_for_each_language(administrator: Browser, article: int) -> None:
    del article
    lines = administrator.get("/article/csv").text.splitlines()
    assert lines[0].lstrip("\N{BYTE ORDER MARK}") == "Name (中文),Name (English),About (中文),About (English)"
    assert lines[1] == "水泵,Pump,抽水,"


def test_the_api_takes_a_text_alone_in_the_language_of_the_caller(api: FlaskClient, article: int) -> None:
    found = api.patch(f"/api/v1/article/{article}", json={"name": "Piston pump"}).get_json()["result"]
    assert found["name"] == {"zh": "水泵", "en": "Piston pump"}
