"""Commands without a terminal: which keys reach them and when, and what is said while they are silent."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ssmtui import protocol
from ssmtui.model import DocumentParameter, SessionDocument, StartRequest, TerminalSize
from ssmtui.sessions import channel_session
from ssmtui.sessions.plain_command import (
    MAY_BE_SILENT,
    READS_NOTHING,
    SESSION_TYPE,
    SILENT_UNTIL_THE_END,
    PlainInput,
    as_printed,
    is_separated,
)
from ssmtui.sessions.states import SessionState
from tests.support.session_stage import SessionStage
from tests.support.wait import wait_until

AWS = "AWS-StartNonInteractiveCommand"
PLACEHOLDER = SessionDocument(
    AWS,
    session_type=SESSION_TYPE,
    parameters=(DocumentParameter("command"), DocumentParameter("separateOutputStream", default=("false",))),
    separate_output=("{{ separateOutputStream }}", "{{separateOutputStream}}"),
)


class Stage(SessionStage):
    """One session with a command, and its agent."""

    def __init__(self, document: str = AWS) -> None:
        super().__init__(StartRequest("i-1", document, {"command": ("sleep 60",)}))
        self.session.resize(TerminalSize(80, 24))

    def greet(self) -> None:
        self.agent.offer(SESSION_TYPE)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    await stage.open()
    yield stage
    await stage.close()


async def test_edge_76_a_silent_command_says_when_its_output_comes(stage: Stage) -> None:
    assert stage.session.intake.notice == SILENT_UNTIL_THE_END
    changes = stage.viewer.changes
    stage.agent.say(b"all of it\n")
    await wait_until("the output arrived", lambda: stage.viewer.output == b"all of it\n")
    assert stage.session.intake.notice == ""
    assert stage.viewer.changes == changes + 1


async def test_edge_76_its_error_output_is_output_too(stage: Stage) -> None:
    stage.agent.say(b"Unable to start command\n", protocol.PayloadType.STDERR)
    await wait_until("the output arrived", lambda: stage.viewer.stderr)
    assert stage.session.intake.notice == ""


async def test_edge_76_a_command_of_an_unknown_document_is_spoken_of_once_the_document_is_known() -> None:
    stage = Stage("Ops-DiskUsage")
    await stage.open()
    assert stage.session.intake.notice == ""
    stage.session.learn(None)
    assert stage.session.intake.notice == MAY_BE_SILENT
    stage.session.learn(SessionDocument("Ops-DiskUsage", separate_output=("true",)))
    assert stage.session.intake.notice == ""
    stage.session.learn(SessionDocument("Ops-DiskUsage"))
    assert stage.session.intake.notice == SILENT_UNTIL_THE_END
    await stage.close()


async def test_edge_80_only_control_keys_reach_a_command_and_only_when_it_runs(stage: Stage) -> None:
    stage.session.write(b"hello\r")
    assert stage.session.intake.notice == READS_NOTHING
    stage.session.write(b"\x1c")
    stage.session.write(b"\x03")
    assert stage.session.channel.unacknowledged == (0, 0)
    stage.agent.say(b"it runs\n")
    await wait_until("the key arrived", lambda: stage.agent.received)
    stage.session.write(b"x\x1cy")
    await wait_until("the other key arrived", lambda: len(stage.agent.received) == 2)
    assert stage.agent.received == b"\x03\x1c"
    assert stage.agent.sizes == []


async def test_edge_80_a_command_that_prints_nothing_is_taken_to_run_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(channel_session, "RUNS_AFTER", 0.01)
    stage = Stage()
    await stage.open()
    stage.session.write(b"\x03")
    await wait_until("the key arrived", lambda: stage.agent.received == b"\x03")
    assert stage.session.intake.notice == SILENT_UNTIL_THE_END
    await stage.close()


async def test_edge_80_what_was_typed_before_the_type_was_known_is_looked_through() -> None:
    stage = Stage()
    stage.session.write(b"ls\r")
    stage.session.write(b"\x03")
    stage.session.paste(b"x" * 5000)
    await stage.open()
    assert stage.session.channel.unacknowledged == (0, 0)
    assert stage.session.intake.progress is None
    stage.agent.say(b"it runs\n")
    await wait_until("the key arrived", lambda: stage.agent.received)
    stage.session.resize(TerminalSize(100, 30))
    stage.session.write(b"\x03")
    await wait_until("the other key arrived", lambda: len(stage.agent.received) == 2)
    assert (stage.agent.received, stage.agent.sizes) == (b"\x03\x03", [])
    await stage.close()


async def test_edge_80_a_handshake_that_was_skipped_leaves_the_type_to_the_document() -> None:
    stage = Stage()
    await stage.reaches(SessionState.WAITING)
    stage.agent.say(b"it runs\n")
    await stage.reaches(SessionState.OPEN)
    stage.session.learn(PLACEHOLDER)
    assert stage.session.session_type == SESSION_TYPE
    stage.session.write(b"hello\x03")
    await wait_until("the key arrived", lambda: stage.agent.received)
    assert stage.agent.received == b"\x03"
    await stage.close()


async def test_edge_80_what_is_not_sent_is_no_activity() -> None:
    now = [100.0]
    stage = Stage()
    stage.session._clock = lambda: now[0]
    await stage.open()
    now[0] += 50
    stage.session.write(b"hello")
    stage.session.resize(TerminalSize(90, 30))
    assert stage.session.idle_for == 50
    await stage.close()


def test_the_word_about_input_comes_once_and_goes_with_the_output() -> None:
    command = PlainInput()
    assert command.admit(b"x") == b""
    assert command.notice == READS_NOTHING
    command.printed()
    assert command.notice == ""
    assert command.admit(b"x") == b""
    assert command.notice == ""


def test_an_early_key_is_sent_once() -> None:
    command = PlainInput()
    command.admit(b"\x03\x1c")
    assert command.notice == ""
    assert command.running() == b"\x1c"
    assert command.printed() == b""


@pytest.mark.parametrize(
    ("given", "document", "separated"),
    [
        ({}, PLACEHOLDER, False),
        ({"separateOutputStream": ("true",)}, PLACEHOLDER, True),
        ({"separateOutputStream": ("",)}, PLACEHOLDER, False),
        ({"separateOutputStream": ("maybe",)}, PLACEHOLDER, None),
        ({}, SessionDocument("Own"), False),
        ({}, SessionDocument("Own", separate_output=("T",)), True),
        ({}, SessionDocument("Own", separate_output=("true", "")), None),
        ({}, SessionDocument("Own", separate_output=("{{ unknown }}",)), False),
        ({"separateOutputStream": ("true",)}, SessionDocument("Own", separate_output=("false",)), False),
        ({}, SessionDocument("Own", complete=False), None),
        ({}, SessionDocument("Own", parameters=PLACEHOLDER.parameters, complete=False), False),
        (
            {"separateOutputStream": ("1",)},
            SessionDocument("Own", parameters=PLACEHOLDER.parameters, complete=False),
            True,
        ),
    ],
)
def test_whether_the_outputs_are_separated_is_read_as_the_agent_reads_it(
    given: dict[str, tuple[str, ...]], document: SessionDocument, separated: bool | None
) -> None:
    assert is_separated(StartRequest("i-1", "Own", given), document) is separated


@pytest.mark.parametrize(
    ("name", "given", "separated"),
    [
        (AWS, {}, False),
        (f"arn:aws:ssm:eu-west-1::document/{AWS}", {"separateOutputStream": ("true",)}, True),
        ("Own", {"separateOutputStream": ("true",)}, None),
        (None, {}, None),
    ],
)
def test_without_the_document_only_the_one_of_aws_is_known(
    name: str | None, given: dict[str, tuple[str, ...]], separated: bool | None
) -> None:
    assert is_separated(StartRequest("i-1", name, given), None) is separated


@pytest.mark.parametrize(
    ("session_type", "shown"), [(SESSION_TYPE, b"a\r\nb\r\n"), ("Standard_Stream", b"a\nb\r\n"), ("", b"a\nb\r\n")]
)
def test_line_feeds_become_new_lines_where_no_pty_has_made_them(session_type: str, shown: bytes) -> None:
    assert as_printed(session_type, b"a\nb\r\n") == shown
