"""`crm`: the commands. A command's module is loaded when it is called, so that each starts as fast as it can."""

from __future__ import annotations

import atexit
import gc
import importlib
from collections.abc import Mapping

import click

import app
from app.factory import collector_at_rest

COMMANDS: Mapping[str, str] = {  # name: "module:attribute"
    "apply": "app.cli.plan:apply",
    "audit": "app.cli.audit:audit",
    "backup": "app.cli.backup:backup",
    "automations": "app.cli.automations:automations",
    "check": "app.cli.config:check",
    "init": "app.cli.config:init",
    "schema": "app.cli.schemas:schema",
    "show": "app.cli.config:show",
    "demo": "app.cli.serve:demo",
    "diff": "app.cli.plan:diff",
    "docs": "app.cli.docs:docs",
    "doctor": "app.cli.doctor:doctor",
    "eval": "app.cli.evaluate:evaluate",
    "explain": "app.cli.explain:explain",
    "export": "app.cli.export:export",
    "fleet": "app.cli.fleet:fleet",
    "fmt": "app.cli.format:format_",
    "jobs": "app.cli.jobs:jobs",
    "keys": "app.cli.keys:keys",
    "history": "app.cli.plan:history",
    "plan": "app.cli.plan:plan",
    "purge": "app.cli.tombstones:purge",
    "rollback": "app.cli.rollback:rollback",
    "drift": "app.cli.rollback:drift",
    "recompute": "app.cli.recompute:recompute",
    "reindex": "app.cli.reindex:reindex",
    "serve": "app.cli.serve:serve",
    "subject": "app.cli.subject:subject",
    "test": "app.cli.rehearse:test",
    "user": "app.cli.people:user",
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, loaded."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _colon, attribute = COMMANDS[cmd_name].partition(":")
        with collector_at_rest(for_good=True):
            found: click.Command = getattr(importlib.import_module(module), attribute)
        return found


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(getattr(app, "__version__", None), package_name="tenon", prog_name="crm")
def main() -> None:
    """Tenon: a CRM built from the text that describes your company."""
    from app.settings import Settings

    # At its end Python searches all that a command has loaded for garbage: half a second for what ends anyway.
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)
    permitted = Settings.from_environment().extensions
    if permitted:
        from app.extension import ExtensionRefused, load_extensions

        try:
            load_extensions(permitted)
        except ExtensionRefused as refused:
            raise click.ClickException(str(refused)) from refused
