"""`crm`: the commands. A command's module is loaded when it is called, so that each starts as fast as it can."""

from __future__ import annotations

import atexit
import gc
import importlib
import sys
from collections.abc import Mapping
from typing import Any

import click

import app
from app.factory import collector_at_rest
from app.settings import SettingRefused, Settings

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


SETTINGS = """\
\b
Settings come from the environment, or from a file .env in the working
folder (README.md tells more):
  CRM_CONFIG             folder of the pack [config/standard]
  CRM_DATABASE_URL       sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DB
                         [sqlite:///var/crm.db]
  CRM_DATA_DIR           where files, keys and the SQLite file are [var]
  CRM_SECRET_KEY         signs and seals [made and kept in the data folder]
  CRM_SECRET_KEY_OLD     the one before, until `crm keys rotate`
  CRM_BASE_URL           the address that people use, for links in mails
  CRM_TRUSTED_HOSTS      names of hosts that are answered, with commas
  CRM_TRUSTED_PROXIES    proxies whose X-Forwarded-For is believed
  CRM_MAIL_URL           smtp://… [mails are written as .eml files]
  CRM_MAIL_FROM          the address that mails come from
  CRM_MAIL_INBOX         where answers come in: maildir:/… or imaps://…
  CRM_BACKUP_DIR         where backups are [backups in the data folder]
  CRM_BACKUP_KEY         encrypts backups: see `crm backup key`
  CRM_PACKS              more folders in which packs are looked for, with :
  CRM_EXTENSIONS         Python modules that packs may use, with commas
  CRM_OUTBOUND_ALLOW     inner hosts and networks that webhooks may call
  CRM_STATEMENT_SECONDS  how long one statement of pages may take [30]
  CRM_DESIGN_PAGE        1: the page /_design shows the parts of pages
  CRM_OIDC_… CRM_SAML_… CRM_LDAP_… CRM_PASSWORD_LOGIN CRM_OUTSIDE_KEY_DAYS
                         logins by the company's own account
  CRM_HOOK_…             what webhooks of packs may name
"""
"""What is set by variables, at the end of `crm --help`."""


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for, and tells in words what settings, files and databases
    refuse: who calls a command reads no traceback for that.
    """

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command. Raises ClickException for what its place is to blame for."""
        try:
            return super().invoke(ctx)
        except _of_the_place() as error:
            reason = _words_of(error)
            if reason is None:
                raise
            raise click.ClickException(reason) from error

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


def _of_the_place() -> tuple[type[Exception], ...]:
    """What may be refused by the place. Asked once something was raised: a command that has not loaded SQLAlchemy has no database."""
    loaded = sys.modules.get("sqlalchemy.exc")
    return (SettingRefused, OSError, *([] if loaded is None else [loaded.DatabaseError]))


def _words_of(error: Exception) -> str | None:
    """What to say of it; None for a fault of the program."""
    if isinstance(error, SettingRefused):
        return str(error)
    if isinstance(error, OSError):
        return None if error.filename is None else f"{error.filename}: {error.strerror}"
    # A constraint that fails or a statement that can't be read is a fault; a database that is away, locked, full or none is not.
    if type(error).__name__ not in {"DatabaseError", "OperationalError"}:
        return None
    return f"The database refused: {str(getattr(error, 'orig', error)).strip()}"


@click.group(cls=LazyGroup, epilog=SETTINGS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(getattr(app, "__version__", None), package_name="tenon", prog_name="crm")
def main() -> None:
    """Tenon: a CRM built from the text that describes your company."""
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
