"""The system's clipboard: what to print, and which programs to call, so that copied text gets there. Knows no screen.

Printing OSC 52 works wherever the terminal obeys it, through ssh as well. Programs on this machine are asked besides,
for not every terminal does.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ssmtui import desktop, multiplexers

MOST_PRINTED = 1_000_000
"""Bytes of text from which on it is not printed: terminals refuse more, and the screen would stand still for it."""

TERMINAL = "OSC 52"
"""The name of what is printed, among those that took the text."""


class _Program(NamedTuple):
    """A program that takes the text on its standard input."""

    command: Sequence[str]
    encoding: str = "utf-8"


_TMUX = _Program(("tmux", "load-buffer", "-w", "-"))
_PBCOPY = _Program(("pbcopy",))
_WAYLAND = _Program(("wl-copy",))
_X11 = (_Program(("xclip", "-selection", "clipboard", "-in")), _Program(("xsel", "--clipboard", "--input")))
# With a byte order mark, for it would take anything else to be in the console's code page.
_WINDOWS = _Program(("clip.exe",), "utf-16")


class Clipboard:
    """``environment`` is that of the process: it says which ways to the clipboard there are."""

    def __init__(self, environment: desktop.Environment, platform: str = sys.platform) -> None:
        self._environment = environment
        self._platform = platform

    def sequence(self, text: str) -> str:
        """What to send to the terminal (xterm ctlseqs, "Manipulate Selection Data"); empty when it is too much."""
        data = text.encode("utf-8", "ignore")
        if len(data) > MOST_PRINTED:
            return ""
        sequence = f"\x1b]52;c;{base64.b64encode(data).decode()}\a"
        return multiplexers.through_screen(sequence) if multiplexers.is_in_screen(self._environment) else sequence

    @property
    def desktop_programs(self) -> list[str]:
        """The programs of this machine's own desktop that are there, by name, the best first."""
        found = (program.command[0] for program in self._native())
        return [name for name in found if not desktop.is_missing(name, self._environment)]

    def give(self, text: str) -> list[str]:
        """Give ``text`` to the programs that there are; returns the names of those that took it. Blocks for a while:
        call it in a thread."""
        taken = []
        # tmux ignores the OSC 52 of what runs in it, unless set-clipboard is "on"; by default it is "external". What
        # tmux is given itself it passes on to the terminal (-w, tmux 3.2).
        if multiplexers.is_in_tmux(self._environment) and self._takes(_TMUX, text):
            taken.append("tmux")
        native = next((program for program in self._native() if self._takes(program, text)), None)
        return [*taken, native.command[0]] if native else taken

    def _native(self) -> Iterator[_Program]:
        """The programs of this machine's own desktop, the best first."""
        environment = self._environment
        if desktop.is_elsewhere(environment):
            return
        if self._platform == "darwin":
            yield _PBCOPY
        if environment.get("WAYLAND_DISPLAY"):
            yield _WAYLAND
        if environment.get("DISPLAY"):
            yield from _X11
        if environment.get("WSL_DISTRO_NAME") or self._platform == "win32":
            yield _WINDOWS

    def _takes(self, program: _Program, text: str) -> bool:
        return desktop.takes(program.command, text.encode(program.encoding, "ignore"), self._environment)
