"""An hour with exactly the README's policy, and what its table adds: nothing is denied that the page says is enough."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Run
from tests.support.lab_thread import LabThread, lab_thread
from tests.support.pty_app import PtyApp, clean_environment
from tests.support.readme_policy import permission_statements, policies, readme_policy, whole_policy
from tests.support.wait import wait_until_sync

LEADER = "\x1d"
COLS, ROWS = 120, 40
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def lab() -> Iterator[LabThread]:
    with lab_thread(nodes=48, colleagues=2) as lab:
        yield lab


@pytest.fixture
def environment(lab: LabThread, home: Path) -> dict[str, str]:
    return clean_environment(home, **lab.environment)


_asked = count(1)


def process(app: PtyApp, tab: int) -> str:
    """The process id of the shell in that tab, which it is asked for in a word of its own."""
    word = f"mine{next(_asked)}"
    app.send(f"{LEADER}{tab}")
    app.send(f"\x15echo {word[:2]}''{word[2:]}:$$\r")
    app.wait_until("an answer", lambda: re.search(rf"{word}:\d+", app.text))
    return re.findall(rf"{word}:(\d+)", app.text)[-1]


def asked(lab: LabThread) -> set[str]:
    """The actions that AWS was asked for."""
    return {one.action for one in lab.judgements}


def denied(lab: LabThread) -> set[str]:
    return {one.action for one in lab.judgements if one.denial is not None}


def actions(statements: Iterable[Mapping[str, Any]]) -> set[str]:
    """Those that the statements name, patterns as they are written."""
    return {str(action) for one in statements for action in listed(one["Action"])}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_an_hour_with_exactly_the_readmes_policy(lab: LabThread, environment: dict[str, str], run: Run) -> None:
    lab.allow(policies(readme_policy()))
    others = set(lab.active)
    with PtyApp(["--open", "name:=web-1|name:=web-2"], environment, cols=COLS, rows=ROWS) as app:
        app.wait_for_text("2 open")
        app.send("\r")
        app.wait_until_gone("2 open")
        shells = {tab: process(app, tab) for tab in (2, 3)}
        lab.cut(clients=2)  # the network breaks
        assert {tab: process(app, tab) for tab in (2, 3)} == shells
        for _ in range(2):  # AWS closes every connection about once an hour
            lab.say_bye()
            assert {tab: process(app, tab) for tab in (2, 3)} == shells
        app.send(LEADER + "d")
        app.wait_for_text("; what they would add is missing")
        (lacks,) = re.findall(r"Not read: (.*);", app.text)
        assert set(lacks.split(", ")) == {"EC2", "ECS", "tags of hybrid nodes"}
        app.send("q")
        app.wait_for_text("2 live sessions will be terminated")
        app.send("D")
        assert app.wait_for_exit() == 0
    with PtyApp([], environment, cols=COLS, rows=ROWS) as app:
        app.wait_for_text("2 sessions that you left alive")
        app.wait_for_text("ssm:DescribeSessions is denied")
        app.answer("2 sessions that you left alive", "\r")
        app.wait_for_text("2 shells are back")
        assert {tab: process(app, tab) for tab in (2, 3)} == shells, "the same processes"
        app.send("exit\r")
        app.wait_for_text("ended")
        app.send(LEADER + "d")
        app.wait_for_text("48 nodes")
        app.send("q")
        app.wait_for_text("terminated")
        app.send("y")
        assert app.wait_for_exit() == 0
        assert b"not confirmed" not in app.output
    assert set(lab.active) == others
    told = run("doctor", "web-1")
    assert told.returncode == 0
    assert "No problem was found" in told.stdout
    needed, more = actions(readme_policy()["Statement"]), actions(permission_statements())
    assert needed <= asked(lab), "no more than is used"
    assert not denied(lab) & needed
    assert denied(lab) <= more, "what is tried beyond the policy is in the table"


def test_with_the_readmes_table_nothing_is_denied(lab: LabThread, environment: dict[str, str], run: Run) -> None:
    lab.allow(policies(whole_policy()))
    container = lab.container("catalog")
    for arguments, stdin in (
        (("nodes", "tag:env=prod"), ""),
        (("sessions",), ""),
        (("databases", "web-1"), ""),
        (("doctor", "web-1"), ""),
        (("connect", "web-1"), "exit\n"),
        (("connect", "web-1", "--document-name", "Ops-EncryptedShell"), "exit\n"),
        (("connect", "web-1", "--document-name", "Ops-SystemReport"), ""),
        (("connect", container), "exit\n"),
        (("proxy", "web-1", "1", "--instance-connect", "ec2-user"), ""),
    ):
        told = run(*arguments, stdin=stdin)
        assert "denied" not in (told.stdout + told.stderr).lower(), (arguments, told.stdout, told.stderr)
    for destination in ("0:1", "0:db.internal:1"):
        for target in ("web-1", container):
            forward(environment, target, destination)
    with PtyApp(["--open", "name:=web-1"], environment, cols=COLS, rows=ROWS) as app:
        app.wait_for_text(":~$")
        before = process(app, 2)
        lab.say_bye()
        assert process(app, 2) == before
        app.send(LEADER + "d")
        app.wait_for_text("1 of ")
        app.send("A")
        app.wait_for_text("tab regions")
        app.send("\t")
        wait_until_sync("the regions", lambda: "ec2:DescribeRegions" in asked(lab))
        app.wait_for_text("af-south-1")
        app.send("\x1b")
        app.wait_until_gone("af-south-1")
        app.send("\x1b")
        app.wait_until_gone("tab regions")
        app.send("s")
        app.wait_for_text("Ops-SystemReport")
        app.send("\x1b")
        app.wait_until_gone("Ops-SystemReport")
        app.send("q")
        app.wait_for_text("terminated")
        app.send("y")
        assert app.wait_for_exit() == 0
    assert denied(lab) == set()
    unused = {
        pattern
        for pattern in actions(whole_policy()["Statement"])
        if not any(fnmatchcase(action, pattern) for action in asked(lab))
    }
    assert unused == {
        "rds-db:connect",  # a token is signed here, and judged by the database
        "ssm:DescribeDocument",  # where GetDocument is denied
        "ssm:ListNodes",
        "ssm:ListResourceDataSync",
        "ssm:StartAccessRequest",
        "ssm:GetAccessToken",
    }, "what the table names for nothing"


def forward(environment: dict[str, str], target: str, destination: str) -> None:
    """Open a tunnel, and close it again."""
    with subprocess.Popen(
        [sys.executable, "-m", "ssmtui", "forward", target, destination, "--json"],
        env=environment,
        cwd=environment["HOME"],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        seen = []
        for line in process.stdout:
            seen.append(json.loads(line))
            if seen[-1]["event"] in ("ready", "failed"):
                break
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert seen[-1]["event"] == "ready", seen
