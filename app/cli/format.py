"""`crm fmt`: the canonical text of a pack's files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from app.diagnostics import Span
from app.loading.format import NotFormatted, formatted
from app.loading.old_names import old_names, with_new_names
from app.loading.tidy_expressions import place_of
from app.settings import Settings


@click.command("fmt")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--check", "is_check", is_flag=True, help="Change nothing; exit code 1 when a file would change.")
def format_(paths: tuple[Path, ...], *, is_check: bool) -> None:
    """Write files of a pack in their canonical form: indentation, spaces, quotes, expressions. Comments stay. Where a
    pack calls a thing of its base by an old name, the new one is written.

    PATHS are packs, folders or files; without one it is the pack of CRM_CONFIG. JSON is left alone.
    """
    changed = failed = 0
    settings = Settings.from_environment()
    chosen = paths or (settings.config,)
    files = list(_files(chosen))
    names: dict[Path, Mapping[Span, str]] = {}
    for pack in (each for each in chosen if (each / "pack.yaml").is_file()):
        names |= old_names(pack, settings.packs)
    for path in files:
        content = path.read_bytes()
        renamed = with_new_names(content, names.get(path.resolve(), {}))
        text = formatted(renamed, place_of(path.resolve().parent.name, path.stem))
        if isinstance(text, NotFormatted):
            failed += 1
            click.echo(f"{path}: {text.reason}", err=True)
        elif text.encode("utf-8") != content:
            changed += 1
            click.echo(f"{'would change' if is_check else 'changed'} {path}")
            if not is_check:
                _replace(path, text)
    click.echo(f"{len(files)} files, {changed} {'to change' if is_check else 'changed'}, {failed} left alone")
    raise SystemExit(1 if failed or (is_check and changed) else 0)


def _files(paths: tuple[Path, ...]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(path.rglob("*.yaml")) if path.is_dir() else [path]


def _replace(path: Path, text: str) -> None:
    """Writes a file so that a crash leaves the old or the new one."""
    aside = path.with_name(f".{path.name}.new")
    aside.write_text(text, encoding="utf-8", newline="\n")
    aside.chmod(path.stat().st_mode)
    aside.replace(path)
