"""Several currencies: codes that exist, rates that can be found, names that are free."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Entity
from app.definition.currencies import COMPANY_SUFFIX, CURRENCIES, CURRENCY_FIELD, RATE_FIELDS, converted_fields
from app.diagnostics import Diagnostic, diagnostic, did_you_mean, nearest
from app.loading.checks.subject import Subject
from app.loading.currencies import minimal_rates
from app.loading.node import Node, Path
from app.loading.wording import list_of

SHOWN = 20


def check(subject: Subject) -> Iterator[Diagnostic]:
    """The company's currencies, and those of each entity."""
    company = subject.tree.find("pack", "currency", "company")
    if company is not None:
        yield from _known(company, ("pack", "currency", "company"))
    for number, node in subject.items("pack", "currency", "others").items():
        yield from _known(node, ("pack", "currency", "others", number))
    yield from _rates(subject)
    for entity in subject.entities():
        if entity.currency is not None:
            yield from _of_entity(subject, entity)


def _known(node: Node, path: Path) -> Iterator[Diagnostic]:
    code = str(node.value)
    if code not in CURRENCIES:
        hint = did_you_mean(nearest(code.upper(), CURRENCIES))
        yield diagnostic("CFG471", f"unknown currency '{code[:SHOWN]}'", node.span, path=path, hint=hint)


def _of_entity(subject: Subject, entity: Entity) -> Iterator[Diagnostic]:
    path = ("entities", entity.key, "currency")
    said = subject.catalog.pack.currency
    ours = (said.company, *said.others)
    for number, node in subject.items(*path, "allowed").items():
        where = (*path, "allowed", number)
        unknown = list(_known(node, where))
        yield from unknown
        if not unknown and str(node.value) not in ours and not subject.is_unknown("pack", "currency", "others"):
            message = f"'{node.value}' is no currency of the company: it has {list_of(ours)}"
            yield diagnostic("CFG472", message, node.span, path=where, hint="add it to `others` in pack.yaml")
    date = entity.every_field.get((entity.currency and entity.currency.rate_date) or "")
    if date is not None and date.type != "date":
        message = f"'{date.key}' is of type {date.type}; the rate date is a date"
        yield diagnostic("CFG473", message, subject.place(*path, "rate_date"), path=(*path, "rate_date"))
    yield from _of_part(subject, entity)
    parts = (subject.catalog.entities[link.entity] for link in subject.catalog.parts_of(entity.key).values())
    if not converted_fields(entity) and not any(map(converted_fields, parts)):
        message = f"'{entity.key}' allows several currencies but has no money"
        yield diagnostic("CFG474", message, subject.head(*path), path=path)
    yield from _taken(subject, entity)


def _of_part(subject: Subject, entity: Entity) -> Iterator[Diagnostic]:
    """A part has the currencies of its whole, and says no more than that."""
    link = subject.catalog.part_link(entity.key)
    if link is None or entity.currency is None:
        return
    path = ("entities", entity.key, "currency")
    if subject.catalog.entities[link.whole].currency is None:
        message = f"{entity.key} is part of {link.whole}, which has one currency"
        yield diagnostic("CFG476", message, subject.head(*path), path=path, hint=f"add `currency:` to {link.whole}")
    for name in ("allowed", "rate_date"):
        if subject.has(*path, name):
            message = f"'{name}' is said by {link.whole}, of which {entity.key} is a part"
            yield diagnostic(
                "CFG476", message, subject.head(*path, name), path=(*path, name), hint="write `currency: {}`"
            )


def _taken(subject: Subject, entity: Entity) -> Iterator[Diagnostic]:
    for name in (CURRENCY_FIELD, *(key + COMPANY_SUFFIX for key in converted_fields(entity))):
        path = ("entities", entity.key, "fields", name)
        if subject.has(*path):
            message = f"'{name}' of {entity.key} is taken: the system adds it to an entity with `currency`"
            yield diagnostic("CFG475", message, subject.head(*path), path=path)


def _rates(subject: Subject) -> Iterator[Diagnostic]:
    """Where the pack describes the entity of rates itself, the fields that are read must hold what is read."""
    key = subject.catalog.rates_entity
    if key is None or not subject.has("entities", key):
        return
    for name in RATE_FIELDS:
        path = ("entities", key, "fields", name)
        wanted = minimal_rates()["fields"][name]["type"]
        a_field = subject.catalog.entities[key].fields[name]
        if subject.has(*path) and a_field.type != wanted:
            message = f"rates are read from '{name}' of {key}, which must be of type {wanted}, not {a_field.type}"
            yield diagnostic("CFG475", message, subject.place(*path, "type"), path=path)
