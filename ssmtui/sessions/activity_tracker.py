"""What a session is doing, by its output, its shell's marks and what is typed. Pure: ``now`` comes in, in seconds of
any clock that only goes forward.

Where the shell marks its prompts and commands (``terminal.signs``), the marks decide when a command began and ended.
Elsewhere a line that looks like a prompt, and at which output has stopped, is one; a command begins with the Enter that
is typed there and ends when such a line is back. A command that began at a marked prompt ends by a mark only: within
it another shell may run, as with ``ssh`` or ``sudo -i``, and the prompt of that one says that the session waits for a
command, not that the outer command has ended.

Programs can print all of this at will, so it is only shown, and nothing that matters for safety is allowed because of
it.
"""

from __future__ import annotations

from ssmtui.sessions.activity import IDLE, WORTH_RUNNING, Activity, CommandEnd, Doing
from ssmtui.terminal.signs import LineEnd, ShellMark

PROMPT_SETTLES, QUESTION_SETTLES = 0.5, 2.0
"""Seconds without output after which a line that looks like a prompt, or like a question, is one."""
SILENT_AFTER, BUSY = 30.0, 5.0
"""Seconds without output after which a session is silent that printed for so many seconds before."""

_PASTE, _PASTE_END = b"\x1b[200~", b"\x1b[201~"


class ActivityTracker:
    """The activity of one session. :meth:`look` says what it is now; ask again at :attr:`next_look`, and after each
    call of another method."""

    def __init__(self) -> None:
        self.ended = 0
        """How many commands have ended."""
        self.last_end: CommandEnd | None = None
        self.printed_at: float | None = None
        """When it printed last."""
        self._at_prompt: bool | None = None
        """None while neither a prompt nor a command was seen."""
        self._prompt_since = 0.0
        self._is_marked = False
        """Whether the prompt was marked by the shell."""
        self._run_since = 0.0
        self._marked_since: float | None = None
        """When the command began that only a mark ends; None when there is none."""
        self._news: CommandEnd | None = None
        """The command that ended since the last key."""
        self._line = LineEnd.OTHER
        self._spell: float | None = None
        """When it began to print without a pause, and without a key in between."""
        self._is_full_screen = False

    # What happens

    def printed(self, now: float) -> None:
        """The node printed something."""
        if self._spell is None or self.printed_at is None or now - self.printed_at >= SILENT_AFTER:
            self._spell = now
        self.printed_at = now

    def typed(self, data: bytes, now: float) -> None:
        """``data`` was typed or pasted."""
        self._guess_prompt(now, settles=0.0)  # a person who types at what looks like a prompt takes it for one
        self._news = None
        self._spell = None
        if self._at_prompt and _has_enter(data):
            self._run(now)
            if self._is_marked:
                self._marked_since = now

    def signs(self, marks: list[ShellMark], end: LineEnd | None, now: float) -> None:
        """The shell's marks, in order, and what the last line looks like; None: as before."""
        if end is not None:
            self._line = end
        for mark in marks:
            if mark.letter == "C":
                if self._at_prompt is not False:  # else Enter has begun it already
                    self._run(now)
                self._marked_since = self._run_since
            elif self._runs:
                self._end(mark.code, now, since=self._marked_since)
                self._prompt(now, is_marked=True)
            elif mark.letter == "A":
                self._prompt(now, is_marked=True)

    def full_screen(self, on: bool) -> None:
        """A program uses the alternate screen, or does so no more: its lines are no prompts and no questions."""
        self._is_full_screen = on

    # What it is

    def look(self, now: float) -> Doing:
        """The activity now."""
        self._guess_prompt(now)
        if self._at_prompt:
            end = self._news
            if end is not None and end.is_worth_saying:
                return Doing(Activity.DONE, end.at, end.code, end.took)
            return Doing(Activity.PROMPT, self._prompt_since)
        if not self._is_full_screen and self.printed_at is not None:
            if self._line is LineEnd.SECRET:
                return Doing(Activity.PASSWORD, self.printed_at)
            if self._line is LineEnd.QUESTION and now >= self.printed_at + QUESTION_SETTLES:
                return Doing(Activity.INPUT, self.printed_at)
            if self._was_busy and now >= self.printed_at + SILENT_AFTER:
                return Doing(Activity.SILENT, self.printed_at)
        if self._at_prompt is None:
            return IDLE
        if now < self._run_since + WORTH_RUNNING:
            return Doing(Activity.PROMPT, self._prompt_since)
        return Doing(Activity.RUNNING, self._run_since)

    def next_look(self, now: float) -> float | None:
        """When the activity may change although nothing happens; None: not before something does."""
        found = []
        if self._at_prompt is False:
            found.append(self._run_since + WORTH_RUNNING)
        if not self._at_prompt and not self._is_full_screen and self.printed_at is not None:
            if self._line is LineEnd.PROMPT:
                found.append(self.printed_at + PROMPT_SETTLES)
            elif self._line is LineEnd.QUESTION:
                found.append(self.printed_at + QUESTION_SETTLES)
            if self._was_busy:
                found.append(self.printed_at + SILENT_AFTER)
        return min((time for time in found if time > now), default=None)

    # Within

    @property
    def _runs(self) -> bool:
        return self._at_prompt is False or self._marked_since is not None

    @property
    def _was_busy(self) -> bool:
        return self._spell is not None and self.printed_at is not None and self.printed_at - self._spell >= BUSY

    def _run(self, now: float) -> None:
        self._at_prompt, self._run_since, self._news, self._spell = False, now, None, None

    def _prompt(self, now: float, *, is_marked: bool) -> None:
        # A command that was not worth mentioning has not interrupted the wait for one.
        if self._at_prompt is None or (not self._at_prompt and now >= self._run_since + WORTH_RUNNING):
            self._prompt_since = now
        self._at_prompt, self._is_marked = True, is_marked
        if is_marked:
            self._marked_since = None

    def _end(self, code: int | None, now: float, since: float | None) -> None:
        self.ended += 1
        self.last_end = self._news = CommandEnd(now, code, now - (self._run_since if since is None else since))

    def _guess_prompt(self, now: float, settles: float | None = None) -> None:
        """Take a line that looks like a prompt, and at which output has stopped, for one."""
        at = self.printed_at
        if self._at_prompt or self._is_full_screen or self._line is not LineEnd.PROMPT or at is None:
            return
        if now < at + (PROMPT_SETTLES if settles is None else settles) or (
            self._at_prompt is False and at <= self._run_since
        ):
            return  # what was printed before the command is no sign of its end
        is_inner = self._marked_since is not None
        if self._at_prompt is False and not (is_inner and self._marked_since == self._run_since):
            self._end(None, at, since=None)
        self._prompt(at, is_marked=False)


def _has_enter(data: bytes) -> bool:
    """Whether ``data`` ends a line. What is pasted within brackets does not."""
    before, pasted, rest = data.partition(_PASTE)
    if pasted:
        data = before + rest.partition(_PASTE_END)[2]
    return b"\r" in data or b"\n" in data
