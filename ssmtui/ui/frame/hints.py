"""Which keys the footer shows where: made from the commands."""

from __future__ import annotations

from ssmtui.errors import AccessDenied
from ssmtui.sessions.end_cause import EndCause
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.ui.commands.base import AFTER_LEADER, ENDED, EVERYWHERE
from ssmtui.ui.commands.leader import Leader
from ssmtui.ui.commands.registry import Registry, Where
from ssmtui.ui.kit.key_hints import Hint
from ssmtui.ui.look.words import key_name
from ssmtui.ui.panes.words import failed_at_start

SEARCH: list[Hint] = [
    ("enter", "keep"),
    ("escape", "cancel"),
    ("ctrl+r", "regular expression"),
    ("ctrl+t", "case"),
    ("↑ ↓", "earlier searches"),
]


def after_leader(leader: Leader, registry: Registry) -> list[Hint]:
    """While the leader is pending; tabs by number and the leader itself go without a hint of their own."""
    found = registry.hints(Where.LEADER, AFTER_LEADER, EVERYWHERE)
    return [*found, ("0-9", "tab"), (leader.keys[0], "send it")]


def live(
    leader: Leader, registry: Registry, snapshot: SessionSnapshot, *, escapes: bool, broadcasts: bool = False
) -> list[Hint]:
    """In a pane whose session lives: few, for all other keys are the node's. ``broadcasts``: it takes part in one."""
    wanted = [("nodes", "nodes"), ("next", "next tab"), ("copy-mode", "scroll, copy")]
    asked = [("sign-in", "sign in")] if snapshot.sign_in is not None else []
    asked += [("clipboard", "clipboard?")] if snapshot.clipboard else []
    found = [
        *([("esc esc", "end it")] if broadcasts else []),
        *_after(leader, registry, asked),
        (key_name(leader.keys[0]), "commands"),
        *_after(leader, registry, wanted),
    ]
    return [*found, ("enter ~ .", "end")] if escapes and not snapshot.read_only else found


def over(leader: Leader, registry: Registry, snapshot: SessionSnapshot, *, offers_access: bool = True) -> list[Hint]:
    """In a pane whose session is over; ``offers_access``: unless AWS has said that it offers none there."""
    labels, wanted = {}, {}
    if failed_at_start(snapshot):
        labels, wanted = {"again": "edit, try again"}, {"why": "why?"}
        if offers_access and isinstance(snapshot.error, AccessDenied) and snapshot.request.container is None:
            wanted["request-access"] = "ask for access"
    elif snapshot.access_left == 0:
        wanted["request-access"] = "ask for access"
    if snapshot.left_alive:
        # A second command for the same would be one too many.
        labels = {"again": "attach" if snapshot.end_cause is EndCause.LEFT else "take over", "restart": ""}
    if snapshot.session_id:
        wanted["events"] = "events"
    first, *others = registry.hints(Where.HERE, ENDED, labels=labels) or [("", "")]
    asked = [(registry.keys(registry[name], Where.ENDED), label) for name, label in wanted.items()]
    return [
        first,
        *((keys[0], label) for keys, label in asked if keys),
        *((key, label) for key, label in others if label),
        *_after(leader, registry, [("nodes", "nodes")]),
        *registry.hints(Where.ENDED, AFTER_LEADER),
        *registry.hints(Where.HERE, EVERYWHERE),
    ]


def _after(leader: Leader, registry: Registry, wanted: list[tuple[str, str]]) -> list[Hint]:
    """What is typed with the leader for commands, by their names, with a label each."""
    keys = [(registry.keys(registry[name], Where.LEADER), label) for name, label in wanted]
    return [(f"{key_name(leader.keys[0])} {key_name(found[0])}", label) for found, label in keys if found]


def leader_keys_of(leader: Leader, registry: Registry, command: str) -> str:
    """The leader and what is typed after it for ``command``; empty where there is no such key."""
    return next((keys for keys, _ in _after(leader, registry, [(command, "")])), "")


def no_such_key(leader: Leader, key: str) -> str:
    """The message for a key without a meaning after the leader."""
    return f"{key_name(leader.keys[0])} {key_name(key)} does nothing; {key_name(leader.keys[0])} ? shows what does"
