"""Every code of a diagnostic about the configuration: defined once, never reused, with a title and a page of help.

CFG1xx the text of a file (YAML), CFG2xx its shape, CFG3xx references, CFG4xx meaning, EXP1xx expressions.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from app.diagnostics.codes.actions import ACTIONS
from app.diagnostics.codes.approvals import APPROVALS
from app.diagnostics.codes.calendars import CALENDARS
from app.diagnostics.codes.code import Code
from app.diagnostics.codes.currencies import CURRENCIES
from app.diagnostics.codes.duties import DUTIES
from app.diagnostics.codes.entities import ENTITIES
from app.diagnostics.codes.expressions import EXPRESSIONS
from app.diagnostics.codes.hooks import HOOKS
from app.diagnostics.codes.lists import LISTS
from app.diagnostics.codes.meaning import MEANING
from app.diagnostics.codes.parts import PARTS
from app.diagnostics.codes.privacy import PRIVACY
from app.diagnostics.codes.references import REFERENCES
from app.diagnostics.codes.reports import REPORTS
from app.diagnostics.codes.service_levels import SERVICE_LEVELS
from app.diagnostics.codes.shape import SHAPE
from app.diagnostics.codes.text_of_files import TEXT_OF_FILES

__all__ = ["CODES", "Code"]

CODES: Mapping[str, Code] = MappingProxyType(
    {
        code.name: code
        for code in (
            *TEXT_OF_FILES,
            *SHAPE,
            *REFERENCES,
            *MEANING,
            *ENTITIES,
            *PARTS,
            *CURRENCIES,
            *LISTS,
            *CALENDARS,
            *DUTIES,
            *APPROVALS,
            *SERVICE_LEVELS,
            *REPORTS,
            *HOOKS,
            *ACTIONS,
            *PRIVACY,
            *EXPRESSIONS,
        )
    }
)
