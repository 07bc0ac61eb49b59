"""From one catalog to the next as steps. Pure: what the data says to the steps is added by `check`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from app.definition import Catalog, Menu, Pack
from app.orm.models import Models, build_tables
from app.plan.compare_choices import picklist_steps
from app.plan.compare_currencies import block_of_setting
from app.plan.compare_entities import entity_steps
from app.plan.compare_roles import role_steps
from app.plan.compare_schema import schema_steps, search_steps
from app.plan.compare_things import thing_steps
from app.plan.pair import Pair, change_of, changed_settings, is_same
from app.plan.restoring import Back
from app.plan.retype import names_after
from app.plan.schema import schema_change
from app.plan.step import Kind, Step

NOTHING = Catalog(pack=Pack(), entities={}, picklists={}, roles={}, menu=Menu())


def compare(before: Catalog | None, after: Catalog, names: Mapping[str, str] | None = None) -> tuple[Step, ...]:
    """The steps from `before` (None: an empty database) to `after`; none when both are the same configuration."""
    if before is not None and before.hash and before.hash == after.hash:
        return ()
    old = build_tables(before, names) if before else None
    names = names_after(old.catalog, after, old.names, 0) if old else None
    return compare_models(old, build_tables(after, names))


def compare_models(
    old: Models | None, new: Models, back: Back | None = None, renames: Iterable[Step] = ()
) -> tuple[Step, ...]:
    """As `compare`, for catalogs whose models exist already; those of `old` have what comes `back`, and call what has another
    name, for which there are the steps `renames`, by that.
    """
    pair = Pair(old.catalog if old else NOTHING, new.catalog, back.keys if back else frozenset())
    steps = [
        *renames,
        *entity_steps(pair),
        *schema_steps(pair, schema_change(old, new, back.parts if back else frozenset()), new),
        *picklist_steps(pair),
        *role_steps(pair),
        *search_steps(pair),
        *thing_steps(pair),
        *_menu_steps(pair),
        *_pack_steps(pair),
    ]
    if not steps and pair.before.hash != pair.after.hash:
        steps.append(
            pair.step(Kind.TEXT, pair.after.pack.key or "pack", "pack", detail="no effect on tables or screens")
        )
    return tuple(steps)


def _menu_steps(pair: Pair) -> Iterator[Step]:
    if not is_same(pair.before.menu, pair.after.menu):
        yield pair.step(Kind.MENU, "menu", "menu", "groups")


def _pack_steps(pair: Pair) -> Iterator[Step]:
    was, now = pair.before.pack, pair.after.pack
    for path, old, new in changed_settings(was, now, leave_out=("key", "extends", "remove")):
        yield pair.step(
            Kind.SETTINGS,
            ".".join(path),
            "pack",
            *path,
            detail=change_of(old, new),
            blocks=block_of_setting(pair, path),
        )
