"""Nobody looks at the application as who sees more than himself."""

from typing import Any

import pytest

from app.access import Actor, sees_no_less
from app.definition import Catalog, Pack, Role
from tests.unit.company import ENTITIES, a_field, entity, grant, role, text

ACCOUNT = entity("account", text("name"), a_field("salary", "money", restricted=True))
EVERYTHING: dict[str, Any] = {"read": "all", "restore": "all"}
SALARY = {"fields": {"salary": {"access": "read"}}}
COVERED = {"fields": {"name": {"mask": "all"}}}
MASKED = {"fields": {"name": {"mask": "name"}}}


def sees(viewer: Role, viewed: Role) -> bool:
    entities = {each.key: each for each in (*ENTITIES[:3], ACCOUNT)}
    catalog = Catalog(pack=Pack(), entities=entities, picklists={}, roles={each.key: each for each in (viewer, viewed)})
    return sees_no_less(catalog, Actor(1, "one", frozenset({viewer.key})), Actor(2, "other", frozenset({viewed.key})))


@pytest.mark.parametrize(
    ("mine", "his", "answer"),
    [
        (EVERYTHING, {"read": "own"}, True),
        (EVERYTHING, {"read": "all", "update": "all", "create": True}, True),  # he writes nothing
        (EVERYTHING, EVERYTHING, True),
        ({"read": "own"}, {"read": "own"}, False),  # his own are others
        ({"read": "own"}, {"create": True}, True),
        ({"read": "all"}, {"read": "own", "restore": "own"}, False),  # the bin
        (EVERYTHING, {"read": "own", **SALARY}, False),
        ({**EVERYTHING, **SALARY}, {"read": "own", **SALARY}, True),
        ({**EVERYTHING, **MASKED}, {"read": "own"}, False),
        ({**EVERYTHING, **MASKED}, {"read": "own", **MASKED}, True),
        ({**EVERYTHING, **MASKED}, {"read": "own", **COVERED}, True),
        ({**EVERYTHING, **COVERED}, {"read": "own", **MASKED}, False),  # a mask that tells more than one's own
        ({}, {}, True),
    ],
)
def test_records_and_fields_are_compared(mine: dict[str, Any], his: dict[str, Any], answer: object) -> None:
    assert sees(role("mine", grant("account", **mine)), role("his", grant("account", **his))) is answer


def test_rights_that_concern_no_entity_are_compared() -> None:
    everything = grant("account", **EVERYTHING)
    plain, auditor = Role(key="mine", grants={"account": everything}), Role(key="his", rights=("audit",))
    assert not sees(plain, auditor)
    assert sees(Role(key="mine", grants={"account": everything}, rights=("configure", "audit")), auditor)
