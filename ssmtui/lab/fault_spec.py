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
    drop-dial=2             every second client is cut off before its socket is open
    cut-client=200000       the client's socket breaks after so many bytes, counted for each socket
    cut-every=20s           it breaks after a time
    cut-chance=0.001        it breaks after any frame
    cut-agent=10s           the agent loses its own connection again and again, for 0.2 s
    black-hole=5s:3s        5 s into each socket nothing moves for 3 s; without the second time, for good
    bye=5s                  5 s into each socket it is closed with ``1000 Bye``
    gone=10s                10 s into a session the service ends it and tells nobody
    lose-closed             ``channel_closed`` is never delivered
    mute-agent              agents never say anything
    stuck-handshake         agents never end a handshake
    forget-acks=0.1         frames whose first acknowledgement the agent forgets, as it does with 0.01; 0: none
    never-pause             agents are not paused while no client is there, and keep what nobody acknowledges
    deaf=200ms              for so long after a handshake agents throw input away, as they do for 20 ms
    crash=60s               an agent dies of an ssh port that refuses, and the client hears of it so much later
    agent-version=3.1.1.0   of all nodes
    old-terminate           TerminateSession of a session that has ended succeeds, as it did until 2025
    silent-refusals         StartSession refuses parameters and old agents without a message
    standard-tier           sessions on nodes outside EC2 need the advanced-instances tier
    no-approvals            StartAccessRequest is unknown here, as in partitions without just-in-time access
    http=StartSession:500:2          the next two calls fail; 0.5 in the place of 2 is a chance, ``*`` is any call
    throttle=ListDocuments:3         the same with ThrottlingException
    expired=ResumeSession:1          the same with ExpiredTokenException
    deny=DescribeInstances           the same with AccessDeniedException; without a number every time
    slow=DescribeInstances:2s        the call is answered so much later
    expire-token=3          the third page of each listing is refused once, for its NextToken has expired; 3:2: twice
    churn=0.01:10s          every 10 s that share of the nodes changes: one is lost or found, updated, gone or new
    odd-nodes               nodes with values that nobody knows, with none, with clocks that are ahead, and twice
    odd-tags                tags and names with control characters, line breaks, of great length, in every script

A call may end in ``@account``, for calls in that account only: ``deny=DescribeInstances@staging``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from ssmtui.errors import UsageError
from ssmtui.lab.call_faults import READERS, ApiFault, SlowCall, read_slow
from ssmtui.lab.fault_values import chance, count, flag, nearest, seconds, version


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
class ExpiringToken:
    """The page of each listing that is refused, from 2, and how often; 0: none."""

    page: int = 0
    times: int = 1


@dataclass(frozen=True, slots=True)
class Churn:
    """The share of the nodes that changes in each period of so many seconds."""

    share: float = 0.0
    seconds: float = math.inf


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """Everything that is to go wrong; nothing by default. ``str`` gives the text that :func:`parse_faults` reads.

    Fields are named and explained as the items are; times are in seconds, and infinite where nothing happens.
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
    drop_dial: int = 0
    """Of so many clients the last one is cut off; 0: none."""
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
    """None, here and for the next two: as the lab's agents are anyway."""
    deaf: float | None = None
    crash: float | None = None
    never_pause: bool = False
    agent_version: str = ""
    old_terminate: bool = False
    silent_refusals: bool = False
    standard_tier: bool = False
    no_approvals: bool = False
    expire_token: ExpiringToken = ExpiringToken()
    churn: Churn = Churn()
    odd_nodes: bool = False
    odd_tags: bool = False
    api: tuple[ApiFault, ...] = ()
    slow: tuple[SlowCall, ...] = ()

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
    if name in READERS:
        _refuse_side(has_side)
        return replace(spec, api=(*spec.api, READERS[name](value)))
    if name == "slow":
        _refuse_side(has_side)
        return replace(spec, slow=(*spec.slow, read_slow(value)))
    read = _VALUES.get(name)
    if read is None:
        raise ValueError(f"no fault is called '{name}'{nearest(name, (*_VALUES, *READERS, 'slow'))}")
    field = name.replace("-", "_")
    if read is flag:
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
        raise ValueError(f"frames go to 'client' or 'agent', not to '{side}'{nearest(side, _SIDES)}")
    changed: Any = dict.fromkeys((side,) if has_side else _SIDES, read(value))
    return _set(spec, field, replace(before, **changed))


def _set(spec: FaultSpec, field: str, value: object) -> FaultSpec:
    changed: Any = {field: value}
    return replace(spec, **changed)


_SIDES = ("client", "agent")


def _refuse_side(has_side: str) -> None:
    if has_side:
        raise ValueError("this is not about frames, and has no direction")


def _delay(value: str) -> Delay:
    likely, colon, time = value.partition(":")
    if not colon:
        raise ValueError("a delay is a chance and a time, such as 0.05:0.2")
    return Delay(chance(likely), seconds(time))


def _black_hole(value: str) -> BlackHole:
    after, colon, length = value.partition(":")
    return BlackHole(seconds(after), seconds(length) if colon else math.inf)


def _expiring(value: str) -> ExpiringToken:
    page, colon, times = value.partition(":")
    if count(page) < 2:
        raise ValueError("the first page has no token: give 2 or more")
    return ExpiringToken(count(page), count(times) if colon else 1)


def _churn(value: str) -> Churn:
    share, colon, time = value.partition(":")
    if not colon:
        raise ValueError("churn is a share and a time, such as 0.01:10s")
    return Churn(chance(share), seconds(time))


_VALUES: Mapping[str, Callable[[str], object]] = {
    "seed": count,
    **dict.fromkeys(("lose", "double", "reorder", "corrupt", "withhold-acks", "publication", "malformed"), chance),
    "delay": _delay,
    **dict.fromkeys(("drop-dial", "cut-client"), count),
    **dict.fromkeys(("cut-chance", "forget-acks"), chance),
    **dict.fromkeys(("cut-every", "cut-agent", "bye", "gone", "deaf", "crash"), seconds),
    "black-hole": _black_hole,
    **dict.fromkeys(("lose-closed", "mute-agent", "stuck-handshake", "never-pause", "odd-nodes", "odd-tags"), flag),
    **dict.fromkeys(("old-terminate", "silent-refusals", "standard-tier", "no-approvals"), flag),
    "agent-version": version,
    "expire-token": _expiring,
    "churn": _churn,
}


def _written(spec: FaultSpec) -> list[str]:
    items = []
    for field in fields(spec):
        value = getattr(spec, field.name)
        name = field.name.replace("_", "-")
        if value == field.default or field.name in ("api", "slow"):
            continue
        if isinstance(value, Chances | Delays):
            items += _written_sides(name, value)
        else:
            items.append(name if value is True else f"{name}={_written_value(value)}")
    return items + [str(fault) for fault in (*spec.api, *spec.slow)]


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
    if isinstance(value, ExpiringToken):
        return f"{value.page}:{value.times}"
    if isinstance(value, Churn):
        return f"{value.share!r}:{value.seconds!r}"
    return str(value)
