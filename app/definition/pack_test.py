"""Tests of the configuration itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from app.definition.attributes import attribute, key_attribute
from app.definition.grammars import Duration
from app.definition.values import Value
from app.frozen import dataclass

MOMENT = r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?)?$"


@dataclass(frozen=True, kw_only=True)
class Acting:
    """Who acts in a test: someone with a role, or a user that the test gives."""

    alternatives: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType(
        {"role": ("department", "team"), "user": ("roles",)}
    )
    role: str | None = attribute("Role", "Someone who has it alone.", default=None, names="role")
    department: str | None = attribute("Department", "His: a row of `given`.", default=None)
    team: str | None = attribute("Team", "His: a row of `given`.", default=None)
    user: str | None = attribute("User", "A row of `given`.", default=None)
    roles: tuple[str, ...] = attribute("Roles", "What he has.", default=(), names="role", lone=True)


@dataclass(frozen=True, kw_only=True)
class Deed:
    """One write by whoever acts, or time that passes. Records are named as `account.acme`."""

    alternatives: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType(
        {
            "create": ("set", "confirm"),
            "update": ("set", "confirm"),
            "transition": ("to", "set", "confirm"),
            "ask": ("to", "comment"),
            "agree": ("by", "comment"),
            "reject": ("by", "comment"),
            "recall": ("comment",),
            "override": ("field", "value", "reason"),
            "withdraw": ("field",),
            "share": ("with", "place", "by"),
            "delete": (),
            "restore": (),
            "wait": (),
            "until": (),
        }
    )
    key: str = key_attribute("deed")
    create: str | None = attribute(
        "Create", "An entity, or the record with the name that it gets.", default=None, example="account.acme"
    )
    update: str | None = attribute("Update", "The record.", default=None, example="account.acme")
    transition: str | None = attribute("Transition", "The record whose stage moves.", default=None)
    ask: str | None = attribute("Ask", "The record of which a move is asked for that needs an approval.", default=None)
    agree: str | None = attribute("Agree", "The record whose move is agreed on.", default=None)
    reject: str | None = attribute("Reject", "The record whose move is not agreed on.", default=None)
    recall: str | None = attribute("Recall", "The record of which an approval is taken back.", default=None)
    override: str | None = attribute("Override", "The record of which a formula is overruled.", default=None)
    withdraw: str | None = attribute("Withdraw", "The record of which an override ends.", default=None)
    share: str | None = attribute("Share", "The record on whose team somebody gets a place.", default=None)
    delete: str | None = attribute("Delete", "The record that goes into the bin.", default=None)
    restore: str | None = attribute("Restore", "The record that comes back from the bin.", default=None)
    wait: Duration | None = attribute(
        "Wait", "So much time passes, and what is due meanwhile happens: automations of dates and schedules, conditions that "
        "turn true by the clock, warnings and breaches of service levels, approvals, reviews, tasks that repeat.",
        default=None, example="3 days",
    )  # fmt: skip
    until: str | None = attribute(
        "Until", "Time passes until then, as with `wait`.", default=None, pattern=MOMENT, example="2026-10-08T10:00"
    )
    to: str | None = attribute("To", "The stage.", default=None)
    by: str | None = attribute("By", "Who says so: a user that the test gives.", default=None, example="boss")
    with_: str | None = attribute("With", "Who gets the place: a user that the test gives, or me.", default=None)
    place: str | None = attribute("Place", "The place on the record's team.", default=None, example="partner")
    comment: str | None = attribute("Comment", "What is said about it.", default=None)
    set: Mapping[str, Value] = attribute("Set", "Values of fields.", default={})
    confirm: Mapping[str, str] = attribute("Confirm", "Warnings, by the name of the rule, with the reason.", default={})
    field: str | None = attribute("Field", "The computed field.", default=None)
    value: Value | None = attribute("Value", "What it is to be instead.", default=None)
    reason: str | None = attribute("Reason", "Why.", default=None)


@dataclass(frozen=True, kw_only=True)
class Case:
    """Rows that are there, what is done, and what must be the outcome."""

    key: str = key_attribute("case")
    as_: Acting | None = attribute("As", "Who does it; without it the system does.", default=None)
    given: Mapping[str, Value] = attribute("Given", "Rows by entity and name.", default={}, names="entity")
    roles: Mapping[str, str] = attribute(
        "Roles", "Of users that the test gives, each with one.", default={}, example={"boss": "sales_director"}
    )
    do: Deed | None = attribute(
        "Do",
        "One write, such as `{update: account.acme, set: {…}}`, or time that passes: `{wait: 3 days}`.",
        default=None,
    )
    then: Mapping[str, Deed] = attribute("Then", "What is done after that, one after the other.", default={})
    expect: Mapping[str, Value] = attribute(
        "Expect",
        "Values of records (`account.acme: {level: a}`), and of the last write `errors`, `warnings`, `denied`, `says`; "
        "`visible` fields and `readable` records of whoever acts, which records are `deleted` and which are `listed` in a "
        "view (`listed: {open_deals: {opportunity.big: true}}`), who is `asked` about which to approve, who is `told` of "
        "which (`told: {account.acme: [rep]}`: notices of what acts by itself), who is `mailed` about which (a person, or an "
        "address), and which records automations `made` "
        "(`made: {task: [{subject: Call}]}`: exactly these, in order).",
    )


@dataclass(frozen=True, kw_only=True)
class PackTest:
    """Cases that `crm test` runs in memory."""

    key: str = key_attribute("test")
    now: str | None = attribute(
        "Now", "The moment at which the cases play.", default=None,
        pattern=MOMENT, example="2026-06-30T09:00",
    )  # fmt: skip
    cases: Mapping[str, Case] = attribute("Cases", "Each stands for itself.")
