"""Variants of layouts: what each patches is there, and what must be entered can be entered in each."""

from __future__ import annotations

from collections.abc import Iterator

from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.subject import Subject
from app.loading.variants import resolved


def check(subject: Subject) -> Iterator[Diagnostic]:
    """The variants of every entity."""
    for entity in subject.entities():
        layout = subject.tree.find("entities", entity.key, "layout")
        if layout is None:
            continue
        seen: dict[str, str] = {}
        for key, variant in layout.entries_at("variants").items():
            path = ("entities", entity.key, "layout", "variants", key)
            if subject.is_unknown(*path) or key not in entity.layout.variants:
                continue
            yield from resolved(layout, variant, path)[1]
            roles = entity.layout.variants[key].roles
            if roles and all(role in seen for role in roles):
                message = f"nobody sees the variant '{key}': people with its roles see '{seen[roles[0]]}' before it"
                yield diagnostic("CFG437", message, variant.head, path=path)
            for role in roles:
                seen.setdefault(role, key)
