"""AWS Sign-In, which ``aws login`` talks to: temporary credentials for a console session, bound to a key.

Shapes and errors are those of botocore's model of ``signin``; what a client sends is read from the AWS CLI's source
(``awscli/customizations/login/utils.py``). Texts that public threads quote are AWS's own (aws/aws-cli#10330, #10613).
Here a refresh token is void once it is used; whether that is so at AWS is not known.
"""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from ssmtui.lab.answers import JsonBody
from ssmtui.lab.company import Account
from ssmtui.lab.dpop import InvalidProof, Proofs
from ssmtui.lab.keyring import Keyring
from ssmtui.lab.oauth import AuthCodes, AuthorizeRequest, SignInRefused, is_loopback
from ssmtui.lab.roles import Lives
from ssmtui.lab.web_identity import encoded

SAME_DEVICE = "arn:aws:signin:::devtools/same-device"
CROSS_DEVICE = "arn:aws:signin:::devtools/cross-device"
TOKEN_PATH = "/v1/token"  # noqa: S105 (a path)
CONFIRMATION_PATH = "/v1/sessions/confirmation"
"""The page that shows a code to copy, for a program on another machine."""

_BAD_GRANT = "The provided authorization grant is invalid, expired, revoked, or malformed"
_BAD_GRANT = "The provided authorization grant is invalid, expired, revoked, or malformed"
_LONGEST = 900.0
"""Seconds that credentials are good at most (botocore's model)."""


@dataclass(slots=True)
class _Login:
    """What a refresh token stands for."""

    client_id: str
    thumbprint: str = field(repr=False)
    """Of the key that it is bound to."""
    ends: float


class ConsoleLogin:
    """Signs the caller of one account in. ``base`` gives the address of the lab."""

    def __init__(
        self,
        account: Account,
        keyring: Keyring,
        lives: Lives,
        base: Callable[[], str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._account = account
        self._keyring = keyring
        self._lives = lives
        self._base = base
        self._clock = clock
        self._codes = AuthCodes()
        self._proofs = Proofs()
        self._logins: dict[str, _Login] = {}
        """By refresh token."""

    @property
    def login_session(self) -> str:
        """What an AWS profile that was signed in names: the ARN of the person."""
        return self._account.principal.arn

    def end_logins(self) -> None:
        """Let every refresh token end now."""
        for login in self._logins.values():
            login.ends = self._clock()

    def authorization(self, query: Mapping[str, str]) -> AuthorizeRequest | None:
        """What the address of the page asks for; None where it is none of a client that is known."""
        request = AuthorizeRequest.of(query, "SHA-256")
        if request is None or query.get("scope") != "openid":
            return None
        here = request.client_id == SAME_DEVICE and is_loopback(request.redirect_uri)
        elsewhere = request.client_id == CROSS_DEVICE and request.redirect_uri == self._base() + CONFIRMATION_PATH
        return request if here or elsewhere else None

    def authorize(self, request: AuthorizeRequest) -> str:
        """A person has said yes: where the browser goes, with a code."""
        return request.answer(code=self._codes.issue(request, self._clock() + self._lives.device_code))

    @staticmethod
    def verification_code(query: Mapping[str, str]) -> str:
        """What the page shows to be copied into a program on another machine."""
        facts = urlencode({"state": query.get("state", ""), "code": query.get("code", "")})
        return base64.b64encode(facts.encode()).decode()

    def create_token(self, body: JsonBody, proof: str, url: str) -> JsonBody:
        """Credentials and a refresh token. ``proof`` is the request's DPoP header."""
        now = self._clock()
        try:
            thumbprint = self._proofs.check(proof, "POST", url, now)
        except InvalidProof as error:
            raise _invalid(f"The DPoP proof is invalid: {error}") from None
        client_id, grant = str(body.get("clientId", "")), body.get("grantType")
        if client_id not in (SAME_DEVICE, CROSS_DEVICE):
            raise _invalid("The client is unknown")
        if grant == "authorization_code":
            login, first = self._redeem(client_id, body, thumbprint, now), True
        elif grant == "refresh_token":
            login, first = self._refresh(client_id, body, thumbprint, now), False
        else:
            raise SignInRefused("ValidationException", "unsupported_grant_type", "The grant type is not supported")
        return self._output(login, first=first)

    def _redeem(self, client_id: str, body: JsonBody, thumbprint: str, now: float) -> _Login:
        taken = self._codes.take(str(body.get("code", "")))
        if taken is None:
            raise _invalid(_BAD_GRANT)
        request, ends = taken
        if now >= ends:
            raise SignInRefused("AccessDeniedException", "AUTHCODE_EXPIRED", "The authorization code has expired.")
        fits = (request.client_id, request.redirect_uri) == (client_id, body.get("redirectUri"))
        if not fits or not request.proven_by(str(body.get("codeVerifier", ""))):
            raise _invalid(_BAD_GRANT)
        return _Login(client_id, thumbprint, now + self._lives.sign_in)

    def _refresh(self, client_id: str, body: JsonBody, thumbprint: str, now: float) -> _Login:
        token = str(body.get("refreshToken", ""))
        login = self._logins.get(token)
        if login is None or (login.client_id, login.thumbprint) != (client_id, thumbprint):
            raise _invalid(_BAD_GRANT)
        if now >= login.ends:
            raise SignInRefused("AccessDeniedException", "TOKEN_EXPIRED", "The refresh token has expired.")
        return self._logins.pop(token)

    def _output(self, login: _Login, *, first: bool) -> JsonBody:
        seconds = min(_LONGEST, self._lives.credentials)
        own, _ = self._keyring.lend(self._account, self._account.principal, seconds)
        token = secrets.token_urlsafe(90)
        self._logins[token] = login
        return {
            "accessToken": {
                "accessKeyId": own.access_key_id,
                "secretAccessKey": own.secret_access_key,
                "sessionToken": own.session_token,
            },
            "tokenType": "aws_sigv4",
            "expiresIn": int(seconds),
            "refreshToken": token,
            "idToken": self._id_token(login, seconds) if first else None,
        }

    def _id_token(self, login: _Login, seconds: float) -> str:
        now = int(self._clock())
        claims = {
            "sub": self.login_session,
            "aud": login.client_id,
            "iss": f"{self._base()}/signin",
            "session_arn": self.login_session,
            "iat": now,
            "exp": now + int(seconds),
        }
        # Clients read it without checking whose it is: it came straight from the service.
        return f"{encoded({'alg': 'ES384', 'typ': 'JWT'})}.{encoded(claims)}.{secrets.token_urlsafe(48)}"


def _invalid(description: str) -> SignInRefused:
    return SignInRefused("ValidationException", "INVALID_REQUEST", description)
