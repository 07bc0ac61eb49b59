"""`crm export`: the records of a list as a file for spreadsheets, as its page gives it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

import click

from app.settings import Settings

if TYPE_CHECKING:
    from app.access import Actor
    from app.insight import ListQuery
    from app.orm.store import Store


@click.command()
@click.argument("entity")
@click.option(
    "--view", metavar="V", help="A view of the pack: its records, columns and sort. [default: the whole list]"
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file; it is replaced.")
@click.option("--user", "login", metavar="NAME", help="As this person: what he may export. [default: everything]")
@click.option("--language", metavar="L", help="Of heads and words. [default: the person's, or the pack's first]")
def export(*, entity: str, view: str | None, out: Path, login: str | None, language: str | None) -> None:
    """Write the records of ENTITY to a CSV file: the columns of its list, or of a view of it."""
    from app.access import system_actor
    from app.cli.people import open_applied
    from app.record import Refused
    from app.web.pages.export import claimed, export_act, export_of, lines
    from app.web.pages.formats import formats_for
    from app.web.security.audited import note

    store = open_applied(Settings.from_environment())
    if entity not in store.catalog.entities:
        known = ", ".join(store.catalog.entities)
        raise click.BadParameter(f"no entity {entity}; there are {known}", param_hint="ENTITY")
    actor = system_actor("system:command") if login is None else _exporter(store, login, entity)
    pack = store.catalog.pack
    spoken = language or (pack.languages[0] if actor.system else actor.language)
    if spoken not in pack.languages:
        raise click.BadParameter(
            f"no language {spoken}; there are {', '.join(pack.languages)}", param_hint="--language"
        )
    formats = formats_for(spoken, pack.time_zone if actor.system else actor.time_zone, pack.currency.company)
    counts: list[int] = []
    asked = export_of(store, actor, _query(store, actor, entity, view), formats)
    limited = asked.a_day is not None
    texts = claimed(asked, "command", counts.append) if limited else lines(asked, counts.append)
    if isinstance(texts, Refused):
        raise click.ClickException(texts.refusals[0].text("en", store.catalog))
    try:
        _write(out, texts)
    except OSError as error:
        raise click.ClickException(f"{out} can't be written: {error.strerror}.") from error
    if not limited:
        note(store, export_act(asked, sum(counts), "command"), store.clock())
    click.echo(f"{out}: {sum(counts):,} record{'' if sum(counts) == 1 else 's'}.")


def _exporter(store: Store, login: str, entity: str) -> Actor:
    from app.cli.people import find_actor
    from app.web.pages.shell import may

    actor = find_actor(store, login)
    if not may(store.catalog, actor, "export", entity):
        raise click.ClickException(f"{login} may not export {entity}: `crm explain {login} export {entity}` says why.")
    return actor


def _query(store: Store, actor: Actor, entity: str, view: str | None) -> ListQuery:
    """The list, or that of the view."""
    from app.access import field_rights
    from app.insight import ListQuery, in_view, views_of
    from app.web.pages.list_asked import columns_for

    known = views_of(store.catalog, actor, entity)
    if view is not None and view not in known:
        there = f"there are {', '.join(known)}" if known else "there is none"
        raise click.BadParameter(f"no view {view} of {entity}; {there}", param_hint="--view")
    listed = known[view] if view is not None else None
    columns = columns_for(store.catalog.entities[entity], field_rights(store.catalog, actor, entity), listed)
    query = ListQuery(entity, columns)
    return query if listed is None else in_view(query, listed)


def _write(out: Path, texts: Iterable[str]) -> None:
    """Writes the file beside its place, for its owner alone, and puts it there when it is whole."""
    with NamedTemporaryFile("w", encoding="utf-8", newline="", dir=out.parent, prefix=".export-", delete=False) as file:
        try:
            file.writelines(texts)
            file.close()
            Path(file.name).replace(out)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
