"""``ssmtui proxy`` as ssh and other programs run it: bytes on standard output, words on standard error, and how it
ends."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.conftest import Run
from tests.support.lab_process import serve_lab
from tests.support.pty_app import PtyApp, clean_environment
from tests.support.tcp_service import free_port
from tests.support.wait import wait_until_sync

PROGRAM = (sys.executable, "-m", "ssmtui")
BANNER = b"SSH-2.0-test\r\n"
HURRIED = """if True:
    from ssmtui.cli import long_wait
    from ssmtui.cli.main import main

    long_wait.PATIENCE = 1.0
    main()
"""
"""The program with a wait that counts as long after a second."""


class Service:
    """Greets, then answers each line in capitals; ``closes`` after the first one."""

    def __init__(self, *, closes: bool = False) -> None:
        self._closes = closes
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.heard = b""
        self.ended = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            connection.sendall(BANNER)
            while data := connection.recv(65_536):
                self.heard += data
                connection.sendall(data.upper())
                if self._closes:
                    break
        self.ended += 1

    def close(self) -> None:
        self._listener.close()


@contextmanager
def serving(*, closes: bool = False) -> Iterator[Service]:
    service = Service(closes=closes)
    try:
        yield service
    finally:
        service.close()


@contextmanager
def proxying(environment: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [*PROGRAM, "proxy", *arguments],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    ) as proxy:
        try:
            yield proxy
        finally:
            proxy.kill()


def read(proxy: subprocess.Popen[bytes], wanted: bytes) -> None:
    assert proxy.stdout is not None
    got = b""
    while len(got) < len(wanted):
        data = proxy.stdout.read(len(wanted) - len(got))
        assert data, f"it ended after {got!r}: {proxy.stderr.read() if proxy.stderr else b''!r}"
        got += data
    assert got == wanted


@pytest.mark.parametrize("target", ["web-1", "web-1.ssm", "web-1.eu-west-1", "tag:Name=web-1"])
def test_bytes_go_both_ways_and_nothing_else(environment: dict[str, str], target: str) -> None:
    with serving(closes=True) as service, proxying(environment, target, str(service.port)) as proxy:
        assert proxy.stdin is not None and proxy.stdout is not None and proxy.stderr is not None  # noqa: PT018
        read(proxy, BANNER)
        proxy.stdin.write(b"hello \x00\xff\r\n")
        assert proxy.stdout.read() == b"HELLO \x00\xff\r\n"
        assert proxy.wait(30) == 0
        assert proxy.stderr.read() == b""


def test_a_host_that_the_node_reaches(run: Run) -> None:
    with serving(closes=True) as service:
        done = run("proxy", "web-1", f"127.0.0.2:{service.port}", stdin="x")
    # The service listens on 127.0.0.1 alone.
    assert done.returncode == 255
    assert done.stdout == ""
    assert f"did not connect to 127.0.0.2:{service.port}" in done.stderr


def test_one_that_says_nothing_is_named_where_it_takes_long(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with subprocess.Popen(
            [sys.executable, "-c", HURRIED, "proxy", "web-1", str(port)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        ) as proxy:
            assert proxy.stderr is not None
            wanted = f"an answer of localhost:{port}, where perhaps nothing listens"
            told = b""
            while wanted not in told.decode():
                data = proxy.stderr.read(4096)
                assert data, told
                told += data
            connection, _ = silent.accept()
            connection.sendall(BANNER)
            read(proxy, BANNER)
            proxy.terminate()
            assert proxy.wait(30) == 130
            connection.close()
            assert proxy.stderr.read() == b"", "said once where nobody looks"


def test_nobody_listens(run: Run) -> None:
    port = free_port()
    done = run("proxy", "web-1", str(port))
    assert done.returncode == 255
    assert done.stdout == ""
    assert f"The node did not connect to localhost:{port}" in done.stderr
    assert "Probably nothing listens there" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_worker_that_a_refusal_has_crashed_is_explained(home: Path) -> None:
    """The real agent's way: its worker dies, and a minute later the service names neither port nor reason."""
    port = free_port()
    with serve_lab(home, "--nodes", "20", "--faults", "crash=0.5s") as (exports, _):
        done = subprocess.run(
            [*PROGRAM, "proxy", "web-1", str(port)],
            env=clean_environment(home, **exports),
            stdin=subprocess.PIPE,
            capture_output=True,
            text=True,
            timeout=40,
            check=False,
        )
    assert (done.returncode, done.stdout) == (255, "")
    assert f"did not connect to localhost:{port}: document process failed unexpectedly" in done.stderr
    assert "Probably nothing listens there" in done.stderr


def test_a_name_that_the_node_does_not_know_is_explained(run: Run) -> None:
    done = run("proxy", "web-1", "no-such-host.invalid:22")
    assert (done.returncode, done.stdout) == (255, "")
    assert "did not connect to no-such-host.invalid:22: lookup no-such-host.invalid" in done.stderr
    assert "Names are looked up on the node" in done.stderr


def test_a_node_that_is_not_connected_is_254(run: Run) -> None:
    done = run("proxy", "api-5", "22")
    assert (done.returncode, done.stdout) == (254, "")
    assert "The node is not connected" in done.stderr


def test_a_target_of_several_nodes_is_252(run: Run) -> None:
    done = run("proxy", "tag:env=prod", "22")
    assert (done.returncode, done.stdout) == (252, "")
    assert "nodes have the tag env=prod. Give one of these ids:" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_session_on_the_node_too(environment: dict[str, str], number: signal.Signals) -> None:
    with serving() as service, proxying(environment, "-v", "web-1", str(service.port)) as proxy:
        assert proxy.stderr is not None
        read(proxy, BANNER)
        proxy.send_signal(number)
        assert proxy.wait(30) == 130
        told = proxy.stderr.read().decode()
        assert "is open, with agent" in told
        assert "Ending the session" in told
        wait_until_sync("the service's connection to be closed", lambda: service.ended == 1)


def test_the_reader_goes_away(environment: dict[str, str]) -> None:
    with serving() as service, proxying(environment, "web-1", str(service.port)) as proxy:
        assert proxy.stdout is not None
        read(proxy, BANNER)
        proxy.stdout.close()
        assert proxy.wait(30) == 0
        wait_until_sync("the service's connection to be closed", lambda: service.ended == 1)


def test_the_end_of_the_input_waits_for_the_answer(environment: dict[str, str]) -> None:
    with serving() as service, proxying(environment, "web-1", str(service.port)) as proxy:
        assert proxy.stdin is not None
        read(proxy, BANNER)
        proxy.stdin.write(b"x" * 50_000)
        proxy.stdin.close()
        read(proxy, b"X" * 50_000)
        assert proxy.wait(30) == 0
    assert service.heard == b"x" * 50_000


def test_a_profile_leads_to_its_node_and_gives_the_reason(environment: dict[str, str], home: Path, run: Run) -> None:
    folder = home / ".config" / "ssmtui"
    folder.mkdir(parents=True)
    (folder / "profiles.toml").write_text('[profiles.front]\nquery = "name:web-1"\nreason = "{ask:Ticket}"\n')
    with serving(closes=True) as service:
        done = run("proxy", "front", str(service.port), "--answer", "Ticket=OPS-1", stdin="x")
        assert (done.returncode, done.stdout) == (0, BANNER.decode().replace("\r", "") + "X"), done.stderr
        asked = run("proxy", "front", str(service.port))
    assert asked.returncode == 252
    assert "--answer" in asked.stderr


def test_a_guarded_node_asks_on_the_terminal(environment: dict[str, str], home: Path, run: Run) -> None:
    (home / ".config" / "ssmtui").mkdir(parents=True)
    (home / ".config" / "ssmtui" / "config.toml").write_text('guard = ["name:web-1"]\n')
    with serving(closes=True) as service:
        port = str(service.port)
        command = f"echo hi | {sys.executable} -m ssmtui proxy web-1 {port} | tr a-z A-Z"
        with PtyApp((), {**environment}, program=("/bin/sh", "-c", command)) as app:
            app.wait_for_text("Type web-1 to go on:")
            app.send("web-1\r")
            app.wait_for_text("HI")
            assert app.wait_for_exit() == 0
        done = run("proxy", "--yes", "web-1", port, stdin="x")
    assert (done.returncode, done.stderr) == (0, "")
