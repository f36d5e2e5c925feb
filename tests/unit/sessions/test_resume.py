"""Losing the socket and coming back: what resumes, what waits, what gives up. Time is the test's own."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
from collections.abc import AsyncIterator
from itertools import cycle

import pytest

from ssmtui import protocol, proxies
from ssmtui.errors import (
    AccessDenied,
    ConnectionFailed,
    CredentialsError,
    ServiceError,
    SessionGone,
    SsmtuiError,
    Throttled,
    UpgradeRefused,
)
from ssmtui.model import SESSION_STATEMENT, Grant, SessionRecord, StartRequest
from ssmtui.protocol.limits import CLIENT_LIMITS
from ssmtui.sessions import carrier, farewell
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.paste import InputKind
from ssmtui.sessions.states import SessionState
from ssmtui.sign_in import SignIn, SignInWay
from ssmtui.tasks import Tasks
from ssmtui.transport import heartbeat
from tests.support.denials import denied
from tests.support.lab_stack import lab_stack
from tests.support.memory import MemoryService, RecordingViewer
from tests.support.session_stage import SessionStage
from tests.support.wait import wait_until

WEB = "wss://ssmmessages.test/session-1"


class Stage(SessionStage):
    """One open session, its agent, and the states it has gone through."""

    def __init__(self) -> None:
        super().__init__()
        self.states: list[SessionState] = []
        told = self.viewer.session_changed

        def note() -> None:
            told()
            if self.states[-1:] != [self.session.state]:
                self.states.append(self.session.state)

        self.viewer.session_changed = note  # type: ignore[method-assign]

    async def comes_back(self, times: int = 1) -> None:
        await wait_until("it is back", lambda: self.session.resumes == times and self.session.state.live)


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(carrier.Backoff, "delay", lambda self: 0.002)
    stage = Stage()
    await stage.open()
    yield stage
    await stage.close()


@pytest.mark.parametrize(("code", "reason"), [(1000, "Bye"), (1006, ""), (1011, "internal error")])
async def test_edge_41_any_close_without_channel_closed_is_resumed(stage: Stage, code: int, reason: str) -> None:
    stage.agent.link.break_off(code, reason)
    stage.agent.say(b"meanwhile")
    await stage.comes_back()
    stage.session.write(b"on\r")
    await wait_until("the shell goes on", lambda: stage.agent.received == b"on\r")
    await wait_until("no output is missing", lambda: stage.viewer.output == b"$ meanwhile")
    assert stage.states[-4:] == [SessionState.OPEN, SessionState.LOST, SessionState.RESUMING, SessionState.OPEN]
    assert stage.service.terminated == []
    assert stage.session.trouble == ""


async def test_edge_43_the_new_address_is_dialled_with_the_new_token_and_the_same_client_id(stage: Stage) -> None:
    first = json.loads(stage.agent.opening)
    stage.agent.link.break_off()
    await stage.comes_back()
    second = json.loads(stage.agent.opening)
    assert stage.service.dialled == [WEB, f"{WEB}/again"]
    assert (second["TokenValue"], second["ClientId"]) == ("token-1", first["ClientId"])
    assert second["RequestId"] != first["RequestId"]


async def test_edge_44_without_a_new_address_the_old_one_is_dialled(stage: Stage) -> None:
    stage.service.resume_address = ""
    stage.agent.link.break_off()
    await stage.comes_back()
    assert stage.service.dialled == [WEB, WEB]


async def test_edge_44_54_a_session_that_is_gone_has_ended_and_says_how(stage: Stage) -> None:
    stage.service.refuse_resume = SessionGone("no such session")
    stage.service.past = SessionRecord("session-1", "i-1", "Terminated", details="idle\x1b[0m for 20 minutes")
    stage.agent.link.break_off()
    await stage.session.life
    assert stage.session.state is SessionState.ENDED
    assert stage.session.end_reason.splitlines()[1:] == ["Terminated", "idle\ufffd[0m for 20 minutes"]
    assert stage.viewer.output == b"$ "
    assert stage.service.terminated == []


async def test_edge_50_what_is_typed_while_lost_is_kept_and_sent_once(stage: Stage) -> None:
    stage.service.refuse_resume = ConnectionFailed("no route")
    stage.agent.link.break_off()
    await wait_until("it has tried", lambda: len(stage.service.resumed) > 2)
    for key in (b"l", b"s", b"\r"):
        stage.session.write(key)
    assert stage.session.channel.unacknowledged[1] == 3
    stage.service.refuse_resume = None
    await stage.comes_back()
    await wait_until("the keys arrived", lambda: stage.agent.received == b"ls\r")
    await wait_until("they are acknowledged", lambda: stage.session.channel.unacknowledged == (0, 0))
    assert stage.agent.received == b"ls\r"


async def test_edge_50_there_is_a_bound_to_what_is_kept_and_it_is_told(stage: Stage) -> None:
    stage.service.refuse_resume = ConnectionFailed("no route")
    stage.agent.link.break_off()
    await stage.reaches(SessionState.LOST)
    for _ in range(3000):
        stage.session.write(b"x")
    kept = stage.session.channel.unacknowledged[0]
    assert kept == CLIENT_LIMITS.writable + 1
    assert "No more" in stage.session.trouble
    stage.service.refuse_resume = None
    await wait_until("what was kept arrived", lambda: stage.agent.received == b"x" * kept)


async def test_edge_50_52_ending_while_lost_needs_no_network(stage: Stage) -> None:
    stage.service.refuse_resume = ConnectionFailed("no route")
    stage.agent.link.break_off()
    await stage.reaches(SessionState.LOST)
    stage.session.end()
    assert stage.session.state is SessionState.CLOSING
    await stage.session.life
    tried = len(stage.service.resumed)
    assert stage.session.state is SessionState.ENDED
    assert stage.service.terminated == ["session-1"]
    await asyncio.sleep(0)
    assert len(stage.service.resumed) == tried


async def test_edge_45_expired_credentials_wait_for_a_login_and_the_session_goes_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrier, "SIGN_IN_PAUSE", 0.01)
    stage.service.refuse_resume = CredentialsError("the SSO token has expired")
    stage.agent.link.break_off()
    await stage.reaches(SessionState.SIGNED_OUT)
    assert stage.session.trouble.startswith("Sign in to AWS again")
    assert "expired" in stage.session.trouble
    stage.service.refuse_resume = None
    await stage.comes_back()
    stage.session.write(b"on")
    await wait_until("the shell goes on", lambda: stage.agent.received == b"on")


async def test_a_session_names_the_sign_in_that_it_waits_for_until_it_is_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrier, "SIGN_IN_PAUSE", 0.01)
    error = CredentialsError("the SSO token has expired")
    error.sign_in = SignIn(SignInWay.SSO, "corp", "dev")
    stage.service.refuse_resume = error
    assert stage.session.sign_in is None
    stage.agent.link.break_off()
    await stage.reaches(SessionState.SIGNED_OUT)
    assert stage.session.sign_in == error.sign_in
    stage.service.refuse_resume = ConnectionFailed("no route")
    await stage.reaches(SessionState.LOST)
    assert stage.session.sign_in == error.sign_in, "what fails for another reason does not take it back"
    stage.service.refuse_resume = None
    await stage.comes_back()
    assert stage.session.sign_in is None


async def test_a_sign_in_wakes_a_session_that_waits_for_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier, "SIGN_IN_PAUSE", 3600.0)
    stage.service.refuse_resume = CredentialsError("the SSO token has expired")
    stage.agent.link.break_off()
    await stage.reaches(SessionState.SIGNED_OUT)
    stage.service.refuse_resume = None
    stage.session.resume_now()
    await stage.comes_back()


@pytest.mark.parametrize("error", [Throttled("slow down"), ConnectionFailed("no route")])
async def test_what_may_pass_is_tried_again(stage: Stage, error: SsmtuiError) -> None:
    stage.service.refuse_resume = error
    stage.agent.link.break_off()
    await wait_until("it has tried often", lambda: len(stage.service.resumed) > 20)
    assert stage.session.state in (SessionState.LOST, SessionState.RESUMING)
    stage.service.refuse_resume = None
    await stage.comes_back()


async def test_a_dial_that_fails_is_tried_again_with_a_new_token(stage: Stage) -> None:
    stage.service.refuse_dial = ConnectionFailed("refused")
    stage.agent.link.break_off()
    await wait_until("it has tried", lambda: len(stage.service.resumed) > 2)
    stage.service.refuse_dial = None
    await stage.comes_back()
    assert json.loads(stage.agent.opening)["TokenValue"] == f"token-{len(stage.service.resumed)}"


async def test_w1b_a_denied_resume_ends_the_session_and_says_which_statement_is_missing(stage: Stage) -> None:
    stage.service.refuse_resume = denied("ResumeSession")
    stage.agent.link.break_off()
    await stage.session.life
    assert stage.session.state is SessionState.ENDED
    error = stage.session.error
    assert isinstance(error, AccessDenied)
    assert error.title == "Your policy lets you start sessions but not resume them"
    statement = json.loads(error.remedy[error.remedy.index("{") : error.remedy.rindex("}") + 1])
    assert statement == SESSION_STATEMENT
    assert stage.service.resumed == ["session-1"]
    assert stage.service.terminated == ["session-1"]


REFUSALS = [
    ServiceError("Session is in no state", code="ValidationException", operation="ResumeSession"),
    UpgradeRefused(403, "403"),
]


@pytest.mark.parametrize("error", REFUSALS)
async def test_w7_a_refused_resume_of_a_session_that_is_history_is_its_end(stage: Stage, error: SsmtuiError) -> None:
    _refuse(stage, error)
    stage.service.past = SessionRecord("session-1", "i-1", "Terminated", details="rebooted")
    stage.agent.link.break_off()
    await stage.session.life
    assert stage.session.state is SessionState.ENDED
    assert stage.session.end_reason.splitlines()[1:] == ["Terminated", "rebooted"]
    assert len(stage.service.resumed) == carrier.REFUSALS
    assert stage.service.terminated == []


@pytest.mark.parametrize("error", REFUSALS)
async def test_w7_d14_a_refused_resume_is_not_tried_for_ever(
    stage: Stage, error: SsmtuiError, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrier, "REFUSED_PAUSES", (0.002, 0.002))
    _refuse(stage, error)
    stage.agent.link.break_off()
    await wait_until("it has given up trying by itself", lambda: "not tried again by itself" in stage.session.trouble)
    assert stage.session.trouble.startswith(f"The service refuses to resume: {error.detail}")
    tried = len(stage.service.resumed)
    assert tried == carrier.REFUSALS + 2
    stage.session.resume_now()
    await wait_until("a person can ask for an attempt", lambda: len(stage.service.resumed) == tried + 1)
    _refuse(stage, None)
    stage.session.resume_now()
    await stage.comes_back()
    assert stage.session.trouble == ""


async def test_w7_a_person_can_give_up_a_session_that_is_refused(stage: Stage) -> None:
    _refuse(stage, REFUSALS[0])
    stage.agent.link.break_off()
    await wait_until("it is refused", lambda: "refuses to resume" in stage.session.trouble)
    stage.session.end()
    await stage.session.life
    assert stage.session.state is SessionState.ENDED
    assert stage.service.terminated == ["session-1"]


async def test_w7_throttling_is_no_refusal(stage: Stage) -> None:
    _refuse(stage, Throttled("Rate exceeded", code="ThrottlingException"))
    stage.agent.link.break_off()
    await wait_until("it has tried often", lambda: len(stage.service.resumed) > 20)
    assert "refuses" not in stage.session.trouble


@pytest.mark.parametrize(
    "between", [ConnectionFailed("no route"), CredentialsError("the SSO token has expired"), Throttled("slow down")]
)
async def test_w7_only_refusals_in_a_row_count(
    stage: Stage, between: SsmtuiError, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrier, "SIGN_IN_PAUSE", 0.001)
    refusals = [REFUSALS[0]] * (carrier.REFUSALS - 1)
    errors = cycle([*refusals, between])
    tried = 0

    async def resume_session(session_id: str) -> Grant:
        nonlocal tried
        tried += 1
        raise next(errors)

    monkeypatch.setattr(stage.service, "resume_session", resume_session)
    stage.agent.link.break_off()
    await wait_until("it has tried often", lambda: tried > 20)
    assert "refuses" not in stage.session.trouble


async def test_w7_a_history_that_does_not_answer_is_not_waited_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(farewell, "TOLD_IN", 0.01)

    async def past_session(session_id: str) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(stage.service, "past_session", past_session)
    _refuse(stage, REFUSALS[0])
    stage.agent.link.break_off()
    await wait_until("the refusal is said", lambda: "refuses to resume" in stage.session.trouble)


def _refuse(stage: Stage, error: SsmtuiError | None) -> None:
    if isinstance(error, UpgradeRefused):
        stage.service.refuse_dial = error
    else:
        stage.service.refuse_dial, stage.service.refuse_resume = None, error


async def test_a_proxy_with_a_wrong_password_is_not_asked_for_ever(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each attempt counts as one of a person who guesses: it could lock the account."""
    monkeypatch.setattr(carrier, "REFUSED_PAUSES", (0.002, 0.002))
    refused = proxies.refused(proxies.given("http://jane:CANARY@proxy.test:3128"), 407)
    _refuse(stage, refused)
    # Nobody could ask the service through that proxy: that would be one more attempt each time.
    stage.service.past = SessionRecord("session-1", "i-1", "Terminated")
    stage.agent.link.break_off()
    await wait_until("it has given up trying by itself", lambda: "not tried again by itself" in stage.session.trouble)
    assert stage.session.trouble.startswith("The proxy refuses to resume: proxy.test:3128 answered 407")
    assert len(stage.service.resumed) == carrier.REFUSALS + 2
    _refuse(stage, None)
    stage.session.resume_now()
    await stage.comes_back()


@pytest.mark.parametrize("gap", [0, 1, 2, 3, 5])
async def test_a8_a_second_end_leaves_no_socket_open(stage: Stage, gap: int) -> None:
    link = stage.agent.link.peer
    stage.session.end()
    for _ in range(gap):
        await asyncio.sleep(0)
    stage.session._stop_serving()
    await stage.session.life
    assert link._closed is not None


@pytest.mark.parametrize("gap", [1, 2, 3])
async def test_a8_a_cancel_of_all_tasks_while_it_ends_leaves_no_socket_open(stage: Stage, gap: int) -> None:
    link = stage.agent.link.peer
    stage.session.end()
    for _ in range(gap):
        await asyncio.sleep(0)
    await stage.tasks.close()
    assert link._closed is not None


async def test_a5_an_ordinary_end_is_not_reported_as_a_failure(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.service.refuse_resume = SessionGone("no such session")
    stage.agent.link.break_off()
    await stage.session.life
    stage.session._serving = None
    gc.collect()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_b4_answers_to_a_node_that_acknowledges_nothing_do_not_pile_up(stage: Stage) -> None:
    stage.agent.hold()
    for _ in range(5000):
        stage.session.write(b"\x1b[?62;22c" * 22, InputKind.ANSWER)
    assert stage.session.channel.unacknowledged[0] <= CLIENT_LIMITS.writable + 1
    before = stage.session.channel.unacknowledged[1]
    stage.session.write(b"\x03")
    assert stage.session.channel.unacknowledged[1] == before + 1, "what a person types is never dropped"


async def test_a_person_in_a_hurry_does_not_wait(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier.Backoff, "delay", lambda self: 3600.0)
    stage.agent.link.break_off()
    await stage.reaches(SessionState.LOST)
    stage.session.resume_now()
    await stage.comes_back()


async def test_edge_51_an_end_that_is_heard_while_it_resumes_is_the_end(stage: Stage) -> None:
    stage.service.resume_gate = asyncio.Event()
    stage.agent.link.break_off()
    await wait_until("ResumeSession is under way", lambda: stage.service.resumed == ["session-1"])
    stage.session.happened([protocol.ChannelClosed("")])
    stage.service.resume_gate.set()
    await stage.session.life
    assert stage.session.state is SessionState.ENDED
    assert stage.service.dialled == [WEB], "nothing is dialled any more"
    assert stage.service.terminated == [], "the service has ended it"


async def test_edge_42_a_peer_that_falls_silent_is_shown_and_then_replaced(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PING_INTERVAL": 0.01, "LOOK": 0.01, "SILENT_AFTER": 0.02, "DEAD_AFTER": 0.2}.items():
        monkeypatch.setattr(heartbeat, name, value)
    stage.agent.link.break_off()
    await stage.comes_back()
    stage.agent.link.peer.answers_pings.clear()
    await wait_until("silence is shown", lambda: "does not answer" in stage.session.trouble)
    assert stage.session.state is SessionState.OPEN
    await stage.comes_back(2)
    assert stage.session.trouble == ""


async def test_a_hundred_cuts_lose_and_double_nothing(stage: Stage) -> None:
    said = typed = b""
    for number in range(100):
        line = b"%d\n" % number
        said, typed = said + line, typed + line
        stage.agent.say(line)
        stage.session.write(line * 40)
        stage.agent.link.break_off()
        await stage.comes_back(number + 1)
    expected = b"".join(b"%d\n" % number * 40 for number in range(100))
    await wait_until("all output is there", lambda: stage.viewer.output == b"$ " + said)
    await wait_until("all input is there", lambda: stage.agent.received == expected)


async def test_w1b_a_lab_whose_policy_denies_resuming_leaves_a_tab_that_says_so() -> None:
    async with lab_stack(nodes=5, faults="bye=300ms,deny=ResumeSession,deny=TerminateSession") as stack:
        session = stack.session(StartRequest(await stack.target()))
        await wait_until("the session is over", lambda: session.life.done(), timeout=20)
        assert session.state is SessionState.ENDED
        assert isinstance(session.error, AccessDenied)
        assert json.dumps(SESSION_STATEMENT) in session.error.remedy
        assert "did not confirm the end" in session.trouble


async def test_d13_a_session_is_awaited_while_something_is_out_and_for_a_while_after() -> None:
    now = 0.0
    service, tasks = MemoryService(), Tasks("test")
    session = ChannelSession(StartRequest("i-1"), service, service, RecordingViewer(), tasks, lambda: now)
    await wait_until("the agent is waited for", lambda: session.state is SessionState.WAITING)
    service.agents["session-1"].say(b"$ ")
    await wait_until("the session is open", lambda: session.state is SessionState.OPEN)
    now = 1000.0
    assert not session.is_awaited()
    service.agents["session-1"].hold()
    session.write(b"x")
    assert session.is_awaited()
    now = 2000.0
    assert session.is_awaited(), "it is not acknowledged"
    service.agents["session-1"].release()
    await wait_until("it is acknowledged", lambda: session.channel.unacknowledged == (0, 0))
    assert not session.is_awaited()
    now += 1
    session.write(b"y")
    await wait_until("this is acknowledged, too", lambda: session.channel.unacknowledged == (0, 0))
    assert session.is_awaited()
    await tasks.close()
    await service.close()
