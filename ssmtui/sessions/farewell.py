"""The end of a session as far as the service is concerned: TerminateSession until it is confirmed, what the service
remembers of one that ended by itself, and what to say where a policy lets nobody resume or end it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence

from ssmtui import inert
from ssmtui.aws.gateway import Gateway, LastCall
from ssmtui.errors import AccessDenied, ServiceError, SsmtuiError
from ssmtui.model import SessionRecord
from ssmtui.transport.backoff import Backoff

log = logging.getLogger(__name__)

TERMINATE_ATTEMPTS = 12
"""With the growing pauses between them about two minutes."""
FEW_ATTEMPTS = 4
"""Where somebody waits for the answer: with the pauses a few seconds."""
LOOKS = (0.0, 0.3, 1.0)
"""Seconds before each look for a session among those of the past."""
AT_ONCE = 8
"""Sessions that are ended at once, and threads that do so when the event loop cannot."""
TOLD_IN = 5.0
"""Seconds that the service has to say what became of a session."""


async def terminate(
    gateway: Gateway,
    session_id: str,
    attempts: int = TERMINATE_ATTEMPTS,
    denied: Callable[[AccessDenied], None] = lambda error: None,
) -> bool:
    """Call TerminateSession as :func:`why_not_ended` does. Returns whether the session is known to be over; where it is
    not, it may last until its idle timeout."""
    return await why_not_ended(gateway, session_id, attempts, denied) is None


async def why_not_ended(
    gateway: Gateway,
    session_id: str,
    attempts: int = TERMINATE_ATTEMPTS,
    denied: Callable[[AccessDenied], None] = lambda error: None,
) -> SsmtuiError | None:
    """Call TerminateSession until it is confirmed, ``attempts`` times at most, with growing pauses. Returns None once
    the session is known to be over, else what the last call was answered. ``denied`` is called when a policy forbids
    the call. Raises nothing of the service's.

    A refusal that would not change is not repeated: the session may be over already, which its history says.
    """
    backoff = Backoff()
    last: SsmtuiError | None = None
    for attempt in range(attempts):
        if attempt:
            await asyncio.sleep(backoff.delay())
        try:
            await gateway.terminate_session(session_id)
        except SsmtuiError as error:
            log.warning("TerminateSession %s: %s", session_id, error)
            last = error
            if isinstance(error, ServiceError) and not error.is_passing:
                if isinstance(error, AccessDenied):
                    denied(error)
                return None if await is_history(gateway, session_id) else error
        else:
            return None
    return last


async def end_many(
    sessions: Sequence[tuple[Gateway, str]],
    ended: Callable[[int, SsmtuiError | None], None],
    attempts: int = FEW_ATTEMPTS,
) -> None:
    """End sessions at the service, given by their gateways and ids, a few at once. ``ended`` is called for each with
    its place in ``sessions`` and None, or why its end was not confirmed."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def end(place: int, gateway: Gateway, session_id: str) -> None:
        async with slots:
            ended(place, await why_not_ended(gateway, session_id, attempts))

    async with asyncio.TaskGroup() as group:
        for place, (gateway, session_id) in enumerate(sessions):
            group.create_task(end(place, gateway, session_id))


def end_without_loop(calls: Sequence[LastCall], seconds: float) -> list[str]:
    """Make ``calls`` in threads, for a program whose event loop stands still, and wait ``seconds`` at most. Returns the
    names of the sessions whose end was not confirmed. The threads are daemons: those that still wait then do not keep
    the program from ending.
    """
    until = time.monotonic() + seconds
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(len(calls)):
        waiting.put(number)
    confirmed: set[int] = set()

    def work() -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                number = waiting.get_nowait()
                if _is_ended(calls[number], until):
                    confirmed.add(number)

    threads = [threading.Thread(target=work, name=f"ssmtui-last-{n}", daemon=True) for n in range(AT_ONCE)]
    for thread in threads[: len(calls)]:
        with contextlib.suppress(RuntimeError):  # the system has no more of them; one that runs makes all calls
            thread.start()
    for thread in threads:
        if thread.ident is not None:
            thread.join(max(0.0, until - time.monotonic()))
    return [call.name for number, call in enumerate(calls) if number not in confirmed]


def _is_ended(call: LastCall, until: float) -> bool:
    backoff = Backoff()
    while True:
        try:
            call.end()
        except Exception as error:
            log.warning("TerminateSession %s: %s", call.name, error)
            pause = backoff.delay()
            if not getattr(error, "is_passing", False) or time.monotonic() + pause > until:
                return False
            time.sleep(pause)
        else:
            return True


async def is_history(gateway: Gateway, session_id: str) -> bool:
    """Whether the service says within :data:`TOLD_IN` seconds that the session is over; False also where it cannot be
    asked."""
    with contextlib.suppress(TimeoutError, SsmtuiError):  # a person may lack ssm:DescribeSessions
        async with asyncio.timeout(TOLD_IN):
            return await gateway.past_session(session_id) is not None
    return False


async def last_words(gateway: Gateway, session_id: str) -> str:
    """What the service remembers of a session that ended while it could not be reached, as printable lines: the reason
    is in the channel_closed that nobody received."""
    told = "The session ended while its connection was lost."
    with contextlib.suppress(TimeoutError, SsmtuiError):
        async with asyncio.timeout(TOLD_IN):
            record = await _past_session(gateway, session_id)
        if record is not None:
            told += "".join(f"\n{inert.line(text)}" for text in (record.status, record.details) if text)
    return told


async def _past_session(gateway: Gateway, session_id: str) -> SessionRecord | None:
    """A session that has just ended takes a moment to be history."""
    for pause in LOOKS:
        await asyncio.sleep(pause)
        record = await gateway.past_session(session_id)
        if record is not None:
            return record
    return None


def resume_denied(error: AccessDenied) -> AccessDenied:
    """What to say when ResumeSession answered ``error``.

    The remedy stays that of ``error``: it knows which policy denies, and so whether to ask for a statement or for the
    change of a policy that no statement overrules.
    """
    return _titled(error, "Your policy lets you start sessions but not resume them", error.remedy)


def take_over_denied(error: AccessDenied, session_id: str) -> AccessDenied:
    """What to say when ResumeSession answered ``error`` for a session that another client began. The statement that is
    usual lets people resume the sessions that they have started themselves, under the same role session name: other
    programs make up another one with each run for a role whose AWS profile names none (:mod:`ssmtui.aws.role_names`
    keeps ours)."""
    whose = f"Where somebody else has started it, it takes ssm:ResumeSession on session/{inert.line(session_id, 96)}."
    if session_id.startswith("botocore-session-"):
        whose = "Another program or machine named it: set role_session_name in the AWS profile that assumes the role."
    return _titled(error, "Your policy does not let you take this session over", f"{whose} {error.remedy}".rstrip())


def end_denied(error: AccessDenied) -> AccessDenied:
    """What to say when the first TerminateSession answered ``error``: a policy without it for the person's own sessions
    seldom has ResumeSession, which the first hourly close of a socket would show by the loss of a shell."""
    lost = "AWS closes each connection about once an hour, and a shell that cannot be resumed is lost then."
    title = "Your policy does not let you end sessions, and probably not resume them"
    return _titled(error, title, f"{lost} {error.remedy}".rstrip())


def _titled(error: AccessDenied, title: str, remedy: str) -> AccessDenied:
    titled = AccessDenied(
        error.detail, code=error.code, operation=error.operation, title=title, remedy=remedy, status=error.status
    )
    titled.action, titled.reason = error.action, error.reason
    return titled
