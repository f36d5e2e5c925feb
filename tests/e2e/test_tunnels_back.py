"""Tunnels of the real program that come back in the next one, whatever the first one died of: the same local port."""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from ssmtui.loopback import free_port
from tests.support.lab_thread import LabThread, lab_thread
from tests.support.pty_app import PtyApp, clean_environment
from tests.support.wait import wait_until_sync

LEADER = "\x1d"
PAGE = b"all orders"


class Page(BaseHTTPRequestHandler):
    """Answers with one page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def service() -> Iterator[int]:
    """The port of a web server on this machine, which is where the lab's nodes are."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def lab() -> Iterator[LabThread]:
    with lab_thread(nodes=24) as lab:
        yield lab


@pytest.fixture
def environment(lab: LabThread, home: Path) -> dict[str, str]:
    return clean_environment(home, **lab.environment)


def page(port: int) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
        return bytes(answer.read())


def open_tunnel(app: PtyApp, text: str) -> None:
    """From the list of nodes, to web-1."""
    app.wait_for_text("36 nodes")
    app.send("/name:=web-1\r")
    app.wait_for_text("1 of 36")
    app.send(f":tunnel {text}\r")
    app.wait_for_text("leads to")


def kept(home: Path) -> int:
    """How many tunnels the last workspace has."""
    found = list(home.rglob("workspaces.json"))
    if not found:
        return 0
    last = json.loads(found[0].read_text(encoding="utf-8"))["workspaces"].get("last", {})
    return len(last.get("tunnels", []))


def test_a_tunnel_comes_back_after_the_program_was_killed_and_its_old_session_ends(
    lab: LabThread, environment: dict[str, str], home: Path, service: int
) -> None:
    local = free_port()
    with PtyApp([], environment, cols=120, rows=40) as app:
        open_tunnel(app, f"{local}:{service}")
        assert page(local) == PAGE
        wait_until_sync("it is kept", lambda: kept(home) == 1)
        os.kill(app.pid, signal.SIGKILL)
        app.wait_for_exit()
    (before,) = lab.active
    with PtyApp([], environment, cols=120, rows=40) as app:
        app.answer("1 tunnel is opened again.", "\r")
        app.wait_for_text(f"127.0.0.1:{local} leads to")
        assert page(local) == PAGE
        wait_until_sync("the old session is over", lambda: len(lab.active) == 1 and before not in lab.active)
        app.send("q")
        app.wait_for_text("will be closed")
        app.send("y")
        assert app.wait_for_exit() == 0
    assert lab.active == []


def test_a_tunnel_comes_back_with_the_shell_that_was_left_alive(
    lab: LabThread, environment: dict[str, str], home: Path, service: int
) -> None:
    local = free_port()
    with PtyApp([], environment, cols=120, rows=40) as app:
        open_tunnel(app, f"{local}:{service}")
        app.send("\r")
        app.wait_for_text(":~$")
        app.send(LEADER + "D")
        app.wait_for_text("cannot be left alive")
        app.send("y")
        assert app.wait_for_exit() == 0
    assert len(lab.active) == 1
    with PtyApp(["attach"], environment, cols=120, rows=40) as app:
        app.wait_for_text(f"127.0.0.1:{local} leads to")
        assert page(local) == PAGE
        assert len(lab.active) == 2


def test_tunnels_alone_come_back_by_the_workspace(
    lab: LabThread, environment: dict[str, str], home: Path, service: int
) -> None:
    local = free_port()
    with PtyApp([], environment, cols=120, rows=40) as app:
        open_tunnel(app, f"{local}:{service}")
        app.send("q")
        app.wait_for_text("will be closed")
        app.send("y")
        assert app.wait_for_exit() == 0
    assert lab.active == []
    with PtyApp([], environment, cols=120, rows=40) as app:
        app.wait_for_text("t brings back the 1 tunnel of the last time")
        app.send("t")
        app.wait_for_text("Workspaces")
        app.send("\r")
        app.wait_for_text("1 tunnel would be opened")
        app.send("\r")
        app.wait_for_text(f"127.0.0.1:{local} leads to")
        assert page(local) == PAGE
