"""All commands, and what is made of them; their keys are in ``keymap``."""

from __future__ import annotations

from textual.binding import BindingType

from ssmtui.ui.commands import access, copying, filters, general, nodes, profiles, table, tabs, tunnels, workspaces
from ssmtui.ui.commands.base import Command, Group
from ssmtui.ui.commands.keymap import Keymap, Where

ALL: tuple[Command, ...] = (
    *nodes.COMMANDS,
    *profiles.COMMANDS,
    *filters.COMMANDS,
    *access.COMMANDS,
    *table.COMMANDS,
    *workspaces.COMMANDS,
    *tunnels.COMMANDS,
    *tabs.COMMANDS,
    *copying.COMMANDS,
    *general.COMMANDS,
)
BY_NAME = {name: command for command in ALL for name in (command.name, *command.aliases)}
KEYMAP = Keymap(ALL)
"""The commands' own keys."""


def of_group(group: Group) -> list[Command]:
    """The commands under one heading of the help."""
    return [command for command in ALL if command.group is group]


def bindings(group: Group) -> list[BindingType]:
    """Textual's bindings for the place where ``group``'s keys work, before the settings are known."""
    return KEYMAP.bindings(group)


def palette_entries() -> list[Command]:
    """The commands whose names may be typed."""
    return [command for command in ALL if command.in_palette]


__all__ = [
    "ALL",
    "BY_NAME",
    "KEYMAP",
    "Command",
    "Group",
    "Keymap",
    "Where",
    "bindings",
    "of_group",
    "palette_entries",
]
