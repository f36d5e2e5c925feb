from ssmtui.inventory.session_rows import Holder, SessionWhere
from ssmtui.ledger.ledger import HeldSession
from ssmtui.ledger.owners import OwnerFacts
from ssmtui.ledger.record import LedgerRecord
from ssmtui.model import StartRequest
from ssmtui.sessions.states import SessionState
from ssmtui.ui.control.holding import holders_of
from tests.support.fakes import FakeManager, make_node

ID = "f" * 32
OWNER = OwnerFacts("run", 4711, "laptop", 0.0)


def held(session_id: str, title: str, owner: OwnerFacts | None, *, mine: bool = False) -> HeldSession:
    request = StartRequest("i-1")
    record = LedgerRecord(id=ID, request=request, title=title, started=0.0, seen=0.0, session_id=session_id)
    return HeldSession(record, owner, mine)


def test_the_ledger_says_which_run_has_a_session_and_which_ones_nobody_has():
    found = holders_of((), [held("a", "web", OWNER), held("b", "db", None), held("", "yet to start", OWNER)])
    assert found == {
        "a": Holder(SessionWhere.OTHER, "web", ID),
        "b": Holder(SessionWhere.DETACHED, "db", ID),
    }


def test_a_tab_of_this_app_says_more_than_the_ledger():
    manager = FakeManager()
    node = make_node(0)
    keys = [manager.start(StartRequest(node.id, title=name), None, node) for name in ("web", "db", "new")]
    for key, name in zip(keys, "abc", strict=True):
        manager.changed(key, session_id=name)
    manager.becomes(keys[1], SessionState.ENDED)
    manager.changed(keys[2], session_id="")
    found = holders_of(
        manager.snapshots(), [held("a", "old title", OWNER, mine=True), held("d", "port", OWNER, mine=True)]
    )
    assert found["a"] == Holder(SessionWhere.HERE, manager.snapshot(keys[0]).title, ID, keys[0])
    assert found["d"] == Holder(SessionWhere.HERE, "port", ID)
    assert set(found) == {"a", "d"}
