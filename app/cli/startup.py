"""What happens before anything is served: an empty database gets the pack, a differing pack is pointed out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from app.loading import Loaded
    from app.orm.store import Store
    from app.plan import AppliedRevision


def bring_up(settings: Settings, engine: Engine, *, apply_safe: bool = False) -> AppliedRevision:
    """The revision to serve: of an empty database that of the pack, applied now; else the one that is there, with a word
    when the files differ. Raises ClickException when there is nothing to serve, and while a former key has sealed
    something.
    """
    from sqlalchemy.exc import DatabaseError

    from app.cli.address import is_missing, unusable
    from app.cli.people import require_rotated
    from app.plan.revision import find_revision, open_store, reading

    if is_missing(settings):  # a pack that is refused makes no file
        return _first_start(settings, engine)
    try:
        with reading(engine) as connection:
            applied = find_revision(connection)
    except DatabaseError as error:
        raise unusable(settings, error) from error
    if applied is None:
        return _first_start(settings, engine)
    _bring_framework_up(engine)
    if settings.former_secret_key:
        require_rotated(engine, open_store(engine, applied).models)
    return _compare(settings, engine, applied, apply_safe=apply_safe)


def _bring_framework_up(engine: Engine) -> None:
    """An earlier version of the program made the database: its own tables are brought up to date, which only adds to them."""
    from app.plan import DeploymentBusy
    from app.plan.lock import switching
    from app.plan.migrate import head, upgrade_framework_on, version
    from app.plan.revision import reading

    with reading(engine) as connection:
        if version(connection) == head():
            return
    try:
        with switching(engine) as connection:
            upgrade_framework_on(connection)
    except DeploymentBusy as error:
        raise click.ClickException("The database is just being changed by another; try again.") from error
    click.echo("The program's own tables were brought up to date.")


def _first_start(settings: Settings, engine: Engine) -> AppliedRevision:
    from app.plan import CannotApply, DeploymentBusy, first_apply

    loaded = load(settings)
    if loaded.catalog is None:
        raise click.ClickException(f"The pack {settings.config} has errors (see `crm check`); the database is empty.")
    try:
        applied = first_apply(engine, loaded)
    except (CannotApply, DeploymentBusy) as error:
        raise click.ClickException(f"The pack {settings.config} could not be applied: {error}") from error
    catalog = applied.catalog
    fields = sum(len(entity.fields) for entity in catalog.entities.values())
    click.echo(
        f"Applied {settings.config} to an empty database: {len(catalog.entities)} entities, {fields} fields, "
        f"{len(catalog.picklists)} picklists, {len(catalog.roles)} roles."
    )
    return applied


def load(settings: Settings) -> Loaded:
    """The pack of the settings; what is wrong with it goes to the error stream."""
    from app.diagnostics import render_text, split_lines
    from app.loading import load_pack

    loaded = load_pack(settings.config, settings.packs)
    if loaded.errors:
        lines = {name: split_lines(content.decode("utf-8", "replace")) for name, content in loaded.files.items()}

        def read_line(file: str, line: int) -> str | None:
            found = lines.get(file, [])
            return found[line - 1] if 0 < line <= len(found) else None

        click.echo(render_text(loaded.diagnostics, read_line), err=True)
    return loaded


def _compare(settings: Settings, engine: Engine, applied: AppliedRevision, *, apply_safe: bool) -> AppliedRevision:
    """The applied revision is served whatever the files say; this only tells, unless safe changes are to be applied."""
    if not settings.config.is_dir():
        click.echo(f"The folder {settings.config} is missing: serving the applied revision.", err=True)
        return applied
    if files_are_applied(settings, applied):
        return applied
    from app.plan import ApplyRefused, apply_plan, load_revision, plan_for

    loaded = load(settings)
    if loaded.catalog is None:
        click.echo(f"The pack {settings.config} has errors: serving the applied revision.", err=True)
        return applied
    plan = plan_for(engine, loaded)
    if plan.is_empty:
        return applied
    click.echo(plan.render())
    if apply_safe and not plan.blocked and all(step.risk == "safe" for step in plan.steps):
        answer = apply_plan(engine, loaded, plan, "system:startup")
        refused = answer if isinstance(answer, ApplyRefused) else None
        click.echo(
            f"Not applied: {refused.reason} ({refused.code})" if refused else "Applied.", err=refused is not None
        )
        return load_revision(engine)
    click.echo(f"{settings.config} differs from what is applied. `crm plan` shows it, `crm apply` carries it out.")
    return applied


def files_are_applied(settings: Settings, applied: AppliedRevision) -> bool:
    """Whether the files of the pack are those of the revision, byte by byte: then nothing needs to be loaded."""
    kept: Mapping[str, object] = applied.snapshot.get("files", {})
    try:
        same = all(Path(name).read_bytes() == str(content).encode() for name, content in kept.items())
    except OSError:
        return False
    present = [each for each in settings.config.rglob("*") if each.suffix in {".yaml", ".json"}]
    known = {Path(name).resolve() for name in kept}
    return same and bool(kept) and all(each.resolve() in known for each in present)


def setup_path(store: Store) -> str | None:
    """The path of a new set-up link while nobody can log in; None afterwards."""
    from app.orm.types import now
    from app.web.security import links

    with store.system_reading() as connection:
        if links.has_people(connection):
            return None
    return f"/setup/{links.make_link(store, None, now())}"
