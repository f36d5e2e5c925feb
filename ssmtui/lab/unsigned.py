"""What the lab answers without a signature: exactly the operations that AWS's models mark so, and the pages that a
person sees in a browser.

All of it is for this machine only, and none of it is there where the lab signs nobody in. The operations of single
sign-on need a client's secret or an access token, those of ``aws login`` a proof of possession, web identity a token of
the lab's issuer. What a person approves in a browser needs the lab's password: other users of this machine reach the
pages, too, and the lab's shells are real.
"""

from __future__ import annotations

import json
import logging
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from ssmtui.lab.answers import ApiError, Dialect, JsonBody, error_answer, query_answer
from ssmtui.lab.api_sts import MfaDevice, StsApi
from ssmtui.lab.company import Account
from ssmtui.lab.console_login import CONFIRMATION_PATH, TOKEN_PATH, ConsoleLogin
from ssmtui.lab.http_server import HttpRequest, HttpResponse
from ssmtui.lab.identity_center import IdentityCenter
from ssmtui.lab.keyring import Keyring
from ssmtui.lab.oauth import AuthorizeRequest, SignInRefused
from ssmtui.lab.roles import OPS, LabRole, Lives
from ssmtui.lab.sign_in_pages import consent_page, device_page, page, paragraph, wrong_password_page
from ssmtui.lab.signature import is_for_this_machine
from ssmtui.lab.web_identity import WebIdentities

log = logging.getLogger(__name__)

WEB_IDENTITY = "AssumeRoleWithWebIdentity"
CONTAINER_PATH = "/container-credentials"
"""What a container's credentials are read from; the lab's own ``credential_process`` reads it too."""
MFA_PATH = "/mfa"
"""A page with the code that the MFA device shows now."""

_OIDC_ERROR = "http://internal.amazon.com/coral/com.amazonaws.sso.oidc/"
_PORTAL_ERROR = "com.amazonaws.switchboard.portal#"
_JSON = "application/json"

_OAUTH_WORDS = {
    "AccessDeniedException": "access_denied",
    "AuthorizationPendingException": "authorization_pending",
    "ExpiredTokenException": "expired_token",
    "InvalidClientException": "invalid_client",
    "InvalidGrantException": "invalid_grant",
    "InvalidScopeException": "invalid_scope",
    "SlowDownException": "slow_down",
    "UnauthorizedClientException": "unauthorized_client",
}
_LOGIN_WORDS = {"AccessDeniedException": "TOKEN_EXPIRED", "TooManyRequestsError": "rate_exceeded"}
"""What the sign-in services say beside a code that a test lets a call fail with."""


@dataclass(frozen=True, slots=True)
class IdentityServices:
    """All that gives credentials to somebody who has none yet."""

    center: IdentityCenter
    login: ConsoleLogin
    sts: StsApi
    mfa: MfaDevice
    identities: WebIdentities
    container_token: str = field(repr=False)


Check = Callable[[str], None]
"""Raises what a call is to fail with."""


@dataclass(frozen=True, slots=True)
class Door:
    """Whom the pages let in."""

    is_open: bool = True
    """Whether the lab signs people in at all."""
    password: str = field(default="", repr=False)
    """What the pages ask for; empty: nothing."""

    def admits(self, request: HttpRequest) -> bool:
        """Whether a form brings the password."""
        form = dict(parse_qsl(request.body.decode(errors="replace")))
        return secrets.compare_digest(form.get("password", "").encode(), self.password.encode())


OPEN_DOOR = Door()


class Unsigned:
    """Answers those requests, and leaves all others alone."""

    def __init__(
        self,
        services: IdentityServices,
        account: Account,
        keyring: Keyring,
        lives: Lives,
        check: Check,
        door: Door,
    ) -> None:
        self._services = services
        self._account = account
        self._keyring = keyring
        self._lives = lives
        self._check = check
        self._door = door
        center = services.center
        self._oidc: Mapping[str, tuple[str, Callable[[JsonBody], JsonBody]]] = {
            "/client/register": ("RegisterClient", center.register_client),
            "/device_authorization": ("StartDeviceAuthorization", center.start_device_authorization),
            "/token": ("CreateToken", center.create_token),
        }
        self._portal: Mapping[
            tuple[str, str], tuple[str, Callable[[Mapping[str, str], Mapping[str, str]], JsonBody]]
        ] = {
            ("GET", "/federation/credentials"): ("GetRoleCredentials", center.get_role_credentials),
            ("GET", "/assignment/accounts"): ("ListAccounts", center.list_accounts),
            ("GET", "/assignment/roles"): ("ListAccountRoles", center.list_account_roles),
            ("POST", "/logout"): ("Logout", center.logout),
        }
        self._pages: Mapping[str, Callable[[HttpRequest, Mapping[str, str]], HttpResponse]] = {
            "/device": self._device_page,
            "/start": lambda request, query: device_page("", asks=bool(door.password)),
            "/authorize": lambda request, query: self._authorize(
                request, center.authorization(query), center.authorize
            ),
            "/v1/authorize": lambda request, query: self._authorize(
                request, services.login.authorization(query), services.login.authorize
            ),
            CONFIRMATION_PATH: lambda request, query: page(
                "Signed in",
                paragraph("Copy this code into the program:") + paragraph(ConsoleLogin.verification_code(query)),
            ),
            MFA_PATH: lambda request, query: self._mfa_page(request),
        }

    @property
    def calls(self) -> frozenset[str]:
        """Every operation that is played."""
        named = (name for name, _ in (*self._oidc.values(), *self._portal.values()))
        return frozenset({*named, "CreateOAuth2Token", WEB_IDENTITY})

    def answer(self, request: HttpRequest, form: Mapping[str, str]) -> HttpResponse | None:
        """The answer; None where the request must be signed. Nothing raises out of here."""
        play = self._find(request, form) if self._door.is_open else None
        if play is None:
            return None
        if not is_for_this_machine(request.headers):
            return HttpResponse(HTTPStatus.FORBIDDEN, b"This is not for another host or another page.\n")
        try:
            return play()
        except Exception:
            log.exception("a request without a signature could not be answered")
            return HttpResponse(HTTPStatus.INTERNAL_SERVER_ERROR)

    def _find(self, request: HttpRequest, form: Mapping[str, str]) -> Callable[[], HttpResponse] | None:
        parts = urlsplit(request.target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        method, path = request.method, parts.path
        if method == "POST" and path == "/" and form.get("Action") == WEB_IDENTITY:
            return lambda: self._web_identity(form)
        if method == "POST" and path in self._oidc:
            return lambda: self._answer_oidc(path, request)
        if method == "POST" and path == TOKEN_PATH and not query:
            return lambda: self._answer_login(request)
        if (method, path) in self._portal:
            return lambda: self._answer_portal((method, path), query, request.headers)
        if method == "GET" and path == CONTAINER_PATH:
            return lambda: self._container(request.headers)
        if method in ("GET", "POST") and path in self._pages:
            return lambda: self._pages[path](request, query)
        return None

    # The operations

    def _web_identity(self, form: Mapping[str, str]) -> HttpResponse:
        try:
            self._check(WEB_IDENTITY)
            return query_answer(WEB_IDENTITY, self._services.sts.assume_role_with_web_identity(form))
        except ApiError as error:
            return error_answer(Dialect.QUERY, error)

    def _answer_oidc(self, path: str, request: HttpRequest) -> HttpResponse:
        call, operation = self._oidc[path]
        try:
            self._check(call)
            return _json_answer(200, operation(_body(request)))
        except ApiError as error:
            refused = SignInRefused(
                error.code, _OAUTH_WORDS.get(error.code, "server_error"), error.message, error.status
            )
        except SignInRefused as error:
            refused = error
        body = {"error": refused.error, "error_description": refused.description or None}
        return _json_answer(refused.status, body, f"{refused.code}:{_OIDC_ERROR}")

    def _answer_login(self, request: HttpRequest) -> HttpResponse:
        url = f"http://{request.headers.get('host', '')}{TOKEN_PATH}"
        try:
            self._check("CreateOAuth2Token")
            proof = request.headers.get("dpop", "")
            return _json_answer(200, self._services.login.create_token(_body(request), proof, url))
        except ApiError as error:
            word = _LOGIN_WORDS.get(error.code, "server_error" if error.status >= 500 else "INVALID_REQUEST")
            refused = SignInRefused(error.code, word, error.message, error.status)
        except SignInRefused as error:
            refused = error
        return _json_answer(refused.status, {"error": refused.error, "message": refused.description}, refused.code)

    def _answer_portal(
        self, key: tuple[str, str], query: Mapping[str, str], headers: Mapping[str, str]
    ) -> HttpResponse:
        call, operation = self._portal[key]
        try:
            self._check(call)
            return _json_answer(200, operation(query, headers))
        except ApiError as error:
            body = {"message": error.message, "__type": _PORTAL_ERROR + error.code}
            return _json_answer(error.status, body, error.code)

    def _container(self, headers: Mapping[str, str]) -> HttpResponse:
        """Credentials of the first account's role, for the holder of the container's token."""
        token = headers.get("authorization", "")
        if not secrets.compare_digest(token.encode(), self._services.container_token.encode()):
            return _json_answer(401, {"code": "AccessDenied", "message": "The authorization token is invalid"})
        role = LabRole(self._account, OPS)
        own, expires = self._keyring.lend(self._account, role.principal("container"), self._lives.credentials)
        facts = {
            "RoleArn": role.arn,
            "AccessKeyId": own.access_key_id,
            "SecretAccessKey": own.secret_access_key,
            "Token": own.session_token,
            "Expiration": f"{expires:%Y-%m-%dT%H:%M:%SZ}",
        }
        return _json_answer(200, facts)

    # The pages

    def _device_page(self, request: HttpRequest, query: Mapping[str, str]) -> HttpResponse:
        if request.method == "GET":
            return device_page(query.get("user_code", ""), asks=bool(self._door.password))
        if not self._door.admits(request):
            return wrong_password_page()
        form = dict(parse_qsl(request.body.decode(errors="replace")))
        approve = form.get("decision") == "approve"
        try:
            self._services.center.decide(form.get("user_code", "").strip().upper(), approve=approve)
        except KeyError:
            return page("No such code", paragraph("Its time is over, or it was typed wrongly."), 404)
        return page("Approved" if approve else "Denied", paragraph("Go back to the program."))

    def _mfa_page(self, request: HttpRequest) -> HttpResponse:
        if request.method == "GET":
            return consent_page(MFA_PATH, "Your MFA device.", "Show the code", asks=bool(self._door.password))
        if not self._door.admits(request):
            return wrong_password_page()
        return HttpResponse(200, f"{self._services.mfa.code}\n".encode())

    def _authorize(
        self,
        request: HttpRequest,
        asked: AuthorizeRequest | None,
        authorize: Callable[[AuthorizeRequest], str],
    ) -> HttpResponse:
        if asked is None:
            return page("Cannot sign in", paragraph("The address is not one of a program that has registered."), 400)
        if request.method == "GET":
            words = "A program on this machine asks to sign in."
            return consent_page(request.target, words, "Approve", asks=bool(self._door.password))
        if not self._door.admits(request):
            return wrong_password_page()
        return HttpResponse(HTTPStatus.FOUND, headers={"Location": authorize(asked)})


def _body(request: HttpRequest) -> JsonBody:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise SignInRefused("InvalidRequestException", "invalid_request", "The request is not a JSON object")
    return body


def _json_answer(status: int, body: JsonBody, error: str = "") -> HttpResponse:
    headers = {"x-amzn-RequestId": str(uuid.uuid4()), **({"x-amzn-ErrorType": error} if error else {})}
    told = {name: value for name, value in body.items() if value is not None}
    return HttpResponse(status, json.dumps(told).encode(), _JSON, headers)
