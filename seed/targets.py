"""What each representative should win: a target for every month of the year."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from .dataset import Row
from .organisation import PLACE_OF, SELLERS

MONTHLY = 420_000  # of who sells in the team that sells most
SHARES = {"east": 100, "north": 85, "south": 75}  # percent of that
LAST_MONTH_OF_QUARTER = Decimal("1.25")


def build_targets(today: date) -> tuple[Row, ...]:
    """A target for each representative and month of the year; quarters end with the largest."""
    rows = []
    for team, sellers in SELLERS.items():
        usual = Decimal(MONTHLY * SHARES[team] // 100)
        for login in sellers:
            department, _ = PLACE_OF[login]
            for month in range(1, 13):
                amount = usual * LAST_MONTH_OF_QUARTER if month % 3 == 0 else usual
                values = {
                    "period": date(today.year, month, 1),
                    "amount": amount.quantize(Decimal(1)),
                    "owner": ("user", login),
                    "department": ("department", department),
                    "team": ("team", team),
                }
                rows.append(Row(f"{login}.{today.year}-{month:02}", values))
    return tuple(rows)
