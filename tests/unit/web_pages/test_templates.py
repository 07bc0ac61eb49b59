import re
from pathlib import Path

import pytest

from app.web.i18n import TEXTS
from app.web.pages.shell import ICONS
from app.web.texts.lists import LISTS
from app.web.texts.records import RECORDS
from app.web.texts.shell import SHELL
from tests.unit.website import Browser, Website

WEB = Path(__file__).parents[3] / "app/web"
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
SCRIPTS = sorted((WEB / "static/js").glob("*.js"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_carry_no_script_style_or_handler_and_escape_everything(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert "|safe" not in text.replace(" ", "")
    assert not re.search(r"https?://", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_text_and_icon_of_a_template_exists(path: Path) -> None:
    text = path.read_text("utf-8")
    keys = re.findall(r"""\bt\(\s*["']([\w.]+)["']\s*[,)]""", text)
    assert set(keys) <= TEXTS.keys()
    assert set(re.findall(r"""icon\("(\w+)\"""", text)) <= ICONS


def test_every_icon_is_in_the_sprite() -> None:
    assert set(re.findall(r'symbol id="(\w+)"', (WEB / "static/icons.svg").read_text())) >= ICONS


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_reach_our_own_server_alone(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"https?://(?!www\.w3\.org)|eval\(|new Function|\.style\b(?!\.(left|top) = )", text)


def test_every_text_is_used_somewhere() -> None:
    sources = "\n".join(
        path.read_text("utf-8") for path in [*TEMPLATES, *WEB.rglob("*.py")] if "texts" not in path.parts
    )
    families = (
        "theme.",
        "home.hello_",
        "list.as_",
        "report.title_",
        "form.part_",
        "form.rich_",
    )  # their keys are put together
    ours = [key for table in (SHELL, LISTS, RECORDS) for key in table if not key.startswith(families)]
    unused = [key for key in ours if f'"{key}"' not in sources and f"'{key}'" not in sources]
    assert unused == []


def test_every_page_is_whole_and_holds_the_policy(website: Website, administrator: Browser) -> None:
    record = website.add("account", "administrator", name='<b>"x"</b>', level="a", notes="<script>alert(1)</script>")
    addresses = [
        "/", "/account/", "/account/?q=x", "/account/new", f"/account/{record}", f"/account/{record}/edit", "/account/bin/",
        "/search/?q=x", "/profile/", f"/user/{website.ids['rep']}",
    ]  # fmt: skip
    for address in addresses:
        answer = administrator.get(address)
        assert answer.status_code == 200, address
        assert len(answer.data) < 100_000
        assert "<script>" not in answer.text
        assert "<b>" not in re.sub(r"<b>[^<]*</b>", "", answer.text) or "<b>&#34;" not in answer.text
        assert not re.search(r"\sstyle=|\son[a-z]+=\"", answer.text), address
        assert answer.text.count("<h1") == 1
        ids = re.findall(r'\sid="([^"]+)"', answer.text)
        assert len(ids) == len(set(ids)), address
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_view_names_and_permissions_are_those_of_the_catalog(website: Website) -> None:
    views = website.app.appbuilder.baseviews  # type: ignore[attr-defined]
    known = {view.class_permission_name: view.base_permissions for view in views}
    assert "can_read" in known["account"]
    catalog = website.store.catalog
    parts = {key for key in catalog.entities if catalog.part_link(key)}
    assert set(known) >= set(catalog.entities) - parts
    assert not parts & set(known)


@pytest.mark.parametrize("sheet", sorted((WEB / "static").glob("*.css")), ids=lambda path: path.name)
def test_a_block_of_a_stylesheet_is_closed_where_it_ends(sheet: Path) -> None:
    # An open one swallows all that follows: a browser says nothing of it.
    depth = 0
    for number, line in enumerate(re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL).splitlines(), 1):
        assert depth == 0 or line[:1] in {"", " ", "}"}, f"{sheet.name}:{number} stands in a block that is still open"
        depth += line.count("{") - line.count("}")
    assert depth == 0
