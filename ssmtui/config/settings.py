"""The settings: one frozen tree, read from ``config.toml`` and from ``SSMTUI_*`` variables, never written here.

A variable beats the file, the file beats the default. A value that cannot be used is an error, for whoever wrote it
relies on it. A key that nobody knows is a warning with the nearest good key: a file shared with a newer release, or one
slip of the finger, must not keep anybody from their nodes.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ssmtui import inert
from ssmtui.errors import ConfigurationError

PREFIX = "SSMTUI_"
DEFAULT = "default"
"""The origin of a setting that nobody has set."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, with the value it has when nobody does."""

    leader: str = "ctrl+]"
    """The one key that ssmtui keeps in a pane."""
    theme: str = ""
    """Name of the colour theme; empty for ssmtui's own."""
    scrollback_lines: int = 10_000
    """Lines that each pane keeps above its screen."""
    escape_sequences: bool = True
    """Whether Enter ``~ .`` ends a session, as in ssh."""
    underline_styles: str = "auto"
    """Whether the outer terminal shows curly, dotted, dashed and coloured underlines: ``on``, ``off``, or ``auto`` for
    what its environment tells."""
    pass_on_bells: bool = True
    """Whether the outer terminal rings when a node does. Tabs and panes show it in any case."""
    copy_on_select: bool = True
    """Whether what the mouse selects is copied at once."""
    clipboard: str = "ask"
    """What is done when a node would write to the clipboard: ``ask``, ``allow`` or ``never``."""
    engine: str = "auto"
    """Terminal engine: ``ghostty``, ``bittty``, or ``auto`` for the best that this system has."""
    refresh_interval: float = 60.0
    """Seconds between two listings of the nodes."""
    guard: tuple[str, ...] = ()
    """Filters (``docs/filter.md``): nodes that match one of them are guarded, as production is."""
    stream_hosts: tuple[str, ...] = ()
    """``host`` or ``host:port`` of test gateways that a data channel may be opened to, beside AWS's own."""


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings, where each came from, and what was odd on the way."""

    settings: Settings = Settings()
    origins: Mapping[str, str] = field(default_factory=dict)
    """Setting to where it was set, for those that were."""
    warnings: tuple[str, ...] = ()

    def origin(self, name: str) -> str:
        """Where the setting ``name`` got its value."""
        return self.origins.get(name, DEFAULT)


@dataclass(frozen=True, slots=True)
class _Rule:
    """How one setting is read. Both functions raise ValueError with what they expect."""

    check: Callable[[object], Any]
    """From TOML's value to the setting's."""
    parse: Callable[[str], object] = str
    """From a variable's text to TOML's value."""


def load(file: Path | None, environment: Mapping[str, str], *, must_exist: bool = False) -> LoadedSettings:
    """Read the settings from ``file``, if there is one, and from ``environment``.

    Raises :class:`ssmtui.errors.ConfigurationError`, naming the file, the line and the key.
    """
    text = _read(file, must_exist) if file is not None else ""
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    warnings: list[str] = []
    for key, value in _parse(text, file).items():
        place = f"{file}, line {line}" if (line := _line_of(key, text)) else str(file)
        if key not in _RULES:
            warnings.append(f"{place}: {_unknown(key)}")
            continue
        values[key] = _checked(key, value, place)
        origins[key] = place
    for key, rule in _RULES.items():
        variable = PREFIX + key.upper()
        if given := environment.get(variable, ""):
            values[key] = _from_variable(key, rule, given, variable)
            origins[key] = variable
    return LoadedSettings(Settings(**values), origins, tuple(warnings))


def nearest(name: str, known: list[str]) -> str:
    """`` Did you mean ...?`` where one of ``known`` is near to ``name``, else which there are."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."


def _read(file: Path, must_exist: bool) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        if must_exist:
            raise ConfigurationError(f"there is no file {file}") from None
        return ""
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file} is not UTF-8 text") from None
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from None


def _parse(text: str, file: Path | None) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file} is not valid TOML: {inert.line(str(error))}") from None


def _line_of(key: str, text: str) -> int | None:
    """The line on which ``key`` is set; tomllib keeps no positions."""
    assignment = re.compile(rf"\s*(?:\[+\s*)?[\"']?{re.escape(key)}[\"']?\s*[.=\]]")
    lines = enumerate(text.splitlines(), start=1)
    return next((number for number, line in lines if assignment.match(line)), None)


def _unknown(key: str) -> str:
    return f"there is no setting {inert.line(key, 80)}. {nearest(key, list(_RULES))}"


def _checked(key: str, value: object, place: str) -> Any:
    try:
        return _RULES[key].check(value)
    except ValueError as error:
        given = inert.line(repr(value), 80)
        raise ConfigurationError(f"{place}: {key} is to be {error}, not {given}") from None


def _from_variable(key: str, rule: _Rule, text: str, variable: str) -> Any:
    try:
        value = rule.parse(text)
    except ValueError:
        # Left as text, which the check refuses in the words of the setting.
        value = text
    return _checked(key, value, variable)


def _key(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"(?:ctrl|alt)\+\S+|f\d{1,2}", value):
        return value
    raise ValueError('a key with ctrl or alt ("ctrl+]"), or a function key ("f12")')


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise ValueError("a text")


def _one_of(*choices: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        if isinstance(value, str) and value in choices:
            return value
        raise ValueError(f"one of {', '.join(choices)}")

    return check


def _whole(low: int, high: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        raise ValueError(f"a whole number from {low:,} to {high:,}")

    return check


def _number(low: int, high: int) -> Callable[[object], float]:
    def check(value: object) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return float(value)
        raise ValueError(f"a number from {low:,} to {high:,}")

    return check


def _switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("true or false")


def _names(value: object) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
        return tuple(value)
    raise ValueError("a list of texts")


def _parse_switch(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


def _parse_names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


_RULES: dict[str, _Rule] = {
    "leader": _Rule(_key),
    "theme": _Rule(_text),
    "scrollback_lines": _Rule(_whole(0, 1_000_000), int),
    "escape_sequences": _Rule(_switch, _parse_switch),
    "underline_styles": _Rule(_one_of("auto", "on", "off")),
    "pass_on_bells": _Rule(_switch, _parse_switch),
    "copy_on_select": _Rule(_switch, _parse_switch),
    "clipboard": _Rule(_one_of("ask", "allow", "never")),
    "engine": _Rule(_one_of("auto", "ghostty", "bittty")),
    "refresh_interval": _Rule(_number(5, 86_400), float),
    "guard": _Rule(_names, _parse_names),
    "stream_hosts": _Rule(_names, _parse_names),
}
if set(_RULES) != {setting.name for setting in fields(Settings)}:
    raise AssertionError("every setting has its rule")
