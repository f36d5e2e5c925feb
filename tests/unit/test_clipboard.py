"""The ways to the clipboard: what is printed, which programs are called, and that none of them can hold anybody up."""

from __future__ import annotations

import base64
import os
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ssmtui import clipboard, desktop
from ssmtui.clipboard import Clipboard
from tests.support.pty_app import PtyApp, clean_environment
from tests.support.wait import wait_until_sync

TEXT = "one\ntwo ä 中\n"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder of programs that write down how they were called and with what."""
    return tmp_path


def program(folder: Path, name: str, then: str = "") -> None:
    file = folder / name
    file.write_text(f'#!/bin/sh\necho "$@" >"{folder}/{name}.arguments"\n/bin/cat >"{folder}/{name}.input"\n{then}\n')
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def called(folder: Path) -> dict[str, str]:
    """The programs that were called, with their arguments."""
    return {file.stem: file.read_text().strip() for file in folder.glob("*.arguments")}


def give(folder: Path, text: str = TEXT, platform: str = "linux", **environment: str) -> list[str]:
    return Clipboard({"PATH": str(folder), **environment}, platform).give(text)


# What is printed


def test_the_terminal_is_sent_osc_52() -> None:
    assert Clipboard({}).sequence("ä\n") == "\x1b]52;c;w6QK\a"


def test_too_much_is_not_printed() -> None:
    assert Clipboard({}).sequence("x" * clipboard.MOST_PRINTED)
    assert Clipboard({}).sequence("ä" * (clipboard.MOST_PRINTED // 2 + 1)) == ""


def test_in_gnu_screen_it_is_cut_into_strings_that_it_passes_on() -> None:
    printed = Clipboard({"STY": "1.pts"}).sequence("x" * 3000)
    strings = printed.removeprefix("\x1bP").removesuffix("\x1b\\").split("\x1b\\\x1bP")
    assert max(map(len, strings)) <= 768
    assert "".join(strings) == Clipboard({}).sequence("x" * 3000)


def test_in_tmux_in_gnu_screen_it_is_for_tmux() -> None:
    assert Clipboard({"STY": "1.pts", "TMUX": "socket,1,0"}).sequence("x") == Clipboard({}).sequence("x")


# Who is called

ALL = ("tmux", "pbcopy", "wl-copy", "xclip", "xsel", "clip.exe")


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {}, {}),
        ("linux", {"TMUX": "s,1,0"}, {"tmux": "load-buffer -w -"}),
        ("linux", {"DISPLAY": ":0"}, {"xclip": "-selection clipboard -in"}),
        ("linux", {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, {"wl-copy": ""}),
        ("linux", {"DISPLAY": ":0", "SSH_CONNECTION": "a 1 b 2"}, {}),
        ("linux", {"DISPLAY": ":0", "SSH_TTY": "/dev/pts/1", "TMUX": "s,1,0"}, {"tmux": "load-buffer -w -"}),
        ("linux", {"WSL_DISTRO_NAME": "Ubuntu"}, {"clip.exe": ""}),
        ("darwin", {}, {"pbcopy": ""}),
    ],
)
def test_the_programs_that_fit_are_called(
    programs: Path, platform: str, environment: dict[str, str], expected: dict[str, str]
) -> None:
    for name in ALL:
        program(programs, name)
    taken = give(programs, platform=platform, **environment)
    assert called(programs) == expected
    assert taken == list(expected)


def test_the_text_goes_over_standard_input_as_it_is(programs: Path) -> None:
    program(programs, "xclip")
    program(programs, "clip.exe")
    give(programs, DISPLAY=":0")
    give(programs, WSL_DISTRO_NAME="Ubuntu")
    assert (programs / "xclip.input").read_bytes() == TEXT.encode()
    assert (programs / "clip.exe.input").read_bytes().decode("utf-16") == TEXT


def test_the_next_one_is_asked_when_one_is_missing_or_fails(programs: Path) -> None:
    program(programs, "xsel")
    assert give(programs, DISPLAY=":0") == ["xsel"]
    program(programs, "xclip", "exit 1")
    assert give(programs, DISPLAY=":0") == ["xsel"]
    program(programs, "xsel", "exit 1")
    assert give(programs, DISPLAY=":0") == []


def test_one_that_does_not_come_back_is_given_up(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desktop, "TIMEOUT", 0.1)
    program(programs, "xclip", "exec /bin/sleep 20")
    program(programs, "xsel")
    began = time.monotonic()
    assert give(programs, DISPLAY=":0") == ["xsel"]
    assert time.monotonic() - began < 10


# The real ones


def missing(names: Sequence[str]) -> str:
    return ", ".join(name for name in names if shutil.which(name) is None)


@pytest.fixture
def display(tmp_path: Path) -> Iterator[str]:
    """An X server without a screen."""
    if missing(["Xvfb"]):
        pytest.skip("Xvfb is not installed")
    number, wanted = os.pipe()
    command = ["Xvfb", "-displayfd", str(wanted), "-screen", "0", "64x64x8", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[wanted], stderr=subprocess.DEVNULL)
    os.close(wanted)
    try:
        yield ":" + os.read(number, 16).decode().strip()
    finally:
        os.close(number)
        server.terminate()
        server.wait()


@pytest.mark.parametrize("name", ["xclip", "xsel"])
def test_x11_has_what_was_copied(display: str, name: str, tmp_path: Path) -> None:
    if missing(["xclip", "xsel"]):
        pytest.skip(f"{missing(['xclip', 'xsel'])} is not installed")
    (tmp_path / name).symlink_to(str(shutil.which(name)))
    assert give(tmp_path, TEXT * 20_000, DISPLAY=display, HOME=str(tmp_path)) == [name]
    environment = {**os.environ, "DISPLAY": display}

    def held() -> bytes:
        read = ["xclip", "-selection", "clipboard", "-out"]
        return subprocess.run(read, env=environment, capture_output=True, timeout=10, check=False).stdout

    # xsel goes to the background before it owns the clipboard.
    wait_until_sync("the text in the clipboard", lambda: held().decode() == TEXT * 20_000)


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[list[str]]:
    """The command of a tmux of its own, with a session."""
    if missing(["tmux"]):
        pytest.skip("tmux is not installed")
    command = ["tmux", "-S", str(tmp_path / "socket"), "-f", os.devnull]
    subprocess.run([*command, "new-session", "-d", "/bin/sleep 60"], env=clean_environment(tmp_path), check=True)
    yield command
    subprocess.run([*command, "kill-server"], check=True)


def test_tmux_passes_it_on_to_its_terminal(tmux: list[str], tmp_path: Path) -> None:
    def ask(*question: str) -> str:
        return subprocess.run([*tmux, *question], capture_output=True, text=True, timeout=10, check=True).stdout

    environment = {**clean_environment(tmp_path), "TMUX": f"{tmp_path / 'socket'},{ask('display', '-p', '#{pid}')},0"}
    with PtyApp(["attach"], clean_environment(tmp_path), program=tmux) as client:
        client.wait_until("a client", lambda: ask("list-clients"))
        assert Clipboard(environment, "linux").give(TEXT) == ["tmux"]
        assert ask("show-buffer") == TEXT
        encoded = base64.b64encode(TEXT.encode())
        client.wait_until("the text at the terminal", lambda: b"\x1b]52;" in client.output and encoded in client.output)
