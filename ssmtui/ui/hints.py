"""Which keys the footer shows where: made from the commands."""

from __future__ import annotations

from ssmtui.errors import AccessDenied
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.ui import commands
from ssmtui.ui.commands.base import Group
from ssmtui.ui.commands.tabs import failed_at_start
from ssmtui.ui.leader import Leader
from ssmtui.ui.words import key_name

Hint = tuple[str, str]

FILTER: list[Hint] = [("enter", "to the list"), ("escape", "clear"), ("tab", "complete"), ("↑ ↓", "earlier filters")]
COPY: list[Hint] = [
    ("q", "leave"),
    ("v V ctrl+v", "select"),
    ("y", "copy"),
    ("/ ?", "search"),
    ("n N", "next match"),
    ("↑ ↓ pgup pgdn", "move"),
    ("g G", "top, bottom"),
    ("o", "other end"),
]
SEARCH: list[Hint] = [
    ("enter", "keep"),
    ("escape", "cancel"),
    ("ctrl+r", "regular expression"),
    ("ctrl+t", "case"),
    ("↑ ↓", "earlier searches"),
]
_MINOR = frozenset({"refresh", "copy…", "details"})
_READ_ONLY = "nothing typed reaches the node"


def nodes() -> list[Hint]:
    """In the list of nodes: what is easily guessed comes last, where there may be no room for it."""
    found = commands.hints(lambda command: command.keys, Group.NODES, Group.EVERYWHERE)
    return sorted(found, key=lambda hint: hint[1] in _MINOR)


def after_leader(leader: Leader) -> list[Hint]:
    """While the leader is pending; tabs by number and the leader itself go without a hint of their own."""
    found = commands.hints(lambda command: command.leader_keys, Group.TABS, Group.EVERYWHERE)
    return [*found, ("0-9", "tab"), (leader.keys[0], "send it")]


def live(leader: Leader, snapshot: SessionSnapshot, *, escapes: bool) -> list[Hint]:
    """In a pane whose session lives: few, for all other keys are the node's."""
    key = key_name(leader.keys[0])
    asked = [(f"{key} w", "clipboard?")] if snapshot.clipboard else []
    found = [*asked, (key, "commands"), (f"{key} d", "nodes"), (f"{key} n", "next tab"), (f"{key} [", "scroll, copy")]
    return [*found, ("enter ~ .", "end")] if escapes and not snapshot.read_only else found


def over(leader: Leader, snapshot: SessionSnapshot) -> list[Hint]:
    """In a pane whose session is over."""
    found = commands.hints(lambda command: command.keys, Group.ENDED)
    if failed_at_start(snapshot):
        found[0] = (found[0][0], "edit, try again")
        asks = isinstance(snapshot.error, AccessDenied) and snapshot.request.container is None
        found[1:1] = [("W", "why?"), *([("a", "ask for access")] if asks else [])]
    found.append((f"{key_name(leader.keys[0])} d", "nodes"))
    found += commands.hints(lambda command: command.ended_keys, Group.TABS)
    return [*found, *commands.hints(lambda command: command.keys, Group.EVERYWHERE)]


def no_such_key(leader: Leader, key: str) -> str:
    """What to say of a key that means nothing after the leader."""
    return f"{key_name(leader.keys[0])} {key_name(key)} does nothing; {key_name(leader.keys[0])} ? shows what does"
