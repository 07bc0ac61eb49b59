"""The parser of every type of field, from the modules that know the types."""

from __future__ import annotations

from app.definition import Catalog, Entity, Field
from app.record import clock_values, composite_values, values

_MAKERS = {**values.MAKERS, **clock_values.MAKERS, **composite_values.MAKERS}


def make_parser(catalog: Catalog, entity: Entity, a_field: Field) -> values.Parser:
    """The parser of a field."""
    return _MAKERS[a_field.type](catalog, entity, a_field)
