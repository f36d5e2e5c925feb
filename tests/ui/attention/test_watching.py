"""Watching a session from its pane: the dialog, the command, and how it is said."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ssmtui import desktop
from ssmtui.config.settings import Settings
from ssmtui.layout import Layout
from ssmtui.sessions.states import SessionState
from ssmtui.sessions.watching import NO_WATCH, Watch, WatchHit, WatchKind
from ssmtui.terminal.marks import Find
from ssmtui.ui.attention.hook import MOST_LASTING
from tests.support.wait import wait_until
from tests.ui.harness import Harness

ENDED = WatchHit(1, WatchKind.END, code=1, seconds=80.0)


class Terminal:
    """What the outer terminal gets of an app."""

    def __init__(self, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
        self.printed: list[str] = []
        self.bells = 0
        monkeypatch.setattr(harness.app, "print_sequence", self.printed.append)
        monkeypatch.setattr(harness.app, "bell", self._ring)

    def _ring(self) -> None:
        self.bells += 1


async def test_the_leader_and_m_watch_for_the_end_and_again_no_more() -> None:
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press("f12", "m")
        await harness.shows("tell me when", "Its command ends", "It is silent for 30 s", "It is silent for 5 min")
        await harness.press("enter")
        await harness.tells("is watched for the end of its command")
        assert harness.manager.snapshot(key).watch == Watch(end=True)
        await harness.shows("watched")
        await harness.press("f12", "m")
        await harness.shows("watched; enter takes it off", "Watch it no more")
        await harness.press("enter")
        await harness.tells("is watched no more")
        assert harness.manager.snapshot(key).watch == NO_WATCH


async def test_a_text_that_is_typed_is_waited_for_and_a_wrong_expression_is_refused() -> None:
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press("f12", "m", *"oops", "enter")
        await harness.tells("is watched for lines with oops")
        assert harness.manager.snapshot(key).watch == Watch(find=Find("oops"))
        await harness.command("watch", "/(/")
        await harness.tells("is no regular expression")
        await harness.command("watch", "silence 45")
        assert harness.manager.snapshot(key).watch == Watch(silence=45.0, find=Find("oops"))


async def test_a_hit_out_of_sight_is_said_rings_notifies_and_marks_the_tab(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Harness(settings=Settings(notify="osc777")).run() as harness:
        first, _ = await harness.open_two()
        terminal = Terminal(harness, monkeypatch)
        harness.manager.hits(first, ENDED)
        await harness.tells("Its command has ended with exit 1 after 1 min")
        title = harness.manager.snapshot(first).title
        assert terminal.bells == 1
        assert terminal.printed == [f"\x1b]777;notify;{title};Its command has ended with exit 1 after 1 min\a"]
        await harness.shows("◆")
        await harness.press("f12", "a")
        assert harness.app.panes.session is not None
        assert harness.app.panes.session.key == first
        await wait_until("its mark is gone", lambda: "◆" not in harness.text())


async def test_a_hit_in_sight_shows_no_notification(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Harness(settings=Settings(notify="osc777")).run() as harness:
        await harness.ready()
        key = await harness.open_session()
        terminal = Terminal(harness, monkeypatch)
        harness.manager.hits(key, WatchHit(1, WatchKind.FOUND, "ERROR [red]disk", 1))
        await harness.tells("Printed 1 line that you watch for: ERROR [red]disk")
        assert (terminal.bells, terminal.printed) == (1, [])
        harness.app.app_focus = False
        harness.manager.hits(key, WatchHit(2, WatchKind.FOUND, "ERROR secret", 1))
        assert len(terminal.printed) == 1
        assert "secret" not in terminal.printed[0]


async def test_while_a_session_has_the_terminal_alone_it_is_slipped_in_also_for_one_beside_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Harness(settings=Settings(notify="osc777")).run((121, 40)) as harness:
        first, second = await harness.open_two()
        harness.app.panes.gather(Layout.of([first, second]))
        terminal = Terminal(harness, monkeypatch)
        harness.manager.native = first
        harness.manager.hits(second, ENDED)
        assert (terminal.bells, terminal.printed) == (0, [])
        assert harness.manager.slipped.startswith(b"\a\x1b]777;notify;")


async def test_the_command_of_the_settings_is_run_with_the_facts(tmp_path: Path) -> None:
    file = tmp_path / "facts"
    write = "import os,sys; open(sys.argv[1], 'w').write(os.environ['WATCH_EVENT'] + os.environ['WATCH_EXIT_CODE'])"
    settings = Settings(notify="off", notify_command=(sys.executable, "-c", write, str(file)))
    async with Harness(settings=settings).run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.manager.hits(key, ENDED)
        await wait_until("it has run", lambda: file.exists() and file.read_text() == "end1")
        assert not harness.defects


async def test_a_command_that_fails_is_said_once() -> None:
    async with Harness(settings=Settings(notify="off", notify_command=("no-such-program",))).run() as harness:
        await harness.ready()
        key = await harness.open_session()
        for number in range(1, 40):
            harness.manager.hits(key, WatchHit(number, WatchKind.SILENCE, seconds=30.0))
        await harness.tells("The command of the setting notify_command failed: no-such-program")
        said = [one for one in harness.app._notifications if "notify_command" in one.message]
        assert len(said) == 1


async def test_a_command_that_stays_is_not_called_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desktop, "TIMEOUT", 0.01)
    called, end = tmp_path / "called", tmp_path / "end"
    os.mkfifo(end)
    stay = f"echo x >> {called}; cat {end}"
    settings = Settings(notify="off", notify_command=("sh", "-c", stay))
    async with Harness(settings=settings).run() as harness:
        await harness.ready()
        key = await harness.open_session()
        for number in range(1, 15):
            harness.manager.hits(key, WatchHit(number, WatchKind.SILENCE, seconds=30.0))
        await harness.tells("sh still runs from earlier calls, and is not called again until it ends")
        await wait_until("all have begun", lambda: called.exists() and called.read_text().count("x") == MOST_LASTING)
        end.write_text("")  # all of them end


async def test_one_that_is_over_when_the_dialog_is_answered_is_not_said_to_be_watched() -> None:
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press("f12", "m")
        harness.manager.becomes(key, SessionState.ENDED)
        await harness.press("enter")
        await harness.tells("is over: there is nothing left to watch")
        assert harness.manager.snapshot(key).watch == NO_WATCH


async def test_what_is_over_cannot_be_watched() -> None:
    async with Harness().run() as harness:
        assert harness.app.registry["watch"].disabled_reason() == "This tab holds no session"
