"""Desktop notifications through the terminal: what to print so that it shows one. Knows no screen.

The sequences are iTerm2's (OSC 9, https://iterm2.com/documentation-escape-codes.html), kitty's (OSC 99,
https://sw.kovidgoyal.net/kitty/desktop-notifications/) and urxvt's (OSC 777, which foot, Ghostty, WezTerm and others
have too). They go through ssh as they are. A terminal that is not known gets none.
"""

from __future__ import annotations

from collections.abc import Mapping

from ssmtui import inert, multiplexers

AUTO, OFF, OSC9, OSC99, OSC777 = "auto", "off", "osc9", "osc99", "osc777"
WAYS = (AUTO, OFF, OSC9, OSC99, OSC777)
"""The values of the setting ``notify``."""

MOST_TITLE, MOST_BODY = 80, 160
"""Characters of a title and of a body that are printed."""

_PROGRAMS = {"ghostty": OSC777, "WezTerm": OSC777, "iTerm.app": OSC9, "WarpTerminal": OSC9}
_TERMS = (("kitty", OSC99), ("ghostty", OSC777), ("foot", OSC777), ("rxvt-unicode", OSC777), ("wezterm", OSC777))
_VARIABLES = (
    ("KITTY_WINDOW_ID", OSC99),
    ("GHOSTTY_RESOURCES_DIR", OSC777),
    ("WEZTERM_PANE", OSC777),
    ("VTE_VERSION", OSC777),
)


def way_of(environment: Mapping[str, str]) -> str:
    """The sequence that the outer terminal knows, as far as its environment says; :data:`OFF` for none. Within tmux or
    screen the variables are those of the terminal in which that was started."""
    term = environment.get("TERM", "")
    by_program = _PROGRAMS.get(environment.get("TERM_PROGRAM", ""))
    by_term = next((way for name, way in _TERMS if name in term), None)
    by_variable = next((way for name, way in _VARIABLES if environment.get(name)), None)
    by_iterm = OSC9 if environment.get("LC_TERMINAL") == "iTerm2" else None
    return by_program or by_term or by_variable or by_iterm or OFF


class Notifier:
    """``environment`` is that of the process, ``setting`` one of :data:`WAYS`."""

    def __init__(self, environment: Mapping[str, str], setting: str = AUTO) -> None:
        self.way = way_of(environment) if setting == AUTO else setting
        self._environment = environment
        self._count = 0

    def sequence(self, title: str, body: str) -> str:
        """What to send to the terminal; empty where notifications are off or the terminal knows none. Both texts may
        hold anything: they are made harmless and cut."""
        title, body = _plain(title, MOST_TITLE), _plain(body, MOST_BODY)
        if self.way == OSC9:
            sequence = f"\x1b]9;{title}: {body}\a"
        elif self.way == OSC99:
            self._count += 1
            # Shown unless the terminal has the focus and shows this window.
            key = f"i=ssmtui{self._count}"
            sequence = f"\x1b]99;{key}:d=0:o=invisible;{title}\x1b\\\x1b]99;{key}:d=1:p=body;{body}\x1b\\"
        elif self.way == OSC777:
            sequence = f"\x1b]777;notify;{title};{body}\a"
        else:
            return ""
        if multiplexers.is_in_tmux(self._environment):
            return multiplexers.through_tmux(sequence)
        return multiplexers.through_screen(sequence) if multiplexers.is_in_screen(self._environment) else sequence


def _plain(text: str, limit: int) -> str:
    """``text`` without what ends a field: ``9;4;…`` would be a command of ConEmu's, and 777 separates by semicolons."""
    return inert.line(text, limit).replace(";", ",")
