"""What the screen may know of a session: a frozen value that is replaced as a whole, so that a viewer never sees half
of a change."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from ssmtui.errors import AccessDenied, SsmtuiError
from ssmtui.model import Node, StartRequest
from ssmtui.sessions.activity import IDLE, Activity, Doing
from ssmtui.sessions.clocks import warned_at
from ssmtui.sessions.end_cause import EndCause
from ssmtui.sessions.paste import PasteProgress
from ssmtui.sessions.states import SessionState
from ssmtui.sessions.watching import NO_WATCH, Watch, WatchHit
from ssmtui.sign_in import SignIn
from ssmtui.terminal.screen import INITIAL_MODES, Modes


class SessionChange(Enum):
    """What has changed, so that a viewer does only what is needed."""

    ADDED = "added"
    STATE = "state"
    """Anything in the snapshot: state, title, counters, modes."""
    SCREEN = "screen"
    """New rows can be pulled. Announced once, and again only after they have been pulled: a flood of output costs a
    message a frame, not one a chunk."""
    BELL = "bell"
    ACTIVITY = "activity"
    """It is doing something else, see :class:`~ssmtui.sessions.activity.Activity`, or has little time left. A few times
    a second at most."""
    WATCHED = "watched"
    """Something has happened that it is watched for: the snapshot's ``hit`` is another one."""
    REMOVED = "removed"


class SessionMemory(NamedTuple):
    """The memory of a session's scrollback."""

    lines: int
    """Lines kept above the screen."""
    size: int
    """About the bytes that these lines take without compression."""
    process: int
    """Bytes of the process that holds all sessions' terminals; 0 where the system does not say."""


@dataclass(frozen=True, slots=True)
class ClipboardRequest:
    """A text that a remote program asks to put into the clipboard."""

    text: str = field(repr=False)
    """Harmless but for line ends and tabs: control characters are gone."""
    number: int
    """Its number among the session's requests, from 1: a later one replaces it."""


@dataclass(frozen=True, slots=True)
class SessionSnapshot:
    """One session at one moment."""

    key: int
    """Our own number, never used twice in a run."""
    title: str
    """The tab's name."""
    request: StartRequest
    node: Node | None
    state: SessionState
    ahead: int = 0
    """How many other sessions are started before it, while it waits for its turn."""
    session_id: str = ""
    """Empty until StartSession has answered."""
    access_reason: str = ""
    """Why access to the node was asked for; empty where it was not."""
    access_waits: float | None = None
    """Seconds since access was asked for, while nobody has decided."""
    access_request: str = ""
    """The id of the request for just-in-time access that it starts with; empty without one."""
    access_is_good: bool = False
    """Whether access is approved and valid for long enough to start another session."""
    access_until: datetime | None = None
    """When the approved access ends or has ended, with a time zone; None when that is not known. No session can be
    started with it after that, and this one goes on."""
    access_left: float | None = None
    """Seconds until then, 0 once it has passed."""
    started_at: float | None = None
    """When StartSession has answered, in seconds since the epoch; None before."""
    ended_at: float | None = None
    """When it was over, in seconds since the epoch; None while it lives."""
    ended_for: float = 0.0
    """Seconds since then."""
    end_cause: EndCause | None = None
    """Who or what has ended it; None while it lives."""
    end_reason: str = ""
    """What the service or the agent said of its end: one line or more, printable."""
    is_being_taken_over: bool = False
    """Whether another client began it, and this one may not speak to it yet."""
    left_alive: bool = False
    """Whether it is over here and goes on at the service: it was left, or another client has it, or it could not be
    taken over."""
    record: str = ""
    """Id of its record in the ledger; empty for none."""
    is_on_record: bool = False
    """Whether that is on the disk, so that the next run finds the session."""
    taken_over: float | None = None
    """When it was taken over from another client, in seconds since the epoch: what was printed before is with that one.
    None where it was started here."""
    error: SsmtuiError | None = None
    """Set when it failed rather than ended."""
    sign_in: SignIn | None = None
    """The sign-in that it waits for, or for want of which it could not start."""
    session_type: str = ""
    agent_version: str = ""
    encrypted: bool = False
    """Whether a KMS key encrypts it from this machine to the node."""
    exit_code: int | None = None
    warning: AccessDenied | None = None
    """What the person's policy lacks, which will cost the session later; None once it was read."""
    notice: str = ""
    """A message for the pane's own line, from the agent (CustomerMessage) or ours ("waiting for the agent")."""
    terminal_title: str = ""
    """The title that the remote program has set."""
    modes: Modes = INITIAL_MODES
    round_trip: float | None = None
    """Seconds to the node and back, smoothed."""
    latency: float | None = None
    """Seconds to the service and back, by the last ping."""
    quiet_for: float | None = None
    """Seconds since the last frame came."""
    resumes: int = 0
    """How often the session was resumed on a new socket."""
    unacknowledged_frames: int = 0
    unacknowledged_bytes: int = 0
    """Of a session that was left: when it was, so that the node may not have them."""
    read_only: bool = False
    paste: PasteProgress | None = None
    """How far the pastes under way have come, announced a few times a second; None when there is none."""
    idle_left: float | None = None
    """Seconds until the service ends it for want of input; None when that is not known."""
    idle_limit: float | None = None
    """Seconds that it may be without input."""
    time_left: float | None = None
    """Seconds until the service ends it in any case; None when that is not known."""
    time_limit: float | None = None
    """Seconds that it may last."""
    kept_alive: bool = False
    """Whether something harmless is sent before the idle timeout runs out."""
    is_recorded: bool = False
    """Whether what it prints is written to a file."""

    clipboard: ClipboardRequest | None = None
    """What the remote program asks to put into the clipboard, until it is taken."""
    doing: Doing = IDLE
    """What it is doing, with the exit code and the duration of a command that is done."""
    doing_for: float = 0.0
    """Seconds since it began that."""

    watch: Watch = NO_WATCH
    """What it is watched for."""
    hit: WatchHit | None = None
    """What has happened last that it was watched for."""

    @property
    def activity(self) -> Activity:
        """What it is doing."""
        return self.doing.activity

    @property
    def clocks(self) -> list[tuple[float, float, bool]]:
        """The clocks that run: the seconds left, the seconds of the limit, and whether it is the one for want of
        input. That one is wound up by itself where a session is kept alive."""
        wound_up = self.kept_alive and self.state is SessionState.OPEN
        idle_left = None if wound_up else self.idle_left
        clocks = ((idle_left, self.idle_limit, True), (self.time_left, self.time_limit, False))
        return [(left, limit, idle) for left, limit, idle in clocks if left is not None and limit is not None]

    @property
    def near_limit(self) -> bool:
        """Whether little time is left."""
        return any(left < warned_at(limit) for left, limit, _ in self.clocks)

    @property
    def lasted(self) -> float | None:
        """Seconds for which there was a session at the service, once it is over; None where there was none."""
        if self.started_at is None or self.ended_at is None:
            return None
        return max(0.0, self.ended_at - self.started_at)

    @property
    def live(self) -> bool:
        """Whether there is, or may be, a session at the service."""
        return self.state.live

    @property
    def accepts_input(self) -> bool:
        """Whether typing makes sense."""
        return self.state.accepts_input and not self.read_only
