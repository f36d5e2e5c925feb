"""``ssmtui forward`` and ``ssmtui plugin`` as programs, with curl, ssh and the AWS CLI at the near end, and the lab's
agent or the official one at the far end."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shlex
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ssmtui.cli.plugin_shim import install_shim
from ssmtui.loopback import free_port
from tests.support.lab_stack import LabStack
from tests.support.open_tunnel import LAB, PEERS, peer_stack, until_none_left
from tests.support.pty_app import clean_environment
from tests.support.real_servers import body, http_server, missing, no_sshd, run, ssh_server

pytestmark = pytest.mark.parametrize("peer", PEERS)

NO_CURL, NO_AWS = missing("curl"), missing("aws")


@asynccontextmanager
async def forwarding(
    stack: LabStack, home: Path, *arguments: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, int]]]:
    """``ssmtui forward`` to a node, and where its tunnels listen; Ctrl-C at the end, after which no session is left."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ssmtui", "forward", await stack.target(), *arguments, "--json",
        env=clean_environment(home, **stack.lab.address.environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        ports: dict[str, int] = {}
        async with asyncio.timeout(30):
            while (event := json.loads(await process.stdout.readline()))["event"] != "ready":
                if event["event"] == "listening":
                    ports[event["forward"]] = event["port"]
        yield process, ports
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await process.communicate()
    assert process.returncode == 130
    await until_none_left(stack)


@pytest.mark.skipif(bool(NO_CURL), reason=NO_CURL)
async def test_forward_and_curl(peer: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with http_server() as number:
        async with peer_stack(peer, monkeypatch) as stack, forwarding(stack, tmp_path, f"0:{number}") as (_, ports):
            (port,) = ports.values()
            fetched = await run("curl", "-sS", "--fail", f"http://127.0.0.1:{port}/200000", "-o", str(tmp_path / "got"))
            assert fetched.code == 0, fetched.errors
            assert (tmp_path / "got").read_bytes() == body(200_000)


@pytest.mark.skipif(bool(NO_CURL), reason=NO_CURL)
async def test_a_proxy_for_curl_in_all_the_ways_that_it_knows(
    peer: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    strict = "agent-version=3.3.4851.0" if peer == LAB else ""  # refuses itself as a remote host
    with http_server() as number, http_server() as other:
        async with (
            peer_stack(peer, monkeypatch, strict) as stack,
            forwarding(stack, tmp_path, "--socks", "0") as (_, ports),
        ):
            (port,) = ports.values()
            ways = (
                ("--proxy", f"socks5h://127.0.0.1:{port}"),
                ("--proxy", f"socks5://127.0.0.1:{port}"),
                ("--proxy", f"socks4a://127.0.0.1:{port}"),
                ("--proxytunnel", "--proxy", f"http://127.0.0.1:{port}"),
                ("--proxy", f"http://127.0.0.1:{port}"),
            )
            for way in ways:
                for destination in (number, other):
                    url = f"http://localhost:{destination}/3000"
                    fetched = await run("curl", "-sS", "--fail", *way, url, "-o", str(tmp_path / "got"))
                    assert fetched.code == 0, f"{way}: {fetched.errors}"
                    assert (tmp_path / "got").read_bytes() == body(3_000)
            for host in ("169.254.169.254", "no-such-host.invalid"):
                refused = await run("curl", "-sS", "--proxy", f"socks5h://127.0.0.1:{port}", f"http://{host}/")
                assert refused.code == 97, f"curl's code for a proxy that refuses: {refused.errors}"
            nobody = await run(
                "curl", "-sS", "--proxy", f"socks5h://127.0.0.1:{port}", f"http://localhost:{free_port()}/"
            )
            assert nobody.code in (52, 56, 97), f"an empty reply, a reset, or a refusal: {nobody.errors}"


@pytest.mark.skipif(bool(no_sshd() or NO_AWS), reason=no_sshd() or NO_AWS)
async def test_ssh_by_the_aws_cli_and_the_drop_in(peer: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with peer_stack(peer, monkeypatch) as stack, ssh_server() as server:
        environment = clean_environment(tmp_path, **stack.lab.address.environment)
        install_shim(tmp_path / "bin", environment)
        environment["PATH"] = f"{tmp_path / 'bin'}{os.pathsep}{environment['PATH']}"
        aws = shutil.which("aws")
        assert aws is not None
        document = ("--document-name", "AWS-StartSSHSession", "--parameters", f"portNumber={server.port}")
        options = server.options(shlex.join((aws, "ssm", "start-session", "--target", "%h", *document)))
        node, sent = await stack.target(), body(300_000)
        copied = await run("ssh", *options, node, "sha256sum; exit 3", stdin=sent, environment=environment)
        assert copied.output.split()[0] == hashlib.sha256(sent).hexdigest(), copied.errors
        assert (copied.code, copied.errors) == (3, "")
        await until_none_left(stack)
