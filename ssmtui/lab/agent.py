"""The far end of a session: the agent on a node, with the manners of the real one (protocol.md sections 4 to 6).

It reads frames one after the other, so that a terminal which takes no input holds up everything behind it, as in the
real agent; the gateway's own loop is never held up.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ssmtui.errors import LocalProtocolError
from ssmtui.lab.agent_link import AgentLink, Emit
from ssmtui.lab.answers import ApiError
from ssmtui.lab.documents import SessionPlan
from ssmtui.lab.fleet import LabNode
from ssmtui.lab.kms import LabKms
from ssmtui.lab.machine import Machine
from ssmtui.lab.plain_command import PlainCommand, PlainSettings
from ssmtui.lab.shell import Shell
from ssmtui.lab.utf8 import split_at_character
from ssmtui.protocol import (
    ActionStatus,
    ChallengeAnswered,
    Event,
    HandshakeAnswered,
    HandshakeResponse,
    InputReceived,
    RequestedAction,
    SizeReceived,
)
from ssmtui.protocol.versions import newer
from ssmtui.tasks import TaskGroup

READ_LIMIT = 1024
READ_PAUSE = 0.001
"""Seconds between two reads of a terminal: the real agent's, and with READ_LIMIT its ceiling of 1 MB/s."""
RESPONSE_TIMEOUT = 15.0
DRAIN_TIMEOUT = 2.0
MAX_WAITING_FRAMES = 10_000
"""Frames that may wait for a reader that is held up; what exceeds them is lost, and sent again by the client."""

LAST_WITHOUT_CHALLENGE = "3.3.807.0"
"""Later agents have the client repeat a random challenge to KMS."""
ENCRYPTED = "This session is encrypted using AWS KMS."

_ERROR_PREFIX = "Encountered error while initiating handshake. "


@dataclass(frozen=True, slots=True)
class Manners:
    """How closely the agent keeps to the real one's clock."""

    start_delay: float = 1.0
    """Seconds from the start of a terminal's program to the first read of it."""
    pacing: bool = True
    """Whether it pauses after each read."""


class AgentFailure(Exception):
    """The session ends with this text."""


class _Target(Protocol):
    """What input is for: a terminal, or a command that only knows signals."""

    def write(self, data: bytes) -> None: ...

    async def drained(self) -> None: ...


class Agent:
    """Plays one session on one node."""

    def __init__(
        self,
        node: LabNode,
        plan: SessionPlan,
        machine: Machine,
        manners: Manners,
        emit: Emit,
        *,
        session_id: str = "",
        kms: LabKms | None = None,
    ) -> None:
        self._node = node
        self._plan = plan
        self._machine = machine
        self._manners = manners
        self._link = AgentLink(emit)
        self._frames: asyncio.Queue[bytes] = asyncio.Queue(MAX_WAITING_FRAMES)
        self._session_id = session_id
        self._kms = kms or LabKms()
        self._challenged: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._answer: asyncio.Future[HandshakeResponse] = asyncio.get_running_loop().create_future()
        self._target: _Target | None = None
        self._shell: Shell | None = None
        self._tasks = TaskGroup(f"lab/agent/{node.name}")

    def deliver(self, frame: bytes) -> None:
        """A frame from the gateway."""
        if not self._frames.full():
            self._frames.put_nowait(frame)

    def kill_now(self) -> None:
        """Kill the program without waiting: for a process that is about to die."""
        if self._shell is not None:
            self._shell.kill_now()

    async def run(self) -> str:
        """Play the session to its end; the text that the gateway shows as its reason, empty after a normal end.

        Cancelling it kills the program at once, without drain, as TerminateSession does.
        """
        try:
            await self._play()
        except AgentFailure as failure:
            return str(failure)
        finally:
            await self._tasks.close()
            self._link.close()
        return ""

    async def _play(self) -> None:
        kind = self._plan.session_type
        if kind == "Standard_Stream":
            await self._play_terminal(None)
        elif kind == "InteractiveCommands":
            await self._play_terminal(self._command_line())
        elif kind == "NonInteractiveCommands":
            await self._play_command(self._command_line())
        else:
            raise AgentFailure(
                f"Plugin with name {kind} is not supported by this version of ssm agent, "
                f"please update to latest version. Step name: {kind}"
            )

    def _platform_properties(self) -> Mapping[str, object]:
        found = self._plan.properties.get(self._node.system.platform_type.lower(), {})
        return found if isinstance(found, Mapping) else {}

    def _command_line(self) -> str:
        commands = self._platform_properties().get("commands", "")
        if not isinstance(commands, str):
            raise AgentFailure("Invalid format in session properties: commands must be a string")
        if not commands.strip():
            raise AgentFailure(f"Commands cannot be empty for session type {self._plan.session_type}")
        return commands

    async def _play_terminal(self, command: str | None) -> None:
        """A terminal: no handshake but for encryption; the first output tells the client that it may speak."""
        self._tasks.start("frames", self._take_frames())
        if self._plan.kms_key_id:
            await self._shake_hands()
        try:
            shell = await self._machine.terminal(self._node, command)
        except OSError as error:
            raise AgentFailure(f"Unable to start command: {error}") from error
        self._target = self._shell = shell
        try:
            await asyncio.sleep(self._manners.start_delay)
            await self._copy_output(shell)
            await self._link.drained(DRAIN_TIMEOUT)
        finally:
            await shell.kill()

    async def _copy_output(self, shell: Shell) -> None:
        """Until the terminal's end. Frames end on a whole character; what is carried at the end is lost."""
        carried = b""
        while True:
            await self._link.writable()
            chunk = await shell.read(READ_LIMIT)
            if not chunk:
                return
            whole, carried = split_at_character(carried + chunk)
            self._link.send(whole)
            if self._manners.pacing:
                await asyncio.sleep(READ_PAUSE)

    async def _play_command(self, command_line: str) -> None:
        """A command without a terminal: handshake, run, report."""
        self._tasks.start("frames", self._take_frames())
        await self._shake_hands()
        settings = PlainSettings.read(self._platform_properties())
        command = PlainCommand(self._node, self._machine, self._link, settings)
        self._target = command
        await command.run(command_line)
        await self._link.drained(DRAIN_TIMEOUT)

    async def _shake_hands(self) -> None:
        started = time.monotonic_ns()
        actions = [RequestedAction("SessionType", {"SessionType": self._plan.session_type, "Properties": None})]
        challenge = base64.b64encode(secrets.token_bytes(16)).decode()
        if self._plan.kms_key_id:
            parameters: dict[str, object] = {"KMSKeyId": self._plan.kms_key_id}
            if newer(self._node.agent_version, LAST_WITHOUT_CHALLENGE):
                parameters["Challenge"] = challenge
            actions.append(RequestedAction("KMSEncryption", parameters))
        self._link.request_handshake(self._node.agent_version, actions)
        try:
            async with asyncio.timeout(RESPONSE_TIMEOUT):
                response = await self._answer
        except TimeoutError as error:
            raise AgentFailure(
                f"{_ERROR_PREFIX}Handshake timed out. "
                "Please ensure that you have the latest version of the session manager plugin."
            ) from error
        for action in response.actions:
            if action.status is not ActionStatus.SUCCESS:
                raise AgentFailure(
                    f"{_ERROR_PREFIX}{action.action_type} failed on client with "
                    f"status {action.status.value} error: {action.error}"
                )
        message = ""
        if self._plan.kms_key_id:
            await self._encrypt(response, challenge)
            message = ENCRYPTED
        self._link.complete_handshake(time.monotonic_ns() - started, message)

    async def _encrypt(self, response: HandshakeResponse, challenge: str) -> None:
        """Fetch the data key that the client had made, and have the client show that it has it (section 5.5)."""
        results = [action.result for action in response.actions if action.action_type == "KMSEncryption"]
        result = (results and results[0]) or {}
        context = {"aws:ssm:SessionId": self._session_id, "aws:ssm:TargetId": self._node.id}
        if result.get("ChallengeAcknowledgement") is True:
            context["aws:ssm:RandomChallenge"] = challenge
        try:
            key = self._kms.unseal(base64.b64decode(str(result.get("KMSCipherTextKey", ""))), context)
            self._link.encrypt(key, secrets.token_bytes(64))
        except (ApiError, ValueError, LocalProtocolError) as error:
            raise AgentFailure(f"{_ERROR_PREFIX}Fetching data key failed: {error}") from error
        try:
            async with asyncio.timeout(RESPONSE_TIMEOUT):
                await self._challenged
        except TimeoutError as error:
            raise AgentFailure(f"{_ERROR_PREFIX}Timed out waiting for encryption challenge.") from error

    async def _take_frames(self) -> None:
        while True:
            for event in self._link.receive(await self._frames.get()):
                self._handle(event)
            if self._target is not None:
                await self._target.drained()

    def _handle(self, event: Event) -> None:
        if isinstance(event, InputReceived) and self._target is not None:
            self._target.write(event.data)
        elif isinstance(event, SizeReceived) and self._shell is not None:
            self._shell.resize(event.size)
        elif isinstance(event, HandshakeAnswered) and not self._answer.done():
            self._answer.set_result(event.response)
        elif isinstance(event, ChallengeAnswered) and event.ok and not self._challenged.done():
            self._challenged.set_result(True)
