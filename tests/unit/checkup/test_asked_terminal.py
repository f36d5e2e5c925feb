"""What a real pty answers, and that nothing of the questions stays behind in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ssmtui.checkup import asked_terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="ptys are of POSIX")

SCRIPT = """
import termios
from ssmtui.checkup import asked_terminal
before = termios.tcgetattr(0)
asked_terminal.LIMIT = 2.0
found = asked_terminal.ask()
print("FOUND", found.name, found.answers, found.keys_apart, found.mouse, termios.tcgetattr(0) == before, flush=True)
"""


def asked(answer: bytes) -> str:
    """What a program in a pty has found whose terminal gives ``answer`` to the last question."""
    import pty

    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, "-c", SCRIPT])
    seen = b""
    try:
        while b"FOUND" not in seen or not seen.endswith(b"\n"):
            seen += os.read(terminal, 4096)
            if b"\x1b[c" in seen and answer:
                os.write(terminal, answer)
                answer = b""
    except OSError:
        pass  # it has ended
    finally:
        os.close(terminal)
        os.waitpid(child, 0)
    return seen.partition(b"FOUND ")[2].decode().strip()


def test_a_terminal_that_answers() -> None:
    answer = b"\x1bP>|foot(1.16)\x1b\\\x1b[?0u\x1b[?1006;2$y\x1b[?62c"
    assert asked(answer) == "foot(1.16) True True True True"


def test_a_terminal_that_is_silent() -> None:
    assert asked(b"") == "False None None True"


def test_without_a_terminal_nothing_is_asked() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from ssmtui.checkup import asked_terminal as a; print(a.ask(), a.size())"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
        check=True,
    )
    assert "answers=None" in done.stdout
    assert done.stdout.endswith("None\n")


@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
def test_how_tmux_is_set(tmp_path: Path) -> None:
    socket = str(tmp_path / "s")
    tmux = ["tmux", "-S", socket, "-f", os.devnull]
    subprocess.run([*tmux, "new-session", "-d", "sleep 60"], check=True)
    try:
        subprocess.run([*tmux, "set", "-s", "set-clipboard", "off"], check=True)
        subprocess.run([*tmux, "set", "-g", "mouse", "on"], check=True)
        found = asked_terminal.tmux_options({**os.environ, "TMUX": f"{socket},1,0"})
        assert found is not None
        assert (found["set-clipboard"], found["mouse"]) == ("off", "on")
        assert found["version"]
        assert found["escape-time"].isdecimal()
    finally:
        subprocess.run([*tmux, "kill-server"], check=True)


def test_no_tmux_is_asked_where_there_is_none() -> None:
    assert asked_terminal.tmux_options({"PATH": os.environ["PATH"]}) is None
    assert asked_terminal.tmux_options({"PATH": "/nowhere", "TMUX": "/x,1,0"}) is None
    assert asked_terminal.tmux_options({"PATH": os.environ["PATH"], "TMUX": "/nowhere/socket,1,0"}) is None
