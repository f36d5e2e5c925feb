"""The terminal engines of all sessions, in a process that may die at any moment: started, fed, watched, replaced.

Engines parse what a hostile node prints, the best of them in native code. In a process of their own a crash or a hang
costs one screen, not the program with all its sessions (docs/fuzzing.md has inputs that do it).

Panes use :class:`EngineHost`, which uses one :class:`~ssmtui.sessions.host_process.HostProcess` at a time. When that
dies, or is killed because it hangs, a new one is filled with what each pane has kept, and sessions go on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from ssmtui.contained import Contained
from ssmtui.errors import SsmtuiError
from ssmtui.model import TerminalSize
from ssmtui.sessions.engine_pane import EnginePane, EngineSink, most_pending
from ssmtui.sessions.engine_tail import PortableScreen
from ssmtui.sessions.host_process import WINDOW, HostDied, HostProcess, default_command
from ssmtui.tasks import Tasks
from ssmtui.terminal import engines, wire
from ssmtui.terminal.screen import Colors

log = logging.getLogger(__name__)

__all__ = ["EngineHost", "EnginePane", "EngineSink"]

TICK = 0.5
"""Seconds between two looks at the host and its panes."""
SILENT_TICKS = 4
"""Ticks after which a host that leaves something unanswered is taken to hang."""
RETRY_DELAY = 1.0
"""Seconds between attempts to start a host when they fail, or when one after another dies at once."""
MAX_SHORT_LIVES = 5
"""Hosts in a row that may live for less than that before the next ones are delayed, each twice as long as the last."""
HIDDEN_TURNS = 8
"""One turn in so many, an even number, is that of a terminal that nobody looks at, if one wants it."""
FIRST_DELAY = RETRY_DELAY / 16


def pause_after(short_lives: int) -> float:
    """Seconds until the next host is started after ``short_lives`` in a row have died young."""
    beyond = short_lives - MAX_SHORT_LIVES
    return min(RETRY_DELAY, FIRST_DELAY * 2 ** (beyond - 1)) if beyond > 0 else 0.0


class Awake:
    """The panes that have messages, those in sight and the hidden ones apart, each kind in the order of their turns:
    nobody has to be looked for among fifty at each turn."""

    def __init__(self) -> None:
        self._in_sight: dict[int, EnginePane] = {}
        self._hidden: dict[int, EnginePane] = {}

    def __bool__(self) -> bool:
        return bool(self._in_sight or self._hidden)

    def __contains__(self, key: object) -> bool:
        return key in self._in_sight or key in self._hidden

    def add(self, pane: EnginePane) -> None:
        """It has messages. One that is here already keeps its place, unless it has come into sight or gone."""
        kind, other = (self._in_sight, self._hidden) if pane.in_sight else (self._hidden, self._in_sight)
        other.pop(pane.key, None)
        kind[pane.key] = pane

    def drop(self, key: int) -> None:
        """It has none any more."""
        self._in_sight.pop(key, None)
        self._hidden.pop(key, None)

    def take(self, key: int) -> EnginePane:
        """Take out the pane with that key, which must be here."""
        return (self._in_sight if key in self._in_sight else self._hidden).pop(key)

    def take_first(self, *, but: int | None, hidden: bool) -> EnginePane:
        """Take out the first of its kind other than ``but``, or else the first of all."""
        for kind in (self._hidden, self._in_sight) if hidden else (self._in_sight, self._hidden):
            for key in kind:
                if key != but:
                    return kind.pop(key)
        assert but is not None
        return self.take(but)


class EngineHost:
    """The engines of a run. Make it, await :meth:`start`, and :meth:`close` it after the last session. All methods
    belong to the event loop's thread."""

    def __init__(self, engine: str | None = None, *, command: Sequence[str] | None = None) -> None:
        """``engine`` is the name of the engine of new terminals, None for the default; ``command`` runs another host
        than the one that is shipped."""
        self.restarts = 0
        """How often a host has been replaced."""
        self._engine = engine
        self._command = command
        self._tasks = Tasks("engines")
        self._panes: dict[int, EnginePane] = {}
        self._awake = Awake()
        self._process: HostProcess | None = None
        self._last_suspect: int | None = None
        self._closing = False
        self._contained = Contained("terminal engine")
        self._preferred: int | None = None
        self._turn = 0
        self._colors: Colors | None = None

    @property
    def engine_name(self) -> str:
        """The engine of new terminals, as the host says."""
        return self._process.engine if self._process is not None else self._engine or engines.GHOSTTY

    @property
    def pid(self) -> int | None:
        """The host's process id; None while there is none."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Start the host and watch it from now on. Panes can be opened before. Raises :class:`SsmtuiError` when no
        engine starts, not even the plain one."""
        self._process = await self._launch()
        self._tasks.start("supervise", self._supervise(self._process))
        self._tasks.start("watch", self._watch())

    async def close(self) -> None:
        """End the host. Panes give empty frames from now on."""
        # The flag first: the watch would take the end of the process for a death and start another one.
        self._closing = True
        process, self._process = self._process, None
        for pane in tuple(self._panes.values()):
            pane.close()
        if process is not None:
            await process.close()
        await self._tasks.close()

    def open(
        self,
        key: int,
        size: TerminalSize,
        scrollback_lines: int,
        sink: EngineSink,
        filled_from: PortableScreen | None = None,
    ) -> EnginePane:
        """A new terminal for the session ``key``, which must not have one. It can be fed at once, before there is a
        host too: what is fed waits. ``sink`` gets what it reports; the caller closes the pane. ``filled_from``: what
        another process has kept of the session."""
        pane = EnginePane(self, key, size, scrollback_lines, sink, filled_from)
        self._panes[key] = pane
        if self._colors is not None:
            pane.recolor(self._colors)
        self._share_room()
        pane.fill()
        return pane

    def prefer(self, key: int | None) -> None:
        """The terminal of session ``key`` has the focus: it gets every other turn. None: no terminal has it."""
        self._preferred = key

    def recolor(self, colors: Colors) -> None:
        """Draw all terminals, also later ones, in ``colors``."""
        self._colors = colors
        for pane in self._panes.values():
            pane.recolor(colors)

    # For panes (engine_pane.PaneHost)

    def wake(self, pane: EnginePane) -> None:
        """Send the messages of ``pane`` as soon as the host has room."""
        self._awake.add(pane)
        self._pump()

    async def ask(self, header: dict[str, Any], key: int) -> tuple[wire.Header, bytes]:
        """Ask the host a question, ahead of everything that waits in panes. Raises :class:`HostDied`."""
        if self._process is None:
            raise HostDied
        return await self._process.ask(header, key)

    def distrust(self, pane: EnginePane) -> None:
        """The host sent nonsense about ``pane``: it is replaced, and that terminal is the suspect."""
        if self._process is not None:
            self._process.condemn(pane.key)

    def forget(self, pane: EnginePane) -> None:
        """Free what the host holds of ``pane``."""
        self._awake.drop(pane.key)
        if self._panes.pop(pane.key, None) is not None and self._process is not None:
            self._process.send({"do": "close"}, key=pane.key, answered=lambda *_: None)
        self._share_room()

    def _share_room(self) -> None:
        """Bound what waits in all panes together, now that there are more or fewer of them."""
        most = most_pending(len(self._panes))
        for pane in self._panes.values():
            pane.allow(most)

    def _pump(self) -> None:
        """Send messages while the window is open. Panes take turns, a message each.

        The window bounds what lies in the pipe: a question asked meanwhile, such as the frame that shows a key's echo,
        waits behind that and no more.
        """
        while self._process is not None and self._awake and self._process.load < self._window:
            pane = self._next()
            key = pane.key
            message = pane.next_message()
            if message is None:
                continue
            self._awake.add(pane)

            def answered(told: wire.Header, blob: bytes, then: Any = message.answered) -> None:
                then(told, blob)
                self._pump()

            self._process.send(
                message.header, message.blob, key=key, feeds=message.feeds, heavy=message.heavy, answered=answered
            )

    @property
    def _window(self) -> int:
        """How many bytes may be under way. Fewer while the terminal with the focus has nothing to send: the echo of the
        next key, and the frame that shows it, each wait for all of them."""
        has_focus = self._preferred in self._panes and self._preferred not in self._awake
        return WINDOW // 2 if has_focus else WINDOW

    def _next(self) -> EnginePane:
        """Whose turn it is; taken from those that are awake.

        Every other turn is that of the terminal with the focus: its echo need not wait for fifty floods. Of the others
        those in sight come first, but for one turn in :data:`HIDDEN_TURNS`, so that nobody is left out. The one that
        had its turn the longest ago is the first of its kind; a turn that nobody of its kind wants is anybody's.
        """
        self._turn += 1
        if self._preferred is not None and self._turn % 2 and self._preferred in self._awake:
            return self._awake.take(self._preferred)
        return self._awake.take_first(but=self._preferred, hidden=not self._turn % HIDDEN_TURNS)

    # Life and death of hosts

    async def _launch(self) -> HostProcess:
        """A running host: with the engine asked for, or else with the one that needs no library."""
        for engine in (self._engine, engines.BITTTY):
            try:
                return await HostProcess.start(self._command or default_command(engine))
            except (HostDied, OSError) as error:
                failure = error
        raise SsmtuiError(str(failure), title="The terminal engine does not start")

    async def _supervise(self, process: HostProcess) -> None:
        """Run one host after another until :meth:`close`. A defect of ours costs one host, not this loop: without it
        all screens would stand still for good."""
        clock = asyncio.get_running_loop().time
        short_lives = 0
        while not self._closing:
            began = clock()
            try:
                await self._attend(process)
            except Exception as error:
                self._contained.note("the supervision of the host", error)
                process.kill()
                await process.close()
            if not self._closing:
                short_lives = short_lives + 1 if clock() - began < RETRY_DELAY else 0
                await asyncio.sleep(pause_after(short_lives))
                process = await self._relaunch()
                self.restarts += 1
                log.warning(
                    "the terminal engines' process ended; process %s is number %d", process.pid, self.restarts + 1
                )
        await process.close()

    async def _attend(self, process: HostProcess) -> None:
        """Fill ``process``, hand out its answers until it is dead, and find out what it died of."""
        self._process = process
        try:
            for pane in tuple(self._panes.values()):
                pane.fill()
            await process.run()
        finally:
            # Before anything else, whatever was raised: a pane that believes that there is a host would ask it again
            # and again in a loop without a pause.
            self._process = None
            for pane in tuple(self._panes.values()):
                pane.lose_host()
        if not self._closing:
            self._bury(process)

    async def _relaunch(self) -> HostProcess:
        while True:
            try:
                return await self._launch()
            except SsmtuiError:
                await asyncio.sleep(RETRY_DELAY)
            except Exception as error:
                self._contained.note("the start of a host", error)
                await asyncio.sleep(RETRY_DELAY)

    def _bury(self, process: HostProcess) -> None:
        """Find whose output the host died of, and start that terminal anew in the plain engine.

        A crash may come from outside, such as a kill for want of memory, and a new host is there in a tenth of a
        second. So the second death in a row over the same pane is the proof: it is the same output, because a new host
        is fed what the last one left unanswered. A hang took seconds of processor time, and is believed at once if no
        other pane was being fed. A host that was stopped, or did not get the processor, proves nothing.
        """
        suspect = process.suspect
        hung_alone = process.hung and {order.key for order in process.orders if order.feeds} == {suspect}
        guilty = suspect is not None and (hung_alone or suspect == self._last_suspect)
        self._last_suspect = None if guilty else suspect
        if guilty and suspect in self._panes:
            self._panes[suspect].start_anew()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            try:
                if self._process is not None:
                    self._process.tick(SILENT_TICKS, TICK)
                for pane in tuple(self._panes.values()):
                    pane.tick()
            except Exception as error:
                self._contained.note("the watch over the host", error)
