"""What is known of a stage beyond its key. All of it is put together of other parts of the language, so that every engine
that knows those knows it: `stage.days` is `days_between(stage.since, today())`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from app.definition import Catalog, Entity, Field, Stage
from app.definition.grammars import Length, parse_duration
from app.definition.pipeline import SINCE_SUFFIX, Pipeline
from app.expression.node import FALSE, Node
from app.expression.problem import BadExpression, Problem
from app.expression.python import Evaluate, compile_node
from app.expression.types import BOOL, DATE, DATETIME, Type, number, type_of_field
from app.frozen import dataclass

CATEGORIES = ("open", "won", "lost", "done")
STAGE_FACTS = ("category", "probability", "since", "days", "is_stale", "pipeline")
AGEING_UNITS = ("hours", "days", "weeks", "months", "years")
"""In what `stale_after` may count; of working time in days alone."""

ReadCondition = Callable[[Catalog, Entity, str], Node]
"""The tree of a condition about records of an entity. Raises BadExpression."""
_NOW = Node("call", DATETIME.maybe(blank=False), (), "now")
_TODAY = Node("call", DATE.maybe(blank=False), (), "today")


@dataclass(frozen=True)
class StageFacts:
    """A stage field that an expression names: `key` is how its row calls it (`opportunity.stage`), `op` field or old."""

    catalog: Catalog
    entity: Entity
    field: Field
    key: str
    op: str
    most_hops: int
    span: tuple[int, int]
    read: ReadCondition | None

    def fact(self, word: str) -> Node:
        """One of STAGE_FACTS. Raises BadExpression where the pipeline can't be asked for."""
        start, end = self.span
        match word:
            case "category":
                found = self._category()
            case "probability":
                pairs = tuple((name, each.probability) for name, each in self._stages.items())
                found = Node("map", number(3, 0, blank=True), (self._stage,), pairs)
            case "since":
                found = self._since
            case "days":
                found = Node("call", number(8, 0, blank=True), (self._since, _TODAY), "days_between")
            case "is_stale":
                found = self._is_stale()
            case _:
                found = self._pipeline()
        return replace(found, start=start, end=end)

    @property
    def _stages(self) -> Mapping[str, Stage]:
        options = self.catalog.choices(self.entity.key, self.field.key)
        return {name: each for name, each in options.items() if isinstance(each, Stage)}

    @property
    def _stage(self) -> Node:
        return Node(self.op, type_of_field(self.catalog, self.entity.key, self.field), (), self.key, *self.span)

    @property
    def _since(self) -> Node:
        return Node(self.op, DATETIME, (), self.key + SINCE_SUFFIX, *self.span)

    def _category(self) -> Node:
        pairs = tuple((name, str(each.category)) for name, each in self._stages.items())
        return Node("map", Type("choice", options=CATEGORIES), (self._stage,), pairs)

    def _is_stale(self) -> Node:
        """Whether the record is in its stage for longer than that may take, in the pipeline that it follows."""
        limits = [_limits(line) for line in self._lines]
        together = {stage: length for each in limits for stage, length in each.items()}
        same = all(each.get(stage) == together.get(stage) for each in limits for stage in each)
        if same:  # whichever pipeline it follows
            return self._tests({stage: length for stage, length in together.items() if length is not None})
        tests = [self._tests({key: each for key, each in some.items() if each is not None}) for some in limits]
        return self._chosen(BOOL, tests)

    def _tests(self, limits: Mapping[str, Length]) -> Node:
        """Of the stages with one limit: that the record is in one of them, and for longer."""
        stages: dict[Length, list[str]] = {}
        for key, length in limits.items():
            stages.setdefault(length, []).append(key)
        tests = [Node("and", BOOL, (self._is_in(keys), _longer(self._since, each))) for each, keys in stages.items()]
        return (Node("or", BOOL, tuple(tests)) if len(tests) > 1 else tests[0]) if tests else FALSE

    def _is_in(self, stages: list[str]) -> Node:
        options = tuple(Node("const", Type("choice", blank=False, options=(each,)), (), each) for each in stages)
        if len(options) == 1:
            return Node("eq", BOOL, (self._stage, options[0]))
        return Node("in", BOOL, (self._stage, Node("list", options[0].type, options)))

    def _pipeline(self) -> Node:
        every = Type("choice", blank=False, options=tuple(each.key for each in self._lines))
        return self._chosen(every, [Node("const", every, (), each.key) for each in self._lines])

    @property
    def _lines(self) -> tuple[Pipeline, ...]:
        lines = self.entity.pipelines_of(self.field.key)
        if not lines:
            raise self._bad("no pipeline names it", None)
        return lines

    def _chosen(self, type_: Type, values: Sequence[Node]) -> Node:
        """That value whose pipeline the record follows: the first whose condition holds; the last has none."""
        *others, found = values
        for line, each in reversed(list(zip(self._lines, others, strict=False))):
            found = Node("if", type_, (self._when(line), each, found))
        return found

    def _when(self, line: Pipeline) -> Node:
        """The condition of a pipeline, about the record that holds the stage."""
        if self.read is None:
            raise self._bad("the condition of a pipeline can't ask which pipeline a record follows", None)
        if line.when is None:
            return replace(FALSE, value=True)
        try:
            root = self.read(self.catalog, self.entity, line.when)
        except BadExpression as error:
            raise self._bad(f"the `when` of the pipeline '{line.key}' can't be read here", None) from error
        return self._moved(root, line)

    def _moved(self, node: Node, line: Pipeline) -> Node:
        """A condition of the record that holds the stage, from where this expression sees that record."""
        prefix = self.key.rpartition(".")[0]
        if node.op in {"old", "changed", "new"}:
            raise self._bad(f"the pipeline '{line.key}' asks what a save changes", "ask the stage alone")
        if node.op != "field" or (self.op == "field" and not prefix):
            return replace(node, args=tuple(self._moved(each, line) for each in node.args)) if node.args else node
        if self.op == "old":
            if "." in node.value:
                raise self._bad("`old` knows the record's own fields only", None)
            return replace(node, op="old")
        key = f"{prefix}.{node.value}"
        if key.count(".") > self.most_hops:
            raise BadExpression(
                Problem("EXP108", f"a path goes through more than {self.most_hops} lookups", *self.span)
            )
        return replace(node, value=key, type=node.type if node.type.base == "bool" else node.type.maybe())

    def _bad(self, why: str, hint: str | None) -> BadExpression:
        return BadExpression(
            Problem("EXP113", f"which pipeline '{self.field.key}' follows can't be asked: {why}", *self.span, hint)
        )


def _limits(line: Pipeline) -> dict[str, Length | None]:
    """How long a record may stay in each stage of a pipeline."""
    found: dict[str, Length | None] = {}
    for key, stage in line.stages.items():
        length = parse_duration(str(stage.stale_after or ""))
        found[key] = length if length is not None and _is_counted(length) and not stage.is_closed else None
    return found


def _is_counted(length: Length) -> bool:
    return length.unit == "days" if length.working else length.unit in AGEING_UNITS


def is_ageing(text: str) -> bool:
    """Whether `stale_after` may be so long."""
    length = parse_duration(text)
    return length is not None and _is_counted(length)


def _longer(since: Node, length: Length) -> Node:
    """That it is longer ago. Days, weeks, months and years end with the company's day, hours at the minute."""
    if length.working:
        days = Node("call", number(8, 0, blank=True), (since, _TODAY), "working_days_between")
        return Node("gt", BOOL, (days, _whole(length.count)))
    if length.unit == "hours":
        return Node("lt", BOOL, (since, Node("call", DATETIME, (_NOW, _whole(-length.count)), "add_hours")))
    day = Node("call", DATE, (since,), "date")
    times = {"days": 1, "weeks": 7, "months": 1, "years": 12}[length.unit]
    earlier = "add_days" if length.unit in {"days", "weeks"} else "add_months"
    return Node("lt", BOOL, (day, Node("call", DATE, (_TODAY, _whole(-length.count * times)), earlier)))


def _whole(value: int) -> Node:
    return Node("const", number(len(str(abs(value))), 0, blank=False), (), value)


@lru_cache(maxsize=256)
def lasts_too_long(stale_after: str) -> Evaluate | None:
    """Whether a stage that a record came into at `since`, the one key of the row, lasts for longer than that; None for a
    length that is not counted.
    """
    length = parse_duration(stale_after)
    if length is None or not _is_counted(length):
        return None
    return compile_node(_longer(Node("field", DATETIME, (), "since"), length))
