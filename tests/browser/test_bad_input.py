"""What nobody means to type, and what goes wrong: nothing is lost, nothing breaks, and it is said in plain words."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live import *  # noqa: F403 - its fixtures
from tests.browser.live import Site, ready, served
from tests.browser.looking import Watch
from tests.security.test_figures import REPORTS
from tests.unit.website import PACK, Prepared, prepare, served_on_sqlite

WITH_PHOTO = PACK["entities/account.yaml"].replace(
    "list:", "  photo: {type: image, max_size: 2 MB, label: {en: Photo, zh: 照片}}\nlist:", 1
)
WITH_PHOTO = WITH_PHOTO.replace("since, secret, notes]", "since, secret, notes, photo]")
SCRIPT = "<script>document.title='broken in'</script><img src=x onerror=\"document.title='broken in'\">"
ODD = "\u202eمرحبا\u202c שלום 👩🏽\u200d💻 𠮷野家"

LABEL = f"<script>alert(1)</script> {ODD}"
EVERYWHERE = (
    "/", "/?dashboard=desk", "/account/", "/account/1", "/account/1/edit", "/account/1/timeline", "/account/new", "/account/filter",
    "/account/columns", "/account/views", "/account/bin/", "/contact/", "/order/new", "/search/?q=alert", "/reports/",
    "/reports/revenue", "/help/entity/account", "/settings/", "/settings/entity/account", "/settings/history/1", "/roles/",
    "/roles/person/2?entity=account", "/audit/", "/privacy/", "/notices/", "/profile/",
)  # fmt: skip


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("bad"), {**PACK, "entities/account.yaml": WITH_PHOTO})


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    ready(page)


def fits(page: Page) -> None:
    wide, inner = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= inner


@pytest.mark.deep
def test_a_name_of_5000_characters_comes_back_whole_with_the_reason(page: Page, site: Site) -> None:
    site.log_in(page, "rep", path="/account/new")
    field = page.locator("[name=name]")
    field.evaluate("field => { field.removeAttribute('maxlength'); field.value = '长'.repeat(5000); }")
    page.locator("[name=notes]").fill("kept")
    save(page)
    expect(page.get_by_role("alert")).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")
    assert len(field.input_value()) == 5000
    expect(page.locator("[name=notes]")).to_have_value("kept")
    fits(page)


@pytest.mark.parametrize("text", [SCRIPT[:60], pytest.param(ODD, marks=pytest.mark.deep)], ids=["script", "odd"])
def test_odd_texts_are_shown_as_they_were_typed(page: Page, site: Site, text: str) -> None:
    site.log_in(page, "rep", path="/account/new")
    page.locator("[name=name]").fill(text)
    page.locator("[name=notes]").fill(SCRIPT + ODD)
    save(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(text)
    expect(page.locator("dd", has_text="broken in").first).to_be_visible()
    fits(page)
    for path in ("/account/", "/account/1/edit", "/contact/new?account=1"):
        site.open(page, path)
        assert page.title() != "broken in"
        assert page.locator("main img").count() == 0
        fits(page)
    expect(page.get_by_role("combobox", name="Account")).to_have_value(text)


@pytest.mark.deep
def test_labels_that_hold_scripts_and_other_scripts_are_words(
    page: Page, tmp_path_factory: pytest.TempPathFactory
) -> None:
    odd = {path: re.sub(r"(?<=[{ ])en: [^,}]+", f'en: "{LABEL}"', text) for path, text in REPORTS.items()}
    with served_on_sqlite(prepare(tmp_path_factory.mktemp("odd"), odd)) as website, served(website) as site:
        site.add("account", "administrator", name=LABEL[:60], notes=SCRIPT + ODD, level="a")
        site.tell("administrator", "reminder", params={"text": LABEL})
        watch, asked = Watch(page, site.address), []
        page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
        site.log_in(page, "administrator")
        for path in EVERYWHERE:
            site.open(page, path)
            watch.rest(page)
            assert LABEL[:25] in page.inner_text("body"), path
            assert page.title() != "broken in"
            assert page.locator("script", has_text="alert(1)").count() == 0, path
            for width in (1280, 390):
                page.set_viewport_size({"width": width, "height": 844})
                fits(page)
        assert asked + watch.take() == []


def test_a_file_of_26_megabytes_is_refused_where_it_was_chosen(page: Page, site: Site, tmp_path: Path) -> None:
    heavy = tmp_path / "heavy.jpg"
    with heavy.open("wb") as file:
        file.truncate(26 * 1024 * 1024)
    site.log_in(page, "rep", path="/account/new")
    page.locator("[name=name]").fill("海纳精工")
    page.locator("input[type=file]").set_input_files(heavy)
    expect(page.locator("[data-chosen] .is-wrong")).to_contain_text("is too large")
    button = page.get_by_role("button", name="Save", exact=True)
    button.click()
    alert = page.locator("[data-unsaved][role=alert]")
    expect(alert).to_contain_text("heavy.jpg · is too large")
    expect(page.locator("[name=name]")).to_have_value("海纳精工")
    page.locator("input[type=file]").set_input_files([])
    save(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("海纳精工")


def test_forms_are_read_and_saved_without_scripts(page: Page, site: Site) -> None:
    browser = page.context.browser
    assert browser is not None
    site.log_in(page, "rep")
    state = page.context.storage_state()
    context = browser.new_context(java_script_enabled=False, storage_state=state, locale="en-US")
    plain = context.new_page()
    plain.goto(f"{site.address}/account/new")
    plain.locator("[name=revenue]").fill("lots")
    plain.locator("[name=name]").fill("海纳精工")
    plain.get_by_role("button", name="Save", exact=True).click()
    expect(plain.get_by_role("alert")).to_be_visible()
    expect(plain.locator("[name=name]")).to_have_value("海纳精工")
    plain.locator("[name=revenue]").fill("5")
    plain.get_by_role("button", name="Save", exact=True).click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("海纳精工")
    plain.get_by_role("link", name="Edit").click()
    plain.locator("[name=notes]").fill("without")
    plain.get_by_role("button", name="Save", exact=True).click()
    expect(plain.locator("dd", has_text="without")).to_be_visible()
    context.close()
