"""The frame around a page: what is in the navigation, under New and in the phone's bar, for these roles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.access import Actor, has_right, is_allowed
from app.definition import Catalog, Entity, MenuGroup
from app.definition.duty import TASK
from app.frozen import dataclass
from app.insight import calendars_of, views_of
from app.insight.reports import reports_of
from app.insight.service_levels import seen_levels
from app.web.i18n import text_in

ICONS = frozenset(
    """account again alert approve back bell board branches calendar campaign chart check clip clock close columns deal
    delivery down download edit fall file filter flag help home inbox info leave left list lock mail menu money more note
    open people phone plus right search settings star tag target task team theme ticket trash up""".split()
)
DEFAULT_ICON = "file"
SHORTCUTS = 2


class Link(NamedTuple):
    """One entry: where it leads, what it says, its icon and the entity that it is about; where its number comes from."""

    href: str
    label: str
    icon: str
    entity: str
    counted: str = ""


class Block(NamedTuple):
    """A group of the navigation."""

    label: str
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Frame:
    """All that the frame shows to people of the same roles and language."""

    menu: tuple[Block, ...]
    creatable: tuple[Link, ...]
    shortcuts: tuple[Link, ...]
    peeked: str  # the entities of whose records a small card is shown beside links: see `peeks`


def icon_of(entity: Entity, own: str | None = None) -> str:
    """The icon of an entity; one that we do not have becomes the plain one."""
    for name in (own, entity.icon):
        if name in ICONS:
            return str(name)
    return DEFAULT_ICON


def may(catalog: Catalog, actor: Actor, verb: str, entity: str) -> bool:
    """Whether the verb is granted on some records of the entity."""
    return is_allowed(catalog, actor, verb, entity)  # type: ignore[arg-type]


def build_frame(catalog: Catalog, actor: Actor, language: str) -> Frame:
    """The frame for the roles of an actor: only entities that he may read, in the order of the pack's menu."""
    menu = tuple(_blocks(catalog, actor, language))
    seen = [link for block in menu for link in block.links]
    if catalog.approvals:
        menu = _with_approvals(catalog, menu, language)
    if catalog.reviews and may(catalog, actor, "read", TASK):
        menu = _with_reviews(menu, language)
    menu = _with_calendar(catalog, actor, menu, language)
    if catalog.slas and seen_levels(catalog, actor):
        menu = _with_service_levels(catalog, menu, language)
    if reports_of(catalog, actor):
        menu = _with_reports(catalog, menu, language)
    if settings := tuple(_settings(catalog, actor, language)):
        menu = (*menu, Block(text_in(language, "shell.settings"), settings))
    creatable = tuple(
        Link(f"/{link.entity}/new", catalog.entities[link.entity].label.in_language(language), link.icon, link.entity)
        for link in seen
        if may(catalog, actor, "create", link.entity)
    )
    peeked = (key for key in catalog.entities if catalog.part_link(key) is None and may(catalog, actor, "read", key))
    return Frame(menu, creatable, tuple(seen[:SHORTCUTS]), " ".join(peeked))


def _settings(catalog: Catalog, actor: Actor, language: str) -> Iterator[Link]:
    """What those who configure see of the system, and what those who check it do."""
    configures, audits = (has_right(catalog, actor, right) for right in ("configure", "audit"))

    def link(key: str, icon: str) -> Link:
        return Link(f"/{key}/", text_in(language, f"{key}.title"), icon, key)

    if configures:
        yield link("settings", "settings")
    if configures or audits:
        yield link("roles", "lock")
        yield link("privacy", "people")
    if configures:
        yield link("jobs", "clock")
        yield link("automations", "bolt")
        yield link("deliveries", "mail")
        yield link("backups", "download")
    if audits:
        yield link("audit", "lock")


def _with_approvals(catalog: Catalog, menu: tuple[Block, ...], language: str) -> tuple[Block, ...]:
    """The menu with the inbox of approvals: first in the group `work`, where the pack has one, else in a group before all."""
    link = Link("/approvals/", text_in(language, "approvals.title"), "inbox", "approvals", "/approvals/count")
    group = catalog.menu.groups.get("work")
    label = group.label.in_language(language) if group is not None else text_in(language, "shell.my_work")
    if any(block.label == label for block in menu):
        return tuple(block._replace(links=(link, *block.links)) if block.label == label else block for block in menu)
    return (Block(label, (link,)), *menu)


def _with_reports(catalog: Catalog, menu: tuple[Block, ...], language: str) -> tuple[Block, ...]:
    """The menu with the page of reports: last in the group `work`, where the pack has one, else in a group behind all."""
    link = Link("/reports/", text_in(language, "charts.reports"), "chart", "reports")
    group = catalog.menu.groups.get("work")
    label = group.label.in_language(language) if group is not None else link.label
    if any(block.label == label for block in menu):
        return tuple(block._replace(links=(*block.links, link)) if block.label == label else block for block in menu)
    return (*menu, Block(label, (link,)))


def _with_calendar(catalog: Catalog, actor: Actor, menu: tuple[Block, ...], language: str) -> tuple[Block, ...]:
    """The menu with the first calendar that is open to the actor: before the tasks, where these stand in it, else before
    the entity that it shows.
    """
    readable = (each.entity for each in catalog.views.values() if may(catalog, actor, "read", each.entity))
    entity = next((each for each in dict.fromkeys(readable) if calendars_of(catalog, actor, each)), None)
    if entity is None:
        return menu
    link = Link(f"/{entity}/calendar/", text_in(language, "calendar.title"), "calendar", "calendar")
    shown = [each.entity for block in menu for each in block.links]
    before = next((each for each in (TASK, entity) if each in shown), None)
    if before is None:
        return (*menu, Block(link.label, (link,)))
    return tuple(block._replace(links=tuple(_with_link_before(block.links, before, link))) for block in menu)


def _with_link_before(links: Sequence[Link], before: str, link: Link) -> Iterator[Link]:
    for each in links:
        if each.entity == before:
            yield link
        yield each


def _with_service_levels(catalog: Catalog, menu: tuple[Block, ...], language: str) -> tuple[Block, ...]:
    """The menu with the board of service levels: behind the first entity that has some, else in a group of its own."""
    link = Link("/service-levels/", text_in(language, "slas.title"), "clock", "service_levels")
    entities = {each.entity for each in catalog.slas.values()}
    for place, block in enumerate(menu):
        for number, each in enumerate(block.links, start=1):
            if each.entity in entities:
                longer = block._replace(links=(*block.links[:number], link, *block.links[number:]))
                return (*menu[:place], longer, *menu[place + 1 :])
    return (*menu, Block(link.label, (link,)))


def _with_reviews(menu: tuple[Block, ...], language: str) -> tuple[Block, ...]:
    """The menu with the page of reviews: behind the tasks, where these stand in it, else in a group of its own."""
    link = Link("/reviews/", text_in(language, "reviews.title"), "again", "reviews")
    for place, block in enumerate(menu):
        for number, each in enumerate(block.links, start=1):
            if each.entity == TASK:
                longer = block._replace(links=(*block.links[:number], link, *block.links[number:]))
                return (*menu[:place], longer, *menu[place + 1 :])
    return (*menu, Block(text_in(language, "reviews.title"), (link,)))


def _blocks(catalog: Catalog, actor: Actor, language: str) -> Iterator[Block]:
    placed: set[str] = set()
    for group in catalog.menu.groups.values():
        placed.update(group.items)
        if group.roles and not actor.roles.intersection(group.roles):
            continue
        links = tuple(_links(catalog, actor, group, language))
        if links:
            yield Block(group.label.in_language(language), links)
    if not catalog.menu.groups:
        rest = (key for key in catalog.entities if not catalog.part_link(key) and may(catalog, actor, "read", key))
        links = tuple(_link(catalog.entities[key], None, language) for key in rest)
        if links:
            yield Block(text_in(language, "shell.others"), links)


def _links(catalog: Catalog, actor: Actor, group: MenuGroup, language: str) -> Iterator[Link]:
    for item in group.items.values():
        entity = catalog.entities.get(item.key)
        is_meant = not item.roles or bool(actor.roles.intersection(item.roles))
        if entity is not None and is_meant and may(catalog, actor, "read", item.key):
            views = views_of(catalog, actor, item.key)
            link = _link(entity, item.icon, language)
            if item.view in views:
                link = link._replace(href=f"{link.href}?view={item.view}")
            if item.count in views:
                link = link._replace(counted=f"/{entity.key}/count?view={item.count}")
            yield link


def _link(entity: Entity, icon: str | None, language: str) -> Link:
    label = entity.plural.in_language(language) or entity.label.in_language(language) or entity.key
    return Link(f"/{entity.key}/", label, icon_of(entity, icon), entity.key)
