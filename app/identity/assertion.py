"""What a SAML response says, once its signature and all that it claims were held against what is expected (SAML 2.0 Core;
Profiles, 4.1.4).

Nothing is read but what a signature covers: the library hands back the very bytes that were signed, parsed anew. What stands
around them (a second assertion, a comment within a name, a document type) is refused before it is looked at.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509 import Certificate
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidCertificate, SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from app.frozen import dataclass
from app.identity.arrival import NotArrived

LONGEST = 262_144  # letters of a response
SKEW = dt.timedelta(minutes=1)  # by which clocks may differ
OLDEST = dt.timedelta(minutes=10)  # since it was made, at the most: it comes straight from the provider
MOST_VALUES = 5_000
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
_P = "{urn:oasis:names:tc:SAML:2.0:protocol}"
_A = "{urn:oasis:names:tc:SAML:2.0:assertion}"
_DS = "{http://www.w3.org/2000/09/xmldsig#}"
RESPONSE, ASSERTION, SIGNATURE = f"{_P}Response", f"{_A}Assertion", f"{_DS}Signature"
SIGNED_BY = frozenset(
    SignatureMethod[name]
    for name in (
        "RSA_SHA256", "RSA_SHA384", "RSA_SHA512", "ECDSA_SHA256", "ECDSA_SHA384", "ECDSA_SHA512", "SHA256_RSA_MGF1",
        "SHA384_RSA_MGF1", "SHA512_RSA_MGF1",
    )
)  # fmt: skip
"""Of two keys each. What is signed with a secret that both sides know, and SHA-1, is not among them."""
DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
_ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_TRANSFORMS = frozenset({(_ENVELOPED, _EXCLUSIVE), (_ENVELOPED, f"{_EXCLUSIVE}WithComments")})
_CONDITIONS = frozenset(f"{_A}{name}" for name in ("AudienceRestriction", "OneTimeUse", "ProxyRestriction"))

Element = Any
"""The library publishes no types."""


@dataclass(frozen=True)
class Expected:
    """Who must have made a response, with one of which keys, for whom, and where it is to be shown."""

    issuer: str
    certificates: tuple[Certificate, ...]
    audience: str
    recipient: str


@dataclass(frozen=True)
class Stated:
    """What an assertion states of somebody, in answer to which of our requests. `name_id` is blank where it changes each time."""

    request: str
    name_id: str
    attributes: Mapping[str, tuple[str, ...]]
    contexts: frozenset[str]


def read_response(sent: str, expected: Expected, moment: dt.datetime) -> Stated:
    """What a response states, as a browser brings it. Raises NotArrived for one that is not right."""
    document = _document(sent)
    root = parse(document)
    if root.tag != RESPONSE:
        raise NotArrived("failed", "response")
    before, after = root.itersiblings(preceding=True), root.itersiblings()
    if any(True for _ in (*before, *after, *root.iter(etree.Comment, etree.ProcessingInstruction))):
        raise NotArrived("failed", "comment")  # no provider writes any; into what they cut a name was a hole of others
    _check_response(root, expected)
    place = _signed_place(root)
    signed = _verified(document, place, expected, moment)
    if signed.tag == RESPONSE:
        _check_response(signed, expected, is_signed=True)
    assertion = signed if signed.tag == ASSERTION else _one(signed, ASSERTION)
    stated = _read_assertion(assertion, expected, moment)
    if root.get("InResponseTo", stated.request) != stated.request:
        raise NotArrived("failed", "request")
    return stated


def parse(document: bytes) -> Element:
    """A document in UTF-8 without a type or entities. Raises NotArrived."""
    if b"<!DOCTYPE" in document or b"<!ENTITY" in document:
        raise NotArrived("failed", "doctype")
    try:
        root = etree.fromstring(document, _parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotArrived("failed", "xml") from error
    if root.getroottree().docinfo.doctype or next(root.iter(etree.Entity), None) is not None:
        raise NotArrived("failed", "doctype")
    return root


def _parser() -> Any:
    """Reads no other file, calls nobody, and believes no word of a document about how its letters are written."""
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_blank_text=False,
    )


def _document(sent: str) -> bytes:
    if not sent or len(sent) > LONGEST:
        raise NotArrived("failed", "response")
    try:
        return base64.b64decode("".join(sent.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotArrived("failed", "response") from error


def _check_response(response: Element, expected: Expected, *, is_signed: bool = False) -> None:
    """What stands around an assertion. Where no signature covers it, it can only make that a response is refused."""
    status = response.findall(f"{_P}Status/{_P}StatusCode")
    if len(status) != 1 or status[0].get("Value") != SUCCESS:
        raise NotArrived("failed", "status")
    if response.get("Version") != "2.0":
        raise NotArrived("failed", "version")
    if response.get("Destination", "" if is_signed else expected.recipient) != expected.recipient:
        raise NotArrived("failed", "recipient")
    if any(_text(each) != expected.issuer for each in response.findall(f"{_A}Issuer")):
        raise NotArrived("failed", "issuer")


def _signed_place(root: Element) -> Element:
    """What its signature must cover: the response, or the only assertion in it. Nothing else may look like either."""
    if next(root.iter(f"{_A}EncryptedAssertion", f"{_A}EncryptedID", f"{_A}EncryptedAttribute"), None) is not None:
        raise NotArrived("failed", "encrypted")
    assertions, signatures = list(root.iter(ASSERTION)), list(root.iter(SIGNATURE))
    if len(assertions) != 1 or assertions[0].getparent() is not root or len(list(root.iter(RESPONSE))) != 1:
        raise NotArrived("failed", "wrapped")
    parents = [each.getparent() for each in signatures]
    if any(parent is not root and parent is not assertions[0] for parent in parents) or len(set(parents)) < len(
        parents
    ):
        raise NotArrived("failed", "wrapped")
    ids = [str(each) for each in root.xpath("//@*[translate(local-name(), 'ID', 'id') = 'id']")]
    if len(set(ids)) < len(ids):
        raise NotArrived("failed", "wrapped")
    if not parents:
        raise NotArrived("failed", "unsigned")
    return root if root in parents else assertions[0]


def _verified(document: bytes, place: Element, expected: Expected, moment: dt.datetime) -> Element:
    """The element at that place as it was signed, parsed from the bytes that were."""
    config = SignatureConfiguration(
        location="./" if place.tag == RESPONSE else f"./{ASSERTION}/",
        signature_methods=SIGNED_BY,
        digest_algorithms=DIGESTS,
        ignore_ambiguous_key_info=True,  # the keys are known: what the response says of them is not looked at
        verification_time=moment,
    )
    problem: Exception | None = None
    for certificate in expected.certificates:
        try:
            # Of the result only this is used: `signed_xml`, and of `signature_xml` what `signed_xml` is.
            found = XMLVerifier().verify(
                document, x509_cert=certificate, id_attribute="ID", parser=_parser(), expect_config=config
            )
        except (SignXMLException, InvalidSignature, UnsupportedAlgorithm, etree.LxmlError, *_MALFORMED) as error:
            problem = error
            continue
        assert not isinstance(found, list)  # one reference is expected, so one result comes
        _check_reference(found.signature_xml, place.get("ID"))
        signed = found.signed_xml
        if signed is None or signed.tag != place.tag or signed.get("ID") != place.get("ID"):
            raise NotArrived("failed", "wrapped")
        return signed
    raise NotArrived("failed", "certificate" if isinstance(problem, InvalidCertificate) else "signature") from problem


_MALFORMED = (ValueError, TypeError, KeyError)


def _check_reference(signature: Element, name: str | None) -> None:
    """Whether the signature names what it is in, and changes nothing of it but itself."""
    reference = signature.findall(f"{_DS}SignedInfo/{_DS}Reference")
    transforms = tuple(each.get("Algorithm") for each in signature.iter(f"{_DS}Transform"))
    if not name or len(reference) != 1 or reference[0].get("URI") != f"#{name}" or transforms not in _TRANSFORMS:
        raise NotArrived("failed", "reference")


def _read_assertion(assertion: Element, expected: Expected, moment: dt.datetime) -> Stated:
    if assertion.get("Version") != "2.0":
        raise NotArrived("failed", "version")
    if _text(_one(assertion, f"{_A}Issuer")) != expected.issuer:
        raise NotArrived("failed", "issuer")
    made = _time(assertion, "IssueInstant")
    if made is None or moment - OLDEST - SKEW > made:
        raise NotArrived("failed", "expired")
    if made > moment + SKEW:
        raise NotArrived("failed", "early")
    subject = _one(assertion, f"{_A}Subject")
    name = _one(subject, f"{_A}NameID")
    _check_conditions(_one(assertion, f"{_A}Conditions"), expected, moment)
    logins = assertion.findall(f"{_A}AuthnStatement")
    if not logins:
        raise NotArrived("failed", "authentication")
    for each in logins:
        _check_end(each, "SessionNotOnOrAfter", moment)
    return Stated(
        request=_confirmed(subject, expected, moment),
        name_id="" if name.get("Format") == TRANSIENT else _text(name),
        attributes=_attributes(assertion),
        contexts=frozenset(
            _text(each) for login in logins for each in login.findall(f"{_A}AuthnContext/{_A}AuthnContextClassRef")
        ),
    )


def _confirmed(subject: Element, expected: Expected, moment: dt.datetime) -> str:
    """To which of our requests it is the answer. Without one nobody asked for it."""
    bearers = [each for each in subject.findall(f"{_A}SubjectConfirmation") if each.get("Method") == BEARER]
    if len(bearers) != 1:
        raise NotArrived("failed", "confirmation")
    data = _one(bearers[0], f"{_A}SubjectConfirmationData")
    if data.get("Recipient") != expected.recipient:
        raise NotArrived("failed", "recipient")
    if data.get("NotOnOrAfter") is None:
        raise NotArrived("failed", "expired")
    _check_end(data, "NotOnOrAfter", moment)
    _check_begin(data, moment)
    request: str | None = data.get("InResponseTo")
    if not request:
        raise NotArrived("failed", "unasked")
    return request


def _check_conditions(conditions: Element, expected: Expected, moment: dt.datetime) -> None:
    if any(each.tag not in _CONDITIONS for each in conditions):
        raise NotArrived("failed", "conditions")
    _check_begin(conditions, moment)
    _check_end(conditions, "NotOnOrAfter", moment)
    audiences = [
        {_text(each) for each in restriction.findall(f"{_A}Audience")}
        for restriction in conditions.findall(f"{_A}AudienceRestriction")
    ]
    if not audiences or any(expected.audience not in each for each in audiences):
        raise NotArrived("failed", "audience")


def _attributes(assertion: Element) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for each in assertion.findall(f"{_A}AttributeStatement/{_A}Attribute"):
        name = each.get("Name", "")
        found[name] = (*found.get(name, ()), *_values(each))
    if sum(map(len, found.values())) > MOST_VALUES:
        raise NotArrived("groups", "too_many")
    return found


def _values(attribute: Element) -> Iterator[str]:
    """Its texts. A value of elements is none that we could mean."""
    for value in attribute.findall(f"{_A}AttributeValue"):
        if not len(value) and (value.text or "").strip():
            yield value.text.strip()


def _check_begin(element: Element, moment: dt.datetime) -> None:
    begins = _time(element, "NotBefore")
    if begins is not None and begins > moment + SKEW:
        raise NotArrived("failed", "early")


def _check_end(element: Element, name: str, moment: dt.datetime) -> None:
    ends = _time(element, name)
    if ends is not None and moment - SKEW >= ends:
        raise NotArrived("failed", "expired")


def _time(element: Element, name: str) -> dt.datetime | None:
    written = element.get(name)
    if written is None:
        return None
    try:
        found = dt.datetime.fromisoformat(written)
    except ValueError as error:
        raise NotArrived("failed", "time") from error
    if found.tzinfo is None:
        raise NotArrived("failed", "time")
    return found


def _one(parent: Element, tag: str) -> Element:
    found = parent.findall(tag)
    if len(found) != 1:
        raise NotArrived("failed", tag.rpartition("}")[2].lower())
    return found[0]


def _text(element: Element) -> str:
    if len(element):
        raise NotArrived("failed", "malformed")
    return (element.text or "").strip()
