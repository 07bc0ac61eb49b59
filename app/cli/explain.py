"""`crm explain`: why someone may do something, or may not, and the line of configuration that says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from app.cli.people import find_actor, open_applied
from app.definition import VERBS
from app.settings import Settings

if TYPE_CHECKING:
    from app.access import Line
    from app.orm.store import Store


@click.command()
@click.argument("user")
@click.argument("action", type=click.Choice(VERBS))
@click.argument("entity")
@click.argument("record", metavar="[ID]", required=False, type=click.IntRange(min=1, max=2**63 - 1))
def explain(*, user: str, action: str, entity: str, record: int | None) -> None:
    """Say whether USER may do ACTION with records of ENTITY, or with the one of that ID, and which line decided."""
    from app import access
    from app.record.group_roles import groups_of_roles

    store = open_applied(Settings.from_environment())
    actor = find_actor(store, user)
    if entity not in store.catalog.entities:
        known = ", ".join(store.catalog.entities)
        raise click.BadParameter(f"no entity {entity}; there are {known}", param_hint="ENTITY")
    found = access.explain(store, actor, access.verb_of(action), entity, record)
    click.echo(render(found, _sources(store)), nl=False)
    with store.system_reading() as connection:
        by_group = groups_of_roles(connection, actor.user_id) if actor.user_id is not None else {}
    for role, group in sorted(by_group.items()):
        click.echo(f"the role {role} comes from the group {group}")


def render(lines: list[Line], sources: Mapping[str, object]) -> str:
    """The lines of an explanation, each with its place and the text that stands there. `sources`: file to its text."""
    from app.diagnostics.render import split_lines

    parts = []
    for depth, line in enumerate(lines):
        indent = "  " if depth else ""
        parts.append(f"{indent}{line.text}\n")
        if line.origin is None:
            continue
        parts.append(f"{indent}  {line.origin}\n")
        source = sources.get(line.origin.file)
        texts = split_lines(source) if isinstance(source, str) else []
        if line.origin.line <= len(texts):
            parts.append(f"{indent}  {line.origin.line:>5} | {texts[line.origin.line - 1].strip()}\n")
    return "".join(parts)


def _sources(store: Store) -> Mapping[str, object]:
    """The files of the applied revision by name; binary ones are not texts."""
    from app.plan import load_revision

    files: Mapping[str, object] = load_revision(store.engine, store.revision).snapshot["files"]
    return files
