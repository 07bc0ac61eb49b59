"""The shape of the configuration language: frozen dataclasses of what can be written, and the Catalog of it all."""

from app.definition.automation import Automation
from app.definition.catalog import Catalog, Inverse, PartLink
from app.definition.entity import (
    ASSIGNABLE_FIELDS,
    SYSTEM_FIELDS,
    Entity,
    Layout,
    ListView,
    Parent,
    Pipeline,
    Section,
    Stage,
    Tab,
    UniqueKey,
)
from app.definition.field import Field
from app.definition.field_types import FIELD_TYPES, FieldType
from app.definition.link_field import LinkField
from app.definition.menu import Menu, MenuGroup, MenuItem
from app.definition.pack import Pack
from app.definition.picklist import Option, Picklist
from app.definition.role import RIGHTS, SCOPES, VERBS, FieldGrant, Grant, Role, Scope, Verb
from app.definition.text import Text, words

__all__ = [
    "ASSIGNABLE_FIELDS", "FIELD_TYPES", "RIGHTS", "SCOPES", "SYSTEM_FIELDS", "VERBS", "Automation", "Catalog", "Entity", "Field",
    "FieldGrant", "FieldType", "Grant", "Inverse", "Layout", "LinkField", "ListView", "Menu", "MenuGroup", "MenuItem", "Option",
    "Pack", "Parent", "PartLink", "Picklist", "Pipeline", "Role", "Scope", "Section", "Stage", "Tab", "Text", "UniqueKey", "Verb", "words",
]  # fmt: skip
