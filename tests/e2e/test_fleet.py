"""The fleet in the real program: several accounts at once, odd nodes, containers, approval, marks, the verbs beside it.

The company of the lab is played by one lab for all tests but those that stop or upset it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.lab_process import serve_lab
from tests.support.pty_app import PtyApp, clean_environment

LEADER = "\x1d"
COLS = 120
ODD = {
    "long-nnn": "long-nnnn",
    "עברית": "שרת",
    "東京サーバー": "🚀 web",
    "[red]not": "[red]not markup",
    "two name:*lines": "two␊lines",
    "name:*31mred*": "␛[31mred␛[0m␇",
}
"""Filters, and what of the odd names they find is on the screen."""
SECRET_BITS = ("ASIALAB", "SecretAccessKey", "TokenValue")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, str], int]]:
    """A lab that decides about access at once, and its process."""
    with serve_lab(tmp_path_factory.mktemp("company"), "--approve-after", "1") as serving:
        yield serving


def start(home: Path, exports: dict[str, str], *arguments: str) -> PtyApp:
    """The full-screen program in a wide terminal."""
    return PtyApp(arguments, clean_environment(home, **exports), cols=COLS, rows=36)


def choose(app: PtyApp, *profiles: str) -> None:
    """Tick AWS profiles in the picker of accounts, in addition, and list them."""
    app.send("A")
    app.wait_for_text("space tick")
    app.wait_for_text("□ management")
    for name in profiles:
        app.send(name)
        app.wait_for_text(f"  {name} ")
        app.wait_until_gone("□ management")
        app.send(" ")
        app.wait_for_text(f"■ {name}")
        app.send("\x15")
        app.wait_for_text("□ management")
    app.send("\r")
    app.wait_until_gone("space tick")


def narrow(app: PtyApp, words: str, shown: str) -> None:
    """Filter, and have the keys in the list."""
    app.send("/")
    app.wait_for_text("enter to the list")
    app.send("\x15" + words)
    app.wait_for_text(shown)
    app.send("\r")
    app.wait_for_text("enter shell")


def quit_idle(app: PtyApp) -> None:
    """Leave a program that has no sessions."""
    app.send("q")
    assert app.wait_for_exit() == 0


def test_scopes_stand_side_by_side_are_remembered_and_are_there_before_aws_answers(
    home: Path, company: tuple[dict[str, str], int]
) -> None:
    exports, lab = company
    with start(home, exports) as app:
        app.wait_for_text("role/Ops")
        choose(app, "staging", "audit", "legacy")
        app.wait_for_text("audit eu-central-1 denied")
        app.wait_for_text("legacy eu-west-1 signed out")
        app.wait_for_text("4 accounts")
        app.send("G")
        app.wait_for_text("worker-4")
        app.wait_until_gone("loading")
        narrow(app, "account:staging tag:role=web", " of ")
        app.wait_for_text("example-sta")
        app.send("e")
        app.wait_for_text("The caller needs the permission ssm:DescribeInstanceProperties")
        app.wait_for_text("Check its access key in ~/.aws/credentials")
        app.send("\x1b")
        app.wait_until_gone("Check its access key")
        quit_idle(app)
    for file in (home / ".cache").rglob("*.nodes"):
        os.utime(file, (time.time() - 7300,) * 2)
    os.kill(lab, signal.SIGSTOP)
    try:
        with start(home, exports) as app:
            app.wait_for_text("staging-worker-4")
            app.wait_for_text("2 h ago  listing…")
            narrow(app, "name:staging-web-1", "1 of ")
            os.kill(lab, signal.SIGCONT)
            app.wait_for_text("audit eu-central-1 denied")
            assert "name:staging-web-1" in app.text
            quit_idle(app)
    finally:
        os.kill(lab, signal.SIGCONT)


def test_a_container_is_two_letters_away_and_its_shell_takes_what_is_typed(
    home: Path, company: tuple[dict[str, str], int]
) -> None:
    with start(home, company[0]) as app:
        app.wait_for_text("checkout/app")
        narrow(app, "ch", "checkout/app")
        app.send("\r")
        app.wait_for_text("root@checkout-app")
        app.send("echo $((6*7))\r")
        app.wait_for_text("\n42")
        # What is under way to the node has more of the line while it is.
        app.wait_until("the task in the line", lambda: "ecs:" in app.text.split("\n")[1])


def test_a_node_behind_approval_is_asked_for_and_opens_by_itself(
    home: Path, company: tuple[dict[str, str], int]
) -> None:
    with start(home, company[0], "--aws-profile", "staging") as app:
        app.wait_for_text("staging-worker-4")
        narrow(app, "name:staging-db-primary", "1 of ")
        app.send("a")
        app.wait_for_text("required, at most 256 characters")
        app.send("\r")
        app.wait_for_text("say why you need it")
        app.send("restore a backup\r")
        app.wait_for_text("Somebody approves the access")
        app.wait_for_text("staging-db-primary:~$")
        assert "“restore a backup”" in app.text
        app.send("echo $((6*7))\r")
        app.wait_for_text("\n42")
        assert not any(bit.encode() in app.output for bit in SECRET_BITS)


def test_marked_nodes_are_opened_together(home: Path, company: tuple[dict[str, str], int]) -> None:
    with start(home, company[0]) as app:
        app.wait_for_text("role/Ops")
        narrow(app, "name:web-*", "web-1")
        app.send("   ")
        app.wait_for_text("3 marked")
        app.send("\r")
        app.wait_for_text("a tab each")
        app.send("\r")
        app.wait_for_text("web-1:~$")
        assert [f"{place} web-{place - 1}" in app.text.split("\n")[0] for place in (2, 3, 4)] == [True] * 3
        app.send(LEADER + "4")
        app.wait_for_text("web-3:~$")
        app.send(LEADER + "d")
        app.wait_for_text("enter shell")
        app.send("\x1b\x01")
        narrow(app, "is:online", " of ")
        app.send("\x01\r")
        app.wait_for_text("sessions?")


def misplaced(app: PtyApp) -> list[str]:
    """The rows of the table in which a column does not begin below its title."""
    rows = app.cells
    lines = ["".join(row) for row in rows]
    head = next(place for place, row in enumerate(rows) if "NODE ID" in "".join(row))
    foot = next(place for place, line in enumerate(lines) if line.startswith("── "))
    node_id, ping = lines[head].index("NODE ID"), lines[head].index("PING")
    return [
        lines[place]
        for place in range(head + 1, foot)
        if lines[place].strip()
        and not ("".join(rows[place][node_id:]).startswith(("i-", "mi-", "ecs:")) and rows[place][ping] in "●○")
    ]


def test_odd_nodes_stay_in_their_columns_and_what_was_not_read_is_told(home: Path, tmp_path: Path) -> None:
    faults = "odd-nodes,odd-tags,expire-token=2,deny=DescribeInstances,throttle=ListTasks:2"
    with serve_lab(tmp_path, "--nodes", "1200", "--faults", faults) as (exports, _), start(home, exports) as app:
        app.wait_for_text("Not read: EC2")
        app.wait_for_text("1,224 nodes")
        app.wait_until_gone("listing…")
        for name, seen in ODD.items():
            narrow(app, name, seen)
            assert " of 1,224" in app.text
            assert misplaced(app) == []
        app.send("d")
        app.wait_for_text("  ARN ")
        assert misplaced(app) == []
        app.send("e")
        app.wait_for_text("EC2: not read to the end")
        app.wait_for_text("ec2:DescribeInstances")
        app.send("\x1b")
        app.wait_until_gone("EC2: not read to the end")
        quit_idle(app)


def test_the_verbs_beside_it_say_the_same(home: Path, company: tuple[dict[str, str], int]) -> None:
    def ssmtui(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = clean_environment(home, **company[0])
        program = [sys.executable, "-m", "ssmtui", "--aws-profile", "staging", *arguments]
        return subprocess.run(
            program, env=environment, cwd=home, capture_output=True, text=True, timeout=40, check=False
        )

    listed = ssmtui("nodes", "is:stopped tag:role=web")
    assert listed.returncode == 0, listed.stderr
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["NAME", "staging-old-web-1"]
    told = ssmtui("doctor", "staging-old-web-1")
    assert told.returncode == 254
    assert "✗ The instance is stopped." in told.stdout
