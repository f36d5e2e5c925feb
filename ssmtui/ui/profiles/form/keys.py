"""The keys of a saved connection as people read them: groups, labels, values in words. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ssmtui.profiles import keys as table
from ssmtui.profiles.keys import KeyKind
from ssmtui.profiles.profile import Origin, Several, Values
from ssmtui.ui.look.cells import tidy

WHAT, WHERE, SESSION, TUNNELS = "What it is", "Where it leads", "The session", "Tunnels"
LOOK, SAFETY = "How it looks", "Safety"

GROUPS: Mapping[str, tuple[str, ...]] = {
    WHAT: ("description", "labels"),
    WHERE: ("aws_profile", "region", "target", "query", "several", "message_endpoint"),
    SESSION: (
        "document",
        "parameters",
        "reason",
        "reason_required",
        "reason_pattern",
        "reason_hint",
        "on_connect",
        "snippets",
        "keep_alive",
    ),
    TUNNELS: ("forwards", "shell", "tunnel_sessions", "tunnel_keep_alive", "database_user"),
    LOOK: ("size", "scrollback_lines", "color", "icon", "layout"),
    SAFETY: ("guard", "clipboard", "recording"),
}
"""The keys under headings, in the order in which they are shown."""

_LABELS = {
    "aws_profile": "AWS profile",
    "message_endpoint": "message endpoint",
    "several": "if several",
    "reason_required": "needs a reason",
    "reason_pattern": "reason must fit",
    "reason_hint": "reason hint",
    "on_connect": "on connect",
    "scrollback_lines": "scrollback",
    "keep_alive": "keep alive",
    "shell": "a shell, too",
    "tunnel_sessions": "tunnel sessions",
    "tunnel_keep_alive": "keep tunnels",
    "database_user": "database user",
    "color": "colour",
}

SEVERAL_WORDS = {
    Several.ASK: "ask which",
    Several.FIRST_ONLINE: "the first online",
    Several.NEWEST: "the newest",
    Several.ALL: "all of them",
}
"""What is done where a query matches several nodes."""

_LINK = re.compile(r" \(see \[[^]]*\]\([^)]*\)\)|\[([^]]*)\]\([^)]*\)")
"""A reference to another page, which is not at hand in the program, or a link."""

_VALUES: Mapping[str, Callable[[Values], str]] = {
    "labels": lambda values: ", ".join(values.labels),
    "several": lambda values: SEVERAL_WORDS[values.several] if values.query else "",
    "parameters": lambda values: "\n".join(
        f"{name} = {' · '.join(given)}" for name, given in values.parameters.items()
    ),
    "snippets": lambda values: ", ".join(values.snippets),
    "reason_required": lambda values: _yes(values.reason_rule.required),
    "reason_pattern": lambda values: values.reason_rule.pattern,
    "reason_hint": lambda values: values.reason_rule.hint,
    "size": lambda values: f"at most {values.largest}" if values.largest else "",
    "scrollback_lines": lambda values: "" if values.scrollback_lines is None else f"{values.scrollback_lines:,} lines",
    "forwards": lambda values: "\n".join(values.forwards),
    "shell": lambda values: _yes(values.shell),
    "tunnel_sessions": lambda values: str(values.tunnel_sessions or "as the load needs"),
    "tunnel_keep_alive": lambda values: _yes(values.tunnel_keep_alive),
    "guard": lambda values: _yes(values.guard),
    "recording": lambda values: _yes(values.recording),
    "keep_alive": lambda values: _yes(values.keep_alive),
}


def label(key: str) -> str:
    """What a key is called on the screen."""
    return _LABELS.get(key, key)


def words(key: str, values: Values) -> str:
    """What holds for a key, for people; empty where that is nothing. Untrusted, and may have several lines."""
    told = _VALUES.get(key)
    return told(values) if told is not None else str(getattr(values, key))


def origin_words(origin: Origin | None) -> str:
    """Where a value comes from, in a word or two; empty where it is not set."""
    if origin is None:
        return ""
    return "own" if origin.folder is None else tidy(origin.folder, 40)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def help_of(key: str) -> tuple[str, str]:
    """What a key is for, and an example of its value."""
    known = table.KEYS[key]
    several = " Commas separate several." if known.kind is KeyKind.TEXTS else ""
    return (_LINK.sub(r"\1", known.help) + several).replace("`", ""), f"Example: {known.example}"
