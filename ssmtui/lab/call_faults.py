"""API calls that are to fail or to be slow: values, and the words of ``fault_spec`` that ask for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from ssmtui.lab.company import COMPANY
from ssmtui.lab.fault_values import chance, count, nearest, seconds

ANY_CALL = "*"
CALLS = (
    "AssumeRole", "AssumeRoleWithWebIdentity", "CreateOAuth2Token", "CreateToken", "Decrypt", "DescribeCacheClusters",
    "DescribeCacheSubnetGroups", "DescribeClusters", "DescribeDBClusters", "DescribeDBInstances", "DescribeDBProxies",
    "DescribeDBProxyEndpoints", "DescribeDBSubnetGroups", "DescribeDocument", "DescribeDomains",
    "DescribeInstanceInformation", "DescribeInstanceProperties", "DescribeInstances", "DescribeRegions",
    "DescribeReplicationGroups", "DescribeServerlessCaches", "DescribeSessions", "DescribeTasks", "ExecuteCommand",
    "GenerateDataKey", "GetAccessToken", "GetCallerIdentity", "GetConnectionStatus", "GetDocument",
    "GetRoleCredentials", "GetSessionToken", "ListAccountAliases", "ListAccountRoles", "ListAccounts", "ListClusters",
    "ListDocuments", "ListDomainNames", "ListNodes", "ListResourceDataSync", "ListTagsForResource", "ListTasks",
    "ListWorkgroups", "Logout", "OpenDataChannel", "RegisterClient", "ResumeSession", "SendSSHPublicKey",
    "StartAccessRequest", "StartDeviceAuthorization", "StartSession", "TerminateSession",
)  # fmt: skip
"""What the lab's service plays; OpenDataChannel is the upgrade to a web socket, DescribeClusters both ECS's and
Redshift's."""

THROTTLED = "ThrottlingException"
EXPIRED = "ExpiredTokenException"
DENIED = "AccessDeniedException"

_ACCOUNTS = tuple(account.name for account in COMPANY)
BODILESS = 503
"""The status of an answer without a body: the front end is overloaded, and the service was never reached."""
_CODES = {400: "ValidationException", 403: DENIED, BODILESS: "ServiceUnavailable"}


@dataclass(frozen=True, slots=True)
class ApiFault:
    """An API call that fails: so many times, or, without ``times``, by chance."""

    call: str
    code: str
    status: int = 400
    times: int | None = 1
    chance: float = 1.0
    account: str = ""
    """Name of the only account where it fails; empty: in all."""

    def __str__(self) -> str:
        amount = repr(self.chance) if self.times is None else str(self.times)
        where = _written_where(self.call, self.account)
        for name, code in (("throttle", THROTTLED), ("expired", EXPIRED), ("deny", DENIED)):
            if self.code == code and self.status == 400:
                return f"{name}={where}:{amount}"
        return f"http={where}:{self.status}:{amount}"


@dataclass(frozen=True, slots=True)
class SlowCall:
    """An API call that is answered late."""

    call: str
    seconds: float
    account: str = ""

    def __str__(self) -> str:
        return f"slow={_written_where(self.call, self.account)}:{self.seconds!r}"


def concerns(fault: ApiFault | SlowCall, call: str, account: str) -> bool:
    """Whether it is about this call in this account."""
    return fault.call in (call, ANY_CALL) and fault.account in ("", account)


def read_slow(value: str) -> SlowCall:
    """``CALL[@ACCOUNT]:SECONDS``."""
    where, colon, time = value.partition(":")
    if not colon:
        raise ValueError("a slow call has a time, such as ListDocuments:2s")
    call, account = _where(where)
    return SlowCall(call, seconds(time), account)


def _read_fault(code: str, times: int | None, value: str) -> ApiFault:
    where, _, amount = value.partition(":")
    call, account = _where(where)
    return _amounting(ApiFault(call, code, times=times, account=account), amount)


def _read_http(value: str) -> ApiFault:
    where, _, rest = value.partition(":")
    status_text, _, amount = rest.partition(":")
    (call, account), status = _where(where), count(status_text)
    if not 400 <= status <= 599:
        raise ValueError(f"{status} is not the status of an error")
    code = _CODES.get(status, "InternalServerError" if status >= 500 else "ValidationException")
    return _amounting(ApiFault(call, code, status, account=account), amount)


READERS: Mapping[str, Callable[[str], ApiFault]] = {
    "http": _read_http,
    "throttle": partial(_read_fault, THROTTLED, 1),
    "expired": partial(_read_fault, EXPIRED, 1),
    "deny": partial(_read_fault, DENIED, None),
}
"""How each item is read."""


def _where(text: str) -> tuple[str, str]:
    """A call's name, and that of the account where it fails."""
    name, has_account, account = text.partition("@")
    if name not in (ANY_CALL, *CALLS):
        raise ValueError(f"the lab plays no call '{name}'{nearest(name, CALLS)}")
    if has_account and account not in _ACCOUNTS:
        raise ValueError(f"the lab has no account '{account}'{nearest(account, _ACCOUNTS)}")
    return name, account


def _written_where(call: str, account: str) -> str:
    return f"{call}@{account}" if account else call


def _amounting(fault: ApiFault, amount: str) -> ApiFault:
    if not amount:
        return fault
    if re.fullmatch(r"[0-9]+", amount):
        return replace(fault, times=int(amount))
    return replace(fault, times=None, chance=chance(amount))
