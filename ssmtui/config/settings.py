"""The settings: one frozen tree, read from ``config.toml`` and from ``SSMTUI_*`` variables, never written here.

A variable beats the file, the file beats the default. An invalid value is an error: the person who wrote it relies on
it. An unknown key is a warning that names the nearest known one: a file shared with a newer release, or a typo, must
not keep anybody from their nodes.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ssmtui import inert, message_endpoints
from ssmtui.config import files, kinds
from ssmtui.config.kinds import ValueKind, WrongEntry, WrongValue
from ssmtui.errors import ConfigurationError

if TYPE_CHECKING:
    from ssmtui.config.snippets import Snippet
    from ssmtui.config.toml_places import Places

PREFIX = "SSMTUI_"
DEFAULT = "default"
"""The origin of a setting that nobody has set."""

KEYS, LOOK, SESSIONS, NODES, SAFETY, NETWORK = "Keys", "Look", "Sessions", "Nodes", "Safety", "Network"
"""Headings of the reference, in its order."""

CLIPBOARD = ("ask", "allow", "never")
"""What may be done when a node would write to the clipboard."""
COLORS = ("red", "yellow", "green", "cyan", "blue", "magenta")
"""What sessions may be set off from others by."""
SCROLLBACK = (0, 1_000_000)
"""Fewest and most lines above a screen."""

_THEME_COLORS = (
    "primary", "secondary", "accent", "success", "warning", "error", "foreground", "background", "surface", "panel",
)  # fmt: skip
_ANSI_COLORS = 16

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def _setting(default: object, kind: ValueKind, heading: str, help_text: str) -> Any:
    facts = {"kind": kind, "heading": heading, "help": help_text}
    if isinstance(default, Mapping):  # which is not hashable, and so no default to dataclasses
        return field(default_factory=lambda: default, hash=False, metadata=facts)
    return field(default=default, metadata=facts)


def _hosts_of_endpoints(value: object) -> tuple[str, ...]:
    return tuple(host for text in kinds.texts().accept(value) if (host := message_endpoints.read(text)))


_MESSAGE_ENDPOINTS = kinds.texts()._replace(
    words=f"a list of hosts, each {message_endpoints.WORDS}", accept=_hosts_of_endpoints
)


def _keys(name: str, value: object) -> tuple[str, ...]:
    keys = value if isinstance(value, list) else [value]
    if all(isinstance(key, str) and re.fullmatch(r"(?:(?:ctrl|alt|shift)\+)*(?:[^\s+]+|\+)", key) for key in keys):
        return tuple(keys)
    wanted = 'a key ("ctrl+s", "/", "f5") or a list of keys; an empty list takes all away'
    raise WrongEntry((), f"{name} must be {wanted}")


def _theme(name: str, value: object) -> Mapping[str, Any]:
    """A theme's colours, and whether it is dark."""
    if not isinstance(value, dict):
        raise WrongEntry((), f"the theme {name} must be a table of colours")
    known = [*_THEME_COLORS, "dark", "ansi"]
    for key, entry in value.items():
        if key not in known:
            raise WrongEntry((key,), f"themes have no {key}. {nearest(key, known)}")
        if key == "dark" and not isinstance(entry, bool):
            raise WrongEntry((key,), "dark must be true or false")
        if key == "ansi" and not (
            isinstance(entry, list) and len(entry) == _ANSI_COLORS and all(map(_is_color, entry))
        ):
            raise WrongEntry((key,), 'ansi must be a list of 16 colours, such as "#7cb7ff"')
        if key in _THEME_COLORS and not _is_color(entry):
            raise WrongEntry((key,), f'{key} must be a colour, such as "#7cb7ff"')
    if "primary" not in value:
        raise WrongEntry((), f"the theme {name} names no primary colour")
    return MappingProxyType(value)


def _color(name: str, value: object) -> str:
    if value in COLORS:
        return str(value)
    raise WrongEntry((), f"the colour of {inert.line(name, 60)} must be one of {', '.join(COLORS)}")


def _is_color(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch("#[0-9a-fA-F]{6}", value) is not None


def _snippet(name: str, value: object) -> Snippet:
    from ssmtui.config.snippets import checked

    return checked(name, value)


_A_KEY = kinds.matching('a key with ctrl or alt ("ctrl+]"), or a function key ("f12")', r"(?:ctrl|alt)\+\S+|f\d{1,2}")
_COMMANDS = kinds.table("a table of commands with their keys", _keys)
_THEMES = kinds.table("a table of themes", _theme)
_ACCOUNT_COLORS = kinds.table("a table of accounts with a colour each", _color)
_SNIPPETS = kinds.table("a table of snippets", _snippet)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, with its default. ``docs/settings.md`` is made from this."""

    leader: str = _setting("ctrl+]", _A_KEY, KEYS, "The one key that ssmtui keeps in a pane; F12 always does the same.")
    keys: Mapping[str, tuple[str, ...]] = _setting(
        _NOTHING,
        _COMMANDS,
        KEYS,
        "Other keys for commands, in the lists and wherever the help shows a single key: a command's name with a key "
        "or a list of keys, which take the place of its own.",
    )
    leader_keys: Mapping[str, tuple[str, ...]] = _setting(
        _NOTHING, _COMMANDS, KEYS, "The same for what follows the leader."
    )
    ended_keys: Mapping[str, tuple[str, ...]] = _setting(
        _NOTHING, _COMMANDS, KEYS, "The same for commands of sessions in the tab of one that is over."
    )
    theme: str = _setting("", kinds.text(), LOOK, "Name of the colour theme; empty for ssmtui's own dark one.")
    themes: Mapping[str, Mapping[str, Any]] = _setting(
        _NOTHING,
        _THEMES,
        LOOK,
        f"Themes of your own: a name with a table of colours ({', '.join(_THEME_COLORS)}; only primary is needed), "
        "`dark`, and `ansi` for the sixteen colours of the terminals.",
    )
    chrome: str = _setting(
        "full",
        kinds.one_of("full", "slim", "none"),
        LOOK,
        "Lines around a session: `full`; `slim`, without the footer; `none`, without the tab bar and without a pane's "
        "own line where it is alone in its tab, unless the session is guarded. What is hidden comes back over the "
        "session while the leader is pressed, and all of it is there while a broadcast is on. `:chrome` switches it in "
        "the run.",
    )
    account_colors: Mapping[str, str] = _setting(
        _NOTHING,
        _ACCOUNT_COLORS,
        LOOK,
        "Colours of panes and tabs by account: the name of an AWS profile, an account's alias or its id, with one of "
        f"{', '.join(COLORS)}. Of several that fit, the AWS profile counts, then the alias. A saved connection's own "
        "`color` comes before it, and guarded sessions are red in any case.",
    )
    underline_styles: str = _setting(
        "auto",
        kinds.one_of("auto", "on", "off"),
        LOOK,
        "Whether your terminal shows curly, dotted, dashed and coloured underlines; auto goes by its environment.",
    )
    pass_on_bells: bool = _setting(
        True, kinds.switch(), LOOK, "Whether your terminal rings when a node does. Tabs and panes show it in any case."
    )
    notify: str = _setting(
        "auto",
        kinds.one_of("auto", "off", "osc9", "osc99", "osc777"),
        LOOK,
        "The escape sequence by which your terminal shows a desktop notification when a session does what you watch it "
        "for; auto goes by the environment, and a terminal that is not known gets none.",
    )
    notify_command: tuple[str, ...] = _setting(
        (),
        kinds.texts(),
        LOOK,
        "A program and its arguments to run then, without a shell. It finds `WATCH_EVENT` (`end`, `silence`, `found`, "
        "`slow`, `over`), `WATCH_TEXT`, `WATCH_TITLE`, `WATCH_TARGET`, `WATCH_NODE`, `WATCH_SESSION`, `WATCH_REGION`, "
        "`WATCH_AWS_PROFILE`, `WATCH_EXIT_CODE` and `WATCH_SECONDS` in its environment, and nothing that was printed.",
    )
    scrollback_lines: int = _setting(
        10_000, kinds.whole(*SCROLLBACK), SESSIONS, "Lines that each pane keeps above its screen."
    )
    escape_sequences: bool = _setting(True, kinds.switch(), SESSIONS, "Whether Enter `~ .` ends a session, as in ssh.")
    copy_on_select: bool = _setting(True, kinds.switch(), SESSIONS, "Whether what the mouse selects is copied at once.")
    snippets: Mapping[str, Snippet] = _setting(
        _NOTHING,
        _SNIPPETS,
        SESSIONS,
        "Saved commands: a name with the text that is typed, or with a table of `text`, `description` and `enter` "
        "(whether Enter is pressed at its end). `{ask:Question}` is asked for; the result is shown before it is sent. "
        "The files of connections may have more of them (`docs/profiles.md`).",
    )
    engine: str = _setting(
        "auto",
        kinds.one_of("auto", "ghostty", "bittty"),
        SESSIONS,
        "Terminal engine; auto is the best that this system has.",
    )
    restore: str = _setting(
        "ask",
        kinds.one_of("never", "ask", "always"),
        SESSIONS,
        "Whether the tabs of the last run come back. Those whose shells still live: `ask` asks whether to bring these "
        "back, `always` does it, `never` only mentions them. The others are started again: `ask` names the key, "
        "`always` shows them for three seconds and starts them.",
    )
    on_hangup: str = _setting(
        "detach",
        kinds.one_of("detach", "end"),
        SESSIONS,
        "What becomes of the sessions when your terminal is closed, when the connection to it is lost, or when ssmtui "
        "is asked to end by SIGHUP or SIGTERM: `detach` leaves them alive, and `ssmtui attach` brings them back; `end` "
        "terminates them. `ssmtui connect` with piped input terminates its session in any case.",
    )
    keeper: bool = _setting(
        False,
        kinds.switch(),
        SESSIONS,
        "Whether sessions that you detach go to `ssmtui keep`, a process without a screen that it starts: it goes on "
        "reading what they print, so that `ssmtui attach` brings all of it back, goes on with recordings, and keeps "
        "them from ending for want of input. Not on Windows, where they are left alive without it.",
    )
    refresh_interval: float = _setting(
        60.0, kinds.number(5, 86_400), NODES, "Seconds between two listings of the nodes."
    )
    clipboard: str = _setting(
        "ask",
        kinds.one_of(*CLIPBOARD),
        SAFETY,
        "What is done when a node would write to the clipboard.",
    )
    guard: tuple[str, ...] = _setting(
        (),
        kinds.texts(),
        SAFETY,
        "Filters (`docs/filter.md`): nodes that match one of them are guarded, as production is. Their panes have a "
        "red frame, a start is confirmed by typing, and every paste is asked about.",
    )
    stream_hosts: tuple[str, ...] = _setting(
        (),
        kinds.texts(),
        NETWORK,
        "`host` or `host:port` of test gateways that a data channel may be opened to, beside AWS's own.",
    )
    message_endpoints: tuple[str, ...] = _setting(
        (),
        _MESSAGE_ENDPOINTS,
        NETWORK,
        "Interface endpoints (PrivateLink) of `ssmmessages` that data channels are opened to instead of the public "
        "address that AWS gives out. One that names a region is used for that region. A host that is not AWS's must be "
        "in `stream_hosts` as well. `message_endpoint` of a saved connection comes before these; after them come "
        "`AWS_ENDPOINT_URL_SSMMESSAGES` and `ssmmessages` in the `services` section of the AWS profile.",
    )


SETTINGS: Mapping[str, Field[Any]] = {setting.name: setting for setting in fields(Settings)}
"""Every setting by its name; ``metadata`` holds its ``kind`` (:class:`ValueKind`), ``heading`` and ``help``."""


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings, where each came from, and what was odd on the way."""

    settings: Settings = Settings()
    origins: Mapping[str, str] = field(default_factory=dict)
    """Setting to where it was set, for those that were."""
    warnings: tuple[str, ...] = ()
    file: Path | None = None
    """What was read, or would have been."""

    def origin(self, name: str) -> str:
        """Where the setting ``name`` got its value."""
        return self.origins.get(name, DEFAULT)

    def place(self, *names: str) -> str:
        """Where the first of ``names`` that is set was set, to begin a message with; empty where none of them is."""
        return next((f"{self.origins[name]}: " for name in names if name in self.origins), "")


def load(file: Path | None, environment: Mapping[str, str], *, must_exist: bool = False) -> LoadedSettings:
    """Read the settings from ``file``, if there is one, and from ``environment``.

    Raises :class:`ssmtui.errors.ConfigurationError`, naming the file, the line and the key.
    """
    text = _read(file, must_exist) if file is not None else ""
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    warnings: list[str] = []
    source = _Source(str(file), text)
    for key, value in _parse(text, file).items():
        if key not in SETTINGS:
            warnings.append(f"{source.place(key)}: {_unknown(key)}")
            continue
        values[key] = _checked(key, value, source)
        origins[key] = source.place(key)
    for key in SETTINGS:
        variable = PREFIX + key.upper()
        if given := environment.get(variable, ""):
            values[key] = _from_variable(key, given, variable)
            origins[key] = variable
    return LoadedSettings(Settings(**values), origins, tuple(warnings), file)


def nearest(name: str, known: list[str]) -> str:
    """`` Did you mean ...?`` where one of ``known`` is near to ``name``, else which there are."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."


def _read(file: Path, must_exist: bool) -> str:
    try:
        return files.read_text(file)
    except files.MissingFile:
        if must_exist:
            raise
        return ""


def _parse(text: str, file: Path | None) -> dict[str, Any]:
    if not text:
        return {}
    import tomllib  # the first frame of a program without settings does without it

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file} is not valid TOML: {inert.line(str(error))}") from None


class _Source:
    """Where keys are set: in a file, or by a variable."""

    def __init__(self, name: str, text: str = "") -> None:
        self._name = name
        self._text = text

    @cached_property
    def _places(self) -> Places | None:
        """Lines are only looked for where there is something to report."""
        from ssmtui.config.toml_places import Places

        return Places(self._text) if self._text else None

    def place(self, *path: str) -> str:
        """How messages name it."""
        line = self._places.line_of(path) if self._places is not None else 0
        return f"{self._name}, line {line}" if line else self._name


def _unknown(key: str) -> str:
    return f"there is no setting {inert.line(key, 80)}. {nearest(key, list(SETTINGS))}"


def _checked(key: str, value: object, source: _Source) -> Any:
    try:
        return _kind(key).check(value)
    except WrongEntry as error:
        raise ConfigurationError(f"{source.place(key, *error.path)}: {inert.line(str(error), 300)}") from None
    except WrongValue as error:
        given = inert.line(repr(value), 80)
        raise ConfigurationError(f"{source.place(key)}: {key} {error}, not {given}") from None


def _kind(key: str) -> ValueKind:
    kind: ValueKind = SETTINGS[key].metadata["kind"]
    return kind


def _from_variable(key: str, text: str, variable: str) -> Any:
    try:
        value = _kind(key).parse(text)
    except ValueError:
        # Left as text, which the check refuses in the words of the setting.
        value = text
    return _checked(key, value, _Source(variable))
