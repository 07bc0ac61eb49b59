"""`crm doctor`: is everything as it must be? Changes nothing, unless it is asked to clear away."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from app.settings import Settings

if TYPE_CHECKING:
    from app.orm.store import Store

_MOST = 10
_SAMPLE = 1_000  # records of each entity whose computed fields are compared
_WAITS_LONG = dt.timedelta(days=1)  # longer than the longest pause between two attempts


@click.command()
@click.option("--mend", is_flag=True, help="Clear away files that no record has taken within a day.")
@click.option("--all", "every", is_flag=True, help="Compare the computed fields of all records, not of a sample.")
def doctor(*, mend: bool, every: bool) -> None:
    """Check the database, the catalog, people, search rows, computed fields, outbox, jobs and files. Exit 1 when something is
    wrong.
    """
    from app.cli.people import open_applied

    settings = Settings.from_environment()
    store = open_applied(settings, rotated=False)
    wrong = False
    checks: dict[str, Callable[[Store], list[str]]] = {**CHECKS, "computed": partial(check_computed, every=every)}
    for name, check in checks.items():
        if name == "computed" and wrong:  # first things first
            continue
        found = check(store)
        wrong = wrong or bool(found)
        click.echo(f"{name:<10} {'ok' if not found else f'{len(found)} wrong'}")
        for line in found[:_MOST]:
            click.echo(f"  {line}")
    found = check_contents(store, settings)
    wrong = wrong or bool(found)
    click.echo(f"{'files':<10} {'ok' if not found else f'{len(found)} wrong'}")
    for line in [*found[:_MOST], *clear_away(store, settings, mend=mend)]:
        click.echo(f"  {line}")
    if settings.outside:
        found = check_logins(store, settings)
        wrong = wrong or bool(found)
        click.echo(f"{'logins':<10} {'ok' if not found else f'{len(found)} wrong'}")
        for line in found[:_MOST]:
            click.echo(f"  {line}")
    told, well = told_of_backups(store, settings)
    click.echo(f"{'backups':<10} {told}")
    click.echo(f"{'tombstones':<10} {told_of_tombstones(store)}")
    sys.exit(1 if wrong or not well else 0)


def told_of_backups(store: Store, settings: Settings) -> tuple[str, bool]:
    """How old the newest is, when one was last found restorable, and what is wrong; whether nothing is. Age is no damage."""
    from app.backup import standing
    from app.orm.types import now

    found = standing(settings, store, now())
    return (found.text.removeprefix("backup: "), found.well) if found is not None else ("none planned", True)


def told_of_tombstones(store: Store) -> str:
    """How many there are, and which may be purged by now. They are no damage."""
    from app.orm.types import now
    from app.plan.tombstone import every_tombstone

    found, today = every_tombstone(store.engine), now().date()
    due = sorted({each.name for each in found if each.kept_until <= today})
    shown = f"; may be purged (`crm purge NAME`): {', '.join(due[:_MOST])}{' …' if due[_MOST:] else ''}" if due else ""
    return f"{len(found)} kept{shown}" if found else "none"


def check_logins(store: Store, settings: Settings) -> list[str]:
    """What is stated of the provider of logins can be used, it answers, and who may still use a password has one."""
    from app.identity import directory
    from app.identity.arrival import NotArrived
    from app.orm.types import now
    from app.settings import SettingRefused
    from app.web.security import outside, people

    try:
        doors = outside.open_doors(settings)
    except SettingRefused as refused:
        return [str(refused)]
    found = []
    if doors.oidc is not None:
        try:
            doors.oidc.check()
        except NotArrived as error:
            found.append(f"{doors.oidc.settings.issuer} can't be used: {error.detail}")
    if doors.ldap is not None:
        try:
            directory.check(doors.ldap)
        except NotArrived as error:
            found.append(f"the directory at {doors.ldap.place.host} can't be used: {error.detail}")
    if doors.saml is not None:
        found += doors.saml.problems(now())
    if (doors.oidc or doors.saml or doors.ldap) is not None and not any(
        role.groups for role in store.catalog.roles.values()
    ):
        found.append("no role has groups: whoever comes has the roles that he was given by hand")
    usable = {each.login.lower() for each in people.every_login(store) if each.active and each.has_password}
    missing = sorted(doors.passwords.logins - usable)
    return [*found, *(f"CRM_PASSWORD_LOGIN names {each}, who has no password or is not active" for each in missing)]


def check_contents(store: Store, settings: Settings) -> list[str]:
    """Every file has its content, unaltered, and every file of a record is its own."""
    from app.files import FolderContents
    from app.files.upkeep import check_files

    return check_files(store, FolderContents(settings.files_dir))


def clear_away(store: Store, settings: Settings, *, mend: bool) -> list[str]:
    """What belongs to nothing: told, and with `mend` removed."""
    from app.files import FolderContents
    from app.files.upkeep import collect, find_orphans
    from app.orm.types import now

    orphans = (collect if mend else find_orphans)(store, FolderContents(settings.files_dir), now())
    files, contents = len(orphans.files), len(orphans.contents)
    if not files and not contents:
        return []
    done = "cleared away" if mend else "to clear away (--mend)"
    return [f"{files} files that no record has and {contents} contents that no file has: {done}"]


def check_storage(store: Store) -> list[str]:
    """The database's own opinion of itself."""
    from app.orm.integrity import broken_storage

    return broken_storage(store.engine)


def check_schema(store: Store) -> list[str]:
    """Tables, columns and indexes against the applied catalog; the framework's tables against the program."""
    from app.plan import migrate
    from app.plan.drift import compare_schema

    with store.system_reading() as connection:
        present = migrate.version(connection)
    found = (
        [] if present == migrate.head() else [f"framework tables are at {present}, the program needs {migrate.head()}"]
    )
    return [*found, *(str(each) for each in compare_schema(store.engine, store.models) if each.state != "foreign")]


def check_people(store: Store) -> list[str]:
    """Every login is a person and every person has a login, both active or neither; roles exist."""
    import sqlalchemy as sa

    from app.web.security import people

    logins = {row.id: row for row in people.every_login(store)}
    person = store.models.tables["user"].c
    with store.system_reading() as connection:
        rows = connection.execute(sa.select(person.id, person.login, person.active, person.deleted_at)).all()
    persons = {row.id: row for row in rows}
    found = [f"login {logins[each].login} (id {each}) is no person" for each in logins.keys() - persons.keys()]
    found += [f"person {persons[each].login} (id {each}) has no login" for each in persons.keys() - logins.keys()]
    for each in sorted(persons.keys() & logins.keys()):
        active = bool(persons[each].active) and persons[each].deleted_at is None
        if active != logins[each].active:
            found.append(f"person {persons[each].login} and the login disagree on whether it is active")
        if persons[each].login != logins[each].login:
            found.append(f"person {persons[each].login} logs in as {logins[each].login}")
        unknown = [role for role in logins[each].roles if role not in store.catalog.roles]
        found += [
            f"{logins[each].login} has the role {role}, which the configuration does not know" for role in unknown
        ]
    return found


def check_search(store: Store) -> list[str]:
    """Search rows belong to records that exist and are not deleted."""
    import sqlalchemy as sa

    from app.orm.framework import search_row

    found: list[str] = []
    with store.system_reading() as connection:
        known = set(connection.execute(sa.select(search_row.c.entity).distinct()).scalars())
        found += [f"search rows of the unknown entity {each}" for each in sorted(known - set(store.models.tables))]
        for entity in sorted(known & set(store.models.tables)):
            table = store.models.tables[entity]
            alive = sa.exists().where(table.c.id == search_row.c.record, table.c.deleted_at.is_(None))
            lost = sa.select(sa.func.count()).select_from(search_row).where(search_row.c.entity == entity, ~alive)
            count = connection.execute(lost).scalar_one()
            if count:
                found.append(f"{count} search rows of {entity} without a record")
    return found


def check_sealed(store: Store) -> list[str]:
    """Every value that is kept encrypted opens in its own row."""
    from app.plan.rotating import try_values

    with store.system_reading() as connection:
        found = try_values(connection, store.models)
    shut = [
        f"the secret {name} of this database does not open (CRM_SECRET_KEY is another one): mails of automations wait"
        for name in found.shut
    ]
    return shut + [
        f"{len(ids)} values of {place} do not open (CRM_SECRET_KEY is another one, or they were altered): ids "
        + ", ".join(map(str, ids[:_MOST]))
        for place, ids in found.lost.items()
    ]


def check_stale(store: Store) -> list[str]:
    """No record waits for its computed fields to be worked out."""
    import sqlalchemy as sa

    from app.orm.framework import stale

    query = sa.select(stale.c.entity, sa.func.count(), sa.func.min(stale.c.since)).group_by(stale.c.entity)
    with store.system_reading() as connection:
        found = connection.execute(query.order_by(stale.c.entity)).all()
    return [
        f"{count} records of {entity} wait to be recalculated since {since:%Y-%m-%d %H:%M} (`crm recompute --stale`)"
        for entity, count, since in found
    ]


def check_outbox(store: Store) -> list[str]:
    """No event was given up, and none waits for somebody who acts upon it."""
    import sqlalchemy as sa

    from app.orm.framework import outbox
    from app.orm.types import now

    c = outbox.c
    given_up = sa.select(c.id, c.kind, c.entity, c.failed).where(c.failed.is_not(None)).order_by(c.id)
    late = sa.and_(c.done_at.is_(None), c.at < now() - _WAITS_LONG)
    with store.system_reading() as connection:
        rows = connection.execute(given_up).all()
        count, since = connection.execute(sa.select(sa.func.count(), sa.func.min(c.at)).where(late)).one()
    found = [f"event {row.id} ({row.kind} {row.entity}) was given up: {row.failed}" for row in rows]
    if count:
        found.append(f"{count} events wait since {since:%Y-%m-%d %H:%M}: nobody acts upon them (`crm jobs run`)")
    return found


def check_jobs(store: Store) -> list[str]:
    """The last run of each job ended well, or is at work."""
    from app.automation.jobs import jobs_of
    from app.automation.runs import carried_out, last_runs
    from app.orm.types import now

    runs, at_work = last_runs(store), carried_out(store, now())
    found = []
    for name in jobs_of(store.catalog):
        last = runs.get(name)
        if last is not None and last.state == "failed":
            found.append(f"{name} of {last.due:%Y-%m-%d %H:%M} failed: {last.result.in_language('en')}")
        elif last is not None and last.state == "running" and name not in at_work:
            found.append(f"{name} of {last.due:%Y-%m-%d %H:%M} was cut off: `crm jobs run` takes it up again")
    return found


def check_computed(store: Store, *, every: bool = False) -> list[str]:
    """Stored values of computed fields are what their formulas give."""
    from app.record.recompute import computed_places, find_drift

    drift = find_drift(store, computed_places(store.catalog), None if every else _SAMPLE)
    return [
        f"{each.entity}.{each.field} of {len(each.ids)} records is not what it follows from: ids {_some(each.ids)} "
        f"(`crm recompute {each.entity}.{each.field}`)"
        for each in drift
    ]


def _some(ids: Sequence[int]) -> str:
    return ", ".join(map(str, ids[:_MOST])) + (" …" if len(ids) > _MOST else "")


CHECKS: Mapping[str, Callable[[Store], list[str]]] = {
    "storage": check_storage,
    "schema": check_schema,
    "people": check_people,
    "search": check_search,
    "sealed": check_sealed,
    "stale": check_stale,
    "computed": check_computed,
    "outbox": check_outbox,
    "jobs": check_jobs,
}
