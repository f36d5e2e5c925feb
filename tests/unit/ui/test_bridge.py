import asyncio
from typing import Any, cast

from ssmtui.inventory.poller import InventoryState, Phase
from ssmtui.inventory.store import NOTHING, Delta
from ssmtui.model import StartRequest, TerminalSize
from ssmtui.sessions.snapshots import Change
from ssmtui.sessions.states import SessionState
from ssmtui.ui.bridge import Bridge, Throttle
from ssmtui.ui.messages import InventoryChanged, SessionsChanged
from tests.support.fakes import FakeManager
from tests.support.wait import wait_until


class FakePoller:
    def __init__(self) -> None:
        self.state = InventoryState()
        self.on_change: Any = None

    def report(self, state: InventoryState, delta: Delta = NOTHING) -> None:
        self.state = state
        self.on_change(state, delta)


def bridge() -> tuple[Bridge, FakeManager, FakePoller, list[Any]]:
    manager, poller, posted = FakeManager(), FakePoller(), []
    return Bridge(cast("Any", manager), cast("Any", poller), posted.append), manager, poller, posted


async def test_many_changes_make_one_message_that_names_each_session():
    _, manager, _, posted = bridge()
    first = manager.start(StartRequest("i-1"), TerminalSize(80, 24))
    second = manager.start(StartRequest("i-2"), TerminalSize(80, 24))
    for number in range(100):
        manager.prints(first, str(number))
    manager.becomes(second, SessionState.CONNECTING)
    await wait_until("a message", lambda: posted)
    (message,) = posted
    assert isinstance(message, SessionsChanged)
    assert message.changes == {first: {Change.ADDED, Change.SCREEN}, second: {Change.ADDED, Change.STATE}}


async def test_a_change_after_a_message_makes_another():
    _, manager, _, posted = bridge()
    key = manager.start(StartRequest("i-1"), TerminalSize(80, 24))
    await wait_until("a message", lambda: posted)
    manager.prints(key, "x")
    await wait_until("another message", lambda: len(posted) == 2)
    assert posted[1].changes == {key: {Change.SCREEN}}


async def test_an_inventory_message_carries_the_newest_state_and_whether_any_node_changed():
    _, _, poller, posted = bridge()
    poller.report(InventoryState(Phase.LOADING), Delta(added=frozenset({"i-1"})))
    poller.report(InventoryState(Phase.READY))
    await wait_until("a message", lambda: posted)
    (message,) = posted
    assert isinstance(message, InventoryChanged)
    assert (message.state.phase, message.nodes_changed) == (Phase.READY, True)
    poller.report(InventoryState(Phase.LOADING))
    await wait_until("another message", lambda: len(posted) == 2)
    assert posted[1].nodes_changed is False


async def test_a_closed_bridge_is_silent():
    made, manager, poller, posted = bridge()
    manager.start(StartRequest("i-1"), TerminalSize(80, 24))
    made.close()
    poller.report(InventoryState(Phase.READY))
    manager.start(StartRequest("i-1"), TerminalSize(80, 24))
    fired = asyncio.Event()
    asyncio.get_running_loop().call_later(0.05, fired.set)
    await fired.wait()
    assert posted == []


async def test_a_throttle_acts_at_once_after_quiet_and_then_waits():
    loop = asyncio.get_running_loop()
    fired: list[float] = []
    throttle = Throttle(lambda: fired.append(loop.time()), interval=0.05)
    start = loop.time()
    throttle.request()
    throttle.request()
    await wait_until("the first", lambda: fired)
    assert fired[0] - start < 0.05
    throttle.request()
    await wait_until("the second", lambda: len(fired) == 2)
    assert fired[1] - fired[0] >= 0.05
