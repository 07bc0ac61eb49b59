"""Warnings in a form: each is shown with a box for the reason with which it is confirmed, and saved over again with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from flask import request

from app.frozen import dataclass
from app.insight.labels import labels
from app.record import Refusal, Refused
from app.record.refusal import DUPLICATE_PREFIX, RULE_PREFIX

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

BOX = "confirm:"
"""What the names of the boxes begin with; the code of the warning follows."""


@dataclass(frozen=True)
class Alike:
    """A record that looks like what is to be saved: what it is called, and where it is."""

    name: str
    address: str


@dataclass(frozen=True)
class Warned:
    """A warning: what it says, and the reason that was given so far. `asked`: it is to be confirmed now; others are kept,
    for something else is wrong yet.
    """

    code: str
    text: str
    reason: str = ""
    asked: bool = True
    alike: Sequence[Alike] = ()

    @property
    def name(self) -> str:
        """The name of its box."""
        return BOX + self.code


def reasons(view: EntityDesk) -> dict[str, str]:
    """The reasons that were posted, by code. Only for warnings that the entity or its parts have."""
    known = {code for _, code in _warnings(view)}
    posted = {name.removeprefix(BOX): text for name, text in request.form.items() if name.startswith(BOX)}
    return {code: text for code, text in posted.items() if code in known and text.strip()}


def warned(view: EntityDesk, refused: Refused) -> Sequence[Warned]:
    """The warnings of a refused save, each once, with the reasons that were posted."""
    given = reasons(view)
    found: dict[str, Warned] = {}
    for each in refused.refusals:
        if each.confirmable:
            text = each.text(view.language, view.catalog)
            found.setdefault(each.code, Warned(each.code, text, given.pop(each.code, ""), alike=alike_of(view, each)))
    entities = {code: entity for entity, code in _warnings(view)}
    kept = (
        Warned(code, Refusal(code, entity=entities[code]).text(view.language, view.catalog), reason, asked=False)
        for code, reason in given.items()
    )
    return [*found.values(), *kept]


def alike_of(view: EntityDesk, refusal: Refusal) -> Sequence[Alike]:
    """The records that a refused one looks like, as far as the person may read them: at most one statement."""
    if not refusal.alike:
        return ()
    names = labels(view.session, {refusal.entity: refusal.alike})
    return [Alike(names.get((refusal.entity, each), f"#{each}"), f"/{refusal.entity}/{each}") for each in refusal.alike]


def without_warnings(refused: Refused) -> Refused:
    """What else is wrong."""
    return Refused(tuple(each for each in refused.refusals if not each.confirmable), refused.status)


def _warnings(view: EntityDesk) -> Iterator[tuple[str, str]]:
    """The entity and the code of each warning that a save of the record may raise."""
    parts = view.catalog.parts_of(view.entity_key).values()
    for key in (view.entity_key, *(link.entity for link in parts)):
        entity = view.catalog.entities[key]
        yield from ((key, RULE_PREFIX + each.key) for each in entity.rules.values() if each.severity == "warning")
        yield from ((key, DUPLICATE_PREFIX + each.key) for each in entity.duplicates.values() if each.action == "warn")
