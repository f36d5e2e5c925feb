"""Yesterday's tabs in the real program, whatever yesterday's program died of."""

import json
import os
import signal
from pathlib import Path

from tests.support.pty_app import PtyApp

LEADER = "\x1d"


def titles(file: Path) -> list[str]:
    if not file.exists():
        return []
    last = json.loads(file.read_text(encoding="utf-8"))["workspaces"].get("last", {"tabs": []})
    return [tab["title"] for tab in last["tabs"]]


def test_tabs_come_back_after_the_program_was_killed(environment: dict[str, str], home: Path):
    with PtyApp([], environment) as app:
        app.wait_for_text("20 nodes")
        app.send("\r")
        app.wait_for_text(":~$")
        app.send(LEADER + ",")
        app.wait_for_text("Rename the tab")
        app.send("\x15my shell\r")
        app.wait_for_text("2 my shell")
        app.send(LEADER + "d")
        app.wait_for_text("enter shell")
        app.send("jj\r")
        app.wait_for_text(":~$")
        app.send("MARK='of the first run'; echo mar''ked\r")
        app.wait_for_text("marked")
        (file,) = home.rglob("workspaces.json")
        app.wait_until("both tabs are kept", lambda: len(titles(file)) == 2)
        kept = titles(file)
        assert kept[0] == "my shell"
        os.kill(app.pid, signal.SIGKILL)
        app.wait_for_exit()

    with PtyApp(["--workspace", "last"], environment) as app:
        app.wait_for_text("2 shells would come back")
        app.send("\r")
        app.wait_for_text("2 open")
        app.send("\x1b")
        app.wait_until_gone("2 open")
        app.wait_for_text(f"2 my shell ● │ 3 {kept[1]}")
        app.wait_for_text(":~$")
        app.send("echo ba''ck $MARK\r")
        app.wait_for_text("back of the first run")


def test_what_a_filter_finds_is_tiled_and_comes_back_tiled(environment: dict[str, str], home: Path):
    def beside_each_other(app: PtyApp) -> bool:
        """Whether a row of the screen has the prompts of two nodes."""
        return any(row.count(":~$") == 2 for row in app.text.splitlines())

    with PtyApp(["--open", "name:web-1|name:web-2", "--tiled"], environment) as app:
        app.wait_until("two panes", lambda: beside_each_other(app))
        (file,) = home.rglob("workspaces.json")

        def layouts() -> list[dict[str, object]]:
            return list(json.loads(file.read_text(encoding="utf-8"))["workspaces"]["last"]["layouts"])

        app.wait_until("the layout is kept", lambda: len(layouts()) == 1)
        os.kill(app.pid, signal.SIGKILL)
        app.wait_for_exit()

    with PtyApp(["--workspace", "last"], environment) as app:
        app.wait_for_text("2 shells would come back")
        app.send("\r")
        app.wait_until("two panes again", lambda: beside_each_other(app))
        app.send("echo ba''ck\r")
        app.wait_for_text("back")
