"""Starts sessions: StartSession for nodes, ExecuteCommand for containers of ECS. A session that is no longer wanted
when the answer comes is ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from ssmtui.aws import convert
from ssmtui.aws.caller import AwsCaller
from ssmtui.aws.session import AwsSession
from ssmtui.errors import ServiceError, SsmtuiError, TargetNotConnected
from ssmtui.model import Container, Grant, StartRequest
from ssmtui.tasks import Tasks

log = logging.getLogger(__name__)

FAREWELL = 5.0
"""Seconds that closing waits for sessions nobody wanted any more to be ended."""
YOUNG = timedelta(minutes=1)
SHELL = "/bin/sh"
"""What every Linux image with a shell has; the agent in a container runs it as it is, without a shell of its own."""

Terminate = Callable[[str], Awaitable[None]]


class ScopeStarts:
    """The starts of one scope. ``terminate`` ends a session by its id, and ``end_now`` does so without the event loop:
    it blocks."""

    def __init__(self, caller: AwsCaller, terminate: Terminate, end_now: Callable[[str], None]) -> None:
        self._caller = caller
        self._terminate = terminate
        self._end_now = end_now
        self._unwanted = Tasks("gateway")
        self._endings: set[asyncio.Task[None]] = set()

    async def start(self, request: StartRequest) -> Grant:
        """Start a session. When the caller stops waiting, the one that may still come is ended in the background.

        The agent of a new task connects some seconds after ECS says that it runs: until then ExecuteCommand answers
        TargetNotConnected (aws/containers-roadmap#187), and the error says that it ``is_connecting``.
        """
        try:
            return await self._start(request)
        except TargetNotConnected as error:
            error.is_connecting = request.container is not None and await self._is_young(request.container)
            raise

    async def _is_young(self, container: Container) -> bool:
        """Whether its task was started within the last minute; not where that cannot be read."""

        def read(aws: AwsSession) -> bool:
            answer = aws.ecs.describe_tasks(cluster=container.cluster, tasks=[container.task])
            started = next((convert.moment(task.get("startedAt")) for task in answer.get("tasks", ())), None)
            return started is not None and datetime.now(UTC) - started < YOUNG

        try:
            return await asyncio.wrap_future(self._caller.submit("DescribeTasks", read))
        except SsmtuiError as error:
            log.info("the age of a task cannot be read: %s", error)
            return False

    async def _start(self, request: StartRequest) -> Grant:
        operation, work = _call(request)
        call = self._caller.submit(operation, work)
        starting = self._caller.pools.starting
        # Until the caller has the session's id and can end it: a loop that stands still takes no answers.
        starting[call] = self._end_now
        try:
            grant = await asyncio.wrap_future(call)
        except asyncio.CancelledError:
            if call.cancel():
                starting.pop(call)
            else:
                self._end_later(call)
            raise
        except BaseException:
            starting.pop(call)
            raise
        if not (grant.token and grant.stream_url):
            self._end_later(call)
            raise ServiceError(
                f"{operation} answered without a token or an address",
                operation=operation,
                remedy="Try again; if it happens again, check proxies and the endpoint URL.",
            )
        starting.pop(call)
        return grant

    async def close(self) -> None:
        """End the sessions that were started and are no longer wanted, within seconds."""
        if self._endings:
            await asyncio.wait(self._endings, timeout=FAREWELL)
        await self._unwanted.close()

    def _end_later(self, call: Future[Grant]) -> None:
        ending = self._unwanted.start("end an unwanted session", self._end_unwanted(call))
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)

    async def _end_unwanted(self, call: Future[Grant]) -> None:
        try:
            grant = await asyncio.wrap_future(call)
        except SsmtuiError:
            self._caller.pools.starting.pop(call, None)
            return  # none was started
        try:
            if grant.session_id:
                await self._terminate(grant.session_id)
        except SsmtuiError as error:
            log.warning("a session that nobody wanted could not be ended: %s", error)
        self._caller.pools.starting.pop(call, None)


def _call(request: StartRequest) -> tuple[str, Callable[[AwsSession], Grant]]:
    if request.container is not None:
        return "ExecuteCommand", partial(_execute, container=request.container, command=request.command)
    return "StartSession", partial(_start, arguments=_start_arguments(request))


def _start(aws: AwsSession, arguments: Mapping[str, Any]) -> Grant:
    return convert.grant(aws.ssm.start_session(**arguments))


def _start_arguments(request: StartRequest) -> dict[str, Any]:
    """StartSession's arguments. Empty ones are left out: the service takes no empty document, reason or value."""
    given = {name: [value for value in values if value] for name, values in request.parameters.items()}
    arguments: dict[str, Any] = {
        "DocumentName": request.document_name,
        "Reason": request.reason,
        "Parameters": {name: values for name, values in given.items() if values},
    }
    return {"Target": request.target} | {name: value for name, value in arguments.items() if value}


def _execute(aws: AwsSession, container: Container, command: str) -> Grant:
    answer = aws.ecs.execute_command(
        cluster=container.cluster,
        task=container.task,
        container=container.name,
        command=command or SHELL,
        interactive=True,
    )
    return convert.executed(answer)
