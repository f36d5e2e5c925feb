"""Where the credentials of an AWS profile come from, and what a person can do about them, as the configuration and the
caches of the AWS CLI say. Nothing is called and nothing is started here.

Times come from files that others write: what cannot be read counts as not known.

The order of the sources is botocore's (``botocore.credentials.create_credential_resolver``): a role first, then web
identity, single sign-on, keys of the credentials file, `aws login`, a process, keys of the config file.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ssmtui.model import CredentialFacts
from ssmtui.sign_in import SignIn, SignInWay

Settings = Mapping[str, Any]
Profiles = Mapping[str, Settings]

_STATIC = ("aws_access_key_id", "aws_secret_access_key")
_KINDS = (
    ("web_identity_token_file", "web identity"),
    ("role_arn", "role"),
    ("sso_session", "sso"),
    ("sso_start_url", "sso"),
    ("login_session", "login"),
    ("credential_process", "process"),
    ("aws_access_key_id", "keys"),
)
"""What a profile's settings say of where its credentials come from; the first that is there speaks."""


def kind_of(settings: Settings | None) -> str:
    """Where credentials come from, in the words of :attr:`ssmtui.model.AwsProfile.kind`."""
    return next((kind for setting, kind in _KINDS if settings and setting in settings), "")


def text_of(settings: Settings | None, name: str) -> str:
    """A setting that is plain text; empty where there is none."""
    found = (settings or {}).get(name)
    return found if isinstance(found, str) else ""


def has_keys(settings: Settings) -> bool:
    """Whether there is a key, or a part of one."""
    return any(key in settings for key in _STATIC)


def chain_of(profiles: Profiles, name: str) -> Iterator[tuple[str, Settings]]:
    """The AWS profile ``name`` and those that its role is assumed with, as far as they exist; the last one has the
    credentials. Ends where the chain comes back to itself."""
    seen: set[str] = set()
    while name not in seen and (settings := profiles.get(name)) is not None:
        yield name, settings
        assumes = "role_arn" in settings and "web_identity_token_file" not in settings
        # botocore takes the keys of a source profile that has both keys and a role.
        by_keys = bool(seen) and has_keys(settings)
        source = text_of(settings, "source_profile")
        if not assumes or by_keys or not source:
            return
        seen.add(name)
        name = source


def sign_ins_of(profiles: Profiles, name: str) -> tuple[SignIn, ...]:
    """What a person may have to do until the AWS profile has credentials, the first thing first: at the end of a chain
    of roles, then for the roles that want an MFA code."""
    found = []
    for each, settings in chain_of(profiles, name):
        serial, role = text_of(settings, "mfa_serial"), text_of(settings, "role_arn")
        if role and "web_identity_token_file" not in settings:
            if serial:
                found.append(SignIn(SignInWay.MFA, mfa_source(serial, role), each))
        elif sso := text_of(settings, "sso_session") or text_of(settings, "sso_start_url"):
            found.append(SignIn(SignInWay.SSO, sso, each))
        elif login := text_of(settings, "login_session"):
            found.append(SignIn(SignInWay.LOGIN, login, each))
    return tuple(reversed(found))


def mfa_source(serial: str, role: str) -> str:
    """The ``source`` of a sign-in by MFA code, of the device's serial number and the role's ARN."""
    return f"{serial} {role}"


LONGEST_LOGIN = timedelta(hours=12)
"""How long a sign-in with `aws login` renews itself at most (AWS CLI: "Sign in through the AWS CLI")."""

A_DAY = timedelta(days=1)
_WRITTEN_ENDS = ("x_security_token_expires", "expiration", "aws_expiration")
"""Where programs that write temporary keys into the credentials file (saml2aws, aws-mfa) say when these end."""


def facts_of(profiles: Profiles, name: str | None, fetched: datetime | None, now: datetime) -> CredentialFacts:
    """What is known of the credentials of an AWS profile. ``fetched``: when those end that this program has now.

    ``name`` None: of the environment or the machine. Reads the caches of the AWS CLI; blocks for as long as files take.
    """
    if name is None:
        return _facts_without_profile(fetched)
    kind = kind_of(profiles.get(name))
    for sign_in in sign_ins_of(profiles, name):
        ends = _END_OF[sign_in.way](profiles.get(sign_in.aws_profile, {}), fetched, now)
        if ends is None or ends <= now:
            return CredentialFacts(kind, ends, sign_in, missing=True)
        # What renews itself has no end that anybody here knows: the portal of single sign-on ends its sessions hours or
        # days before the registration, and says so to nobody.
        renews = sign_in.way is SignInWay.LOGIN or (sign_in.way is SignInWay.SSO and ends - now > A_DAY)
        return CredentialFacts(kind, None if renews else ends, sign_in)
    chain = [settings for _, settings in chain_of(profiles, name)]
    written = next((end for key in _WRITTEN_ENDS if chain and (end := time_of(chain[-1].get(key)))), None)
    renews = any("role_arn" in settings for settings in chain)
    return CredentialFacts(kind, written or (None if renews else fetched))


def _facts_without_profile(fetched: datetime | None) -> CredentialFacts:
    if os.environ.get("AWS_ACCESS_KEY_ID"):
        return CredentialFacts("environment", time_of(os.environ.get("AWS_CREDENTIAL_EXPIRATION")))
    return CredentialFacts("web identity" if os.environ.get("AWS_WEB_IDENTITY_TOKEN_FILE") else "machine")


def _end_of_sso(settings: Settings, fetched: datetime | None, now: datetime) -> datetime | None:
    """When the person has to sign in again: the token's end; with a refresh token that of the program's registration,
    though IAM Identity Center may end the session before."""
    name = text_of(settings, "sso_session") or text_of(settings, "sso_start_url")
    token = _json(sso_cache() / f"{_sha1(name)}.json")
    end = time_of(token.get("expiresAt"))
    registered = time_of(token.get("registrationExpiresAt"))
    if registered and all(key in token for key in ("refreshToken", "clientId", "clientSecret")):
        end = max(filter(None, (end, registered)))
    return max(filter(None, (end, fetched)), default=None)


def _end_of_login(settings: Settings, fetched: datetime | None, now: datetime) -> datetime | None:
    """When it can no longer renew itself; the real end is not written anywhere."""
    session = text_of(settings, "login_session")
    token = _json(login_cache() / f"{hashlib.sha256(session.encode()).hexdigest()}.json")
    access = token.get("accessToken")
    end = time_of(access.get("expiresAt")) if isinstance(access, dict) else None
    return end + LONGEST_LOGIN if end and "refreshToken" in token else end


def _end_of_mfa(settings: Settings, fetched: datetime | None, now: datetime) -> datetime | None:
    credentials = cached_role(settings)
    return time_of(credentials.get("Expiration"))


_END_OF = {SignInWay.SSO: _end_of_sso, SignInWay.LOGIN: _end_of_login, SignInWay.MFA: _end_of_mfa}


def cached_role(settings: Settings) -> Mapping[str, Any]:
    """The credentials of an assumed role that the AWS CLI or this program has cached: ``AccessKeyId``,
    ``SecretAccessKey``, ``SessionToken``, ``Expiration``. Empty where there are none."""
    found = _json(role_cache() / f"{role_cache_key(settings)}.json").get("Credentials")
    return found if isinstance(found, dict) else {}


def role_cache_key(settings: Settings) -> str:
    """The name under which the AWS CLI caches the role of an AWS profile, without ``.json``
    (botocore.credentials.AssumeRoleCredentialFetcher: SHA-1 of the arguments of AssumeRole)."""
    return _sha1(json.dumps(role_arguments(settings), sort_keys=True))


def role_arguments(settings: Settings) -> dict[str, Any]:
    """What AssumeRole is called with for an AWS profile, but for the code; ``RoleSessionName`` only where it is set."""
    names = {
        "RoleArn": "role_arn",
        "RoleSessionName": "role_session_name",
        "ExternalId": "external_id",
        "SerialNumber": "mfa_serial",
    }
    arguments: dict[str, Any] = {name: settings[key] for name, key in names.items() if text_of(settings, key)}
    seconds = text_of(settings, "duration_seconds")
    if seconds.strip().isdecimal():
        arguments["DurationSeconds"] = int(seconds)
    return arguments


def role_cache() -> Path:
    """Where the AWS CLI caches assumed roles."""
    return Path.home() / ".aws" / "cli" / "cache"


def sso_cache() -> Path:
    """Where the AWS CLI caches tokens of single sign-on."""
    return Path.home() / ".aws" / "sso" / "cache"


def login_cache() -> Path:
    """Where the AWS CLI caches the sign-ins of `aws login`."""
    named = os.environ.get("AWS_LOGIN_CACHE_DIRECTORY")
    return Path(os.path.expanduser(os.path.expandvars(named))) if named else Path.home() / ".aws" / "login" / "cache"


def time_of(written: object) -> datetime | None:
    """A time as these files write it, time zone aware; UTC where they name none."""
    if not isinstance(written, str):
        return None
    try:
        # Older versions of the AWS CLI write "UTC" for "Z".
        time = datetime.fromisoformat(written.strip().removesuffix("UTC"))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _sha1(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _json(file: Path) -> Mapping[str, Any]:
    """A file of a cache, which others may be writing; empty where it cannot be read."""
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
