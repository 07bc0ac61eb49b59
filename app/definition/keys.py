"""Keys of the language: their form, and the words that they may not be."""

from __future__ import annotations

KEY_PATTERN = "^[a-z][a-z0-9_]{0,39}$"
OPTION_KEY_LENGTH = 60
EVERY_ENTITY = "*"  # in a role's grants: every entity without a grant of its own

RESERVED_FIELDS = frozenset(
    """id owner department team old user version created_at created_by updated_at updated_by deleted_at deleted_by
    deletion changed_seq metadata registry query true false null and or not in has if where entity confirm errors
    """.split()
)
RESERVED_ENTITIES = frozenset(
    """api login logout setup files hooks calendar f healthz readyz metrics static help settings profile home search jobs notices
    approvals reports dashboards audit automations backups deliveries reviews revision roles
    new edit board bin csv lookup language password security old true false null
    """.split()
)
