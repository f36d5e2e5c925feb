"""All commands by name, and which key does what: their own keys, with those of the settings in their place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from textual.binding import Binding, BindingType

from ssmtui import inert
from ssmtui.config.settings import nearest
from ssmtui.errors import ConfigurationError
from ssmtui.ui.commands.base import Command, Group
from ssmtui.ui.look.words import key_from_name, key_name

if TYPE_CHECKING:
    from ssmtui.config.settings import Settings

Given = Mapping[str, tuple[str, ...]]
"""Names of commands with keys as people write them."""

SECOND_LEADER = "f12"
"""The leader as well, whatever the settings say: for keyboards on which the first one is hard to type."""


class Where(Enum):
    """Where a key of a command works; the value is the setting that changes it."""

    HERE = "keys"
    """As the command's group says."""
    LEADER = "leader_keys"
    ENDED = "ended_keys"
    """In the tab of a session that is over."""


class _Place(NamedTuple):
    """Where no key may mean two things."""

    name: str
    sources: tuple[tuple[Where, tuple[Group, ...]], ...]


_EVERY = tuple(Group)
_PLACES = (
    _Place("in the list of nodes", ((Where.HERE, (Group.NODES, Group.EVERYWHERE)),)),
    _Place("after the leader", ((Where.LEADER, _EVERY),)),
    _Place(
        "in the tab of a session that is over",
        ((Where.HERE, (Group.ENDED, Group.EVERYWHERE)), (Where.ENDED, _EVERY)),
    ),
)


class Registry:
    """All commands with the keys that hold."""

    def __init__(self, commands: Sequence[Command], given: Mapping[Where, Given] | None = None) -> None:
        """Raises :class:`ssmtui.errors.ConfigurationError` for a command that there is not, and for a key that would
        mean two things in one place, with both names."""
        self.commands = commands
        self._by_name = {name: command for command in commands for name in (command.name, *command.aliases)}
        self._keys: dict[tuple[Where, str], tuple[str, ...]] = {}
        self._arguments: dict[tuple[str, str], str] = {}
        for where, keys_of in (given or {}).items():
            self._take(where, keys_of)
        if self._keys:
            self._refuse_clashes()
        self.by_leader_key = {key: command for command in commands for key in self.keys(command, Where.LEADER)}
        self.by_list_key = {
            key: command
            for command in commands
            if command.group in (Group.NODES, Group.EVERYWHERE)
            for key in self.keys(command)
        }
        """What the keys of the list do."""

    def __getitem__(self, name: str) -> Command:
        """The command of that name or alias; raises ``KeyError``."""
        return self._by_name[name]

    def get(self, name: str) -> Command | None:
        """The command of that name or alias, if there is one."""
        return self._by_name.get(name)

    def of_group(self, group: Group) -> list[Command]:
        """The commands under one heading of the help."""
        return [command for command in self.commands if command.group is group]

    @property
    def in_palette(self) -> list[Command]:
        """The commands whose names may be typed."""
        return [command for command in self.commands if command.in_palette]

    def keys(self, command: Command, where: Where = Where.HERE) -> tuple[str, ...]:
        """A command's keys, in Textual's notation."""
        own: tuple[str, ...] = getattr(command, where.value)
        return self._keys.get((where, command.name), own)

    def argument(self, command: Command, key: str) -> str:
        """What a command of several meanings is told for ``key``: the key of its own that it stands for."""
        return self._arguments.get((command.name, key), key)

    def bindings(self, group: Group) -> list[BindingType]:
        """Textual's bindings for the place where ``group``'s keys work."""
        found: list[BindingType] = [
            _binding(command, key) for command in self.of_group(group) for key in self.keys(command)
        ]
        if group is Group.ENDED:
            found += [_binding(command, key) for command in self.commands for key in self.keys(command, Where.ENDED)]
        return found

    def hints(self, where: Where, *groups: Group) -> list[tuple[str, str]]:
        """Key and label of the commands of ``groups`` that want to be in the footer."""
        commands = [command for group in groups for command in self.of_group(group)]
        return [
            (self.keys(command, where)[0], command.hint)
            for command in commands
            if command.hint and self.keys(command, where)
        ]

    def _take(self, where: Where, given: Given) -> None:
        by_name = {command.name: command for command in self.commands}
        for name, written in given.items():
            command = by_name.get(name)
            if command is None:
                known = nearest(name, sorted(by_name))
                raise _wrong(f"[{where.value}]: there is no command {inert.line(name, 60)}. {known}")
            keys = tuple(dict.fromkeys(map(key_from_name, written)))
            own: tuple[str, ...] = getattr(command, where.value)
            if command.takes_key and keys:
                if len(keys) != len(own):
                    shown = " ".join(map(key_name, own)) or "none"
                    raise _wrong(
                        f"[{where.value}]: {name} means something else with each of its keys ({shown}): "
                        f"give {len(own)} keys, not {len(keys)}"
                    )
                self._arguments |= {(name, key): meant for key, meant in zip(keys, own, strict=True)}
            self._keys[where, name] = keys

    def _refuse_clashes(self) -> None:
        for place in _PLACES:
            seen: dict[str, Command] = {}
            for command, key in self._in(place):
                other = seen.setdefault(key, command)
                if other is not command:
                    raise _wrong(
                        f"the key {key_name(key)} would be for both {other.name} and {command.name} {place.name}",
                        "Give one of the two another key there.",
                    )

    def _in(self, place: _Place) -> Iterable[tuple[Command, str]]:
        for where, groups in place.sources:
            for command in self.commands:
                if command.group in groups:
                    yield from ((command, key) for key in self.keys(command, where))


def registry_of(commands: Sequence[Command], settings: Settings) -> Registry:
    """The keys that the settings ask for; raises :class:`ssmtui.errors.ConfigurationError`."""
    given = {where: getattr(settings, where.value) for where in Where}
    _refuse_leader(given, {key_from_name(settings.leader), SECOND_LEADER})
    return Registry(commands, {where: keys_of for where, keys_of in given.items() if keys_of})


def _refuse_leader(given: Mapping[Where, Given], leader: Collection[str]) -> None:
    for where, by_name in given.items():
        for name, keys in by_name.items():
            taken = next((key for key in keys if key_from_name(key) in leader), None)
            if taken is not None:
                detail = f"[{where.value}]: {inert.line(taken, 40)} cannot be the key of {inert.line(name, 60)}"
                raise _wrong(f"{detail}: it is the leader", "Give it another key.")


def _binding(command: Command, key: str) -> Binding:
    return Binding(key, f"app.do({command.name!r}, {key!r})", command.help, show=False)


def _wrong(detail: str, remedy: str = "") -> ConfigurationError:
    return ConfigurationError(detail, title="The keys of the settings are not usable", remedy=remedy or None)
