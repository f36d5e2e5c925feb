"""What a session had printed before it was taken over, for the screen that was lost with the program that had it.

A recording is a file that anybody may have written. So it is played into a terminal of its own in the engines' process,
which answers nothing and tells nobody anything; what comes out are rows, and of these only text and renditions are fed
to the session's own terminal.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ssmtui.model import TerminalSize
from ssmtui.recording.last_output import LastOutput, last_outputs
from ssmtui.sessions.engine_pane import EnginePane
from ssmtui.sessions.output import Beginning
from ssmtui.terminal import redraw
from ssmtui.terminal.screen import INITIAL_MODES, FrameRow, Modes
from ssmtui.terminal.signs import LineEnd, ShellMark

if TYPE_CHECKING:
    from ssmtui.sessions.engine_host import EngineHost

log = logging.getLogger(__name__)

MOST_LINES = 500
"""Lines that are shown; an engine's terminal has no more rows."""
WITHIN = 2.0
"""Seconds that all of it may take. The session's own output waits meanwhile."""
TAKEN_OVER_AT = "── taken over at "
_ENTER_ALTERNATE, _LEAVE_ALTERNATE = b"\x1b[?1049h", b"\x18\x1b[?1049l\x1b[0m"
"""CAN first: the output may end in the middle of a sequence."""

_turn = asyncio.Semaphore(1)
_keys = count(1 << 30)
"""For terminals that belong to no session."""


class EarlierOutput(NamedTuple):
    """What is left of an earlier screen."""

    rows: tuple[FrameRow, ...]
    """The last lines."""
    modes: Modes
    """What the remote program had set at the end."""
    file: str = ""
    """The name of the newest recording that it is from; empty for none."""


class KeptScreen(NamedTuple):
    """The terminal of a session that is over here and goes on at the service."""

    terminal: EnginePane
    """Nobody looks at it or feeds it any more. Who has this closes it."""
    size: TerminalSize
    is_current: bool
    """Whether its modes are still those of the remote program, as far as anybody knows."""


NOTHING_EARLIER = EarlierOutput((), INITIAL_MODES)


async def screen_before(
    directory: Path | None, session_id: str, engines: EngineHost, *, now: float, recording: str = ""
) -> Beginning:
    """What the terminal of a session is fed which is taken over ``now``, in seconds since the epoch, before all output:
    its earlier lines where there are any, and that they are earlier.

    ``recording`` is the file into which it was recorded until the end; empty for none. Only that one knows what the
    remote program has set by now. Raises nothing of the disk's.
    """
    earlier = await earlier_output(directory, session_id, engines)
    is_current = bool(recording) and Path(recording).name == earlier.file
    return _shown(earlier, now, is_current=is_current)


async def screen_kept(kept: KeptScreen, *, now: float) -> Beginning:
    """The same for a session whose terminal is still there, which is closed by this."""
    earlier = NOTHING_EARLIER
    try:
        async with _turn, asyncio.timeout(WITHIN):
            earlier = await _last_of(kept.terminal, kept.size.cols)
    except TimeoutError:
        log.warning("the kept screen was not read within %s s", WITHIN)
    finally:
        kept.terminal.close()
    return _shown(earlier, now, is_current=kept.is_current)


def _shown(earlier: EarlierOutput, now: float, *, is_current: bool) -> Beginning:
    line = f"\x1b[2m{TAKEN_OVER_AT}{datetime.fromtimestamp(now):%H:%M}, output since then ──\x1b[0m\r\n".encode()
    return Beginning(lines_of(earlier), line, modes_of(earlier) if is_current else b"")


async def earlier_output(directory: Path | None, session_id: str, engines: EngineHost) -> EarlierOutput:
    """The last lines of the session's recordings in ``directory``, and the modes at their end; nothing where there are
    none, or where reading them takes too long. Raises nothing of the disk's."""
    if directory is None or not session_id:
        return NOTHING_EARLIER
    try:
        # One after the other: fifty at once would take all of the engines' time, and each would come too late.
        async with _turn, asyncio.timeout(WITHIN):
            found = await asyncio.to_thread(last_outputs, directory, session_id)
            return await _played(found, engines)
    except TimeoutError:
        log.warning("the recordings of %s were not read within %s s", session_id, WITHIN)
        return NOTHING_EARLIER


async def _played(found: list[LastOutput], engines: EngineHost) -> EarlierOutput:
    rows: tuple[FrameRow, ...] = ()
    modes = INITIAL_MODES
    for number, each in enumerate(found):
        played = await _play(each, engines)
        # The newest comes first, and only what was set at its end is set now.
        modes = modes if number else played.modes
        rows = (played.rows + rows)[-MOST_LINES:]
        if len(rows) == MOST_LINES:
            break
    return EarlierOutput(rows, modes, found[0].path.name if found else "")


async def _play(found: LastOutput, engines: EngineHost) -> EarlierOutput:
    """Play one recording into a terminal, and take the last lines of that."""
    size = found.size
    terminal = engines.open(next(_keys), size, MOST_LINES, _Deaf())
    try:
        terminal.feed((_ENTER_ALTERNATE if found.in_full_screen else b"") + found.output)
        return await _last_of(terminal, size.cols)
    finally:
        terminal.close()


async def _last_of(terminal: EnginePane, cols: int) -> EarlierOutput:
    """The last lines of a terminal that nobody looks at, and that is not used after this."""
    await terminal.replica()  # all that it was fed is parsed by then
    seen = await terminal.frame(0)
    modes = seen.modes
    # A full-screen program draws itself again; the lines above its screen are what is lost. In a terminal that has room
    # for all of them they are rows of the screen.
    terminal.resize(TerminalSize(cols, MOST_LINES))
    terminal.feed(_LEAVE_ALTERNATE if modes.alternate_screen else b"\x18")
    await terminal.replica()
    rows = await terminal.tail(MOST_LINES)
    if len(rows) <= seen.size.rows < MOST_LINES:
        # The plain engine leaves scrollback where it is.
        terminal.scroll(len(rows) - MOST_LINES)
        frame = await terminal.frame(0)
        if frame.scrolled_back:
            rows = _down_to_the_last(frame.rows)
    return EarlierOutput(rows, modes)


def _down_to_the_last(rows: Mapping[int, FrameRow]) -> tuple[FrameRow, ...]:
    end = max((line + 1 for line, row in rows.items() if row), default=0)
    return tuple(rows.get(line, ()) for line in range(end))


def lines_of(earlier: EarlierOutput) -> bytes:
    """The bytes that show the earlier lines in the session's terminal."""
    rows = earlier.rows
    while rows and "".join(run.text for run in rows[-1]).startswith(TAKEN_OVER_AT):
        rows = rows[:-1]  # nothing was printed since
    return redraw.lines(rows)


def modes_of(earlier: EarlierOutput) -> bytes:
    """The bytes that bring a terminal with nothing set into the modes that the remote program believes it to be in. It
    does not set them again: a shell whose pastes had marks goes on without, and a vim leaves a screen that it never
    entered."""
    modes = earlier.modes
    if modes == INITIAL_MODES:
        return b""
    return (_ENTER_ALTERNATE if modes.alternate_screen else b"") + redraw.modes_set(modes)


class _Deaf:
    """Takes what a terminal reports, and does nothing (engine_pane.EngineSink)."""

    def screen_changed(self) -> None:
        """New rows."""

    def modes_changed(self, modes: Modes) -> None:
        """Other modes."""

    def reply(self, data: bytes) -> None:
        """An answer to a query: nobody has asked."""

    def title_changed(self, title: str) -> None:
        """Another title."""

    def bell(self) -> None:
        """It rang long ago."""

    def clipboard(self, text: str) -> None:
        """Nothing gets into the clipboard."""

    def notice(self, text: str) -> None:
        """Nobody reads it."""

    def signs_changed(self, marks: list[ShellMark], end: LineEnd | None) -> None:
        """What it did then is not what it does now."""

    def line_found(self, count: int, line: str) -> None:
        """Nothing is looked for."""

    def watch_slow(self) -> None:
        """Nothing is looked for."""

    def screen_lost(self) -> None:
        """No program can draw it again."""
