"""The escapes of ssh, typed at the start of a line: ``~.`` ends the session, ``~^Z`` stops the client, ``~?`` explains,
``~~`` is one tilde.

Bytes in, bytes out, no I/O. At most one tilde is held back, until the next byte decides what it means (OpenSSH's
ssh(1), "ESCAPE CHARACTERS").
"""

from __future__ import annotations

from enum import Enum

TILDE = ord("~")
_LINE_ENDS = frozenset(b"\r\n")

_HELP = """\
Supported escape sequences (recognised at the start of a line):
 ~.   end the session
{}\
 ~~   send one ~
 ~?   this message"""
HELP_TEXT = _HELP.format("")
HELP_WITH_SUSPENDING = _HELP.format(" ~^Z  stop ssmtui; fg in the shell goes on with it\n")


class EscapeAction(Enum):
    """What a person asks of the client, not of the node."""

    END = "end"
    HELP = "help"
    SUSPEND = "suspend"


_ACTIONS = {ord("."): EscapeAction.END, ord("?"): EscapeAction.HELP}
_SUSPEND = {0x1A: EscapeAction.SUSPEND}


class EscapeFilter:
    """Finds escapes in what a person types into one session. Bytes that did not come from keys go through
    :meth:`bypass`: a line of a pasted file that begins with ``~.`` must not end the session."""

    def __init__(self, *, suspends: bool = False) -> None:
        """``suspends``: ``~^Z`` means something, too: the client is a job of a shell."""
        self._actions = _ACTIONS | _SUSPEND if suspends else _ACTIONS
        self._line_start = True
        self._tilde_held = False

    @property
    def holds(self) -> bool:
        """Whether a tilde is held back."""
        return self._tilde_held

    def feed(self, data: bytes) -> tuple[bytes, EscapeAction | None]:
        """Take typed bytes. Returns those for the node, and the action that was found; None for none.

        What follows ``~.`` in the same bytes is dropped: the session ends there.
        """
        passed = bytearray()
        action: EscapeAction | None = None
        for byte in data:
            if self._tilde_held:
                self._tilde_held = False
                # As in ssh, an escape that was obeyed leaves us at the start of the line.
                if byte in self._actions:
                    action = self._actions[byte]
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
        """Take bytes in which escapes mean nothing, such as a paste. Returns them, behind a tilde that was held."""
        held = b"~" if self._tilde_held else b""
        self._tilde_held = False
        if data:
            self._line_start = data[-1] in _LINE_ENDS
        return held + data
