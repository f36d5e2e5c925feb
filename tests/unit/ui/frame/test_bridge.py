import asyncio
from typing import Any, cast

from ssmtui.inventory.states import ScopePhase, ScopeState
from ssmtui.inventory.store import NOTHING, Delta
from ssmtui.model import Node, Scope, StartRequest, TerminalSize
from ssmtui.sessions.snapshots import SessionChange
from ssmtui.sessions.states import SessionState
from ssmtui.ui.frame.bridge import FleetBridge, SessionBridge
from ssmtui.ui.frame.messages import InventoryChanged, SessionsChanged
from ssmtui.ui.kit.turns import Throttle
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


def session_bridge() -> tuple[SessionBridge, FakeManager, list[Any]]:
    manager, posted = FakeManager(), []
    return SessionBridge(cast("Any", manager), posted.append), manager, posted


async def fleet_bridge(*nodes: Node) -> tuple[FleetBridge, FakeFleet, list[Any]]:
    """A bridge that has told what there was."""
    fleet, posted = FakeFleet(), []
    fleet.nodes = {node.key: node for node in nodes}
    bridge = FleetBridge(cast("Any", fleet), posted.append)
    await wait_until("a message", lambda: posted)
    return bridge, fleet, posted


async def test_many_changes_make_one_message_that_names_each_session():
    _, manager, posted = session_bridge()
    first = manager.start(StartRequest("i-1"), TerminalSize(80, 24))
    second = manager.start(StartRequest("i-2"), TerminalSize(80, 24))
    for number in range(100):
        manager.prints(first, str(number))
    manager.becomes(second, SessionState.CONNECTING)
    await wait_until("a message", lambda: posted)
    (message,) = posted
    assert isinstance(message, SessionsChanged)
    assert message.changes == {
        first: {SessionChange.ADDED, SessionChange.SCREEN},
        second: {SessionChange.ADDED, SessionChange.STATE},
    }


async def test_a_change_after_a_message_makes_another():
    _, manager, posted = session_bridge()
    key = manager.start(StartRequest("i-1"), TerminalSize(80, 24))
    await wait_until("a message", lambda: posted)
    manager.prints(key, "x")
    await wait_until("another message", lambda: len(posted) == 2)
    assert posted[1].changes == {key: {SessionChange.SCREEN}}


A, B = Node("i-a", "a"), Node("i-b", "b")


async def test_an_inventory_message_carries_all_changes_of_nodes_in_one():
    _, fleet, posted = await fleet_bridge()
    fleet.report(Delta((A, B)))
    fleet.report(Delta((A._replace(ip="10.0.0.1"),), (B.key,)))
    fleet.report(Delta(removed=(("", "", "i-c"),)))
    fleet.report(Delta((B._replace(id="i-c"),)))
    await wait_until("another message", lambda: len(posted) == 2)
    assert isinstance(posted[1], InventoryChanged)
    assert posted[1].delta == Delta((A._replace(ip="10.0.0.1"), B._replace(id="i-c")), (B.key,))


async def test_an_inventory_message_tells_the_scopes_whose_state_differs():
    _, fleet, posted = await fleet_bridge()
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
    _, _, posted = await fleet_bridge(A)
    assert posted[0].delta == Delta((A,))


async def test_closed_bridges_are_silent():
    made, manager, heard = session_bridge()
    other, fleet, posted = await fleet_bridge()
    manager.start(StartRequest("i-1"), TerminalSize(80, 24))
    made.close()
    fleet.report(Delta((B,)))
    other.close()
    fleet.report(Delta((A,)))
    manager.start(StartRequest("i-1"), TerminalSize(80, 24))
    fired = asyncio.Event()
    asyncio.get_running_loop().call_later(0.05, fired.set)
    await fired.wait()
    assert (heard, len(posted)) == ([], 1)


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
