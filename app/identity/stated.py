"""What the environment says of other directories of people. Every variable is named here, and an unknown one is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TypeVar
from urllib.parse import urlsplit

from app.frozen import dataclass
from app.identity.arrival import Link
from app.identity.ldap import Place
from app.settings import SettingRefused, Settings

KNOWN = frozenset(
    {
        "CRM_OIDC_ISSUER", "CRM_OIDC_CLIENT_ID", "CRM_OIDC_CLIENT_SECRET", "CRM_OIDC_SCOPES", "CRM_OIDC_LABEL",
        "CRM_OIDC_GROUPS_CLAIM", "CRM_OIDC_LOGIN_CLAIM", "CRM_OIDC_LINK", "CRM_OIDC_CREATE", "CRM_OIDC_FACTOR",
        "CRM_OIDC_LOGOUT", "CRM_PASSWORD_LOGIN", "CRM_LDAP_URL", "CRM_LDAP_START_TLS", "CRM_LDAP_BIND_DN",
        "CRM_LDAP_BIND_PASSWORD", "CRM_LDAP_BASE", "CRM_LDAP_CLASS", "CRM_LDAP_LOGIN", "CRM_LDAP_SUBJECT",
        "CRM_LDAP_NAME", "CRM_LDAP_EMAIL", "CRM_LDAP_GROUPS", "CRM_LDAP_GROUP_BASE", "CRM_LDAP_GROUP_MEMBER",
        "CRM_LDAP_GROUP_NAME", "CRM_LDAP_LINK", "CRM_LDAP_CREATE", "CRM_OUTSIDE_KEY_DAYS", "CRM_SAML_METADATA",
        "CRM_SAML_ISSUER", "CRM_SAML_URL", "CRM_SAML_CERTIFICATES", "CRM_SAML_ENTITY", "CRM_SAML_LABEL",
        "CRM_SAML_SUBJECT", "CRM_SAML_LOGIN", "CRM_SAML_NAME", "CRM_SAML_EMAIL", "CRM_SAML_GROUPS", "CRM_SAML_LINK",
        "CRM_SAML_CREATE", "CRM_SAML_FACTOR",
    }
)  # fmt: skip
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
EVERYONE = "everyone"
KEY_DAYS = 30
_MOST_DAYS = 3_650
_YES_NO = {"yes": True, "no": False}
_Word = TypeVar("_Word", bound=str)


@dataclass(frozen=True, kw_only=True)
class OidcSettings:
    """One OpenID provider. `home` is the login page: people come back to `back` below it, which the provider's settings name to the letter.

    `factor` are the values of the claims `acr` and `amr` that stand for a second factor, as `(claim, value)`.
    """

    issuer: str
    client_id: str
    home: str
    client_secret: str | None = field(default=None, repr=False)
    scopes: str = "openid profile email"
    label: str = ""
    groups_claim: str = "groups"
    login_claim: str = "preferred_username"
    link: Link = "none"
    create: bool = False
    factor: frozenset[tuple[str, str]] = frozenset()
    logout: bool = False

    @property
    def back(self) -> str:
        """Where the provider sends people."""
        return f"{self.home}oidc/back"


@dataclass(frozen=True, kw_only=True)
class LdapSettings:
    """One directory. `login` … `groups` name attributes of a person; groups are looked for below `group_base` where that is
    stated, by their attribute `group_member`.
    """

    place: Place
    base: str
    bind_name: str | None = None
    bind_password: str | None = field(default=None, repr=False)
    object_class: str | None = None
    login: str = "uid"
    subject: str = "entryUUID"
    name: str = "cn"
    email: str = "mail"
    groups: str = "memberOf"
    group_base: str | None = None
    group_member: str = "member"
    group_name: str = "cn"
    link: Link = "none"
    create: bool = False

    @property
    def issuer(self) -> str:
        """What people of this directory are known under, wherever it is."""
        return f"ldap:{self.base.lower()}"


NAME_ID = "NameID"
"""Stands for an attribute: by what the provider names the subject of an assertion itself."""


@dataclass(frozen=True, kw_only=True)
class SamlSettings:
    """One SAML identity provider: by its `metadata` (a file), or by its `issuer`, its address and `certificates` (a file). `home` is
    where logins begin; `subject` … `groups` name attributes, of `name` one or several. `factor` are the classes of the
    authentication context that stand for a second factor.
    """

    home: str
    metadata: str | None = None
    issuer: str | None = None
    url: str | None = None
    certificates: str | None = None
    entity: str = ""
    label: str = ""
    subject: str = NAME_ID
    login: str = "uid"
    name: tuple[str, ...] = ("displayName",)
    email: str = "mail"
    groups: str = "groups"
    link: Link = "none"
    create: bool = False
    factor: frozenset[str] = frozenset()

    @property
    def back(self) -> str:
        """Where the provider has people send its answers."""
        return f"{self.home}/acs"

    @property
    def us(self) -> str:
        """By what name the provider knows this program."""
        return self.entity or f"{self.home}/metadata"


@dataclass(frozen=True)
class PasswordLogins:
    """Who may log in by a password: everyone, or these logins alone, in lower case."""

    everyone: bool = True
    logins: frozenset[str] = frozenset()

    def allows(self, login: str) -> bool:
        """Whether that login may."""
        return self.everyone or login.lower() in self.logins


@dataclass(frozen=True)
class Outside:
    """All of it. `key_days`: how long after the last login elsewhere keys of people without a password of ours are good; 0: always."""

    oidc: OidcSettings | None = None
    passwords: PasswordLogins = PasswordLogins()
    ldap: LdapSettings | None = None
    key_days: int = KEY_DAYS
    saml: SamlSettings | None = None


def read_outside(settings: Settings) -> Outside:
    """What is stated. Raises SettingRefused, which names the variable and the remedy."""
    stated = settings.outside
    unknown = sorted(stated.keys() - KNOWN)
    if unknown:
        raise SettingRefused(f"{unknown[0]} is no setting; there are {', '.join(sorted(KNOWN))}")
    ways = read_oidc(stated, settings.base_url), _read_passwords(stated), read_ldap(stated)
    outside = Outside(*ways, _read_days(stated), read_saml(stated, settings.base_url))
    if not outside.passwords.everyone and (outside.oidc or outside.ldap or outside.saml) is None:
        raise SettingRefused(
            "CRM_PASSWORD_LOGIN keeps people from their passwords, and there is no other way in: set CRM_OIDC_ISSUER, CRM_SAML_METADATA "
            "or CRM_LDAP_URL"
        )
    if outside.oidc is not None and outside.saml is not None and outside.oidc.label == outside.saml.label:
        raise SettingRefused("CRM_SAML_LABEL must differ from CRM_OIDC_LABEL: the login page has a button for each")
    return outside


def read_oidc(stated: Mapping[str, str], base_url: str | None) -> OidcSettings | None:
    """The OpenID provider; None where none is stated. Raises SettingRefused."""
    issuer = stated.get("CRM_OIDC_ISSUER")
    if issuer is None:
        if alone := next((name for name in sorted(stated) if name.startswith("CRM_OIDC_")), None):
            raise SettingRefused(f"{alone} is stated without CRM_OIDC_ISSUER")
        return None
    check_address("CRM_OIDC_ISSUER", issuer)
    if urlsplit(issuer).query:
        raise SettingRefused(f"CRM_OIDC_ISSUER is an address without a query, not '{issuer}'")
    if base_url is None:
        raise SettingRefused("CRM_OIDC_ISSUER needs CRM_BASE_URL: the provider sends people back to that address")
    if not stated.get("CRM_OIDC_CLIENT_ID"):
        raise SettingRefused("CRM_OIDC_CLIENT_ID is missing: the name of this program at the provider")
    scopes = stated.get("CRM_OIDC_SCOPES", OidcSettings.scopes)
    if "openid" not in scopes.split():
        raise SettingRefused("CRM_OIDC_SCOPES must have openid among them")
    return OidcSettings(
        issuer=issuer,
        client_id=stated["CRM_OIDC_CLIENT_ID"],
        client_secret=stated.get("CRM_OIDC_CLIENT_SECRET"),
        home=f"{base_url}/login/",
        scopes=scopes,
        label=stated.get("CRM_OIDC_LABEL", ""),
        groups_claim=stated.get("CRM_OIDC_GROUPS_CLAIM", OidcSettings.groups_claim),
        login_claim=stated.get("CRM_OIDC_LOGIN_CLAIM", OidcSettings.login_claim),
        link=one_of(stated, "CRM_OIDC_LINK", ("none", "email")),
        create=yes(stated, "CRM_OIDC_CREATE"),
        factor=_read_factor(stated.get("CRM_OIDC_FACTOR", "")),
        logout=yes(stated, "CRM_OIDC_LOGOUT"),
    )


def read_ldap(stated: Mapping[str, str]) -> LdapSettings | None:
    """The directory; None where none is stated. Raises SettingRefused."""
    url = stated.get("CRM_LDAP_URL")
    if url is None:
        if alone := next((name for name in sorted(stated) if name.startswith("CRM_LDAP_")), None):
            raise SettingRefused(f"{alone} is stated without CRM_LDAP_URL")
        return None
    if not stated.get("CRM_LDAP_BASE"):
        raise SettingRefused(
            "CRM_LDAP_BASE is missing: below which name people are, such as ou=people,dc=example,dc=com"
        )
    if ("CRM_LDAP_BIND_DN" in stated) != ("CRM_LDAP_BIND_PASSWORD" in stated):
        raise SettingRefused("CRM_LDAP_BIND_DN and CRM_LDAP_BIND_PASSWORD go together")
    plain = LdapSettings
    return LdapSettings(
        place=_read_place(url, starts_tls=yes(stated, "CRM_LDAP_START_TLS", "yes")),
        base=stated["CRM_LDAP_BASE"],
        bind_name=stated.get("CRM_LDAP_BIND_DN"),
        bind_password=stated.get("CRM_LDAP_BIND_PASSWORD"),
        object_class=stated.get("CRM_LDAP_CLASS"),
        login=stated.get("CRM_LDAP_LOGIN", plain.login),
        subject=stated.get("CRM_LDAP_SUBJECT", plain.subject),
        name=stated.get("CRM_LDAP_NAME", plain.name),
        email=stated.get("CRM_LDAP_EMAIL", plain.email),
        groups=stated.get("CRM_LDAP_GROUPS", plain.groups),
        group_base=stated.get("CRM_LDAP_GROUP_BASE"),
        group_member=stated.get("CRM_LDAP_GROUP_MEMBER", plain.group_member),
        group_name=stated.get("CRM_LDAP_GROUP_NAME", plain.group_name),
        link=one_of(stated, "CRM_LDAP_LINK", ("none", "login")),
        create=yes(stated, "CRM_LDAP_CREATE"),
    )


def read_saml(stated: Mapping[str, str], base_url: str | None) -> SamlSettings | None:
    """The SAML identity provider; None where none is stated. Raises SettingRefused."""
    by_hand = ("CRM_SAML_ISSUER", "CRM_SAML_URL", "CRM_SAML_CERTIFICATES")
    given = [name for name in by_hand if name in stated]
    if "CRM_SAML_METADATA" in stated and given:
        raise SettingRefused(f"{given[0]} stands in CRM_SAML_METADATA already: state the one or the other")
    if "CRM_SAML_METADATA" not in stated and len(given) < len(by_hand):
        if alone := next((name for name in sorted(stated) if name.startswith("CRM_SAML_")), None):
            raise SettingRefused(f"{alone} is stated without CRM_SAML_METADATA, or {', '.join(by_hand)}")
        return None
    if base_url is None:
        raise SettingRefused("CRM_SAML_… needs CRM_BASE_URL: the provider sends people back to that address")
    if "CRM_SAML_URL" in stated:
        check_address("CRM_SAML_URL", stated["CRM_SAML_URL"])
    plain = SamlSettings
    return SamlSettings(
        home=f"{base_url}/login/saml",
        metadata=stated.get("CRM_SAML_METADATA"),
        issuer=stated.get("CRM_SAML_ISSUER"),
        url=stated.get("CRM_SAML_URL"),
        certificates=stated.get("CRM_SAML_CERTIFICATES"),
        entity=stated.get("CRM_SAML_ENTITY", plain.entity),
        label=stated.get("CRM_SAML_LABEL", plain.label),
        subject=stated.get("CRM_SAML_SUBJECT", plain.subject),
        login=stated.get("CRM_SAML_LOGIN", plain.login),
        name=words(stated.get("CRM_SAML_NAME", "")) or plain.name,
        email=stated.get("CRM_SAML_EMAIL", plain.email),
        groups=stated.get("CRM_SAML_GROUPS", plain.groups),
        link=one_of(stated, "CRM_SAML_LINK", ("none", "login")),
        create=yes(stated, "CRM_SAML_CREATE"),
        factor=frozenset(words(stated.get("CRM_SAML_FACTOR", ""))),
    )


def _read_place(url: str, *, starts_tls: bool) -> Place:
    parts = urlsplit(url)
    wrong = SettingRefused(f"CRM_LDAP_URL must be ldaps://host[:port] or ldap://host[:port], not '{url}'")
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise wrong from error
    if parts.scheme not in {"ldap", "ldaps"} or not host or parts.path.strip("/") or parts.query or "@" in parts.netloc:
        raise wrong
    secure = parts.scheme == "ldaps"
    if not secure and not starts_tls and host not in LOOPBACK:
        raise SettingRefused("CRM_LDAP_START_TLS: passwords go to another machine by TLS alone")
    return Place(host, port or (636 if secure else 389), secure, starts_tls and not secure)


def check_address(name: str, address: str) -> None:
    """Whether people may be sent to an address. Raises SettingRefused, which says that `name` has it."""
    parts = urlsplit(address)
    if parts.scheme == "http" and parts.hostname in LOOPBACK:
        return  # a provider on this machine, for trying things out
    if parts.scheme != "https" or not parts.hostname or parts.fragment or "@" in parts.netloc:
        raise SettingRefused(f"{name} must be the https address of a provider, not '{address}'")


def _read_factor(text: str) -> frozenset[tuple[str, str]]:
    found = set()
    for word in words(text):
        claim, colon, value = word.partition(":")
        if claim not in {"acr", "amr"} or not colon or not value:
            raise SettingRefused(f"CRM_OIDC_FACTOR names values of acr and amr, such as amr:mfa, not '{word}'")
        found.add((claim, value))
    return frozenset(found)


def _read_passwords(stated: Mapping[str, str]) -> PasswordLogins:
    text = stated.get("CRM_PASSWORD_LOGIN", EVERYONE)
    if text == EVERYONE:
        return PasswordLogins()
    logins = frozenset(map(str.lower, words(text)))
    if not logins:
        raise SettingRefused(
            "CRM_PASSWORD_LOGIN names nobody: name at least one administrator, who gets in when the provider is away"
        )
    return PasswordLogins(everyone=False, logins=logins)


def _read_days(stated: Mapping[str, str]) -> int:
    text = stated.get("CRM_OUTSIDE_KEY_DAYS", str(KEY_DAYS))
    if not (text.isascii() and text.isdecimal() and int(text) <= _MOST_DAYS):
        raise SettingRefused(
            f"CRM_OUTSIDE_KEY_DAYS is a number of days from 0 (keys never rest) to {_MOST_DAYS}, not '{text}'"
        )
    return int(text)


def words(text: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(filter(None, map(str.strip, text.split(","))))


def yes(stated: Mapping[str, str], name: str, default: str = "no") -> bool:
    """Whether a variable says yes. Raises SettingRefused for any word but yes and no."""
    word = stated.get(name, default)
    if word not in _YES_NO:
        raise SettingRefused(f"{name} is yes or no, not '{word}'")
    return _YES_NO[word]


def one_of(stated: Mapping[str, str], name: str, words: tuple[_Word, ...]) -> _Word:
    """The word of a variable, the first one where it is not stated. Raises SettingRefused."""
    word = stated.get(name, words[0])
    if word not in words:
        raise SettingRefused(f"{name} is {' or '.join(words)}, not '{word}'")
    return words[words.index(word)]
