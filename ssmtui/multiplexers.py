"""Sequences for the outer terminal where tmux or GNU screen stands between: what those hand on as it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping

_SCREEN_STRING = 512
"""Characters of one string that GNU screen passes on; its limit was 768 for long."""


def is_in_tmux(environment: Mapping[str, str]) -> bool:
    """Whether tmux is the terminal of a process with this environment; it may run within screen."""
    return bool(environment.get("TMUX"))


def is_in_screen(environment: Mapping[str, str]) -> bool:
    """Whether GNU screen is its terminal."""
    return bool(environment.get("STY")) and not is_in_tmux(environment)


def through_tmux(sequence: str) -> str:
    """``sequence`` as tmux hands it on (its manual, "allow-passthrough"): where that option is on; otherwise tmux drops
    it."""
    doubled = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"


def through_screen(sequence: str) -> str:
    """``sequence`` in strings that GNU screen hands on as they are (its manual, "Control Sequences")."""
    # An ST within would end the string for screen; a bell ends an OSC as well.
    sequence = sequence.replace("\x1b\\", "\a")
    pieces = [sequence[start : start + _SCREEN_STRING] for start in range(0, len(sequence), _SCREEN_STRING)]
    return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
