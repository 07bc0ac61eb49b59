"""An OpenID provider on this machine: it sends back whom it is told to, signs with real keys, and lies when it is asked to."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from werkzeug import Request, Response
from werkzeug.serving import WSGIRequestHandler, make_server

CLIENT, SECRET = "crm", "a secret: of the client/ö"


@cache
def rsa_key(_name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """The key of that name, the same as long as the process lives."""
    return rsa.generate_private_key(65_537, bits)


@cache
def ec_key(_name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


Sign = Callable[[dict[str, Any]], str]


@dataclass
class OidcProvider:
    """`claims` are told of who logs in, `more` changes the whole token last; `said` is added to what it says of itself."""

    url: str = ""
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "u-1"})
    said: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    key_name: str = "first"
    sign: Sign | None = None
    keys: list[dict[str, Any]] | None = None
    denies: str = ""
    with_issuer: bool = True
    calls: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def jwks(self) -> list[dict[str, Any]]:
        if self.keys is not None:
            return self.keys
        if self.algorithm.startswith("ES"):
            found = json.loads(ECAlgorithm.to_jwk(ec_key(self.key_name).public_key()))
        else:
            found = json.loads(RSAAlgorithm.to_jwk(rsa_key(self.key_name).public_key()))
        return [{**found, "kid": self.key_name, "use": "sig", "alg": self.algorithm}]

    def signed(self, claims: dict[str, Any]) -> str:
        key = ec_key(self.key_name) if self.algorithm.startswith("ES") else rsa_key(self.key_name)
        return jwt.encode(claims, key, self.algorithm, {"kid": self.key_name})

    def answer(self, request: Request) -> Response:
        self.calls.append(request.path)
        doors = {
            "/.well-known/openid-configuration": self.tell, "/authorize": self.send_back, "/token": self.redeem,
            "/keys": lambda _request: as_json({"keys": self.jwks()}), "/out": lambda _request: Response("out"),
        }  # fmt: skip
        return doors.get(request.path, lambda _request: Response(status=404))(request)

    def tell(self, _request: Request) -> Response:
        return as_json(
            {
                "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/keys",
                "end_session_endpoint": f"{self.url}/out",
                "authorization_response_iss_parameter_supported": self.with_issuer, **self.said,
            }
        )  # fmt: skip

    def send_back(self, request: Request) -> Response:
        asked = request.args
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert asked["code_challenge_method"] == "S256"
        told = {"state": asked["state"]}
        if self.with_issuer:
            told["iss"] = self.url
        if self.denies:
            told["error"] = self.denies
        else:
            told["code"] = f"code {len(self.codes)}"
            self.codes[told["code"]] = {**asked.to_dict(), "used": False}
        return Response(status=302, headers={"Location": f"{asked['redirect_uri']}?{urlencode(told)}"})

    def redeem(self, request: Request) -> Response:
        form = request.form
        pair = base64.b64decode((request.headers.get("Authorization") or "").partition(" ")[2]).decode()
        kept = self.codes.get(form.get("code", ""))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        right = (
            kept is not None
            and not kept["used"]
            and parse_qs(f"a={pair.partition(':')[2]}")["a"] == [SECRET]
            and challenge.rstrip(b"=").decode() == kept["code_challenge"]
            and form.get("redirect_uri") == kept["redirect_uri"]
        )
        if kept is None or not right:
            return as_json({"error": "invalid_grant"}, 400)
        kept["used"] = True
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": kept["nonce"], **self.claims,
        }  # fmt: skip
        told = {name: value for name, value in claims.items() if value is not None}
        return as_json({"access_token": "x", "token_type": "Bearer", "id_token": (self.sign or self.signed)(told)})


def as_json(content: object, status: int = 200) -> Response:
    return Response(json.dumps(content), status, content_type="application/json")


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - as the base names it
        """Nothing is written."""


@contextmanager
def oidc_provider() -> Iterator[OidcProvider]:
    provider = OidcProvider()
    app = Request.application(provider.answer)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
