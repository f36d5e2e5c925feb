"""What the service is told, and asked, at the end of a session."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from ssmtui.aws.gateway import LastCall
from ssmtui.errors import AccessDenied, ConnectionFailed, SsmtuiError, Throttled
from ssmtui.model import SessionRecord
from ssmtui.sessions import farewell
from ssmtui.sessions.farewell import AT_ONCE, end_many, end_without_loop, last_words, terminate, why_not_ended

ENDED = SessionRecord("session-1", "i-1", "Terminated", details="idle for too long")


class Service:
    """Answers with what it was given, in turn."""

    def __init__(self, *answers: SsmtuiError | SessionRecord | None) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def _answer(self, session_id: str) -> SessionRecord | None:
        assert session_id == "session-1"
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, SsmtuiError):
            raise answer
        return answer

    terminate_session = past_session = _answer


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(farewell, "LOOKS", (0.0, 0.0, 0.0))
    monkeypatch.setattr(farewell.Backoff, "delay", lambda self: 0.0)


async def test_terminate_goes_on_until_it_is_confirmed() -> None:
    service = Service(ConnectionFailed("no route"), Throttled("slow down"), None)
    assert await terminate(service, "session-1")  # type: ignore[arg-type]
    assert service.asked == 3


async def test_a_refusal_is_not_asked_again() -> None:
    denied: list[AccessDenied] = []
    service = Service(AccessDenied("no"), None)
    assert not await terminate(service, "session-1", denied=denied.append)  # type: ignore[arg-type]
    assert service.asked == 2, "TerminateSession and the look into the history"
    assert len(denied) == 1


async def test_w3_a_refused_end_of_a_session_that_is_history_is_confirmed() -> None:
    service = Service(AccessDenied("no"), ENDED)
    assert await terminate(service, "session-1")  # type: ignore[arg-type]
    assert service.asked == 2


async def test_a_session_that_is_no_history_yet_is_looked_for_again() -> None:
    service = Service(None, None, ENDED)
    told = await last_words(service, "session-1")  # type: ignore[arg-type]
    assert told.splitlines()[1:] == ["Terminated", "idle for too long"]


@pytest.mark.parametrize("answers", [(None, None, None), (AccessDenied("no"),)])
async def test_without_a_record_it_says_what_is_known(answers: tuple[SsmtuiError | None, ...]) -> None:
    service = Service(*answers)
    assert await last_words(service, "session-1") == "The session ended while its connection was lost."  # type: ignore[arg-type]
    assert service.asked == len(answers)


async def test_a_service_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(farewell, "TOLD_IN", 0.01)

    class Silent:
        async def past_session(self, session_id: str) -> None:
            await asyncio.Event().wait()

    async with asyncio.timeout(5):
        assert "connection was lost" in await last_words(Silent(), "session-1")  # type: ignore[arg-type]


# Without the event loop


def answering(*answers: Exception | None) -> Callable[[], None]:
    """An end that goes as given, in turn."""
    left = list(answers)

    def end() -> None:
        if (answer := left.pop(0)) is not None:
            raise answer

    return end


def test_fault_4_what_passes_is_tried_again_and_what_stays_is_named() -> None:
    calls = [
        LastCall("gone", answering(None)),
        LastCall("throttled", answering(Throttled("slow down"), ConnectionFailed("reset"), None)),
        LastCall("denied", answering(AccessDenied("no"))),
        LastCall("broken", answering(ZeroDivisionError())),
        *(LastCall(f"gone-{number}", answering(None)) for number in range(3 * AT_ONCE)),
    ]
    assert end_without_loop(calls, 10) == ["denied", "broken"]
    assert end_without_loop([], 10) == []


def test_fault_4_the_last_calls_take_no_longer_than_they_may() -> None:
    never = threading.Event()

    def end() -> None:
        never.wait()

    try:
        told = end_without_loop([LastCall("hangs", end), LastCall("gone", answering(None))], 0.2)
    finally:
        never.set()
    assert told == ["hangs"]


def test_fault_4_a_service_out_of_reach_is_asked_only_as_long_as_there_is_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(farewell.Backoff, "delay", lambda self: 60.0)
    assert end_without_loop([LastCall("one", answering(ConnectionFailed("no route")))], 30) == ["one"]


async def test_why_a_session_could_not_be_ended_is_said() -> None:
    refused = AccessDenied("no")
    assert await why_not_ended(Service(refused, None), "session-1") is refused  # type: ignore[arg-type]
    lost = [ConnectionFailed("one"), ConnectionFailed("two")]
    assert await why_not_ended(Service(*lost), "session-1", attempts=2) is lost[1]  # type: ignore[arg-type]
    assert await why_not_ended(Service(None), "session-1") is None  # type: ignore[arg-type]


async def test_many_are_ended_a_few_at_once_and_each_is_reported() -> None:
    running, most = 0, 0

    class Many:
        async def terminate_session(self, session_id: str) -> None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1
            if session_id == "s-7":
                raise AccessDenied("no")

        async def past_session(self, session_id: str) -> SessionRecord | None:
            return None

    told: dict[int, SsmtuiError | None] = {}
    await end_many([(Many(), f"s-{number}") for number in range(30)], told.__setitem__)  # type: ignore[misc]
    assert sorted(told) == list(range(30))
    assert [place for place, error in told.items() if error is not None] == [7]
    assert most == AT_ONCE
