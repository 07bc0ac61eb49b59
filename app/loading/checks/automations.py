"""Notifications and mails: their templates can be filled in, are about the records that they are sent for, and reach someone."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Action, Catalog, Entity, Template
from app.definition.action import Message
from app.definition.addresses import field_at, mail_path
from app.definition.people import Who
from app.definition.plain_template import BadTemplate, read_template
from app.diagnostics import Diagnostic, Span, diagnostic, did_you_mean, nearest
from app.loading.checks.subject import Subject
from app.loading.node import Path
from app.loading.wording import named


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every template for notifications and mails, and every action that sends one."""
    for key, template in subject.catalog.templates.items():
        if template.for_ != "document" and subject.has("templates", key):
            yield from _template(subject, template, template.entity)
    for home, entity, action in actions_of(subject.catalog):
        path = (*home, "actions", action.key)
        if subject.has(*path):
            yield from _sends(subject, entity, action.notify, (*path, "notify"))
            yield from _sends(subject, entity, action.send_mail, (*path, "send_mail"))
            if action.send_mail is not None:
                yield from _reached(subject, entity, action.send_mail.to, (*path, "send_mail", "to"))


def actions_of(catalog: Catalog) -> Iterator[tuple[Path, str, Action]]:
    """Every action of automations and service levels: what has it, and whose records it is about."""
    for key, automation in catalog.automations.items():
        yield from ((("automations", key), automation.entity, each) for each in automation.actions.values())
    for key, sla in catalog.slas.items():
        for occasion, said in (("warn", sla.warn), ("breach", sla.breach)):
            actions = said.actions if said is not None else {}
            yield from ((("slas", key, occasion), sla.entity, each) for each in actions.values())


def _sends(subject: Subject, entity: str, message: Message | None, path: Path) -> Iterator[Diagnostic]:
    found = subject.catalog.templates.get(message.template) if message is not None else None
    if found is None or found.for_ != ("mail" if path[-1] == "send_mail" else "notification"):
        return  # one that is not there is told elsewhere; one for something else waits: see `engines`
    if found.entity is not None and found.entity != entity:
        message_of = f"template '{found.key}' is about {found.entity}, {named(path[:2])} about"
        yield _wrong(subject, (*path, "template"), f"{message_of} {entity}")
    elif found.entity is None:
        yield from _template(subject, found, entity)


def _reached(subject: Subject, entity: str, whos: tuple[Who, ...], path: Path) -> Iterator[Diagnostic]:
    """Paths that lead to nobody who could get a mail."""
    for who in whos:
        known = who.path is not None and field_at(subject.catalog, entity, who.path) is not None
        if who.path is not None and known and mail_path(subject.catalog, entity, who.path) is None:
            yield _wrong(subject, path, f"'{who.path}' leads to no person and to no e-mail address")
        inner = (*who.map.values(), *((who.otherwise,) if who.otherwise is not None else ()))
        yield from _reached(subject, entity, inner, path)


def _template(subject: Subject, template: Template, entity: str | None) -> Iterator[Diagnostic]:
    known = subject.catalog.entities.get(entity or "")
    yield from _agreed_in(subject, template, known)
    for language, body in template.body.items():
        path = ("templates", template.key, "body", language)
        yield from _text(subject, template, known, path, body.source, body.file)
    if template.for_ == "mail":
        for each, text in template.subject.by_language.items():
            yield from _text(subject, template, known, ("templates", template.key, "subject", each), text, None)


def _agreed_in(subject: Subject, template: Template, known: Entity | None) -> Iterator[Diagnostic]:
    """Whether someone agreed is said by a yes/no field; what goes with mails alone is left out of others."""
    path = ("templates", template.key)
    of_mails = {"marketing": template.marketing, "consent": template.consent, "tracked": template.tracked}
    for name in (each for each, stated in of_mails.items() if stated and template.for_ != "mail"):
        yield _wrong(subject, (*path, name), f"'{name}' goes with for: mail alone")
    for name in ("consent", "tracked"):
        field = known.every_field.get(str(of_mails[name])) if known is not None else None
        if field is not None and field.type != "boolean":
            message = f"'{field.key}' is of type {field.type}: only a yes/no field says whether someone agreed"
            yield _wrong(subject, (*path, name), message)


def _text(
    subject: Subject, template: Template, known: Entity | None, path: Path, source: str, file: str | None
) -> Iterator[Diagnostic]:
    """One text: what of it can't be filled in."""
    try:
        read = read_template(source)
    except BadTemplate as error:
        message = f"template '{template.key}', line {error.line}: {error.message}"
        yield diagnostic("CFG484", message, _at(subject, path, file, error.line), path=path)
        return
    if known is None:
        return
    for key in sorted(read.fields):
        lacking = _lacking(subject, known, key)
        if lacking is not None:
            message, hint = lacking
            message = f"template '{template.key}', line {read.lines[key]}: {message}"
            yield diagnostic("CFG484", message, _at(subject, path, file, read.lines[key]), path=path, hint=hint)


def _lacking(subject: Subject, known: Entity, path: str) -> tuple[str, str | None] | None:
    """What is wrong with a path, and a hint; None where nothing is, or where it is told elsewhere."""
    here: Entity | None = known
    before = ""
    for name in path.split("."):
        if here is None:
            return f"'{before}' leads to no record that has fields", None
        if subject.is_unknown("entities", here.key, "fields", name):
            return None
        field = here.every_field.get(name)
        if field is None:
            return f"there is no field '{name}' in {here.key}", did_you_mean(nearest(name, here.every_field))
        if field.target is not None and subject.is_unknown("entities", field.target):
            return None
        before, here = name, None if field.is_list else subject.catalog.entities.get(field.target or "")
    return None


def _at(subject: Subject, path: Path, file: str | None, line: int) -> Span:
    """A line of a text: in the file beside the YAML, where it stands there."""
    place = subject.place(*path)
    if file is None:
        return place
    folder, slash, _ = place.file.rpartition("/")
    return Span(f"{folder}{slash}{file}", line, 1)


def _wrong(subject: Subject, path: Path, message: str) -> Diagnostic:
    return diagnostic("CFG484", message, subject.place(*path), path=path)
