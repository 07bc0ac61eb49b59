"""The shape of the configuration language: frozen dataclasses of what can be written, and the Catalog of it all."""

from app.definition.action import Action
from app.definition.approval import Approval, ApprovalStep
from app.definition.automation import Automation
from app.definition.backup import Backups
from app.definition.catalog import Catalog, Inverse, PartLink
from app.definition.conversion import Conversion
from app.definition.dashboard import Card, Dashboard
from app.definition.entity import ASSIGNABLE_FIELDS, SYSTEM_FIELDS, Entity, Parent, TeamPlace, UniqueKey
from app.definition.field import Field
from app.definition.field_types import FIELD_TYPES, FieldType
from app.definition.form import Form, FormField
from app.definition.imports import Import
from app.definition.layout import Layout, ListView, Section, Tab, Variant
from app.definition.link_field import LinkField
from app.definition.menu import Menu, MenuGroup, MenuItem
from app.definition.pack import Pack
from app.definition.pack_test import PackTest
from app.definition.picklist import Option, Picklist
from app.definition.pipeline import Pipeline, Stage, Transition
from app.definition.report import Dimension, Measure, Report
from app.definition.review import ChecklistItem, Review
from app.definition.role import RIGHTS, SCOPES, VERBS, FieldGrant, Grant, Role, Scope, Verb, Where
from app.definition.rule import Duplicate, Match, Rule
from app.definition.sla import Sla, SlaTarget
from app.definition.template import Body, Template
from app.definition.text import Text, words
from app.definition.view import Segment, View

__all__ = [
    "ASSIGNABLE_FIELDS", "FIELD_TYPES", "RIGHTS", "SCOPES", "SYSTEM_FIELDS", "VERBS", "Action", "Approval", "ApprovalStep",
    "Automation", "Backups", "Body", "Card", "Catalog", "ChecklistItem", "Conversion", "Dashboard", "Dimension", "Duplicate",
    "Entity", "Field", "FieldGrant", "FieldType", "Form", "FormField", "Grant", "Import", "Inverse", "Layout", "LinkField",
    "ListView", "Match", "Measure", "Menu", "MenuGroup", "MenuItem", "Option", "Pack", "PackTest", "Parent", "PartLink",
    "Picklist", "Pipeline", "Report", "Review", "Role", "Rule", "Scope", "Section", "Segment", "Sla", "SlaTarget", "Stage", "Tab",
    "TeamPlace", "Template", "Text", "Transition", "UniqueKey", "Variant", "Verb", "View", "Where", "words",
]  # fmt: skip
