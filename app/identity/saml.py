"""A SAML identity provider: who it is, where people are sent to log in there, and whom its answers tell of (SAML 2.0).

The request goes by redirect, the answer comes by POST; neither side calls the other.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from app.frozen import dataclass
from app.identity.arrival import Arrival, NotArrived
from app.identity.assertion import Expected, Stated, parse, read_response
from app.identity.stated import NAME_ID, SamlSettings, check_address
from app.settings import SettingRefused

SHORTEST_RSA = 2_048  # bits
MOST_CERTIFICATES = 5
MOST_GROUPS = 1_000
LONGEST_NAME, LONGEST_SUBJECT = 255, 255
ENDS_SOON = dt.timedelta(days=30)
_P, _A, _MD = (f"urn:oasis:names:tc:SAML:2.0:{name}" for name in ("protocol", "assertion", "metadata"))
_POST, _REDIRECT = (f"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-{name}" for name in ("POST", "Redirect"))
_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_TOO_MANY = "groups.link"
"""How the name of an attribute ends that Entra ID sends in the place of groups that are too many."""


@dataclass(frozen=True)
class Issuer:
    """Who makes the assertions: his name, where people log in, and the certificates of his keys, of which any may sign."""

    name: str
    url: str
    certificates: tuple[x509.Certificate, ...]


@dataclass(frozen=True)
class SamlProvider:
    """One identity provider, and what it is told of us."""

    settings: SamlSettings
    issuer: Issuer

    def address(self, request: str, moment: dt.datetime) -> str:
        """Where a person is sent to log in. `request` names the request: the answer must name it, too."""
        asked = (
            f'<samlp:AuthnRequest xmlns:samlp="{_P}" xmlns:saml="{_A}" ID={quoteattr(request)} Version="2.0" '
            f'IssueInstant="{moment:%Y-%m-%dT%H:%M:%SZ}" Destination={quoteattr(self.issuer.url)} ProtocolBinding="{_POST}" '
            f"AssertionConsumerServiceURL={quoteattr(self.settings.back)}>"
            f"<saml:Issuer>{escape(self.settings.us)}</saml:Issuer>"
            '<samlp:NameIDPolicy AllowCreate="true"/></samlp:AuthnRequest>'
        )
        bare = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        sent = base64.b64encode(bare.compress(asked.encode()) + bare.flush()).decode()
        joint = "&" if "?" in self.issuer.url else "?"
        return f"{self.issuer.url}{joint}{urlencode({'SAMLRequest': sent})}"

    def answered(self, sent: str, moment: dt.datetime) -> tuple[str, Arrival]:
        """To which request a response is the answer, and whom it tells of. Raises NotArrived."""
        expected = Expected(self.issuer.name, self.issuer.certificates, self.settings.us, self.settings.back)
        stated = read_response(sent, expected, moment)
        return stated.request, arrival_of(stated, self.settings, self.issuer.name)

    def metadata(self) -> str:
        """What the provider must know of us."""
        return (
            f'<EntityDescriptor xmlns="{_MD}" entityID={quoteattr(self.settings.us)}>'
            f'<SPSSODescriptor protocolSupportEnumeration="{_P}" AuthnRequestsSigned="false" WantAssertionsSigned="true">'
            f'<AssertionConsumerService Binding="{_POST}" Location={quoteattr(self.settings.back)} index="0" isDefault="true"/>'
            "</SPSSODescriptor></EntityDescriptor>"
        )

    def problems(self, moment: dt.datetime) -> list[str]:
        """What an operator should know before nobody gets in any more."""
        ends = max(each.not_valid_after_utc for each in self.issuer.certificates)
        if moment >= ends:
            return [f"the certificate of {self.issuer.name} ended on {ends:%Y-%m-%d}: nobody gets in by it"]
        if moment + ENDS_SOON >= ends:
            return [f"the certificate of {self.issuer.name} ends on {ends:%Y-%m-%d}: state the next one beside it"]
        return []


def saml_of(settings: SamlSettings) -> SamlProvider:
    """The provider of the settings. Reads its files. Raises SettingRefused."""
    if settings.metadata is not None:
        issuer = _read_metadata(_read("CRM_SAML_METADATA", settings.metadata))
    else:
        name, certificates = "CRM_SAML_CERTIFICATES", settings.certificates or ""
        try:
            found = x509.load_pem_x509_certificates(_read(name, certificates))
        except ValueError as error:
            raise SettingRefused(f"{name}: {certificates} has no certificate in PEM") from error
        issuer = Issuer(settings.issuer or "", settings.url or "", tuple(found))
    _check_certificates(issuer.certificates)
    return SamlProvider(settings, issuer)


def arrival_of(stated: Stated, settings: SamlSettings, issuer: str) -> Arrival:
    """Who that is. Raises NotArrived where he has no name that lasts, or his groups are not told in full."""

    def one(name: str) -> str:
        values = (stated.name_id,) if name == NAME_ID else stated.attributes.get(name, ())
        return values[0] if len(values) == 1 else ""

    subject = one(settings.subject)
    if not 0 < len(subject) <= LONGEST_SUBJECT:
        raise NotArrived("failed", "subject")
    groups = stated.attributes.get(settings.groups, ())
    if len(groups) > MOST_GROUPS or any(name.endswith(_TOO_MANY) for name in stated.attributes):
        raise NotArrived("groups", "too_many")
    return Arrival(
        issuer=issuer_name(issuer),
        subject=subject,
        login=one(settings.login)[:LONGEST_NAME],
        name=" ".join(filter(None, map(one, settings.name)))[:LONGEST_NAME],
        email=one(settings.email)[:LONGEST_NAME],
        groups=groups,
        has_factor=not settings.factor.isdisjoint(stated.contexts),
    )


def issuer_name(entity: str) -> str:
    """What people of a provider are known under here: by OpenID Connect the same one may call others so."""
    return f"saml:{entity}"


def _read(name: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise SettingRefused(f"{name}: {path} can't be read: {error.strerror}") from error


def _read_metadata(document: bytes) -> Issuer:
    name = "CRM_SAML_METADATA"
    try:
        root = parse(document)
    except NotArrived as error:
        raise SettingRefused(f"{name} is no XML of a provider: {error.detail}") from error
    roles = root.findall(f"{{{_MD}}}IDPSSODescriptor")
    if root.tag != f"{{{_MD}}}EntityDescriptor" or len(roles) != 1 or not root.get("entityID"):
        raise SettingRefused(
            f"{name} must describe one identity provider: an EntityDescriptor with an IDPSSODescriptor"
        )
    places = roles[0].findall(f"{{{_MD}}}SingleSignOnService")
    urls = [each.get("Location", "") for each in places if each.get("Binding") == _REDIRECT]
    if not urls:
        raise SettingRefused(f"{name} names no address to log in at by redirect ({_REDIRECT})")
    check_address(name, urls[0])
    return Issuer(root.get("entityID"), urls[0], tuple(_certificate(each) for each in _signing(roles[0])))


def _signing(role: Any) -> list[str]:
    keys = [each for each in role.findall(f"{{{_MD}}}KeyDescriptor") if each.get("use", "signing") == "signing"]
    return [each.text or "" for key in keys for each in key.iter(f"{_DS}X509Certificate")]


def _certificate(text: str) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(base64.b64decode(text))
    except (ValueError, binascii.Error) as error:
        raise SettingRefused("CRM_SAML_METADATA has a certificate that can't be read") from error


def _check_certificates(certificates: tuple[x509.Certificate, ...]) -> None:
    if not 0 < len(certificates) <= MOST_CERTIFICATES:
        raise SettingRefused(f"CRM_SAML_…: there must be 1 to {MOST_CERTIFICATES} certificates that sign")
    for each in certificates:
        key = each.public_key()
        if isinstance(key, RSAPublicKey) and key.key_size < SHORTEST_RSA:
            raise SettingRefused(f"CRM_SAML_…: a key of {key.key_size} bits is too short, {SHORTEST_RSA} are the least")
        if not isinstance(key, RSAPublicKey | EllipticCurvePublicKey):
            raise SettingRefused("CRM_SAML_…: a certificate must be of an RSA or EC key")
