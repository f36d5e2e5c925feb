"""A person who signs in to a lab with the AWS CLI: what it sends, and the caches that it leaves in the home directory.

Written from the AWS CLI's source (``awscli/botocore/utils.py`` and ``awscli/customizations/login/utils.py`` of its
branch v2), not from the program under test. Everything here blocks: the lab's loop must run elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

SCOPES = ["sso:account:access"]
SAME_DEVICE = "arn:aws:signin:::devtools/same-device"
REDIRECT = "http://127.0.0.1:54321/oauth/callback"
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class Answer(NamedTuple):
    """What came back of a request."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        facts = json.loads(self.body)
        assert isinstance(facts, dict)
        return facts


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def http(method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    """One request, redirects not followed."""
    request = urllib.request.Request(url, body, dict(headers or {}), method=method)
    try:
        with _opener.open(request, timeout=30) as answer:
            return Answer(answer.status, dict(answer.headers), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers), error.read())


def post_json(url: str, body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Answer:
    """A call of a JSON service."""
    return http("POST", url, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})


def post_form(url: str, **fields: str) -> Answer:
    """What a browser sends with a form."""
    return http("POST", url, urlencode(fields).encode(), {"Content-Type": "application/x-www-form-urlencoded"})


class Pkce(NamedTuple):
    """What a program proves to know, and its SHA-256."""

    verifier: str
    challenge: str

    @classmethod
    def make(cls) -> Pkce:
        verifier = secrets.token_urlsafe(48)
        return cls(verifier, encoded(hashlib.sha256(verifier.encode()).digest()))


def encoded(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class DpopKey:
    """A key, and proofs that one holds it (RFC 9449)."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())

    @property
    def pem(self) -> str:
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()

    def proof(self, url: str, **changed: object) -> str:
        """A proof for a POST to ``url``. ``changed`` replaces claims, and ``typ`` and ``alg`` in the header."""
        numbers = self.private.public_key().public_numbers()
        jwk = {
            "kty": "EC",
            "crv": "P-256",
            "x": encoded(numbers.x.to_bytes(32, "big")),
            "y": encoded(numbers.y.to_bytes(32, "big")),
        }
        header: dict[str, object] = {"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}
        claims: dict[str, object] = {"htm": "POST", "htu": url, "iat": int(time.time()), "jti": str(uuid.uuid4())}
        for name, value in changed.items():
            (header if name in header else claims)[name] = value
        text = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(claims).encode())}"
        pair = decode_dss_signature(self.private.sign(text.encode(), ec.ECDSA(SHA256())))
        return f"{text}.{encoded(b''.join(number.to_bytes(32, 'big') for number in pair))}"


def register(base: str, **more: object) -> dict[str, Any]:
    """Register an OIDC client as the AWS CLI does for device codes."""
    body: dict[str, object] = {"clientName": "botocore-client-test", "clientType": "public", "scopes": SCOPES, **more}
    return post_json(f"{base}/client/register", body).json


def create_token(base: str, client: Mapping[str, Any], grant: str, **more: object) -> Answer:
    """CreateToken with any grant."""
    body: dict[str, object] = {
        "clientId": client["clientId"],
        "clientSecret": client["clientSecret"],
        "grantType": grant,
        **more,
    }
    return post_json(f"{base}/token", body)


DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


def sign_in_to_portal(base: str, home: Path, session: str | None, *, ends_in: float | None = None) -> Path:
    """What ``aws sso login --use-device-code`` leaves for an ``sso-session`` (None: for settings in the AWS profile).

    ``ends_in``: write that the access token ends in so many seconds, whatever the service said. Returns the file.
    """
    client = register(base) if session else register(base, scopes=[])
    start_url = f"{base}/start"
    body = {"clientId": client["clientId"], "clientSecret": client["clientSecret"], "startUrl": start_url}
    device = post_json(f"{base}/device_authorization", body).json
    approved = post_form(f"{base}/device", user_code=device["userCode"], decision="approve")
    assert approved.status == 200
    tokens = create_token(base, client, DEVICE_CODE, deviceCode=device["deviceCode"]).json
    ends = datetime.now(UTC) + timedelta(seconds=tokens["expiresIn"] if ends_in is None else ends_in)
    cache = {
        "startUrl": start_url,
        "region": "eu-west-1",
        "accessToken": tokens["accessToken"],
        "expiresAt": ends.strftime(_TIME),
        "clientId": client["clientId"],
        "clientSecret": client["clientSecret"],
        "registrationExpiresAt": datetime.fromtimestamp(client["clientSecretExpiresAt"], UTC).strftime(_TIME),
        **({"refreshToken": tokens["refreshToken"]} if "refreshToken" in tokens else {}),
    }
    name = hashlib.sha1((session or start_url).encode(), usedforsecurity=False).hexdigest()
    return _write(home / ".aws/sso/cache" / f"{name}.json", cache)


def console_code(base: str, pkce: Pkce, redirect: str = REDIRECT, client_id: str = SAME_DEVICE) -> str:
    """A person approves ``aws login`` in the browser: the code that it brings back."""
    state = str(uuid.uuid4())
    query = {
        "response_type": "code",
        "client_id": client_id,
        "state": state,
        "code_challenge_method": "SHA-256",
        "scope": "openid",
        "redirect_uri": redirect,
        "code_challenge": pkce.challenge,
    }
    url = f"{base}/v1/authorize?{urlencode(query)}"
    assert http("GET", url).status == 200
    answer = post_form(url)
    assert answer.status == 302, answer
    brought = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert brought["state"] == [state]
    return brought["code"][0]


def sign_in_to_console(base: str, home: Path, *, ends_in: float | None = None) -> Path:
    """What ``aws login`` leaves; ``ends_in`` as in :func:`sign_in_to_portal`."""
    pkce, key, url = Pkce.make(), DpopKey(), f"{base}/v1/token"
    body = {
        "clientId": SAME_DEVICE,
        "grantType": "authorization_code",
        "code": console_code(base, pkce),
        "codeVerifier": pkce.verifier,
        "redirectUri": REDIRECT,
    }
    output = post_json(url, body, {"DPoP": key.proof(url)}).json
    claims = json.loads(base64.urlsafe_b64decode(output["idToken"].split(".")[1] + "=="))
    session = claims["sub"]
    ends = datetime.now(UTC) + timedelta(seconds=output["expiresIn"] if ends_in is None else ends_in)
    cache = {
        "accessToken": {
            **output["accessToken"],
            "accountId": session.split(":")[4],
            "expiresAt": ends.strftime(_TIME),
        },
        "tokenType": output["tokenType"],
        "clientId": SAME_DEVICE,
        "refreshToken": output["refreshToken"],
        "idToken": output["idToken"],
        "dpopKey": key.pem,
    }
    name = hashlib.sha256(session.encode()).hexdigest()
    return _write(home / ".aws/login/cache" / f"{name}.json", cache)


def _write(file: Path, cache: Mapping[str, object]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(cache))
    return file
