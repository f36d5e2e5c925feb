"""Sessions that a process without a screen keeps, between one real program and the next."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Run
from tests.support.pty_app import PtyApp
from tests.support.wait import wait_until_sync

LEADER = "\x1d"
LINES = 6000
FLOOD = (
    f"i=0; while [ $i -lt {LINES} ]; do echo line-$i; i=$((i+1)); "
    "[ $((i%500)) = 0 ] && sleep 0.2; done; echo over-$mine\r"
)
"""As fast as a shell prints, with pauses: it takes more than two seconds."""


@pytest.fixture
def keeping(environment: dict[str, str], run: Run) -> Iterator[dict[str, str]]:
    """The environment of a person who wants a keeper; none runs any more at the end."""
    runtime = Path(tempfile.mkdtemp(prefix="ssmtui-run-"))
    places = {**environment, "XDG_RUNTIME_DIR": str(runtime), "SSMTUI_KEEPER": "true"}
    yield places
    run("keep", "--stop", **places)
    shutil.rmtree(runtime)


class Keepers:
    """What ``ssmtui keep --status`` says."""

    def __init__(self, run: Run, environment: dict[str, str]) -> None:
        self._run = run
        self._environment = environment

    @property
    def status(self) -> str:
        done = self._run("keep", "--status", **self._environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def keeps(self, count: int) -> int:
        """Wait until one keeper has so many sessions; its process id."""
        wait_until_sync(
            f"{count} are kept", lambda: self.status.count("  open, since") == count, report=lambda: self.status
        )
        (pid,) = re.findall(r"process (\d+), since", self.status)
        return int(pid)


@pytest.fixture
def keepers(run: Run, keeping: dict[str, str]) -> Keepers:
    return Keepers(run, keeping)


def open_shell(app: PtyApp) -> str:
    """A shell on the first node; its process id, which it keeps in a variable."""
    app.wait_for_text("20 nodes")
    app.send("\r")
    app.wait_for_text(":~$")
    app.send("mine=$$; echo is-$mine\r")
    app.wait_until("it says who it is", lambda: re.search(r"^\W*is-\d+", app.text, re.MULTILINE))
    found = re.search(r"is-(\d+)", app.text)
    assert found is not None
    return found[1]


def is_still_there(app: PtyApp, mine: str, once: str) -> None:
    """It is the same shell, and hears what is typed ``once`` that is shown."""
    app.wait_for_text(once)
    app.send("echo still-$mine\r")
    app.wait_for_text(f"still-{mine}")


def test_all_that_was_printed_while_nobody_looked_is_there(keeping: dict[str, str], keepers: Keepers) -> None:
    with PtyApp([], keeping) as app:
        mine = open_shell(app)
        app.send(FLOOD)
        app.wait_for_text("line-")
        app.send(LEADER + "D")
        assert app.wait_for_exit() == 0
        app.wait_for_text("is kept")
        assert f"line-{LINES - 1}" not in app.output.decode("utf-8", "replace"), "it left in the middle of it"
    keepers.keeps(1)
    with PtyApp(["attach"], keeping) as app:
        is_still_there(app, mine, f"over-{mine}")
        assert "taken over at" not in app.text, "nothing is missing"
        app.send(LEADER + "[g")
        app.wait_for_text(f"is-{mine}")
        app.wait_for_text("line-0")
        app.send("q")
        app.send(LEADER + "/line-2999\r")
        app.wait_for_text("line-2998")
        app.send("q")
        app.send("exit\r")
        app.wait_for_text("The session is over")
    wait_until_sync("the keeper has ended", lambda: not keepers.status, timeout=15)


def test_a_terminal_that_is_closed_leaves_its_shells_to_a_keeper(keeping: dict[str, str], keepers: Keepers) -> None:
    with PtyApp([], keeping) as app:
        mine = open_shell(app)
        app.send(FLOOD)
        app.wait_for_text("line-")
        app.hang_up()
        app.wait_for_exit()
    keepers.keeps(1)
    with PtyApp(["attach"], keeping) as app:
        is_still_there(app, mine, f"over-{mine}")
        app.send(LEADER + "[g")
        app.wait_for_text(f"is-{mine}")


def test_a_keeper_that_is_killed_costs_the_output_and_not_the_shell(keeping: dict[str, str], keepers: Keepers) -> None:
    with PtyApp([], keeping) as app:
        mine = open_shell(app)
        app.send(LEADER + "D")
        assert app.wait_for_exit() == 0
    os.kill(keepers.keeps(1), signal.SIGKILL)
    with PtyApp(["attach"], keeping) as app:
        is_still_there(app, mine, "taken over at")


def test_a_keeper_is_stopped_and_its_shells_stay(keeping: dict[str, str], keepers: Keepers, run: Run) -> None:
    with PtyApp([], keeping) as app:
        mine = open_shell(app)
        app.send(LEADER + "D")
        assert app.wait_for_exit() == 0
    pid = keepers.keeps(1)
    done = run("keep", "--stop", **keeping)
    assert f"process {pid} has ended; 1 session left alive" in done.stderr
    assert "nothing is kept" in run("keep", "--stop", **keeping).stderr
    with PtyApp(["attach"], keeping) as app:
        is_still_there(app, mine, "taken over at")


def test_what_was_left_alive_can_be_kept_later(keeping: dict[str, str], keepers: Keepers) -> None:
    without = {**keeping, "SSMTUI_KEEPER": "false"}
    with PtyApp([], without) as app:
        mine = open_shell(app)
        app.send(LEADER + "D")
        assert app.wait_for_exit() == 0
        app.wait_for_text("stays alive")
    assert not keepers.status
    with subprocess.Popen(
        [sys.executable, "-m", "ssmtui", "keep"], env=keeping, stderr=subprocess.PIPE, text=True
    ) as keeper:
        assert keeper.stderr is not None
        assert "keeping 1 session" in keeper.stderr.readline()
        assert keepers.keeps(1) == keeper.pid
        keeper.send_signal(signal.SIGINT)
        assert keeper.wait(20) == 0
    with PtyApp(["attach"], without) as app:
        is_still_there(app, mine, "taken over at")


def test_a_demo_and_two_wishes_at_once_are_refused(run: Run) -> None:
    assert run("--demo", "keep").returncode == 252
    assert run("keep", "--status", "--stop").returncode == 252
