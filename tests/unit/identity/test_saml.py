"""What a SAML response must be to be believed: who signed it, what the signature covers, for whom, when, and in answer to what."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from app.identity.arrival import Arrival, NotArrived
from app.identity.saml import SamlProvider, saml_of
from app.identity.stated import SamlSettings, read_outside
from app.settings import SettingRefused, Settings
from tests.unit.saml_provider import (
    DS,
    ENTITY,
    HOME,
    NAMES,
    A,
    Element,
    Idp,
    P,
    certificate,
    metadata,
    moment,
    provider_for,
    read_request,
)

REQUEST = "_asked"


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture
def idp() -> Idp:
    return Idp(
        attributes={"uid": ["rep"], "mail": ["rep@example.com"], "displayName": ["Ré & Co"], "groups": ["sales", "all"]}
    )


@pytest.fixture
def provider(idp: Idp, tmp_path: Path) -> SamlProvider:
    return provider_for(idp, tmp_path)


def arrival(provider: SamlProvider, idp: Idp) -> Arrival:
    asked, found = provider.answered(idp.sent(REQUEST), now())
    assert asked == REQUEST
    return found


def why(provider: SamlProvider, idp: Idp) -> str:
    """Why a response is refused; blank where it is not."""
    try:
        provider.answered(idp.sent(REQUEST), now())
    except NotArrived as error:
        return str(error).removeprefix("failed: ")
    return ""


# What is believed


@pytest.mark.parametrize("signs", [("a:Assertion",), ("p:Response",), ("a:Assertion", "p:Response")])
def test_an_answer_tells_of_somebody_whichever_part_is_signed(
    provider: SamlProvider, idp: Idp, signs: tuple[str, ...]
) -> None:
    idp.signs = signs
    for idp.prefixes, idp.digest in (((), "sha256"), (("xs", "xsi"), "sha512")):
        found = arrival(provider, idp)
        assert found == Arrival(f"saml:{ENTITY}", "u-1", "rep", "Ré & Co", "rep@example.com", ("sales", "all"))


def test_two_certificates_stand_side_by_side_while_one_is_changed(idp: Idp, tmp_path: Path) -> None:
    old, new = certificate("first"), certificate("curve", curve=True)
    both = provider_for(idp, tmp_path, old, new)
    assert why(both, idp) == ""
    idp.key_name, idp.curve = "curve", True
    assert why(both, idp) == ""
    assert why(provider_for(idp, tmp_path, old), idp) == "signature"


def test_names_are_those_that_the_operator_states(idp: Idp, tmp_path: Path) -> None:
    idp.attributes = {"urn:oid:1": ["Ada"], "sn": ["King"], "id": ["x-7"], "uid": ["two", "names"]}
    found = arrival(provider_for(idp, tmp_path, name=("urn:oid:1", "sn", "none"), subject="id", login="NameID"), idp)
    assert (found.subject, found.login, found.name, found.email, found.groups) == ("x-7", "u-1", "Ada King", "", ())
    assert arrival(provider_for(idp, tmp_path), idp).login == "", "one of several is no login"


def test_a_class_of_the_operators_choice_stands_for_a_second_factor(idp: Idp, tmp_path: Path) -> None:
    stated = provider_for(idp, tmp_path, factor=frozenset({"https://refeds.org/profile/mfa"}))
    assert not arrival(stated, idp).has_factor
    idp.says["context"] = "https://refeds.org/profile/mfa"
    assert arrival(stated, idp).has_factor
    assert not arrival(provider_for(idp, tmp_path), idp).has_factor


def test_the_request_names_itself_and_us_and_no_place_to_go_to(provider: SamlProvider, idp: Idp) -> None:
    address, _, query = provider.address(REQUEST, now()).partition("?")
    assert (address, query.split("&")[0]) == (idp.url.partition("?")[0], "idp=5")
    asked = read_request(query)
    assert (asked.get("ID"), asked.get("Destination"), asked.get("Version")) == (REQUEST, idp.url, "2.0")
    assert asked.get("AssertionConsumerServiceURL") == f"{HOME}/acs"
    assert asked.findtext("a:Issuer", None, NAMES) == f"{HOME}/metadata"


# What is claimed

LONG_AGO, SOON = -900, 120  # seconds from when a test asks
SAID: dict[str, tuple[dict[str, str | int], str]] = {
    "other issuer": ({"issuer": "https://other.example"}, "issuer"), "other audience": ({"audience": "other"}, "audience"),
    "other recipient": ({"recipient": "https://other.example/acs"}, "recipient"),
    "other destination": ({"destination": "https://other.example/acs"}, "recipient"),
    "not asked for": ({"request": ""}, "unasked"), "two requests": ({"outer": "_other"}, "request"),
    "refused there": ({"status": "urn:oasis:names:tc:SAML:2.0:status:Responder"}, "status"),
    "confirmed too long ago": ({"ends": -61}, "expired"), "of yesterday": ({"ended": -61}, "expired"),
    "of tomorrow": ({"begins": SOON}, "early"), "made tomorrow": ({"made": SOON}, "early"),
    "made long ago": ({"made": LONG_AGO}, "expired"), "session over": ({"session": LONG_AGO}, "expired"),
    "no time": ({"ends": "soon"}, "time"), "a time of nowhere": ({"ends": "2099-01-01T00:00:00"}, "time"),
    "a name for the day": ({"format": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"}, "subject"),
    "within the minute": ({"ends": -20, "ended": -20, "begins": 40, "made": 40}, ""),
    "for ever": ({"ends": "9999-12-31T23:59:59.9999999Z", "ended": "9999-12-31T23:59:59Z"}, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_what_is_claimed_is_held_against_what_is_expected(provider: SamlProvider, idp: Idp, name: str) -> None:
    says, detail = SAID[name]
    idp.says = {each: value if isinstance(value, str) else moment(value) for each, value in says.items()}
    assert why(provider, idp) == detail


def drop(path: str) -> Callable[[Element], None]:
    def change(root: Element) -> None:
        found = root.find(path, NAMES)
        found.getparent().remove(found)

    return change


def put(path: str, name: str, value: str | int | None) -> Callable[[Element], None]:
    def change(root: Element) -> None:
        found = root.find(path, NAMES)
        if value is None:
            del found.attrib[name]
        else:
            found.set(name, moment(value) if isinstance(value, int) else value)

    return change


def add(path: str, text: str) -> Callable[[Element], None]:
    return lambda root: root.find(path, NAMES).append(etree.fromstring(text))


DATA = ".//a:SubjectConfirmationData"
FOR_OTHERS = f'<r:AudienceRestriction xmlns:r="{A}"><r:Audience>b</r:Audience></r:AudienceRestriction>'
MADE: dict[str, tuple[Callable[[Element], None], str]] = {
    "no audience": (drop(".//a:AudienceRestriction"), "audience"), "no conditions": (drop(".//a:Conditions"), "conditions"),
    "no subject": (drop(".//a:Subject"), "subject"), "no name": (drop(".//a:NameID"), "nameid"),
    "no login": (drop(".//a:AuthnStatement"), "authentication"), "no status": (drop("p:Status"), "status"),
    "no confirmation": (drop(".//a:SubjectConfirmation"), "confirmation"), "no end": (put(DATA, "NotOnOrAfter", None), "expired"),
    "no recipient": (put(DATA, "Recipient", None), "recipient"), "not for us yet": (put(DATA, "NotBefore", 120), "early"),
    "by its holder": (put(".//a:SubjectConfirmation", "Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"), "confirmation"),
    "a condition of its own": (add(".//a:Conditions", f'<x:C xmlns:x="urn:x" xmlns="{A}"/>'), "conditions"),
    "and for others": (add(".//a:Conditions", FOR_OTHERS), "audience"), "no groups in full": (
        add(".//a:AttributeStatement", f'<r:Attribute xmlns:r="{A}" Name="http://schemas.example/groups.link"/>'), "groups: too_many",
    ),
    "a name of parts": (add(".//a:NameID", "<b/>"), "malformed"), "version 1": (put("a:Assertion", "Version", "1.1"), "version"),
    "never made": (put("a:Assertion", "IssueInstant", None), "expired"),
    "sealed": (add(".", f'<r:EncryptedAssertion xmlns:r="{A}"/>'), "encrypted"), "no id": (put("a:Assertion", "ID", ""), "reference"),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_what_is_missing_or_too_much_is_refused_though_it_is_signed(
    provider: SamlProvider, idp: Idp, name: str
) -> None:
    idp.before, detail = MADE[name]
    assert why(provider, idp) == detail


def test_a_signed_response_says_where_it_is_to_go(provider: SamlProvider, idp: Idp) -> None:
    idp.before = put(".", "Destination", None)
    assert why(provider, idp) == ""
    idp.signs = ("p:Response",)
    assert why(provider, idp) == "recipient"


# Who signed


def test_nobody_else_signs(provider: SamlProvider, idp: Idp) -> None:
    idp.key_name = "thief"
    assert why(provider, idp) == "signature", "its certificate is in the response, and nobody asked for it"
    idp.key_name, idp.signs = "first", ()
    assert why(provider, idp) == "unsigned"
    idp.signs, idp.digest = ("a:Assertion",), "sha1"
    assert why(provider, idp) == "signature", "SHA-1"


def test_a_certificate_that_has_ended_lets_nobody_in(idp: Idp, tmp_path: Path) -> None:
    ended, ending = certificate("first", days=-2), certificate("first", days=20)
    provider = provider_for(idp, tmp_path, ended)
    assert why(provider, idp) == "certificate"
    assert "nobody gets in" in provider.problems(now())[0]
    assert "state the next one" in provider_for(idp, tmp_path, ended, ending).problems(now())[0]
    assert why(provider_for(idp, tmp_path, ended, ending), idp) == ""
    assert provider_for(idp, tmp_path, ended, certificate("first")).problems(now()) == []


def test_a_signature_of_another_response_covers_nothing_here(provider: SamlProvider, idp: Idp) -> None:
    for path, value in ((".//a:NameID", "boss"), (".//a:AttributeValue", "administrator"), (".//a:Audience", "x")):

        def change(root: Element, path: str = path, value: str = value) -> None:
            root.find(path, NAMES).text = value

        idp.after = change
        assert why(provider, idp) == "signature"
    idp.after = put("a:Assertion", "ID", "_other")
    assert why(provider, idp) == "signature"


def transform(algorithm: str) -> Callable[[Element], None]:
    return put(".//ds:Transform", "Algorithm", algorithm)


@pytest.mark.parametrize(
    "change",
    [
        put(".//ds:SignatureMethod", "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"), put(".//ds:Reference", "URI", ""),
        put(".//ds:Reference", "URI", "http://127.0.0.1:1/"), put(".//ds:Reference", "URI", "#xpointer(/)"), drop(".//ds:Reference"),
        drop(".//ds:SignatureValue"), drop(".//ds:DigestValue"), transform("http://www.w3.org/TR/1999/REC-xpath-19991116"),
        lambda root: root.find(".//ds:SignedInfo", NAMES).append(copy.deepcopy(root.find(".//ds:Reference", NAMES))),
        lambda root: root.find(".//ds:Signature", NAMES).insert(0, copy.deepcopy(root.find(".//ds:SignedInfo", NAMES))),
    ],
)  # fmt: skip
def test_a_signature_that_was_changed_is_none(
    provider: SamlProvider, idp: Idp, change: Callable[[Element], None]
) -> None:
    idp.after = change
    assert why(provider, idp) == "signature"


@pytest.mark.parametrize(
    "algorithm", [f"{DS}base64", "http://www.w3.org/TR/1999/REC-xpath-19991116", f"{DS}enveloped-signature"]
)
def test_a_signature_changes_nothing_of_what_it_signs(provider: SamlProvider, idp: Idp, algorithm: str) -> None:
    """Even one of the right key: what is signed is read as it stands."""
    idp.transforms = (algorithm,)
    assert why(provider, idp) == ("reference" if "base64" not in algorithm else "signature")


# Wrapped signatures: the signed assertion is there, and another one where it is looked for (Somorovsky et al., 2012)


def evil(assertion: Element) -> Element:
    made = copy.deepcopy(assertion)
    made.set("ID", "_evil")
    made.find(".//a:NameID", NAMES).text = "boss"
    for signature in made.findall("ds:Signature", NAMES):
        made.remove(signature)
    return made


def parts(root: Element) -> tuple[Element, Element]:
    assertion = root.find("a:Assertion", NAMES)
    return assertion, evil(assertion)


def in_object(signature: Element, held: Element) -> None:
    etree.SubElement(signature, f"{{{DS}}}Object").append(held)


def whole_in_signature(root: Element) -> None:
    """Around a signed response: the original within its own signature."""
    original = copy.deepcopy(root)
    signature = root.find("ds:Signature", NAMES)
    original.remove(original.find("ds:Signature", NAMES))
    root.set("ID", "_evil")
    root.replace(root.find("a:Assertion", NAMES), evil(root.find("a:Assertion", NAMES)))
    in_object(signature, original)


def whole_beside_signature(root: Element) -> None:
    original = copy.deepcopy(root)
    original.remove(original.find("ds:Signature", NAMES))
    root.set("ID", "_evil")
    root.replace(root.find("a:Assertion", NAMES), evil(root.find("a:Assertion", NAMES)))
    root.insert(0, original)


def before_it(root: Element) -> None:
    assertion, other = parts(root)
    assertion.addprevious(other)


def around_it(root: Element) -> None:
    assertion, other = parts(root)
    root.replace(assertion, other)
    other.append(assertion)


def with_its_signature(root: Element) -> None:
    assertion, other = parts(root)
    other.insert(1, assertion.find("ds:Signature", NAMES))
    assertion.addprevious(other)


def in_its_signature(root: Element) -> None:
    assertion, other = parts(root)
    signature = assertion.find("ds:Signature", NAMES)
    root.replace(assertion, other)
    other.insert(1, signature)
    in_object(signature, assertion)


def in_extensions(root: Element) -> None:
    assertion, other = parts(root)
    root.replace(assertion, other)
    etree.SubElement(root, f"{{{P}}}Extensions").append(assertion)


def in_an_object_of_its_own(root: Element) -> None:
    assertion, other = parts(root)
    signature = assertion.find("ds:Signature", NAMES)
    root.replace(assertion, other)
    other.insert(1, signature)
    around = etree.SubElement(signature, f"{{{DS}}}Object")
    etree.SubElement(around, "any").append(assertion)


def of_the_same_id(root: Element) -> None:
    assertion, other = parts(root)
    other.set("ID", assertion.get("ID"))
    root.replace(assertion, other)
    etree.SubElement(etree.SubElement(root, f"{{{P}}}Extensions"), "any", Id=assertion.get("ID"))
    other.insert(1, assertion.find("ds:Signature", NAMES))


WRAPPED = {
    "1": (whole_in_signature, "p:Response"), "2": (whole_beside_signature, "p:Response"), "3": (before_it, "a:Assertion"),
    "4": (around_it, "a:Assertion"), "5": (with_its_signature, "a:Assertion"), "6": (in_its_signature, "a:Assertion"),
    "7": (in_extensions, "a:Assertion"), "8": (in_an_object_of_its_own, "a:Assertion"), "the same id": (of_the_same_id, "a:Assertion"),
}  # fmt: skip


@pytest.mark.parametrize("shape", WRAPPED)
def test_a_wrapped_signature_covers_nothing(provider: SamlProvider, idp: Idp, shape: str) -> None:
    idp.after, signed = WRAPPED[shape]
    idp.signs = (signed,)
    assert why(provider, idp) == "wrapped"


@pytest.mark.parametrize("shape", WRAPPED)
def test_what_is_read_is_what_was_signed_even_where_nothing_looks_odd(
    provider: SamlProvider, idp: Idp, shape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second line: without the look at the shape, a wrapped one is refused, or tells of who was signed for."""

    def careless(root: Element) -> Element:
        return root if root.find("ds:Signature", NAMES) is not None else root.find("a:Assertion", NAMES)

    monkeypatch.setattr("app.identity.assertion._signed_place", careless)
    idp.after, signed = WRAPPED[shape]
    idp.signs = (signed,)
    if not why(provider, idp):
        assert arrival(provider, idp).subject == "u-1"


# XML


@pytest.mark.parametrize("within", [".//a:NameID", ".//a:AttributeValue", ".//a:Audience", ".//ds:DigestValue", "."])
def test_no_comment_cuts_a_name(provider: SamlProvider, idp: Idp, within: str) -> None:
    idp.name_id = "admin@example.com.evil.example"

    def cut(root: Element) -> None:
        found = root.find(within, NAMES)
        text, found.text = found.text, (found.text or "")[:17]
        comment = etree.Comment("")
        comment.tail = (text or "")[17:]
        found.insert(0, comment)

    idp.after = cut
    assert why(provider, idp) == "comment"
    idp.after, idp.before = None, cut if "ds:" not in within else None
    assert why(provider, idp) in {"comment", ""}


BOMB = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10 if i else "lol"}">' for i in range(9))


@pytest.mark.parametrize(
    "declared",
    [
        f"<!DOCTYPE r [{BOMB}]>", '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>', '<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd">',
        "<!DOCTYPE r>", '<!DOCTYPE r [<!ATTLIST r ID CDATA "x">]>',
    ],
)  # fmt: skip
def test_no_document_has_a_type(provider: SamlProvider, idp: Idp, declared: str) -> None:
    idp.text = lambda document: declared.encode() + document.replace(b"u-1", b"&l8;" if "l8" in declared else b"u-1")
    assert why(provider, idp) == "doctype"


@pytest.mark.parametrize("codec", ["utf-16", "utf-7", "cp037"])
def test_a_type_hides_in_no_other_letters(provider: SamlProvider, idp: Idp, codec: str) -> None:
    idp.text = lambda document: (
        f"<?xml version='1.0' encoding='{codec}'?><!DOCTYPE r [{BOMB}]>{document.decode()}".encode(codec)
    )
    assert why(provider, idp) in {"xml", "doctype"}


@pytest.mark.parametrize(
    ("sent", "detail"),
    [
        ("", "response"), ("%%%", "response"), ("x" * 300_000, "response"), ("aGFsbG8=", "xml"), ("PGEvPg==", "response"),
        ("ä", "response"), ("PGE+" * 60_000, "xml"), ("AAAA", "xml"),
    ],
)  # fmt: skip
def test_what_is_no_response_is_refused(provider: SamlProvider, sent: str, detail: str) -> None:
    with pytest.raises(NotArrived, match=f"failed: {detail}"):
        provider.answered(sent, now())


# What the environment says

BASE = "https://crm.example.com"
BY_HAND = {"CRM_SAML_ISSUER": ENTITY, "CRM_SAML_URL": "https://id.example.com/sso", "CRM_SAML_CERTIFICATES": "idp.pem"}


def read(said: dict[str, str]) -> SamlSettings | None:
    return read_outside(Settings.from_environment({**said, "CRM_BASE_URL": BASE})).saml


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"CRM_SAML_IDP": "x"}, "CRM_SAML_IDP is no setting"), ({"CRM_SAML_LABEL": "x"}, "without CRM_SAML_METADATA"),
        ({**BY_HAND, "CRM_SAML_METADATA": "idp.xml"}, "the one or the other"),
        ({**BY_HAND, "CRM_SAML_URL": "http://id.example.com"}, "https"),
        ({"CRM_SAML_METADATA": "x", "CRM_SAML_LINK": "email"}, "none or login"),
        ({"CRM_SAML_METADATA": "x", "CRM_SAML_CREATE": "1"}, "yes or no"),
        ({"CRM_SAML_ISSUER": ENTITY}, "without CRM_SAML_METADATA"),
        ({**BY_HAND, "CRM_OIDC_ISSUER": "https://id.example.com", "CRM_OIDC_CLIENT_ID": "crm"}, "CRM_SAML_LABEL must differ"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_told(said: dict[str, str], words: str) -> None:
    with pytest.raises(SettingRefused, match=words):
        read(said)


def test_right_settings_are_read(tmp_path: Path) -> None:
    path = tmp_path / "idp.pem"
    path.write_bytes(b"".join(certificate(name).public_bytes(Encoding.PEM) for name in ("first", "second")))
    stated = read(
        {
            **BY_HAND,
            "CRM_SAML_CERTIFICATES": str(path),
            "CRM_SAML_NAME": "givenName, sn",
            "CRM_SAML_FACTOR": "a, b",
            "CRM_SAML_CREATE": "yes",
        }
    )
    assert stated is not None
    assert (stated.name, stated.factor) == (("givenName", "sn"), frozenset("ab"))
    assert (stated.create, stated.link) == (True, "none")
    assert (stated.back, stated.us) == (f"{BASE}/login/saml/acs", f"{BASE}/login/saml/metadata")
    assert len(saml_of(stated).issuer.certificates) == 2
    with pytest.raises(SettingRefused, match="CRM_BASE_URL"):
        read_outside(Settings(outside=BY_HAND))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "can't be read"), ("no xml", "no XML"), ("<!DOCTYPE r><r/>", "no XML of a provider: doctype"),
        ("<r/>", "one identity provider"),
        (metadata("https://id.example.com"), "1 to 5 certificates"), (metadata("http://id.example.com", certificate("first")), "https"),
        (metadata("https://x", certificate("first")).replace("HTTP-Redirect", "SOAP"), "no address to log in"),
        (metadata("https://x", certificate("first")).replace("Certificate>MII", "Certificate>XXX"), "can't be read"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told(tmp_path: Path, content: str | None, words: str) -> None:
    path = tmp_path / "idp.xml"
    if content is not None:
        path.write_text(content, "utf-8")
    with pytest.raises(SettingRefused, match=words):
        saml_of(SamlSettings(home=HOME, metadata=str(path)))


def test_a_short_key_is_none(tmp_path: Path) -> None:
    (tmp_path / "idp.xml").write_text(metadata("https://x", certificate("short", bits=1024)), "utf-8")
    with pytest.raises(SettingRefused, match="1024 bits is too short"):
        saml_of(SamlSettings(home=HOME, metadata=str(tmp_path / "idp.xml")))
