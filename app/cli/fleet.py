"""`crm fleet plan`: a changed base against the packs of several companies. None is applied."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.plan import CHANGES, format_option
from app.settings import Settings, read_dotenv

if TYPE_CHECKING:
    from app.loading import Loaded
    from app.plan.fleet import CompanyPlan
    from app.plan.step import Step


@click.group()
def fleet() -> None:
    """Several companies, each with a pack of its own."""


@fleet.command()
@click.argument("folders", metavar="DIR…", nargs=-1, required=True, type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--base",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="The changed base: taken for the pack of its name that they extend.",
)
@format_option
def plan(folders: tuple[Path, ...], base: Path | None, form: str) -> None:
    """Show for each company what a changed base would do, and what of it conflicts. Changes nothing.

    Compared is with the base that the pack finds now, or, where the folder's .env names a database, with what is applied
    there; a SQLite file is sought from that folder. Exit 0: nothing changes for anybody; 3: there are changes; 1: a company has
    a conflict or a blocked step.
    """
    settings = Settings.from_environment()
    companies = [_planned(settings, folder, base) for folder in folders]
    if form == "json":
        click.echo(json.dumps([_to_json(each) for each in companies], ensure_ascii=False, indent=2))
    else:
        for each in companies:
            click.echo("\n".join(_lines(each)))
    if any(each.is_held_up for each in companies):
        sys.exit(1)
    sys.exit(CHANGES if any(each.steps for each in companies) else 0)


def _planned(settings: Settings, folder: Path, base: Path | None) -> CompanyPlan:
    from app.loading import load_pack
    from app.plan.fleet import CompanyPlan, conflicts_of

    instead = {} if base is None else {base.resolve().name: base}
    now = load_pack(folder, settings.packs, instead)
    was = load_pack(folder, settings.packs) if base is not None else None
    own = frozenset(name for name in now.files if (Path.cwd() / name).resolve().is_relative_to(folder.resolve()))
    sound = was if was is not None and was.catalog is not None else None  # else nothing can be said but its errors
    conflicts = tuple(conflicts_of(sound, now, _bases(settings, folder, base), own))
    steps = _steps(folder, was, now) if now.catalog is not None else ()
    return CompanyPlan(folder.resolve().name, str(folder), conflicts, steps)


def _bases(settings: Settings, folder: Path, base: Path | None) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The base as the company finds it now, and as it shall be."""
    from app.loading import load_pack
    from app.loading.files import find_pack_folder

    found = find_pack_folder(base.resolve().name, folder, settings.packs) if base is not None else None
    if base is None or found is None:
        return None
    return load_pack(found, settings.packs).tree, load_pack(base, settings.packs).tree


def _steps(folder: Path, was: Loaded | None, now: Loaded) -> tuple[Step, ...]:
    """With a database what it would do there; else from one catalog to the other, whatever the rows say."""
    from app.factory import open_database
    from app.plan import plan_for
    from app.plan.compare import compare

    url = _database_of(folder)
    if url is not None:
        engine = open_database(Settings(config=folder, database_url=url))
        try:
            return tuple(plan_for(engine, now).steps)
        finally:
            engine.dispose()
    if was is None or was.catalog is None or now.catalog is None:
        return ()
    return compare(was.catalog, now.catalog)


def _database_of(folder: Path) -> str | None:
    """The database that a company's .env names; a file is sought from its folder. Raises ClickException where there is none,
    SettingRefused where it is no address of one.
    """
    from app.orm.engine import read_url

    stated = read_dotenv(folder / ".env").get("CRM_DATABASE_URL")
    if not stated:
        return None
    url = read_url(stated)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return stated
    path = folder.resolve() / url.database
    if not path.is_file():
        raise click.ClickException(f"{folder / '.env'} names the database {path}, which does not exist")
    return url.set(database=str(path)).render_as_string(hide_password=False)


def _lines(company: CompanyPlan) -> list[str]:
    from app.plan.render import step_lines

    lines = [f"{company.name} ({company.folder})"]
    for each in company.conflicts:
        place = f"{each.place.file}:{each.place.line}: " if each.place else ""
        lines.append(f"  conflict {each.code}  {place}{each.message}")
        lines += [f"    hint: {each.hint}"] if each.hint else []
    lines += step_lines(company.steps)
    if len(lines) == 1:
        lines.append("  nothing changes")
    return [*lines, ""]


def _to_json(company: CompanyPlan) -> dict[str, Any]:
    from app.plan.render import step_to_json

    return {
        "company": company.name,
        "folder": company.folder,
        "conflicts": [
            {
                "code": each.code,
                "message": each.message,
                "file": each.place.file if each.place else None,
                "line": each.place.line if each.place else None,
                "hint": each.hint,
            }
            for each in company.conflicts
        ],
        "steps": [step_to_json(each) for each in company.steps],
        "blocked": company.is_held_up,
    }
