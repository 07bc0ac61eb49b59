"""`crm user`: people from the command line, through the write path."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from app.settings import Settings

if TYPE_CHECKING:
    from app.access import Actor
    from app.orm.store import Store
    from app.record import Refused


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
    """Add a person. Without --password-stdin a one-time link is printed with which the password is chosen."""
    from app.access import system_actor
    from app.record import Refused
    from app.web.context import now
    from app.web.security import links, people

    settings = Settings.from_environment()
    store = open_applied(settings)
    _check_roles(store, roles)
    password = _read_password(store, login) if password_stdin else None
    person = people.NewPerson(login, full_name or login, email, roles)
    made = people.add_person(store, system_actor("system:command"), person, door="command")
    if isinstance(made, Refused):
        raise click.ClickException(reasons(store, made))
    if password is not None:
        people.change_password(store, system_actor("system:command"), made, password)
        click.echo(f"{login} may log in.")
        return
    token = links.make_link(store, made, now())
    base = settings.base_url or "http://127.0.0.1:8000"
    click.echo(f"{login} chooses a password at {base}/setup/{token} (once, within a day).")


@user.command("list")
def list_people() -> None:
    """Logins, activity and roles."""
    from app.web.security import people

    rows = people.every_login(open_applied(Settings.from_environment()))
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
    found = next((row for row in people.every_login(store) if row.login.lower() == login.lower()), None)
    if found is None:
        raise click.ClickException(f"There is no user {login} (`crm user list` shows all).")
    actor = system_actor("system:command")
    saved = update(store, actor, "user", [Change(found.id, {"active": False})], door="command")
    if isinstance(saved, Refused):
        raise click.ClickException(reasons(store, saved))
    people.end_sessions(store, found.id)
    click.echo(f"{found.login} is disabled.")


def open_applied(settings: Settings) -> Store:
    """The store of the applied revision. Raises ClickException when there is none."""
    from sqlalchemy.exc import OperationalError

    from app.factory import open_database
    from app.plan import NothingApplied, open_store

    engine = open_database(settings)
    try:
        return open_store(engine)
    except (NothingApplied, OperationalError) as error:
        url = engine.url.render_as_string(hide_password=True)
        raise click.ClickException(
            f"{url} holds no applied configuration: `crm apply` or `crm serve` first."
        ) from error


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
