"""How this machine is dressed up as a node."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ssmtui.lab.fleet import LabFleet
from ssmtui.lab.lab_node import LabNode
from ssmtui.lab.machine import Machine
from ssmtui.lab.shell import Shell
from ssmtui.lab.toy_shell import ToyShell
from tests.support.processes import is_running
from tests.support.wait import wait_until

FLEET = LabFleet(48, 1, lambda: datetime(2026, 3, 14, tzinfo=UTC))
NODE = FLEET.named("web-1")


@pytest.fixture
def machine() -> Iterator[Machine]:
    machine = Machine()
    yield machine
    machine.close()


async def output_of(machine: Machine, command: str, node: LabNode = NODE) -> str:
    shell = await machine.terminal(node, command)
    return await read_all(shell)


async def read_all(shell: Shell) -> str:
    text = b""
    async with asyncio.timeout(10):
        while chunk := await shell.read(1024):
            text += chunk
    await shell.kill()
    return text.decode().replace("\r\n", "\n")


async def test_nothing_of_the_labs_own_environment_reaches_a_program(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very secret")
    monkeypatch.setenv("SSMTUI_SOMETHING", "private")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    monkeypatch.delenv("LANG", raising=False)
    environment = dict(line.split("=", 1) for line in (await output_of(machine, "env")).splitlines())
    assert environment.keys() <= {
        *("BASH_SILENCE_DEPRECATION_WARNING", "ENV", "HISTFILE", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME"),
        *("OLDPWD", "PATH", "PWD", "SHELL", "SHLVL", "SSMTUI_LAB_RUN", "TERM", "TZ", "USER", "_"),
    }
    assert environment["TERM"] == "xterm-256color"
    assert environment["LANG"] == "C.UTF-8"
    assert environment["TZ"] == "Europe/Berlin"
    assert environment["USER"] == "ssm-user"


async def test_each_node_has_a_private_home_that_lasts_as_long_as_the_machine(machine: Machine) -> None:
    home = Path((await output_of(machine, "pwd; echo hello > mine")).strip())
    assert (home / "mine").read_text() == "hello\n"
    assert home.parent.stat().st_mode & 0o077 == 0
    assert "hello" in await output_of(machine, "cat mine")
    assert "hello" not in await output_of(machine, "cat mine", FLEET.named("web-2"))
    machine.close()
    assert not home.parent.exists()


@pytest.mark.parametrize(("shell", "prompt"), [(None, "ssm-user@web-1:~$ "), ("/bin/sh", "ssm-user@web-1$ ")])
async def test_the_login_shell_has_the_nodes_prompt_and_keeps_no_history(shell: str | None, prompt: str) -> None:
    machine = Machine(shell)
    try:
        login = await machine.terminal(NODE, None)
        seen = b""
        async with asyncio.timeout(10):
            while prompt.encode() not in seen:
                seen += await login.read(1024)
        login.write(b"hostname; echo history=$HISTFILE; exit\r")
        text = await read_all(login)
        assert "\nweb-1\nhistory=\n" in text.replace("\r", "").replace("\x1b[?2004l", "")
        assert "history" not in await output_of(machine, "ls -A")
    finally:
        machine.close()


async def test_windows_nodes_get_the_built_in_shell(machine: Machine) -> None:
    assert isinstance(await machine.terminal(FLEET.named("ad-dc-1"), None), ToyShell)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows another program's environment")
async def test_what_slipped_away_from_its_terminal_is_swept_up(machine: Machine) -> None:
    text = await output_of(machine, "setsid nohup sleep 600 > /dev/null 2>&1 & echo $!")
    pid = int(text.split()[-1])
    os.kill(pid, 0)
    machine.close()
    await wait_until("the stray to be gone", lambda: not is_running(pid))


async def test_a_sweep_leaves_the_programs_of_others_alone(machine: Machine) -> None:
    other = Machine()
    try:
        shell = await other.terminal(NODE, "echo up; read x; echo still here")
        said = b""
        while not said.endswith(b"\n"):  # a read may bring a part of the line
            said += await shell.read(4)
        assert said == b"up\r\n"
        machine.sweep()
        shell.write(b"\r")
        assert "still here" in await read_all(shell)
    finally:
        other.close()
