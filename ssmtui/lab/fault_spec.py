"""What is to go wrong in a lab, and the text that asks for it.

A text is a list of items with commas between them, each ``name`` or ``name=value``; parts of a value have colons
between them. A chance is from 0 to 1, a time is in seconds (``3``, ``3s``, ``250ms``). Names that concern frames may
end in ``@client`` or ``@agent``, for frames on their way there only::

    seed=7                  what all dice are thrown from
    lose=0.02               frames that are lost; so double, reorder, corrupt (its digest fails)
    delay=0.05:0.2          frames that come 0.2 s late
    withhold-acks=0.05      acknowledgements that are lost
    publication=0.01        frames after which publication is paused, and started 0.2 s later
    malformed=0.01          frames that are followed by nonsense
    cut-client=200000       the client's socket breaks after so many bytes, each socket anew
    cut-every=20s           it breaks after a time
    cut-chance=0.001        it breaks after any frame
    cut-agent=10s           the agent loses its own connection again and again, for 0.2 s
    black-hole=5s:3s        5 s into each socket nothing moves for 3 s; without the second time, for good
    bye=5s                  5 s into each socket it is closed with ``1000 Bye``
    gone=10s                10 s into a session the service has ended it and tells nobody
    lose-closed             ``channel_closed`` is never delivered
    mute-agent              agents never say anything
    stuck-handshake         agents never end a handshake
    forget-acks=0.1         frames whose first acknowledgement the agent forgets, as it does with 0.01; 0: none
    deaf=200ms              for so long after a handshake agents throw input away, as they do for 20 ms
    agent-version=3.1.1.0   of all nodes
    http=StartSession:500:2          the next two calls fail; 0.5 in the place of 2 is a chance, ``*`` is any call
    throttle=ListDocuments:3         the same with ThrottlingException
    expired=ResumeSession:1          the same with ExpiredTokenException
    deny=DescribeInstances           the same with AccessDeniedException; without a number every time

A call may end in ``@account``, for calls in that account only: ``deny=DescribeInstances@staging``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from functools import partial
from typing import Any

from ssmtui.errors import UsageError
from ssmtui.lab.company import COMPANY

ANY_CALL = "*"
CALLS = (
    "Decrypt", "DescribeClusters", "DescribeDocument", "DescribeInstanceInformation", "DescribeInstanceProperties",
    "DescribeInstances", "DescribeRegions", "DescribeSessions", "DescribeTasks", "ExecuteCommand", "GenerateDataKey",
    "GetAccessToken", "GetCallerIdentity", "GetConnectionStatus", "GetDocument", "ListAccountAliases", "ListClusters",
    "ListDocuments", "ListNodes", "ListResourceDataSync", "ListTasks", "ResumeSession", "StartAccessRequest",
    "StartSession", "TerminateSession",
)  # fmt: skip
"""What the lab's service plays."""

THROTTLED = "ThrottlingException"
EXPIRED = "ExpiredTokenException"
DENIED = "AccessDeniedException"
_ACCOUNTS = tuple(account.name for account in COMPANY)
_CODES = {400: "ValidationException", 403: DENIED, 503: "ServiceUnavailable"}
_TIME = re.compile(r"(\d+(?:\.\d+)?(?:e-?\d+)?)(ms|s)?")
_VERSION = re.compile(r"\d+(\.\d+){1,3}")


@dataclass(frozen=True, slots=True)
class Chances:
    """How likely something is for a frame, from 0 to 1, by where the frame goes."""

    client: float = 0.0
    agent: float = 0.0


@dataclass(frozen=True, slots=True)
class Delay:
    """How likely a frame is late, and by how many seconds."""

    chance: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Delays:
    """The delays by where a frame goes."""

    client: Delay = Delay()
    agent: Delay = Delay()


@dataclass(frozen=True, slots=True)
class BlackHole:
    """Both in seconds: ``after`` the start of a socket, and for how long. ``after`` is infinite when there is none."""

    after: float = math.inf
    length: float = math.inf


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


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """Everything that is to go wrong; nothing by default. ``str`` gives the text that :func:`parse_faults` reads.

    Fields are named and explained as the items are; times are in seconds, and infinite where nothing is to happen.
    """

    seed: int = 1
    lose: Chances = Chances()
    double: Chances = Chances()
    reorder: Chances = Chances()
    corrupt: Chances = Chances()
    withhold_acks: Chances = Chances()
    publication: Chances = Chances()
    malformed: Chances = Chances()
    delay: Delays = Delays()
    cut_client: int = 0
    """Bytes, in both directions together; 0: never."""
    cut_every: float = math.inf
    cut_chance: float = 0.0
    cut_agent: float = math.inf
    black_hole: BlackHole = BlackHole()
    bye: float = math.inf
    gone: float = math.inf
    lose_closed: bool = False
    mute_agent: bool = False
    stuck_handshake: bool = False
    forget_acks: float | None = None
    """None, here and for ``deaf``: as the lab's agents are anyway."""
    deaf: float | None = None
    agent_version: str = ""
    api: tuple[ApiFault, ...] = ()

    def __str__(self) -> str:
        return ",".join(_written(self))


NO_FAULTS = FaultSpec()


def parse_faults(text: str) -> FaultSpec:
    """The faults that ``text`` asks for; :class:`UsageError`, which names the item, when it cannot be used."""
    spec = NO_FAULTS
    for item in filter(None, (part.strip() for part in text.split(","))):
        try:
            spec = _with_item(spec, item)
        except ValueError as error:
            raise UsageError(f"'{item}': {error}", title="These faults cannot be used") from None
    return spec


def _with_item(spec: FaultSpec, item: str) -> FaultSpec:
    full_name, has_value, value = item.partition("=")
    name, has_side, side = full_name.partition("@")
    if name in _API_ITEMS:
        _refuse_side(has_side)
        return replace(spec, api=(*spec.api, _API_ITEMS[name](value)))
    read = _VALUES.get(name)
    if read is None:
        raise ValueError(f"no fault is called '{name}'{_nearest(name, (*_VALUES, *_API_ITEMS))}")
    field = name.replace("-", "_")
    if read is _flag:
        _refuse_side(has_side)
        if has_value:
            raise ValueError(f"{name} takes no value")
        return _set(spec, field, True)
    if not value:
        raise ValueError(f"{name} needs a value")
    before = getattr(spec, field)
    if not isinstance(before, Chances | Delays):
        _refuse_side(has_side)
        return _set(spec, field, read(value))
    if has_side and side not in _SIDES:
        raise ValueError(f"frames go to 'client' or 'agent', not to '{side}'{_nearest(side, _SIDES)}")
    changed: Any = dict.fromkeys((side,) if has_side else _SIDES, read(value))
    return _set(spec, field, replace(before, **changed))


def _set(spec: FaultSpec, field: str, value: object) -> FaultSpec:
    changed: Any = {field: value}
    return replace(spec, **changed)


_SIDES = ("client", "agent")


def _nearest(name: str, names: Sequence[str]) -> str:
    found = get_close_matches(name, names, 1, 0.4)
    return f"; did you mean '{found[0]}'?" if found else f"; there are: {', '.join(names)}"


def _refuse_side(has_side: str) -> None:
    if has_side:
        raise ValueError("this is not about frames, and has no direction")


def _flag(value: str) -> bool:
    return not value


def _count(value: str) -> int:
    if not re.fullmatch(r"[0-9]+", value):
        raise ValueError(f"'{value}' is not a whole number")
    return int(value)


def _chance(value: str) -> float:
    try:
        chance = float(value)
    except ValueError:
        raise ValueError(f"'{value}' is not a chance from 0 to 1") from None
    if not 0 <= chance <= 1:
        raise ValueError(f"{value} is not a chance from 0 to 1")
    return chance


def _seconds(value: str) -> float:
    match = _TIME.fullmatch(value)
    if match is None:
        raise ValueError(f"'{value}' is not a time such as 3s or 250ms")
    seconds = float(match[1]) / (1000 if match[2] == "ms" else 1)
    if seconds <= 0:
        raise ValueError("a time is longer than 0")
    return seconds


def _delay(value: str) -> Delay:
    chance, colon, seconds = value.partition(":")
    if not colon:
        raise ValueError("a delay is a chance and a time, such as 0.05:0.2")
    return Delay(_chance(chance), _seconds(seconds))


def _black_hole(value: str) -> BlackHole:
    after, colon, length = value.partition(":")
    return BlackHole(_seconds(after), _seconds(length) if colon else math.inf)


def _version(value: str) -> str:
    if not _VERSION.fullmatch(value):
        raise ValueError(f"'{value}' is not a version such as 3.1.1476.0")
    return value


def _api_fault(code: str, times: int | None, value: str) -> ApiFault:
    where, _, amount = value.partition(":")
    call, account = _call(where)
    return _amounting(ApiFault(call, code, times=times, account=account), amount)


def _http_fault(value: str) -> ApiFault:
    where, _, rest = value.partition(":")
    status_text, _, amount = rest.partition(":")
    (call, account), status = _call(where), _count(status_text)
    if not 400 <= status <= 599:
        raise ValueError(f"{status} is not the status of an error")
    code = _CODES.get(status, _code_of_class(status))
    return _amounting(ApiFault(call, code, status, account=account), amount)


def _code_of_class(status: int) -> str:
    return "InternalServerError" if status >= 500 else "ValidationException"


def _call(text: str) -> tuple[str, str]:
    """A call's name, and that of the account where it fails."""
    name, has_account, account = text.partition("@")
    if name not in (ANY_CALL, *CALLS):
        raise ValueError(f"the lab plays no call '{name}'{_nearest(name, CALLS)}")
    if has_account and account not in _ACCOUNTS:
        raise ValueError(f"the lab has no account '{account}'{_nearest(account, _ACCOUNTS)}")
    return name, account


def _amounting(fault: ApiFault, amount: str) -> ApiFault:
    if not amount:
        return fault
    if re.fullmatch(r"[0-9]+", amount):
        return replace(fault, times=int(amount))
    return replace(fault, times=None, chance=_chance(amount))


_VALUES: Mapping[str, Callable[[str], object]] = {
    "seed": _count,
    **dict.fromkeys(("lose", "double", "reorder", "corrupt", "withhold-acks", "publication", "malformed"), _chance),
    "delay": _delay,
    "cut-client": _count,
    **dict.fromkeys(("cut-chance", "forget-acks"), _chance),
    **dict.fromkeys(("cut-every", "cut-agent", "bye", "gone", "deaf"), _seconds),
    "black-hole": _black_hole,
    **dict.fromkeys(("lose-closed", "mute-agent", "stuck-handshake"), _flag),
    "agent-version": _version,
}
_API_ITEMS: Mapping[str, Callable[[str], ApiFault]] = {
    "http": _http_fault,
    "throttle": partial(_api_fault, THROTTLED, 1),
    "expired": partial(_api_fault, EXPIRED, 1),
    "deny": partial(_api_fault, DENIED, None),
}


def _written(spec: FaultSpec) -> list[str]:
    items = []
    for field in fields(spec):
        value = getattr(spec, field.name)
        name = field.name.replace("_", "-")
        if value == field.default or field.name == "api":
            continue
        if isinstance(value, Chances | Delays):
            items += _written_sides(name, value)
        else:
            items.append(name if value is True else f"{name}={_written_value(value)}")
    return items + [_written_api(fault) for fault in spec.api]


def _written_sides(name: str, value: Chances | Delays) -> list[str]:
    if value.client == value.agent:
        return [f"{name}={_written_value(value.client)}"]
    sides = [(side, getattr(value, side)) for side in _SIDES]
    return [f"{name}@{side}={_written_value(one)}" for side, one in sides if one not in (0.0, Delay())]


def _written_value(value: object) -> str:
    if isinstance(value, Delay):
        return f"{value.chance!r}:{value.seconds!r}"
    if isinstance(value, BlackHole):
        return repr(value.after) if math.isinf(value.length) else f"{value.after!r}:{value.length!r}"
    return str(value)


def _written_api(fault: ApiFault) -> str:
    amount = repr(fault.chance) if fault.times is None else str(fault.times)
    where = f"{fault.call}@{fault.account}" if fault.account else fault.call
    for name, code in (("throttle", THROTTLED), ("expired", EXPIRED), ("deny", DENIED)):
        if fault.code == code and fault.status == 400:
            return f"{name}={where}:{amount}"
    return f"http={where}:{fault.status}:{amount}"
