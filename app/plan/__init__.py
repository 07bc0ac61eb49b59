"""Compare, plan, apply: the one way in which the shape of the database changes."""

from app.plan.apply import ApplyRefused, CannotApply, apply_plan, first_apply
from app.plan.compare import compare
from app.plan.lock import DeploymentBusy
from app.plan.migrate import upgrade_framework
from app.plan.plan import Plan, saved_plan
from app.plan.planning import plan_for
from app.plan.revision import AppliedRevision, NothingApplied, applied_revision, history, load_revision, open_store
from app.plan.step import Step

__all__ = [
    "AppliedRevision", "ApplyRefused", "CannotApply", "DeploymentBusy", "NothingApplied", "Plan", "Step", "applied_revision",
    "apply_plan", "compare", "first_apply", "history", "load_revision", "open_store", "plan_for", "saved_plan", "upgrade_framework",
]  # fmt: skip
