"""The decisions about what goes wrong: pure, and the same for the same seed. ``relay`` and ``service`` act on them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from enum import Enum

from ssmtui.lab.answers import ApiError
from ssmtui.lab.call_faults import BODILESS, ApiFault, concerns
from ssmtui.lab.fault_spec import NO_FAULTS, ExpiringToken, FaultSpec
from ssmtui.protocol import MessageType, PayloadType, Stamp, message

PAUSE_LENGTH = 0.2
"""Seconds from a random pause of publication to its start."""

Sending = tuple[float, bytes]
"""In how many seconds to send which frame."""
SpecSource = Callable[[], FaultSpec]

_TYPE = slice(4, 36)
_DIGEST_START = 80
_PAYLOAD_TYPE = slice(112, 116)
_PAYLOAD_START = 120
_STREAM = frozenset({MessageType.INPUT, MessageType.OUTPUT})


class Direction(Enum):
    """Where a frame goes."""

    CLIENT = "client"
    AGENT = "agent"


class FaultPlan:
    """What becomes of the frames of one session that go in one direction.

    Stream data and acknowledgements are touched only; ``channel_closed`` when it is asked for, and publication never.
    """

    def __init__(self, spec: SpecSource, dice: random.Random, direction: Direction) -> None:
        self._spec = spec
        self._dice = dice
        self._direction = direction
        self._held: list[Sending] = []
        """A frame that the next one is to overtake."""

    def pass_on(self, frame: bytes) -> list[Sending]:
        """What is sent in the place of ``frame``, in order."""
        spec = self._spec()
        kind = frame[_TYPE].rstrip(b" \0").decode(errors="replace")
        if kind == MessageType.CHANNEL_CLOSED:
            return self._release() + ([] if spec.lose_closed else [(0.0, frame)])
        if kind not in _STREAM and kind != MessageType.ACKNOWLEDGE:
            return [(0.0, frame)]
        if self._is_silenced(spec, frame):
            return []
        if kind == MessageType.ACKNOWLEDGE and self._roll(self._chance("withhold_acks", spec)):
            return []
        sendings = self._disturbed(spec, frame)
        if sendings and not self._held and self._roll(self._chance("reorder", spec)):
            self._held = sendings
            return self._additions(spec)
        return sendings + self._release() + self._additions(spec)

    def _is_silenced(self, spec: FaultSpec, frame: bytes) -> bool:
        if self._direction is not Direction.CLIENT:
            return False
        payload_type = int.from_bytes(frame[_PAYLOAD_TYPE], "big")
        return spec.mute_agent or (spec.stuck_handshake and payload_type == PayloadType.HANDSHAKE_COMPLETE)

    def _disturbed(self, spec: FaultSpec, frame: bytes) -> list[Sending]:
        if self._roll(self._chance("lose", spec)):
            return []
        if self._roll(self._chance("corrupt", spec)):
            frame = self._corrupted(frame)
        delay = spec.delay.client if self._direction is Direction.CLIENT else spec.delay.agent
        sending = (delay.seconds if self._roll(delay.chance) else 0.0, frame)
        return [sending] * (2 if self._roll(self._chance("double", spec)) else 1)

    def _corrupted(self, frame: bytes) -> bytes:
        """One bit of the payload flipped, of the digest where there is no payload."""
        start = _PAYLOAD_START if len(frame) > _PAYLOAD_START else _DIGEST_START
        changed = bytearray(frame)
        changed[self._dice.randrange(start, len(frame))] ^= 1 << self._dice.randrange(8)
        return bytes(changed)

    def _additions(self, spec: FaultSpec) -> list[Sending]:
        """Frames that nobody sent."""
        added: list[Sending] = []
        if self._roll(self._chance("malformed", spec)):
            added.append((0.0, self._dice.randbytes(self._dice.randrange(1, 200))))
        if self._roll(self._chance("publication", spec)):
            added += [(0.0, self._publication(start=False)), (PAUSE_LENGTH, self._publication(start=True))]
        return added

    def _publication(self, *, start: bool) -> bytes:
        return message.publication(Stamp(self._dice.getrandbits(128).to_bytes(16), 0), start=start).encode()

    def _release(self) -> list[Sending]:
        held, self._held = self._held, []
        return held

    def _chance(self, name: str, spec: FaultSpec) -> float:
        chance: float = getattr(getattr(spec, name), self._direction.value)
        return chance

    def _roll(self, chance: float) -> bool:
        return chance > 0 and self._dice.random() < chance


class CutPlan:
    """When the client's socket breaks for what has passed through it."""

    def __init__(self, spec: SpecSource, dice: random.Random) -> None:
        self._spec = spec
        self._dice = dice
        self._passed = 0

    def new_socket(self) -> None:
        """Count from nothing."""
        self._passed = 0

    def breaks(self, size: int) -> bool:
        """Whether the socket breaks with these ``size`` bytes, whichever way they go."""
        spec = self._spec()
        self._passed += size
        if 0 < spec.cut_client <= self._passed:
            return True
        return spec.cut_chance > 0 and self._dice.random() < spec.cut_chance


class SessionFaults:
    """All plans of one session; ``number`` makes its dice its own."""

    def __init__(self, spec: SpecSource, number: int = 0) -> None:
        self._spec = spec
        seed = f"{spec().seed}/{number}"
        self.to_client = FaultPlan(spec, _dice(f"{seed}/client"), Direction.CLIENT)
        self.to_agent = FaultPlan(spec, _dice(f"{seed}/agent"), Direction.AGENT)
        self.cuts = CutPlan(spec, _dice(f"{seed}/cut"))
        self.manners = _dice(f"{seed}/manners")
        """For the agent's own faults."""

    @property
    def spec(self) -> FaultSpec:
        """What goes wrong at the moment."""
        return self._spec()


class ApiFaults:
    """API calls that fail, first come first served."""

    def __init__(
        self, faults: tuple[ApiFault, ...] = (), seed: int = 1, expiring: ExpiringToken = NO_FAULTS.expire_token
    ) -> None:
        self._faults = list(faults)
        self._expiring = expiring
        self._expired: Counter[str] = Counter()
        self._dice = _dice(f"{seed}/api")

    def add(self, fault: ApiFault) -> None:
        """Let one more call fail, after those that are to fail already."""
        self._faults.append(fault)

    def check(self, call: str, account: str = "") -> None:
        """Raise the :class:`ApiError` that ``call`` fails with in that account, if it is to."""
        for index, fault in enumerate(self._faults):
            if concerns(fault, call, account) and self._strikes(index, fault):
                if fault.status == BODILESS:
                    raise ApiError("", status=BODILESS)
                raise ApiError(fault.code, f"The lab was asked to fail {call} with {fault.code}.", fault.status)

    def expires(self, listing: str, page: int) -> bool:
        """Whether the token of this page of a listing has expired: so many times, as it was asked for."""
        if page != self._expiring.page or self._expired[listing] >= self._expiring.times:
            return False
        self._expired[listing] += 1
        return True

    def _strikes(self, index: int, fault: ApiFault) -> bool:
        if fault.times is None:
            return self._dice.random() < fault.chance
        if fault.times < 1:
            return False
        self._faults[index] = replace(fault, times=fault.times - 1)
        return True


class LabFaults:
    """The faults of one lab. ``spec`` may be replaced while it runs: frames heed it at once, timed faults with the next
    socket (``gone`` and ``cut_agent``: the next session), calls are counted from 0 again.
    """

    def __init__(self, spec: FaultSpec) -> None:
        self._sessions = 0
        self.spec = spec

    @property
    def spec(self) -> FaultSpec:
        """What is to go wrong."""
        return self._spec

    @spec.setter
    def spec(self, spec: FaultSpec) -> None:
        self._spec = spec
        self.api = ApiFaults(spec.api, spec.seed, spec.expire_token)

    def next_session(self) -> SessionFaults:
        """The plans of the session that starts now."""
        self._sessions += 1
        return SessionFaults(lambda: self._spec, self._sessions)


def _dice(seed: str) -> random.Random:
    return random.Random(seed)  # noqa: S311 (repeatable trouble, not a secret)
