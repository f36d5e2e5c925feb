"""A Port session at the agent's end (protocol.md sections 6.4 and 7): what it decides, and the flags.

The bytes are ``port_stream``'s and ``port_mux``'s to carry.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Protocol

from ssmtui.lab.agent_link import AgentLink
from ssmtui.lab.destination import Destination, DialRules
from ssmtui.lab.lab_node import LabNode
from ssmtui.lab.manners import Manners, ReaderBroken
from ssmtui.lab.port_mux import AgentPortMux
from ssmtui.lab.port_stream import AgentPortStream
from ssmtui.protocol import Flag, PayloadType
from ssmtui.protocol.versions import KEEPALIVE_UNTIL, PortMode, knows_terminate_flag, newer, port_mode
from ssmtui.tasks import Tasks

FIRST_MUX_CLIENT = "1.1.70"
LAST_KEEPALIVE_CLIENT = "1.2.331.0"
WITHOUT_KEEPALIVE = "3.1.1446.0"
"""The one release among the older ones that had it switched off."""

Versions = tuple[str, str]
"""The agent's and the client's."""


def agent_mode(properties: Mapping[str, object], versions: Versions) -> PortMode:
    """What this agent takes the session for; the client decides for itself (section 6.4)."""
    agent, client = versions
    mode = port_mode(properties, agent)
    if mode is PortMode.MUX and _compare(client, FIRST_MUX_CLIENT) < 0:
        return PortMode.BASIC
    return mode


def agent_keepalive(versions: Versions) -> bool:
    """Whether this agent sends NOPs and hangs up when it hears nothing (the table in section 7)."""
    agent, client = versions
    if newer(agent, KEEPALIVE_UNTIL):
        return _compare(client, LAST_KEEPALIVE_CLIENT) <= 0
    return agent != WITHOUT_KEEPALIVE


def _compare(client: str, other: str) -> int:
    """Above, below or 0 as the agent finds a client's version: by numbers, or as text where there are none (2.4)."""
    if re.fullmatch(r"[0-9]+(\.[0-9]+)*", client):
        return newer(client, other) - newer(other, client)
    return (client > other) - (client < other)


class _Carrier(Protocol):
    """One of the ways to carry the bytes. ``run`` returns at the end, or raises ``AgentFailure``."""

    @property
    def is_dead(self) -> bool: ...

    @property
    def refusing(self) -> bool: ...

    def refuses(self, kind: PayloadType) -> bool: ...

    def write(self, data: bytes) -> None: ...

    def disconnect(self) -> None: ...

    async def drained(self) -> None: ...

    async def run(self) -> None: ...

    async def close(self) -> None: ...


class PortAgent:
    """Plays one Port session, once hands are shaken."""

    def __init__(
        self, node: LabNode, properties: Mapping[str, object], client_version: str, link: AgentLink, manners: Manners
    ) -> None:
        self._properties = properties
        self._rules = DialRules(node)
        self._versions: Versions = node.agent_version, client_version
        self._link = link
        self._manners = manners
        self._carrier: _Carrier | None = None
        self._terminated = asyncio.Event()

    @property
    def is_dead(self) -> bool:
        """Whether the session's process has died: nothing is read or acknowledged any more."""
        return self._carrier is not None and self._carrier.is_dead

    @property
    def refusing(self) -> bool:
        """Whether :meth:`refuses` may say yes."""
        return self._carrier is None or self._carrier.refusing

    def refuses(self, kind: PayloadType) -> bool:
        """Whether input of this kind is not taken now and must come again."""
        return self._carrier is None or self._carrier.refuses(kind)

    def write(self, data: bytes) -> None:
        """Bytes of the client's."""
        if self._carrier is not None:
            self._carrier.write(data)

    def flag(self, flag: Flag) -> None:
        """A flag of the client's. The second TERMINATE raises :class:`ReaderBroken`: nobody waits for it any more."""
        if flag is Flag.DISCONNECT_TO_PORT and self._carrier is not None:
            self._carrier.disconnect()
        elif flag is Flag.TERMINATE and knows_terminate_flag(self._versions[0]):
            if self._terminated.is_set():
                raise ReaderBroken
            self._terminated.set()

    async def drained(self) -> None:
        """Return once the bytes are taken."""
        if self._carrier is not None:
            await self._carrier.drained()

    async def run(self) -> None:
        """Carry bytes to the session's end; raises :class:`AgentFailure`. Leaves no connection behind."""
        destination = await Destination.find(self._properties, self._rules)
        mode = agent_mode(self._properties, self._versions)
        carrier: _Carrier
        if mode is PortMode.MUX:
            carrier = AgentPortMux(destination, self._link, self._manners, keepalive=agent_keepalive(self._versions))
        else:
            carrier = AgentPortStream(destination, self._link, self._manners, redials=mode is PortMode.BASIC)
        self._carrier = carrier
        tasks = Tasks("lab/port")
        carrying = tasks.start("carrier", carrier.run(), awaited=True)
        ending = tasks.start("terminated", self._terminated.wait())
        try:
            await asyncio.wait((carrying, ending), return_when=asyncio.FIRST_COMPLETED)
            if carrying.done():
                carrying.result()
        finally:
            await tasks.close()
            await carrier.close()
