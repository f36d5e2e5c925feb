"""From the start of the program to five shells of a killed one taken over, in a pty, with the lab in a process of its
own. Nothing fails by the clock.

pytest tests/benchmarks/test_take_over.py -m benchmark -s

A shell counts from when it can be typed into. The services are open once the nodes are listed: that is AWS's first
answer to what the program asks at its start.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

import pytest

from ssmtui.model import StartRequest, TerminalSize
from ssmtui.protocol import InputBounds
from ssmtui.sessions.taking_over import TakeOver
from tests.support.lab_process import serve_lab
from tests.support.lab_stack import lab_stack
from tests.support.pty_app import PtyApp, clean_environment
from tests.support.taking_over import Mortal

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(300)]

ROUNDS = 7
FIVE = "name:=web-1|name:=web-2|name:=web-3|name:=api-1|name:=api-2"
COLS, ROWS = 120, 40
OPEN = "●○"
"""The marks of tabs whose sessions are open, with new output and without."""


def are_open(app: PtyApp) -> bool:
    """Whether five tabs are."""
    tabs = app.text.split("\n", 1)[0]
    return sum(tabs.count(mark) for mark in OPEN) == 5


def is_listed(app: PtyApp) -> bool:
    """Whether the list of nodes is complete. It is out of sight once the first shell is back."""
    return "36 nodes" in app.text


def kill(app: PtyApp) -> None:
    os.kill(app.pid, signal.SIGKILL)
    app.wait_for_exit()


class Watch:
    """Seconds from a start, looked at often enough for the figures that are printed."""

    def __init__(self) -> None:
        self._began = time.perf_counter()

    def until(self, app: PtyApp, what: str, holds: Callable[[], bool]) -> float:
        app.wait_until(what, holds, 60)
        return time.perf_counter() - self._began


def begin(environment: Mapping[str, str]) -> None:
    """Five shells whose program is killed."""
    with PtyApp(["--open", FIVE], environment, cols=COLS, rows=ROWS) as app:
        app.wait_for_text("5 open")
        kill(app)


def told(name: str, seconds: list[float]) -> str:
    return f"  {name:46} {median(seconds):6.2f} s, at most {max(seconds):.2f}"


@pytest.mark.parametrize("restore", ["always", "ask"])
def test_five_shells(tmp_path: Path, restore: str) -> None:
    home = tmp_path / "home"
    settings = home / ".config" / "ssmtui" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'restore = "{restore}"\n')
    listed, back, after = [], [], []
    with serve_lab(tmp_path, "--nodes", "24") as (exports, _):
        environment = clean_environment(home, **exports)
        begin(environment)
        for _ in range(ROUNDS):
            watch = Watch()
            with PtyApp([], environment, cols=COLS, rows=ROWS) as app:
                listed.append(watch.until(app, "the nodes", lambda app=app: is_listed(app) or are_open(app)))
                if restore == "ask":
                    after.append(watch.until(app, "the question", lambda app=app: "are still alive" in app.text))
                    watch = Watch()
                    app.send("\r")
                back.append(watch.until(app, "five shells", lambda app=app: are_open(app)))
                kill(app)
    print(f"\nfive shells taken over, restore = {restore}, {ROUNDS} times")
    print(told("start to the list of nodes", listed))
    if restore == "ask":
        print(told("start to the question", after))
        print(told("Enter to five shells", back))
    else:
        print(told("start to five shells", back))
        print(told("list of nodes to five shells", [one - other for one, other in zip(back, listed, strict=True)]))


@pytest.mark.parametrize("known", [True, False], ids=["by the ledger", "by the id alone"])
async def test_the_core(known: bool) -> None:
    """Five sessions without a screen, the lab in the same process and its work counted in."""
    size = TerminalSize(COLS, ROWS)
    opened, answered = [], []
    async with lab_stack(nodes=24) as stack:
        request = StartRequest(await stack.target())
        for _ in range(ROUNDS):
            before = [Mortal(stack, request, size) for _ in range(5)]
            for one in before:
                await one.until_open()
                one.write(b"echo u''p\r")
            for one in before:
                await one.until(b"up\r")
            left = [TakeOver(one.session.session_id, await one.die() if known else InputBounds()) for one in before]
            for one in before:
                await one.die()
            began = time.perf_counter()
            clients = [Mortal(stack, request, size, each) for each in left]
            for one in clients:
                await one.until_open()
            opened.append(time.perf_counter() - began)
            for one in clients:
                one.write(b"echo ba''ck\r")
            for one in clients:
                await one.until(b"back\r")
            answered.append(time.perf_counter() - began)
            for one in clients:
                await one.die()
                await stack.gateway.terminate_session(one.session.session_id)
    print(f"\nfive sessions taken over {'by the ledger' if known else 'by their ids alone'}, {ROUNDS} times")
    print(told("until they can be typed into", opened))
    print(told("until all have answered a command", answered))
