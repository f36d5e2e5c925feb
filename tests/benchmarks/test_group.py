"""A folder of fifty saved connections, opened at once: from the key to the last prompt, and how the screen fares.

pytest tests/benchmarks/test_group.py -m benchmark -s

The whole client, headless at 120x40, with boto3, web sockets and the engine's process, against a lab in a process of
its own whose shells are real ones and speak after a second, as a node does. The peer is the same client starting the
same sessions one after the other, each when the one before it has its prompt, as a loop over the AWS CLI would.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ssmtui import wiring
from ssmtui.backend import Options
from ssmtui.config.settings import LoadedSettings, Settings
from ssmtui.interpreter import ready_interpreter
from ssmtui.model import Node, PingStatus, Platform, StartRequest
from ssmtui.profiles.store import ProfileStore
from ssmtui.sessions.states import SessionState
from ssmtui.ui.frame.app import SsmtuiApp
from ssmtui.ui.profiles.opening import opening
from ssmtui.ui.services import AppFacts, Services
from tests.support.lab_process import serve_lab
from tests.support.wait import wait_until

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

SESSIONS = 50
ALONE = 10
"""Sessions that the peer starts: each takes as long as the one before it."""
BEAT = 0.002
LOOK = 0.05
"""Seconds between two looks at the screens."""


class Pauses:
    """How long the loop was kept from its next turn: by work of its own, and by whatever else the machine did."""

    def __init__(self) -> None:
        self.own: list[float] = []
        """The processor's seconds of each turn."""
        self.wall: list[float] = []
        """Seconds between a beat of the loop and the next, beyond its time."""

    async def beat(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(BEAT)
            self.wall.append(time.perf_counter() - began - BEAT)

    def __str__(self) -> str:
        own, wall = sorted(self.own), sorted(self.wall)
        return f"turns of the loop {told(own)} of processor time; pauses {told(wall)}"


def told(seconds: list[float]) -> str:
    """The longest, and the 99th percentile."""
    return f"{seconds[-1] * 1000:.1f} ms at most, 99th percentile {seconds[-1 - len(seconds) // 100] * 1000:.1f} ms"


@contextmanager
def watched(pauses: Pauses) -> Iterator[None]:
    run = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        run(handle)
        pauses.own.append(time.thread_time() - began)

    asyncio.Handle._run = timed  # type: ignore[method-assign]
    beat = asyncio.get_running_loop().create_task(pauses.beat())
    try:
        yield
    finally:
        beat.cancel()
        asyncio.Handle._run = run  # type: ignore[method-assign]


class Prompts:
    """Which sessions have printed something: their screens are looked at now and then, as hidden ones tell nothing."""

    def __init__(self, services: Services) -> None:
        self.there: set[int] = set()
        self._manager = services.manager

    async def look(self) -> None:
        while True:
            for session in self._manager.snapshots():
                if session.key not in self.there and session.state is SessionState.OPEN:
                    with suppress(KeyError):
                        if (await self._manager.session(session.key).terminal.text()).strip():
                            self.there.add(session.key)
            await asyncio.sleep(LOOK)


@asynccontextmanager
async def running(exports: dict[str, str], home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SsmtuiApp]:
    for name, value in {
        **exports,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "XDG_STATE_HOME": str(home),
    }.items():
        monkeypatch.setenv(name, value)
    ready_interpreter()
    settings = Settings()
    past = wiring.remember(Options())
    await past.recall()
    open_services = partial(wiring.open_services, Options(), settings, past)
    app = SsmtuiApp(open_services, facts=AppFacts(), loaded=LoadedSettings(settings))
    async with app.run_test(size=(120, 40)):
        await wait_until("the nodes", lambda: app.services and len(app.services.fleet.nodes) > SESSIONS, 60)
        await wait_until("all nodes", lambda: all(s.refreshed_at for s in app.services.fleet.states.values()), 60)
        yield app
        assert app.services is not None
        await app.services.close()


def shells(app: SsmtuiApp) -> list[Node]:
    """Nodes with a shell that prompts."""
    found = [
        node
        for node in app.services.fleet.nodes.values()
        if node.ping is PingStatus.ONLINE and node.platform is Platform.LINUX and node.container is None
    ]
    assert len(found) >= SESSIONS
    return found[:SESSIONS]


async def store_of(app: SsmtuiApp, nodes: list[Node]) -> ProfileStore:
    text = "".join(f'[profiles."{n}"]\nfolder = "group"\ntarget = "{node.id}"\n' for n, node in enumerate(nodes))
    store = ProfileStore.in_memory(app.services.memory, text)
    await store.load()
    return store


async def ended(app: SsmtuiApp) -> None:
    for session in app.services.manager.snapshots():
        app.services.manager.remove(session.key)
    await wait_until("no session", lambda: not app.services.manager.snapshots(), 30)


async def one_by_one(app: SsmtuiApp, nodes: list[Node], prompts: Prompts) -> float:
    began = time.perf_counter()
    for node in nodes:
        key = app.services.manager.start(StartRequest(node.id), app.panes.terminal_size, node)
        await wait_until("a prompt", lambda key=key: key in prompts.there, 30)
    return time.perf_counter() - began


async def all_at_once(app: SsmtuiApp, prompts: Prompts, tell: Callable[[str], object]) -> None:
    pauses, before = Pauses(), len(prompts.there)
    with watched(pauses):
        known = app.services.profiles.profiles.profiles.values()
        opening.open_profiles(
            app.main.features.profiles.context, [profile for profile in known if profile.folder == "group"]
        )
        await wait_until("the question", lambda: "OpenQuestion" in type(app.screen).__name__)
        began = time.perf_counter()
        app.screen.dismiss(True)
        await wait_until("the first prompt", lambda: len(prompts.there) > before, 60)
        first = time.perf_counter() - began
        await wait_until("all prompts", lambda: len(prompts.there) == before + SESSIONS, 120)
        last = time.perf_counter() - began
    tell(f"{SESSIONS} connections of a folder: first prompt {first:.2f} s, last {last:.2f} s; {pauses}")


async def test_a_folder_of_fifty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = [f"{os.cpu_count()} cores"]
    with serve_lab(tmp_path, "--nodes", "120") as (exports, _):
        async with running(exports, tmp_path, monkeypatch) as app:
            services: Any = app.services
            nodes, prompts = shells(app), Prompts(services)
            app.run_worker(prompts.look())
            services.profiles = await store_of(app, nodes)
            alone = await one_by_one(app, nodes[:ALONE], prompts)
            each = alone / ALONE
            lines.append(f"one after the other: {each:.2f} s each, so {each * SESSIONS:.0f} s for {SESSIONS}")
            await ended(app)
            await all_at_once(app, prompts, lines.append)
            await ended(app)
    print("", *lines, sep="\n  ")
