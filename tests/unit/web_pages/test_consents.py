"""The page of a record says since when somebody agrees, to which wording, and that he withdrew it; whom it is hidden from, nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from app.orm.framework import consent
from tests.unit.web_pages.conftest import Asked
from tests.unit.website import PACK, Browser, Website, add, prepare

AGREEING = PACK | {
    "entities/product.yaml": """
label: {en: Product, zh: 产品}
plural: {en: Products}
fields:
  name: {type: text, required: true, searchable: true, label: {en: Name, zh: 名称}}
  price: {type: money, label: {en: Price, zh: 价格}}
  cost: {type: money, restricted: true, label: {en: Cost, zh: 成本}}
  news: {type: boolean, label: {en: News, zh: 资讯}, consent: {purpose: marketing, text: {en: I agree to get news., zh: 我同意接收资讯。}}}
  face: {type: boolean, restricted: true, label: {en: Face, zh: 照片}, consent: {purpose: pictures, text: My picture may be shown.}}
""",
}


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    return prepare(tmp_path_factory.mktemp("agreeing"), AGREEING)


def test_a_record_says_who_agreed_and_withdrew(website: Website, administrator: Browser, asked: Asked) -> None:
    product = add(website.store, "product", name="Li", news=True, face=True)
    with asked.at_most(10):
        page = administrator.get(f"/product/{product}").text
    assert page.count("Given") == 1
    assert "I agree to get news." in page
    assert "My picture" not in page
    administrator.post(
        f"/product/{product}/edit", data={"news:was": "true", "news": "false", "name": "Li", "name:was": "Li"}
    )
    page = administrator.get(f"/product/{product}").text
    assert page.index("Withdrawn") < page.index("Given")
    administrator.post("/language/", data={"language": "zh"})
    page = administrator.get(f"/product/{product}").text
    assert "撤回于" in page
    assert "我同意接收资讯。" in page
    assert "页面" in page


def test_a_yes_without_a_record_says_so(website: Website, administrator: Browser) -> None:
    product = add(website.store, "product", name="Old", news=True)
    with website.store.housekeeping() as connection:
        connection.execute(sa.delete(consent).where(consent.c.record == product))
    assert "It is not known when" in administrator.get(f"/product/{product}").text


def test_the_form_shows_what_is_agreed_to(administrator: Browser) -> None:
    assert "I agree to get news." in administrator.get("/product/new").text


def test_nobody_agrees_for_many_at_once(website: Website, administrator: Browser) -> None:
    product = add(website.store, "product", name="Li", news=False)
    page = administrator.get("/product/").text
    assert 'value="price"' in page
    assert 'value="news"' not in page
    assert administrator.get("/product/input?field=price").status_code == 200
    assert administrator.get("/product/input?field=news").status_code == 400
    given = {"id": [str(product)], "field": "news", "value": "true"}
    assert administrator.post("/product/bulk/edit", data=given).status_code == 400
    with website.store.system_reading() as connection:
        assert connection.execute(sa.select(consent.c.id).where(consent.c.record == product)).all() == []
