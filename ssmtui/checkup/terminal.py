"""The terminal that this runs in: colours, keys, clipboard, mouse, what stands between. Pure: the environment, and what
the terminal has answered, in; results out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ssmtui import desktop, multiplexers
from ssmtui.checkup.results import CheckupArea, Result
from ssmtui.diagnosis.findings import Verdict

SMALLEST_COLS, SMALLEST_ROWS = 40, 10
ROOMY_COLS, ROOMY_ROWS = 80, 24
SLOW_ESCAPE = 50
"""Milliseconds for which tmux holds an escape from which on it is felt; its own default was 500 before 3.5."""
_COLOUR_TERMS = ("kitty", "ghostty", "foot", "alacritty", "wezterm", "iterm", "contour", "rio", "direct")
_UNICODE = ("utf-8", "utf8")


class TerminalAnswers(NamedTuple):
    """What the terminal has said of itself; None: it was not asked, or has not answered."""

    name: str = ""
    """By XTVERSION: ``kitty(0.35.2)``, ``tmux 3.4``."""
    answers: bool | None = None
    """Whether it answers questions at all (DA1)."""
    keys_apart: bool | None = None
    """Whether it speaks the kitty keyboard protocol."""
    mouse: bool | None = None
    """Whether it knows mouse reports with SGR numbers (mode 1006)."""
    paste: bool | None = None
    """Whether it brackets pastes (mode 2004)."""
    synchronized: bool | None = None
    """Whether it holds drawing until a frame is complete (mode 2026)."""


class TerminalFacts(NamedTuple):
    """All that is known of the terminal."""

    environment: Mapping[str, str]
    size: tuple[int, int] | None
    """Columns and rows; None: there is no terminal."""
    answers: TerminalAnswers = TerminalAnswers()
    tmux: Mapping[str, str] | None = None
    """tmux's options by name, with ``version``; None where tmux is not around this, or does not answer."""
    clipboard_programs: Sequence[str] = ()
    """Programs that take text for the clipboard of this machine."""
    encoding: str = ""
    """What text is written as."""


def check(facts: TerminalFacts) -> list[Result]:
    """All of it."""
    if facts.size is None:
        return [_kind(facts), _encoding(facts)]
    results = [_kind(facts), *_size(facts), _encoding(facts), _colours(facts), _keys(facts), _mouse(facts)]
    return [*results, _clipboard(facts), *_between(facts)]


def _kind(facts: TerminalFacts) -> Result:
    environment = facts.environment
    term = environment.get("TERM", "")
    program = " ".join(filter(None, (environment.get("TERM_PROGRAM"), environment.get("TERM_PROGRAM_VERSION"))))
    named = facts.answers.name or program
    what = f"TERM={term}" + (f", {named}" if named else "")
    if facts.size is None:
        return _result("terminal", Verdict.OK, "There is no terminal here", what, is_note=True)
    if term in ("", "dumb"):
        fix = (
            "Set TERM to what your terminal is (xterm-256color suits most), or use `ssmtui nodes` and `ssmtui connect`."
        )
        return _result(
            "terminal", Verdict.BAD, f"{what}: it cannot move its cursor, so that no screen is drawn", "", fix
        )
    if facts.answers.answers is False:
        what += ", which does not answer questions"
    return _result("terminal", Verdict.OK, what)


def _size(facts: TerminalFacts) -> list[Result]:
    if facts.size is None or facts.size == (0, 0):
        return []
    cols, rows = facts.size
    what = f"{cols}x{rows}"
    if cols < SMALLEST_COLS or rows < SMALLEST_ROWS:
        what += f", and the smallest that will do is {SMALLEST_COLS}x{SMALLEST_ROWS}"
        return [_result("size", Verdict.BAD, what, "", "Make the window larger, or its letters smaller.")]
    if cols < ROOMY_COLS or rows < ROOMY_ROWS:
        what += f": with {ROOMY_COLS}x{ROOMY_ROWS} more is shown"
        return [_result("size", Verdict.OK, what, is_note=True)]
    return [_result("size", Verdict.OK, what)]


def _encoding(facts: TerminalFacts) -> Result:
    encoding = facts.encoding or "unknown"
    if encoding.lower() in _UNICODE:
        return _result("encoding", Verdict.OK, "UTF-8")
    fix = "Set a UTF-8 locale (for example LANG=C.UTF-8) before ssmtui starts."
    return _result("encoding", Verdict.WARN, f"{encoding}: lines and letters are garbled", "", fix)


def _colours(facts: TerminalFacts) -> Result:
    environment = facts.environment
    term = environment.get("TERM", "")
    depth = environment.get("COLORTERM", "").lower()
    if environment.get("NO_COLOR"):
        return _result("colours", Verdict.OK, "None on the command line: NO_COLOR is set", is_note=True)
    if depth in ("truecolor", "24bit") or any(name in term for name in _COLOUR_TERMS):
        return _result("colours", Verdict.OK, "16 million", f"COLORTERM={depth}." if depth else "")
    if "256color" in term:
        what = "256; with COLORTERM=truecolor 16 million, if the terminal has them"
        return _result("colours", Verdict.OK, what, is_note=True)
    fix = "Set TERM=xterm-256color, or COLORTERM=truecolor, if the terminal has more."
    return _result("colours", Verdict.WARN, "8 or 16: themes are coarse", "", fix, is_note=True)


def _keys(facts: TerminalFacts) -> Result:
    apart = facts.answers.keys_apart
    if apart:
        return _result("keys", Verdict.OK, "All keys are told apart (kitty's keyboard protocol)")
    if apart is None:
        return _result("keys", Verdict.OK, "Whether all keys are told apart is not known", is_note=True)
    what = "Some keys cannot be told apart: Ctrl-I and Tab, Ctrl-Enter and Enter, Ctrl-Shift with a letter"
    fix = "Terminals with kitty's keyboard protocol do (kitty, Ghostty, WezTerm, foot, iTerm2, Windows Terminal)."
    if multiplexers.is_in_tmux(facts.environment):
        fix = "tmux does not hand kitty's keyboard protocol on; `set -s extended-keys on` gives some of the keys."
    return _result("keys", Verdict.OK, what, "", fix, is_note=True)


def _mouse(facts: TerminalFacts) -> Result:
    if facts.answers.mouse is False:
        return _result("mouse", Verdict.OK, "The terminal does not report the mouse", is_note=True)
    if facts.answers.mouse:
        return _result("mouse", Verdict.OK, "Clicks and the wheel are reported")
    return _result(
        "mouse",
        Verdict.OK,
        "Clicks and the wheel are asked for; hold Shift to select in the terminal itself",
        is_note=True,
    )


def _clipboard(facts: TerminalFacts) -> Result:
    environment, tmux = facts.environment, facts.tmux or {}
    ways = list(facts.clipboard_programs)
    if multiplexers.is_in_tmux(environment):
        if tmux.get("set-clipboard") == "off":
            what = "tmux hands nothing on to the terminal's clipboard"
            what += f"; {' and '.join(ways)} of this machine get it" if ways else ""
            fix = "In ~/.tmux.conf: set -s set-clipboard on"
            return _result("clipboard", Verdict.WARN, what, "set-clipboard off.", fix, is_note=bool(ways))
        ways.insert(0, "tmux, which hands it on to the terminal")
    else:
        ways.insert(0, "the terminal (OSC 52), if it allows that")
    evidence = "Over ssh the programs of this machine are not used." if desktop.is_elsewhere(environment) else ""
    return _result("clipboard", Verdict.OK, f"Text is copied by {' and '.join(ways)}", evidence)


def _between(facts: TerminalFacts) -> list[Result]:
    """What stands between: tmux, screen, ssh."""
    environment, found = facts.environment, []
    if multiplexers.is_in_tmux(environment):
        found.append(_tmux(facts.tmux))
    if multiplexers.is_in_screen(environment):
        what = "GNU screen stands between: no true colours, and few keys are told apart"
        found.append(_result("screen", Verdict.OK, what, is_note=True))
    if desktop.is_elsewhere(environment):
        what = "Over ssh: browsers and notifications of this machine are not used"
        found.append(_result("ssh", Verdict.OK, what, is_note=True))
    if environment.get("MOSH_KEY") or environment.get("MOSH_SERVER_SIGNAL_TMOUT"):
        found.append(_result("mosh", Verdict.OK, "Over mosh: it hands no clipboard on before 1.4", is_note=True))
    return found


def _tmux(options: Mapping[str, str] | None) -> Result:
    if options is None:
        return _result("tmux", Verdict.OK, "tmux stands between; it does not say how it is set", is_note=True)
    version = options.get("version", "")
    evidence = ", ".join(f"{name} {options[name]}" for name in TMUX_OPTIONS if name in options)
    wait = options.get("escape-time", "")
    if wait.isdecimal() and int(wait) >= SLOW_ESCAPE:
        what = f"tmux {version} holds each Escape for {wait} ms: vim is slow in a pane"
        fix = "In ~/.tmux.conf: set -s escape-time 10"
        return _result("tmux", Verdict.WARN, what, f"{evidence}.", fix, is_note=True)
    if options.get("focus-events") == "off":
        what = f"tmux {version} does not say when its window has the focus: notifications come in any case"
        return _result(
            "tmux", Verdict.OK, what, f"{evidence}.", "In ~/.tmux.conf: set -g focus-events on", is_note=True
        )
    return _result("tmux", Verdict.OK, f"tmux {version} stands between", f"{evidence}.")


TMUX_OPTIONS = (
    "default-terminal", "escape-time", "extended-keys", "set-clipboard", "focus-events", "mouse", "allow-passthrough",
)  # fmt: skip
"""tmux's options that matter here."""


def _result(
    name: str, verdict: Verdict, what: str, evidence: str = "", fix: str = "", *, is_note: bool = False
) -> Result:
    return Result(CheckupArea.TERMINAL, name, verdict, what, evidence, fix, is_note=is_note)
