"""All commands, and what is made of them: bindings, the leader's letters, palette entries, footer hints."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from textual.binding import Binding, BindingType

from ssmtui.ui.commands import access, copying, filters, general, nodes, table, tabs
from ssmtui.ui.commands.base import Command, Group

ALL: tuple[Command, ...] = (
    *nodes.COMMANDS,
    *filters.COMMANDS,
    *access.COMMANDS,
    *table.COMMANDS,
    *tabs.COMMANDS,
    *copying.COMMANDS,
    *general.COMMANDS,
)
BY_NAME = {name: command for command in ALL for name in (command.name, *command.aliases)}
BY_LEADER_KEY = {key: command for command in ALL for key in command.leader_keys}
BY_LIST_KEY = {
    key: command for command in ALL if command.group in (Group.NODES, Group.EVERYWHERE) for key in command.keys
}
"""What the keys of the list do."""


def of_group(group: Group) -> list[Command]:
    """The commands under one heading of the help."""
    return [command for command in ALL if command.group is group]


def bindings(group: Group) -> list[BindingType]:
    """Textual's bindings for the place where ``group``'s keys work."""
    found: list[BindingType] = [_binding(command, key) for command in of_group(group) for key in command.keys]
    if group is Group.ENDED:
        found += [_binding(command, key) for command in ALL for key in command.ended_keys]
    return found


def _binding(command: Command, key: str) -> Binding:
    return Binding(key, f"app.do({command.name!r}, {key!r})", command.help, show=False)


def palette_entries() -> Iterator[tuple[str, Command]]:
    """Names that may be typed, with their commands."""
    return ((command.name, command) for command in ALL if command.in_palette)


def hints(keys: Callable[[Command], tuple[str, ...]], *groups: Group) -> list[tuple[str, str]]:
    """Key and label of the commands of ``groups`` that want to be in the footer; ``keys`` says which of a command's
    keys count there."""
    commands = [command for group in groups for command in of_group(group) if command.hint and keys(command)]
    return [(keys(command)[0], command.hint) for command in commands]


__all__ = [
    "ALL",
    "BY_LEADER_KEY",
    "BY_LIST_KEY",
    "BY_NAME",
    "Command",
    "Group",
    "bindings",
    "hints",
    "of_group",
    "palette_entries",
]
