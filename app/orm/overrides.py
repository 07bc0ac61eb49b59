"""Columns beside a computed field that a person may overrule: who did, when and why, and what would be computed.

The field's own column holds the value that counts, so that lists, filters and formulas read it. The others are blank as long
as nobody overrules it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from app.definition import Entity, Field
from app.frozen import dataclass
from app.orm.types import BIG_ID, Moment

COMPUTED_SUFFIX = "__computed"
BY_SUFFIX, AT_SUFFIX, REASON_SUFFIX = "__override_by", "__override_at", "__override_reason"
SUFFIXES = (COMPUTED_SUFFIX, BY_SUFFIX, AT_SUFFIX, REASON_SUFFIX)


@dataclass(frozen=True)
class OverrideColumns:
    """The keys of the columns beside the field `key`. The value is overruled where `at` is not blank."""

    key: str

    @property
    def computed(self) -> str:
        """What would be its value: of money what it is in the company's currency."""
        return self.key + COMPUTED_SUFFIX

    @property
    def by(self) -> str:
        """Who overrules it; blank for the system."""
        return self.key + BY_SUFFIX

    @property
    def at(self) -> str:
        """Since when."""
        return self.key + AT_SUFFIX

    @property
    def reason(self) -> str:
        """Why."""
        return self.key + REASON_SUFFIX

    @property
    def every(self) -> tuple[str, ...]:
        """All four."""
        return tuple(self.key + suffix for suffix in SUFFIXES)


def overrides_of(entity: Entity) -> Mapping[str, OverrideColumns]:
    """The fields of an entity that a person may overrule, each with its columns."""
    return {key: OverrideColumns(key) for key, each in entity.fields.items() if each.override and each.is_computed}


def override_columns(
    entity: Entity, names: Mapping[str, str], type_of: Callable[[Field], sa.types.TypeEngine[Any]]
) -> Iterator[sa.Column[Any]]:
    """The columns for an entity's table. Their names follow from the field's."""
    for key, columns in overrides_of(entity).items():
        types: tuple[sa.types.TypeEngine[Any], ...] = (type_of(entity.fields[key]), BIG_ID, Moment(), sa.Text())
        for column, suffix, kind in zip(columns.every, SUFFIXES, types, strict=True):
            yield sa.Column(names[f"{entity.key}.{key}"] + suffix, kind, key=column)
