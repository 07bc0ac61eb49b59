"""`crm docs`: the manual of a pack."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.config import config_option, load
from app.diagnostics import render_text
from app.loading.sources import line_reader
from app.manual.pages import LANGUAGES, pages_of
from app.manual.tables import tables_of
from app.manual.workbook import workbook_of


@click.command()
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@config_option
def docs(out: Path, config: Path | None) -> None:
    """Write the manual of a pack to the folder OUT, in English and Chinese: the tables of its fields, stages, roles, backups
    and picklists as pages and as a workbook, and the reference of the language.
    """
    loaded = load(config)
    if loaded.catalog is None:
        click.echo(render_text(loaded.errors, line_reader(loaded.files)), nl=False, err=True)
        raise click.ClickException("the pack has errors")
    written = 0
    for name, text in pages_of(loaded.catalog):
        _write(out / name, text.encode("utf-8"))
        written += 1
    for language in LANGUAGES:
        _write(out / language / "tables.xlsx", workbook_of(tables_of(loaded.catalog), language))
    click.echo(f"{written} pages and {len(LANGUAGES)} workbooks; begin with {out / 'en' / 'fields.html'}")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
