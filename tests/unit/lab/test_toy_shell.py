"""The built-in shell."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from ssmtui.lab.fleet import LabFleet
from ssmtui.lab.toy_shell import Interpreter, ToyShell
from ssmtui.model import TerminalSize

NODE = LabFleet(48, 1, lambda: datetime(2026, 3, 14, tzinfo=UTC)).named("ad-dc-1")


@pytest.fixture
def interpreter() -> Interpreter:
    return Interpreter(NODE)


def run(interpreter: Interpreter, *lines: str) -> str:
    return "".join(interpreter.run(line)[0] for line in lines)


def test_the_disk_is_walked(interpreter: Interpreter) -> None:
    assert interpreter.prompt == "PS C:\\Windows\\System32> "
    run(interpreter, "cd \\scripts")
    assert interpreter.prompt == "PS C:\\Scripts> "
    run(interpreter, "cd ..\\Users/ssm-user")
    assert interpreter.prompt == "PS C:\\Users\\ssm-user> "
    assert run(interpreter, "type notes.txt") == "Patch window: Sunday 02:00 UTC\r\n"
    run(interpreter, "cd C:\\..\\..")
    assert interpreter.prompt == "PS C:\\> "
    assert "inetpub" in run(interpreter, "ls")
    assert "amazon-ssm-agent.exe" in run(interpreter, 'dir "Program Files\\Amazon\\SSM"')
    assert "hosts" in run(interpreter, "ls windows\\system32\\drivers\\etc\\hosts")


@pytest.mark.parametrize(
    "line", ["cd nowhere", "cd Scripts\\readme.txt", "type Scripts", "cat a\\b\\c", "ls Scripts\\readme.txt\\x"]
)
def test_a_path_that_is_not_there(interpreter: Interpreter, line: str) -> None:
    run(interpreter, "cd \\")
    output, code = interpreter.run(line)
    assert output.startswith("Cannot find path 'C:\\")
    assert code == 1


def test_commands(interpreter: Interpreter) -> None:
    assert run(interpreter, "echo one  'two  three'") == "one two  three\r\n"
    assert run(interpreter, 'ECHO "unpaired') == '"unpaired\r\n'
    assert run(interpreter, "hostname") == "ad-dc-1\r\n"
    assert run(interpreter, "whoami") == "ad-dc-1\\ssm-user\r\n"
    assert run(interpreter, "pwd") == "C:\\Windows\\System32\r\n"
    assert "Windows Server 2022" in run(interpreter, "systeminfo")
    assert "systeminfo" in run(interpreter, "help")
    assert interpreter.run("") == ("", 0)
    assert interpreter.run("frobnicate")[1] == 1


async def everything(shell: ToyShell) -> str:
    """What there is to read without waiting."""
    text = b""
    try:
        while True:
            async with asyncio.timeout(0):
                chunk = await shell.read(1024)
            if not chunk:
                break
            text += chunk
    except TimeoutError:
        pass
    return text.decode()


async def test_the_line_is_edited_and_echoed(interpreter: Interpreter) -> None:
    shell = ToyShell(interpreter)
    assert (await everything(shell)).endswith(interpreter.prompt)
    shell.write(b"\x7fhosx\x7ftname\x1b\r")
    assert await everything(shell) == f"hosx\b \btname\r\nad-dc-1\r\n{interpreter.prompt}"


async def test_control_c_drops_the_line(interpreter: Interpreter) -> None:
    shell = ToyShell(interpreter)
    await everything(shell)
    shell.write(b"exit\x03")
    assert await everything(shell) == f"exit^C\r\n{interpreter.prompt}"


async def test_the_size_is_known_to_mode(interpreter: Interpreter) -> None:
    shell = ToyShell(interpreter)
    shell.resize(TerminalSize(120, 40))
    await everything(shell)
    shell.write(b"mode\r\n")
    assert "Columns: 120\r\nLines: 40\r\n" in await everything(shell)


async def test_exit_ends_it_and_what_follows_is_lost(interpreter: Interpreter) -> None:
    shell = ToyShell(interpreter)
    await everything(shell)
    shell.write(b"exit\rhostname\r")
    assert await everything(shell) == "exit\r\n"
    assert await shell.read(1024) == b""


async def test_one_command_runs_and_ends(interpreter: Interpreter) -> None:
    shell = ToyShell(interpreter, "hostname")
    assert await shell.read(4) == b"ad-d"
    assert await shell.read(1024) == b"c-1\r\n"
    assert await shell.read(1024) == b""


async def test_killing_it_wakes_its_reader(interpreter: Interpreter) -> None:
    shell = ToyShell(interpreter)
    await everything(shell)
    await shell.kill()
    assert await shell.read(1024) == b""
