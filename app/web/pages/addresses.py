"""Where the records of an entity hold addresses for mails, as far as somebody sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.automation.bulk_letters import templates_for

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk


def addresses_of(view: EntityDesk) -> list[str]:
    """The fields of an entity that hold an address, of those that this person sees in clear."""
    clear = view.rights(view.entity_key).clear
    return [field.key for field in view.entity.fields.values() if field.type == "email" and field.key in clear]


def number_of(view: EntityDesk) -> str:
    """The field that holds the first number to call, of those that this person sees in clear; blank where there is none."""
    clear = view.rights(view.entity_key).clear
    return next((key for key, each in view.entity.fields.items() if each.type == "phone" and key in clear), "")


def may_mail(view: EntityDesk) -> bool:
    """Whether there is something to send to records of an entity, and the actor may."""
    return view.can("mail") and bool(templates_for(view.catalog, view.entity_key)) and bool(addresses_of(view))
