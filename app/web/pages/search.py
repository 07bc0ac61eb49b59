"""One search over all entities that the actor may read, and over the pages that he may open: hits grouped by entity, or as
options while one types.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from flask import jsonify, request
from werkzeug.wrappers import Response

from app.insight import BadQuery, LookupOption, lookup_options
from app.orm.tokens import initials_of_words
from app.web.pages.base import Desk, PageView, expose, screens
from app.web.pages.cells import Cell, initials_of, tone_of
from app.web.pages.shell import Link

HITS = 6
OFFERED = 12
OFFERED_OF_ENTITY = 3
OFFERED_PAGES = 4
MOST_ENTITIES = 20


class SearchView(PageView):
    """`/search/?q=…`."""

    route_base = "/search"

    @expose("/")
    def show(self) -> Response:
        """The hits."""
        return Search().show()

    @expose("/options")
    def options(self) -> Response:
        """What the search offers while one types, as JSON."""
        return Search().options()


class Search(Desk):
    """Looks in every entity of the menu; one statement for each."""

    def show(self) -> Response:
        """GET /search/: the hits, in the order of the menu."""
        query = request.args.get("q", "").replace("\0", "").strip()[:100]
        groups = self._groups(query) if query else []
        return self.page(
            "search.html",
            title=self.t("search.title_of", q=query) if query else self.t("search.title"),
            crumbs=((self.t("search.title"), ""),),
            find=query,
            groups=groups,
        )

    def options(self) -> Response:
        """GET /search/options?q=…: `{options: [{href, label, detail, initials, tone}]}`: pages, forms for something new, then
        records in the order of the menu.
        """
        query = request.args.get("q", "").replace("\0", "").strip()[:100]
        found = [*self._pages(query), *self._records(query)] if query else []
        return jsonify(options=found[:OFFERED])

    def _pages(self, query: str) -> list[dict[str, object]]:
        frame, new = screens().frame(self.actor, self.language), self.t("shell.new")
        pages = [(link, block.label) for block in frame.menu for link in block.links]
        forms = [(link._replace(label=self.t("search.new", what=link.label)), new) for link in frame.creatable]
        fitting = (each for each in (*pages, *forms) if _fits(each[0], query))
        return [
            {"href": link.href, "label": link.label, "detail": detail, "initials": "", "tone": 0}
            for link, detail in list(fitting)[:OFFERED_PAGES]
        ]

    def _records(self, query: str) -> Iterator[dict[str, object]]:
        for link in self._searched():
            for hit in self._hits(link.entity, query)[:OFFERED_OF_ENTITY]:
                cell = self._cell(link.entity, hit)
                detail = " · ".join(filter(None, (self.singular(link.entity), hit.detail)))
                yield {
                    "href": cell.href, "label": cell.text, "detail": detail, "initials": cell.initials, "tone": cell.mark,
                }  # fmt: skip

    def _searched(self) -> list[Link]:
        """The entities of the menu; other entries are pages of the product itself."""
        links = [link for block in screens().frame(self.actor, self.language).menu for link in block.links]
        return [link for link in links[:MOST_ENTITIES] if link.entity in self.catalog.entities]

    def _groups(self, query: str) -> list[dict[str, object]]:
        found = []
        for link in self._searched():
            hits = self._hits(link.entity, query)
            if hits:
                cells = [{"cell": self._cell(link.entity, hit), "detail": hit.detail} for hit in hits[:HITS]]
                href = f"{link.href}?{urlencode({'q': query})}"
                more = len(hits) > HITS
                found.append({"entity": link.entity, "label": link.label, "href": href, "more": more, "hits": cells})
        return found

    def _hits(self, entity: str, query: str) -> list[LookupOption]:
        try:
            return lookup_options(self.session, self.actor, entity, query, HITS + 1)
        except BadQuery:
            return []

    @staticmethod
    def _cell(entity: str, hit: LookupOption) -> Cell:
        kind = "person" if entity == "user" else "record"
        return Cell(kind, hit.label, hit.label, f"/{entity}/{hit.id}", tone_of(hit.label), initials_of(hit.label))


def _fits(link: Link, query: str) -> bool:
    """Whether a page is meant: by a part of its name, or by the initials of its pinyin or its words."""
    wanted = query.casefold()
    return wanted in link.label.casefold() or initials_of_words(link.label).startswith(wanted)
