"""``ssmtui forward`` as scripts and people start it, with a service of this machine behind the lab's node."""

from __future__ import annotations

import http.client
import http.server
import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ssmtui.loopback import is_free
from tests.e2e.conftest import OpenPty, Run

pytestmark = pytest.mark.timeout(60)

PAGE = b"from behind the node\n"


class _Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def service() -> Iterator[int]:
    """The port of an HTTP server of this machine, which is the node's machine as well."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


class Forwarding:
    """A running ``ssmtui forward --json``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.events: list[dict[str, Any]] = []

    def until(self, event: str) -> dict[str, Any]:
        """The next event of that name; those before it are kept as well."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.append(json.loads(line))
            if self.events[-1]["event"] == event:
                return self.events[-1]
        _, told = self.process.communicate(timeout=20)
        raise AssertionError(f"no {event} in {self.events}; {told}")

    def until_said(self, wanted: str) -> str:
        """The next line on standard error with ``wanted`` in it."""
        assert self.process.stderr is not None
        told = []
        for line in self.process.stderr:
            told.append(line)
            if wanted in line:
                return line
        raise AssertionError(f"no {wanted} in {told}")

    def end(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """The exit code after that signal, and what was said."""
        self.process.send_signal(number)
        rest, told = self.process.communicate(timeout=30)
        self.events += map(json.loads, rest.splitlines())
        return self.process.returncode, told


Start = Callable[..., Any]


@pytest.fixture
def start(environment: dict[str, str], home: Path) -> Start:
    """Runs ``ssmtui forward --json`` in the background, in a ``with``."""

    @contextmanager
    def forwarding(*arguments: str, verb: str = "forward") -> Iterator[Forwarding]:
        command = [sys.executable, "-m", "ssmtui", verb, *(["--json"] if verb == "forward" else []), *arguments]
        pipe = subprocess.PIPE
        with subprocess.Popen(
            command, env=environment, cwd=home, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True
        ) as process:
            try:
                yield Forwarding(process)
            finally:
                process.kill()

    return forwarding


def page(port: int) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
        body: bytes = answer.read()
        return body


def end_session(run: Run) -> None:
    """End the session of the one tunnel that there is, as somebody else would."""
    document = "AWS-StartPortForwardingSession"
    sessions = json.loads(run("sessions", "--json").stdout)
    ours = next(one for one in sessions if one["mine"] and one["document"] == document)
    assert run("terminate", "--yes", ours["session_id"]).returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_two_forwards_carry_until_a_signal_ends_them(service: int, start: Start, number: signal.Signals) -> None:
    with start("web-1", f"0:{service}", f"0:localhost:{service}", f"127.0.0.2:0:{service}") as running:
        running.until("ready")
        opened = [event for event in running.events if event["event"] == "open"]
        assert len(opened) == 2, "localhost is the node itself: the first two are one"
        assert page(opened[0]["port"]) == PAGE
        counted = running.until("connections")
        assert counted["connections_made"] == 1
        code, told = running.end(number)
    assert code == 130
    closed = [event for event in running.events if event["event"] == "closed"]
    assert len(closed) == 2
    assert max(event["received"] for event in closed) > len(PAGE)
    assert f"ssmtui: {opened[0]['address']} leads to port {service} of web-1" in told.splitlines()
    assert len(told.splitlines()) == 2


def test_no_session_is_left_at_the_service(service: int, start: Start, run: Run) -> None:
    with start("web-1", f"0:{service}") as running:
        running.until("ready")
        during = json.loads(run("sessions", "--json").stdout)
        assert running.end()[0] == 130
    after = json.loads(run("sessions", "--json").stdout)
    assert len(during) == len(after) + 1


def test_a_taken_port_names_its_holder_and_the_others_go_on(service: int, start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with start("web-1", f"{port}:80", f"0:{service}") as running:
            running.until("ready")
            failed = next(event for event in running.events if event["event"] == "failed")
            assert failed["error"]["title"] == "The local port is taken"
            assert failed["error"]["exit_code"] == 252
            assert "(process " in failed["error"]["detail"]
            opened = next(event for event in running.events if event["event"] == "open")
            assert page(opened["port"]) == PAGE
            code, told = running.end()
        assert code == 130
        assert "The local port is taken" in told


def test_a_taken_port_ends_it_where_nothing_else_is_forwarded(run: Run, service: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("forward", "web-1", f"{port}:80")
        assert (done.returncode, done.stdout) == (252, "")
        assert done.stderr.count("The local port is taken") == 1
        done = run("forward", "web-1", "--exit-on-failure", f"{port}:80", f"0:{service}")
        assert (done.returncode, done.stdout) == (252, "")


def test_what_cannot_be_forwarded_has_the_exit_code_of_its_cause(run: Run) -> None:
    assert run("--read-only", "forward", "web-1", "80").returncode == 252
    assert run("forward", "no-such-node", "80").returncode == 252
    assert run("forward", "i-00000000000000000", "0:80").returncode == 254
    done = run("forward", "web-1", "*:0:80")
    assert done.returncode == 252
    assert "Not confirmed" in done.stderr


def test_a_session_that_is_ended_elsewhere_costs_no_port(service: int, start: Start, run: Run) -> None:
    with start("web-1", f"0:{service}") as running:
        opened = running.until("open")
        assert page(opened["port"]) == PAGE
        end_session(run)
        ended = running.until("idle")
        assert ended["port"] == opened["port"]
        assert page(opened["port"]) == PAGE, "the next connection starts another session"
        assert running.until("open")["restarts"] == 1
        code, told = running.end()
    assert code == 130
    assert "session has ended (the node or the service has ended it); the next connection starts another" in told
    assert "the service has ended it. It is tried again by itself." in told
    assert f"{opened['address']}: connected again" in told


def test_a_reader_that_leaves_ends_it_as_a_pipe_does(service: int, start: Start) -> None:
    with start("web-1", f"0:{service}") as running:
        running.until("ready")
        assert running.process.stdout is not None
        running.process.stdout.close()
        assert running.process.wait(30) == 0, "though nothing more is written"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_output_that_cannot_be_written_is_said(service: int, environment: dict[str, str], home: Path) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "ssmtui", "forward", "--json", "web-1", f"0:{service}"]
        done = subprocess.run(
            command, env=environment, cwd=home, stdout=full, stderr=subprocess.PIPE, text=True, timeout=40, check=False
        )
    assert done.returncode == 255
    assert "The output cannot be written" in done.stderr


def test_the_forwards_of_a_profile_are_a_set(service: int, start: Start, home: Path) -> None:
    folder = home / ".config" / "ssmtui"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "profiles.toml").write_text(
        "version = 1\n[profiles.shop]\nquery = 'name:web-1'\non_connect = 'cd {ask:Which directory}'\n"
        f"forwards = ['0:{service}', 'own:0:{service}']\n"
    )
    with start("shop") as running:
        running.until("ready")
        ports = [event["port"] for event in running.events if event["event"] == "open"]
        assert page(ports[0]) == PAGE
        assert running.end()[0] == 130
    with start("shop", f"0:127.0.0.1:{service}") as running:
        running.until("ready")
        assert len([event for event in running.events if event["event"] == "open"]) == 1
        assert running.end()[0] == 130


def test_a_person_sees_a_line_a_tunnel_and_ctrl_c_ends_it(service: int, in_pty: OpenPty) -> None:
    with in_pty("forward", "web-1", f"0:{service}") as app:
        app.wait_for_text(f"leads to port {service} of web-1")
        app.send(b"\x03")
        assert app.wait_for_exit() == 130


def test_connect_with_a_port_document_listens_and_says_where(service: int, start: Start) -> None:
    parameters = json.dumps({"portNumber": [str(service)], "localPortNumber": "0"})
    document = "AWS-StartPortForwardingSession"
    with start("web-1", "--document-name", document, "--parameters", parameters, verb="connect") as running:
        line = running.until_said(f"leads to port {service} of web-1")
        address = line.split()[1]
        assert page(int(address.rpartition(":")[2])) == PAGE
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(20) == 130


def test_connect_with_a_document_for_one_connection_is_a_pipe(service: int, run: Run) -> None:
    parameters = json.dumps({"portNumber": [str(service)]})
    document = ("--document-name", "AWS-StartSSHSession", "--parameters", parameters)
    done = run("connect", "web-1", *document, stdin="GET / HTTP/1.0\r\n\r\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("HTTP/1.0 200 OK")
    assert done.stdout.endswith(PAGE.decode())
    assert done.stderr == ""
    assert run("--read-only", "connect", "web-1", *document).returncode == 252


def test_a_profile_without_a_shell_is_opened_as_its_tunnels(service: int, start: Start, home: Path) -> None:
    folder = home / ".config" / "ssmtui"
    folder.mkdir(parents=True)
    (folder / "profiles.toml").write_text(
        "version = 1\n[profiles.shop]\nquery = 'name:web-1'\nshell = false\n"
        f"forwards = ['0:{service}']\ntunnel_sessions = 2\n"
    )
    with start("shop", verb="connect") as running:
        address = running.until_said(f"leads to port {service} of web-1").split()[1]
        assert page(int(address.rpartition(":")[2])) == PAGE
        assert running.end()[0] == 130


@pytest.mark.skipif(not is_free(15433), reason="the document's local port is taken on this machine")
def test_a_document_of_the_account_that_says_all_is_a_tunnel(start: Start) -> None:
    with start("web-1", "--document-name", "Ops-OrdersDatabase") as running:
        opened = running.until("open")
        assert opened["address"] == "127.0.0.1:15433"
        assert opened["destination"] == "orders.internal:5432"
        assert running.end()[0] == 130


def test_a_proxy_leads_each_client_where_it_asks(service: int, start: Start) -> None:
    with start("web-1", "--socks", "0") as running:
        opened = running.until("open")
        connection = http.client.HTTPConnection("127.0.0.1", opened["port"], timeout=20)
        connection.set_tunnel("localhost", service)
        connection.request("GET", "/")
        assert connection.getresponse().read() == PAGE
        connection.close()
        code, told = running.end()
    assert code == 130
    assert f"{opened['address']} is a SOCKS and HTTP proxy through web-1" in told


def test_a_terminal_that_is_stopped_stops_no_connection(service: int, in_pty: OpenPty, run: Run) -> None:
    with in_pty("forward", "web-1", f"0:{service}") as app:
        app.wait_for_text(f"leads to port {service} of web-1")
        port = int(app.text.partition(" leads to")[0].rpartition(":")[2])
        app.send(b"\x13")  # Ctrl-S: what is written now waits
        end_session(run)
        for _ in range(2):
            assert page(port) == PAGE, "and there is something to say"
        app.send(b"\x11")
        app.wait_for_text("connected again")
        app.send(b"\x03")
        assert app.wait_for_exit() == 130


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl on PATH")
def test_programs_choose_their_destination_over_one_port(service: int, start: Start, run: Run) -> None:
    def curl(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = ("curl", "-sS", "--noproxy", "", "--max-time", "30", *arguments)
        return subprocess.run(command, capture_output=True, check=False)

    def mine() -> set[str]:
        return {one["session_id"] for one in json.loads(run("sessions", "--json").stdout) if one["mine"]}

    before = mine()  # of other tests, which have left theirs alive on purpose
    with start("web-1", "--socks", "0") as running:
        address = running.until("open")["address"]
        for proxy in (f"socks5h://{address}", f"socks4a://{address}", f"http://{address}"):
            for host in ("localhost", "intranet.internal"):
                assert curl("--proxy", proxy, f"http://{host}:{service}/").stdout == PAGE
        refused = curl("--proxy", f"http://{address}", "http://169.254.169.254/latest/meta-data/")
        assert b"the node's metadata and credentials" in refused.stdout
        assert "the node's metadata" in running.until_said("169.254.169.254")
        assert curl(f"http://{address}/").stdout.startswith(b"ssmtui: this port is a proxy")
        code, _ = running.end()
    assert code == 130
    assert running.events[-1]["event"] == "closed"
    assert running.events[-1]["refused"] == 2
    assert not mine() - before
