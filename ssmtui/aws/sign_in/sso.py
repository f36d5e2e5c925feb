"""Single sign-on (IAM Identity Center): the device code, or an authorization code that the browser brings back.

Registrations and tokens are those of the AWS CLI (aws/aws-cli, branch v2: ``awscli/botocore/utils.py``,
``SSOTokenFetcher`` and ``SSOTokenFetcherAuth``), so that one sign-in serves both.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ssmtui import inert
from ssmtui.aws.credentials import sso_cache, time_of
from ssmtui.aws.sign_in.authorization import REDIRECT, Proof, listening, page_address, refused
from ssmtui.aws.sign_in.caches import JsonCache
from ssmtui.aws.sign_in.clients import apart, base_address, unsigned_client
from ssmtui.aws.sign_in.person import PAGE_LASTS, Page, Person
from ssmtui.aws.translate import translate
from ssmtui.errors import ConfigurationError, ConnectionFailed, CredentialsError, SsmtuiError
from ssmtui.loopback import is_loopback

if TYPE_CHECKING:
    import botocore.session

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
BROWSER_GRANTS = ("authorization_code", "refresh_token")
DEFAULT_SCOPE = "sso:account:access"

INTERVAL = 5.0
"""Seconds between two questions whether the code was approved, where the service names none (RFC 8628, section 3.2)."""
SLOW_DOWN = 5.0
"""Seconds by which it grows where the service asks for that (section 3.5)."""
SHORTEST_INTERVAL, LONGEST_INTERVAL = 0.2, 60.0
LONGEST_ADDRESS, LONGEST_CODE = 2000, 40
"""Characters of what a person opens and compares."""
REGISTRATION_WINDOW = timedelta(minutes=15)
"""A registration that ends sooner counts as ended."""

PENDING = frozenset({"AuthorizationPendingException", "InternalServerException"})
"""Answers after which the same question is asked again."""


@dataclass(frozen=True, slots=True)
class SsoSettings:
    """Where one signs in to, as the configuration has it."""

    start_url: str
    region: str
    session_name: str | None = None
    """Name of the ``sso-session`` section; None where the AWS profile itself has the address."""
    scopes: tuple[str, ...] | None = None

    @property
    def token_key(self) -> str:
        """What the token is kept under."""
        return _sha1(self.session_name if self.session_name is not None else self.start_url)

    @property
    def registration_key(self) -> str:
        """What the client's registration is kept under."""
        named = {
            "tool": "botocore",
            "startUrl": self.start_url,
            "region": self.region,
            "scopes": None if self.scopes is None else list(self.scopes),
            "session_name": self.session_name,
        }
        return _sha1(json.dumps(named, sort_keys=True))


def sso_settings(configuration: Mapping[str, Any], aws_profile: str, source: str = "") -> SsoSettings:
    """Those of ``aws_profile`` in botocore's ``full_config``; of the ``sso-session`` named ``source`` where there is no
    such profile. Raises :class:`ssmtui.errors.ConfigurationError` for what is missing."""
    profile = configuration.get("profiles", {}).get(aws_profile) or {}
    sessions = configuration.get("sso_sessions", {})
    name = profile.get("sso_session") or (source if not profile and source in sessions else None)
    if name is None:
        section, where = profile, f"the AWS profile {inert.line(aws_profile, 60)}"
    else:
        where = f"the section [sso-session {inert.line(name, 60)}]"
        section = sessions.get(name)
        if section is None:
            raise ConfigurationError(f"{where} does not exist", title="Nowhere to sign in to", remedy=_HOW)
    missing = [setting for setting in ("sso_start_url", "sso_region") if not isinstance(section.get(setting), str)]
    if missing:
        raise ConfigurationError(
            f"{where} has no {' and no '.join(missing)}", title="Nowhere to sign in to", remedy=_HOW
        )
    scopes = section.get("sso_registration_scopes")
    listed = tuple(filter(None, (one.strip() for one in scopes.split(",")))) if isinstance(scopes, str) else None
    return SsoSettings(section["sso_start_url"], section["sso_region"], name, listed if name is not None else None)


_HOW = "Complete ~/.aws/config, or have `aws configure sso` ask for what it needs."


class SsoSignIn:
    """One attempt to sign in. Await :meth:`run` once; cancel it at any time."""

    def __init__(
        self,
        core: botocore.session.Session,
        settings: SsoSettings,
        person: Person,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._core = core
        self._settings = settings
        self._person = person
        self._clock = clock
        self._now = now
        self._cache = JsonCache(sso_cache())

    async def run(self, *, browser: bool) -> None:
        """Sign in, and keep the token. With ``browser`` the page leads back here, which takes a browser on this very
        machine and an ``sso-session``; else it asks for a code, and any device will do.

        Raises :class:`ssmtui.errors.SsmtuiError`.
        """
        # Not for the older form of configuration, whose tokens cannot be refreshed: as the AWS CLI has it.
        browser = browser and self._settings.session_name is not None
        try:
            agent = "md/sso#auth" if browser else ""
            client = await apart(partial(unsigned_client, self._core, "sso-oidc", self._settings.region, agent))
            token = await (self._by_browser(client) if browser else self._by_code(client))
            await apart(lambda: self._cache.write(self._settings.token_key, token))
        except SsmtuiError:
            raise
        except Exception as error:
            raise _told(error, self._settings) from error

    # The device code

    async def _by_code(self, client: Any) -> Mapping[str, Any]:
        registration = await apart(lambda: self._registration(client, None))
        try:
            started = await apart(lambda: self._start(client, registration))
        except client.exceptions.InvalidClientException:
            # Kept in the cache, and unknown to the service by now.
            registration = await apart(lambda: self._register(client, None))
            started = await apart(lambda: self._start(client, registration))
        until = self._clock() + started["expiresIn"]
        interval = float(started.get("interval") or INTERVAL)
        typed = _page_address(started["verificationUri"])
        address = _page_address(started.get("verificationUriComplete") or typed)
        # Some are approved beforehand, and need no page.
        token, interval = await self._poll(client, registration, started, interval)
        if token is None:
            self._person.show(
                Page(
                    address=address,
                    typed=typed,
                    code=inert.line(started["userCode"], LONGEST_CODE),
                    lasts=until - self._clock(),
                )
            )
        while token is None:
            # However long the service wants it: a code that has expired is noticed in time.
            await asyncio.sleep(max(SHORTEST_INTERVAL, min(interval, LONGEST_INTERVAL)))
            if self._clock() > until:
                raise _code_expired()
            token, interval = await self._poll(client, registration, started, interval)
        return token

    def _start(self, client: Any, registration: Mapping[str, Any]) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = client.start_device_authorization(
            clientId=registration["clientId"],
            clientSecret=registration["clientSecret"],
            startUrl=self._settings.start_url,
        )
        return answer

    async def _poll(
        self, client: Any, registration: Mapping[str, Any], started: Mapping[str, Any], interval: float
    ) -> tuple[Mapping[str, Any] | None, float]:
        """The token, None while nobody has approved it, and the seconds until the next question."""
        from botocore.exceptions import ClientError

        def ask() -> Mapping[str, Any]:
            answer: Mapping[str, Any] = client.create_token(
                grantType=DEVICE_GRANT,
                clientId=registration["clientId"],
                clientSecret=registration["clientSecret"],
                deviceCode=started["deviceCode"],
            )
            return answer

        trouble = ""
        try:
            answer = await apart(ask)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code == "SlowDownException":
                interval += SLOW_DOWN
            elif code not in PENDING:
                raise
        except Exception as error:
            told = translate(error, "CreateToken")
            if not isinstance(told, ConnectionFailed):
                raise told from error
            # The person may be signing in over another network meanwhile.
            trouble = f"{told.title}: {told.detail}; trying again"
        else:
            return self._token(registration, answer), interval
        self._person.tell(trouble)
        return None, interval

    # The browser that comes back

    async def _by_browser(self, client: Any) -> Mapping[str, Any]:
        proof, settings = Proof.new(), self._settings
        scopes = list(settings.scopes or (DEFAULT_SCOPE,))
        registration = await apart(lambda: self._registration(client, scopes))
        base = await apart(lambda: _base(client))
        async with listening(proof.state) as redirect:
            query = {
                "response_type": "code",
                "client_id": registration["clientId"],
                "redirect_uri": redirect.address,
                "state": proof.state,
                "code_challenge_method": "S256",
                "scopes": " ".join(scopes),
                "code_challenge": proof.challenge,
            }
            self._person.show(Page(page_address(base, "/authorize", query), lasts=PAGE_LASTS, is_here=True))
            code = await redirect.code(PAGE_LASTS)
            self._person.tell("The browser is back; the token is fetched")

            def exchange() -> Mapping[str, Any]:
                answer: Mapping[str, Any] = client.create_token(
                    grantType="authorization_code",
                    clientId=registration["clientId"],
                    clientSecret=registration["clientSecret"],
                    redirectUri=redirect.address,
                    codeVerifier=proof.verifier,
                    code=code,
                )
                return answer

            return self._token(registration, await apart(exchange))

    # What is kept

    def _registration(self, client: Any, scopes: list[str] | None) -> Mapping[str, Any]:
        """The kept one while it lasts and is of this kind, else a new one. ``scopes``: it is for the browser."""
        kept = self._cache.read(self._settings.registration_key)
        if kept is not None and all(isinstance(kept.get(name), str) for name in ("clientId", "clientSecret")):
            ends = time_of(kept.get("expiresAt"))
            for_browser = "authorization_code" in (kept.get("grantTypes") or ())
            if ends is not None and ends - self._now() > REGISTRATION_WINDOW and for_browser == (scopes is not None):
                return kept
        return self._register(client, scopes)

    def _register(self, client: Any, scopes: list[str] | None) -> Mapping[str, Any]:
        settings = self._settings
        asked: dict[str, Any] = {}
        if scopes is not None:
            asked = {
                "grantTypes": list(BROWSER_GRANTS),
                "redirectUris": [REDIRECT],
                "issuerUrl": settings.start_url,
                "scopes": scopes,
            }
        elif settings.scopes:
            asked = {"scopes": list(settings.scopes)}
        client_name = settings.session_name if settings.session_name is not None else int(self._now().timestamp())
        answer = client.register_client(clientName=f"botocore-client-{client_name}", clientType="public", **asked)
        kept: dict[str, Any] = {
            "clientId": answer["clientId"],
            "clientSecret": answer["clientSecret"],
            "expiresAt": datetime.fromtimestamp(answer["clientSecretExpiresAt"], UTC),
        }
        kept.update({name: asked[name] for name in ("scopes", "grantTypes") if name in asked})
        self._cache.write(settings.registration_key, kept)
        return kept

    def _token(self, registration: Mapping[str, Any], answer: Mapping[str, Any]) -> Mapping[str, Any]:
        token = {
            "startUrl": self._settings.start_url,
            "region": self._settings.region,
            "accessToken": answer["accessToken"],
            "expiresAt": self._now() + timedelta(seconds=answer["expiresIn"]),
            "clientId": registration["clientId"],
            "clientSecret": registration["clientSecret"],
            "registrationExpiresAt": registration["expiresAt"],
        }
        if "refreshToken" in answer:
            token["refreshToken"] = answer["refreshToken"]
        return token


def _page_address(told: str) -> str:
    """An address of the service's, which is shown, copied, and opened in the person's browser."""
    with suppress(ValueError):
        place = urlsplit(told)
        is_safe = place.scheme == "https" or (place.scheme == "http" and is_loopback(place.hostname or ""))
        # Nothing but visible ASCII: what is copied may be pasted into a shell.
        if is_safe and place.hostname and re.fullmatch(r"[\x21-\x7e]+", told) and len(told) <= LONGEST_ADDRESS:
            return told
    raise CredentialsError(
        f"the page to sign in at is not one that can be opened: {inert.line(told, 100)}",
        title="AWS's answer cannot be used",
        remedy="Check sso_region: something else than IAM Identity Center may have answered.",
    )


def _base(client: Any) -> str:
    return base_address(
        client,
        "before-call.sso-oidc.RegisterClient",
        lambda: client.register_client(clientName="ssmtui", clientType="public"),
    )


def _sha1(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324  # a file's name, as the AWS CLI makes it


def _code_expired() -> CredentialsError:
    return CredentialsError(
        "nobody has approved it in time", title="The code has expired", remedy="Try again: another code is made."
    )


def _told(error: Exception, settings: SsoSettings) -> SsmtuiError:
    """What the service refuses, in words. Its errors carry ``error_description``, not a message."""
    from botocore.exceptions import ClientError

    if not isinstance(error, ClientError):
        told = translate(error)
        if isinstance(told, ConnectionFailed):
            region = inert.line(settings.region, 40)
            told.remedy = f"{told.remedy} sso_region is {region}: it must be the region of IAM Identity Center."
        return told
    answer = error.response
    code = str(answer.get("Error", {}).get("Code", ""))
    said = inert.line(str(answer.get("error_description") or answer.get("Error", {}).get("Message") or code), 300)
    if code == "ExpiredTokenException":
        return _code_expired()
    if code == "AccessDeniedException":
        return refused(said)
    where = f"[sso-session {settings.session_name}]" if settings.session_name is not None else "the AWS profile"
    return CredentialsError(
        f"{error.operation_name}: {said}",
        title="IAM Identity Center refuses the sign-in",
        remedy=f"Check sso_start_url and sso_region of {inert.line(where, 80)} in ~/.aws/config.",
    )
