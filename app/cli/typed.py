"""What can't be undone is asked for by name: typed at the terminal, or given with `--yes`."""

from __future__ import annotations

import sys

import click


def confirm(verb: str, name: str, typed: str | None) -> None:
    """Asks for the name where none was given. Raises ClickException for another one, and where nobody can be asked."""
    if typed is None:
        if not sys.stdin.isatty():
            raise click.ClickException(f"Nothing was changed. Give --yes {name} to {verb} it without being asked.")
        typed = click.prompt(f"This can't be undone. Type {name} to {verb} it", default="", show_default=False)
    if typed != name:
        raise click.ClickException(f"Nothing was changed: {typed!r} is not {name}.")
