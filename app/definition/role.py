"""Roles: named sets of grants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, get_args

from app.definition.attributes import attribute, key_attribute
from app.definition.grammars import Expression
from app.definition.privacy import MaskPattern
from app.definition.text import Text
from app.frozen import dataclass

ScopeWord = Literal["none", "own", "team", "subtree", "all", "parent"]
Verb = Literal[
    "create", "read", "update", "delete", "restore", "export", "assign", "share", "transition", "merge", "mail"
]
PlaceVerb = Literal["read", "update", "delete", "export", "assign", "share", "transition"]
FieldAccess = Literal["hidden", "mask", "read", "write"]
Limit = Literal["export_rows", "exports", "mail_recipients", "reveals"]
Right = Literal[
    "configure", "audit", "reports", "dashboards", "bulk_edit", "import_files", "saved_views", "share_views"
]

VERBS: tuple[Verb, ...] = get_args(Verb)
SCOPES: tuple[ScopeWord, ...] = get_args(ScopeWord)
RIGHTS: tuple[Right, ...] = get_args(Right)


@dataclass(frozen=True, kw_only=True)
class Where:
    """A scope of one's own: the records for which an expression holds."""

    where: Expression = attribute("Where", "The records for which it holds.", example="is_mine()", profile="filter")

    def __str__(self) -> str:
        return f"where {self.where}"


Scope = ScopeWord | Where


@dataclass(frozen=True, kw_only=True)
class FieldGrant:
    """What a role may do with one field. The word alone (`hidden`, `read`, `write`) is short for `{access: word}`.

    `{mask: phone}` shows the mask and lets a whole new value be written by whoever may update; `write: false` forbids.
    With `reveal: true` he may ask for the value, which the audit tells.
    """

    shorthand: ClassVar[str] = "access"
    key: str = key_attribute("field")
    access: FieldAccess | None = attribute("Access", "hidden, read or write.", default=None, whole=True)
    mask: MaskPattern | None = attribute("Mask", "How a masked value is shown.", default=None, whole=True)
    write: bool | None = attribute("Write", "Whether a masked field may be written.", default=None)
    reveal: bool = attribute(
        "Reveal",
        "Whether a masked value may be shown, one at a time and for a reason that the audit keeps.",
        default=False,
    )


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a role may do with the records of one entity. A verb that is not stated is not granted."""

    key: str = key_attribute("entity")
    create: bool = attribute("Create", default=False)
    read: Scope = attribute("Read", "Which records.", default="none")
    update: Scope = attribute("Update", "Which records.", default="none")
    delete: Scope = attribute("Delete", "Which records.", default="none")
    restore: Scope = attribute("Restore", "Which records of the bin.", default="none")
    export: Scope = attribute("Export", "Which records.", default="none")
    assign: Scope = attribute("Assign", "Whose owner, department and team may be changed.", default="none")
    share: Scope = attribute("Share", "Which records.", default="none")
    transition: Scope = attribute("Transition", "Whose stage may be changed.", default="none")
    merge: Scope = attribute("Merge", "Which records.", default="none")
    mail: Scope = attribute("Mail", "To which records bulk mail may be sent.", default="none")
    fields: Mapping[str, FieldGrant] = attribute(
        "Fields", "Fields that differ from the entity.", default={}, names="declared"
    )

    def scope(self, verb: Verb) -> Scope:
        """The scope of a verb; for `create` it is `all` or `none`."""
        granted: Scope | bool = getattr(self, verb)
        if isinstance(granted, bool):
            return "all" if granted else "none"
        return granted


@dataclass(frozen=True, kw_only=True)
class Role:
    """A named set of grants. The grant `*` is for every entity without a grant of its own in the role."""

    key: str = key_attribute("role")
    label: Text = attribute("Label", "What people read.", default=Text())
    help: Text = attribute("Help", "Whom it is for.", default=Text())
    includes: tuple[str, ...] = attribute("Includes", "Roles that one has with it.", default=(), names="role")
    groups: tuple[str, ...] = attribute(
        "Groups",
        "Groups at the company's login provider, or in its directory, whose members have the role: it goes when the group goes.",
        default=(),
        example=["crm-sales"],
    )
    grants: Mapping[str, Grant] = attribute("Grants", "By entity.", default={}, names="entity")
    rights: tuple[Right, ...] = attribute("Rights", "What has no entity.", default=())
    limits: Mapping[Limit, int] = attribute(
        "Limits",
        "Of several roles the largest. export_rows: rows of one file; within 24 hours and for each person: exports (rows of all "
        "his files), reveals (masked values shown) and mail_recipients.",
        default={},
        example={"export_rows": 1000, "exports": 5000},
    )

    def grant(self, entity: str) -> Grant | None:
        """The grant of this role alone on an entity, `*` included."""
        return self.grants.get(entity) or self.grants.get("*")
