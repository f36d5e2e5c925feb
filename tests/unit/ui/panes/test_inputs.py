"""Input is a session's, not a pane's."""

from ssmtui.model import StartRequest, TerminalSize
from ssmtui.sessions.escape import EscapeAction
from ssmtui.sessions.states import SessionState
from ssmtui.terminal.screen import Modes
from ssmtui.ui.panes.inputs import Inputs
from tests.support.fakes import FakeManager

SIZE = TerminalSize(80, 24)


def opened(manager: FakeManager) -> int:
    key = manager.start(StartRequest("i-0123456789abcdef0"), SIZE)
    manager.becomes(key, SessionState.OPEN)
    return key


def inputs(manager: FakeManager) -> Inputs:
    return Inputs(manager, escapes=True)  # type: ignore[arg-type]


def test_a_session_without_a_pane_is_typed_into_by_its_own_modes() -> None:
    manager = FakeManager()
    one, other = opened(manager), opened(manager)
    typing = inputs(manager)
    manager.sets_modes(other, Modes(application_cursor=True))
    for key in (one, other):
        assert typing.key(key, "up", None) is None
    assert manager.written == {one: b"\x1b[A", other: b"\x1bOA"}


def test_each_session_has_its_own_escapes() -> None:
    manager = FakeManager()
    one, other = opened(manager), opened(manager)
    typing = inputs(manager)
    assert typing.key(one, "tilde", "~") is None
    assert typing.key(other, "full_stop", ".") is None
    assert typing.key(one, "full_stop", ".") is EscapeAction.END
    assert manager.written == {one: b"", other: b"."}


def test_what_is_awaited_takes_nothing() -> None:
    manager = FakeManager()
    key = opened(manager)
    manager.becomes(key, SessionState.AWAITING_APPROVAL)
    typing = inputs(manager)
    typing.key(key, "a", "a")
    typing.paste(key, "text")
    assert manager.written[key] == b""


def test_what_is_typed_for_a_session_that_has_just_gone_is_dropped() -> None:
    manager = FakeManager()
    key, other = opened(manager), opened(manager)
    typing = inputs(manager)
    typing.key(key, "a", "a")
    kept = typing.of(key)
    manager.remove(key)
    assert typing.key(key, "b", "b") is None
    typing.paste(key, "text")
    kept.key("c", "c")
    kept.paste("text")
    assert manager.written == {key: b"a", other: b""}
