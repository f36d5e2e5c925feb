"""IAM Identity Center: its OIDC service, and the portal that gives credentials for an access token.

Shapes and errors are those of botocore's models of ``sso-oidc`` and ``sso``. Texts that public threads quote are
AWS's own (aws/aws-cli#5971, 61418/aws-sso-util#74, aws/aws-sam-cli#2129); the others are the lab's.
"""

from __future__ import annotations

import secrets
import string
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ssmtui.lab.answers import ApiError, JsonBody, page_of
from ssmtui.lab.company import CALLER, Account
from ssmtui.lab.keyring import Keyring
from ssmtui.lab.oauth import AuthCodes, AuthorizeRequest, SignInRefused, is_loopback, remember, without_port
from ssmtui.lab.roles import ASSIGNED, Lives, assigned_role

SCOPE = "sso:account:access"
"""The scope that gives a refresh token, and the only one that the lab knows."""
SESSION = "ssmtui-lab"
"""The name of the ``sso-session`` section in the lab's AWS configuration."""

_DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
_AUTHORIZATION_CODE, _REFRESH_TOKEN = "authorization_code", "refresh_token"
_INTERVAL = 1
"""Seconds between two questions, as AWS asks for (the pace of the CLI in aws/aws-cli#5971)."""
_CODE_LETTERS = string.ascii_uppercase
_BEARER = "x-amz-sso_bearer_token"


@dataclass(frozen=True, slots=True)
class _Client:
    """A program that has registered."""

    secret: str = field(repr=False)
    expires: float
    scopes: tuple[str, ...]
    grants: tuple[str, ...]
    """Empty: all but the authorization code, as the AWS CLI registers for device codes."""
    redirects: tuple[str, ...]

    def may(self, grant: str) -> bool:
        return grant in self.grants or (not self.grants and grant != _AUTHORIZATION_CODE)


@dataclass(slots=True)
class _SignIn:
    """A person's session at the portal. Its tokens end with it."""

    ends: float
    access_tokens: dict[str, float] = field(default_factory=dict, repr=False)
    """Each with its end."""
    refresh_token: str = field(default="", repr=False)


@dataclass(slots=True)
class _Device:
    """One wish to sign in that a person approves elsewhere."""

    client_id: str
    ends: float
    status: str = "pending"


class IdentityCenter:
    """One directory of people: the company's. ``base`` gives the address of the lab."""

    def __init__(
        self,
        accounts: Sequence[Account],
        keyring: Keyring,
        lives: Lives,
        base: Callable[[], str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._accounts = accounts
        self._keyring = keyring
        self._lives = lives
        self._base = base
        self._clock = clock
        self._clients: dict[str, _Client] = {}
        self._devices: dict[str, _Device] = {}
        """By device code."""
        self._user_codes: dict[str, _Device] = {}
        self._codes = AuthCodes()
        self._sign_ins: list[_SignIn] = []

    @property
    def start_url(self) -> str:
        """The address of the portal, which a configuration names."""
        return f"{self._base()}/start"

    # What a person does

    def waiting(self) -> list[str]:
        """The user codes that wait for a person."""
        now = self._clock()
        return [code for code, one in self._user_codes.items() if one.status == "pending" and now < one.ends]

    def decide(self, user_code: str, *, approve: bool) -> None:
        """Approve a device, or deny it; ``KeyError`` where no such code waits."""
        if user_code not in self.waiting():
            raise KeyError(user_code)
        self._user_codes[user_code].status = "approved" if approve else "denied"

    def expire_device_codes(self) -> None:
        """Let every device code end now."""
        for device in self._devices.values():
            device.ends = self._clock()

    def end_sign_ins(self) -> None:
        """End every person's session: no token is good any more, whatever it said of its own end."""
        self._sign_ins.clear()

    # The OIDC service

    def register_client(self, body: JsonBody) -> JsonBody:
        """Register a program, for all that it will ask for."""
        if body.get("clientType") != "public" or not body.get("clientName"):
            raise SignInRefused("InvalidRequestException", "invalid_request", "Only public clients can be registered")
        scopes, grants, redirects = (_texts(body, name) for name in ("scopes", "grantTypes", "redirectUris"))
        if not set(scopes) <= {SCOPE}:
            raise SignInRefused("InvalidScopeException", "invalid_scope", "A scope is invalid")
        if not set(grants) <= {_DEVICE_CODE, _AUTHORIZATION_CODE, _REFRESH_TOKEN}:
            raise SignInRefused("UnsupportedGrantTypeException", "unsupported_grant_type", "A grant is not supported")
        if _AUTHORIZATION_CODE in grants and not (redirects and all(map(is_loopback, redirects))):
            raise SignInRefused("InvalidRedirectUriException", "invalid_redirect_uri", "A redirect URI is invalid")
        client_id, now = secrets.token_urlsafe(16), self._clock()
        client = _Client(secrets.token_urlsafe(90), now + self._lives.client, scopes, grants, redirects)
        remember(self._clients, client_id, client)
        return {
            "clientId": client_id,
            "clientSecret": client.secret,
            "clientIdIssuedAt": int(now),
            "clientSecretExpiresAt": int(client.expires),
        }

    def start_device_authorization(self, body: JsonBody) -> JsonBody:
        """Give a code that a person approves on the page of the portal."""
        client_id, client = self._client(body)
        if not client.may(_DEVICE_CODE):
            raise SignInRefused(
                "UnauthorizedClientException", "unauthorized_client", "The client did not register this"
            )
        if str(body.get("startUrl", "")).partition("#")[0].rstrip("/") != self.start_url:
            raise SignInRefused("InvalidRequestException", "invalid_request", "Invalid start url provided")
        user_code = "-".join("".join(secrets.choice(_CODE_LETTERS) for _ in range(4)) for _ in range(2))
        device_code = secrets.token_urlsafe(64)
        device = _Device(client_id, self._clock() + self._lives.device_code)
        remember(self._devices, device_code, device)
        remember(self._user_codes, user_code, device)
        page = f"{self._base()}/device"
        return {
            "deviceCode": device_code,
            "userCode": user_code,
            "verificationUri": page,
            "verificationUriComplete": f"{page}?user_code={user_code}",
            "expiresIn": int(self._lives.device_code),
            "interval": _INTERVAL,
        }

    def authorization(self, query: Mapping[str, str]) -> AuthorizeRequest | None:
        """What the address of the page asks for; None where it is not one that a registered client may use."""
        request = AuthorizeRequest.of(query, "S256")
        client = self._clients.get(request.client_id) if request is not None else None
        if request is None or client is None or not client.may(_AUTHORIZATION_CODE):
            return None
        registered = is_loopback(request.redirect_uri) and without_port(request.redirect_uri) in client.redirects
        return request if registered else None

    def authorize(self, request: AuthorizeRequest) -> str:
        """A person has said yes: where the browser goes, with a code."""
        return request.answer(code=self._codes.issue(request, self._clock() + self._lives.device_code))

    def create_token(self, body: JsonBody) -> JsonBody:
        """Tokens, for a grant."""
        client_id, client = self._client(body)
        grant = body.get("grantType")
        read = {
            _DEVICE_CODE: self._device_grant,
            _AUTHORIZATION_CODE: self._code_grant,
            _REFRESH_TOKEN: self._refresh_grant,
        }.get(str(grant))
        if read is None:
            raise SignInRefused("UnsupportedGrantTypeException", "unsupported_grant_type", "Unsupported grant type")
        if not client.may(str(grant)):
            raise SignInRefused(
                "UnauthorizedClientException", "unauthorized_client", "The client did not register this"
            )
        return self._tokens(read(client_id, body), client)

    def _client(self, body: JsonBody) -> tuple[str, _Client]:
        client_id = str(body.get("clientId", ""))
        client = self._clients.get(client_id)
        if client is None or not secrets.compare_digest(str(body.get("clientSecret", "")), client.secret):
            raise SignInRefused("InvalidClientException", "invalid_client", "Invalid client", 401)
        if self._clock() >= client.expires:
            raise SignInRefused("InvalidClientException", "invalid_client", "Client is expired", 401)
        return client_id, client

    def _device_grant(self, client_id: str, body: JsonBody) -> _SignIn:
        code = str(body.get("deviceCode", ""))
        device = self._devices.get(code)
        if device is None or device.client_id != client_id:
            raise _invalid_grant("Invalid device code provided")
        if device.status == "denied":
            raise SignInRefused("AccessDeniedException", "access_denied", "User denied the request")
        if self._clock() >= device.ends:
            raise SignInRefused("ExpiredTokenException", "expired_token", "Device code expired")
        if device.status == "pending":
            raise SignInRefused(
                "AuthorizationPendingException", "authorization_pending", "Authorization is still pending"
            )
        del self._devices[code]
        return self._new_sign_in()

    def _code_grant(self, client_id: str, body: JsonBody) -> _SignIn:
        taken = self._codes.take(str(body.get("code", "")))
        if taken is None:
            raise _invalid_grant("Invalid authorization code provided")
        request, ends = taken
        if self._clock() >= ends:
            raise SignInRefused("ExpiredTokenException", "expired_token", "Authorization code expired")
        fits = (request.client_id, request.redirect_uri) == (client_id, body.get("redirectUri"))
        if not fits or not request.proven_by(str(body.get("codeVerifier", ""))):
            raise _invalid_grant("Invalid authorization code provided")
        return self._new_sign_in()

    def _refresh_grant(self, client_id: str, body: JsonBody) -> _SignIn:
        token, now = str(body.get("refreshToken", "")), self._clock()
        for sign_in in self._sign_ins:
            if token and secrets.compare_digest(sign_in.refresh_token, token) and now < sign_in.ends:
                return sign_in
        raise _invalid_grant("Invalid refresh token provided")

    def _new_sign_in(self) -> _SignIn:
        self._sign_ins.append(_SignIn(self._clock() + self._lives.sign_in))
        return self._sign_ins[-1]

    def _tokens(self, sign_in: _SignIn, client: _Client) -> JsonBody:
        access_token, now = f"aoa{secrets.token_urlsafe(90)}", self._clock()
        refreshable = SCOPE in client.scopes
        ends = min(now + self._lives.access_token, sign_in.ends) if refreshable else sign_in.ends
        sign_in.access_tokens[access_token] = ends
        # A refresh token gives another one; the access tokens from before stay good until their end.
        sign_in.refresh_token = f"aor{secrets.token_urlsafe(90)}" if refreshable else ""
        return {
            "accessToken": access_token,
            "tokenType": "Bearer",
            "expiresIn": round(ends - now),
            "refreshToken": sign_in.refresh_token or None,
        }

    # The portal

    def get_role_credentials(self, query: Mapping[str, str], headers: Mapping[str, str]) -> JsonBody:
        """Credentials of a role that the person has in an account."""
        self._check(headers)
        account = next((one for one in self._accounts if one.id == query.get("account_id")), None)
        if account is None or query.get("role_name") not in ASSIGNED:
            raise ApiError("ForbiddenException", "No access", 403)
        principal = assigned_role(account, query["role_name"]).principal(CALLER)
        own, expires = self._keyring.lend(account, principal, self._lives.credentials)
        return {
            "roleCredentials": {
                "accessKeyId": own.access_key_id,
                "secretAccessKey": own.secret_access_key,
                "sessionToken": own.session_token,
                "expiration": int(expires.timestamp() * 1000),
            }
        }

    def list_accounts(self, query: Mapping[str, str], headers: Mapping[str, str]) -> JsonBody:
        """The accounts that the person has a role in."""
        self._check(headers)
        rows = [
            {"accountId": one.id, "accountName": one.alias or one.name, "emailAddress": f"{one.name}@example.com"}
            for one in self._accounts
        ]
        page, token = page_of(rows, "sso-accounts", query.get("next_token"), _page_size(query))
        return {"accountList": page, "nextToken": token}

    def list_account_roles(self, query: Mapping[str, str], headers: Mapping[str, str]) -> JsonBody:
        """The roles that the person has in an account."""
        self._check(headers)
        if query.get("account_id") not in {one.id for one in self._accounts}:
            raise ApiError("ForbiddenException", "No access", 403)
        rows = [{"roleName": name, "accountId": query["account_id"]} for name in ASSIGNED]
        page, token = page_of(rows, "sso-roles", query.get("next_token"), _page_size(query))
        return {"roleList": page, "nextToken": token}

    def logout(self, query: Mapping[str, str], headers: Mapping[str, str]) -> JsonBody:
        """End the session that a token belongs to."""
        self._sign_ins.remove(self._check(headers))
        return {}

    def _check(self, headers: Mapping[str, str]) -> _SignIn:
        token, now = headers.get(_BEARER, ""), self._clock()
        for sign_in in self._sign_ins:
            if now < sign_in.access_tokens.get(token, 0.0) and now < sign_in.ends:
                return sign_in
        raise ApiError("UnauthorizedException", "Session token not found or invalid", 401)


def _invalid_grant(description: str) -> SignInRefused:
    return SignInRefused("InvalidGrantException", "invalid_grant", description)


def _texts(body: JsonBody, name: str) -> tuple[str, ...]:
    value = body.get(name) or []
    if not isinstance(value, list):
        raise SignInRefused("InvalidRequestException", "invalid_request", f"{name} must be a list")
    return tuple(map(str, value))


def _page_size(query: Mapping[str, str]) -> int:
    text = query.get("max_result", "20")
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise ApiError("InvalidRequestException", "max_result must be from 1 to 100")
    return int(text)
