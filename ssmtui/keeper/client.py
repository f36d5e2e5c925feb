"""A screen's side of keepers: hands its sessions over when it leaves, finds what is kept, and fetches it. Nothing here
raises: without a keeper, sessions are left alive and taken over all the same, and only their earlier output is not
there."""

from __future__ import annotations

import asyncio
import logging
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from ssmtui import inert
from ssmtui.errors import ConfigurationError
from ssmtui.keeper import place
from ssmtui.keeper.holding import KeptSession
from ssmtui.keeper.wire import (
    RULES,
    KeeperDecoder,
    KeeperMessage,
    KeeperWireError,
    encode,
    screen_of,
    with_screen,
)
from ssmtui.sessions.engine_tail import PortableScreen

log = logging.getLogger(__name__)

READ = 1 << 18
GREETED_WITHIN = 2.0
"""Seconds that a keeper has to say who it is."""
ANSWERED_WITHIN = 12.0
"""Seconds that it has for an answer: it may have to wait for an engine."""
KEPT_WITHIN = 2.0
"""Seconds that the engines have to give all their scrollback when the screen leaves."""
HANDED_WITHIN = 5.0
"""Seconds in which everything must be handed over: a screen whose terminal has gone has 8 s in all."""
LOOK_EVERY = 0.05
STOPPED_WITHIN = 15.0
"""Seconds that a keeper has to end."""
MAX_PATH = 4096
_MOST_SESSIONS = 10_000
_MAX_TIME = 1e11


class Screens(Protocol):
    """Has the sessions of a screen (:class:`ssmtui.sessions.manager.SessionManager`)."""

    @property
    def left_alive(self) -> Sequence[object]:
        """Those that are over here and go on at the service."""

    async def portable_screens(self, within: float) -> dict[str, PortableScreen]:
        """What fills their screens, by the ids of their records in the ledger; asked for ``within`` seconds."""


class KeeperFacts(NamedTuple):
    """A keeper that runs."""

    pid: int
    version: str
    since: float
    """Wall time in seconds since the epoch."""
    sessions: Sequence[KeptSession]
    left: int = 0
    """How many sessions it has left alive, once it was stopped."""


class KeeperClient:
    """Speaks to the keepers of this person. ``trouble`` says why sessions could not be handed over."""

    def __init__(
        self,
        directory: Callable[[], Path],
        ledger: Path,
        likeness: str,
        command: Sequence[str],
        *,
        hands_over: bool = False,
    ) -> None:
        """``directory`` gives the place of sockets, and raises OSError; ``ledger`` is the directory of the records that
        ids are of; ``likeness`` is that of this run. ``command`` starts a keeper that is like it. ``hands_over``:
        whether sessions go to one at all."""
        self.trouble = ""
        """Why nothing could be handed over, as a sentence; empty where it could."""
        self.hands_over = hands_over
        """Whether sessions that are left alive go to a keeper."""
        self._directory = directory
        self._ledger = str(ledger)
        self._likeness = likeness
        self._command = command
        self._started: subprocess.Popen[bytes] | None = None

    async def hand_over(self, screens: Screens) -> frozenset[str]:
        """Hand over all sessions that were left alive, to a keeper that is started where none runs. Returns the ids of
        the records of those that it has. Call it once they are left, and before the engines are closed."""
        self.trouble = ""
        handed: set[str] = set()
        if not self.hands_over or not screens.left_alive:
            return frozenset()
        try:
            async with asyncio.timeout(HANDED_WITHIN):
                # A keeper starts while the engines write down what they have.
                line = await self._line_to_one_like_me()
                if line is None:
                    place.checked(self._directory())
                    self._start()
                kept = await screens.portable_screens(KEPT_WITHIN)
                with closing(line or await self._line_to_the_new_one()) as line:
                    for record_id, screen in kept.items():
                        answer = await line.ask(with_screen(screen, do="hold", record=record_id))
                        if answer.what == "held":
                            handed.add(record_id)
        except (OSError, KeeperWireError, ConfigurationError) as error:  # TimeoutError is an OSError
            log.warning("sessions could not be handed to the keeper", exc_info=error)
            self.trouble = f"The keeper could not be reached ({_why(error)}): nobody reads what they print."
        return frozenset(handed)

    async def held(self) -> frozenset[str]:
        """What keepers hold, by the ids of the records."""
        return frozenset(session.record for keeper in await self.keepers() for session in keeper.sessions)

    @asynccontextmanager
    async def released(self, record_id: str) -> AsyncIterator[PortableScreen | None]:
        """Have the keeper that holds the session leave it, with its exact bounds in the ledger, and get what fills its
        screen; None where no keeper has it. Claim it inside the block: the keeper takes it again where that raises."""
        line, screen = await self._fetch(record_id)
        try:
            yield screen
            if line is not None:
                with suppress(OSError, KeeperWireError):
                    await line.ask(KeeperMessage({"do": "fetched", "record": record_id}))
        finally:
            if line is not None:
                line.close()

    async def keepers(self) -> list[KeeperFacts]:
        """The keepers that run, and what they hold."""
        lines = await self._lines()
        return [facts for facts in await asyncio.gather(*map(_facts_of, lines)) if facts is not None]

    async def stop(self) -> list[KeeperFacts]:
        """Have all keepers leave their sessions alive and end; returns those that have."""
        lines = await self._lines()
        return [facts for facts in await asyncio.gather(*map(_stopped, lines)) if facts is not None]

    async def _fetch(self, record_id: str) -> tuple[_Line | None, PortableScreen | None]:
        found: tuple[_Line | None, PortableScreen | None] = (None, None)
        for line in await self._lines():
            if found[0] is None:
                with suppress(OSError, KeeperWireError):
                    answer = await line.ask(KeeperMessage({"do": "release", "record": record_id}))
                    if answer.what == "released":
                        found = line, screen_of(answer)
                        continue
            line.close()
        return found

    async def _line_to_one_like_me(self) -> _Line | None:
        """A line to a keeper that can go on with sessions of this run; None where none runs."""
        found = None
        for line in await self._lines():
            if found is None and line.hello.text("likeness") == self._likeness:
                found = line
            else:
                line.close()
        return found

    async def _line_to_the_new_one(self) -> _Line:
        """The same, once the keeper that was started listens. Raises ConfigurationError where it has ended."""
        while (line := await self._line_to_one_like_me()) is None:
            if self._started is not None and (code := self._started.poll()) is not None:
                raise ConfigurationError(f"it ended with exit code {code}", title="The keeper does not start")
            await asyncio.sleep(LOOK_EVERY)
        return line

    def _start(self) -> None:
        # Out of this terminal's session: what ends that must not end it.
        nowhere = subprocess.DEVNULL
        self._started = subprocess.Popen(
            self._command, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True
        )

    async def _lines(self) -> list[_Line]:
        try:
            files = place.keepers(self._directory())
        except OSError:
            return []
        lines = [line for line in await asyncio.gather(*map(_Line.to, files)) if line is not None]
        for line in lines:
            if line.hello.text("ledger", MAX_PATH) != self._ledger:
                line.close()
        return [line for line in lines if not line.is_closed]


class _Line:
    """A connection to a keeper that has said who it is."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.hello = KeeperMessage({})
        self.is_closed = False
        self._reader = reader
        self._writer = writer
        self._decoder = KeeperDecoder()

    @classmethod
    async def to(cls, file: Path) -> _Line | None:
        """A line to the keeper at ``file``; None where none answers there."""
        try:
            async with asyncio.timeout(GREETED_WITHIN):
                line = cls(*await asyncio.open_unix_connection(file, limit=READ))
                try:
                    if place.is_mine(line._writer.get_extra_info("socket")):
                        line.hello = await line._next()
                        if line.hello.what == "hello" and line.hello.number("rules") == RULES:
                            return line
                except BaseException:
                    line.close()
                    raise
                line.close()
        except (OSError, KeeperWireError) as error:
            log.debug("no keeper at %s: %s", file, error)
        return None

    async def ask(self, message: KeeperMessage) -> KeeperMessage:
        """The answer to ``message``. Raises OSError and :class:`KeeperWireError`."""
        async with asyncio.timeout(ANSWERED_WITHIN):
            self._writer.write(encode(message))
            await self._writer.drain()
            return await self._next()

    async def ended(self) -> bool:
        """Whether the keeper ends soon."""
        with suppress(OSError):
            async with asyncio.timeout(STOPPED_WITHIN):
                while await self._reader.read(READ):
                    pass
            return True
        return False

    def close(self) -> None:
        """End the connection."""
        self.is_closed = True
        self._writer.close()

    async def _next(self) -> KeeperMessage:
        while True:
            data = await self._reader.read(READ)
            if not data:
                raise ConnectionResetError("the keeper has gone")
            messages = self._decoder.feed(data)
            if len(messages) > 1:
                raise KeeperWireError("a keeper answers what nobody has asked")
            if messages:
                return messages[0]


async def _facts_of(line: _Line) -> KeeperFacts | None:
    with closing(line), suppress(OSError, KeeperWireError):
        answer = await line.ask(KeeperMessage({"do": "list"}))
        return _facts(line.hello, sessions=_sessions_of(answer))
    return None


async def _stopped(line: _Line) -> KeeperFacts | None:
    with closing(line), suppress(OSError, KeeperWireError):
        answer = await line.ask(KeeperMessage({"do": "leave"}))
        if answer.what == "leaving" and await line.ended():
            return _facts(line.hello, left=answer.number("count"))
    return None


def _facts(hello: KeeperMessage, *, sessions: Sequence[KeptSession] = (), left: int = 0) -> KeeperFacts:
    version = inert.line(hello.text("version"), 40)
    return KeeperFacts(hello.number("pid"), version, _moment(hello, "since"), sessions, left)


def _sessions_of(answer: KeeperMessage) -> list[KeptSession]:
    listed = answer.header.get("sessions")
    found = listed if isinstance(listed, list) else []
    return [_session_of(KeeperMessage(each)) for each in found[:_MOST_SESSIONS] if isinstance(each, dict)]


def _session_of(facts: KeeperMessage) -> KeptSession:
    record, title, session_id, state = (
        inert.line(facts.text(name), 256) for name in ("record", "title", "session_id", "state")
    )
    return KeptSession(record, title, session_id, state, _moment(facts, "started"))


def _moment(facts: KeeperMessage, name: str) -> float:
    value = facts.header.get(name)
    return float(value) if isinstance(value, int | float) and 0 <= value < _MAX_TIME else 0.0


def _why(error: Exception) -> str:
    if isinstance(error, ConfigurationError):
        return error.detail
    if isinstance(error, TimeoutError):
        return "it takes too long"
    said = error.strerror if isinstance(error, OSError) else str(error)
    return inert.line(said or type(error).__name__, 200)
