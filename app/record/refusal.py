"""What the write path answers: saved, or refused with every reason at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Literal

from app.definition import Catalog, Duplicate, Rule
from app.definition.files import kinds_in
from app.extension import of_pack
from app.frozen import dataclass
from app.record.messages import message

Status = Literal["invalid", "denied", "not_found", "conflict"]
RULE_PREFIX = "rule."
DUPLICATE_PREFIX = "duplicate."
APPROVAL_PREFIX = "approval."  # of what the audit tells of one
Door = str  # form, api, inline, bulk, import, seed, command, bin


@dataclass(frozen=True)
class Refusal:
    """One reason why nothing was saved.

    `field` is None where the record as a whole is meant. `index` is the place of the record in the batch, `record` its id
    where it has one. `params` fill the message; `variant` chooses among several wordings of one code. `inside` is the
    place of a part: `lines.2`; then `field` and `entity` are those of the part.
    """

    code: str
    field: str | None = None
    params: Mapping[str, object] = dataclasses.field(default_factory=dict)
    index: int = 0
    record: int | None = None
    entity: str = ""
    variant: str = ""
    inside: str = ""
    confirmable: bool = False  # a warning: the same save with a reason for its code is not refused for it

    @property
    def alike(self) -> tuple[int, ...]:
        """Ids of records that this one looks like, as far as the actor may read them."""
        found = self.params.get("alike", ())
        return found if isinstance(found, tuple) else ()

    @property
    def path(self) -> str | None:
        """The field as it was sent: `name`, or in a part `lines.2.quantity`; None for the record as a whole."""
        if not self.inside:
            return self.field
        return self.inside if self.field is None else f"{self.inside}.{self.field}"

    def text(self, language: str, catalog: Catalog) -> str:
        """The message for a person."""
        own = self._own_text(language, catalog)
        named = self.code.startswith((RULE_PREFIX, DUPLICATE_PREFIX))
        code = self.code.partition(".")[0] if named else self.code
        return own or message(code, self.variant, language, self._words(language, catalog))

    def _own_text(self, language: str, catalog: Catalog) -> str:
        """The text that the configuration gives for a key that is taken, or an extension for its format."""
        rule = self._rule(catalog)
        if rule is not None:
            return rule.message.in_language(language)
        if self.variant == "registered":
            form = of_pack(catalog.pack).formats.get(str(self.params.get("format")))
            return form.message.in_language(language) if form is not None else ""
        entity = catalog.entities.get(self.entity)
        key = entity.keys.get(str(self.params.get("key"))) if entity else None
        return key.message.in_language(language) if key else ""

    def _rule(self, catalog: Catalog) -> Rule | Duplicate | None:
        """The rule, for values or for duplicates, that the code names."""
        entity = catalog.entities.get(self.entity)
        if entity is None:
            return None
        if self.code.startswith(DUPLICATE_PREFIX):
            return entity.duplicates.get(self.code.removeprefix(DUPLICATE_PREFIX))
        return entity.rules.get(self.code.removeprefix(RULE_PREFIX)) if self.code.startswith(RULE_PREFIX) else None

    def _words(self, language: str, catalog: Catalog) -> dict[str, object]:
        entity = catalog.entities.get(self.entity)
        words: dict[str, object] = {"label": self.field or "", **self.params}
        if entity is not None:
            words["entity"] = entity.label.in_language(language)
            known = entity.every_field.get(self.field or "")
            if (
                known is not None and self.variant != "unknown"
            ):  # a hidden field is not named in other words than posted
                words["label"] = known.label.in_language(language)
            above = entity.every_field.get(str(self.params.get("above")))
            if above is not None:
                words["above"] = above.label.in_language(language)
        for name in ("stage_from", "stage_to", "value"):
            stage = catalog.choices(self.entity, self.field or "").get(str(self.params.get(name)))
            if stage is not None:
                words[name] = stage.label.in_language(language) or stage.key
        if "move" in self.params and entity is not None:
            line, _, move = str(self.params["move"]).partition(".")
            transition = entity.pipelines[line].transitions[move]
            words["move"] = transition.label.in_language(language) or words["stage_to"]
        link = catalog.parts_of(self.entity).get(self.field or "")
        if link is not None:
            part = catalog.entities[link.entity]
            words["label"] = part.plural.in_language(language) or part.label.in_language(language)
        if "kinds" in self.params:
            words["kinds"] = kinds_in(language, self.params["kinds"])  # type: ignore[arg-type]
        for name in ("target", "by_entity"):
            other = catalog.entities.get(str(self.params.get(name)))
            if other is not None:
                words[name] = other.label.in_language(language)
        return words


@dataclass(frozen=True)
class Refused:
    """Nothing was saved. `status` is the gravest kind among the refusals."""

    refusals: tuple[Refusal, ...]
    status: Status = "invalid"

    @property
    def confirmable(self) -> bool:
        """Whether all of it are warnings: the same with a reason for each is saved."""
        return all(each.confirmable for each in self.refusals)


@dataclass(frozen=True)
class Saved:
    """All was saved. `ids` and `versions` in the order of the batch; `out_of_sight`: saved, but no longer readable by the
    actor, because he gave the record away.
    """

    ids: tuple[int, ...]
    versions: tuple[int, ...]
    out_of_sight: tuple[int, ...] = ()


@dataclass(frozen=True)
class Overruling:
    """A value that counts instead of the computed one, and why."""

    value: object
    reason: object


@dataclass(frozen=True)
class New:
    """Values of a new record with what is confirmed, as in `Change`."""

    values: Mapping[str, object]
    confirm: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """New values for some fields of one record. `version` is the one that was read; None: not compared.

    `overrule` holds what counts instead of computed values from now on; None: the computed one counts again. `confirm` holds
    a reason for each code of a warning that is confirmed: `{"rule.big_discount": "a good customer"}`.
    """

    id: int
    values: Mapping[str, object]
    version: int | None = None
    overrule: Mapping[str, Overruling | None] = dataclasses.field(default_factory=dict)
    confirm: Mapping[str, str] = dataclasses.field(default_factory=dict)
