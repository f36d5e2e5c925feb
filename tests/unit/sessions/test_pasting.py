"""Pastes on a channel: how much of one is in it, what overtakes it, what stops it, what becomes of it in an outage."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ssmtui.errors import ConnectionFailed
from ssmtui.sessions import carrier, paste
from ssmtui.sessions.intake import PASTE_FRAMES, Intake
from ssmtui.sessions.paste import InputKind
from ssmtui.sessions.states import SessionState
from ssmtui.terminal.paste import BEGIN, END
from tests.support.session_stage import SessionStage
from tests.support.wait import wait_until

FRAME = 1024
TEXT = b"".join(b"%07d\r" % number for number in range(128 * 1024))
"""1 MiB in which every eight bytes say where they belong."""


class Stage(SessionStage):
    """A session into which is pasted."""

    @property
    def intake(self) -> Intake:
        return self.session.intake

    async def arrives(self, data: bytes) -> None:
        await wait_until("the input arrived", lambda: len(self.agent.received) >= len(data), timeout=20)
        await wait_until("it is confirmed", lambda: self.session.channel.unacknowledged[0] == 0)
        assert self.agent.received == data

    async def half_way(self, data: bytes) -> None:
        """``data`` is being pasted, and the agent confirms no more of it."""
        self.agent.hold()
        self.session.paste(data)
        await wait_until("the channel has its share", lambda: self.agent.held >= PASTE_FRAMES)


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(carrier.Backoff, "delay", lambda self: 0.002)
    stage = Stage()
    await stage.open()
    stage.session.write(b"-")
    await stage.arrives(b"-")
    stage.agent.received.clear()
    yield stage
    await stage.close()


async def test_edge_71_little_of_a_paste_is_in_the_channel_and_all_of_it_arrives_in_order(stage: Stage) -> None:
    frames: list[int] = []
    given = stage.session.channel.send_input

    def send_input(data: bytes, now: float) -> None:
        given(data, now)
        frames.append(stage.session.channel.unacknowledged[0])

    stage.session.channel.send_input = send_input  # type: ignore[method-assign]
    stage.session.paste(TEXT)
    stage.session.write(b"after\r")
    stage.session.paste(b"small")
    await stage.arrives(TEXT + b"after\rsmall")
    assert max(frames) == PASTE_FRAMES
    assert stage.intake.progress is None
    assert stage.intake.notice == ""


async def test_leaving_a_session_stops_a_paste_that_would_take_longer_and_ends_it(stage: Stage) -> None:
    await stage.half_way(BEGIN + TEXT + END)
    leaving = stage.tasks.start("leaving", stage.session.typed_arrives(0.05), awaited=True)
    await wait_until("the paste is stopped", lambda: stage.intake.progress is None or not stage.intake.progress.waiting)
    stage.agent.release()
    await leaving
    stage.session.detach()
    sent = (BEGIN + TEXT)[: PASTE_FRAMES * FRAME]
    assert stage.agent.received == sent + END
    assert stage.session.unsent >= len(TEXT) - len(sent)


async def test_leaving_a_session_waits_for_a_paste_that_soon_arrives(stage: Stage) -> None:
    stage.session.paste(TEXT)
    await stage.session.typed_arrives(20)
    assert stage.agent.received == TEXT
    stage.session.detach()
    assert stage.session.unsent == 0


@pytest.mark.parametrize("key", [b"\x03", b"\x1c", b"\x1a", b"\x1b\x03", b"~\x03"])
async def test_edge_71_a_control_key_stops_the_paste_and_goes_ahead_of_it(stage: Stage, key: bytes) -> None:
    await stage.half_way(TEXT)
    stage.session.write(b"typed behind it\r")
    stage.session.write(key)
    stage.agent.release()
    sent = TEXT[: PASTE_FRAMES * FRAME]
    await stage.arrives(sent + key)
    unsent = len(TEXT) - len(sent) + len(b"typed behind it\r")
    assert stage.intake.notice == f"Paste stopped: {unsent:,} bytes unsent."
    assert stage.intake.progress is None
    stage.session.write(b"x")
    assert stage.intake.notice == ""
    await stage.arrives(sent + key + b"x")


async def test_a_program_inside_a_bracketed_paste_gets_its_end_before_the_key(stage: Stage) -> None:
    data = BEGIN + TEXT + END
    await stage.half_way(data)
    stage.session.write(b"\x03")
    stage.agent.release()
    await stage.arrives(data[: PASTE_FRAMES * FRAME] + END + b"\x03")


async def test_a_paste_is_stopped_without_a_key_as_well(stage: Stage) -> None:
    data = BEGIN + TEXT + END
    await stage.half_way(data)
    changes = stage.viewer.changes
    stage.session.cancel_paste()
    assert stage.viewer.changes == changes + 1
    stage.session.cancel_paste()  # there is none any more
    stage.agent.release()
    await stage.arrives(data[: PASTE_FRAMES * FRAME] + END)
    assert "Paste stopped" in stage.intake.notice


async def test_a_bracketed_paste_that_has_not_begun_leaves_no_trace(stage: Stage) -> None:
    stage.session.paste(BEGIN + TEXT + END)
    stage.session.cancel_paste()
    stage.session.write(b"x")
    await stage.arrives(b"x")


async def test_a_control_key_after_the_last_piece_stops_nothing(stage: Stage) -> None:
    data = TEXT[: PASTE_FRAMES * FRAME]
    await stage.half_way(data)
    assert stage.intake.progress is not None
    assert stage.intake.progress.waiting == 0
    stage.session.write(b"\x03")
    assert stage.intake.notice == ""
    stage.agent.release()
    await stage.arrives(data + b"\x03")


async def test_a_paste_goes_on_where_the_connection_was_lost(stage: Stage) -> None:
    stage.service.refuse_resume = ConnectionFailed("no route")
    stage.session.paste(TEXT)
    await wait_until("some of it arrived", lambda: len(stage.agent.received) > 100_000)
    stage.agent.link.break_off()
    await wait_until("it has tried", lambda: len(stage.service.resumed) > 2)
    assert len(stage.agent.received) < len(TEXT)
    stage.session.write(b"typed while lost\r")
    progress = stage.intake.progress
    assert progress is not None
    assert progress.waiting > 0
    stage.service.refuse_resume = None
    await stage.arrives(TEXT + b"typed while lost\r")


async def test_a_paste_begun_while_lost_is_kept_and_a_control_key_stops_it_there(stage: Stage) -> None:
    stage.service.refuse_resume = ConnectionFailed("no route")
    stage.agent.link.break_off()
    await stage.reaches(SessionState.LOST)
    stage.session.paste(BEGIN + TEXT + END)
    stage.session.write(b"\x03")
    stage.service.refuse_resume = None
    await stage.arrives(b"\x03")


async def test_ending_the_session_drops_the_paste_and_says_so(stage: Stage) -> None:
    await stage.half_way(TEXT)
    stage.session.end()
    assert stage.intake.progress is None
    assert stage.intake.notice.startswith("The end cut the paste short")
    stage.session.paste(TEXT)
    assert stage.intake.progress is None
    stage.agent.release()
    await stage.session.life
    assert len(stage.agent.received) <= PASTE_FRAMES * FRAME


async def test_too_much_is_refused_in_words_and_loses_nothing_that_waits(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paste, "MOST_WAITING", len(TEXT))
    await stage.half_way(TEXT)
    stage.session.paste(TEXT)
    assert stage.intake.notice.startswith("This paste is not sent: 1 MiB wait already")
    stage.agent.release()
    await stage.arrives(TEXT)


async def test_a_small_paste_is_typed(stage: Stage) -> None:
    stage.agent.hold()
    stage.session.paste(b"x" * FRAME)
    assert stage.session.channel.unacknowledged == (1, FRAME)
    assert stage.intake.progress is None
    stage.session.paste(b"y" * (FRAME + 1))
    assert stage.session.channel.unacknowledged == (1, FRAME)
    assert stage.intake.progress is not None
    stage.agent.release()
    await stage.arrives(b"x" * FRAME + b"y" * (FRAME + 1))


async def test_the_terminals_answers_keep_their_place_and_are_not_dropped(stage: Stage) -> None:
    await stage.half_way(TEXT)
    stage.session.write(b"\x1b[0n", InputKind.ANSWER)
    stage.session.write(b"\x03", InputKind.ANSWER)  # nobody pressed that
    assert stage.intake.progress is not None
    stage.session.cancel_paste()
    stage.agent.release()
    await stage.arrives(TEXT[: PASTE_FRAMES * FRAME] + b"\x1b[0n\x03")


async def test_what_is_typed_and_pasted_before_the_agent_speaks_arrives_in_order() -> None:
    stage = Stage()
    try:
        stage.session.write(b"cat\r")
        stage.session.paste(TEXT)
        stage.session.write(b"\x04")
        await stage.reaches(SessionState.WAITING)
        stage.agent.say(b"$ ")
        await stage.arrives(b"cat\r" + TEXT + b"\x04")
    finally:
        await stage.tasks.close()
        await stage.service.close()


async def test_until_the_agent_has_confirmed_a_frame_only_one_cannot_be_stopped() -> None:
    stage = Stage()
    try:
        data = BEGIN + TEXT + END
        stage.session.paste(data)
        await stage.reaches(SessionState.WAITING)
        stage.agent.offer("Standard_Stream")
        await stage.reaches(SessionState.OPEN)
        stage.agent.hold()
        await wait_until("the first frame came", lambda: stage.agent.held)
        stage.session.write(b"\x03")
        stage.agent.release()
        await stage.arrives(data[:FRAME] + END + b"\x03")
    finally:
        await stage.tasks.close()
        await stage.service.close()


async def test_progress_is_told_a_few_times_a_second(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage.intake, "_told_at", stage.session._clock())
    monkeypatch.setattr("ssmtui.sessions.intake.TOLD_EVERY", 1e9)
    before = stage.viewer.changes
    stage.session.paste(TEXT)
    await stage.arrives(TEXT)
    await wait_until("it is through", lambda: stage.intake.progress is None)
    # That it began and that it is through.
    assert stage.viewer.changes == before + 2
    monkeypatch.setattr("ssmtui.sessions.intake.TOLD_EVERY", 0.0)
    before = stage.viewer.changes
    stage.session.paste(TEXT)
    await stage.arrives(TEXT + TEXT)
    assert stage.viewer.changes > before + 10
