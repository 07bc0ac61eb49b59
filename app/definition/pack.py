"""A pack: a folder of configuration, and what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from app.definition.attributes import attribute, key_attribute
from app.definition.calendar import Calendar, FiscalYear
from app.definition.grammars import Duration, FileName, ModuleName, Secret
from app.definition.text import Text
from app.frozen import dataclass

Language = Literal["en", "zh"]
PasswordProfile = Literal["classic", "nist"]
Characters = Literal["upper", "lower", "digit", "special"]
Kind = Literal[
    "entities", "picklists", "roles", "automations", "approvals", "slas", "reviews", "views", "segments", "reports",
    "dashboards", "templates", "forms", "imports", "conversions", "tests",
]  # fmt: skip


NIST_LENGTH = 15  # SP 800-63B revision 4, section 3.1.1.2, for a password alone


@dataclass(frozen=True, kw_only=True)
class PasswordPolicy:
    """What a password must be."""

    profile: PasswordProfile = attribute(
        "Profile",
        "`classic` is what is stated here. `nist` follows NIST SP 800-63B: at least 15 characters, no kinds that must occur, no "
        "age; `characters` and `max_age` have no effect then.",
        default="classic",
    )
    min_length: int = attribute("Shortest length", default=10, minimum=8, maximum=128)
    characters: tuple[Characters, ...] = attribute("Characters", "Kinds that must occur.", default=())
    max_age: Duration | None = attribute("Greatest age", "Changed after so long.", default=None, example="90 days")
    history: int = attribute("History", "So many earlier ones can't be used again.", default=0, minimum=0, maximum=24)

    def effective(self) -> PasswordPolicy:
        """What holds: under `nist` length alone, and what is guessed first."""
        if self.profile == "classic":
            return self
        return PasswordPolicy(profile="nist", min_length=max(self.min_length, NIST_LENGTH), history=self.history)


@dataclass(frozen=True, kw_only=True)
class Lockout:
    """When a login is locked after wrong passwords."""

    after: int = attribute("After", "Wrong passwords in a row.", default=5, minimum=1, maximum=100)
    for_: str = attribute("For", "How long.", default="15 minutes", example="15 minutes")


@dataclass(frozen=True, kw_only=True)
class SessionPolicy:
    """How long a person stays logged in."""

    idle: str = attribute("Idle", "Logged out after so long without a request.", default="8 hours")
    longest: str = attribute("Longest", "Logged out after so long at the latest.", default="24 hours")


@dataclass(frozen=True, kw_only=True)
class TwoFactor:
    """Who must log in with a second factor."""

    roles: tuple[str, ...] = attribute("Roles", "People with one of them.", default=(), names="role")


@dataclass(frozen=True, kw_only=True)
class Security:
    """Rules of the login."""

    password: PasswordPolicy = attribute("Password", default=PasswordPolicy())
    lockout: Lockout = attribute("Lock-out", default=Lockout())
    session: SessionPolicy = attribute("Session", default=SessionPolicy())
    two_factor: TwoFactor = attribute("Second factor", default=TwoFactor())


@dataclass(frozen=True, kw_only=True)
class Currency:
    """The company's money."""

    company: str = attribute("Company", "ISO 4217 code.", default="CNY", pattern="^[A-Z]{3}$", example="CNY")
    others: tuple[str, ...] = attribute("Others", "Codes of further currencies.", default=(), example=["USD"])
    rates: str | None = attribute(
        "Rates",
        "The entity that holds the rates to the company's currency; it is added where the pack has none.",
        default=None,
        names="entity",
        example="exchange_rate",
    )


@dataclass(frozen=True, kw_only=True)
class Brand:
    """The company's look."""

    logo: FileName | None = attribute(
        "Logo", "A picture beside pack.yaml.", default=None, names="image", example="acme.svg"
    )
    digest: str = attribute("SHA-256 of the logo", from_key=True, default="")
    color: str | None = attribute("Color", "The accent.", default=None, pattern="^#[0-9A-Fa-f]{6}$", example="#11705A")


@dataclass(frozen=True, kw_only=True)
class Module:
    """What belongs together, so that a pack that extends this one can do without all of it: `modules: {name: false}`."""

    key: str = key_attribute("module")
    label: Text = attribute("Label", "What people read.", default=Text())
    entities: tuple[str, ...] = attribute("Entities", default=(), names="entity")
    roles: tuple[str, ...] = attribute("Roles", default=(), names="role")
    menu: tuple[str, ...] = attribute("Menu", "Groups of the menu.", default=(), names="menu_group")


@dataclass(frozen=True, kw_only=True)
class Inbound:
    """A hook at /hooks/<name> that makes or changes records of an entity. Requests are signed with the secret."""

    key: str = key_attribute("hook")
    entity: str = attribute("Entity", "Whose records it makes.", names="entity")
    match: tuple[str, ...] = attribute("Match", "Fields that find the record to change.", default=(), names="field")
    secret: Secret = attribute("Secret", "What the sender signs with.", example="${env:ERP_SECRET}")
    roles: tuple[str, ...] = attribute(
        "Roles", "Whose moves of stages it may make, where these are for some roles.", default=(), names="role"
    )


@dataclass(frozen=True, kw_only=True)
class Pack:
    """pack.yaml."""

    key: str = key_attribute("pack")
    language: int = attribute("Language", "Version of the configuration language.", default=1, minimum=1, maximum=1)
    extends: str | None = attribute("Extends", "The pack below.", default=None, example="standard")
    label: Text = attribute("Label", "The company's name.", default=Text())
    languages: tuple[Language, ...] = attribute("Languages", "The first is the fallback.", default=("en", "zh"))
    time_zone: str = attribute("Time zone", "Of the company.", default="UTC", example="Asia/Shanghai")
    region: str = attribute("Region", "For phone numbers.", default="CN", pattern="^[A-Z]{2}$")
    currency: Currency = attribute("Currency", default=Currency())
    brand: Brand = attribute("Brand", default=Brand())
    fiscal_year: FiscalYear = attribute("Fiscal year", default=FiscalYear())
    calendars: Mapping[str, Calendar] = attribute("Calendars", "Working hours and holidays.", default={})
    modules: Mapping[str, bool | Module] = attribute(
        "Modules", "Parts of the pack; false takes away one of the base with what hangs on it.", default={}
    )
    inbound: Mapping[str, Inbound] = attribute("Inbound", "Hooks that other systems call.", default={})
    extensions: tuple[ModuleName, ...] = attribute(
        "Extensions", "Python modules with registered actions, formats and checks.", default=()
    )
    security: Security = attribute("Security", default=Security())
    tombstones: str = attribute(
        "Tombstones",
        "So long the values of removed fields and entities are kept, hidden, before they may be purged.",
        default="90 days",
        pattern="^(1 day|([2-9]|[1-9][0-9]{1,3}) days)$",
        example="180 days",
    )
    remove: Mapping[Kind, tuple[str, ...]] = attribute("Remove", "Things of the base that go.", default={})
