"""Who may call: the access keys that a lab has handed out, whose each is, and when it ends."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from ssmtui.lab.company import Account, Principal
from ssmtui.lab.signature import (
    LabCredentials,
    SignatureVerdict,
    SignedRequest,
    credential_scope,
    is_for_this_machine,
    signed_at,
    verify,
)

_KEY_LETTERS = string.ascii_uppercase + string.digits
SKEW = timedelta(minutes=5)
"""How far from the service's time a signature may be made (AWS Signature Version 4). Within it AWS takes the same
request twice, and so does the lab: botocore repeats one within the second that its signature names."""
_TOKEN_HEADER = "x-amz-security-token"  # noqa: S105 (a header's name)


@dataclass(frozen=True, slots=True)
class Permit:
    """What credentials of just-in-time access are good for."""

    node_id: str
    region: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class LabKey:
    """An access key and whose it is."""

    credentials: LabCredentials
    account: Account
    principal: Principal
    permit: Permit | None = None
    """None: everything in the account is allowed."""
    expires: datetime | None = None
    """When the credentials end, by the time of signatures; None: never, or with the permit."""


@dataclass(frozen=True, slots=True)
class LabCaller:
    """Who calls, and in which region."""

    account: Account
    region: str
    principal: Principal
    permit: Permit | None = None


class Loan(NamedTuple):
    """Temporary credentials as a service hands them out."""

    credentials: LabCredentials
    expires: datetime


class Keyring:
    """One access key for each account, and those of just-in-time access as they are handed out."""

    def __init__(
        self,
        accounts: Iterable[Account],
        clock: Callable[[], datetime],
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``clock`` is the lab's own time, which may be made up; ``wall`` that of signatures, which is not."""
        self._clock = clock
        self._wall = wall
        self._keys: dict[str, LabKey] = {}
        self._standing = {account.name: self._add("AKIALAB", account).credentials for account in accounts}

    def of(self, account: Account) -> LabCredentials:
        """The account's standing access key."""
        return self._standing[account.name]

    def issue(self, account: Account, permit: Permit) -> LabCredentials:
        """New credentials that are good for ``permit`` only, with a session token."""
        return self._add("ASIALAB", account, permit=permit).credentials

    def lend(self, account: Account, principal: Principal, seconds: float) -> Loan:
        """New credentials of a principal, with a session token, that end after so many seconds."""
        expires = self._wall() + timedelta(seconds=seconds)
        return Loan(self._add("ASIALAB", account, principal, expires=expires).credentials, expires)

    def revoke(self, credentials: LabCredentials) -> None:
        """Forget them: nobody is let in with them any more."""
        self._keys.pop(credentials.access_key_id, None)

    def judge(self, request: SignedRequest, service: str | None = None) -> tuple[SignatureVerdict, LabCaller | None]:
        """Whether the signature is good, and whose it is; ``service`` is the signing name it must be scoped to."""
        if not is_for_this_machine(request.headers):
            return SignatureVerdict.ELSEWHERE, None
        if not request.headers.get("authorization"):
            return SignatureVerdict.MISSING, None
        scope = credential_scope(request)
        if scope is None:
            return SignatureVerdict.WRONG, None
        key = self._keys.get(scope.access_key_id)
        if key is None:
            return SignatureVerdict.UNKNOWN_KEY, None
        verdict = verify(request, key.credentials, service)
        if request.headers.get(_TOKEN_HEADER, "") != key.credentials.session_token:
            verdict = SignatureVerdict.UNKNOWN_KEY
        if verdict is not SignatureVerdict.GOOD:
            return verdict, None
        at = signed_at(request)
        if at is None or abs(self._wall() - at) > SKEW:
            return SignatureVerdict.SKEWED, None
        if key.permit is not None and self._clock() >= key.permit.expires:
            return SignatureVerdict.EXPIRED, None
        if key.expires is not None and self._wall() >= key.expires:
            return SignatureVerdict.EXPIRED, None
        return verdict, LabCaller(key.account, scope.region, key.principal, key.permit)

    def _add(
        self,
        prefix: str,
        account: Account,
        principal: Principal | None = None,
        permit: Permit | None = None,
        expires: datetime | None = None,
    ) -> LabKey:
        """Keys that begin with AKIA are for good, those with ASIA have a session token (IAM's identifiers)."""
        name = prefix + "".join(secrets.choice(_KEY_LETTERS) for _ in range(13))
        token = secrets.token_urlsafe(60) if prefix.startswith("ASIA") else ""
        credentials = LabCredentials(name, secrets.token_urlsafe(30), token)
        key = LabKey(credentials, account, principal or account.principal, permit, expires)
        self._keys[name] = key
        return key
