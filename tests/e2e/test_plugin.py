"""``ssmtui plugin`` in the place of session-manager-plugin: called as the AWS CLI and Ansible call that."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ssmtui.cli.plugin_call import VARIABLE
from tests.e2e.conftest import OpenPty, Run
from tests.support.plugin_caller import PluginCaller
from tests.support.pty_app import PtyApp
from tests.support.tcp_service import free_port
from tests.support.wait import wait_until_sync

PROMPT = ":~$"
PLUGIN = (sys.executable, "-m", "ssmtui", "plugin")


@pytest.fixture
def caller(lab_environment: dict[str, str]) -> PluginCaller:
    return PluginCaller(lab_environment)


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a service that sends back what comes."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(peer,), daemon=True).start()

    def answer(peer: socket.socket) -> None:
        with peer:
            while data := peer.recv(65_536):
                peer.sendall(data)

    threading.Thread(target=serve, daemon=True).start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()


Pipe = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def piped(environment: dict[str, str], home: Path) -> Iterator[Pipe]:
    """Runs ``ssmtui plugin`` on pipes."""
    running: list[subprocess.Popen[bytes]] = []

    def start(arguments: list[str], **more: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [*PLUGIN, *arguments],
            env={**environment, **more},
            cwd=home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def read_line(process: subprocess.Popen[bytes], text: str) -> str:
    """The next line of the output that has ``text`` in it."""
    assert process.stdout is not None
    for line in iter(process.stdout.readline, b""):
        if text in line.decode():
            return line.decode()
    raise AssertionError(f"{text!r} was not printed")


def exchange(port: int, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as peer:
        peer.sendall(data)
        got = b""
        while len(got) < len(data) and (more := peer.recv(65_536)):
            got += more
        return got


def test_a_shell(in_pty: OpenPty, caller: PluginCaller) -> None:
    arguments, token = caller.start()
    with in_pty("plugin", *arguments, cols=90, rows=25, **token) as app:
        app.wait_for_text(f"Starting session with SessionId: {caller.session_id}")
        app.wait_for_text(PROMPT)
        app.send("stty size; env | grep -c START_SESSION\r")
        app.wait_for_text("25 90\n0")
        app.send("sh -c 'echo up=$((40+2)); exec sleep 600'\r")
        app.wait_for_text("up=42")
        app.send("\x03")
        app.wait_for_text("^C")
        app.send("exit\r")
        app.wait_for_text(f"Exiting session with sessionId: {caller.session_id}.")
        assert app.wait_for_exit() == 0
        assert app.modes == app.cooked
    assert caller.status() == "Terminated"


def test_ssh_s_escape_ends_a_shell(in_pty: OpenPty, caller: PluginCaller) -> None:
    arguments, token = caller.start()
    with in_pty("plugin", *arguments, **token) as app:
        app.wait_for_text(PROMPT)
        app.send("cat\r\r~.")
        assert app.wait_for_exit() == 0
    assert caller.status() == "Terminated"


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGKILL])
def test_a_person_s_shell_comes_back(
    in_pty: OpenPty, caller: PluginCaller, environment: dict[str, str], number: signal.Signals
) -> None:
    arguments, token = caller.start()
    with in_pty("plugin", *arguments, **token) as app:
        app.wait_for_text(PROMPT)
        app.send("kept=$((40+2)); echo set $kept\r")
        app.wait_for_text("set 42")
        os.kill(app.pid, number)
        if number == signal.SIGHUP:
            assert app.wait_for_exit() == 0
            assert f"`ssmtui attach {caller.session_id}` goes on" in app.text
    with in_pty("attach", caller.session_id) as app:
        app.wait_for_text(PROMPT)
        app.send("echo $kept again\r")
        app.wait_for_text("42 again")
        app.send("exit\r")
        wait_until_sync("the session to end", lambda: caller.status() == "Terminated")


def test_the_settings_may_have_a_hang_up_end_it(in_pty: OpenPty, caller: PluginCaller) -> None:
    arguments, token = caller.start()
    with in_pty("plugin", *arguments, SSMTUI_ON_HANGUP="end", **token) as app:
        app.wait_for_text(PROMPT)
        os.kill(app.pid, signal.SIGHUP)
        assert app.wait_for_exit() == 0
    assert caller.status() == "Terminated"


def test_a_shell_on_pipes_reads_its_input_to_the_end(piped: Pipe, caller: PluginCaller) -> None:
    arguments, token = caller.start()
    process = piped(arguments, **token)
    out, err = process.communicate(
        b"echo $((6*7)) in a pipe; until stty size | grep '100 300'; do :; done\n", timeout=30
    )
    assert b"42 in a pipe\r\n" in out
    assert b"\n100 300\r\n" in out
    assert out.startswith(f"\nStarting session with SessionId: {caller.session_id}\n".encode())
    assert out.endswith(f"\n\nExiting session with sessionId: {caller.session_id}.\n\n".encode())
    assert (process.returncode, err) == (0, b"")


def test_ansible_s_way(environment: dict[str, str], home: Path, caller: PluginCaller) -> None:
    """Its input is a pipe and its output a terminal in which each new line becomes a second one: it looks for
    ``Starting session``, and for answers that end in ``\\r\\r\\n`` (community.aws, aws_ssm)."""
    arguments, token = caller.start()
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*PLUGIN, *arguments],
        env={**environment, **token},
        cwd=home,
        stdin=subprocess.PIPE,
        stdout=slave,
        stderr=subprocess.PIPE,
        bufsize=0,
    )
    os.close(slave)
    seen = b""

    def until(pattern: bytes) -> None:
        nonlocal seen
        while not re.search(pattern, seen):
            seen += os.read(master, 1024)

    try:
        assert process.stdin is not None
        until(b"Starting session with SessionId")
        process.stdin.write(b"stty -echo\n")
        until(b"stty -echo")
        process.stdin.write(b"PS1=''; printf '\\n%s\\n' 'mark-'$((6*7))\n")
        until(rb"\r\r\nmark-42\r\r\n")
        process.stdin.write(b"\nexit\n")
        until(b"Exiting session")
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()
        os.close(master)


def test_a_command_without_a_terminal(run: Run, caller: PluginCaller) -> None:
    arguments, token = caller.start(
        document="AWS-StartNonInteractiveCommand",
        command="sh -c 'echo out; echo err >&2; exit 3'",
        separateOutputStream="true",
    )
    done = run("plugin", *arguments, **token)
    assert {"out", "err", "EXIT_CODE: 3"} <= set(done.stdout.split("\n"))
    assert (done.stderr, done.returncode) == ("", 0)


def test_a_command_that_prints_at_its_end(run: Run, caller: PluginCaller) -> None:
    arguments, token = caller.start(document="AWS-StartNonInteractiveCommand", command="echo out")
    done = run("plugin", *arguments, **token)
    assert "out\n" in done.stdout
    assert (done.stderr, done.returncode) == ("", 0)


def test_a_port(piped: Pipe, caller: PluginCaller, echo: int) -> None:
    port = free_port()
    arguments, token = caller.start(
        document="AWS-StartPortForwardingSession", portNumber=str(echo), localPortNumber=str(port)
    )
    process = piped(arguments, **token)
    assert read_line(process, "opened") == f"Port {port} opened for sessionId {caller.session_id}.\n"
    assert read_line(process, "Waiting") == "Waiting for connections...\n"
    assert exchange(port, b"x" * 300_000) == b"x" * 300_000
    assert read_line(process, "accepted") == f"Connection accepted for session [{caller.session_id}]\n"
    assert exchange(port, b"another") == b"another"
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    assert out.decode() == (
        f"Terminate signal received, exiting.\n\n\nExiting session with sessionId: {caller.session_id}.\n\n"
    )
    assert (process.returncode, caller.status()) == (0, "Terminated")


def test_any_free_port(piped: Pipe, caller: PluginCaller, echo: int) -> None:
    arguments, token = caller.start(document="AWS-StartPortForwardingSession", portNumber=str(echo))
    process = piped(arguments, **token)
    port = int(read_line(process, "opened").split()[1])
    assert exchange(port, b"here") == b"here"
    process.terminate()
    assert process.wait(20) == 0
    assert caller.status() == "Terminated"


def test_a_port_that_is_taken_leaves_no_session(run: Run, caller: PluginCaller, echo: int) -> None:
    arguments, token = caller.start(
        document="AWS-StartPortForwardingSession", portNumber="80", localPortNumber=str(echo)
    )
    done = run("plugin", *arguments, **token)
    assert "The local port is taken" in done.stderr
    assert (done.returncode, caller.status()) == (252, "Terminated")


def test_a_failure_s_code_does_not_have_callers_show_the_token(run: Run, caller: PluginCaller, echo: int) -> None:
    arguments, token = caller.start(
        document="AWS-StartPortForwardingSession", portNumber="80", localPortNumber=str(echo)
    )
    done = run("plugin", token[VARIABLE], *arguments[1:])
    assert "The local port is taken" in done.stderr
    assert done.returncode == 0
    assert json.loads(token[VARIABLE])["TokenValue"] not in done.stdout + done.stderr


def test_a_raw_stream_has_the_output_for_itself(piped: Pipe, caller: PluginCaller, echo: int) -> None:
    arguments, token = caller.start(document="AWS-StartSSHSession", portNumber=str(echo))
    process = piped(arguments, **token)
    data = os.urandom(400_000)
    out, err = process.communicate(data, timeout=40)
    assert (out == data, err, process.returncode) == (True, b"", 0)
    assert caller.status() == "Terminated"


def test_a_reader_that_has_gone_ends_a_raw_stream(piped: Pipe, caller: PluginCaller, echo: int) -> None:
    arguments, token = caller.start(document="AWS-StartSSHSession", portNumber=str(echo))
    process = piped(arguments, **token)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"x")
    process.stdin.flush()
    assert process.stdout.read(1) == b"x"
    process.stdout.close()
    assert process.wait(20) == 0
    assert process.stderr is not None
    assert (process.stderr.read(), caller.status()) == (b"", "Terminated")


def test_a_forbidden_destination(run: Run, caller: PluginCaller) -> None:
    arguments, token = caller.start(
        document="AWS-StartPortForwardingSessionToRemoteHost", host="169.254.169.254", portNumber="80"
    )
    done = run("plugin", *arguments, **token)
    assert "The node refuses to connect to 169.254.169.254:80" in done.stderr
    assert "Forwarding to IP address 169.254.169.254 is forbidden." in done.stderr
    assert done.returncode == 255


def test_ssh_hangs_up(piped: Pipe, caller: PluginCaller, echo: int) -> None:
    arguments, token = caller.start(document="AWS-StartSSHSession", portNumber=str(echo))
    process = piped(arguments, **token)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"x")
    process.stdin.flush()
    assert process.stdout.read(1) == b"x"
    process.send_signal(signal.SIGHUP)
    out, err = process.communicate(timeout=20)
    assert (out, err, process.returncode, caller.status()) == (b"", b"", 0, "Terminated")


def test_interrupts_arrive_that_the_cli_ignores(
    environment: dict[str, str], home: Path, caller: PluginCaller, echo: int
) -> None:
    arguments, token = caller.start(document="AWS-StartPortForwardingSession", portNumber=str(echo))
    process = subprocess.Popen(
        [*PLUGIN, *arguments],
        env={**environment, **token},
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    with process:
        read_line(process, "Waiting")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert caller.status() == "Terminated"


def test_a_host_that_refuses(piped: Pipe, caller: PluginCaller) -> None:
    arguments, token = caller.start(document="AWS-StartPortForwardingSession", portNumber=str(free_port()))
    process = piped(arguments, **token)
    port = int(read_line(process, "opened").split()[1])
    with suppress(ConnectionResetError):
        assert exchange(port, b"anybody?") == b""
    read_line(process, "Connection to destination port failed, check SSM Agent logs.")
    process.terminate()
    _, err = process.communicate(timeout=20)
    assert b"The node could not connect to localhost:" in err


def test_the_aws_profile_that_it_was_started_with(
    environment: dict[str, str], lab_environment: dict[str, str], caller: PluginCaller
) -> None:
    staging = PluginCaller(lab_environment, "staging")
    arguments, token = staging.start()
    no_keys = {name: value for name, value in environment.items() if not name.startswith(("AWS_ACCESS", "AWS_SECRET"))}
    with PtyApp(["plugin", *arguments], {**no_keys, **token}) as app:
        app.wait_for_text(PROMPT)
        app.send("\r~.")
        assert app.wait_for_exit() == 0
    assert staging.status() == "Terminated"
    assert caller.status_of(staging.session_id) == "unknown"


def test_without_credentials_the_token_opens_the_channel(
    environment: dict[str, str], home: Path, caller: PluginCaller
) -> None:
    arguments, token = caller.start()
    kept = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
    process = subprocess.run(
        [*PLUGIN, *arguments],
        env={**kept, "AWS_EC2_METADATA_DISABLED": "true", **token},
        cwd=home,
        input=b"echo $((6*7)) in a pipe\n",
        capture_output=True,
        timeout=40,
        check=False,
    )
    assert b"42 in a pipe" in process.stdout
    assert process.returncode == 0


def test_a_session_that_is_over_already(run: Run, caller: PluginCaller) -> None:
    arguments, token = caller.start()
    caller.ssm.terminate_session(SessionId=caller.session_id)
    done = run("plugin", *arguments, **token)
    # Whether its channel is closed or refused depends on how far its agent had come.
    told = (f"Session: {caller.session_id} timed out.\n", f"Exiting session with sessionId: {caller.session_id}.\n\n")
    assert done.stdout.endswith(told)
    assert (done.returncode, done.stderr) == (0, "")


def test_broken_settings_keep_nobody_out(run: Run, home: Path, caller: PluginCaller) -> None:
    settings = home / "config.toml"
    settings.write_text("theme = [")
    arguments, token = caller.start()
    done = run("plugin", *arguments, stdin="echo $((6*7)) in a pipe\n", SSMTUI_CONFIG=str(settings), **token)
    assert "42 in a pipe" in done.stdout
    assert "The settings are left out." in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--version"], "1.2."),
        ([], "The Session Manager plugin was installed successfully."),
    ],
)
def test_what_callers_ask_first(run: Run, arguments: list[str], said: str) -> None:
    done = run("plugin", *arguments)
    assert (said in done.stdout, done.stderr, done.returncode) == (True, "", 0)


def test_the_installed_program(run: Run, home: Path, environment: dict[str, str], caller: PluginCaller) -> None:
    folder = home / "tools"
    assert run("plugin", "install", str(folder)).returncode == 0
    shim = folder / "session-manager-plugin"
    version = subprocess.run([shim, "--version"], env=environment, capture_output=True, text=True, check=True)
    assert re.fullmatch(r"\d+(\.\d+){3}\n", version.stdout)
    arguments, token = caller.start()
    with PtyApp(arguments, {**environment, **token}, program=(str(shim),)) as app:
        app.wait_for_text(PROMPT)
        app.send("exit\r")
        app.wait_for_text("Exiting session")
        assert app.wait_for_exit() == 0
