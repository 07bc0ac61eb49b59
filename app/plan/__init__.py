"""Compare, plan, apply: the one way in which the shape of the database changes."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.plan.apply import ApplyRefused as ApplyRefused
    from app.plan.apply import CannotApply as CannotApply
    from app.plan.apply import apply_plan as apply_plan
    from app.plan.apply import first_apply as first_apply
    from app.plan.lock import DeploymentBusy as DeploymentBusy
    from app.plan.migrate import upgrade_framework as upgrade_framework
    from app.plan.plan import Plan as Plan
    from app.plan.plan import saved_plan as saved_plan
    from app.plan.planning import plan_for as plan_for
    from app.plan.revision import AppliedRevision as AppliedRevision
    from app.plan.revision import NothingApplied as NothingApplied
    from app.plan.revision import RevisionEntry as RevisionEntry
    from app.plan.revision import applied_revision as applied_revision
    from app.plan.revision import history as history
    from app.plan.revision import load_revision as load_revision
    from app.plan.revision import open_store as open_store
    from app.plan.step import Step as Step

_HOMES = {
    "AppliedRevision": "revision",
    "ApplyRefused": "apply",
    "CannotApply": "apply",
    "DeploymentBusy": "lock",
    "NothingApplied": "revision",
    "RevisionEntry": "revision",
    "Plan": "plan",
    "Step": "step",
    "applied_revision": "revision",
    "apply_plan": "apply",
    "first_apply": "apply",
    "history": "revision",
    "load_revision": "revision",
    "open_store": "revision",
    "plan_for": "planning",
    "saved_plan": "plan",
    "upgrade_framework": "migrate",
}


def __getattr__(name: str) -> Any:
    """A public name, from its module when it is asked for: a server reads the revision, and plans nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
