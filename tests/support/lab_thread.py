"""A lab beside the test, for outages at the moment that the test is ready for them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from ssmtui.lab.aws_config import config_file
from ssmtui.lab.fault_spec import parse_faults
from ssmtui.lab.iam import Policies
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.lab.policies import UNLIMITED
from ssmtui.lab.relay import ClientSocket, Relay
from ssmtui.lab.sites import Judgement
from ssmtui.lab.unsigned import IdentityServices
from tests.support.wait import wait_until_sync

Answer = TypeVar("Answer")


class LabThread:
    """A lab that serves on a thread of its own."""

    def __init__(self, lab: Lab, loop: asyncio.AbstractEventLoop, environment: dict[str, str]) -> None:
        self.environment = environment
        """What its clients need in theirs."""
        self._lab = lab
        self._loop = loop

    def say_bye(self) -> None:
        """Close the socket of the one client, once it is there: for the client itself it is there a moment earlier."""

        async def is_said() -> bool:
            if not any(relay.connected for relay in self._lab._relays.values()):
                return False
            self._lab.say_bye()
            return True

        wait_until_sync("a client", lambda: self._run(is_said()), timeout=10)

    def cut(self, clients: int) -> None:
        """Break the sockets of all clients in one moment, once there are so many; return when all are back."""
        cut: dict[Relay, ClientSocket | None] = {}

        async def are_cut() -> bool:
            there = [relay for relay in self._lab._relays.values() if relay.connected]
            if len(there) == clients:
                cut.update({relay: relay._socket for relay in there})
                for relay in there:
                    relay.cut()
            return bool(cut)

        async def are_back() -> bool:
            return all(relay._socket not in (None, before) for relay, before in cut.items())

        wait_until_sync(f"{clients} clients", lambda: self._run(are_cut()), timeout=20)
        wait_until_sync("all are back", lambda: self._run(are_back()), timeout=20)

    @property
    def active(self) -> list[str]:
        """The ids of the sessions that the service lists as active."""

        async def listed() -> list[str]:
            return [session.session_id for session in self._lab.book if session.active]

        return self._run(listed())

    @property
    def secrets(self) -> set[str]:
        """What opens the data channels of its sessions now: their tokens, and the queries of their addresses."""

        async def gathered() -> set[str]:
            opened = [session for session in self._lab.book if session.token]
            return {each.token for each in opened} | {each.stream_path.partition("?")[2] for each in opened}

        return self._run(gathered()) - {""}

    @property
    def identity(self) -> IdentityServices:
        """What gives credentials to those who have none."""
        return self._lab.identity

    @property
    def device_codes(self) -> set[str]:
        """The codes of programs that wait for a person."""
        return set(self._lab.identity.center._devices)

    @contextmanager
    def aws_config(self) -> Iterator[Path]:
        """The AWS configuration file with each kind of credentials."""
        with config_file(self._lab.address, self._lab) as file:
            yield file

    @property
    def judgements(self) -> list[Judgement]:
        """What the policies were asked, and who denied it."""
        return list(self._lab.sites.judgements)

    def allow(self, policies: Policies) -> None:
        """From now on callers have these policies, and what was judged before is forgotten."""

        async def change() -> None:
            self._lab.sites.judge.standing = policies
            self._lab.sites.judgements.clear()

        self._run(change())

    def target(self, name: str) -> str:
        """The id of the node that is called so."""
        return self._lab.fleet.named(name).id

    def container(self, service: str) -> str:
        """The first container of the service's first task, as Session Manager calls it."""
        task = next(task for task in self._lab.site().containers.tasks if task.service == service)
        return task.target(task.containers[0])

    def _run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


@contextmanager
def lab_thread(
    *, nodes: int, faults: str = "", policies: Policies = UNLIMITED, colleagues: int = 0
) -> Iterator[LabThread]:
    """A lab of so many nodes, whose callers have ``policies``; all of it is closed at the end."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="lab")
    thread.start()
    try:
        lab = Lab(LabOptions(nodes=nodes, faults=parse_faults(faults), policies=policies, colleagues=colleagues))
        address = asyncio.run_coroutine_threadsafe(lab.start(), loop).result(10)
        try:
            yield LabThread(lab, loop, dict(address.environment))
        finally:
            asyncio.run_coroutine_threadsafe(lab.close(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
