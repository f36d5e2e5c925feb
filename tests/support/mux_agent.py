"""The agent's multiplexer behind a memory agent."""

from __future__ import annotations

from ssmtui.protocol import Role
from ssmtui.protocol.smux import Smux, StreamData, StreamEnded, StreamOpened
from tests.support.memory import MemoryAgent


class MuxAgent:
    """The agent's multiplexer behind a memory agent: keeps what each stream gets; ``echo`` sends it back."""

    def __init__(self, agent: MemoryAgent, *, echo: bool = False) -> None:
        self.smux = Smux(Role.AGENT, keepalive=False)
        self.got: dict[int, bytes] = {}
        self.ended: list[int] = []
        self._agent = agent
        self._echo = echo
        agent.on_input = self.receive

    def receive(self, data: bytes) -> None:
        self.smux.receive(data, 0.0)
        for event in self.smux.events():
            if isinstance(event, StreamOpened):
                self.got[event.stream_id] = b""
            elif isinstance(event, StreamData):
                taken = self.smux.take(event.stream_id, 1 << 20)
                self.got[event.stream_id] += taken
                if self._echo:
                    self.smux.send(event.stream_id, taken)
            elif isinstance(event, StreamEnded):
                self.ended.append(event.stream_id)
        self.flush()

    def say(self, stream_id: int, data: bytes) -> None:
        self.smux.send(stream_id, data)
        self.flush()

    def flush(self) -> None:
        while data := self.smux.data_to_send(1024):
            self._agent.say(data)
