"""Pipelines: ordered stages of an entity, and the moves between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Literal

from app.definition.attributes import attribute, key_attribute
from app.definition.grammars import Duration, Expression
from app.definition.picklist import Color
from app.definition.text import Text
from app.frozen import dataclass

Category = Literal["open", "won", "lost", "done"]
Moves = Literal["forward", "any", "listed"]
SINCE_SUFFIX = "__since"
"""Behind the key of a stage field: the column of the moment at which the record came into its stage."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One position in a pipeline. A text alone is its label."""

    shorthand: ClassVar[str] = "label"
    key: str = key_attribute("stage")
    label: Text = attribute("Label", "What people read.", default=Text())
    category: Category = attribute("Category", "open, won, lost or done.", default="open")
    probability: int | None = attribute(
        "Probability", "Chance to win in percent.", default=None, minimum=0, maximum=100
    )
    target_conversion: int | None = attribute(
        "Target conversion", "Percent that ought to reach the next stage.", default=None, minimum=0, maximum=100
    )
    stale_after: Duration | None = attribute("Stale after", "A record that stays longer is marked.", default=None)
    guide: Text = attribute("Guide", "What to do in this stage.", default=Text())
    required: tuple[str, ...] = attribute(
        "Required", "Fields that a record in this stage must fill.", default=(), names="field"
    )
    read_only: tuple[str, ...] = attribute(
        "Read only", "Fields and parts that can't be changed in this stage.", default=(), names="field_or_part"
    )
    start: bool = attribute(
        "Start", "New records may begin here, as in the first stage they always may.", default=False
    )
    color: Color | None = attribute("Color", "The mark before the label.", default=None)
    retired: bool = attribute("Retired", "Kept by old records, not offered for new ones.", default=False)
    replaced_by: str | None = attribute(
        "Replaced by",
        "The stage of the same pipeline to which records go that are in this retired one.",
        default=None,
        names="stage",
    )
    renamed_from: tuple[str, ...] = attribute(
        "Renamed from",
        "The key that it had before, or a list of all that it had, the last one first.",
        default=(),
        lone=True,
    )

    @property
    def is_closed(self) -> bool:
        """Whether a record here is done with."""
        return self.category != "open"


@dataclass(frozen=True, kw_only=True)
class Transition:
    """Conditions that are added to a move, and leave to make one that `moves` does not give. Without `from` it is about
    every move to `to`.
    """

    key: str = key_attribute("transition")
    label: Text = attribute("Label", "What the button says.", default=Text())
    from_: tuple[str, ...] = attribute("From", "Stages that it leaves.", default=(), lone=True, names="stage")
    to: str = attribute("To", "The stage that it leads to.", names="stage")
    required: tuple[str, ...] = attribute("Required", "Fields that must be filled.", default=(), names="field")
    roles: tuple[str, ...] = attribute("Roles", "Who may make the move; everyone.", default=(), names="role")
    when: Expression | None = attribute("When", "It must hold for the record.", default=None)
    approval: str | None = attribute("Approval", "The approval that it needs.", default=None, names="approval")


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """Ordered stages of an entity. New records start in the first stage. Of several pipelines for one field a record
    follows the first whose `when` holds; the last has none.
    """

    key: str = key_attribute("pipeline")
    label: Text = attribute("Label", "What people read.", default=Text())
    field: str = attribute("Field", "The field of type stage that holds the position.", names="declared")
    when: Expression | None = attribute("When", "The records that follow it.", default=None)
    moves: Moves = attribute(
        "Moves",
        "Where a record may go: forward (any later or closing stage), any, or listed (by a transition only).",
        default="any",
    )
    stages: Mapping[str, Stage] = attribute("Stages", "In their order.")
    transitions: Mapping[str, Transition] = attribute("Transitions", "Conditions of moves.", default={})

    @property
    def needs_approvals(self) -> bool:
        """Whether some of its moves do."""
        return any(each.approval is not None for each in self.transitions.values())

    def transition(self, source: str, to: str) -> Transition | None:
        """The transition that speaks of a move: one that names the stage it leaves before one about every move."""
        leading = [each for each in self.transitions.values() if each.to == to]
        named = next((each for each in leading if source in each.from_), None)
        if named is not None or self.stages[source].is_closed:
            return named
        return next((each for each in leading if not each.from_), None)


def start_stages(line: Pipeline) -> tuple[str, ...]:
    """The stages in which a new record may begin: the first, and those that say so."""
    usable = [key for key, stage in line.stages.items() if not stage.retired]
    return tuple(key for key in usable if key == usable[0] or line.stages[key].start)


def allows_move(line: Pipeline, source: str, to: str) -> bool:
    """Whether a record may go from one stage to another, whatever the transition between them asks. Leaving a closed stage
    needs a transition that names it; so does every move where `moves` is `listed`.
    """
    if line.transition(source, to) is not None:
        return True
    if line.stages[source].is_closed or line.moves == "listed":
        return False
    order = list(line.stages)
    return line.moves == "any" or order.index(to) > order.index(source) or line.stages[to].is_closed


def in_one_order(orders: Iterable[Sequence[str]]) -> list[str]:
    """The names of several orders in one: the first as it is; what only another has, before what follows there."""
    found: list[str] = []
    for order in orders:
        place = len(found)
        for name in reversed(order):
            if name in found:
                place = found.index(name)
            else:
                found.insert(place, name)
    return found
