"""Modes that a program leaves behind when it is killed: unset at the shell's next prompt, or by a reset.

A vim that is killed, or whose connection breaks, leaves the keyboard protocol on. Ctrl+C is then ``CSI 99 ; 5 u``,
which the shell does not read, and interrupts nothing; mouse tracking types garbage at each click. Where the shell marks
its prompts and commands (OSC 133, see ``outputs``), what a command has set and not unset is known: the modes at its end
without those at its beginning.

Modes that the shell sets for its own line editor, as fish and nushell do with kitty's protocol, are set after a command
has ended and unset before the next one begins, so they are not a command's and stay.
"""

from __future__ import annotations

import re

from ssmtui.terminal.screen import INITIAL_MODES, Modes, MouseFormat, MouseTracking

PROMPT, COMMAND, DONE = b"A", b"C", b"D"
"""The marks: the shell is about to print its prompt; a command begins; it has ended."""

# The end of the mark is not looked for: what is fed before it must come before its first byte, and what may follow the
# letter (an exit code, a working directory) does not matter.
MARK = re.compile(rb"\x1b\]133;([ACD])")
_BEGUN = re.compile(rb"\x1b(?:\](?:1(?:3(?:3;?)?)?)?)?")

_KITTY_STACK = 64
"""Entries to pop from kitty's stack of flags: more than any terminal keeps, which empties it
(https://sw.kovidgoyal.net/kitty/keyboard-protocol/#progressive-enhancement)."""


def begun(data: bytes) -> int:
    """Where a mark may begin that is cut off by the end of ``data``; the length of ``data`` when none does."""
    start = data.rfind(b"\x1b")
    return start if start >= 0 and _BEGUN.fullmatch(data, start) else len(data)


class PromptModes:
    """What was set when the command that runs began. Call :meth:`at` for each mark, in order."""

    def __init__(self) -> None:
        self._at_command: Modes | None = None
        self._at_prompt: Modes | None = None
        self._ended = False
        """The end of the command was marked; what was set since is the shell's own."""

    def at(self, mark: bytes, modes: Modes) -> bytes:
        """What to feed an engine in ``modes`` before ``mark``, one of ``PROMPT``, ``COMMAND`` and ``DONE``.

        With a shell that marks prompts only, this prompt is compared with the last one: what is on now and was not then
        is taken for a command's.
        """
        if mark == COMMAND:
            self._at_command, self._ended = modes, False
            return b""
        # Modes at the beginning of the command; without a mark of that, those at the prompt it was typed at.
        before = self._at_command or self._at_prompt
        if mark == DONE:
            # A command that has ended leaves no mode behind that it found unset.
            self._at_command, self._ended = None, True
            return _dropped(modes, before or INITIAL_MODES)
        # At a prompt after the end of a command, what is on is the line editor's. Without that mark it cannot be told
        # from a command's, except by what was on at the prompt before. The first prompt is taken as it is.
        kept = modes if self._ended or before is None else _without(modes, before)
        self._at_command, self._at_prompt, self._ended = None, kept, False
        return _dropped(modes, kept)


def _without(modes: Modes, before: Modes) -> Modes:
    """``modes`` without those that were not on ``before``. Only modes that no shell needs, and that break a prompt."""
    return modes._replace(
        kitty_flags=before.kitty_flags if modes.kitty_flags else 0,
        modify_other_keys=min(modes.modify_other_keys, before.modify_other_keys),
        focus_events=modes.focus_events and before.focus_events,
        mouse=before.mouse if modes.mouse else MouseTracking.NONE,
        # A format without tracking reports nothing, and a shell's own format is no harm.
        mouse_format=before.mouse_format if modes.mouse else modes.mouse_format,
    )


def _dropped(modes: Modes, before: Modes) -> bytes:
    """The sequences that bring ``modes`` back to what :func:`_without` gives."""
    kept = _without(modes, before)
    parts = []
    if kept.kitty_flags != modes.kitty_flags:
        parts.append(_kitty(kept.kitty_flags))
    if kept.modify_other_keys != modes.modify_other_keys:
        parts.append(b"\x1b[>4;%dm" % kept.modify_other_keys)
    if kept.focus_events != modes.focus_events:
        parts.append(b"\x1b[?1004l")
    if (kept.mouse, kept.mouse_format) != (modes.mouse, modes.mouse_format):
        parts.append(_mouse(kept.mouse, kept.mouse_format))
    return b"".join(parts)


def _kitty(flags: int) -> bytes:
    """Empty the stack of kitty's flags, then set ``flags``. A program that was killed has not popped its entry."""
    return b"\x1b[<%du" % _KITTY_STACK + (b"\x1b[=%du" % flags if flags else b"")


def _mouse(tracking: MouseTracking, report: MouseFormat) -> bytes:
    """Unset every mode of the mouse, since several can be on at once, then set these."""
    off = b"".join(b"\x1b[?%dl" % mode for mode in (*MouseTracking, *MouseFormat) if mode)
    return off + b"".join(b"\x1b[?%dh" % mode for mode in (tracking, report) if mode)


def reset(modes: Modes) -> bytes:
    """What brings an engine in ``modes`` back to what a shell expects, for the command that a person gives when a
    terminal is in disorder.

    Keyboard, mouse, pastes, colours, margins, cursor and the primary screen are reset; nothing is erased, unlike with
    RIS. CAN cancels a sequence that was cut short, and the empty OSC 8 ends a link.
    """
    private = b"".join(b"\x1b[?%dl" % mode for mode in (1, 5, 45, 66, 69, 1004, 2004, 2026, 2031))
    return b"".join(
        (
            b"\x18\x1b]8;;\x1b\\",
            _kitty(0),
            b"\x1b[?1049l" + _kitty(0) if modes.alternate_screen else b"",  # each screen has flags of its own
            b"\x1b[>4;0m",
            _mouse(MouseTracking.NONE, MouseFormat.X10),
            private,
            b"\x1b[?1007h\x1b[20l\x1b[!p\x1b[?7h\x1b[0 q",
            b"\x1b]104\x1b\\\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\",
        )
    )
