"""The escapes of ssh, typed at the start of a line: ``~.`` ends the session, ``~?`` explains, ``~~`` is one tilde.

Bytes in, bytes out, no I/O. Held back is at most one tilde, until the next byte tells what it means
(OpenSSH's ssh(1), "ESCAPE CHARACTERS").
"""

from __future__ import annotations

from enum import Enum

TILDE = ord("~")
_LINE_ENDS = frozenset(b"\r\n")

HELP_TEXT = """\
Supported escape sequences (recognised at the start of a line):
 ~.   end the session
 ~~   send one ~
 ~?   this message"""


class EscapeAction(Enum):
    """What a person asked of the client rather than of the node."""

    END = "end"
    HELP = "help"


_ACTIONS = {ord("."): EscapeAction.END, ord("?"): EscapeAction.HELP}


class EscapeFilter:
    """Watches what a person types into one session."""

    def __init__(self) -> None:
        self._line_start = True
        self._tilde_held = False

    def feed(self, data: bytes) -> tuple[bytes, EscapeAction | None]:
        """Take typed bytes; returns those for the node, and the action met among them.

        What follows ``~.`` in the same bytes is dropped, for nobody is there to read it.
        """
        passed = bytearray()
        action: EscapeAction | None = None
        for byte in data:
            if self._tilde_held:
                self._tilde_held = False
                # As in ssh, an escape that was obeyed leaves us at the start of the line.
                if byte in _ACTIONS:
                    action = _ACTIONS[byte]
                    if action is EscapeAction.END:
                        break
                    continue
                if byte != TILDE:
                    passed.append(TILDE)
            elif self._line_start and byte == TILDE:
                self._tilde_held = True
                continue
            self._line_start = byte in _LINE_ENDS
            passed.append(byte)
        return bytes(passed), action

    def bypass(self, data: bytes) -> bytes:
        """Take bytes in which escapes mean nothing, such as a paste; returns them, after a tilde that was held."""
        held = b"~" if self._tilde_held else b""
        self._tilde_held = False
        if data:
            self._line_start = data[-1] in _LINE_ENDS
        return held + data
