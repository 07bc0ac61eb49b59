"""Help: what the company's own words mean, for everybody by what he may read; the reference of the language for administrators."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flask import request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.access import has_right
from app.definition import Text
from app.manual import expressions, privacy, security
from app.manual.reference import codes, reference, types
from app.manual.table import Table, shown
from app.web.pages.base import Desk, PageView, expose

MOST_FOUND = 60
_LONGEST = 100
_KEYS = (
    ("Ctrl K", "help.key_search"), ("Ctrl Enter", "help.key_save"), ("Esc", "help.key_close"), ("F2", "help.key_inline"),
    ("Alt ↑ ↓", "help.key_lines"), ("Space ← →", "help.key_board"), ("Alt ↑ / ↓", "help.key_beside"),
)  # fmt: skip


class Part(NamedTuple):
    """A heading with a table below. `anchor` is its place on the page."""

    title: str
    anchor: str
    about: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


class Found(NamedTuple):
    """What a search came upon."""

    title: str
    about: str
    place: str
    href: str


class Entry(NamedTuple):
    """A page of the contents."""

    href: str
    title: str
    about: str


class HelpView(PageView):
    """`/help/`."""

    route_base = "/help"

    @expose("/")
    def show(self) -> Response:
        """The contents, or what was looked for."""
        return Help().show()

    @expose("/entity/<string:key>")
    def entity(self, key: str) -> Response:
        """What the fields and stages of an entity mean."""
        return Help().of_entity(key)

    @expose("/language/<string:name>")
    def language(self, name: str) -> Response:
        """One thing of the language."""
        return Help().of_language(name)

    @expose("/code/<string:name>")
    def code(self, name: str) -> Response:
        """One code."""
        return Help().of_code(name)

    @expose("/<string:name>")
    def page(self, name: str) -> Response:
        """A page of the reference."""
        return Help().of_reference(name)


class Help(Desk):
    """Works for everybody; what the reference tells is for who may configure."""

    def show(self) -> Response:
        """GET /help/."""
        asked = request.args.get("q", "").replace("\0", "").strip()[:_LONGEST]
        found = list(self._find(asked.casefold().split())) if asked else []
        return self.page(
            "help.html", title=self.t("help.title"), here="help", asked=asked,
            found=found[:MOST_FOUND], more=max(0, len(found) - MOST_FOUND),
            keys=[(keys, self.t(text)) for keys, text in _KEYS],
            entities=[
                Entry(f"/help/entity/{key}", self.plural(key), each.help.in_language(self.language))
                for key, each in self.catalog.entities.items()
                if self.may("read", key)
            ],
            reference=list(self._contents()) if self._configures() else [],
        )  # fmt: skip

    def of_entity(self, key: str) -> Response:
        """GET /help/entity/<key>."""
        if key not in self.catalog.entities or not self.may("read", key):
            raise NotFound
        entity = self.catalog.entities[key]
        return self._answer(self.plural(key), entity.help.in_language(self.language), list(self._parts_of(key)))

    def of_language(self, name: str) -> Response:
        """GET /help/language/<name>."""
        self._refuse_others()
        for each in reference():
            if each.name.lower() == name:
                place = each.place and self.t("help.file", place=each.place)
                part = self._part(each.attributes, "attributes")._replace(title="", about="")
                up = ((self.t("help.language"), "/help/language"),)
                return self._answer(each.name, f"{each.help.in_language(self.language)} {place}".strip(), [part], up)
        raise NotFound

    def of_code(self, name: str) -> Response:
        """GET /help/code/<name>."""
        self._refuse_others()
        for row in codes().rows:
            if row[0] == name:
                _, severity, title, help_ = (shown(each, self.language) for each in row)
                up = ((self.t("help.codes"), "/help/codes"),)
                return self._answer(f"{name} {title}", help_, [], up, badge=self.t(f"help.severity.{severity}"))
        raise NotFound

    def of_reference(self, name: str) -> Response:
        """GET /help/<name>."""
        self._refuse_others()
        entry = next((each for each in self._contents() if each.href == f"/help/{name}"), None)
        if entry is None:
            raise NotFound
        return self._answer(entry.title, entry.about, list(self._reference_parts(name)))

    def _answer(
        self, title: str, about: str, parts: Sequence[Part], up: tuple[tuple[str, str], ...] = (), badge: str = ""
    ) -> Response:
        crumbs = ((self.t("help.title"), "/help/"), *up, (title, ""))
        return self.page(
            "help_page.html", title=title, here="help", crumbs=crumbs, about=about, parts=parts, badge=badge
        )

    def _configures(self) -> bool:
        return has_right(self.catalog, self.actor, "configure")

    def _refuse_others(self) -> None:
        if not self._configures():
            raise NotFound

    def _contents(self) -> Iterator[Entry]:
        for name, title, about in (
            ("language", Text({}), Text({})),
            ("types", types().title, types().about),
            ("expressions", expressions.TITLE, expressions.ABOUT),
            ("codes", codes().title, codes().about),
            ("security", security.TITLE, security.ABOUT),
            ("privacy", privacy.TITLE, privacy.ABOUT),
        ):
            if title:
                yield Entry(f"/help/{name}", title.in_language(self.language), about.in_language(self.language))
            else:
                yield Entry("/help/language", self.t("help.language"), self.t("help.about_language"))

    def _reference_parts(self, name: str) -> Iterator[Part]:
        if name == "language":
            rows = [
                (each.name, each.help.in_language(self.language), each.place, f"/help/language/{each.name.lower()}")
                for each in reference()
            ]
            yield Part("", "things", "", (self.t("help.thing"), self.t("help.means"), self.t("help.where")), rows)
            return
        if name == "codes":
            every = self._part(codes(), "codes")
            yield every._replace(title="", about="", rows=[(*row, f"/help/code/{row[0]}") for row in every.rows])
            return
        tables: Sequence[Table] = {
            "types": (types(),),
            "expressions": expressions.expressions(),
            "security": security.security(),
            "privacy": privacy.privacy(),
        }[name]
        for table in tables:
            part = self._part(table, table.name)
            yield part._replace(title="", about="") if name == "types" else part

    def _part(self, table: Table, anchor: str) -> Part:
        columns = [each.in_language(self.language) for each in table.columns]
        rows = [[shown(cell, self.language) for cell in row] for row in table.rows]
        return Part(
            table.title.in_language(self.language), anchor, table.about.in_language(self.language), columns, rows
        )

    def _parts_of(self, key: str) -> Iterator[Part]:
        """Fields that the reader sees, then each pipeline's stages, if he sees the field that holds them."""
        entity, rights = self.catalog.entities[key], self.rights(key)
        rows = [
            (
                self.label(key, field.key),
                field.help.in_language(self.language),
                self.t("help.yes") if field.required else "",
                self._values(key, field.key),
            )
            for field in entity.fields.values()
            if rights.sees(field.key)
        ]
        columns = (self.t("help.field"), self.t("help.means"), self.t("help.required"), self.t("help.values"))
        yield Part(self.t("help.fields"), "fields", "", columns, rows)
        for line in entity.pipelines.values():
            if rights.sees(line.field):
                guides = [
                    (each.label.in_language(self.language) or each.key, each.guide.in_language(self.language))
                    for each in line.stages.values()
                    if not each.retired
                ]
                title = self.t("help.stages_of", label=line.label.in_language(self.language) or self.singular(key))
                yield Part(title, f"line-{line.key}", "", (self.t("help.stage"), self.t("help.guide")), guides)

    def _values(self, entity: str, field: str) -> str:
        offered = [each for each in self.catalog.choices(entity, field).values() if not each.retired]
        joint = "、" if self.language == "zh" else ", "
        return joint.join(each.label.in_language(self.language) or each.key for each in offered)

    def _find(self, words: Sequence[str]) -> Iterator[Found]:
        """What has all words, those that have them in the title first."""
        every = (*self._all_of_entities(), *(self._all_of_reference() if self._configures() else ()))
        hits = [
            each
            for each in every
            if all(word in f"{each.title} {each.about} {each.place}".casefold() for word in words)
        ]
        named = [all(word in each.title.casefold() for word in words) for each in hits]
        for is_named in (True, False):
            yield from (each for each, here in zip(hits, named, strict=True) if here is is_named)

    def _all_of_entities(self) -> Iterator[Found]:
        for key in self.catalog.entities:
            if self.may("read", key):
                name, href = self.plural(key), f"/help/entity/{key}"
                yield Found(name, self.catalog.entities[key].help.in_language(self.language), "", href)
                for part in self._parts_of(key):
                    for row in part.rows:
                        said = " · ".join(filter(None, (row[1], row[3] if len(row) > 3 else "")))
                        yield Found(
                            row[0], said, self.t("help.part", name=name, part=part.title), f"{href}#{part.anchor}"
                        )

    def _all_of_reference(self) -> Iterator[Found]:
        for each in reference():
            href = f"/help/language/{each.name.lower()}"
            yield Found(each.name, each.help.in_language(self.language), self.t("help.language"), href)
            for attribute in each.attributes.rows:
                key, help_ = (shown(attribute[place], self.language) for place in (0, 4))
                yield Found(key, help_, each.name, href)
        for code in codes().rows:
            name, _, title, help_ = (shown(cell, self.language) for cell in code)
            yield Found(f"{name} {title}", help_, self.t("help.codes"), f"/help/code/{name}")
        for entry in self._contents():
            if entry.href not in {"/help/language", "/help/codes"}:
                for part in self._reference_parts(entry.href.removeprefix("/help/")):
                    place = ": ".join(filter(None, (entry.title, part.title)))
                    for row in part.rows:
                        yield Found(row[0], " · ".join(filter(None, row[1:])), place, f"{entry.href}#{part.anchor}")
