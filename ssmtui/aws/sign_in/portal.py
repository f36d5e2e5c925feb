"""From a start URL to an AWS profile, as `aws configure sso` does it: sign in, choose an account and a role, and write
both sections to the AWS configuration. What is there already is never changed."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from ssmtui import inert
from ssmtui.aws.credentials import sso_cache
from ssmtui.aws.sign_in.caches import JsonCache
from ssmtui.aws.sign_in.clients import apart, unsigned_client
from ssmtui.aws.sign_in.sso import DEFAULT_SCOPE, SsoSettings, SsoSignIn
from ssmtui.aws.translate import translate
from ssmtui.errors import ConfigurationError, CredentialsError, SsmtuiError
from ssmtui.loopback import is_loopback
from ssmtui.private_file import make_private

if TYPE_CHECKING:
    import botocore.session

    from ssmtui.aws.sign_in.person import Person

AT_ONCE = 8
"""Accounts whose roles are asked for at once."""
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+-]*")


class PortalRole(NamedTuple):
    """A role that a person may have, by IAM Identity Center."""

    account: str
    account_name: str
    role: str


def problem_with_start_url(address: str) -> str:
    """What is wrong with a start URL as it was typed; empty for nothing."""
    try:
        place = urlsplit(address)
        host = place.hostname or ""
    except ValueError:
        return "this is no address"
    if not address.isascii() or not address.isprintable() or " " in address or not host:
        return "a start URL looks like https://NAME.awsapps.com/start"
    return "" if place.scheme == "https" or is_loopback(host) else "a start URL begins with https://"


def problem_with_region(region: str) -> str:
    """What is wrong with a region's name."""
    return "" if _REGION.fullmatch(region) else "a region looks like eu-west-1"


def problem_with_name(name: str, taken: Sequence[str]) -> str:
    """What is wrong with the name of a new AWS profile."""
    if not _NAME.fullmatch(name):
        return "letters, digits and _ . @ + - only"
    return "there is an AWS profile of that name" if name in taken else ""


def new_session(start_url: str, region: str) -> SsoSettings:
    """The ``sso-session`` of the configuration that leads there, or one yet to be written. Blocks; raises
    :class:`ssmtui.errors.SsmtuiError` for files that cannot be read."""
    known = _core().full_config.get("sso_sessions", {})
    for name, section in known.items():
        if (section.get("sso_start_url"), section.get("sso_region")) == (start_url, region):
            scopes = section.get("sso_registration_scopes")
            listed = tuple(filter(None, (one.strip() for one in scopes.split(",")))) if scopes else None
            return SsoSettings(start_url, region, name, listed)
    label = (urlsplit(start_url).hostname or "").split(".")[0]
    first = "sso" if label.isdecimal() else re.sub(r"[^A-Za-z0-9_.@+-]", "-", label) or "sso"
    names = [first, *(f"{first}-{number}" for number in range(2, len(known) + 3))]
    return SsoSettings(start_url, region, next(name for name in names if name not in known), (DEFAULT_SCOPE,))


async def sign_in_at(settings: SsoSettings, person: Person, *, browser: bool) -> None:
    """See :meth:`ssmtui.aws.sign_in.sso.SsoSignIn.run`."""
    await SsoSignIn(await apart(_core), settings, person).run(browser=browser)


async def roles_of(settings: SsoSettings) -> Sequence[PortalRole]:
    """All that the person who has just signed in may choose from, by account. Raises
    :class:`ssmtui.errors.SsmtuiError`."""
    return await apart(partial(_roles, settings))


def _roles(settings: SsoSettings) -> list[PortalRole]:
    token = (JsonCache(sso_cache()).read(settings.token_key) or {}).get("accessToken")
    if not isinstance(token, str):
        raise CredentialsError("there is no token", title="Not signed in", remedy="Sign in first.")
    try:
        client = unsigned_client(_core(), "sso", settings.region)
        accounts = _pages(client, "list_accounts", "accountList", accessToken=token)

        def of(account: dict[str, Any]) -> list[PortalRole]:
            found = _pages(client, "list_account_roles", "roleList", accessToken=token, accountId=account["accountId"])
            return [PortalRole(account["accountId"], account.get("accountName", ""), one["roleName"]) for one in found]

        with ThreadPoolExecutor(AT_ONCE, "ssmtui-portal") as pool:
            found = [role for roles in pool.map(of, accounts) for role in roles]
    except SsmtuiError:
        raise
    except Exception as error:
        raise translate(error) from error
    return sorted(found, key=lambda one: (one.account_name.lower(), one.account, one.role))


def _pages(client: Any, operation: str, member: str, **asked: str) -> list[dict[str, Any]]:
    return [one for page in client.get_paginator(operation).paginate(**asked) for one in page[member]]


def add_profile(settings: SsoSettings, role: PortalRole, name: str, region: str) -> None:
    """Append the AWS profile ``name``, and its ``sso-session`` unless there is one, to the AWS configuration. Blocks;
    raises :class:`ssmtui.errors.ConfigurationError` where that cannot be done."""
    core = _core()
    known = core.full_config
    if name in core.available_profiles:
        raise ConfigurationError(
            f"there is an AWS profile {inert.line(name, 60)}",
            title="Nothing was written",
            remedy="Choose another name.",
        )
    lines: list[str] = []
    if settings.session_name not in known.get("sso_sessions", {}):
        scopes = ", ".join(settings.scopes or (DEFAULT_SCOPE,))
        lines += [
            f"[sso-session {settings.session_name}]",
            f"sso_start_url = {settings.start_url}",
            f"sso_region = {settings.region}",
            f"sso_registration_scopes = {scopes}",
            "",
        ]
    lines += [
        "[default]" if name == "default" else f"[profile {name}]",
        f"sso_session = {settings.session_name}",
        f"sso_account_id = {_plain(role.account)}",
        f"sso_role_name = {_plain(role.role)}",
        f"region = {region}",
        "",
    ]
    file = Path(os.path.expanduser(core.get_config_variable("config_file") or "~/.aws/config"))
    try:
        make_private(file.parent)
        # Appended, and so where a link leads: many keep this file elsewhere.
        number = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(number, "r+b") as written:
            between = ""
            if written.seek(0, os.SEEK_END):
                between = "\n" if _last_byte(written) == b"\n" else "\n\n"
            written.write((between + "\n".join(lines)).encode())
    except OSError as error:
        raise ConfigurationError(
            f"{file}: {error.strerror or error}",
            title="The AWS profile could not be written",
            remedy="You are signed in all the same: `aws configure sso` writes it, too.",
        ) from error


def default_name(role: PortalRole, taken: Sequence[str]) -> str:
    """What an AWS profile for ``role`` may be called: the account's name, with the role where that is taken."""
    account = re.sub(r"[^A-Za-z0-9_.@+-]+", "-", role.account_name).strip("-.@+") or role.account
    name = re.sub(r"[^A-Za-z0-9_.@+-]+", "-", role.role)
    for wanted in (account.lower(), f"{account.lower()}-{name}", f"{role.account}-{name}"):
        if wanted not in taken:
            return wanted
    return ""


def _plain(text: str) -> str:
    """What a service says, fit for one line of a file that is read as settings."""
    if not text.isprintable() or text != text.strip() or not text:
        raise ConfigurationError(inert.line(text, 80), title="AWS's answer cannot be written to the configuration")
    return text


def _last_byte(file: Any) -> bytes:
    file.seek(-1, os.SEEK_END)
    found: bytes = file.read(1)
    return found


def _core() -> botocore.session.Session:
    """botocore with the person's files and no AWS profile in force: the one that the environment names may not exist,
    and is not what is signed in to."""
    from ssmtui.aws.session import ProfileSession, Source

    try:
        return ProfileSession(Source()).core
    except Exception as error:
        raise translate(error) from error
