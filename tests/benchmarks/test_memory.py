"""What a session costs that is open and idle, in the client's process and in the engines' host.

pytest tests/benchmarks/test_memory.py -m benchmark -s

The client is a process of its own, so that nothing of pytest is counted. The peer is another one. Over TLS, as sessions
are, OpenSSL's own memory comes on top: it is counted apart.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ssmtui.model import StartRequest, TerminalSize
from ssmtui.sessions.engine_host import EngineHost
from ssmtui.sessions.manager import SessionManager
from ssmtui.sessions.states import SessionState
from tests.support.bench import PeerGateway, resident
from tests.support.flood_peer import FloodPeer, certificate, flood_peer
from tests.support.wait import wait_until

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(300)]

SIZE = TerminalSize(120, 40)
WARM = 5
"""Sessions before the first look: what is loaded once is not the cost of one more."""


async def measure(peer: FloodPeer, sessions: int, ca_bundle: str | None) -> dict[str, int]:
    """Bytes of client and host before and with ``sessions`` more."""
    host = EngineHost()
    await host.start()
    assert host.pid is not None
    manager = SessionManager(PeerGateway(peer, ca_bundle), host)

    async def open_more(count: int) -> tuple[int, int, int]:
        for _ in range(count):
            manager.start(StartRequest("idle"), SIZE)
        await wait_until("all are open", lambda: all(one.state is SessionState.OPEN for one in manager.snapshots()))
        await wait_until("all is quiet", lambda: not any(one.unacknowledged_frames for one in manager.snapshots()))
        # As a person goes through tabs: one after the other is in sight.
        for one in manager.snapshots():
            await manager.session(one.key).terminal.frame(0)
            manager.session(one.key).terminal.rest()
        await host.ask({"do": "ping"}, 0)  # which it answers after those
        assert host.pid is not None
        resting = resident(host.pid)
        for one in manager.snapshots():
            await manager.session(one.key).terminal.frame(0)
        gc.collect()
        client, in_sight = resident(os.getpid()), resident(host.pid)
        for one in manager.snapshots():
            manager.session(one.key).terminal.rest()
        return client, in_sight, resting

    client, engines, resting = await open_more(WARM)
    more_client, more_engines, more_resting = await open_more(sessions)
    await manager.close()
    await host.close()
    return {
        "client": more_client - client,
        "engines": more_engines - engines,
        "resting": more_resting - resting,
        "all client": more_client,
        "all engines": more_engines,
    }


def client_process(sessions: int, folder: Path | None) -> dict[str, int]:
    """:func:`measure` in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.test_memory", str(sessions), *([str(folder)] if folder else [])]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, check=True, text=True)
    told: dict[str, int] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
def test_memory_of_idle_sessions(tls: bool, tmp_path: Path) -> None:
    if tls and shutil.which("openssl") is None:
        pytest.skip("makes its certificate with openssl")
    if tls:
        certificate(tmp_path)
    print(f"\nidle sessions, 120x40, {'over TLS' if tls else 'without TLS'}: resident memory")
    for sessions in (20, 50):
        told = client_process(sessions, tmp_path if tls else None)
        client, engines, resting = (told[name] / sessions / 1024 for name in ("client", "engines", "resting"))
        print(
            f"  {sessions} more: {client:.0f} KB each in the client ({told['all client'] / 2**20:.1f} MB in all); "
            f"in the engines' host {resting:.0f} KB each when one is in sight, {engines:.0f} KB when all are "
            f"({told['all engines'] / 2**20:.1f} MB in all)"
        )


def main() -> None:
    """Measure, and print it as JSON."""
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    with flood_peer(certificates=folder) as peer:
        bundle = str(folder / "certificate.pem") if folder is not None else None
        print(json.dumps(asyncio.run(measure(peer, int(sys.argv[1]), bundle))))


if __name__ == "__main__":
    main()
