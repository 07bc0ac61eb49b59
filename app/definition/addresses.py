"""Where the address stands that a path of a "who" leads to. Pure."""

from __future__ import annotations

from app.definition.catalog import Catalog
from app.definition.field import Field


def mail_path(catalog: Catalog, entity: str, path: str) -> str | None:
    """The path to a person, or to an address: itself, where it leads to one, else to the first field for an e-mail address of
    the record that it leads to. None for what is neither.
    """
    found = field_at(catalog, entity, path)
    if found is None:
        return None
    if found.type == "email" or found.targets == ("user",):
        return path
    target = catalog.entities.get(found.target or "")
    if target is None or found.is_list:
        return None
    own = next((each.key for each in target.fields.values() if each.type == "email"), None)
    return None if own is None else f"{path}.{own}"


def field_at(catalog: Catalog, entity: str, path: str) -> Field | None:
    """The field that a path through lookups leads to; None where there is none."""
    *ways, last = path.split(".")
    here = catalog.entities.get(entity)
    for way in ways:
        field = here.every_field.get(way) if here is not None else None
        here = None if field is None or field.is_list else catalog.entities.get(field.target or "")
    return here.every_field.get(last) if here is not None else None
