"""Who acts: a person with roles, or a named system actor. There is no third."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from functools import cached_property

from app.access.system_roles import SYSTEM_ROLES, hook_role
from app.frozen import dataclass


@dataclass(frozen=True)
class PersonalRight:
    """One verb that somebody has besides his roles, or not in spite of them: on records of an entity or on one field.

    `scope` is a word of a grant where it adds a verb on records, else blank. Of a field the verb is `read` or `update`.
    """

    entity: str
    field: str | None
    verb: str
    adds: bool
    scope: str = ""


@dataclass(frozen=True)
class Actor:
    """A person or a system actor, with all that decisions about him read.

    `roles` is closed over what roles include. `subtree` holds the ids of his department and those below it, `teams` the
    ids of the team that he is in and of those that he leads: at most `app.access.identify.LARGEST_SET` of each.
    `language` is "en" or "zh", `time_zone` an IANA name. `user_id` is None for system actors. `moves_as` are the roles whose
    moves of stages a system actor makes for others, as they say it; None for those that work by themselves, whom no role
    keeps from a move. `stands_in_for` are the ids of those
    whose deputy he is today: what is their own is his own. `places` are the (entity, place) that he or
    one of them has on the team of some record: of which is for the rows to say. `personal` are the exceptions made for him
    that hold at this moment.
    """

    user_id: int | None
    name: str
    roles: frozenset[str]
    department: int | None = None
    subtree: tuple[int, ...] = ()
    teams: tuple[int, ...] = ()
    stands_in_for: tuple[int, ...] = field(default=(), kw_only=True)
    language: str = "en"
    time_zone: str = "UTC"
    system: bool = field(default=False, kw_only=True)
    moves_as: frozenset[str] | None = field(default=None, kw_only=True)
    personal: tuple[PersonalRight, ...] = field(default=(), kw_only=True)
    places: tuple[tuple[str, str], ...] = field(default=(), kw_only=True)

    @property
    def owning(self) -> tuple[int, ...]:
        """The ids of those whose own records are his: himself first. None for system actors."""
        return () if self.user_id is None else (self.user_id, *self.stands_in_for)

    @cached_property
    def grant_key(self) -> tuple[bool, frozenset[str], tuple[PersonalRight, ...]]:
        """What decides on verbs and fields: two actors with equal keys have the same rights but for their rows."""
        return self.system, self.roles, self.personal

    @property
    def moves_freely(self) -> bool:
        """Whether a record may begin in any stage, and make moves that are for some roles."""
        return self.system and self.moves_as is None


def system_actor(name: str) -> Actor:
    """The system actor of that name, such as "system:seed". Raises KeyError when no grants are written down for it."""
    role = SYSTEM_ROLES[name]
    return Actor(None, name, frozenset({role.key}), system=True)


def hook_actor(hook: str, roles: Iterable[str] = ()) -> Actor:
    """Who tells something by a hook of the pack: what it may do follows from the hook, which moves from the roles."""
    role = hook_role(hook)
    return Actor(None, role, frozenset({role}), system=True, moves_as=frozenset(roles))
