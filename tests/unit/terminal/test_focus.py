from __future__ import annotations

from ssmtui.terminal import focus
from ssmtui.terminal.screen import INITIAL_MODES, Modes


def test_focus_is_reported_to_who_asked() -> None:
    modes = Modes(focus_events=True)
    assert (focus.encode(True, modes), focus.encode(False, modes)) == (b"\x1b[I", b"\x1b[O")


def test_focus_is_not_reported_to_others() -> None:
    assert (focus.encode(True, INITIAL_MODES), focus.encode(False, INITIAL_MODES)) == (b"", b"")
