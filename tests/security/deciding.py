"""What `crm explain` says of a verb on a record, which is what the page of roles says too, beside what the oracle says."""

from __future__ import annotations

from collections.abc import Iterator

from app.access import Actor, actor_of_user
from app.access.explain import explain
from tests.security.company import ENTITIES, POSITIONS
from tests.security.doors import Cell
from tests.security.matrix import position_of
from tests.security.site import Site

VERBS = ("create", "read", "update", "delete", "restore", "export", "assign", "transition")


def actor_of(site: Site, asker: str) -> Actor:
    """The person as the program knows him."""
    with site.store.system_reading() as connection:
        found = actor_of_user(connection, site.store.models, site.company.people[asker])
    assert found is not None
    return found


def decisions(site: Site, asker: str) -> Iterator[tuple[str, Cell]]:
    """The cells of one person."""
    for entity in ENTITIES:
        for position in POSITIONS:
            for verb in VERBS:
                yield verb, Cell(site, asker, entity, site.thing(entity, position, asker))


def judge_decision(actor: Actor, verb: str, cell: Cell) -> list[str]:
    """What is wrong with what is explained."""
    site, person = cell.site, cell.site.people[cell.asker]
    if verb == "create":
        expected = site.oracle.allowed(person, "create", cell.entity) == "yes"
    else:
        expected = site.oracle.covers(person, verb, cell.entity, cell.id)
    head, *rest = explain(site.store, actor, verb, cell.entity, cell.id)  # type: ignore[arg-type]
    place = f"explain {cell.asker} {verb} {cell.entity} {position_of(cell)}"
    if head.text.startswith("allowed") != expected:
        return [f"{place}: {head.text}"]
    if expected and not any(line.origin or "exception" in line.text for line in rest):
        return [f"{place}: names no line"]
    return []
