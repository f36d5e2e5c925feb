"""What has happened to one session's channel: its last events with their times, for the person who asks why.

Holds facts about the connection only: no byte of input or output, no token. Every text is inert. Nothing here reads a
clock or the network; the session calls a method for what happens to it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from ssmtui import inert, protocol
from ssmtui.errors import SsmtuiError
from ssmtui.sessions.states import SessionState

MOST_EVENTS = 20
"""Events that are kept."""
MOST_DETAIL = 300
"""Characters of an event's detail: AWS's own words may be of any length."""


class EventKind(Enum):
    """What an event means to the person."""

    STEP = "step"
    """It goes its way."""
    GOOD = "good"
    """It is connected, or a trouble has passed."""
    TROUBLE = "trouble"
    BAD = "bad"
    """It failed."""
    END = "end"


class ChannelEvent(NamedTuple):
    """Something that happened, once or several times in a row."""

    at: float
    """When, in seconds since the epoch; of several the last one."""
    kind: EventKind
    what: str
    detail: str = ""
    """Why, or with what; of several the last one's."""
    times: int = 1
    since: float = 0.0
    """When it happened first; the same as ``at`` where it happened once."""


class ChannelLog:
    """The last :data:`MOST_EVENTS` events of one channel.

    What happens again and again, such as attempts to resume while there is no network, is one event with a count: the
    reason for the loss must not be pushed out by what follows from it.
    """

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        """``wall`` returns seconds since the epoch."""
        self.count = 0
        """Events so far, including those that are no longer kept; one that happens again counts once."""
        self._wall = wall
        self._events: deque[ChannelEvent] = deque(maxlen=MOST_EVENTS)
        self._is_silent = False

    @property
    def events(self) -> tuple[ChannelEvent, ...]:
        """Those that are kept, the oldest first."""
        return tuple(self._events)

    def note(self, kind: EventKind, what: str, detail: str = "") -> None:
        """``what`` has happened now; ``detail`` may be untrusted."""
        now, detail = self._wall(), inert.line(detail, MOST_DETAIL)
        last = self._events[-1] if self._events else None
        if last is not None and (last.kind, last.what) == (kind, what):
            self._events[-1] = last._replace(at=now, detail=detail, times=last.times + 1)
            return
        self.count += 1
        self._events.append(ChannelEvent(now, kind, what, detail, since=now))

    # The start

    def waits(self, why: SsmtuiError | None) -> None:
        """AWS refused to start it for now; with None: it is asked again."""
        if why is not None:
            self.note(EventKind.TROUBLE, "AWS refused to start it for now", why.detail)

    def answered(self, session_id: str, *, is_ours: bool) -> None:
        """StartSession has given it an id; or, where another client had it until now, ResumeSession an address."""
        what = "AWS has started the session" if is_ours else "AWS lets it be taken over"
        self.note(EventKind.STEP, what, session_id)

    def approved(self) -> None:
        """Access to the node was approved."""
        self.note(EventKind.GOOD, "The access was approved")

    # The connection

    def carried(self, state: SessionState) -> None:
        """A socket is open; it was in ``state`` until now."""
        self._is_silent = False
        if state.cut_off:
            self.note(EventKind.GOOD, "Resumed on a new connection")
        else:
            self.note(EventKind.STEP, "The data channel is open")

    def lost(self, state: SessionState, why: SsmtuiError) -> None:
        """There is no socket, in ``state``."""
        what = "The attempt to resume failed" if state.cut_off else "The connection was lost"
        self.note(EventKind.TROUBLE, what, why.detail)

    def redialling(self, why: SsmtuiError) -> None:
        """The first socket could not be opened."""
        self.note(EventKind.TROUBLE, "The data channel could not be opened", why.detail)

    def refused(self, why: SsmtuiError) -> None:
        """The service refuses to resume it."""
        self.note(EventKind.TROUBLE, "The service refused to resume it", why.detail)

    def signed_out(self, why: SsmtuiError) -> None:
        """There are no credentials to resume it with."""
        self.note(EventKind.TROUBLE, "There were no valid credentials to resume it", why.detail)

    def silent(self, silent: bool) -> None:
        """Nothing comes over an open socket, or something comes again."""
        if silent:
            self.note(EventKind.TROUBLE, "The service stopped answering")
        elif self._is_silent:
            self.note(EventKind.GOOD, "The service answers again")
        self._is_silent = silent

    def happened(self, event: protocol.Event) -> None:
        """What the channel reports, as far as it is worth an event: no output, and nothing that comes by the hundred
        while all is well."""
        match event:
            case protocol.Ready():
                self.note(EventKind.GOOD, "The agent is ready", _agent(event))
            case protocol.TakenOver(seen):
                detail = "" if seen else "the program showed no sign of life"
                self.note(EventKind.GOOD, "The session was taken over", detail)
            case protocol.OutputMissing(frames):
                detail = f"{_frames(frames)}, which only the client before has received"
                self.note(EventKind.TROUBLE, "Output is missing", detail)
            case protocol.OtherClient():
                self.note(EventKind.TROUBLE, "Another client sends into the session")
            case protocol.HandshakeLate():
                self.note(EventKind.TROUBLE, "The agent has not answered yet")
            case protocol.DataKeyWanted():
                self.note(EventKind.STEP, "The agent asked for an encryption key of KMS")
            case protocol.Stalled(frames):
                self.note(EventKind.TROUBLE, "The node stopped acknowledging", f"{_frames(frames)} waited")
            case protocol.Recovered():
                self.note(EventKind.GOOD, "The node acknowledges again")
            case protocol.GapOpened(expected, held):
                self.note(EventKind.TROUBLE, "Output was missing", f"frame {expected:,}, {_frames(held)} behind it")
            case protocol.GapFilled():
                self.note(EventKind.GOOD, "The missing output has come")
            case protocol.ExitCode(code):
                self.note(EventKind.END, "The command has exited", f"status {code}")
            case protocol.FlagReceived(flag):
                self.note(EventKind.STEP, "The node sent a flag", flag.name)
            case protocol.ChannelClosed(output):
                self.note(EventKind.END, "AWS closed the channel", output or "no reason given, as after a normal exit")
            case protocol.Fatal(reason):
                self.note(EventKind.BAD, "The node broke the protocol", reason)
            case protocol.Dropped(reason):
                self.note(EventKind.TROUBLE, "A frame was not used", reason)
            case _:
                pass

    def data_key(self, error: SsmtuiError | None) -> None:
        """KMS has given the key, or ``error``."""
        if error is None:
            self.note(EventKind.GOOD, "KMS gave the encryption key")
        else:
            self.note(EventKind.BAD, "KMS gave no encryption key", str(error))

    # The end

    def went(self, state: SessionState, error: SsmtuiError | None, why: str) -> None:
        """It has come to ``state``; ``error`` is why it failed or could not go on, ``why`` the reason for its end."""
        if state is SessionState.CLOSING:
            self.note(EventKind.END, "It was ended from here")
        elif state is SessionState.FAILED and error is not None:
            self.note(EventKind.BAD, error.title or "It failed", error.detail)
        elif state is SessionState.DETACHED:
            self.note(EventKind.END, "It is no longer shown here, and goes on at AWS", why)
        elif state is SessionState.ENDED and error is not None:
            self.note(EventKind.END, error.title, error.detail)

    def gone(self, told: str) -> None:
        """The service has no such session any more; ``told`` is what it remembers of it."""
        self.note(EventKind.END, "AWS has ended the session", " ".join(told.split()))

    def terminated(self, confirmed: bool) -> None:
        """TerminateSession was called."""
        if confirmed:
            self.note(EventKind.END, "AWS confirmed the end")
        else:
            self.note(EventKind.BAD, "AWS did not confirm the end", "it may last until its idle timeout")


def _agent(event: protocol.Ready) -> str:
    version = f"version {event.agent_version}" if event.agent_version else ""
    kind = event.session_type or ""
    handshake = "without a handshake" if event.skipped else ""
    return ", ".join(filter(None, (version, kind, handshake, "encrypted" if event.encrypted else "")))


def _frames(number: int) -> str:
    return "1 frame" if number == 1 else f"{number:,} frames"
