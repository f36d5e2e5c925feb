"""Many sessions at once, of the real program and of tmux: opened, flooded, typed into and watched from outside.

The program is a process in a pty. Its AWS is a lab whose sessions lead to the flood peer, which costs next to nothing:
real shells behind the lab would take the processor that is measured. tmux has the cheapest programs that do the same.
"""

from __future__ import annotations

import os
import random
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyte

from ssmtui.demo import parse_export
from tests.support.flood_peer import flood_peer, log_text
from tests.support.pty_app import PtyApp, clean_environment, command_line
from tests.support.wait import wait_until_sync

LEADER = "\x1d"
LETTERS = [chr(code) for code in range(0x0410, 0x0530) if chr(code).isalpha()]
"""Each is pressed once: it is on the screen only when its echo is. Nothing else there is Cyrillic."""
HISTORY = 10_000
"""Lines of scrollback, here as there."""
NODES = 200
_LISTED = "212 nodes"
"""What the list says of them, and of the containers beside them."""
_PAGE = os.sysconf("SC_PAGE_SIZE")
_LAB = """
import asyncio, sys
from ssmtui.lab import api_sessions
from ssmtui.lab.lab import Lab, LabOptions

urls = sys.argv[2:]
granted = api_sessions.SessionApi._grant

def to_the_peer(self, session):
    return {**granted(self, session), "StreamUrl": urls.pop(0) if len(urls) > 1 else urls[0]}

async def serve():
    api_sessions.SessionApi._grant = to_the_peer
    lab = Lab(LabOptions(nodes=int(sys.argv[1])))
    for name, value in (await lab.start()).environment.items():
        print(f"export {name}={value}", flush=True)
    await asyncio.Event().wait()

asyncio.run(serve())
"""
_NOTER = """
import os, sys, time, tty
tty.setraw(0)
notes = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND)
while os.read(0, 1):
    os.write(notes, f"{time.monotonic()}\\n".encode())
"""


class Watched:
    """The processes whose cost is measured."""

    def __init__(self, *pids: int) -> None:
        self.pids = pids

    @property
    def each(self) -> list[float]:
        """Seconds of the processor that each has used. Not from ``stat``, which counts in hundredths of a second."""
        return [
            sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir()) / 1e9
            for pid in self.pids
        ]

    @property
    def memory(self) -> list[int]:
        """Resident bytes of each."""
        return [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE for pid in self.pids]

    def load(self, seconds: float, app: PtyApp) -> list[float]:
        """The share of a core that each takes over ``seconds``, while the terminal of ``app`` is read."""
        before, began = self.each, time.monotonic()
        read_for(app, seconds)
        passed = time.monotonic() - began
        return [(after - at) / passed for after, at in zip(self.each, before, strict=True)]


class Running:
    """The program or tmux, with what its sessions can be told."""

    def __init__(
        self, app: PtyApp, watched: Watched, go: Callable[[], None], noted: Callable[[int], list[float]]
    ) -> None:
        self.app = app
        self.watched = watched
        self.go = go
        """Begin the floods."""
        self.noted = noted
        """When so many keys reached the sessions that note it."""

    def press(self, letter: str) -> tuple[float, float]:
        """Press a key: seconds until its echo is on the screen, and those of the processor that the busiest of the
        watched processes has used meanwhile. Under a flood that one always has something to do, so these are what the
        wait would be on a machine with nothing else to do."""
        read_for(self.app, random.uniform(0.03, 0.09))  # or keys would fall into step with frames
        wanted, tail = letter.encode(), b""
        before, began = self.watched.each, time.perf_counter()
        os.write(self.app.master, wanted)
        while wanted not in tail:
            if time.perf_counter() - began > 60:
                raise AssertionError(f"waited 60 s for the echo of {letter}")
            if select.select([self.app.master], [], [], 1)[0]:
                tail = tail[-8:] + os.read(self.app.master, 1 << 16)
        waited = time.perf_counter() - began
        return waited, max(after - at for after, at in zip(self.watched.each, before, strict=True))

    def pictures(self, seconds: float) -> list[tuple[float, bytes]]:
        """What is printed in so many seconds, and when it was read."""
        began, found = time.monotonic(), []
        while (now := time.monotonic()) - began < seconds:
            if select.select([self.app.master], [], [], 0.1)[0]:
                found.append((now, os.read(self.app.master, 1 << 18)))
        return found


def read_for(app: PtyApp, seconds: float) -> None:
    """Take what the program prints for so long, and throw it away: no emulator could follow."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([app.master], [], [], left)[0]:
            os.read(app.master, 1 << 16)


# The program


@contextmanager
def program(home: Path, what: Sequence[str], frames: int = 2, cols: int = 120, rows: int = 40) -> Iterator[Running]:
    """The program in a pty, with its list in front. The peer does ``what`` in the sessions, in their order, and the
    last of it in all further ones."""
    with ExitStack() as stack:
        peer = stack.enter_context(flood_peer(frames))
        exports = stack.enter_context(_peer_lab(home, [peer.url(each) for each in what]))
        app = stack.enter_context(PtyApp([], clean_environment(home, **exports), cols=cols, rows=rows))
        app.wait_for_text(_LISTED, 60)
        app.wait_until_gone("listing…", 60)
        app.send("/")
        app.wait_for_text("enter to the list")
        app.send("ping:online -ecs\r")
        app.wait_for_text(" of ")
        app.wait_for_text("enter shell")
        hosts = [pid for pid in app.descendants() if "ssmtui.terminal.host" in command_line(pid)]
        assert len(hosts) == 1
        yield Running(app, Watched(app.pid, *hosts), peer.go, peer.noted)


@contextmanager
def _peer_lab(home: Path, urls: Sequence[str]) -> Iterator[dict[str, str]]:
    command = [sys.executable, "-c", _LAB, str(NODES), *urls]
    plain = clean_environment(home)
    with subprocess.Popen(command, env=plain, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as lab:
        assert lab.stdout is not None
        exports: dict[str, str] = {}
        while "AWS_SECRET_ACCESS_KEY" not in exports:
            exports |= parse_export(lab.stdout.readline())
        try:
            yield exports
        finally:
            lab.kill()  # the agents that wait there for a client never end


def open_sessions(app: PtyApp, count: int, *, tiled: bool = False) -> None:
    """Open sessions on the node under the cursor of the list and those below it, in tabs or in one. The first of them
    is in front then."""
    app.send(" " * count)
    app.wait_for_text(f"{count} marked")
    app.send("\r")
    if count > 1:
        app.wait_for_text(f"Open {count} sessions")
        if tiled:
            app.send("\t")
        app.send("y")
    app.wait_until_gone(f"Open {count} sessions")


def show_list(app: PtyApp) -> None:
    """Bring the list of nodes back, with nothing marked."""
    app.send(LEADER + "d")
    app.wait_for_text("enter shell")


# tmux


@contextmanager
def tmux(home: Path, what: Sequence[str], *, tiled: bool = False, cols: int = 120, rows: int = 40) -> Iterator[Running]:
    """tmux in a pty, with a window for each of ``what`` or with a pane of one window. The first is in front."""
    go, log, notes, noter = (home / name for name in ("go", "log", "notes", "noter.py"))
    os.mkfifo(go)
    log.write_bytes(log_text(4 << 20).replace(b"\r", b""))
    notes.touch()
    noter.write_text(_NOTER)
    commands = {
        "idle": "cat",
        "echo": "cat",
        "await": f"printf '$ '; : < {go}; while :; do cat {log}; done",
        "note": f"exec {sys.executable} {noter} {notes}",
    }
    settings = home / "tmux.conf"
    settings.write_text(f"set -g history-limit {HISTORY}\nset -g default-command ''\n")
    environment = clean_environment(home, TMUX_TMPDIR=str(home))

    def call(*arguments: str) -> str:
        command = ["tmux", "-L", "many", "-f", str(settings), *arguments]
        return subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, check=True).stdout

    size = ("-x", str(cols), "-y", str(rows))
    first, *others = [commands[each] for each in what]
    call("new-session", "-d", *size, "sh", "-c", first)
    for other in others:
        if tiled:
            call("split-window", "-d", "sh", "-c", other)
            call("select-layout", "tiled")
        else:
            call("new-window", "-d", "sh", "-c", other)
    server = int(call("display-message", "-p", "#{pid}"))
    attach = ("tmux", "-L", "many", "attach")
    seen = 0

    def noted(count: int) -> list[float]:
        nonlocal seen
        found: list[str] = []

        def have_come() -> bool:
            found[:] = notes.read_text().split("\n")[seen:-1]
            return len(found) >= count

        wait_until_sync("the keys have come", have_come, 20)
        seen += count
        return list(map(float, found[:count]))

    def begin() -> None:
        go.write_bytes(b"")

    try:
        with PtyApp([], environment, cols=cols, rows=rows, program=attach) as app:
            read_for(app, 1)
            if "note" in what:
                call("set-option", "-w", "synchronize-panes", "on")
            yield Running(app, Watched(server, app.pid), begin, noted)
    finally:
        call("kill-server")


# Frames


Area = tuple[int, int, int, int]
"""Column, row, width and height of a part of a screen."""


def frames_of(printed: Sequence[tuple[float, bytes]], areas: Sequence[Area], size: tuple[int, int]) -> list[int]:
    """How often each area of a screen of that size looked different after a read of what was printed. Two frames that
    come with one read count as one."""
    screen = pyte.Screen(*size)
    stream = pyte.ByteStream(screen)
    before, changes = [""] * len(areas), [0] * len(areas)
    for _, data in printed:
        stream.feed(data)
        lines = screen.display
        for place, (x, y, width, height) in enumerate(areas):
            seen = "\n".join(line[x : x + width] for line in lines[y : y + height])
            changes[place] += seen != before[place]
            before[place] = seen
    return changes
