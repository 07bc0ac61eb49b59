"""`crm check`, `crm show`, `crm init`: packs, without a database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import click

from app.diagnostics import ReadLine, did_you_mean, nearest, render_github, render_json, render_text
from app.factory import collector_at_rest
from app.loading import Loaded, load_pack
from app.loading.new_pack import Refusal, new_pack
from app.loading.show import NotFound, show_path
from app.loading.sources import line_reader
from app.settings import Settings

FORMATS: Mapping[str, Callable[[Loaded], str]] = {
    "text": lambda loaded: render_text(loaded.diagnostics, _reader(loaded)),
    "json": lambda loaded: render_json(loaded.diagnostics),
    "github": lambda loaded: render_github(loaded.diagnostics),
}

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="Folder of the pack. Default: CRM_CONFIG, else config/standard.",
)


def _reader(loaded: Loaded) -> ReadLine:
    return line_reader(loaded.files)


def load(config: Path | None) -> Loaded:
    """The pack of `--config`, or that of the settings."""
    settings = Settings.from_environment()
    with collector_at_rest(for_good=True):
        return load_pack(config or settings.config, settings.packs)


@click.command()
@config_option
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), default="text", show_default=True)
def check(config: Path | None, format_: str) -> None:
    """Check a pack and all that it extends; no database is needed. Exit code 1 when there are errors."""
    loaded = load(config)
    click.echo(FORMATS[format_](loaded), nl=False)
    if format_ == "text":
        click.echo(_summary(loaded))
    raise SystemExit(1 if loaded.errors else 0)


def _summary(loaded: Loaded) -> str:
    errors = len(loaded.errors)
    warnings = sum(one.severity == "warning" for one in loaded.diagnostics)
    files = len(loaded.files)
    return f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')} in {_counted(files, 'file')}"


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


@click.command()
@click.argument("path")
@click.option("--origin", is_flag=True, help="Say for each value where it was written and what it overrode.")
@config_option
def show(path: str, *, origin: bool, config: Path | None) -> None:
    """Show the effective value at PATH, for example account.fields.level, picklist.industry or role.sales_rep."""
    loaded = load(config)
    if loaded.errors:
        click.echo(f"{_counted(len(loaded.errors), 'error')} in the pack: see `crm check`", err=True)
    shown = show_path(loaded, path, with_origin=origin)
    if isinstance(shown, NotFound):
        hint = did_you_mean(nearest(shown.part, shown.known))
        click.echo(f"there is no '{shown.part}' in {shown.within}" + (f"; {hint}" if hint else ""), err=True)
        raise SystemExit(1)
    click.echo(shown, nl=False)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--extends", default="standard", show_default=True, help="The pack that the new one builds on.")
def init(folder: Path, extends: str) -> None:
    """Make a new company pack in DIR that builds on another one."""
    made = new_pack(folder, extends, Settings.from_environment().packs)
    if isinstance(made, Refusal):
        click.echo(made.reason, err=True)
        raise SystemExit(1)
    click.echo("\n".join(str(path) for path in made))
    loaded = load(folder)
    click.echo(FORMATS["text"](loaded) + _summary(loaded))
    click.echo(f"next: edit {folder / 'pack.yaml'}, then crm check --config {folder}")
    raise SystemExit(1 if loaded.errors else 0)
