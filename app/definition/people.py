"""Who: the grammar of people and addresses in automations, approvals, reviews and reports."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from app.definition.attributes import attribute
from app.definition.grammars import FieldPath
from app.frozen import dataclass


@dataclass(frozen=True, kw_only=True)
class Who:
    """People or an address: a path to one (`owner.manager`), or one of role, team, department, user, email, or a field
    whose value decides. A bare path is short for `{path: …}`. A layer that states one replaces it whole.
    """

    shorthand: ClassVar[str] = "path"
    is_choice: ClassVar[bool] = True
    alternatives: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType(
        {
            "path": (),
            "role": (),
            "team": (),
            "department": (),
            "user": (),
            "email": (),
            "field": ("map", "otherwise"),
        }
    )
    path: FieldPath | None = attribute(
        "Path", "To a person or address.", default=None, names="path", example="owner.manager"
    )
    role: str | None = attribute("Role", "All who have it.", default=None, names="role")
    team: str | None = attribute("Team", "Its members, by its name.", default=None)
    department: str | None = attribute("Department", "Its members, by its name.", default=None)
    user: str | None = attribute("User", "By the login.", default=None)
    email: str | None = attribute("E-mail", "A fixed address.", default=None, example="it@example.com")
    field: FieldPath | None = attribute("Field", "Whose value decides.", default=None, names="path")
    map: Mapping[str, Who] = attribute("Map", "Who for each value of the field.", default={})
    otherwise: Who | None = attribute("Otherwise", "Who for every other value.", default=None)
