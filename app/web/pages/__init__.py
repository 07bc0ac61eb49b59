"""The pages that staff work in: lists, records, forms, bin, home, search, profile. Generated from the catalog."""

from __future__ import annotations

from typing import Any

from flask import current_app

from app.orm.store import Store

__all__ = ["register"]


def register(appbuilder: Any, store: Store) -> None:
    """Add the pages of every entity of the store's catalog, and those of the product."""
    from app.web.pages.approvals import ApprovalsView
    from app.web.pages.audit import AuditView
    from app.web.pages.automations import AutomationsView
    from app.web.pages.backups import BackupsView
    from app.web.pages.base import install
    from app.web.pages.bell import BellView
    from app.web.pages.bulk_mails import BulkMailsView
    from app.web.pages.calendar_feeds import CalendarFeedsView
    from app.web.pages.cards import DashboardsView
    from app.web.pages.deliveries import DeliveriesView
    from app.web.pages.design import DesignView
    from app.web.pages.desk import EntityDesk
    from app.web.pages.entity import EntityDoor, converter_for, pages_class
    from app.web.pages.files import FilesView
    from app.web.pages.help import HelpView
    from app.web.pages.home import HomeView
    from app.web.pages.installable import InstallableView
    from app.web.pages.jobs import JobsView
    from app.web.pages.mail_links import MailLinksView
    from app.web.pages.mail_stops import MailStopsView
    from app.web.pages.own_feeds import OwnFeedsView
    from app.web.pages.own_keys import OwnKeysView
    from app.web.pages.own_login import OwnLoginView
    from app.web.pages.own_passkeys import OwnPasskeysView
    from app.web.pages.people import PeopleView
    from app.web.pages.privacy import PrivacyView
    from app.web.pages.profile import BrandView, ProfileView
    from app.web.pages.reports import ReportsView
    from app.web.pages.reviews import ReviewsView
    from app.web.pages.roles import RolesView
    from app.web.pages.search import SearchView
    from app.web.pages.service_levels import ServiceLevelsView
    from app.web.pages.settings import SettingsView
    from app.web.pages.shared_views import SharedViewsView
    from app.web.pages.sight import refuse_unseen
    from app.web.pages.tasks import TasksView
    from app.web.pages.viewing import ViewingView

    catalog = store.catalog
    app = current_app._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001 - Flask's documented way
    install(app, catalog)
    app.before_request(refuse_unseen)
    app.url_map.converters["entity"] = converter_for(catalog)
    standing = [key for key in catalog.entities if catalog.part_link(key) is None]  # parts have no pages of their own
    for key in standing:
        appbuilder.add_view_no_menu(pages_class(key)())
    appbuilder.add_view_no_menu(EntityDoor({key: EntityDesk(key) for key in standing}))
    own = (
        HomeView, FilesView, SearchView, ProfileView, PeopleView, JobsView, BellView, BrandView, ApprovalsView,
        AutomationsView, BackupsView, DeliveriesView, TasksView, ReviewsView, ServiceLevelsView, ReportsView, DashboardsView,
        BulkMailsView, MailLinksView, MailStopsView, RolesView, OwnLoginView, OwnPasskeysView, OwnKeysView, OwnFeedsView,
        CalendarFeedsView, AuditView, SettingsView, SharedViewsView, HelpView, ViewingView, PrivacyView, DesignView,
        InstallableView,
    )  # fmt: skip
    for view_class in own:
        appbuilder.add_view_no_menu(view_class())
