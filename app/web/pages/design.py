"""`/_design`: every part that pages are made of, in both themes. There only where CRM_DESIGN_PAGE says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from flask import current_app
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.settings import Settings
from app.web.pages.base import Desk, PageView, expose
from app.web.pages.cells import BLANK, MARKS, Cell, initials_of
from app.web.pages.inputs import Input
from app.web.pages.shell import ICONS

COLUMNS = ("light", "dark")
AMOUNT = "1,860,000"
STAGES = ((100, 3), (72, 4), (41, 5), (18, 7))


class Stage(NamedTuple):
    """A bar of a funnel: its name, the number of its colour, and its share of the largest in percent."""

    label: str
    mark: int
    share: int


class DesignView(PageView):
    """`/_design`."""

    route_base = ""

    @expose("/_design")
    def show(self) -> Response:
        """The parts."""
        return Design().show()


class Design(Desk):
    """The parts, each drawn by the macro or function that pages draw it with."""

    def show(self) -> Response:
        """GET /_design. Raises NotFound where nobody works on pages."""
        settings: Settings = current_app.extensions["tenon.settings"]
        if not settings.design_page:
            raise NotFound
        return self.page(
            "design.html",
            title=self.t("design.title"),
            columns=COLUMNS,
            icons=sorted(ICONS),
            marks=list(MARKS.values()),
            cells=self._cells(),
            inputs={column: list(self._inputs(column)) for column in COLUMNS},
            stages=[Stage(f"{self.t('design.kind')} {number}", number, share) for share, number in STAGES],
            row=[self._cell("text"), self._cell("badge", mark=5), self._cell("text", AMOUNT)],
        )

    def _cell(self, kind: str, text: str = "", **more: Any) -> Cell:
        return Cell(kind, text or self.t("design.name"))._replace(**more)

    def _cells(self) -> list[tuple[str, Cell]]:
        """A value of every kind."""
        name, person = self.t("design.name"), self.t("design.person")
        text = self._cell("text")
        found = (
            BLANK, text, self._cell("long", self.t("design.text")), self._cell("badge", mark=5),
            self._cell("badge", mark=4, title=self.t("design.text")), self._cell("link", "lin@example.com", href="mailto:lin@example.com"),
            self._cell("time", "2026-11-20", href="2026-11-20", title="2026-11-20 09:30"),
            self._cell("bar", "72 %", mark=72, tone=5, title=name), self._cell("ring", "40 %", mark=40, tone=4, title=name),
            self._cell("yes", self.t("cell.yes")), self._cell("no", self.t("cell.no")), self._cell("mask", "••••1234"),
            self._cell("person", person, href="/user/1", mark=2, initials=initials_of(person)),
            self._cell("record", href="/account/1", mark=4, initials=initials_of(name)),
            self._cell("restricted", self.t("cell.restricted")), self._cell("money", "$ 262,000", title=f"¥{AMOUNT}"),
            self._cell("many", items=(text,) * 5), self._cell("rich", self.t("design.text"), title=f"<p>{self.t('design.text')}</p>"),
            self._cell("stars", "★★★☆☆", title=self.t("cell.stars", count=3, most=5)), self._cell("swatch", "#0b5fff"),
            self._cell("code", '{"a": 1}', title='{\n  "a": 1\n}'), self._cell("lines", title=f"{name}\n{person}"),
        )  # fmt: skip
        return [(each.kind, each) for each in found]

    def _inputs(self, column: str) -> Iterator[Input]:
        """An input of every kind, and one with help and one with an error."""
        options = tuple((str(number), f"{self.t('design.kind')} {number}") for number in (1, 2, 3))
        source = "/user/lookup"
        plain = Input(name="text", label=self.t("design.name"), value=self.t("design.name"), help=self.t("design.text"))
        found = (
            replace(plain, required=True), replace(plain, name="readonly", readonly=True),
            Input(name="amount", label="¥", kind="number", affix_before="¥", value="lots", error=self.t("design.wrong")),
            Input(name="percent", label="%", kind="number", affix_after="%", value="40"),
            Input(name="select", label=self.t("design.kind"), kind="select", options=options, value="2"),
            Input(name="check", label=self.t("cell.yes"), kind="check", value="true"),
            Input(name="date", label="2026-11-20", html_type="date", value="2026-11-20"),
            Input(name="lookup", label=self.t("design.person"), kind="lookup", source=source, shown=self.t("design.person"), value="1"),
            Input(name="tags", label=self.t("design.marks"), kind="many", source=source, free=True, own=(), value='["A", "B"]'),
            Input(name="stars", label="★", kind="stars", stars=5, value="3"),
            Input(name="color", label="#0b5fff", kind="color", value="#0b5fff"),
            Input(name="area", label=self.t("design.text"), kind="area", wide=True, value=self.t("design.text")),
            Input(name="rich", label=self.t("design.type"), kind="rich", wide=True, value=f"<p>{self.t('design.text')}</p>"),
            Input(name="code", label="JSON", kind="code", wide=True, value='{"a": 1}'),
            Input(name="files", label=self.t("form.file_drop"), kind="files", wide=True, most=1_000_000),
        )  # fmt: skip
        for each in found:
            yield replace(each, id=f"{column}-{each.name}", name=f"{column}-{each.name}")
