"""One session on a service of memory, and its agent."""

from __future__ import annotations

from ssmtui.model import StartRequest
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.states import SessionState
from ssmtui.tasks import Tasks
from tests.support.memory import MemoryAgent, MemoryService, RecordingViewer
from tests.support.wait import wait_until


class SessionStage:
    """The session is started at once; :meth:`open` lets its agent speak."""

    def __init__(self, request: StartRequest = StartRequest("i-1")) -> None:  # noqa: B008  # it never changes
        self.service = MemoryService()
        self.viewer = RecordingViewer()
        self.tasks = Tasks("test")
        self.session = ChannelSession(request, self.service, self.service, self.viewer, self.tasks)

    @property
    def agent(self) -> MemoryAgent:
        """The session's agent, once the session waits for it."""
        return self.service.agents["session-1"]

    async def reaches(self, state: SessionState) -> None:
        """Wait for the session's ``state``."""
        await wait_until(f"the session is {state.value}", lambda: self.session.state is state)

    async def open(self) -> None:
        """Have the agent print a prompt; the session is open then."""
        await self.reaches(SessionState.WAITING)
        self.greet()
        await self.reaches(SessionState.OPEN)

    def greet(self) -> None:
        """What the agent says first."""
        self.agent.say(b"$ ")

    async def close(self) -> None:
        """End all of it."""
        await self.tasks.close()
        await self.service.close()
