import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from ssmtui import wiring
from ssmtui.backend import Options
from ssmtui.config.settings import Settings
from ssmtui.demo_recordings import demo_recordings, tidy_demos
from ssmtui.tasks import Tasks
from tests.support.fakes import FakeGateways
from tests.support.memory import MemoryService


async def test_what_calls_the_gateways_is_closed_before_them(tmp_path, monkeypatch):
    for variable in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    closed = []

    class Engines:
        def __init__(self, engine: object) -> None:
            pass

        async def start(self) -> None:
            pass

        async def close(self) -> None:
            closed.append("engines")

    @asynccontextmanager
    async def open_backend(*_: object, waits: bool) -> AsyncIterator[SimpleNamespace]:
        yield SimpleNamespace(gateways=FakeGateways(), lines=MemoryService())
        closed.append("gateways")

    async def close_fleet() -> None:
        closed.append("fleet")

    monkeypatch.setattr(wiring, "open_backend", open_backend)
    monkeypatch.setattr("ssmtui.sessions.engine_host.EngineHost", Engines)
    past = wiring.remember(Options())
    await past.recall()
    monkeypatch.setattr(past.recollection.fleet, "close", close_fleet)
    services = await wiring.open_services(Options(), Settings(), past, lambda _: None)
    assert services.fleet is past.recollection.fleet
    gateway = services.gateways.gateway()
    asked = asyncio.Event()

    async def document(name: str) -> None:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            closed.append("documents")

    monkeypatch.setattr(gateway, "document", document)
    forms = Tasks("forms")
    forms.start("document", services.documents.of(gateway.scope).in_passing("Acme-Debug"))
    await asked.wait()
    assert closed == []
    assert await services.close() == []
    assert closed == ["fleet", "documents", "gateways", "engines"]
    await forms.close()


async def test_what_cannot_be_closed_keeps_nothing_else_open(tmp_path, monkeypatch, caplog):
    for variable in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    past = wiring.remember(Options())
    await past.recall()
    past.recollection.histories.reasons.note("OPS-1")
    closed = []

    async def refuse() -> None:
        closed.append("fleet")
        raise RuntimeError("a defect")

    monkeypatch.setattr(past.recollection.fleet, "close", refuse)
    await past.close()
    assert closed == ["fleet"]
    assert "could not be closed" in caplog.text
    again = wiring.remember(Options())
    await again.recollection.histories.load()
    assert again.recollection.histories.reasons.texts() == ("OPS-1",)
    await again.close()


@pytest.mark.parametrize("recorded", [False, True])
async def test_a_demo_leaves_only_what_was_recorded(recorded, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    async with AsyncExitStack() as stack:
        directory = demo_recordings(stack)
        if recorded:
            (directory / "web.cast").write_text("{}")
    assert list(tmp_path.iterdir()) == ([directory] if recorded else [])


@pytest.mark.skipif(sys.platform == "win32", reason="directories cannot be locked there")
def test_fault_23_what_a_killed_demo_has_left_is_removed_if_it_is_empty(tmp_path: Path) -> None:
    left, recorded = tmp_path / "ssmtui-demo-1-run-abcd", tmp_path / "ssmtui-demo-1-run-efgh"
    other, file = tmp_path / "ssmtui-demo-somebody-else", tmp_path / "ssmtui-demo-1-run-file"
    for directory in (left, recorded, other):
        directory.mkdir()
    (recorded / "x.cast").touch()
    file.touch()
    tidy_demos(tmp_path)
    assert set(tmp_path.iterdir()) == {recorded, other, file}


@pytest.fixture
def dead() -> int:
    """The id of a process that has ended."""
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    return gone.pid


@pytest.mark.skipif(sys.platform == "win32", reason="directories cannot be locked there")
async def test_fault_23_a_demo_in_another_container_keeps_its_directory(
    tmp_path: Path, dead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process id means nothing here, or names another process."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(os, "getpid", lambda: dead)
        stack = AsyncExitStack()
        directory = demo_recordings(stack)
    tidy_demos(tmp_path)
    assert directory.is_dir()
    await stack.aclose()
    assert not directory.exists()
