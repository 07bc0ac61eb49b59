"""Rules for duplicates: what they compare can be compared."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition.alike import may_be_compared, may_be_similar
from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.subject import Subject


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every comparison of every rule, and that there is one."""
    for entity in subject.entities():
        for key, rule in entity.duplicates.items():
            path = ("entities", entity.key, "duplicates", key)
            if not rule.match:
                yield diagnostic(
                    "CFG444", f"the duplicate rule '{key}' compares nothing", subject.head(*path), path=path
                )
            for name, each in rule.match.items():
                a_field = entity.fields.get(each.field)
                where = (*path, "match", name, "field")
                if a_field is None:  # of the system, or unknown, which is told elsewhere
                    if each.field in entity.every_field:
                        message = f"'{each.field}' is kept by the system and can't be compared"
                        yield diagnostic("CFG444", message, subject.place(*where), path=where)
                elif not may_be_compared(a_field):
                    what = "encrypted" if a_field.encrypted else f"of type {a_field.type}"
                    message = f"'{each.field}' is {what} and can't be compared"
                    yield diagnostic("CFG444", message, subject.place(*where), path=where)
                elif each.similar is not None and not may_be_similar(a_field):
                    message = f"'{each.field}' is of type {a_field.type}: its values are equal or not, but not similar"
                    yield diagnostic("CFG444", message, subject.place(*where), path=where, hint="leave `similar` out")
