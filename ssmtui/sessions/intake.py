"""What goes from a person into a data channel: held until the agent is ready, limited to what a command without a
terminal understands, and a paste piece by piece as the node acknowledges it (protocol.md sections 4.4, 6.1, 6.3).

State and the channel's own calls; no tasks, no timers.
"""

from __future__ import annotations

from ssmtui.model import SessionDocument, StartRequest, TerminalSize
from ssmtui.protocol import DataChannel
from ssmtui.protocol.client import SIGNAL_KEYS
from ssmtui.protocol.limits import CLIENT_LIMITS
from ssmtui.sessions import plain_command
from ssmtui.sessions.paste import MOST_WAITING, InputKind, InputQueue, PasteProgress
from ssmtui.sessions.plain_command import PlainInput

FRAME = CLIENT_LIMITS.payload
PASTE_FRAMES = 64
"""Frames that the channel may have unacknowledged while it gets more of a paste. Numbered frames cannot be taken back,
so a Ctrl-C waits behind all of them. At 20 ms to the node they are some 3 MB/s, several times what an agent takes."""
TOLD_EVERY = 0.25
"""Seconds between two announcements of a paste's progress."""


class Intake:
    """One session's input. Calls that take ``now``, in seconds by the session's clock, may give the channel something
    to send: the caller wakes the pump after them."""

    def __init__(self, channel: DataChannel, request: StartRequest) -> None:
        self._channel = channel
        self._request = request
        self._queue = InputQueue()
        self._ready = False
        self._size: TerminalSize | None = None
        self._plain: PlainInput | None = None
        self._notice = ""
        self._told_at = float("-inf")

    # Facts

    @property
    def is_plain(self) -> bool:
        """Whether it is known to be a command without a terminal."""
        return self._plain is not None

    @property
    def has_room(self) -> bool:
        """Whether more keys may be kept while there is no connection."""
        return self._channel.writable and len(self._queue) <= CLIENT_LIMITS.writable

    @property
    def notice(self) -> str:
        """What to show the person now: about a paste, or a command that prints nothing yet or reads nothing."""
        return self._notice or (self._plain.notice if self._plain is not None else "")

    @property
    def progress(self) -> PasteProgress | None:
        """How far the pastes under way have come."""
        return self._queue.progress

    @property
    def waiting_keys(self) -> int:
        """Typed bytes that wait for their turn and are not in the channel yet."""
        return self._queue.waiting_keys

    @property
    def waiting(self) -> int:
        """The same, with what waits of the pastes under way."""
        return self._queue.waiting_keys + (self.progress.waiting if self.progress is not None else 0)

    # What a person does

    def write(self, data: bytes, now: float, kind: InputKind = InputKind.TYPED) -> None:
        """Pass typed bytes on, or keep them behind a paste. A control key stops the paste and goes ahead of all input
        that has no number yet: behind a megabyte of paste it could stop nothing (protocol.md section 6.1)."""
        if kind is InputKind.TYPED:
            self._notice = ""
        if self._plain is not None:
            self._send_each(self._plain.admit(data) if kind is InputKind.TYPED else b"", now)
            return
        # Two bytes: a held tilde of the escapes, or the Alt key's ESC, may come in front of the control key.
        if kind is InputKind.TYPED and len(data) <= 2 and data[-1:] in SIGNAL_KEYS and self._queue.pasting:
            self.cancel_paste(now)
            if self._ready:
                self._channel.send_input(data, now)
                return
        if self._ready and not self._queue:
            self._channel.send_input(data, now)
        elif not self._queue.put(data, kind):
            self._refuse("What you type is not kept")

    def paste(self, data: bytes, now: float) -> None:
        """Send ``data``, brackets and all, as fast as the node acknowledges it. One that fits into a frame is typed: it
        cannot be stopped half-way. Refused with a notice beyond :data:`MOST_WAITING`."""
        if self._plain is not None or (len(data) <= FRAME and not self._queue.pasting):
            self.write(data, now)
            return
        self._notice = ""
        if not self._queue.put(data, InputKind.PASTE):
            self._refuse("This paste is not sent")

    def cancel_paste(self, now: float) -> None:
        """Drop what waits of the pastes and of what was typed behind them. A program that has had the start of a
        bracketed paste gets the end marker first, or it would take what follows for more of the text."""
        if not self._queue.pasting:
            return
        dropped, end = self._queue.cut()
        if end:
            self._channel.send_input(end, now)
        self._notice = f"Paste stopped: {dropped:,} bytes unsent."

    def resize(self, size: TerminalSize, now: float) -> None:
        """Send the node the terminal's size. Kept until the agent is ready: a Size before the pty exists is thrown away
        or begins a stall (protocol.md section 5.1). A command without a terminal gets none."""
        if not self._ready:
            self._size = size
        elif self._plain is None:
            self._channel.send_size(size, now)

    # What the session reports

    def ready(self, session_type: str, now: float) -> None:
        """The handshake is over: input and sizes may be sent from now on."""
        self._ready = True
        if session_type == plain_command.SESSION_TYPE:
            self._become_plain(now)
            return
        # The size before the first key: a Linux pty stays at 0 x 0 until it comes (protocol.md section 6.1).
        if self._size is not None:
            self._channel.send_size(self._size, now)
        for data in self._queue.take_ahead():
            self._channel.send_input(data, now)

    def learn(self, session_type: str, document: SessionDocument | None, now: float) -> None:
        """Take in the session's document, None where it cannot be read, and the type by it or by the agent. Call this
        after :meth:`ready`."""
        if session_type == plain_command.SESSION_TYPE and self._plain is None:
            # Only a handshake that was skipped leaves the type open, and then it is output that has come.
            self._become_plain(now)
            self.printed(now)
        if self._plain is not None:
            self._plain.expect(self._request, document, final=True)

    def printed(self, now: float) -> bool:
        """Output has come. Returns whether :attr:`notice` has changed."""
        if self._plain is None:
            return False
        before = self.notice
        self._send_each(self._plain.printed(), now)
        return self.notice != before

    def running(self, now: float) -> None:
        """A command without a terminal has had the time to start."""
        if self._plain is not None:
            self._send_each(self._plain.running(), now)

    def replenish(self, now: float) -> tuple[bool, bool]:
        """Give the channel the next pieces of what waits; called before each time that it is asked for frames, so after
        every acknowledgement. Returns whether it got any, and whether to announce the progress now."""
        pasting = self._queue.progress is not None
        if not pasting and not self._queue:
            return False, False
        gave = False
        # Before the agent is ready nothing may be sent, and whether it is a command that reads nothing is not known.
        while self._ready and (room := min(self._channel.input_room, self._room)) > 0:
            piece = self._queue.take(room * FRAME)
            if not piece:
                break
            self._channel.send_input(piece, now)
            gave = True
        self._queue.confirm(self._channel.unacknowledged[1])
        tell = pasting and (self._queue.progress is None or now - self._told_at >= TOLD_EVERY)
        if tell:
            self._told_at = now
        return gave, tell

    def close(self) -> None:
        """The session is over: nothing more is sent. The notice says how much of a paste was not."""
        pasting = self._queue.pasting
        dropped, _ = self._queue.cut()
        self._queue.take_all()
        self._plain = None
        if pasting:
            self._notice = f"The end cut the paste short: {dropped:,} bytes unsent."

    @property
    def _room(self) -> int:
        return PASTE_FRAMES - self._channel.unacknowledged[0]

    def _become_plain(self, now: float) -> None:
        self._plain = PlainInput()
        self._plain.expect(self._request, None, final=False)
        for data, kind in self._queue.take_all():
            self.write(data, now, InputKind.ANSWER if kind is InputKind.ANSWER else InputKind.TYPED)

    def _send_each(self, keys: bytes, now: float) -> None:
        """One frame a key: the agent obeys the first signal in a payload and discards the rest (section 6.3)."""
        for key in keys:
            self._channel.send_input(bytes([key]), now)

    def _refuse(self, what: str) -> None:
        mebibytes = self._queue.waiting / 2**20
        self._notice = f"{what}: {mebibytes:.0f} MiB wait already, and {MOST_WAITING // 2**20} is the most."
