"""OpenSSH's programs and rsync through ``ssmtui proxy``: to a real sshd, by the lab's agent and by the official one.

``SSMTUI_LIVE_MB`` is the megabytes that scp carries in each direction (1 unless told).
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shlex
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.lab_stack import LabStack
from tests.support.live_faults import BYTES, LIMIT
from tests.support.open_tunnel import PEERS, peer_stack, until_none_left
from tests.support.pty_app import clean_environment
from tests.support.real_servers import Ran, SshServer, body, http_server, missing, no_sshd, run, ssh_server
from tests.support.tcp_service import free_port
from tests.support.wait import wait_until

pytestmark = [
    pytest.mark.timeout(LIMIT),
    pytest.mark.skipif(bool(no_sshd()), reason=no_sshd()),
    pytest.mark.parametrize("peer", PEERS),
]

NO_RSYNC, NO_CURL = missing("rsync"), missing("curl")


@dataclass
class Desk:
    """A person with ssh's programs, and a node that runs sshd."""

    stack: LabStack
    server: SshServer
    node: str
    environment: dict[str, str]

    @property
    def ssh(self) -> list[str]:
        """What programs are told of how to reach the node."""
        proxy = shlex.join((sys.executable, "-m", "ssmtui", "proxy", "%h", str(self.server.port)))
        return self.server.options(proxy)

    async def run(self, *command: str, stdin: bytes | None = None) -> Ran:
        return await run(*command, stdin=stdin, environment=self.environment, timeout=LIMIT)

    async def until_gone(self) -> None:
        """Wait until no session is left."""
        await until_none_left(self.stack)


@asynccontextmanager
async def opened(peer: str, monkeypatch: pytest.MonkeyPatch, home: Path, faults: str = "") -> AsyncIterator[Desk]:
    async with peer_stack(peer, monkeypatch, faults) as stack, ssh_server() as server:
        environment = clean_environment(home, **stack.lab.address.environment)
        yield Desk(stack, server, await stack.target(), environment)


async def test_commands_and_their_exit_codes(peer: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with opened(peer, monkeypatch, tmp_path) as desk:
        said = await desk.run("ssh", *desk.ssh, desk.node, "echo out; echo err >&2; exit 7")
        assert (said.code, said.output, said.errors) == (7, "out\n", "err\n")
        await desk.until_gone()
        sent = body(200_000)
        copied = await desk.run("ssh", *desk.ssh, desk.node, "sha256sum", stdin=sent)
        assert copied.output.split()[0] == hashlib.sha256(sent).hexdigest(), copied.errors
        await desk.until_gone()


async def test_scp_both_ways(peer: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "here").write_bytes(body(BYTES))
    async with opened(peer, monkeypatch, tmp_path) as desk:
        there = desk.server.place / "there"
        up = await desk.run("scp", "-q", *desk.ssh, str(tmp_path / "here"), f"{desk.node}:{there}")
        assert (up.code, up.output) == (0, ""), up.errors
        assert there.read_bytes() == body(BYTES)
        down = await desk.run("scp", "-q", *desk.ssh, f"{desk.node}:{there}", str(tmp_path / "back"))
        assert (down.code, down.output) == (0, ""), down.errors
        assert (tmp_path / "back").read_bytes() == body(BYTES)
        await desk.until_gone()


async def test_sftp(peer: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "here").write_bytes(body(300_000))
    async with opened(peer, monkeypatch, tmp_path) as desk:
        there = desk.server.place / "there"
        batch = (
            f"mkdir {there}\nput {tmp_path}/here {there}/a\nrename {there}/a {there}/b\nget {there}/b {tmp_path}/back\n"
        )
        done = await desk.run("sftp", *desk.ssh, "-b", "-", desk.node, stdin=batch.encode())
        assert done.code == 0, done.errors
        assert (tmp_path / "back").read_bytes() == body(300_000)
        await desk.until_gone()


@pytest.mark.skipif(bool(NO_RSYNC), reason=NO_RSYNC)
async def test_rsync_of_a_tree_and_of_what_changed(peer: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for number in range(100):
        path = tree / str(number % 7) / str(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body(number * 50))
    async with opened(peer, monkeypatch, tmp_path) as desk:
        there = desk.server.place / "there"
        program = shutil.which("rsync")
        far = f"env LD_LIBRARY_PATH={os.environ.get('LD_LIBRARY_PATH', '')} {program}"  # sshd starts it with neither
        command = ["rsync", "-ac", "--delete", "-e", shlex.join(["ssh", *desk.ssh]), f"--rsync-path={far}"]
        for change in ("none", "some"):
            if change == "some":
                (tree / "0" / "7").write_bytes(b"changed")
                (tree / "1" / "1").unlink()
            done = await desk.run(*command, f"{tree}/", f"{desk.node}:{there}")
            assert (done.code, done.output) == (0, ""), done.errors
            assert contents(there) == contents(tree)
        await desk.until_gone()


def contents(tree: Path) -> dict[str, bytes]:
    return {str(path.relative_to(tree)): path.read_bytes() for path in tree.rglob("*") if path.is_file()}


@pytest.mark.skipif(bool(NO_CURL), reason=NO_CURL)
async def test_a_proxy_of_sshs_own(peer: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    socks = free_port()
    with http_server() as number:
        async with opened(peer, monkeypatch, tmp_path) as desk:
            proxy = await asyncio.create_subprocess_exec(
                "ssh", *desk.ssh, "-N", "-D", f"127.0.0.1:{socks}", desk.node, env=os.environ | desk.environment
            )
            try:
                await wait_until("ssh to listen", lambda: answers(socks), 30)
                urls = [f"http://localhost:{number}/{1_000 + each}" for each in range(20)]
                words = (word for url in urls for word in ("-o", str(tmp_path / url.rpartition("/")[2]), url))
                place = ("--socks5-hostname", f"127.0.0.1:{socks}")
                fetched = await desk.run("curl", "-sS", "--fail", "-Z", *place, *words)
                assert fetched.code == 0, fetched.errors
                for each in range(20):
                    assert (tmp_path / str(1_000 + each)).read_bytes() == body(1_000 + each)
            finally:
                proxy.terminate()
                await proxy.wait()
            await desk.until_gone()


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_copies_through_cut_sockets(peer: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "here").write_bytes(body(600_000))
    async with opened(peer, monkeypatch, tmp_path, "cut-client=250000") as desk:
        there = desk.server.place / "there"
        up = await desk.run("scp", "-q", *desk.ssh, str(tmp_path / "here"), f"{desk.node}:{there}")
        assert (up.code, up.output) == (0, ""), up.errors
        assert there.read_bytes() == body(600_000)
        await desk.until_gone()


async def test_nobody_listens(peer: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with opened(peer, monkeypatch, tmp_path) as desk:
        desk.server.process.terminate()
        await desk.server.process.wait()
        said = await desk.run("ssh", *desk.ssh, desk.node, "true")
        assert said.code == 255
        assert said.output == ""
        await desk.until_gone()
