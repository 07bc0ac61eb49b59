"""`crm docs`: the manual of a pack as pages and workbooks."""

import html
import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from app.cli import main
from app.definition import FIELD_TYPES, RIGHTS, SCOPES, VERBS, Catalog, Text
from app.diagnostics import CODES
from app.expression.functions import FORMATS, FUNCTIONS, OF_RECORD, OF_RELATED
from app.expression.syntax import AGGREGATES
from app.loading import load_pack
from app.loading.build import catalog_of_tree
from app.loading.shape import ListOf, MapOf, NameOr, Plain, PlainOr, Shape
from app.manual.chinese import phrases
from app.manual.lengths import length_text
from app.manual.pages import pages_of
from app.manual.reference import records, reference, said_of, written
from app.manual.tables import RIGHT_LABELS, VERB_LABELS, tables_of
from app.manual.tables import SCOPES as SCOPE_LABELS
from app.manual.workbook import workbook_of

ROOT = Path(__file__).parents[3]
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    loaded = load_pack(ROOT / "config" / "it_services")
    assert loaded.catalog is not None
    return loaded.catalog


@pytest.fixture(scope="module")
def pages(catalog: Catalog) -> dict[str, str]:
    return dict(pages_of(catalog))


def test_every_field_stage_role_and_option_is_in_its_table(catalog: Catalog) -> None:
    tables = {table.name: table for table in tables_of(catalog)}
    assert len(tables["fields"].rows) == sum(len(each.fields) for each in catalog.entities.values())
    lines = [line for each in catalog.entities.values() for line in each.pipelines.values()]
    assert len(tables["stages"].rows) == sum(len(line.stages) for line in lines)
    assert {str(row[0]) for row in tables["roles"].rows} == {str(role.label) for role in catalog.roles.values()}
    assert len(tables["picklists"].rows) == sum(len(each.options) for each in catalog.picklists.values())
    for table in tables.values():
        assert {len(row) for row in table.rows} <= {len(table.columns)}


def test_lengths_of_time_are_in_the_language_of_the_reader(catalog: Catalog) -> None:
    tables = {table.name: table for table in tables_of(catalog)}
    found = {
        (str(cell), cell.in_language("zh")) for row in tables["stages"].rows for cell in row if isinstance(cell, Text)
    }
    assert ("14 days", "14天") in found
    assert length_text("2 working hours").in_language("zh") == "2个工作小时"
    limits = next(row[6] for row in tables["fields"].rows if row[1] == "duration")
    assert isinstance(limits, Text)
    assert limits.in_language("en").endswith("≤ 24 hours")
    assert limits.in_language("zh").endswith("≤ 24小时")


def test_the_words_of_grants_have_labels() -> None:
    assert set(VERB_LABELS) == set(VERBS)
    assert set(SCOPE_LABELS) == set(SCOPES)
    assert set(RIGHT_LABELS) == set(RIGHTS)


def test_there_are_pages_in_both_languages_whose_links_lead_somewhere(pages: dict[str, str]) -> None:
    assert {name.split("/")[0] for name in pages} == {"en", "zh"}
    assert "字段定义表" in pages["zh/fields.html"]
    assert "Field definition table" in pages["en/fields.html"]
    for name, text in pages.items():
        folder = Path(name).parent
        for link in re.findall(r'href="([^"#]+)"', text):
            assert (folder / link).as_posix().replace(f"{folder}/../", "") in pages, (name, link)
        for anchor in re.findall(r'href="#([^"]+)"', text):
            assert f'id="{anchor}"' in text


def test_the_reference_tells_every_kind_type_and_code(pages: dict[str, str]) -> None:
    assert all(f">{name}<" in pages["en/types.html"] for name in FIELD_TYPES)
    assert all(code in pages["en/codes.html"] and code in pages["zh/codes.html"] for code in CODES)
    attributes = {row[0] for each in reference() for row in each.attributes.rows}
    assert {"max_length", "trigger", "extends", "stages", "mask"} <= attributes


def test_a_text_of_a_pack_is_no_html_and_no_formula() -> None:
    field = {"type": "text", "label": "=1+1", "help": "<script>alert(1)</script>"}
    catalog = catalog_of_tree({"entities": {"thing": {"fields": {"name": field}}}})
    text = dict(pages_of(catalog))["en/fields.html"]
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)" in text
    with zipfile.ZipFile(BytesIO(workbook_of(tables_of(catalog), "en"))) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - written by us
        assert list(sheet.iter(f"{SHEET}f")) == []
        assert "=1+1" in book.read("xl/sharedStrings.xml").decode()


def test_the_command_writes_pages_and_workbooks(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["docs", str(tmp_path), "--config", str(ROOT / "config" / "standard")])
    assert result.exit_code == 0, result.output
    assert zipfile.is_zipfile(tmp_path / "zh" / "tables.xlsx")
    assert (tmp_path / "en" / "language.html").is_file()


def test_a_broken_pack_has_no_manual(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        main, ["docs", str(tmp_path / "out"), "--config", str(ROOT / "tests/cases/CFG301/config/acme")]
    )
    assert result.exit_code == 1
    assert "CFG301" in result.output
    assert not (tmp_path / "out").exists()


def test_the_page_of_expressions_tells_every_function_in_both_languages(pages: dict[str, str]) -> None:
    for language in ("en", "zh"):
        text = html.unescape(pages[f"{language}/expressions.html"])
        for function in FUNCTIONS.values():
            assert f"<td>{function.signature}</td>" in text
            assert function.help.in_language(language) in text
        assert all(name in text for name in (*OF_RECORD, *OF_RELATED, *FORMATS))
        assert all(key in text for key in ("required_when", "require", "where", "default: {formula}"))
    named = {each.split("(")[0] for each in OF_RELATED}
    assert named == set(AGGREGATES)


def test_the_page_of_security_names_each_level_and_settings_that_exist(pages: dict[str, str]) -> None:
    told = {language: html.unescape(pages[f"{language}/security.html"]) for language in ("en", "zh")}
    assert all(level in told["en"] for level in ("Operator", "Config author", "Administrator", "User", "Outsider"))
    assert all(level in told["zh"] for level in ("运维者", "配置作者", "管理员", "用户", "外部人员"))
    known = (ROOT / "README.md").read_text("utf-8")
    for text in (*told.values(), (ROOT / "SECURITY.md").read_text("utf-8")):
        assert {name for name in re.findall(r"CRM_[A-Z_]+[A-Z]", text) if f"`{name}" not in known} == set()


def test_the_page_of_personal_data_names_commands_that_exist(pages: dict[str, str]) -> None:
    from app.cli.subject import subject

    for language in ("en", "zh"):
        told = html.unescape(pages[f"{language}/privacy.html"])
        named = set(re.findall(r"crm subject ([a-z]+)", told))
        assert named >= {"register", "find", "export", "erase", "due", "again"}
        assert named <= subject.commands.keys()
        assert all(word in told for word in ("kept_by_law", "retention", "crm backup restore"))


def test_all_that_the_reference_says_is_said_in_chinese() -> None:
    """A new attribute, type or thing needs a line in `app/manual/zh.tsv`; one that changes or goes takes its line along."""
    said = [text for each in FIELD_TYPES.values() for text in (each.title, each.help)]
    for record in records():
        said.append(said_of(record))
        for place in record.attributes.values():
            said += [place.attribute.title, place.attribute.help]
            said += [written(each.grammar) for each in plain_of(place.shape) if each.grammar is not None]
    wanted = {text for text in said if text}
    assert wanted - phrases().keys() == set(), "not translated"
    assert phrases().keys() - wanted == set(), "said nowhere"
    for english, chinese in phrases().items():
        assert (
            english == "JSON" or re.search(r"[\u4e00-\u9fff]", chinese) or chinese in {"pack.yaml。", "backups.yaml。"}
        )
        assert re.findall(r"`[^`]*`", english) == [] or "`" in chinese, english


def plain_of(shape: Shape) -> Iterator[Plain]:
    """The plain values that may stand at a place."""
    match shape:
        case Plain():
            yield shape
        case ListOf():
            yield from plain_of(shape.item)
        case MapOf():
            yield from plain_of(shape.value)
        case NameOr():
            yield from plain_of(shape.map)
        case PlainOr():
            yield from plain_of(shape.plain)


def test_the_chinese_reference_is_chinese(pages: dict[str, str]) -> None:
    page = html.unescape(pages["zh/language.html"])
    for text in (
        "没有值就不能保存记录。",
        "适用于 text, long_text",
        "至少 0",
        "列表：",
        "流程中的一个位置。只写文本即为标签。",
    ):
        assert text in page, text
    assert "A record can't be saved without a value." in html.unescape(pages["en/language.html"])
    assert "可由搜索找到" not in pages["en/language.html"]
    assert "一行文本。" in pages["zh/types.html"]
