"""Tunnels without a screen: what is reported, and how a run of them ends."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from ssmtui.cli import forwarding, long_wait
from ssmtui.cli.forwarding import FollowedTunnel, Happening, TunnelsEnd, TunnelsRun
from ssmtui.documents.port_forwards import Forward
from ssmtui.errors import AccessDenied, DocumentError, SsmtuiError, TargetNotConnected, UsageError
from ssmtui.forwards.tunnel import TunnelSnapshot, TunnelState
from ssmtui.forwards.unreached import unreached
from ssmtui.tasks import Tasks
from tests.support.snapshots import tunnel_snapshot
from tests.support.wait import wait_until


class FakeTunnels:
    """Tunnels whose snapshots the test sets."""

    def __init__(self, *tunnels: TunnelSnapshot) -> None:
        self.now = {each.key: each for each in tunnels}
        self.closings: list[float] = []
        self.restarted: list[int] = []
        self.may_close = asyncio.Event()
        self.may_close.set()
        self._viewers: list[Callable[[], None]] = []

    def snapshots(self) -> tuple[TunnelSnapshot, ...]:
        return tuple(self.now.values())

    def subscribe(self, viewer: Callable[[], None]) -> Callable[[], None]:
        self._viewers.append(viewer)
        return lambda: self._viewers.remove(viewer)

    def become(self, key: int = 1, **changes: Any) -> None:
        self.now[key] = self.now[key]._replace(**changes)
        for viewer in self._viewers:
            viewer()

    def restart(self, key: int) -> None:
        self.restarted.append(key)
        self.become(key, state=TunnelState.STARTING, error=None)

    async def close(self, timeout: float = 5.0) -> list[str]:
        self.closings.append(timeout)
        await self.may_close.wait()
        for key, each in self.now.items():
            if each.state.live:
                self.become(key, state=TunnelState.CLOSED)
        return ["session-9"]

    @property
    def is_watched(self) -> bool:
        return bool(self._viewers)


class Stage:
    """A run, and what it has reported."""

    def __init__(self, *tunnels: TunnelSnapshot, **how: bool) -> None:
        self.tunnels = FakeTunnels(*tunnels)
        self.reported: list[tuple[int, Happening]] = []
        self.run = TunnelsRun(self.tunnels, self._report, **how)  # type: ignore[arg-type]
        self.tasks = Tasks("test")
        self.task = self.tasks.start("run", self.run.run(), awaited=True)

    def _report(self, happening: Happening, tunnel: TunnelSnapshot) -> None:
        self.reported.append((tunnel.key, happening))

    async def reports(self, key: int, happening: Happening) -> None:
        await wait_until(f"{happening} of {key}", lambda: (key, happening) in self.reported, report=self.reported.copy)

    async def end(self) -> TunnelsEnd:
        async with asyncio.timeout(20):
            end: TunnelsEnd = await self.task
        assert not self.tunnels.is_watched
        return end


def snapshot(key: int = 1, state: TunnelState = TunnelState.STARTING, **more: Any) -> TunnelSnapshot:
    return tunnel_snapshot(key, Forward(80), state, **more)


async def test_what_happens_is_reported_until_it_is_stopped() -> None:
    stage = Stage(snapshot())
    stage.tunnels.become(local_port=8080)
    await stage.reports(1, Happening.LISTENING)
    stage.tunnels.become(state=TunnelState.OPEN)
    await stage.reports(1, Happening.OPEN)
    stage.run.stop()
    assert await stage.end() == TunnelsEnd(True, None, ["session-9"])
    assert [happening for _, happening in stage.reported] == [Happening.LISTENING, Happening.OPEN, Happening.CLOSED]
    assert stage.tunnels.closings == [forwarding.FAREWELL]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_it_with_130(number: signal.Signals) -> None:
    stage = Stage(snapshot(state=TunnelState.OPEN))
    await stage.reports(1, Happening.OPEN)
    os.kill(os.getpid(), number)
    assert (await stage.end()).exit_code == 130


async def test_a_second_signal_does_not_wait_for_the_service() -> None:
    stage = Stage(snapshot(state=TunnelState.OPEN))
    await stage.reports(1, Happening.OPEN)
    stage.tunnels.may_close.clear()
    os.kill(os.getpid(), signal.SIGINT)
    await wait_until("it closes", lambda: stage.tunnels.closings)
    assert not stage.task.done()
    os.kill(os.getpid(), signal.SIGINT)
    assert (await stage.end()).left_behind == []


async def test_the_others_go_on_where_one_fails_and_the_first_failure_is_the_result() -> None:
    stage = Stage(snapshot(1), snapshot(2))
    refused, later = UsageError("taken"), SsmtuiError("gone")
    stage.tunnels.become(1, state=TunnelState.FAILED, error=refused)
    await stage.reports(1, Happening.FAILED)
    stage.tunnels.become(2, state=TunnelState.OPEN)
    await stage.reports(2, Happening.OPEN)
    stage.tunnels.become(2, state=TunnelState.FAILED, error=later)
    end = await stage.end()
    assert end.error is refused
    assert not end.interrupted
    assert end.exit_code == 252


async def test_where_all_are_needed_one_failure_ends_all() -> None:
    stage = Stage(snapshot(1, TunnelState.OPEN), snapshot(2), all_needed=True)
    stage.tunnels.become(2, state=TunnelState.FAILED, error=UsageError("taken"))
    assert (await stage.end()).exit_code == 252
    assert stage.reported[-1] == (1, Happening.CLOSED)


async def test_a_patient_run_tries_again_what_may_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarding, "PAUSES", (0.0, 60.0))
    stage = Stage(snapshot(1), snapshot(2), patient=True)
    offline = TargetNotConnected("i-1")
    stage.tunnels.become(2, state=TunnelState.FAILED, error=UsageError("taken"))
    await stage.reports(2, Happening.FAILED)
    stage.tunnels.become(1, state=TunnelState.FAILED, error=offline, last_error=offline)
    await wait_until("it is started anew", lambda: stage.tunnels.restarted == [1])
    assert (1, Happening.RETRYING) in stage.reported
    assert (1, Happening.FAILED) not in stage.reported
    stage.tunnels.become(1, state=TunnelState.FAILED, error=offline, last_error=TargetNotConnected("i-1"))
    await wait_until("it is reported again", lambda: stage.reported.count((1, Happening.RETRYING)) == 2)
    stage.run.stop()
    end = await stage.end()
    assert end.interrupted
    assert isinstance(end.error, UsageError)
    assert stage.tunnels.restarted == [1], "the pause grows, and ends with the run"
    assert stage.reported[-1] == (1, Happening.CLOSED)


async def test_without_patience_it_has_failed_at_once() -> None:
    stage = Stage(snapshot())
    stage.tunnels.become(state=TunnelState.FAILED, error=TargetNotConnected("i-1"))
    assert (await stage.end()).exit_code == 254
    assert stage.tunnels.restarted == []


FORBIDDEN = unreached("169.254.169.254:80", "Forwarding to IP address 169.254.169.254 is forbidden.")


@pytest.mark.parametrize("error", [UsageError("taken"), AccessDenied("no"), DocumentError("no"), FORBIDDEN])
async def test_what_does_not_pass_fails_in_a_patient_run_too(error: SsmtuiError) -> None:
    stage = Stage(snapshot(), patient=True)
    stage.tunnels.become(state=TunnelState.FAILED, error=error)
    assert (await stage.end()).error is error


async def test_a_cancelled_run_closes_the_tunnels() -> None:
    stage = Stage(snapshot(1, TunnelState.OPEN))
    await stage.reports(1, Happening.OPEN)
    stage.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stage.end()
    assert stage.tunnels.closings


async def test_a_start_that_takes_long_says_what_is_awaited(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(long_wait, "PATIENCE", 0.0)
    stage = Stage(snapshot(1), snapshot(2))
    said: list[str] = []
    await wait_until("words", lambda: said.append(capsys.readouterr().err) or any(said))
    assert "Waiting for 2 tunnels" in "".join(said)
    stage.tunnels.become(1, state=TunnelState.OPEN)
    stage.tunnels.become(2, state=TunnelState.OPEN)
    await stage.reports(2, Happening.OPEN)
    stage.run.stop()
    await stage.end()


def test_happenings_of_one_tunnel() -> None:
    followed = FollowedTunnel()

    def happens(tunnel: TunnelSnapshot, now: float = 0.0) -> list[Happening]:
        return list(followed.happenings(tunnel, now))

    tunnel = snapshot()
    assert happens(tunnel) == []
    assert happens(tunnel._replace(local_port=8079, state=TunnelState.FAILED)) == [Happening.FAILED]
    tunnel = tunnel._replace(local_port=8080, state=TunnelState.OPEN)
    assert happens(tunnel) == [Happening.LISTENING, Happening.OPEN]
    assert happens(tunnel) == []
    tunnel = tunnel._replace(state=TunnelState.LOST, notice="no answer")
    assert happens(tunnel) == [Happening.LOST, Happening.NOTICE]
    tunnel = tunnel._replace(state=TunnelState.OPEN, notice="", warning=AccessDenied("ssm:TerminateSession"))
    assert happens(tunnel) == [Happening.OPEN, Happening.WARNING]
    assert happens(tunnel) == []
    tunnel = tunnel._replace(state=TunnelState.RETRYING, last_error=SsmtuiError("one"))
    assert happens(tunnel) == [Happening.RETRYING]
    assert happens(tunnel) == []
    tunnel = tunnel._replace(last_error=SsmtuiError("another"))
    assert happens(tunnel) == [Happening.RETRYING], "it was tried between two looks"
    assert happens(tunnel._replace(state=TunnelState.IDLE)) == [Happening.IDLE]


def test_a_notice_that_counts_is_one_notice() -> None:
    followed = FollowedTunnel()
    tunnel = snapshot(notice="257 frames wait")
    assert list(followed.happenings(tunnel, 0.0)) == [Happening.NOTICE]
    assert list(followed.happenings(tunnel._replace(notice="258 frames wait"), 1.0)) == []
    assert list(followed.happenings(tunnel._replace(notice=""), 2.0)) == []
    assert list(followed.happenings(tunnel, 3.0)) == [Happening.NOTICE]


def test_connections_are_counted_once_a_second() -> None:
    followed = FollowedTunnel()
    tunnel = snapshot(connections=1, connections_made=1)
    assert list(followed.happenings(tunnel, 10.0)) == [Happening.CONNECTIONS]
    tunnel = tunnel._replace(connections=0)
    assert list(followed.happenings(tunnel, 10.5)) == []
    assert followed.is_uncounted
    assert list(followed.happenings(tunnel, 11.0)) == [Happening.CONNECTIONS]
    assert not followed.is_uncounted
    assert list(followed.happenings(tunnel._replace(refused=1), 12.0)) == [Happening.CONNECTIONS]


async def test_the_last_number_of_connections_is_reported_though_nothing_more_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forwarding, "COUNTED_EVERY", 0.2)
    stage = Stage(snapshot(1, TunnelState.OPEN, connections=1, connections_made=1))
    await stage.reports(1, Happening.CONNECTIONS)
    stage.tunnels.become(connections=0)
    await wait_until("both numbers", lambda: stage.reported.count((1, Happening.CONNECTIONS)) == 2)
    stage.run.stop()
    await stage.end()
