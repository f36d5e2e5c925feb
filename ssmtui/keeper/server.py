"""The socket of a keeper: screens of the same person hand sessions over, ask what is held, and fetch it."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import uuid
from contextlib import suppress
from pathlib import Path

from ssmtui import __version__
from ssmtui.errors import ConfigurationError
from ssmtui.keeper import place
from ssmtui.keeper.holding import Keeper
from ssmtui.keeper.wire import (
    RULES,
    KeeperDecoder,
    KeeperMessage,
    KeeperWireError,
    encode,
    screen_of,
    with_screen,
)
from ssmtui.tasks import Tasks

log = logging.getLogger(__name__)

READ = 1 << 18
LOOK_EVERY = 1.0
"""Seconds between two looks whether the socket is where it was."""
SILENT = 30.0
"""Seconds without a word after which a screen counts as gone."""
WRITTEN_WITHIN = 15.0
"""Seconds that a screen has to take an answer."""
MOST_VISITORS = 64


class KeeperServer:
    """Serves one keeper. Make it, :meth:`open` it, :meth:`close` it."""

    def __init__(self, keeper: Keeper, directory: Path, ledger: Path, likeness: str, since: float) -> None:
        """``directory`` is where sockets are, ``ledger`` the directory of the records that ids are of, ``likeness``
        that of this run (:func:`ssmtui.keeper.place.likeness`), which began at ``since``."""
        self.file = place.socket_of(directory, uuid.uuid4().hex)
        self._directory = directory
        self._at: tuple[int, int] | None = None
        """The file of the socket; None while it is gone."""
        self._keeper = keeper
        self._hello = KeeperMessage(
            {
                "do": "hello",
                "rules": RULES,
                "version": __version__,
                "pid": os.getpid(),
                "since": since,
                "ledger": str(ledger),
                "likeness": likeness,
            }
        )
        self._tasks = Tasks("keeper's socket")
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen from now on, also after the directory was removed and made again: the system does that with the
        last logout of a person and the next login. Raises OSError, and :class:`ssmtui.errors.ConfigurationError` where
        there is no place for it."""
        await self._listen()
        self._tasks.start("watch", self._watch())

    async def _listen(self) -> None:
        place.checked(self._directory)
        listening = place.listen(self.file)
        self._at = self._found()
        self._server = await asyncio.start_unix_server(self._connected, sock=listening, limit=READ)

    async def _watch(self) -> None:
        while (server := self._server) is not None:
            if not self._is_there:
                try:
                    await self._listen()
                except (OSError, ConfigurationError) as error:
                    log.debug("the keeper's socket is gone and cannot be made again yet: %s", error)
                else:
                    server.close()
            await asyncio.sleep(LOOK_EVERY)

    @property
    def _is_there(self) -> bool:
        """Whether the file with the socket's name is the one that was made here."""
        return self._at is not None and self._found() == self._at

    def _found(self) -> tuple[int, int] | None:
        """What file has the socket's name."""
        try:
            found = self.file.lstat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def stop_listening(self) -> None:
        """Serve nobody new."""
        server, self._server = self._server, None
        if server is not None:
            with suppress(OSError):
                if self._is_there:
                    self.file.unlink()
            server.close()

    async def close(self) -> None:
        """End all connections as well."""
        self.stop_listening()
        await self._tasks.close()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection: socket.socket = writer.get_extra_info("socket")
        if not place.is_mine(connection):
            log.warning("a process of another user wanted to speak to the keeper")
            writer.close()
        elif self._keeper.visitors >= MOST_VISITORS:
            log.warning("more than %d screens want to speak to the keeper", MOST_VISITORS)
            writer.close()
        else:
            self._keeper.visited(1)
            self._tasks.start("visitor", self._serve(reader, writer))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = _Visit(self._keeper)
        decoder = KeeperDecoder()
        try:
            await _write(writer, self._hello)
            while True:
                async with asyncio.timeout(SILENT):
                    data = await reader.read(READ)
                if not data:
                    return
                for message in decoder.feed(data):
                    await _write(writer, await visit.answer(message))
        except (OSError, KeeperWireError, TimeoutError) as error:
            log.info("a screen's connection ends: %s", error)
        finally:
            visit.end()
            self._keeper.visited(-1)
            writer.close()


class _Visit:
    """What one screen asks, and what it has fetched without saying that it has it."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._fetched: set[str] = set()

    async def answer(self, message: KeeperMessage) -> KeeperMessage:
        """What to answer. Raises :class:`KeeperWireError` for what breaks the rules."""
        keeper, record_id = self._keeper, message.text("record")
        match message.what:
            case "hold":
                done = keeper.hold(record_id, screen_of(message))
                return KeeperMessage({"do": "held" if done else "refused"})
            case "release":
                screen = await keeper.release(record_id)
                if screen is None:
                    return KeeperMessage({"do": "none"})
                self._fetched.add(record_id)
                return with_screen(screen, do="released", record=record_id)
            case "fetched":
                self._fetched.discard(record_id)
                keeper.fetched(record_id)
                return KeeperMessage({"do": "noted"})
            case "list":
                return KeeperMessage({"do": "listed", "sessions": [one._asdict() for one in keeper.sessions()]})
            case "leave":
                return KeeperMessage({"do": "leaving", "count": keeper.leave()})
            case _:
                raise KeeperWireError("a screen asks for what there is not")

    def end(self) -> None:
        """It is gone: what it has fetched and not taken is kept again."""
        for record_id in self._fetched:
            self._keeper.give_back(record_id)


async def _write(writer: asyncio.StreamWriter, message: KeeperMessage) -> None:
    writer.write(encode(message))
    async with asyncio.timeout(WRITTEN_WITHIN):
        await writer.drain()
