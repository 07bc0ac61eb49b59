"""Every text of the screens, in English and Chinese: `{key: (en, zh)}`. A module per area; a key is in one of them.

Texts are formatted with `str.format`: `{count}` is a parameter. They hold no markup.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.web.texts.approvals import APPROVALS
from app.web.texts.audit import AUDIT, SYSTEM_ACTORS
from app.web.texts.automations import AUTOMATIONS
from app.web.texts.backups import BACKUPS
from app.web.texts.bulk_mails import BULK_MAILS
from app.web.texts.calendars import CALENDARS
from app.web.texts.charts import CHARTS
from app.web.texts.core import CORE
from app.web.texts.deliveries import DELIVERIES
from app.web.texts.design import DESIGN
from app.web.texts.filtering import FILTERING
from app.web.texts.help import HELP
from app.web.texts.lists import LISTS
from app.web.texts.mails import MAILS
from app.web.texts.notices import NOTICES
from app.web.texts.own_login import OWN_LOGIN
from app.web.texts.privacy import PRIVACY
from app.web.texts.records import RECORDS
from app.web.texts.reviews import REVIEWS
from app.web.texts.roles import ROLES
from app.web.texts.security import SECURITY
from app.web.texts.service_levels import SERVICE_LEVELS
from app.web.texts.settings import SETTINGS
from app.web.texts.shell import SHELL
from app.web.texts.teams import TEAMS

Table = Mapping[str, tuple[str, str]]

TABLES: tuple[Table, ...] = (
    CORE,
    SECURITY,
    OWN_LOGIN,
    SHELL,
    CHARTS,
    TEAMS,
    LISTS,
    CALENDARS,
    FILTERING,
    RECORDS,
    NOTICES,
    APPROVALS,
    AUTOMATIONS,
    BACKUPS,
    REVIEWS,
    SERVICE_LEVELS,
    MAILS,
    BULK_MAILS,
    DELIVERIES,
    DESIGN,
    ROLES,
    AUDIT,
    SYSTEM_ACTORS,
    PRIVACY,
    SETTINGS,
    HELP,
)
