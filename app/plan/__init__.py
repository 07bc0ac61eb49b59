"""Compare, plan, apply: the one way in which the shape of the database changes."""

from app.plan.apply import first_apply
from app.plan.migrate import upgrade_framework
from app.plan.revision import AppliedRevision, NothingApplied, applied_revision, history, load_revision, open_store

__all__ = [
    "AppliedRevision", "NothingApplied", "applied_revision", "first_apply", "history", "load_revision", "open_store",
    "upgrade_framework",
]  # fmt: skip
