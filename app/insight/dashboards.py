"""Dashboards: which are for someone, with which of their cards, and the order in which he wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor, is_allowed
from app.definition import Card, Catalog, Dashboard
from app.definition.duty import TASK
from app.definition.memory import remembered
from app.frozen import dataclass
from app.insight.preferences import keep
from app.insight.reports import reports_of
from app.insight.views import views_of
from app.orm.framework import preference
from app.orm.store import Store

ARRANGED = "arranged:"
MOST_KEPT = 100


@dataclass(frozen=True)
class OpenDashboard:
    """A dashboard as someone may open it: the cards whose figures he may have worked out."""

    dashboard: Dashboard
    cards: Mapping[str, Card]


def dashboards_of(catalog: Catalog, actor: Actor) -> Mapping[str, OpenDashboard]:
    """The dashboards for the roles of the actor, by key, in the order of the text. Those without a card for him are none."""
    return remembered(catalog, ("dashboards", actor.grant_key), partial(_open_to, catalog, actor))


def _open_to(catalog: Catalog, actor: Actor) -> Mapping[str, OpenDashboard]:
    found = {}
    for dashboard in catalog.dashboards.values():
        if dashboard.roles and actor.roles.isdisjoint(dashboard.roles):
            continue
        cards = {key: each for key, each in dashboard.cards.items() if _is_open(catalog, actor, each)}
        if cards:
            found[dashboard.key] = OpenDashboard(dashboard, MappingProxyType(cards))
    return MappingProxyType(found)


def _is_open(catalog: Catalog, actor: Actor, card: Card) -> bool:
    if card.report is not None:
        return card.report in reports_of(catalog, actor)
    if card.view is not None:
        view = catalog.views.get(card.view)
        may = view is not None and is_allowed(catalog, actor, "read", view.entity)
        return may and view is not None and card.view in views_of(catalog, actor, view.entity)
    if card.built_in == "approvals":
        return bool(catalog.approvals)
    return TASK in catalog.entities and is_allowed(catalog, actor, "read", TASK) and (
        card.built_in != "reviews" or bool(catalog.reviews)
    )  # fmt: skip


def arrangement(session: Session, user: int | None, dashboard: str) -> list[str]:
    """The keys of a dashboard's cards as a person has put them in order; none: as the pack has them."""
    mine = (preference.c.user_id == user, preference.c.key == ARRANGED + dashboard)
    value: Any = session.execute(sa.select(preference.c.value).where(*mine)).scalar() if user is not None else None
    return [str(each) for each in value] if isinstance(value, list) else []


def arranged(cards: Mapping[str, Card], order: Sequence[str]) -> list[Card]:
    """The cards in someone's order; those that he has not placed keep theirs, behind the others."""
    placed = [cards[key] for key in dict.fromkeys(order) if key in cards]
    return [*placed, *(card for key, card in cards.items() if key not in order)]


def keep_arrangement(store: Store, actor: Actor, dashboard: str, order: Sequence[str]) -> bool:
    """Keeps the order of a dashboard's cards; none: that of the pack again. False where others wrote at the same time."""
    return keep(store, actor, ARRANGED + dashboard, list(order[:MOST_KEPT]) or None)
