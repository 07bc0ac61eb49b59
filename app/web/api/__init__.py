"""REST: records as JSON, and its OpenAPI description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.web.api.approvals import ApprovalsApi
from app.web.api.audit import AuditApi
from app.web.api.deliveries import DeliveriesApi
from app.web.api.files import FilesApi
from app.web.api.hooks import HooksApi
from app.web.api.openapi import OpenApi
from app.web.api.overrides import OverridesApi
from app.web.api.record_teams import RecordTeamsApi
from app.web.api.records import RecordsApi
from app.web.api.reveals import RevealsApi
from app.web.api.reviews import ReviewsApi
from app.web.api.service_levels import ServiceLevelsApi

if TYPE_CHECKING:
    from app.orm.store import Store


def register(appbuilder: Any, _store: Store) -> None:
    """Adds the API's routes."""
    appbuilder.add_api(OpenApi)
    appbuilder.add_api(RecordsApi)
    appbuilder.add_api(OverridesApi)
    appbuilder.add_api(RevealsApi)
    appbuilder.add_api(RecordTeamsApi)
    appbuilder.add_api(FilesApi)
    appbuilder.add_api(ApprovalsApi)
    appbuilder.add_api(ReviewsApi)
    appbuilder.add_api(HooksApi)
    appbuilder.add_api(DeliveriesApi)
    appbuilder.add_api(ServiceLevelsApi)
    appbuilder.add_api(AuditApi)
