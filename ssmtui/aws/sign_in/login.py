"""`aws login`: the console's own sign-in, whose credentials a file of the AWS CLI holds.

The page and the call are those of the AWS CLI (aws/aws-cli, branch v2: ``awscli/customizations/login``). The key that
proves who has the tokens (DPoP, RFC 9449) is made here and kept beside them; botocore refreshes them with it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
import shlex
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from ssmtui import inert
from ssmtui.aws.credentials import login_cache
from ssmtui.aws.sign_in.authorization import Proof, listening, page_address
from ssmtui.aws.sign_in.caches import JsonCache
from ssmtui.aws.sign_in.clients import apart, base_address, unsigned_client
from ssmtui.aws.sign_in.person import PAGE_LASTS, CodeWanted, Page, Person
from ssmtui.aws.translate import translate
from ssmtui.errors import ConfigurationError, CredentialsError, SsmtuiError

if TYPE_CHECKING:
    import botocore.session
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

SAME_DEVICE = "arn:aws:signin:::devtools/same-device"
CROSS_DEVICE = "arn:aws:signin:::devtools/cross-device"
DEFAULT_REGION = "us-east-1"
"""What the AWS CLI offers where the AWS profile names none."""


class LoginSignIn:
    """One attempt. Await :meth:`run` once; cancel it at any time."""

    def __init__(
        self,
        core: botocore.session.Session,
        person: Person,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._core = core
        self._person = person
        self._now = now

    async def run(self, *, browser: bool) -> None:
        """Sign in, and keep what comes of it. With ``browser`` the page leads back to this machine; else it shows a
        code, which the person is asked for. Raises :class:`ssmtui.errors.SsmtuiError`."""
        name = self._core.get_config_variable("profile") or "default"
        session = (self._core.full_config.get("profiles", {}).get(name) or {}).get("login_session")
        if not isinstance(session, str):
            raise ConfigurationError(
                f"the AWS profile {inert.line(name, 60)} has no login_session",
                title="Nowhere to sign in to",
                remedy="`aws login` asks for what it needs, and writes it to ~/.aws/config.",
            )
        try:
            region = self._core.get_config_variable("region") or DEFAULT_REGION
            client = await apart(partial(unsigned_client, self._core, "signin", region))
            token = await (self._by_browser(client) if browser else self._by_code(client))
            self._check(token, session, name)
            kept = {**token, "signInRegion": region}
            key = hashlib.sha256(session.encode()).hexdigest()
            await apart(lambda: JsonCache(login_cache()).write(key, kept))
        except SsmtuiError:
            raise
        except Exception as error:
            raise _told(error) from error

    async def _by_browser(self, client: Any) -> Mapping[str, Any]:
        proof = Proof.new()
        base = await apart(lambda: _base(client))
        async with listening(proof.state) as redirect:
            self._person.show(
                Page(_authorize(base, SAME_DEVICE, proof, redirect.address), lasts=PAGE_LASTS, is_here=True)
            )
            code = await redirect.code(PAGE_LASTS)
            self._person.tell("The browser is back; the credentials are fetched")
            return await apart(lambda: self._exchange(client, SAME_DEVICE, code, proof, redirect.address))

    async def _by_code(self, client: Any) -> Mapping[str, Any]:
        proof = Proof.new()
        base = await apart(lambda: _base(client))
        redirect = f"{base}/v1/sessions/confirmation"
        self._person.show(Page(_authorize(base, CROSS_DEVICE, proof, redirect), lasts=PAGE_LASTS))
        wrong = ""
        while True:
            typed = await self._person.ask(
                CodeWanted("The code that the page shows in the end", is_mfa=False, wrong=wrong)
            )
            code = _pasted(typed, proof.state)
            if code is not None:
                break
            wrong = "this is not the code of that page: copy all of it"
        self._person.tell("The credentials are fetched")
        return await apart(lambda: self._exchange(client, CROSS_DEVICE, code, proof, redirect))

    def _exchange(self, client: Any, client_id: str, code: str, proof: Proof, redirect: str) -> Mapping[str, Any]:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())

        def prove(params: Any, **_: object) -> None:
            params["headers"]["DPoP"] = possession(key, params["url"])

        client.meta.events.register("before-call.signin.CreateOAuth2Token", prove)
        answer = client.create_o_auth2_token(
            tokenInput={
                "clientId": client_id,
                "grantType": "authorization_code",
                "code": code,
                "codeVerifier": proof.verifier,
                "redirectUri": redirect,
            }
        )["tokenOutput"]
        given = answer["accessToken"]
        return {
            "accessToken": {
                "accessKeyId": given["accessKeyId"],
                "secretAccessKey": given["secretAccessKey"],
                "sessionToken": given["sessionToken"],
                "accountId": _account(_subject(answer["idToken"])),
                "expiresAt": self._now() + timedelta(seconds=answer["expiresIn"]),
            },
            "tokenType": answer["tokenType"],
            "clientId": client_id,
            "refreshToken": answer["refreshToken"],
            "idToken": answer["idToken"],
            "dpopKey": key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption(),
            ).decode(),
        }

    def _check(self, token: Mapping[str, Any], session: str, name: str) -> None:
        """That it is who the AWS profile is for: whose credentials it gets must not change by the choice of a page."""
        found = _subject(token["idToken"])
        if found == session:
            return
        profile, wanted = inert.line(name, 60), inert.line(session, 120)
        raise CredentialsError(
            f"the browser has signed in {inert.line(found, 120)}, the AWS profile {profile} is for {wanted}",
            title="Somebody else was signed in",
            remedy="Try again and choose the other one there. To use this one from now on: "
            f"`aws login --profile {shlex.quote(name)}`.",
        )


def possession(key: EllipticCurvePrivateKey, address: str, now: Callable[[], float] = time.time) -> str:
    """The proof that a request to ``address`` comes from who has ``key`` (RFC 9449, section 4.2)."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    public = key.public_key().public_numbers()
    head = {
        "typ": "dpop+jwt",
        "alg": "ES256",
        "jwk": {"kty": "EC", "x": _number(public.x), "y": _number(public.y), "crv": "P-256"},
    }
    body = {"htm": "POST", "htu": address, "iat": int(now()), "jti": str(uuid.uuid4())}
    signed = f"{_json(head)}.{_json(body)}"
    first, second = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{_unpadded(first.to_bytes(32, 'big') + second.to_bytes(32, 'big'))}"


def _authorize(base: str, client_id: str, proof: Proof, redirect: str) -> str:
    query = {
        "response_type": "code",
        "client_id": client_id,
        "state": proof.state,
        "code_challenge_method": "SHA-256",
        "scope": "openid",
        "redirect_uri": redirect,
        "code_challenge": proof.challenge,
    }
    return page_address(base, "/v1/authorize", query)


def _base(client: Any) -> str:
    return base_address(
        client,
        "before-call.signin.CreateOAuth2Token",
        lambda: client.create_o_auth2_token(tokenInput={"clientId": SAME_DEVICE, "grantType": "authorization_code"}),
    )


def _pasted(typed: str, state: str) -> str | None:
    """The authorization code in what the page shows, Base64 of ``state=...&code=...``; None where it is of another page
    or is none."""
    try:
        query = parse_qs(base64.b64decode("".join(typed.split()), validate=True).decode())
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    found = query.get("state", [""])[0]
    if not secrets.compare_digest(found.encode(), state.encode()):
        return None
    return query.get("code", [None])[0]


def _subject(id_token: str) -> str:
    """Who was signed in, by the ARN in an id token. AWS has just given it over TLS: its signature adds nothing."""
    try:
        body = json.loads(base64.urlsafe_b64decode(id_token.split(".")[1] + "=="))
        return str(body["sub"])
    except (ValueError, LookupError, TypeError) as error:
        raise CredentialsError(
            "the id token names nobody", title="AWS's answer cannot be used", remedy="Try again, or use `aws login`."
        ) from error


def _account(arn: str) -> str:
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 else ""


def _number(number: int) -> str:
    return _unpadded(number.to_bytes(32, "big"))


def _json(value: Mapping[str, object]) -> str:
    return _unpadded(json.dumps(value, separators=(",", ":")).encode())


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


_REFUSALS = {
    "AUTHCODE_EXPIRED": ("The code has expired", "Try again: it must be used within minutes."),
    "INSUFFICIENT_PERMISSIONS": (
        "AWS does not allow this sign-in",
        "Ask for the permissions of the managed policy SignInLocalDevelopmentAccess.",
    ),
}


def _told(error: Exception) -> SsmtuiError:
    from botocore.exceptions import ClientError

    if not isinstance(error, ClientError):
        return translate(error)
    answer = error.response
    kind = str(answer.get("error", ""))
    said = inert.line(str(answer.get("message") or answer.get("Error", {}).get("Message") or kind), 300)
    title, remedy = _REFUSALS.get(kind, ("AWS refuses the sign-in", "Try again, or use `aws login`."))
    return CredentialsError(said or str(answer.get("Error", {}).get("Code", "")), title=title, remedy=remedy)
