"""Actions that could never be carried out: what they are to write can't be written, or who they are for is nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.definition import Action, Entity, Field
from app.definition.action import UpdateRelated
from app.definition.duty import lookup_to
from app.definition.entity import ASSIGNABLE_FIELDS
from app.definition.people import Who
from app.definition.values import Value
from app.definition.waiting import tags_field
from app.diagnostics import Diagnostic, diagnostic, did_you_mean, nearest
from app.loading.checks.approvals import no_person
from app.loading.checks.automations import actions_of
from app.loading.checks.subject import Subject
from app.loading.node import Path
from app.loading.wording import named

_CHANGING = frozenset({"set", "tag", "move_stage", "assign", "request_approval", "start_review"})
"""Actions that do something with the record that started them, so that it must be there."""


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every action of automations and service levels."""
    parts: set[Path] = set()
    for home, key, action in actions_of(subject.catalog):
        path, entity = (*home, "actions", action.key), subject.catalog.entities.get(key)
        if entity is None or not subject.has(*path) or subject.is_unknown("entities", key):
            continue
        if entity.is_part:
            if home[:2] not in parts:
                parts.add(home[:2])
                message = f"{named(home[:2])} is about {key}, which is a part: what happens to it happens to its whole"
                yield _wrong(subject, (*home[:2], "entity"), message)
            continue
        yield from _Action(subject, entity, action, path).problems()


def _wrong(subject: Subject, path: Path, message: str, hint: str | None = None) -> Diagnostic:
    return diagnostic("CFG486", message, subject.place(*path), path=path, hint=hint)


class _Action:
    """Checks one action. `entity` is that of the record that starts it."""

    def __init__(self, subject: Subject, entity: Entity, action: Action, path: Path) -> None:
        self.subject, self.entity, self.action, self.path = subject, entity, action, path

    def problems(self) -> Iterator[Diagnostic]:
        """What keeps it from being carried out, whatever the record."""
        action, name = self.action, self.action.name
        yield from self._after_deletion(name)
        if action.tag is not None and tags_field(self.entity) is None and not self._lost(self.entity):
            yield self._wrong((name,), f"{self.entity.key} has no field of type tags")
        if action.set:
            yield from self._values(self.entity, action.set, (name,))
        if action.create is not None:
            yield from self._made(action.create.entity, action.create.values)
        if action.update_related is not None:
            yield from self._related(action.update_related)
        for to in (action.assign.to if action.assign else (), action.notify.to if action.notify else ()):
            yield from self._people(to, (name, "to"))
        yield from self._of_the_same_entity(name)

    def _after_deletion(self, name: str) -> Iterator[Diagnostic]:
        automation = self.subject.catalog.automations.get(self.path[1]) if self.path[0] == "automations" else None
        if automation is not None and automation.trigger.event == "delete" and name in _CHANGING:
            yield self._wrong((name,), f"`{name}` has nothing to work on: the record is deleted")

    def _values(self, entity: Entity, values: Mapping[str, Value], way: Path) -> Iterator[Diagnostic]:
        for key, value in values.items():
            a_field = entity.every_field.get(key)
            if a_field is None or self.subject.is_unknown("entities", entity.key, "fields", key):
                continue
            why = _why_not_written(a_field)
            if why is not None:
                yield self._wrong((*way, key), f"'{key}' of {entity.key} can't be set: {why}")
            elif value.formula is None and a_field.holds in {"option", "options"}:
                yield from self._options(entity, a_field, value.literal, (*way, key))

    def _options(self, entity: Entity, a_field: Field, literal: object, way: Path) -> Iterator[Diagnostic]:
        known = self.subject.catalog.choices(entity.key, a_field.key)
        options = ("picklists", str(a_field.options)) if isinstance(a_field.options, str) else ("entities", entity.key)
        if self._lost_below(options) or not self.subject.catalog.knows_choices(entity.key, a_field.key):
            return
        for each in literal if isinstance(literal, list | tuple) else (literal,):
            if each not in (None, "") and str(each) not in known:
                code, what = ("CFG310", "stage") if a_field.type == "stage" else ("CFG306", "option")
                message = f"{entity.key}.{a_field.key} has no {what} '{each}'"
                hint, path = did_you_mean(nearest(str(each), known)), (*self.path, *way)
                yield diagnostic(code, message, self.subject.place(*path), path=path, hint=hint)

    def _made(self, made: str, values: Mapping[str, Value]) -> Iterator[Diagnostic]:
        target = self.subject.catalog.entities.get(made)
        if target is None or self._lost(target):
            return
        if target.is_part:
            message = f"{made} is a part: it is made with its whole"
            yield self._wrong(("create", "entity"), message)
            return
        yield from self._values(target, values, ("create", "values"))
        if any(key not in target.every_field for key in values):
            return  # misspelt, perhaps
        link = lookup_to(target, self.entity.key, values)
        given = {*values, *((link,) if link is not None else ())}
        given.update(own for key in given & target.fields.keys() for own in target.fields[key].fills)
        for each in target.fields.values():
            if each.required and each.key not in given and not _is_given(each):
                hint = None
                if each.target == self.entity.key:
                    hint = f"several lookups of {made} lead to {self.entity.key}: state the others in `values`"
                yield self._wrong(("create",), f"'{each.key}' of {made} is required and gets no value", hint)

    def _related(self, said: UpdateRelated) -> Iterator[Diagnostic]:
        target = self.subject.catalog.related(self.entity.key, said.related)
        related = self.subject.catalog.entities.get(target or "")
        if related is not None and related.is_part:
            yield self._wrong(("update_related", "related"), f"{target} is a part: it changes with its whole")
        elif related is not None:
            yield from self._values(related, said.values, ("update_related", "values"))

    def _people(self, whos: tuple[Who, ...], way: Path) -> Iterator[Diagnostic]:
        for who in whos:
            wrong = no_person(self.subject, self.entity, who.path) if who.path is not None else None
            if wrong is not None:
                yield self._wrong(way, f"'{who.path}' leads to {wrong}, not to a person")
            yield from self._people((*who.map.values(), *((who.otherwise,) if who.otherwise is not None else ())), way)

    def _of_the_same_entity(self, name: str) -> Iterator[Diagnostic]:
        """What is started for the record is about records of its entity."""
        catalog, action = self.subject.catalog, self.action
        approval = catalog.approvals.get(action.request_approval.approval) if action.request_approval else None
        review = catalog.reviews.get(action.start_review.review) if action.start_review else None
        form = catalog.forms.get(action.send_form.form) if action.send_form else None
        for found, what in ((approval, "approval"), (review, "review"), (form, "form")):
            if found is not None and found.entity != self.entity.key and found.entity in catalog.entities:
                message = f"the {what} '{found.key}' is of {found.entity}, not of {self.entity.key}"
                yield self._wrong((name, what), message)

    def _lost(self, entity: Entity) -> bool:
        """Whether something of an entity was cut out, which may be what seems to be missing."""
        return self._lost_below(("entities", entity.key))

    def _lost_below(self, home: Path) -> bool:
        return self.subject.is_unknown(*home) or any(each[: len(home)] == home for each in self.subject.cut)

    def _wrong(self, way: Path, message: str, hint: str | None = None) -> Diagnostic:
        return _wrong(self.subject, (*self.path, *way), message, hint)


def _why_not_written(a_field: Field) -> str | None:
    if a_field.is_computed:
        return "it is computed"
    if a_field.type == "sequence":
        return "its number is given when a record is made"
    if a_field.system and a_field.key not in ASSIGNABLE_FIELDS:
        return "the system keeps it"
    return None


def _is_given(a_field: Field) -> bool:
    """Whether a new record has a value for it, although nobody said one."""
    has_default = a_field.default is not None or a_field.default_formula is not None
    return has_default or a_field.is_computed or a_field.type in {"sequence", "boolean", "stage"}
