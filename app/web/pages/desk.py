"""Where the pages of one entity are worked on."""

from __future__ import annotations

from app.definition import Entity
from app.web.pages.base import Desk
from app.web.pages.shell import icon_of


class EntityDesk(Desk):
    """A desk for the records of one entity; it holds nothing of a request and serves them all."""

    def __init__(self, entity_key: str) -> None:
        self.entity_key = entity_key

    @property
    def entity(self) -> Entity:
        """The entity as the applied catalog describes it."""
        return self.catalog.entities[self.entity_key]

    @property
    def address(self) -> str:
        """The address of the list."""
        return f"/{self.entity_key}/"

    @property
    def icon(self) -> str:
        return icon_of(self.entity)

    def offers_new(self, entity: str) -> bool:
        """Whether a form offers to create a record of that entity beside it: not people, who are let in elsewhere, and nothing
        whose name the actor may not give, for it is the name that was looked for.
        """
        if entity == "user" or self.catalog.part_link(entity) is not None or not self.may("create", entity):
            return False
        name, rights = self.catalog.entities[entity].name_field, self.rights(entity)
        return rights.sees(name) and name in rights.writable(creating=True)

    def can(self, verb: str) -> bool:
        """Whether the actor may use the verb on some records of this entity."""
        return self.may(verb, self.entity_key)
