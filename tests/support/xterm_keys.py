"""Asks a real xterm what it sends, key by key and mode by mode: the table that the key encoder is held against.

    python -m tests.support.xterm_keys > tests/unit/terminal/xterm_keys.tsv

Needs xterm, xdotool and Xvfb; takes some minutes. Keys have Textual's names.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

MODES = {
    "plain": "",
    "application": "\x1b[?1h\x1b=",  # DECCKM, DECKPAM
    "modifyOtherKeys": "\x1b[>4;2m",
}
_RESET = "\x1b[?1l\x1b>\x1b[>4m"

_SPECIAL = {
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "home": "Home",
    "end": "End",
    "insert": "Insert",
    "delete": "Delete",
    "pageup": "Prior",
    "pagedown": "Next",
    "enter": "Return",
    "tab": "Tab",
    "escape": "Escape",
    "backspace": "BackSpace",
    "space": "space",
    "kp_begin": "KP_Begin",
    "menu": "Menu",
    **{f"f{number}": f"F{number}" for number in range(1, 13)},
    **{letter: letter for letter in "abcehijmz"},
}
_KEYPAD = {"divide": "KP_Divide", "multiply": "KP_Multiply", "subtract": "KP_Subtract", "add": "KP_Add"}
_SIGNS = {
    **{digit: digit for digit in "0123456789"},
    "at": "at",
    "exclamation_mark": "exclam",
    "slash": "slash",
    "backslash": "backslash",
    "minus": "minus",
    "underscore": "underscore",
    "left_square_bracket": "bracketleft",
    "right_square_bracket": "bracketright",
    "circumflex_accent": "asciicircum",
    "question_mark": "question",
    "comma": "comma",
    "full_stop": "period",
    "semicolon": "semicolon",
    "grave_accent": "grave",
    "equals_sign": "equal",
    "apostrophe": "apostrophe",
    "tilde": "asciitilde",
}
_WITHOUT_SHIFT = ("", "alt+", "ctrl+", "alt+ctrl+")
_ALL = (*_WITHOUT_SHIFT, "shift+", "alt+shift+", "ctrl+shift+", "alt+ctrl+shift+")
_KEPT = frozenset(f"alt+ctrl+{name}" for name in (*_KEYPAD, *(f"f{number}" for number in range(1, 13)))) | frozenset(
    f"{before}enter" for before in _ALL if before.startswith("alt")
)
"""Keys that the X server, or xterm, keeps for itself. (Its way with Alt changes when a translation names Alt.)"""

_OPTIONS = (
    "altSendsEscape: true",
    "metaSendsEscape: true",
    # What xterm does itself with some keys is not wanted.
    "VT100.translations: #override"
    r" Shift<KeyPress>Prior:insert-seven-bit()\n Shift<KeyPress>Next:insert-seven-bit()\n"
    r" Shift<KeyPress>Insert:insert-seven-bit()\n"
    r" Shift<KeyPress>KP_Add:insert-seven-bit()\n Shift<KeyPress>KP_Subtract:insert-seven-bit()",
)
_QUIET = 0.03
_PATIENCE = 0.2
"""Seconds without another byte after which a key is done, and within which it says something if it ever does."""


def keys() -> Iterator[tuple[str, str]]:
    """Textual's name and xdotool's of each key to press, with its modifiers."""
    whole = [(f"{before}{name}", f"{before}{symbol}") for name, symbol in _SPECIAL.items() for before in _ALL]
    signs = chain(_SIGNS.items(), _KEYPAD.items())
    yield from (pair for pair in whole if pair[0] not in _KEPT)
    signed = [(f"{before}{name}", f"{before}{symbol}") for name, symbol in signs for before in _WITHOUT_SHIFT]
    yield from (pair for pair in signed if pair[0] not in _KEPT)


def _until(what: str, predicate: Callable[[], bool], timeout: float = 10) -> None:
    end = time.monotonic() + timeout
    while not predicate():
        if time.monotonic() > end:
            raise RuntimeError(f"waited for {what}")
        os.sched_yield()


@contextmanager
def _xterm(folder: Path) -> Iterator[Path]:
    """An xterm on a screen of its own; yields the file in which all that it sends turns up."""
    sent = folder / "sent"
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1024x768x24"], stderr=subprocess.DEVNULL, pass_fds=[write]
    )
    try:
        os.environ["DISPLAY"] = f":{os.read(read, 16).decode().strip()}"
        options = chain.from_iterable(("-xrm", f"XTerm*{option}") for option in _OPTIONS)
        child = [sys.executable, "-m", __name__ if __name__ != "__main__" else __spec__.name, str(folder)]
        terminal = subprocess.Popen(["xterm", *options, "-e", *child])
        try:
            _until("xterm", sent.exists)
            subprocess.run(["xdotool", "mousemove", "100", "100"], check=True)
            yield sent
        finally:
            terminal.kill()
    finally:
        server.kill()


def _press(symbols: str, sent: Path) -> bytes:
    before = sent.stat().st_size
    subprocess.run(["xdotool", "key", "--delay", "0", symbols], check=True)
    end, size = time.monotonic() + _PATIENCE, before
    while time.monotonic() < end:
        if (now := sent.stat().st_size) != size:
            size, end = now, time.monotonic() + _QUIET
    return sent.read_bytes()[before:]


def record() -> dict[str, list[bytes]]:
    """What xterm sends for each key, in the order of ``MODES``."""
    found: dict[str, list[bytes]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _xterm(folder) as sent:
            for mode in MODES.values():
                (folder / "wanted").write_text(_RESET + mode)
                (folder / "wanted").rename(folder / "print")
                _until("the mode", lambda: not (folder / "print").exists())
                for key, symbols in keys():
                    found.setdefault(key, []).append(_press(symbols, sent))
    return found


def _child(folder: Path) -> None:
    """Within xterm: write down what comes, print what is wanted."""
    tty.setraw(0)
    attributes = termios.tcgetattr(0)
    attributes[6][termios.VMIN], attributes[6][termios.VTIME] = 0, 1
    termios.tcsetattr(0, termios.TCSANOW, attributes)
    with (folder / "sent").open("wb", buffering=0) as sent:
        while folder.exists():
            sent.write(os.read(0, 4096))
            if (folder / "print").exists():
                os.write(1, (folder / "print").read_bytes())
                (folder / "print").unlink()


def main() -> None:
    """Print the table."""
    version = subprocess.run(["xterm", "-v"], capture_output=True, text=True, check=True).stdout.strip()
    print(f"# {version}; key, then what it sends: {', '.join(MODES)}")
    for key, sent in record().items():
        print(key, *(repr(one)[2:-1] for one in sent), sep="\t")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _child(Path(sys.argv[1]))
    else:
        main()
