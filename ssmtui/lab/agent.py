"""The far end of a session: the agent on a node, with the manners of the real one (protocol.md sections 4 to 6, 11).

It reads frames one after the other and acknowledges each when it has dealt with it, so that a terminal which takes no
input holds up everything behind it, as in the real agent; the gateway's own loop is never held up.
"""

from __future__ import annotations

import asyncio
import base64
import random
import secrets
import time
from collections.abc import Mapping
from typing import Protocol

from ssmtui.errors import LocalProtocolError
from ssmtui.lab.agent_link import AgentLink, Emit, is_unreadable_size
from ssmtui.lab.answers import ApiError
from ssmtui.lab.documents import SessionPlan
from ssmtui.lab.kms import LabKms
from ssmtui.lab.lab_node import LabNode
from ssmtui.lab.machine import Machine
from ssmtui.lab.manners import READ_LIMIT, READ_PAUSE, AgentFailure, Manners, ReaderBroken
from ssmtui.lab.plain_command import AgentCommand, PlainSettings
from ssmtui.lab.port_agent import PortAgent
from ssmtui.lab.shell import Shell
from ssmtui.lab.utf8 import split_at_character
from ssmtui.protocol import (
    ActionStatus,
    ChallengeAnswered,
    Event,
    FlagReceived,
    HandshakeAnswered,
    HandshakeResponse,
    InputReceived,
    RequestedAction,
    SizeReceived,
)
from ssmtui.protocol.versions import newer
from ssmtui.tasks import Tasks

RESPONSE_TIMEOUT = 15.0
DRAIN_TIMEOUT = 2.0
MAX_WAITING_FRAMES = 10_000
"""Frames that may wait for a reader that is held up; what exceeds them is lost, and sent again by the client."""

LAST_WITHOUT_CHALLENGE = "3.3.807.0"
"""Later agents have the client repeat a random challenge to KMS."""
ENCRYPTED = "This session is encrypted using AWS KMS."

_ERROR_PREFIX = "Encountered error while initiating handshake. "


class _Target(Protocol):
    """What input is for: a terminal, a command that only knows signals, or a port."""

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
        dice: random.Random | None = None,
    ) -> None:
        """``dice`` decide which acknowledgements are forgotten."""
        self._node = node
        self._plan = plan
        self._machine = machine
        self._manners = manners
        self._link = AgentLink(emit, manners.forget_acks, dice, waits=manners.waits)
        self._frames: asyncio.Queue[bytes] = asyncio.Queue(MAX_WAITING_FRAMES)
        self._session_id = session_id
        self._kms = kms or LabKms()
        self._challenged: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._answer: asyncio.Future[HandshakeResponse] = asyncio.get_running_loop().create_future()
        self._target: _Target | None = None
        self._shell: Shell | None = None
        self._port: PortAgent | None = None
        self._awaits_shell = False
        """Whether input is for a terminal whose program has not been started yet."""
        self.failed = False
        """Whether the session has ended as failed, with a text or without."""
        self._tasks = Tasks(f"lab/agent/{node.name}")

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
            self.failed = True
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
        elif kind == "Port":
            await self._play_port()
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
        """A terminal: a handshake for encryption only. The first output shows the client that it may send."""
        self._tasks.start("frames", self._take_frames())
        if self._plan.kms_key_id:
            await self._shake_hands(self._plan.kms_key_id)
        self._awaits_shell = True
        try:
            shell = await self._machine.terminal(self._node, command)
        except OSError as error:
            raise AgentFailure(f"Unable to start command: {error}") from error
        self._target = self._shell = shell
        self._awaits_shell = False
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
        await self._shake_hands(self._plan.kms_key_id)
        settings = PlainSettings.read(self._platform_properties())
        command = AgentCommand(self._node, self._machine, self._link, settings, self._manners)
        self._target = command
        await command.run(command_line)
        await self._link.drained(DRAIN_TIMEOUT)

    async def _play_port(self) -> None:
        """A port: never encrypted, whatever the document says."""
        self._tasks.start("frames", self._take_frames())
        response = await self._shake_hands("", self._plan.properties)
        self._target = self._port = PortAgent(
            self._node, self._plan.properties, response.client_version, self._link, self._manners
        )
        await self._port.run()
        await self._link.drained(DRAIN_TIMEOUT)

    async def _shake_hands(self, kms_key_id: str, properties: Mapping[str, object] | None = None) -> HandshakeResponse:
        """The handshake from request to completion, and the moment after it in which the agent is deaf."""
        started = time.monotonic_ns()
        actions = [RequestedAction("SessionType", {"SessionType": self._plan.session_type, "Properties": properties})]
        challenge = base64.b64encode(secrets.token_bytes(16)).decode()
        if kms_key_id:
            parameters: dict[str, object] = {"KMSKeyId": kms_key_id}
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
        if kms_key_id:
            await self._encrypt(response, challenge)
            message = ENCRYPTED
        self._link.complete_handshake(time.monotonic_ns() - started, message)
        await asyncio.sleep(self._manners.deaf)  # what comes meanwhile is acknowledged and lost
        return response

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
            frame = await self._frames.get()
            if self._refuses(frame):
                continue
            try:
                for event in self._link.receive(frame):
                    self._handle(event)
            except ReaderBroken:
                return
            if self._target is not None:
                await self._target.drained()
            self._link.acknowledge()

    def _refuses(self, frame: bytes) -> bool:
        """Whether a frame must not be taken or acknowledged now: the client sends it again."""
        if self._port is not None:
            if self._port.is_dead:
                return True
            kind = self._link.next_input(frame) if self._port.refusing else None
            return kind is not None and self._port.refuses(kind)
        # The real one acknowledges the frame whose turn it is only when its handler has not failed, which it does
        # without a pseudo-terminal (ErrHandlerNotReady), and for a size that it cannot read.
        if self._awaits_shell or (self._shell is not None and is_unreadable_size(frame)):
            return self._link.next_input(frame) is not None
        return False

    def _handle(self, event: Event) -> None:
        if isinstance(event, HandshakeAnswered) and not self._answer.done():
            self._answer.set_result(event.response)
        elif isinstance(event, ChallengeAnswered) and event.ok and not self._challenged.done():
            self._challenged.set_result(True)
        elif isinstance(event, InputReceived) and self._target is not None:
            self._target.write(event.data)
        elif isinstance(event, SizeReceived) and self._shell is not None:
            self._shell.resize(event.size)
        elif isinstance(event, FlagReceived) and self._port is not None:
            self._port.flag(event.flag)
