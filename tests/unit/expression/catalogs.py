"""A small company whose records the expressions of the tests are about."""

from __future__ import annotations

from functools import cache

from app.definition import Catalog
from app.expression import BadExpression, Problem, Profile, Type, check_expression
from app.loading.build import catalog_of_tree

LEVELS = {"a": {}, "b": {}, "c": {}}
STAGES = {
    "open": {"probability": 10},
    "won": {"category": "won", "probability": 100},
    "lost": {"category": "lost", "probability": 0},
}
TREE = {
    "pack": {"label": "Test"},
    "roles": {"sales_rep": {}, "manager": {}},
    "entities": {
        "account": {
            "fields": {
                "name": {"type": "text"},
                "level": {"type": "picklist", "options": LEVELS},
                "parent": {"type": "lookup", "to": ["account"], "inverse": "children"},
                "home": {"type": "address"},
            }
        },
        "deal": {
            "fields": {
                "name": {"type": "text", "weight": 2},
                "amount": {"type": "money", "weight": 1},
                "discount": {"type": "percent"},
                "count_of_things": {"type": "integer"},
                "stars": {"type": "rating"},
                "urgent": {"type": "boolean"},
                "closed": {"type": "date"},
                "seen_at": {"type": "datetime"},
                "size": {"type": "picklist", "options": LEVELS},
                "sizes": {"type": "picklist", "options": LEVELS, "many": True},
                "labels": {"type": "tags"},
                "notes": {"type": "rich_text"},
                "account": {"type": "lookup", "to": ["account"], "inverse": "deals"},
                "contacts": {"type": "lookup", "to": ["account"], "many": True, "inverse": "linked"},
                "about": {"type": "lookup", "to": ["account", "deal"], "inverse": "mentions"},
                "stage": {"type": "stage"},
            },
            "pipelines": {"main": {"field": "stage", "stages": STAGES}},
        },
    },
}


@cache
def company() -> Catalog:
    """The Catalog of the company."""
    return catalog_of_tree(TREE)


def problems_of(source: str, wanted: Type | None = None, profile: Profile | None = None) -> tuple[Problem, ...]:
    """What is wrong with an expression about deals; nothing of a sound one."""
    try:
        check_expression(company(), "deal", source, wanted, profile)
    except BadExpression as error:
        return error.problems
    return ()


def problem_of(source: str, wanted: Type | None = None, profile: Profile | None = None) -> tuple[str, str, str | None]:
    """The code of the first problem, the characters that it marks, and its hint."""
    first = problems_of(source, wanted, profile)[0]
    return first.code, source[first.start : first.end], first.hint
