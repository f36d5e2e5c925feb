import asyncio
from typing import Any, cast

from ssmtui.inventory.states import ScopePhase, ScopeState
from ssmtui.inventory.store import NOTHING, Delta
from ssmtui.model import Node, Scope, StartRequest, TerminalSize
from ssmtui.sessions.snapshots import Change
from ssmtui.sessions.states import SessionState
from ssmtui.ui.bridge import Bridge, Throttle
from ssmtui.ui.messages import InventoryChanged, SessionsChanged
from tests.support.fakes import FakeManager
from tests.support.wait import wait_until

HERE, THERE = Scope("prod", "eu-west-1"), Scope("dev", "eu-west-1")


class FakeFleet:
    def __init__(self) -> None:
        self.states: dict[Scope, ScopeState] = {HERE: ScopeState(HERE), THERE: ScopeState(THERE)}
        self.nodes: dict[Any, Node] = {}
        self.on_change: Any = None

    def report(self, delta: Delta = NOTHING, state: ScopeState | None = None) -> None:
        if state is not None:
            self.states[state.scope] = state
        self.on_change(delta)


def bridge(*nodes: Node) -> tuple[Bridge, FakeManager, FakeFleet, list[Any]]:
    manager, fleet, posted = FakeManager(), FakeFleet(), []
    fleet.nodes = {node.key: node for node in nodes}
    return Bridge(cast("Any", manager), cast("Any", fleet), posted.append), manager, fleet, posted


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


A, B = Node("i-a", "a"), Node("i-b", "b")


async def test_an_inventory_message_carries_all_changes_of_nodes_in_one():
    _, _, fleet, posted = bridge()
    fleet.report(Delta((A, B)))
    fleet.report(Delta((A._replace(ip="10.0.0.1"),), (B.key,)))
    fleet.report(Delta(removed=(("", "", "i-c"),)))
    fleet.report(Delta((B._replace(id="i-c"),)))
    await wait_until("a message", lambda: posted)
    (message,) = posted
    assert isinstance(message, InventoryChanged)
    assert message.delta == Delta((A._replace(ip="10.0.0.1"), B._replace(id="i-c")), (B.key,))


async def test_an_inventory_message_tells_the_scopes_whose_state_differs():
    _, _, fleet, posted = bridge()
    fleet.report(state=ScopeState(HERE, ScopePhase.LOADING))
    await wait_until("a message", lambda: posted)
    assert (posted[0].scopes, posted[0].delta) == ({HERE, THERE}, NOTHING)
    fleet.report(state=ScopeState(HERE, ScopePhase.COMPLETE))
    await wait_until("another message", lambda: len(posted) == 2)
    assert posted[1].scopes == {HERE}
    assert [state.phase for state in posted[1].states.values()] == [ScopePhase.COMPLETE, ScopePhase.WAITING]
    del fleet.states[THERE]
    fleet.report()
    await wait_until("a third message", lambda: len(posted) == 3)
    assert posted[2].scopes == {THERE}


async def test_what_is_known_before_the_bridge_is_told_as_well():
    _, _, _, posted = bridge(A)
    await wait_until("a message", lambda: posted)
    assert posted[0].delta == Delta((A,))


async def test_a_closed_bridge_is_silent():
    made, manager, fleet, posted = bridge()
    manager.start(StartRequest("i-1"), TerminalSize(80, 24))
    made.close()
    fleet.report(Delta((A,)))
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
