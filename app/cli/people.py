"""`crm user`: people from the command line, through the write path."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from app.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from app.access import Actor
    from app.identity.stated import Outside
    from app.orm.models import Models
    from app.orm.store import Store
    from app.record import Refused
    from app.web.security.people import Login


@click.group()
def user() -> None:
    """People who may log in."""


@user.command("add")
@click.argument("login", metavar="NAME")
@click.option("--role", "roles", multiple=True, required=True, help="A role; may be given more than once.")
@click.option("--full-name", help="What colleagues read. [default: NAME]")
@click.option("--email", help="E-mail address.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the standard input.")
def add(*, login: str, roles: tuple[str, ...], full_name: str | None, email: str | None, password_stdin: bool) -> None:
    """Add a person. Without --password-stdin a one-time link is printed with which the password is chosen, if he may have one."""
    from app.access import system_actor
    from app.record import Refused
    from app.web.context import now
    from app.web.security import links, people

    settings = Settings.from_environment()
    store = open_applied(settings)
    _check_roles(store, roles)
    may_have_one = _stated_outside(settings).passwords.allows(login)
    if password_stdin and not may_have_one:
        raise click.ClickException(f"{login} may not log in by a password: CRM_PASSWORD_LOGIN does not name him.")
    password = _read_password(store, login) if password_stdin else None
    person = people.NewPerson(login, full_name or login, email, roles)
    made = people.add_person(store, system_actor("system:command"), person, door="command")
    if isinstance(made, Refused):
        raise click.ClickException(reasons(store, made))
    if password is not None:
        people.change_password(store, system_actor("system:command"), made, password)
        click.echo(f"{login} may log in.")
        return
    if not may_have_one:
        click.echo(
            f"{login} is added, and chooses no password here: CRM_PASSWORD_LOGIN does not name him. "
            "He logs in by the provider or directory; unless it links people itself, `crm user link` says who he is there."
        )
        return
    _tell_link(settings, login, links.make_link(store, made, now(), system_actor("system:command"), "command"))


@user.command("password")
@click.argument("login", metavar="NAME")
@click.option("--password-stdin", is_flag=True, help="Read the password from the standard input.")
def password_(*, login: str, password_stdin: bool) -> None:
    """Give a person another password, or, without --password-stdin, a one-time link with which he chooses one. With the password
    his sessions, API keys and calendar addresses end.
    """
    from app.access import system_actor
    from app.web.context import now
    from app.web.i18n import text_in
    from app.web.security import links, password_age, people

    settings = Settings.from_environment()
    store, actor = open_applied(settings), system_actor("system:command")
    found = _find_login(store, login)
    if not _stated_outside(settings).passwords.allows(found.login):
        raise click.ClickException(f"{found.login} may not log in by a password: CRM_PASSWORD_LOGIN does not name him.")
    if not password_stdin:
        _tell_link(settings, found.login, links.make_link(store, found.id, now(), actor, "command"))
        return
    password = _read_password(store, found.login)
    with store.system_reading() as connection:
        if password_age.was_used(connection, store.catalog, found.id, password):
            raise click.ClickException(text_in("en", "password.used"))
    people.change_password(store, actor, found.id, password)
    click.echo(f"{found.login} has a new password. Sessions, API keys and calendar addresses have ended.")


@user.command("list")
def list_people() -> None:
    """Logins, activity and roles."""
    from app.web.security import people

    rows = people.every_login(open_applied(Settings.from_environment()))
    if not rows:
        click.echo("There is nobody yet: `crm user add` adds the first.", err=True)
    width = max((len(row.login) for row in rows), default=0)
    for row in rows:
        state = "active" if row.active else "disabled"
        click.echo(f"{row.login:<{width}}  {state:<8}  {', '.join(row.roles)}")


@user.command("disable")
@click.argument("login", metavar="NAME")
def disable(login: str) -> None:
    """End a person's sessions and let him in no more. What he did stays."""
    from app.access import system_actor
    from app.record import Change, Refused, update
    from app.web.security import people

    store = open_applied(Settings.from_environment())
    found = _find_login(store, login)
    actor = system_actor("system:command")
    saved = update(store, actor, "user", [Change(found.id, {"active": False})], door="command")
    if isinstance(saved, Refused):
        raise click.ClickException(reasons(store, saved))
    people.end_sessions(store, found.id)
    click.echo(f"{found.login} is disabled.")


@user.command("reset-factor")
@click.argument("login", metavar="NAME")
def reset_factor(login: str) -> None:
    """Take a person's second factor away, for a lost phone. His sessions and API keys end; a role that asks for one leads him to
    another at the next login.
    """
    from app.access import system_actor
    from app.record import Refused, drop_second_factor

    store = open_applied(Settings.from_environment())
    found = _find_login(store, login)
    outcome = drop_second_factor(store, system_actor("system:command"), found.id, door="command")
    if isinstance(outcome, Refused):
        raise click.ClickException(reasons(store, outcome))
    click.echo(f"{found.login} has no second factor now.")


@user.command("link")
@click.argument("login", metavar="NAME")
@click.argument("subject")
@click.option(
    "--issuer", help="Who names the person so: an address, or saml:ENTITY. [default: that of CRM_OIDC_… or CRM_SAML_…]"
)
def link(*, login: str, subject: str, issuer: str | None) -> None:
    """Let the person log in whom the provider of logins calls SUBJECT (the claim `sub`; by SAML the NameID)."""
    from app.identity.arrival import Arrival
    from app.web.security.outside import link_person

    settings = Settings.from_environment()
    store = open_applied(settings)
    found, named = _find_login(store, login), issuer or _stated_issuer(settings)
    if not named:
        raise click.ClickException("Name the provider: --issuer, or CRM_OIDC_ISSUER, or CRM_SAML_METADATA.")
    if not link_person(store, Arrival(named, subject), found.id):
        raise click.ClickException(
            f"{subject} is somebody here already, or {found.login} has another login at {named}."
        )
    click.echo(f"{found.login} logs in as {subject} of {named}.")


def _stated_issuer(settings: Settings) -> str | None:
    """Under what name the people of the stated provider are known here; None where there is none. Raises ClickException."""
    from app.settings import SettingRefused

    stated = _stated_outside(settings)
    try:
        if stated.oidc is not None or stated.saml is None:
            return None if stated.oidc is None else stated.oidc.issuer
        from app.identity.saml import issuer_name, saml_of

        return issuer_name(saml_of(stated.saml).issuer.name)
    except SettingRefused as refused:
        raise click.ClickException(str(refused)) from refused


def _stated_outside(settings: Settings) -> Outside:
    """What is stated of logins elsewhere, and of passwords. Raises ClickException."""
    from app.identity.stated import read_outside
    from app.settings import SettingRefused

    try:
        return read_outside(settings)
    except SettingRefused as refused:
        raise click.ClickException(str(refused)) from refused


@user.command("unlink")
@click.argument("login", metavar="NAME")
def unlink(login: str) -> None:
    """End a person's logins by providers and directories, with his sessions, API keys, passkeys and group roles."""
    from app.web.security.outside import unlink_person

    store = open_applied(Settings.from_environment())
    found = _find_login(store, login)
    count = unlink_person(store, found.id)
    click.echo(f"{found.login} had {count} logins elsewhere; there are none now.")


def _tell_link(settings: Settings, login: str, token: str) -> None:
    base = settings.base_url or "http://127.0.0.1:8000"
    click.echo(f"{login} chooses a password at {base}/setup/{token} (once, within a day).")


def _find_login(store: Store, login: str) -> Login:
    from app.web.security import people

    found = next((row for row in people.every_login(store) if row.login.lower() == login.lower()), None)
    if found is None:
        raise click.ClickException(f"There is no user {login} (`crm user list` shows all).")
    return found


def open_applied(settings: Settings, *, rotated: bool = True) -> Store:
    """The store of the applied revision. Raises ClickException when there is none (and makes no database then), when the database
    can't be used, and while a former key has sealed something, unless it need not be `rotated`.
    """
    from sqlalchemy.exc import DatabaseError

    from app.cli.address import is_missing, shown_url, unusable
    from app.factory import open_database
    from app.plan import NothingApplied, open_store

    nothing = f"{shown_url(settings)} holds no applied configuration: `crm apply` or `crm serve` first."
    if is_missing(settings):
        raise click.ClickException(nothing)
    engine = open_database(settings)
    try:
        store = open_store(engine)
        if rotated and settings.former_secret_key:
            require_rotated(engine, store.models)
    except NothingApplied as error:
        raise click.ClickException(nothing) from error
    except DatabaseError as error:
        raise unusable(settings, error) from error
    return store


def require_rotated(engine: Engine, models: Models) -> None:
    """Raises ClickException while a former key has sealed something."""
    from app.plan.rotating import FormerlySealed, require_current_key

    try:
        require_current_key(engine, models)
    except FormerlySealed as refused:
        raise click.ClickException(str(refused)) from refused


def find_actor(store: Store, login: str) -> Actor:
    """The active person of that login. Raises ClickException when there is none."""
    from app.access import find_actor_by_login

    with store.system_reading() as connection:
        actor = find_actor_by_login(connection, store.models, login)
    if actor is None:
        raise click.ClickException(f"There is no active user {login} (`crm user list` shows all).")
    return actor


def reasons(store: Store, refused: Refused) -> str:
    """Why the write path refused, in English, a line each."""
    return "\n".join(
        f"{refusal.field}: {text}" if refusal.field else text
        for refusal in refused.refusals
        for text in [refusal.text("en", store.catalog)]
    )


def _check_roles(store: Store, roles: tuple[str, ...]) -> None:
    unknown = [role for role in roles if role not in store.catalog.roles]
    if unknown:
        known = ", ".join(store.catalog.roles)
        raise click.BadParameter(f"no role {', '.join(unknown)}; there are {known}", param_hint="--role")


def _read_password(store: Store, login: str) -> str:
    from app.web.i18n import text_in
    from app.web.security import passwords

    password = sys.stdin.readline().rstrip("\r\n")
    found = passwords.weaknesses(password, login, store.catalog.pack.security.password)
    if found:
        raise click.ClickException(" ".join(text_in("en", each.key, length=each.length) for each in found))
    return password
