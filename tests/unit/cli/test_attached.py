"""``ssmtui connect`` in a pty, on a service in memory: what is left at the service and on the terminal at the end."""

from __future__ import annotations

import asyncio
import os
import signal
import termios
from collections.abc import AsyncIterator, Iterator

import pytest

from ssmtui.cli import attached
from ssmtui.cli.attached import AttachedSession
from ssmtui.cli.overlay import TerminalOverlay
from ssmtui.errors import AccessDenied
from ssmtui.local_terminal import LocalTerminal
from ssmtui.model import StartRequest
from ssmtui.tasks import Tasks
from tests.support.memory import MemoryService
from tests.support.pty_pair import PtyPair
from tests.support.wait import wait_until


class Stage(PtyPair):
    """A service, and the terminal that sessions are attached to."""

    def __init__(self) -> None:
        super().__init__()
        self.service = MemoryService()
        self.tasks = Tasks("test")

    def run(self, *, detaches: bool = False) -> asyncio.Task[None]:
        """A session that runs."""
        service = self.service
        request = StartRequest("i-1")
        self.attached = AttachedSession(request, service, service, escapes=True, read_only=False, detaches=detaches)
        return self.tasks.start("run", self.attached.run(), awaited=True)

    async def open(self) -> None:
        """Return once the session is open and the terminal is raw."""
        await self.speak()
        await wait_until("a raw terminal", lambda: termios.tcgetattr(self.slave) != self.cooked)

    async def speak(self) -> None:
        """Have the node print a prompt."""
        await wait_until("the agent", lambda: "session-1" in self.service.agents)
        self.service.agents["session-1"].say(b"$ ")

    async def close(self) -> None:
        await self.tasks.close()
        await self.service.close()
        self.close_ends()


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    made = Stage()
    monkeypatch.setattr(attached, "LocalTerminal", lambda: LocalTerminal(made.slave, made.slave))
    monkeypatch.setenv("TERM", "xterm-256color")
    yield made
    await made.close()


class DefectError(Exception):
    """Nobody expects it."""


async def breaks(self: object) -> None:
    raise DefectError


async def test_a_defect_in_the_keyboard_leaves_no_session(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def read(self: LocalTerminal) -> bytes:
        raise DefectError

    gate = asyncio.Event()
    terminate = stage.service.terminate_session

    async def slowly(session_id: str) -> None:
        await gate.wait()
        await terminate(session_id)

    monkeypatch.setattr(stage.service, "terminate_session", slowly)
    monkeypatch.setattr(LocalTerminal, "read", read)
    running = stage.run()
    await stage.speak()
    await wait_until("the terminal as it was", lambda: stage.shows(b"\x1b[?2026l") or running.done())
    gate.set()
    with pytest.raises(DefectError):
        await running
    assert stage.service.terminated == ["session-1"]
    assert termios.tcgetattr(stage.slave) == stage.cooked


async def test_a_defect_at_the_end_leaves_no_session_and_the_terminal_as_it_was(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TerminalOverlay, "close", breaks)
    running = stage.run()
    await stage.open()
    os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(DefectError):
        await running
    assert stage.service.terminated == ["session-1"]
    assert termios.tcgetattr(stage.slave) == stage.cooked


@pytest.mark.parametrize(
    ("number", "detaches", "stays"),
    [
        (signal.SIGHUP, True, True),
        (signal.SIGTERM, True, True),
        (signal.SIGHUP, False, False),
        (signal.SIGTERM, False, False),
        (signal.SIGINT, True, False),
        (signal.SIGQUIT, True, False),
    ],
)
async def test_a_signal_leaves_or_ends_the_session(
    stage: Stage, capsys: pytest.CaptureFixture[str], number: signal.Signals, detaches: bool, stays: bool
) -> None:
    running = stage.run(detaches=detaches)
    await stage.open()
    os.kill(os.getpid(), number)
    await running
    assert stage.service.terminated == ([] if stays else ["session-1"])
    assert termios.tcgetattr(stage.slave) == stage.cooked
    said = capsys.readouterr().err
    assert ("`ssmtui attach session-1` goes on with it" in said) is stays
    assert "did not confirm" not in said


@pytest.mark.parametrize("detaches", [True, False])
async def test_a_terminal_that_goes_leaves_or_ends_the_session(stage: Stage, detaches: bool) -> None:
    running = stage.run(detaches=detaches)
    await stage.open()
    os.close(stage.master)
    stage.master = os.open(os.devnull, os.O_RDONLY)
    await running
    assert stage.service.terminated == ([] if detaches else ["session-1"])


async def test_a_session_that_no_client_could_take_over_is_ended_all_the_same(stage: Stage) -> None:
    started = asyncio.Event()
    stage.service.start_gate = started
    running = stage.run(detaches=True)
    await wait_until("StartSession is under way", lambda: stage.service.started)
    os.kill(os.getpid(), signal.SIGHUP)
    await wait_until("the signal", lambda: stage.attached.was_interrupted)
    started.set()
    await running
    assert stage.service.terminated == ["session-1"]


@pytest.mark.parametrize("resumes", [True, False], ids=["denied at the end", "denied to resume, too"])
async def test_w1b_a_policy_without_terminate_session_is_reported_once_at_the_end(
    stage: Stage, capsys: pytest.CaptureFixture[str], resumes: bool
) -> None:
    lacking = "The caller needs ssm:TerminateSession on arn:*:ssm:*:*:session/*."
    denied = AccessDenied("jane is not authorized", code="AccessDeniedException", remedy=lacking)
    stage.service.refuse_terminate = denied
    running = stage.run()
    await stage.open()
    if resumes:
        os.kill(os.getpid(), signal.SIGTERM)
        await running
    else:
        stage.service.refuse_resume = denied
        stage.service.agents["session-1"].link.break_off()
        with pytest.raises(AccessDenied, match="not resume them"):
            await running
    assert termios.tcgetattr(stage.slave) == stage.cooked
    said = capsys.readouterr().err
    assert said.count("ssmtui: Your policy does not let you end sessions, and probably not resume them") == resumes
    assert said.count("AWS closes each connection about once an hour") == resumes
    assert said.count(lacking) == resumes


HANDLED = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGWINCH,
    signal.SIGTSTP,
    signal.SIGCONT,
)


@pytest.fixture
def dispositions() -> Iterator[dict[signal.Signals, object]]:
    """What is done with the signals that connect handles: one has a handler, one is ignored, the others have the
    default; and the process's own are put back."""
    before = {number: signal.getsignal(number) for number in HANDLED}
    made: dict[signal.Signals, object] = dict.fromkeys(HANDLED, signal.SIG_DFL)
    made |= {signal.SIGTERM: lambda number, frame: None, signal.SIGHUP: signal.SIG_IGN}
    for number, handler in made.items():
        signal.signal(number, handler)  # type: ignore[arg-type]
    yield made
    for number, was in before.items():
        signal.signal(number, was)


@pytest.mark.parametrize("end", ["signal", "defect"])
async def test_a6_connect_puts_the_dispositions_of_signals_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, dispositions: dict[signal.Signals, object], end: str
) -> None:
    if end == "defect":
        monkeypatch.setattr(TerminalOverlay, "close", breaks)
    running = stage.run()
    await stage.open()
    during = {number: signal.getsignal(number) for number in HANDLED}
    assert {number for number in HANDLED if during[number] != dispositions[number]} == {*HANDLED} - {signal.SIGHUP}
    os.kill(os.getpid(), signal.SIGQUIT)
    if end == "defect":
        with pytest.raises(DefectError):
            await running
    else:
        await running
    assert {number: signal.getsignal(number) for number in HANDLED} == dispositions
