"""An entity of which a person may neither read nor create anything has no addresses for him: they answer as unknown ones.

Asked before any view, so that neither a view's own refusal nor a "method not allowed" tells that there is such an entity.
"""

from __future__ import annotations

from flask import current_app, request
from werkzeug.exceptions import NotFound

from app.web import context
from app.web.pages.shell import may

_OWN_PARTS = "tenon.own_parts"


def refuse_unseen() -> None:
    """Before each request. Raises NotFound for an address whose first part is neither one of the product's own nor the key
    of an entity that is in sight.
    """
    if context.current().is_logged_in and not _in_sight(request.path.split("/", 2)[1]):
        raise NotFound


def _in_sight(part: str) -> bool:
    state = context.current()
    catalog = state.store.catalog
    if part in catalog.entities and catalog.part_link(part) is None:
        return any(may(catalog, state.actor, verb, part) for verb in ("read", "create"))
    return part in _own_parts()


def _own_parts() -> frozenset[str]:
    """The first parts of addresses that are no entities, such as `login`: worked out at the first request."""
    found: frozenset[str] | None = current_app.extensions.get(_OWN_PARTS)
    if found is None:
        rules = (rule.rule.split("/")[1] for rule in current_app.url_map.iter_rules())
        found = current_app.extensions[_OWN_PARTS] = frozenset(part for part in rules if not part.startswith("<"))
    return found
