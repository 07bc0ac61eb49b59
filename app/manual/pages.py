"""The manual as pages of HTML, one folder for each language, each page readable by itself without a server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from app.definition import Catalog, Text
from app.frozen import dataclass
from app.manual import expressions, privacy, security
from app.manual.reference import codes, reference, types
from app.manual.table import Table, both, shown
from app.manual.tables import tables_of

LANGUAGES = {"en": "English", "zh": "中文"}
CONTENTS = both("Contents", "目录")
REFERENCE = both("Language", "配置语言")
ABOUT_REFERENCE = both(
    "Every kind of file, with what may stand in it.",
    "每种配置文件及其可用内容。",
)
ACCENT = "#11705A"


@dataclass(frozen=True)
class Part:
    """A part of a page: a heading and a table."""

    title: str
    anchor: str
    about: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class _Page:
    name: str
    title: Text
    about: Text
    parts: Sequence[Part]


def pages_of(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """The path below the manual's folder and the text of each page."""
    template = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(
        (Path(__file__).parent / "page.html").read_text("utf-8")
    )
    tables = (*tables_of(catalog), types(), codes())
    for language in LANGUAGES:
        other = next(each for each in LANGUAGES if each != language)
        pages = [
            *(_page(table, language) for table in tables),
            _reference(language),
            _expressions(language),
            _security(language),
            _privacy(language),
        ]
        links = [(page.name, page.title.in_language(language)) for page in pages]
        for page in pages:
            text = template.render(
                language=language,
                company=catalog.pack.label.in_language(language) or catalog.pack.key,
                accent=catalog.pack.brand.color or ACCENT,
                contents=CONTENTS.in_language(language),
                pages=links,
                page=page.name,
                title=page.title.in_language(language),
                about=page.about.in_language(language),
                parts=page.parts,
                other=other,
                other_name=LANGUAGES[other],
            )
            yield f"{language}/{page.name}.html", text + "\n"


def _page(table: Table, language: str) -> _Page:
    return _Page(table.name, table.title, table.about, list(_parts(table, language)))


def _parts(table: Table, language: str) -> Iterator[Part]:
    """The table whole, or one for each value of the column that it is grouped by, without that column."""
    rows = [[shown(cell, language) for cell in row] for row in table.rows]
    columns = [column.in_language(language) for column in table.columns]
    group = table.group
    if group is None:
        yield Part("", "", "", columns, rows)
        return
    groups: dict[str, list[list[str]]] = {}
    for row in rows:
        groups.setdefault(row[group], []).append(row[:group] + row[group + 1 :])
    for number, (title, each) in enumerate(groups.items(), 1):
        yield Part(title, f"part-{number}", "", columns[:group] + columns[group + 1 :], each)


def _reference(language: str) -> _Page:
    parts = [
        Part(
            f"{each.name}: {each.place}" if each.place else each.name,
            each.name.lower(),
            each.help.in_language(language),
            [column.in_language(language) for column in each.attributes.columns],
            [[shown(cell, language) for cell in row] for row in each.attributes.rows],
        )
        for each in reference()
    ]
    return _Page("language", REFERENCE, ABOUT_REFERENCE, parts)


def _expressions(language: str) -> _Page:
    return _Page("expressions", expressions.TITLE, expressions.ABOUT, _parts_of(expressions.expressions(), language))


def _security(language: str) -> _Page:
    return _Page("security", security.TITLE, security.ABOUT, _parts_of(security.security(), language))


def _privacy(language: str) -> _Page:
    return _Page("privacy", privacy.TITLE, privacy.ABOUT, _parts_of(privacy.privacy(), language))


def _parts_of(tables: Sequence[Table], language: str) -> list[Part]:
    return [
        Part(
            each.title.in_language(language),
            each.name,
            each.about.in_language(language),
            [column.in_language(language) for column in each.columns],
            [[shown(cell, language) for cell in row] for row in each.rows],
        )
        for each in tables
    ]
