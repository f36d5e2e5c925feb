"""``ssmtui connect`` on a service that cuts the connection again and again: what it says where, and what it leaves."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.lab_process import serve_lab
from tests.support.lab_thread import LabThread, lab_thread
from tests.support.pty_app import PtyApp, clean_environment

WORDS = "Connection lost"
HURRIED = """if True:
    from ssmtui.cli import overlay
    from ssmtui.cli.main import main

    overlay.LASTING = 1.0
    main()
"""
"""The program with a trouble that counts as lasting after a second."""


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Iterator[LabThread]:
    """A lab whose ResumeSession takes as long as the test asks for: each outage lasts so long."""
    with lab_thread(nodes=1, faults=f"slow=ResumeSession:{request.param}") as serving:
        yield serving


@pytest.fixture
def environment(home: Path, lab: LabThread) -> dict[str, str]:
    """The environment of somebody whose connection does not last."""
    return clean_environment(home, **lab.environment)


def titles(app: PtyApp) -> list[str]:
    return [found.decode() for found in re.findall(rb"\x1b\]2;(web-1: [^\x07]*)\x07", app.output)]


def rows(app: PtyApp) -> list[str]:
    return app.text.split("\n")


def told(app: PtyApp, words: str) -> int:
    return sum(words in title for title in titles(app))


@pytest.mark.parametrize("lab", ["3s"], indirect=True)
def test_fault_1_2_each_outage_and_resume_is_in_the_title_and_a_full_screen_program_is_as_it_was(
    lab: LabThread, environment: dict[str, str]
) -> None:
    program = (sys.executable, "-c", HURRIED)
    with PtyApp(["connect", "web-1"], environment, cols=80, rows=24, program=program) as app:
        app.wait_for_text("web-1:~$")
        app.send("seq 10 99 > list; less list\r")
        app.wait_for_text("\n32\nlist")
        before = rows(app)
        for outage in (1, 2):
            lab.say_bye()
            app.wait_until("the outage in the title", lambda number=outage: told(app, WORDS) == number)
            assert rows(app) == before, "the screen is the program's"
            app.wait_until("the outage in the last line", lambda: WORDS in rows(app)[-1])
            assert rows(app)[:-1] == before[:-1]
            app.wait_until("the resume in the title", lambda number=outage: told(app, "Connected again") == number)
            app.wait_until("the screen as it was", lambda: rows(app) == before)
        app.send("G")
        app.wait_for_text("\n99\n")  # what is typed has its effect where it is seen
        app.send("q\r~.")
        app.wait_for_exit()
        assert app.private_modes & {"1049"} == set()
        assert app.output.count(b"\x1b[22;2t") == app.output.count(b"\x1b[23;2t") > 0
        assert app.modes == app.cooked


@pytest.mark.parametrize("lab", ["7s"], indirect=True)
def test_fault_1_2_at_a_prompt_nothing_is_lost_from_the_screen(lab: LabThread, environment: dict[str, str]) -> None:
    with PtyApp(["connect", "web-1"], environment, cols=80, rows=24) as app:
        app.wait_for_text("web-1:~$")
        app.send("echo $((6*7)) typed\r")
        app.wait_for_text("\n42 typed\n")
        lab.say_bye()
        app.wait_until("the outage in the last line", lambda: WORDS in rows(app)[-1])
        app.send("echo kept $((7*8))\r")
        app.wait_for_text("\nkept 56")
        assert "42 typed" in app.text
        assert WORDS not in app.text
        app.send("\r~.")
        app.wait_for_exit()


@pytest.mark.parametrize("lab", ["3s"], indirect=True)
def test_fault_2_after_a_flood_the_screen_is_as_it_was(lab: LabThread, environment: dict[str, str]) -> None:
    """The engine that is made for the outage has had only the latest output."""
    program = (sys.executable, "-c", HURRIED)
    with PtyApp(["connect", "web-1"], environment, cols=80, rows=24, program=program) as app:
        app.wait_for_text("web-1:~$")
        app.send("seq 1 250000; echo floo''ded\r")
        app.wait_for_text("\n250000\nflooded\nssm-user@web-1:~$", timeout=60)
        before = rows(app)
        lab.say_bye()
        app.wait_until("the outage in the last line", lambda: WORDS in rows(app)[-1])
        assert rows(app)[:-1] == before[:-1]
        app.wait_until("the resume in the title", lambda: told(app, "Connected again"))
        app.wait_until("the screen as it was", lambda: rows(app) == before)
        app.send("echo kept $((7*8))\r")
        app.wait_for_text("\nkept 56")
        assert "flooded" in app.text
        app.send("\r~.")
        app.wait_for_exit()


@pytest.mark.parametrize("lab", ["3s"], indirect=True)
def test_fault_2_what_was_above_the_session_is_there_again_after_a_long_outage(
    lab: LabThread, environment: dict[str, str]
) -> None:
    (Path(environment["HOME"]) / "hurried.py").write_text(HURRIED)
    shell = PtyApp(["--norc", "-i"], {**environment, "PS1": "local> "}, program=("/bin/bash",), cols=80, rows=24)
    with shell as app:
        app.wait_for_text("local>")
        app.send("seq 7 12\r")
        app.wait_for_text("\n12\nlocal>")
        app.send(f"{sys.executable} hurried.py connect web-1\r")
        app.wait_for_text("\nssm-user@web-1:~$")
        app.send("echo $((6*7)) typed\r")
        app.wait_for_text("\n42 typed\n")
        before = rows(app)
        assert "12" in before
        lab.say_bye()
        app.wait_until("the outage in the last line", lambda: WORDS in rows(app)[-1])
        assert "42 typed" in app.text
        app.wait_until("the resume in the title", lambda: told(app, "Connected again"))
        app.wait_until("the screen as it was", lambda: rows(app) == before)
        app.send("echo kept $((7*8))\r")
        app.wait_for_text("\nkept 56")
        assert rows(app)[: before.index("12")] == before[: before.index("12")]
        app.send("\r~.")
        app.wait_for_text("ended")


def test_fault_1_without_a_terminal_each_outage_and_each_resume_is_on_standard_error(
    home: Path, tmp_path: Path
) -> None:
    with (
        serve_lab(tmp_path, "--nodes", "1", "--faults", "bye=500ms") as (exports, _),
        subprocess.Popen(
            [sys.executable, "-m", "ssmtui", "connect", "web-1"],
            env=clean_environment(home, **exports),
            cwd=home,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stderr is not None
        words = [process.stderr.readline() for _ in range(4)]
        process.kill()
    assert [WORDS in line for line in words] == [True, False, True, False]
    assert words[1] == words[3] == "ssmtui: Connected again; the session goes on.\n"
