"""All keys, made from the commands."""

from __future__ import annotations

from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.ui.commands.base import AFTER_LEADER, ENDED, Command, Place
from ssmtui.ui.commands.registry import Registry, Where
from ssmtui.ui.compat import OuterKeyboard
from ssmtui.ui.kit.key_table import Sections
from ssmtui.ui.look.words import key_name
from ssmtui.ui.panes.needs import TabMark
from ssmtui.ui.terminals import copy_keys

ESCAPES = (
    ("~ .", "End the session, as in ssh"),
    ("~ ?", "Say so on the screen"),
    ("~ ~", "Send one tilde"),
)

MOUSE = (
    ("drag", "Select and copy; two clicks select a word, three a line"),
    ("alt drag", "Select a block"),
    ("ctrl click", "See where a link leads, then open or copy it"),
    ("shift", "All of that where the program has taken the mouse"),
)

_MARKS = (
    (TabMark.STARTING, "starting, or being closed"),
    (TabMark.QUIET, "open"),
    (TabMark.RUNNING, "runs a command"),
    (TabMark.ACTIVITY, "printed something since it was last looked at"),
    (TabMark.DONE, "finished a command since then"),
    (TabMark.WRONG, "a command failed since then"),
    (TabMark.SILENT, "fell silent since then"),
    (TabMark.ASKS, "waits for input or a password"),
    (TabMark.LIMIT, "has little time left"),
    (TabMark.BELL, "rang"),
    (TabMark.WATCHED, "did what you watch it for"),
    (TabMark.LOST, "cut off, and trying to come back"),
    (TabMark.ENDED, "ended"),
    (TabMark.DETACHED, "detached: alive at AWS, and no longer shown here"),
    (TabMark.FAILED, "failed"),
)


_KEYPAD = ("keypad", "As the keys of the same name elsewhere")
_SAME_KEYS = (
    ("ctrl+i m [", "Tab, enter and esc"),
    ("ctrl+h", "Ctrl with backspace"),
    ("shift or ctrl", "With enter, tab, space or backspace: mostly as without"),
    ("ctrl+shift", "With a letter: as ctrl alone"),
    ("ctrl", "With most digits and signs: as without"),
    _KEYPAD,
)


def same_keys(told_apart: bool) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What comes to us, and so to the node, as another key: heading and entries. ``told_apart``: the terminal speaks
    the kitty keyboard protocol."""
    if told_apart:
        return "Your terminal distinguishes all keys but", (_KEYPAD,)
    return "Keys that your terminal does not distinguish from others", _SAME_KEYS


def keys_of(command: Command, leader: str, registry: Registry) -> str:
    """A command's keys as a person reads them under its heading; its name where it has none."""
    keys = registry.keys(command, Where.LEADER if command.place is AFTER_LEADER else Where.HERE)
    if "0" in keys and "9" in keys:
        return "0 … 9"
    if command.name == "send-leader":
        return leader
    return " ".join(map(key_name, keys)) or f":{command.name}"


def place_of(session: SessionSnapshot | None) -> Place:
    """The keys that are looked for where this session's tab is shown."""
    return AFTER_LEADER if session is not None and session.live else ENDED


def sections(leader: str, registry: Registry, first: Place) -> Sections:
    """The whole help: headings, and under each the keys and what they do, those of ``first`` before the others."""
    places = sorted(registry.places, key=lambda place: place is not first)
    found = [
        (
            place.heading.replace("the leader key", leader),
            [(keys_of(command, leader, registry), command.help) for command in registry.of(place)],
        )
        for place in places
    ]
    escapes = [(f"enter {keys}", meaning) for keys, meaning in ESCAPES]
    ours = [
        (leader, "The one key that never reaches the node"),
        ("shift+pgup pgdn", "Scroll back, where no full-screen program runs"),
    ]
    found.append(("In a live session", [*ours, *escapes]))
    found.append((f"In copy mode, after {leader} [", list(copy_keys.HELP)))
    found.append(("With the mouse in a session", list(MOUSE)))
    found.append(("Marks on the tabs", [(mark.value, meaning) for mark, meaning in _MARKS]))
    heading, same = same_keys(OuterKeyboard.tells_keys_apart)
    found.append((heading, [*same]))
    return found
