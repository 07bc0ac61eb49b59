"""Whether a pack says what a company needs before it begins: what is collected, the steps of a sale, who may do what."""

from __future__ import annotations

from collections.abc import Iterator

from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.subject import Subject

A_TRIAL = 2
"""So many entities in the menu are no company yet."""


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Of packs with a menu that leads to something: a pack that is tried out need not be complete. Nothing is said of what
    was cut out.
    """
    menu = subject.tree.find("menu", "groups")
    if menu is None or not menu.entries:
        return
    offered = {item for group in subject.catalog.menu.groups.values() for item in group.items}
    if len(offered) <= A_TRIAL and any(True for _ in subject.entities()):
        return
    for kind, lacks, hint in _lacking(subject):
        if not any(path[:1] == (kind,) for path in subject.cut):
            yield diagnostic("CFG485", lacks, menu.head, path=("menu", "groups"), hint=hint)


def _lacking(subject: Subject) -> Iterator[tuple[str, str, str]]:
    """The kind of thing that would hold it, what is missing, and what to do."""
    catalog = subject.catalog
    if not any(True for _ in subject.entities()):
        yield "entities", "the pack has no entity: what is collected is not settled", "add a file to entities/"
    elif not any(line.stages for entity in catalog.entities.values() for line in entity.pipelines.values()):
        hint = "add a field of type stage, and pipelines:, to the entity of your deals"
        yield "entities", "no entity has a pipeline: the steps of a sale are not settled", hint
    if not any(role.grants and "configure" not in role.rights for role in catalog.roles.values()):
        hint = "add a role with grants to roles/ that lacks the right `configure`"
        yield "roles", "no role but that of administrators has grants: who may do what is not settled", hint
