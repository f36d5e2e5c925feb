"""The colours: the screen's own two themes, and the sixteen colours that node output is drawn in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.color import Color
from textual.theme import Theme

from ssmtui.terminal.screen import Colors

NIGHT = Theme(
    name="ssmtui-night",
    primary="#7cb7ff",
    secondary="#8f9fd8",
    accent="#f2b866",
    success="#86d29a",
    warning="#f2b866",
    error="#ff8080",
    foreground="#dbe2ec",
    background="#0f131a",
    surface="#151b24",
    panel="#1d2531",
    dark=True,
    variables={
        "dim": "#8793a6",
        "faint": "#566174",
        "line": "#2a3442",
        "row-cursor": "#24405f",
        "row-cursor-blurred": "#1d2a3b",
        "row-marked": "#2b2618",
        "selected": "#2d5078",
        "match": "#5b4b2c",
        "block-cursor-background": "#24405f",
        "block-cursor-foreground": "#f3f6fa",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#1d2a3b",
        "input-selection-background": "#7cb7ff 30%",
        "scrollbar": "#2a3442",
        "scrollbar-hover": "#3a4759",
        "scrollbar-active": "#7cb7ff",
        "scrollbar-background": "#0f131a",
        "scrollbar-background-hover": "#0f131a",
        "scrollbar-background-active": "#0f131a",
        "scrollbar-corner-color": "#0f131a",
        "border": "#7cb7ff",
        "border-blurred": "#2a3442",
    },
)

DAY = Theme(
    name="ssmtui-day",
    primary="#1c5fb8",
    secondary="#4a5ab0",
    accent="#874e00",
    success="#166a2d",
    warning="#874e00",
    error="#b3261e",
    foreground="#1f2731",
    background="#f7f8fa",
    surface="#eef0f4",
    panel="#e2e6ec",
    dark=False,
    variables={
        "dim": "#566174",
        "faint": "#8793a6",
        "line": "#cfd6e0",
        "row-cursor": "#c9dcf5",
        "row-cursor-blurred": "#e2e9f3",
        "row-marked": "#f6ecd6",
        "selected": "#b5d0f3",
        "match": "#f3dcae",
        "block-cursor-background": "#c9dcf5",
        "block-cursor-foreground": "#10161e",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#e2e9f3",
        "input-selection-background": "#1c5fb8 25%",
        "scrollbar": "#c3cbd7",
        "scrollbar-hover": "#a9b4c4",
        "scrollbar-active": "#1c5fb8",
        "scrollbar-background": "#f7f8fa",
        "scrollbar-background-hover": "#f7f8fa",
        "scrollbar-background-active": "#f7f8fa",
        "scrollbar-corner-color": "#f7f8fa",
        "border": "#1c5fb8",
        "border-blurred": "#cfd6e0",
    },
)

DARK_ANSI = (
    "#2a3442", "#ff8080", "#86d29a", "#f2c97d", "#7cb7ff", "#d0a3f0", "#76d3d6", "#c8d1de",
    "#66738a", "#ff9d9d", "#a5e3b4", "#ffdd9b", "#a2ccff", "#e2c1fa", "#9be6e8", "#f3f6fa",
)  # fmt: skip
LIGHT_ANSI = (
    "#1f2731", "#b3261e", "#1d7a37", "#8a5a00", "#1c5fb8", "#8a3ab0", "#0f7680", "#8b95a3",
    "#4d5866", "#cf3b33", "#2b9249", "#a56d05", "#2f76d6", "#a453cb", "#188f9b", "#5b6674",
)  # fmt: skip

_ANSI = "terminal-ansi-"
"""Variables of a theme that brings its own sixteen colours begin so."""

DARK_TERMINAL = ("#dbe2ec", "#0f131a")
LIGHT_TERMINAL = ("#1f2731", "#f6f7f9")
"""Foreground and background of a terminal where the theme leaves them to the outer terminal."""


def of_settings(name: str, colors: Mapping[str, Any]) -> Theme:
    """A theme of somebody's own, as the settings have it."""
    named = {key: value for key, value in colors.items() if key != "ansi"}
    own = {f"{_ANSI}{index}": color for index, color in enumerate(colors.get("ansi", ()))}
    return Theme(name=name, **named, variables=own)


def ansi(dark: bool) -> tuple[str, ...]:
    """The sixteen ANSI colours, as ``#rrggbb``."""
    return DARK_ANSI if dark else LIGHT_ANSI


_NAMES = {"red": 1, "green": 2, "yellow": 3, "blue": 4, "magenta": 5, "cyan": 6}


def named_color(name: str, dark: bool) -> str:
    """A colour that a person gave a connection by its name, as ``#rrggbb``; empty where there is none of that name."""
    number = _NAMES.get(name)
    return "" if number is None else ansi(dark)[number]


_CUBE = (0, 95, 135, 175, 215, 255)


def standard_color(index: int) -> int:
    """Colours 16..255 of xterm's palette as ``0xRRGGBB``: a cube of 216, then 24 greys."""
    if index >= 232:
        return (8 + 10 * (index - 232)) * 0x010101
    cube = index - 16
    return _CUBE[cube // 36] << 16 | _CUBE[cube // 6 % 6] << 8 | _CUBE[cube % 6]


def terminal_colors(variables: Mapping[str, str], dark: bool) -> Colors:
    """The colours of terminals, which remote programs get when they ask."""
    foreground = _number(variables["terminal-foreground"])
    own = [variables.get(f"{_ANSI}{index}", color) for index, color in enumerate(ansi(dark))]
    palette = (*map(_number, own), *map(standard_color, range(16, 256)))
    return Colors(foreground, _number(variables["terminal-background"]), foreground, palette)


def _number(code: str) -> int:
    return int(code.removeprefix("#"), 16)


TINT, GUARDED_TINT = 0.2, 0.3
"""Share of a colour in the frame of what has it: text is read on it."""
# Share of the one colour in a shade, the rest being the background's.
_SHADES = {
    "dim": ("foreground", 0.62),
    "faint": ("foreground", 0.36),
    "line": ("foreground", 0.16),
    "row-cursor": ("primary", 0.35),
    "row-cursor-blurred": ("primary", 0.15),
    "row-marked": ("accent", 0.12),
    "selected": ("primary", 0.4),
    "match": ("accent", 0.3),
}


def complete(variables: dict[str, str], dark: bool) -> None:
    """Add the variables that our styles use and other people's themes do not name, and the two colours of a terminal,
    which are plain ``#rrggbb`` in every theme."""
    terminal = DARK_TERMINAL if dark else LIGHT_TERMINAL
    for name, fallback in zip(("foreground", "background"), terminal, strict=True):
        color = Color.parse(variables[name])
        variables[f"terminal-{name}"] = fallback if color.ansi is not None else color.hex6
    surface = Color.parse(variables["surface"])
    for name in _NAMES:
        variables[f"named-{name}"] = named_color(name, dark)
        variables[f"tint-{name}"] = surface.blend(Color.parse(variables[f"named-{name}"]), TINT).hex6
    variables["tint-guarded"] = surface.blend(Color.parse(variables["error"]), GUARDED_TINT).hex6
    variables["tint-broadcast"] = surface.blend(Color.parse(variables["accent"]), GUARDED_TINT).hex6
    background = Color.parse(variables["terminal-background"])
    for name, (source, share) in _SHADES.items():
        variables.setdefault(name, background.blend(Color.parse(variables[source]), share).hex)
