"""`crm schema`: JSON Schemas for editors, of the language or of one pack."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click

from app.loading import load_pack
from app.loading.pack_schema import pack_schemas, schema_path
from app.loading.schema import generate_all
from app.loading.shape import FILES, FOLDERS
from app.settings import Settings

OF_A_PACK = ".schemas"
MODELINE = "# yaml-language-server: $schema="


@click.command()
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write to. [default: schemas, or PACK/.schemas]")
@click.option(
    "--pack", type=click.Path(path_type=Path, exists=True, file_okay=False), help="With this pack's own names."
)
@click.option("--link", is_flag=True, help="With --pack: name its schema in the first line of every file.")
def schema(out: Path | None, pack: Path | None, *, link: bool) -> None:
    """Write the JSON Schemas of the language, for editors: for each kind of file the full and the patch form.

    With --pack they hold the names that the pack knows (entities, fields, options, roles), and each entity and picklist has
    one of its own. Write them anew when names have changed.
    """
    if link and pack is None:
        raise click.UsageError("--link needs --pack")
    if pack is None:
        _write(out or Path("schemas"), generate_all())
        return
    loaded = load_pack(pack, Settings.from_environment().packs)
    folder = out or pack / OF_A_PACK
    schemas = pack_schemas(loaded, is_overlay=_is_overlay(loaded.tree))
    _write(folder, schemas, is_quiet=True)
    click.echo(f"{len(schemas)} schemas in {folder}")
    if loaded.errors:
        click.echo("The pack has errors (see `crm check`): names that could not be read are missing.", err=True)
    if link:
        linked = sum(_link(path, folder / name) for path, name in _files(pack) if name in schemas)
        click.echo(f"{linked} files changed to name their schema")


def _is_overlay(tree: dict[str, object]) -> bool:
    pack = tree["pack"]
    return isinstance(pack, dict) and bool(pack.get("extends"))


def _write(folder: Path, files: dict[str, str], *, is_quiet: bool = False) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        if not is_quiet:
            click.echo(path)


def _files(pack: Path) -> Iterator[tuple[Path, str]]:
    """The YAML files of a pack, each with the path of its schema."""
    for path in sorted(pack.glob("*.yaml")):
        if path.stem in FILES:
            yield path, schema_path(path.stem, None)
    for folder in FOLDERS:
        for path in sorted((pack / folder).glob("*.yaml")):
            yield path, schema_path(folder, path.stem)


def _link(path: Path, its_schema: Path) -> bool:
    """Whether the file was changed to begin with the line that names its schema."""
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    line = f"{MODELINE}{os.path.relpath(its_schema.resolve(), path.parent.resolve())}\n"
    first, rest = (text.split("\n", 1)[0], text.split("\n", 1)[-1]) if text.startswith(MODELINE) else ("", text)
    if f"{first}\n" == line:
        return False
    path.write_bytes((line + rest).encode("utf-8", "surrogateescape"))
    return True
