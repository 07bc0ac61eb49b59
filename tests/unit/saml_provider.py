"""A SAML identity provider on this machine: it sends back whom it is told to, signs with real keys, and lies when it is asked to.

It signs by the canonical form of lxml and the keys of cryptography alone, so that the library that verifies is not asked about itself.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from html import escape
from typing import Any
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from werkzeug import Request, Response
from werkzeug.serving import make_server

from app.identity.saml import SamlProvider, saml_of
from app.identity.stated import SamlSettings
from tests.unit.oidc_provider import Quiet, ec_key, rsa_key

P, A = "urn:oasis:names:tc:SAML:2.0:protocol", "urn:oasis:names:tc:SAML:2.0:assertion"
DS = "http://www.w3.org/2000/09/xmldsig#"
NAMES = {"p": P, "a": A, "ds": DS}
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
DIGESTS = {
    "sha1": f"{DS}sha1", "sha256": "http://www.w3.org/2001/04/xmlenc#sha256", "sha512": "http://www.w3.org/2001/04/xmlenc#sha512",
}  # fmt: skip
HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 -- as an old provider signs
    "sha256": hashes.SHA256(),
    "sha512": hashes.SHA512(),
}
HOME = "http://localhost/login/saml"
ENTITY = "https://id.example.com/saml"
PASSWORD_CONTEXT = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Element = Any


@cache
def certificate(name: str, *, curve: bool = False, days: int = 365, bits: int = 2048) -> x509.Certificate:
    """Of the key of that name, by its own hand."""
    key: Key = ec_key(name) if curve else rsa_key(name, bits) if bits != 2048 else rsa_key(name)
    who = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - dt.timedelta(days=400)).not_valid_after(now + dt.timedelta(days=days))
    return made.sign(key, hashes.SHA256())


def moment(seconds: float = 0) -> str:
    """So long from now, as SAML writes it."""
    return (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


Change = Callable[[Element], None]


@dataclass
class Idp:
    """`says` is told of who logs in, `before` changes a response before it is signed, `after` what was signed."""

    url: str = "http://127.0.0.1:1/sso?idp=5"
    home: str = HOME
    name_id: str = "u-1"
    attributes: dict[str, list[str]] = field(default_factory=dict)
    says: dict[str, str] = field(default_factory=dict)
    signs: tuple[str, ...] = ("a:Assertion",)
    digest: str = "sha256"
    key_name: str = "first"
    curve: bool = False
    prefixes: tuple[str, ...] = ()
    transforms: tuple[str, ...] = ()
    before: Change | None = None
    after: Change | None = None
    text: Callable[[bytes], bytes] | None = None
    asked: list[Element] = field(default_factory=list)

    def response(self, request: str) -> bytes:
        """The answer to a request."""
        root = etree.fromstring(self._written(request))
        if self.before:
            self.before(root)
        for path in self.signs:
            self.sign(root if path == "p:Response" else root.find(path, NAMES))
        if self.after:
            self.after(root)
        document = etree.tostring(root)
        return self.text(document) if self.text else document

    def sent(self, request: str) -> str:
        """As the browser carries it."""
        return base64.b64encode(self.response(request)).decode()

    def sign(self, element: Element) -> None:
        """Signs an element, within it, behind its issuer."""
        key: Key = ec_key(self.key_name) if self.curve else rsa_key(self.key_name)
        digest = hashlib.new(self.digest, _canonical(element, self.prefixes)).digest()
        method = f"{DS if self.digest == 'sha1' else MORE}{'ecdsa' if self.curve else 'rsa'}-{self.digest}"
        listed = (
            f'<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList="{" ".join(self.prefixes)}"/>'
            if self.prefixes
            else ""
        )
        more = "".join(f'<ds:Transform Algorithm="{each}"/>' for each in self.transforms)
        signature = etree.fromstring(
            f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
            f'<ds:SignatureMethod Algorithm="{method}"/><ds:Reference URI="#{element.get("ID")}"><ds:Transforms>'
            f'<ds:Transform Algorithm="{DS}enveloped-signature"/><ds:Transform Algorithm="{EXCLUSIVE}">{listed}</ds:Transform>'
            f'{more}</ds:Transforms><ds:DigestMethod Algorithm="{DIGESTS[self.digest]}"/>'
            f"<ds:DigestValue>{base64.b64encode(digest).decode()}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
            f"<ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{base64.b64encode(self._der()).decode()}"
            "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>"
        )
        element.insert(1, signature)
        signature.find("ds:SignatureValue", NAMES).text = base64.b64encode(
            _signed(key, self.digest, signature[0])
        ).decode()

    def _der(self) -> bytes:
        return certificate(self.key_name, curve=self.curve).public_bytes(Encoding.DER)

    def _written(self, request: str) -> str:
        told = {
            "issuer": ENTITY, "audience": f"{self.home}/metadata", "recipient": f"{self.home}/acs", "destination": f"{self.home}/acs",
            "request": request, "outer": request, "made": moment(), "begins": moment(-5), "ends": moment(300), "ended": moment(300),
            "session": moment(3_600), "status": "urn:oasis:names:tc:SAML:2.0:status:Success", "context": PASSWORD_CONTEXT,
            "format": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", "id": f"_a{request}", **self.says,
        }  # fmt: skip
        attributes = "".join(
            f'<saml:Attribute Name="{escape(name)}">'
            + "".join(
                f'<saml:AttributeValue xsi:type="xs:string">{escape(value)}</saml:AttributeValue>' for value in values
            )
            + "</saml:Attribute>"
            for name, values in self.attributes.items()
        )
        statement = f"<saml:AttributeStatement>{attributes}</saml:AttributeStatement>" if attributes else ""
        return f"""<samlp:Response xmlns:samlp="{P}" xmlns:saml="{A}" ID="_r" Version="2.0" IssueInstant="{told["made"]}"
 Destination="{told["destination"]}" InResponseTo="{told["outer"]}"><saml:Issuer>{told["issuer"]}</saml:Issuer>
<samlp:Status><samlp:StatusCode Value="{told["status"]}"/></samlp:Status>
<saml:Assertion xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 ID="{told["id"]}" Version="2.0" IssueInstant="{told["made"]}"><saml:Issuer>{told["issuer"]}</saml:Issuer>
<saml:Subject><saml:NameID Format="{told["format"]}">{escape(self.name_id)}</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData
 NotOnOrAfter="{told["ends"]}" Recipient="{told["recipient"]}" InResponseTo="{told["request"]}"/></saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{told["begins"]}" NotOnOrAfter="{told["ended"]}"><saml:AudienceRestriction>
<saml:Audience>{told["audience"]}</saml:Audience></saml:AudienceRestriction></saml:Conditions>
<saml:AuthnStatement AuthnInstant="{told["made"]}" SessionNotOnOrAfter="{told["session"]}"><saml:AuthnContext>
<saml:AuthnContextClassRef>{told["context"]}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>
{statement}</saml:Assertion></samlp:Response>"""

    def answer(self, request: Request) -> Response:
        """The page that brings a browser back: its script posts the answer."""
        assert request.path == "/sso"
        asked = read_request(request.query_string.decode())
        self.asked.append(asked)
        form = (
            f'<form method="post" action="{escape(asked.get("AssertionConsumerServiceURL"))}">'
            f'<input name="SAMLResponse" value="{self.sent(asked.get("ID"))}"><input name="RelayState" value="https://evil.example/">'
            "</form><script>document.forms[0].submit()</script>"
        )
        return Response(form, content_type="text/html")


def _signed(key: Key, digest: str, info: Element) -> bytes:
    content = _canonical(info)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(content, padding.PKCS1v15(), HASHES[digest])
    r, s = decode_dss_signature(key.sign(content, ec.ECDSA(HASHES[digest])))
    return r.to_bytes(32) + s.to_bytes(32)


def _canonical(element: Element, prefixes: tuple[str, ...] = ()) -> bytes:
    made: bytes = etree.tostring(
        element, method="c14n", exclusive=True, inclusive_ns_prefixes=list(prefixes) or None, with_tail=False
    )
    return made


def read_request(query: str) -> Element:
    """What the provider is asked in an address."""
    sent = parse_qs(query)
    assert "RelayState" not in sent
    return etree.fromstring(zlib.decompress(base64.b64decode(sent["SAMLRequest"][0]), -zlib.MAX_WBITS))


def metadata(url: str, *certificates: x509.Certificate) -> str:
    """What it says of itself."""
    keys = "".join(
        f'<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{_base64(each)}</ds:X509Certificate>'
        "</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        for each in certificates
    )
    post, redirect = (f"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-{name}" for name in ("POST", "Redirect"))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><!-- of 2026 --><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"'
        f' xmlns:ds="{DS}" entityID="{ENTITY}"><md:IDPSSODescriptor protocolSupportEnumeration="{P}">{keys}'
        f'<md:SingleSignOnService Binding="{post}" Location="{escape(url)}/post"/>'
        f'<md:SingleSignOnService Binding="{redirect}" Location="{escape(url)}"/></md:IDPSSODescriptor></md:EntityDescriptor>'
    )


def _base64(found: x509.Certificate) -> str:
    return base64.b64encode(found.public_bytes(Encoding.DER)).decode()


def provider_for(idp: Idp, folder: Any, *certificates: x509.Certificate, **more: Any) -> SamlProvider:
    """The provider as the program knows it, by its metadata."""
    path = folder / f"idp-{len(list(folder.iterdir()))}.xml"
    path.write_text(metadata(idp.url, *(certificates or (certificate("first"),))), "utf-8")
    return saml_of(SamlSettings(**{"home": idp.home, "metadata": str(path), "link": "login", **more}))


@contextmanager
def served_idp() -> Iterator[Idp]:
    idp = Idp()
    server = make_server("127.0.0.1", 0, Request.application(idp.answer), threaded=True, request_handler=Quiet)
    idp.url = f"http://127.0.0.1:{server.server_port}/sso"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield idp
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
