"""Focus events as bytes for the node (xterm ctlseqs, "FocusIn/FocusOut")."""

from __future__ import annotations

from ssmtui.terminal.screen import Modes


def encode(gained: bool, modes: Modes) -> bytes:
    """What the node gets when the pane gains or loses the focus; empty unless its program set mode 1004."""
    if not modes.focus_events:
        return b""
    return b"\x1b[I" if gained else b"\x1b[O"
