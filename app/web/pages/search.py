"""One search over all entities that the actor may read: hits grouped by entity."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import request
from werkzeug.wrappers import Response

from app.insight import BadQuery, LookupOption, lookup_options
from app.web.pages.base import Desk, PageView, expose, screens
from app.web.pages.cells import Cell, initials_of, tone_of

HITS = 6
MOST_ENTITIES = 20


class SearchView(PageView):
    """`/search/?q=…`."""

    route_base = "/search"

    @expose("/")
    def show(self) -> Response:
        """The hits."""
        return Search().show()


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

    def _groups(self, query: str) -> list[dict[str, object]]:
        links = [link for block in screens().frame(self.actor, self.language).menu for link in block.links]
        found = []
        for link in links[:MOST_ENTITIES]:
            if link.entity not in self.catalog.entities:  # a page of the product itself
                continue
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
