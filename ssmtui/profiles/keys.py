"""The one table of what may be written in a profile: reading, the JSON schema, the reference and the forms use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

from ssmtui.config import kinds
from ssmtui.config.settings import CLIPBOARD, COLORS, SCROLLBACK
from ssmtui.documents.reasons import MAX_REASON
from ssmtui.layout import Arrangement
from ssmtui.profiles import checks
from ssmtui.profiles.checks import Check
from ssmtui.profiles.profile import Several

TUNNEL_SESSIONS = (0, 8)
"""Sessions of one tunnel; 0: as the load needs."""
LAYOUTS = ("tabs", *(arrangement.value for arrangement in Arrangement))


class KeyKind(Enum):
    """What a value is, for forms and editors."""

    TEXT = "string"
    LINES = "string of several lines"
    SWITCH = "true or false"
    CHOICE = "one of a few words"
    NUMBER = "whole number"
    TEXTS = "list of strings"
    QUERY = "filter"
    PARAMETERS = "table of strings, or lists of strings"
    SIZE = "columns x rows"
    PATTERN = "regular expression"
    SNIPPETS = "table of strings, or of tables"


@dataclass(frozen=True, slots=True)
class ProfileKey:
    """One key."""

    name: str
    kind: KeyKind
    help: str
    """What it does, in a sentence or two; Markdown's backquotes around names."""
    example: str
    """A value as it is written in TOML."""
    check: Check
    """From TOML's value to the program's; raises ValueError with how the sentence goes on after the key's name."""
    check_filled: Check
    """The same for a value whose places have been filled in."""
    inheritable: bool = True
    """Whether those in a folder have it where the folder says it."""
    in_profiles: bool = True
    in_folders: bool = True
    choices: tuple[str, ...] = ()
    templated: bool = False
    """Whether ``${VARIABLE}`` and ``{ask:Question}`` may stand in it."""
    default: str = ""
    """What holds where it is not set, in a few words."""
    secret: bool = False
    """Whether its value is kept out of messages."""
    bounds: tuple[int, int] | None = None
    """Smallest and largest number."""


def _key(name: str, kind: KeyKind, check: Check, example: str, help: str, **more: Any) -> ProfileKey:
    return ProfileKey(name, kind, help, example, check, check, **more)


def _templated(
    name: str, kind: KeyKind, make: Callable[..., Check], example: str, help: str, **more: Any
) -> ProfileKey:
    return ProfileKey(name, kind, help, example, make(templated=True), make(templated=False), templated=True, **more)


def _reason(*, templated: bool) -> Check:
    return checks.text(1_000 if templated else MAX_REASON, templated=templated)


def _forwards(*, templated: bool) -> Check:
    return checks.texts(checks.forward(templated=templated), 50)


_ALL = (
    _key(
        "description",
        KeyKind.TEXT,
        checks.text(500, lines=True),
        '"the primary of the orders database"',
        "What it is for. A folder's is the folder's own.",
        inheritable=False,
    ),
    _key(
        "folder",
        KeyKind.TEXT,
        checks.folder,
        '"prod/db"',
        "The folder that it is in, whose values it inherits.",
        inheritable=False,
        in_folders=False,
        default="the top",
    ),
    _key(
        "extends",
        KeyKind.TEXT,
        checks.folder,
        '"shared/linux"',
        "Another folder whose values this one inherits as well, before those of the folder that it is in.",
        inheritable=False,
        in_profiles=False,
    ),
    _key(
        "labels",
        KeyKind.TEXTS,
        checks.texts(checks.name, 20),
        '["db", "on-call"]',
        "Words to find it by.",
    ),
    _templated(
        "aws_profile",
        KeyKind.TEXT,
        partial(checks.text, 250),
        '"prod"',
        "AWS profile whose credentials are used.",
        default="what ssmtui was started with",
    ),
    _templated(
        "region",
        KeyKind.TEXT,
        partial(checks.matching, r"[a-z0-9-]{1,40}", "a region such as eu-west-1", 100),
        '"eu-west-1"',
        "AWS region.",
        default="the AWS profile's",
    ),
    _templated(
        "target",
        KeyKind.TEXT,
        partial(checks.matching, r"\S{1,400}", "the id of a node, such as i-0a1b2c3d4e5f60718", 400),
        '"i-0a1b2c3d4e5f60718"',
        "Id of the node: `i-...`, `mi-...`. Either this or `query`.",
        inheritable=False,
        in_folders=False,
    ),
    _templated(
        "query",
        KeyKind.QUERY,
        checks.query,
        '"name:db tag:env=prod ping:online"',
        "The nodes it is for, as a filter (see [filter.md](filter.md)). Either this or `target`.",
        inheritable=False,
        in_folders=False,
    ),
    _key(
        "several",
        KeyKind.CHOICE,
        kinds.one_of(*(choice.value for choice in Several)).check,
        '"first-online"',
        "Which are meant where `query` matches several nodes: `ask`, the `first-online`, the `newest`, or `all`.",
        choices=tuple(choice.value for choice in Several),
        default="ask",
    ),
    _templated(
        "document",
        KeyKind.TEXT,
        partial(checks.matching, r"[A-Za-z0-9_\-.:/]{3,128}", "the name or ARN of a session document", 400),
        '"AWS-StartInteractiveCommand"',
        "Session document.",
        default="the account's default shell",
    ),
    _templated(
        "parameters",
        KeyKind.PARAMETERS,
        checks.parameters,
        '{ command = "htop" }',
        "The document's parameters. They belong together: a connection's replace its folder's, and one that names "
        "another document inherits none.",
        secret=True,
    ),
    _templated(
        "reason",
        KeyKind.TEXT,
        _reason,
        '"deploy for {ask:Ticket}"',
        "Reason that the session is started with.",
    ),
    _key(
        "reason_required",
        KeyKind.SWITCH,
        kinds.switch().check,
        "true",
        "Whether no session is started without a reason.",
        default="false",
    ),
    _key(
        "reason_pattern",
        KeyKind.PATTERN,
        checks.expression,
        r"'[A-Z]+-\d+.*'",
        "Regular expression (Python's) that all of a reason has to match.",
    ),
    _key(
        "reason_hint",
        KeyKind.TEXT,
        checks.text(200),
        '"a ticket such as OPS-123"',
        "What the pattern asks for, in words.",
    ),
    _templated(
        "on_connect",
        KeyKind.LINES,
        partial(checks.text, 10_000, lines=True),
        r'"cd /srv && clear\n"',
        r"Text that is typed once the shell is there; `\n` is Enter. Never a secret: it stands in a file.",
        secret=True,
    ),
    _key(
        "snippets",
        KeyKind.SNIPPETS,
        checks.snippets,
        '{ "slow queries" = "pg-slow --since {ask:Since}" }',
        "Saved commands for its sessions, beside those of the settings (see [settings.md](settings.md)). A folder's "
        "are added to those of the folders around it; of two with one name the nearest counts.",
    ),
    _key(
        "size",
        KeyKind.SIZE,
        checks.size,
        '"132x43"',
        "The terminal is never made larger than this, however large its pane is.",
        default="its pane's size",
    ),
    _key(
        "scrollback_lines",
        KeyKind.NUMBER,
        kinds.whole(*SCROLLBACK).check,
        "50000",
        "Lines kept above the screen.",
        default="the setting `scrollback_lines`",
        bounds=SCROLLBACK,
    ),
    _key(
        "color",
        KeyKind.CHOICE,
        kinds.one_of(*COLORS).check,
        '"red"',
        "Colour of its pane's frame and of its tab.",
        choices=COLORS,
    ),
    _key("icon", KeyKind.TEXT, checks.icon, '"◆"', "One or two cells before its name."),
    _key(
        "layout",
        KeyKind.CHOICE,
        kinds.one_of(*LAYOUTS).check,
        '"tiled"',
        "How sessions that are opened together share a tab: those of a folder, of several connections that all say the "
        "same, or of a `query` that means `all`. With `tabs`, and where they are more than 16, each has a tab of its "
        "own. The others are tmux's: `tiled`, side by side (`even-horizontal`), one above the other (`even-vertical`), "
        "a large one with the others beside it (`main-vertical`) or below it (`main-horizontal`).",
        choices=LAYOUTS,
        default="it is asked",
    ),
    _key(
        "recording",
        KeyKind.SWITCH,
        kinds.switch().check,
        "true",
        "Whether what the node prints is recorded in a file.",
        default="false",
    ),
    _key(
        "clipboard",
        KeyKind.CHOICE,
        kinds.one_of(*CLIPBOARD).check,
        '"never"',
        "What is done when the node would write to the clipboard.",
        choices=CLIPBOARD,
        default="the setting `clipboard`",
    ),
    _key(
        "guard",
        KeyKind.SWITCH,
        kinds.switch().check,
        "true",
        "Whether its nodes are guarded, as production is: a frame in red, a word to be typed before a session starts, "
        "a question before anything is pasted.",
        default="what the setting `guard` says of the node",
    ),
    _templated(
        "forwards",
        KeyKind.TEXTS,
        _forwards,
        '["5432:db.internal:5432"]',
        "Ports to forward: `[[BIND:]LOCAL:]PORT` of the node, or `[[BIND:]LOCAL:]HOST:PORT` of a host that it reaches. "
        "Without `LOCAL` it is the same port here, or another one where that is taken; 0 is any free one. `BIND` is an "
        "IP address to listen on, or `own` for a loopback address that no other target has. `socks:LOCAL` is a proxy "
        "to all hosts that the node reaches. `@DOCUMENT` at the end has a Port document of your own forward it.",
    ),
    _key(
        "shell",
        KeyKind.SWITCH,
        kinds.switch().check,
        "false",
        "Whether a session is started beside what `forwards` says. A connection whose document is a Port one opens it "
        "as a tunnel, and starts no other session either.",
        default="true",
    ),
    _key(
        "tunnel_sessions",
        KeyKind.NUMBER,
        kinds.whole(*TUNNEL_SESSIONS).check,
        "4",
        "Sessions that each of its tunnels spreads its connections over; guarded nodes always get one.",
        default="0: as many as the load needs, 4 at most",
        bounds=TUNNEL_SESSIONS,
    ),
    _key(
        "tunnel_keep_alive",
        KeyKind.SWITCH,
        kinds.switch().check,
        "true",
        "Whether an idle tunnel's session is kept alive. Otherwise the service ends it after its idle time, and the "
        "next connection starts another one.",
        default="false",
    ),
    _templated(
        "database_user",
        KeyKind.TEXT,
        partial(checks.text, 128),
        '"app_read"',
        "User of the database behind its tunnels, whom an IAM token for RDS is made for.",
    ),
    _key(
        "keep_alive",
        KeyKind.SWITCH,
        kinds.switch().check,
        "true",
        "Whether something harmless is sent before the service would end an idle session.",
        default="false",
    ),
    _key(
        "message_endpoint",
        KeyKind.TEXT,
        checks.message_endpoint,
        '"vpce-0a1b-2c3d.ssmmessages.eu-west-1.vpce.amazonaws.com"',
        "Interface endpoint (PrivateLink) of `ssmmessages` that its data channel is opened to instead of the address "
        "that AWS gives out.",
        default="`message_endpoints` of the settings",
    ),
)

KEYS: Mapping[str, ProfileKey] = {key.name: key for key in _ALL}
"""By name, in the order of forms and of the reference."""

PROFILE_KEYS: Mapping[str, ProfileKey] = {name: key for name, key in KEYS.items() if key.in_profiles}
FOLDER_KEYS: Mapping[str, ProfileKey] = {name: key for name, key in KEYS.items() if key.in_folders}


def problem(name: str, value: object) -> str:
    """What is wrong with a value of the key ``name``, as TOML would have it; empty when nothing is."""
    try:
        KEYS[name].check(value)
    except ValueError as error:
        return str(error)
    return ""
