"""The menu: groups of entities at the left of every page."""

from __future__ import annotations

from collections.abc import Mapping

from app.definition.attributes import attribute, key_attribute
from app.definition.text import Text
from app.frozen import dataclass


@dataclass(frozen=True, kw_only=True)
class MenuItem:
    """An entity in the menu, opened with a view of it, and with a number beside it."""

    key: str = key_attribute("item")
    icon: str | None = attribute("Icon", default=None)
    view: str | None = attribute("View", "The view that it opens.", default=None, names="view")
    count: str | None = attribute("Count", "The view whose records are counted.", default=None, names="view")
    roles: tuple[str, ...] = attribute("Roles", "Who sees it.", default=(), names="role")


@dataclass(frozen=True, kw_only=True)
class MenuGroup:
    """A group of the menu. Without `roles` it is for everyone who may read one of its entities."""

    key: str = key_attribute("group")
    label: Text = attribute("Label", "What people read.", default=Text())
    icon: str | None = attribute("Icon", default=None)
    roles: tuple[str, ...] = attribute("Roles", "Who sees it.", default=(), names="role")
    items: Mapping[str, MenuItem] = attribute("Items", "Entities in their order.", default={}, names="entity")


@dataclass(frozen=True, kw_only=True)
class Menu:
    """The whole menu."""

    groups: Mapping[str, MenuGroup] = attribute("Groups", "In their order.", default={})
