"""Two people changed the same record: who did, and for each field that both touched the two values to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from app.definition.composite import Html, of_wire
from app.frozen import dataclass
from app.insight import Row
from app.record import Refused
from app.web.languages import LANGUAGE_NAMES
from app.web.pages import composed, listed
from app.web.pages.histories import value_of
from app.web.pages.inputs import Typed
from app.web.pages.slots import field_of

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk


class Choice(NamedTuple):
    """One field with what others have saved and what this person typed; each as posted and as shown, and of a list the
    names behind its ids.
    """

    name: str
    label: str
    theirs: str
    theirs_shown: str
    yours: str
    yours_shown: str
    theirs_names: str = ""
    yours_names: str = ""


@dataclass(frozen=True)
class Conflict:
    """Who saved meanwhile, the fields to choose for, and the labels of those that only they changed."""

    who: str
    rows: tuple[Choice, ...]


def build(
    view: EntityDesk, refused: Refused, fresh: Row, mine: Mapping[str, Typed], stored: Mapping[str, Typed]
) -> Conflict:
    """What the form shows of a conflict. A masked field is not compared: its value is not told."""
    changed: set[str] = set()
    people: list[str] = []
    for refusal in refused.refusals:
        fields = refusal.params.get("fields", ())
        changed.update(map(str, fields if isinstance(fields, tuple | list) else ()))
        people.append(str(refusal.params.get("by") or ""))
    masks = view.rights(view.entity_key).masks
    rows = tuple(
        _choice(view, key, fresh, mine[key], stored[key])
        for key in mine
        if field_of(key) in changed and field_of(key) not in masks and mine[key].value != stored[key].value
    )
    who = ", ".join(dict.fromkeys(filter(None, people))) or view.t("record.somebody")
    return Conflict(who, rows)


def _choice(view: EntityDesk, slot: str, fresh: Row, mine: Typed, stored: Typed) -> Choice:
    key, _, language = slot.partition(":")
    label = view.label(view.entity_key, key)
    if language:
        label = f"{label} ({LANGUAGE_NAMES.get(language, language)})"
        return Choice(slot, label, stored.value, stored.value or "—", mine.value, mine.value or "—")
    theirs_shown = view.painter(view.entity_key, key)(fresh.values.get(key)).text
    field = view.entity.every_field[key]
    if field.is_list:
        words = listed.words(mine.value, mine.shown, view.catalog.choices(view.entity_key, key), view.language)
        return Choice(key, label, stored.value, theirs_shown, mine.value, words or "—", stored.shown, mine.shown)
    yours_shown = mine.shown or _in_words(view, key, mine.value)
    return Choice(key, label, stored.value, theirs_shown, mine.value, yours_shown or "—")


def _in_words(view: EntityDesk, key: str, value: str) -> str:
    choice = view.catalog.choices(view.entity_key, key).get(value)
    if choice is not None:
        return choice.label.in_language(view.language) or value
    field = view.entity.every_field[key]
    if field.type == "boolean":
        return view.t("cell.yes" if value == "true" else "cell.no")
    if field.type in composed.PARTS:
        whole = of_wire(field.type, composed.split(value))
        return view.painter(view.entity_key, key)(whole).text if whole is not None else value
    if field.type == "rich_text":
        return Html(value).plain
    if field.holds in {"decimal", "date"}:  # written as theirs is, where it is one at all
        parsed = value_of(field, value.replace(",", ""), {})
        return view.painter(view.entity_key, key)(parsed).text if value and parsed is not None else value
    return value
