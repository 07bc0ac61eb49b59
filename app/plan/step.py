"""Steps as values: what would happen, why, with what risk, and what stands in the way."""

from __future__ import annotations

from enum import Enum
from typing import Literal

from app.diagnostics import Span
from app.frozen import dataclass
from app.plan.question import Check

Risk = Literal["safe", "slow", "destructive"]
Symbol = Literal["+", "~", "-", "!"]


class Kind(Enum):
    """What a step does: its symbol and its words. `+` adds, `~` changes, `-` takes away, `!` makes stricter."""

    ADD_ENTITY = ("+", "add entity")
    REMOVE_ENTITY = ("-", "drop entity")
    RESTORE_ENTITY = ("+", "restore entity")
    CHANGE_ENTITY = ("~", "change entity")
    RENAME_ENTITY = ("~", "rename entity")
    RENAME_FIELD = ("~", "rename field")
    RENAME_OPTION = ("~", "rename option")
    RENAME_STAGE = ("~", "rename stage")
    ADD_FIELD = ("+", "add field")
    REMOVE_FIELD = ("-", "drop field")
    RESTORE_FIELD = ("+", "restore field")
    PURGE = ("-", "purge")
    CHANGE_FIELD = ("~", "change field")
    CHANGE_TYPE = ("~", "change type")
    REQUIRE = ("!", "require")
    RELAX = ("~", "relax")
    LOOSEN = ("~", "loosen")
    TIGHTEN = ("!", "tighten")
    ADD_KEY = ("!", "add key")
    REMOVE_KEY = ("-", "remove key")
    ADD_INDEX = ("+", "add index")
    REMOVE_INDEX = ("-", "remove index")
    FILL = ("~", "fill")
    GIVE_BACK = ("~", "give back")
    ADD_PICKLIST = ("+", "add picklist")
    REMOVE_PICKLIST = ("-", "remove picklist")
    ADD_OPTION = ("+", "add option")
    CHANGE_OPTION = ("~", "change option")
    RETIRE_OPTION = ("-", "retire option")
    MERGE_OPTION = ("~", "merge option")
    REMOVE_OPTION = ("-", "remove option")
    ADD_STAGE = ("+", "add stage")
    CHANGE_STAGE = ("~", "change stage")
    RETIRE_STAGE = ("-", "retire stage")
    MERGE_STAGE = ("~", "merge stage")
    REMOVE_STAGE = ("-", "remove stage")
    ADD_PIPELINE = ("+", "add pipeline")
    REMOVE_PIPELINE = ("-", "remove pipeline")
    CHANGE_PIPELINE = ("~", "change pipeline")
    ADD_TRANSITION = ("+", "add transition")
    REMOVE_TRANSITION = ("-", "remove transition")
    CHANGE_TRANSITION = ("~", "change transition")
    ADD_RULE = ("+", "add rule")
    REMOVE_RULE = ("-", "remove rule")
    CHANGE_RULE = ("~", "change rule")
    ADD_DUPLICATE = ("+", "add duplicate rule")
    REMOVE_DUPLICATE = ("-", "remove duplicate rule")
    CHANGE_DUPLICATE = ("~", "change duplicate rule")
    ADD_ROLE = ("+", "add role")
    REMOVE_ROLE = ("-", "remove role")
    CHANGE_ROLE = ("~", "change role")
    GRANT = ("~", "grant")
    LABELS = ("~", "labels")
    ORDER = ("~", "order")
    LAYOUT = ("~", "layout")
    LIST = ("~", "list")
    ADD_THING = ("+", "add")
    CHANGE_THING = ("~", "change")
    REMOVE_THING = ("-", "remove")
    END_APPROVALS = ("-", "end approvals")
    MISSING = ("!", "missing")
    MENU = ("~", "menu")
    SETTINGS = ("~", "settings")
    SEARCH = ("~", "search index")
    FRAMEWORK = ("~", "framework tables")
    TEXT = ("~", "text")

    @property
    def symbol(self) -> Symbol:
        """`+ ~ -` or `!`."""
        symbol: Symbol = self.value[0]
        return symbol

    @property
    def words(self) -> str:
        """What is done, in words."""
        return self.value[1]


@dataclass(frozen=True)
class Block:
    """Why a step can't be carried out: a code of `PLAN_CODES`, the reason, and what to do."""

    code: str
    reason: str
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One change. `target` names the thing (`account.credit_limit`), `detail` the change of it.

    `check` is the question to put to the data; `impact` its answer in words. `path` leads to the YAML that caused it.
    """

    kind: Kind
    target: str
    detail: str = ""
    path: tuple[str, ...] = ()
    origin: Span | None = None
    risk: Risk = "safe"
    check: Check | None = None
    impact: str = ""
    blocks: Block | None = None

    @property
    def identity(self) -> tuple[str, str, str]:
        """What two steps share when they are the same change, whatever the data says."""
        return (self.kind.name, self.target, self.detail)

    @property
    def name(self) -> str:
        """How the step is called where it must be allowed by name."""
        return self.target
