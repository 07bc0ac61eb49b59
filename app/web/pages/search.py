"""One search over all entities that the actor may read, and over the pages that he may open: hits grouped by entity, or as
options while one types.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

from flask import jsonify, request
from werkzeug.wrappers import Response

from app.insight import BadQuery, LookupOption, labels, lookup_options
from app.orm.tokens import initials_of_words
from app.web.pages.base import Desk, PageView, expose, screens
from app.web.pages.cells import Cell, initials_of, tone_of
from app.web.pages.shell import Link

HITS = 6
OFFERED = 12
OFFERED_OF_ENTITY = 3
OFFERED_PAGES = 4
OFFERED_SEEN = 5
OFFERED_FORMS = 3
MOST_ENTITIES = 20
_LONGEST_SEEN = 500
_SEEN = re.compile(r"(\w{1,60})/([1-9][0-9]{0,17})", re.ASCII)


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
        records in the order of the menu. Without words: `seen`, records as `account/12,deal/3`, then the first pages and forms.
        """
        query = request.args.get("q", "").replace("\0", "").strip()[:100]
        found = [*self._pages(query), *self._records(query)] if query else [*self._seen(), *self._first_pages()]
        return jsonify(options=found[:OFFERED])

    def _seen(self) -> Iterator[dict[str, object]]:
        """Records that were visited, as far as they are in sight now. One statement."""
        known = screens().frame(self.actor, self.language).peeked.split()
        asked = [_SEEN.fullmatch(each) for each in request.args.get("seen", "")[:_LONGEST_SEEN].split(",")]
        places = [(each[1], int(each[2])) for each in asked if each is not None and each[1] in known][:OFFERED_SEEN]
        wanted: dict[str, list[int]] = {}
        for entity, record in places:
            wanted.setdefault(entity, []).append(record)
        names = labels(self.session, wanted) if wanted else {}
        for entity, record in dict.fromkeys(places):
            name = names.get((entity, record))
            if name is not None:
                detail = f"{self.singular(entity)} · {self.t('search.seen')}"
                yield _option(f"/{entity}/{record}", name, detail, initials_of(name), tone_of(name))

    def _first_pages(self) -> Iterator[dict[str, object]]:
        """The first pages of the menu, and the first forms for something new."""
        frame = screens().frame(self.actor, self.language)
        pages = [(link, block.label) for block in frame.menu for link in block.links]
        for link, detail in pages[:OFFERED_PAGES]:
            yield _option(link.href, link.label, detail)
        for link in frame.creatable[:OFFERED_FORMS]:
            yield _option(link.href, self.t("search.new", what=link.label), self.t("shell.new"))

    def _pages(self, query: str) -> list[dict[str, object]]:
        frame, new = screens().frame(self.actor, self.language), self.t("shell.new")
        pages = [(link, block.label) for block in frame.menu for link in block.links]
        forms = [(link._replace(label=self.t("search.new", what=link.label)), new) for link in frame.creatable]
        fitting = (each for each in (*pages, *forms) if _fits(each[0], query))
        return [_option(link.href, link.label, detail) for link, detail in list(fitting)[:OFFERED_PAGES]]

    def _records(self, query: str) -> Iterator[dict[str, object]]:
        for link in self._searched():
            for hit in self._hits(link.entity, query)[:OFFERED_OF_ENTITY]:
                cell = self._cell(link.entity, hit)
                detail = " · ".join(filter(None, (self.singular(link.entity), hit.detail)))
                yield _option(cell.href, cell.text, detail, cell.initials, cell.mark)

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


def _option(href: str, label: str, detail: str, initials: str = "", tone: int = 0) -> dict[str, object]:
    """What the page draws in the list below the search."""
    return {"href": href, "label": label, "detail": detail, "initials": initials, "tone": tone}


def _fits(link: Link, query: str) -> bool:
    """Whether a page is meant: by a part of its name, or by the initials of its pinyin or its words."""
    wanted = query.casefold()
    return wanted in link.label.casefold() or initials_of_words(link.label).startswith(wanted)
