"""Actions: what an automation, or a clock of a service level, does."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Literal

from app.definition.attributes import attribute, key_attribute
from app.definition.grammars import Expression, Secret
from app.definition.people import Who
from app.definition.values import Value
from app.frozen import dataclass

AssignBy = Literal["round_robin", "least_open", "skill"]


@dataclass(frozen=True, kw_only=True)
class CreateRecord:
    """Makes a record. Its lookup to the triggering record is filled: of those that `values` leaves out the only one, or the
    only one that is required.
    """

    entity: str = attribute("Entity", "What is made.", names="entity", example="task")
    values: Mapping[str, Value] = attribute("Values", "Of its fields.", default={}, names="field", profile="server")


@dataclass(frozen=True, kw_only=True)
class UpdateRelated:
    """Sets fields of related records: those at the other side of a lookup, or the one that a lookup points to."""

    related: str = attribute("Related", "An inverse, or a lookup.", names="related", example="quotes")
    where: Expression | None = attribute("Where", "Which of them.", default=None, profile="filter")
    values: Mapping[str, Value] = attribute("Values", "Of their fields.", names="related_field", profile="server")


@dataclass(frozen=True, kw_only=True)
class Assign:
    """Gives the record to someone: to the one person, or to one of several by turns, by load, or by skill."""

    to: tuple[Who, ...] = attribute("To", "Whom.", lone=True)
    by: AssignBy | None = attribute("By", "How one of several is chosen.", default=None, example="round_robin")


@dataclass(frozen=True, kw_only=True)
class Tagging:
    """Adds and removes tags. A bare tag is added."""

    shorthand: ClassVar[str] = "add"
    add: tuple[str, ...] = attribute("Add", "Tags that the record gets.", default=(), lone=True)
    remove: tuple[str, ...] = attribute("Remove", "Tags that it loses.", default=(), lone=True)


@dataclass(frozen=True, kw_only=True)
class Message:
    """A text of templates/ to people: into their notifications, or by mail."""

    to: tuple[Who, ...] = attribute("To", "Whom.", lone=True)
    template: str = attribute("Template", "What it says.", names="template")


@dataclass(frozen=True, kw_only=True)
class SendForm:
    """A mail with the signed link to a form."""

    form: str = attribute("Form", "Of forms/, with `public: link`.", names="form")
    to: tuple[Who, ...] = attribute("To", "Whom.", lone=True)
    template: str = attribute("Template", "The mail around the link.", names="template")


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """Posts the record to another system, signed."""

    url: str = attribute("Address", "https, or `${env:NAME}`.", pattern=r"^(https://\S+|\$\{env:[A-Z][A-Z0-9_]*\}\S*)$",
                         example="https://erp.example.com/hooks/crm")  # fmt: skip
    secret: Secret | None = attribute("Secret", "Of the signature.", default=None)
    fields: tuple[str, ...] = attribute("Fields", "What is sent; without it the id alone.", default=(), names="field")


@dataclass(frozen=True, kw_only=True)
class RequestApproval:
    """Starts an approval. A bare name is the approval's."""

    shorthand: ClassVar[str] = "approval"
    approval: str = attribute("Approval", "Of approvals/.", names="approval")


@dataclass(frozen=True, kw_only=True)
class MoveStage:
    """Moves the record to a stage, by the rules of its pipeline. A bare name is the stage's."""

    shorthand: ClassVar[str] = "to"
    to: str = attribute("To", "The stage.", names="stage")


@dataclass(frozen=True, kw_only=True)
class StartReview:
    """Starts a review of the record. A bare name is the review's."""

    shorthand: ClassVar[str] = "review"
    review: str = attribute("Review", "Of reviews/.", names="review")


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing that is done: exactly one of the known actions, with what it needs.

    A further action is a row in `alternatives` and an attribute with a record of its own; schema, checks and messages
    follow from that.
    """

    alternatives: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType(
        dict.fromkeys(
            ("set", "create", "update_related", "assign", "tag", "notify", "send_mail", "send_form", "webhook",
             "request_approval", "move_stage", "start_review"),
            (),
        )
        | {"run": ("with",)}
    )  # fmt: skip
    key: str = key_attribute("action")
    set: Mapping[str, Value] = attribute(
        "Set", "Values of fields of the record.", default={}, names="field", profile="server"
    )
    create: CreateRecord | None = attribute("Create", "Makes a record.", default=None)
    update_related: UpdateRelated | None = attribute("Update related", "Sets fields of related records.", default=None)
    assign: Assign | None = attribute("Assign", "Gives the record an owner.", default=None)
    tag: Tagging | None = attribute("Tag", "Adds and removes tags.", default=None)
    notify: Message | None = attribute("Notify", "A notification.", default=None)
    send_mail: Message | None = attribute("Send mail", "A mail.", default=None)
    send_form: SendForm | None = attribute("Send form", "A mail with the link to a form.", default=None)
    webhook: Webhook | None = attribute("Webhook", "A signed message to another system.", default=None)
    request_approval: RequestApproval | None = attribute("Request approval", "Starts an approval.", default=None)
    move_stage: MoveStage | None = attribute("Move stage", "Moves the record in its pipeline.", default=None)
    start_review: StartReview | None = attribute("Start review", "Makes the task of a review.", default=None)
    run: str | None = attribute("Run", "An action that an extension registered.", default=None, names="action")
    with_: Mapping[str, Value] = attribute("With", "What it is given, by name.", default={}, profile="server")

    @property
    def name(self) -> str:
        """Which of the actions it is."""
        return next(name for name in self.alternatives if getattr(self, name))
