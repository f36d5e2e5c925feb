"""All commands by name, and which key does what: their own keys, with those of the settings in their place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from ssmtui import inert
from ssmtui.config.settings import nearest
from ssmtui.errors import ConfigurationError
from ssmtui.ui.commands.base import AFTER_LEADER, ENDED, PLACES, Command, Place
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
    """In the command's place."""
    LEADER = "leader_keys"
    ENDED = "ended_keys"
    """In the tab of a session that is over."""


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
        self.places = tuple(dict.fromkeys((*PLACES, *(command.place for command in commands))))
        """All places, in the order of the help."""
        if self._keys:
            self._refuse_clashes()
        self.by_leader_key = dict(self._leader_keys())
        self._by_key = {place: dict(reversed([*self._keys_at(place)])) for place in self.places}

    def __getitem__(self, name: str) -> Command:
        """The command of that name or alias; raises ``KeyError``."""
        return self._by_name[name]

    def get(self, name: str) -> Command | None:
        """The command of that name or alias, if there is one."""
        return self._by_name.get(name)

    def of(self, place: Place) -> list[Command]:
        """The commands whose keys work in ``place``, as the help lists them."""
        return [command for command in self.commands if command.place is place]

    def by_key(self, place: Place) -> Mapping[str, Command]:
        """What the keys do in ``place``, those of the places around it among them."""
        return self._by_key[place]

    def in_palette(self, front: Place | None) -> list[Command]:
        """The commands whose names may be typed where the view of ``front`` is shown: not those of other views."""
        return [each for each in self.commands if each.in_palette and each.place in (*PLACES, front)]

    def keys(self, command: Command, where: Where = Where.HERE) -> tuple[str, ...]:
        """A command's keys, in Textual's notation."""
        own: tuple[str, ...] = getattr(command, where.value)
        return self._keys.get((where, command.name), own)

    def argument(self, command: Command, key: str) -> str:
        """What a command of several meanings gets for ``key``: the key of its own that it stands for."""
        return self._arguments.get((command.name, key), key)

    def bindings(self, place: Place) -> list[BindingType]:
        """Textual's bindings for the keys of ``place``, without those of the places around it."""
        return [_binding(command, key) for key, command in self._own_keys(place)]

    def hints(
        self, where: Where, *places: Place, labels: Mapping[str, str] = MappingProxyType({})
    ) -> list[tuple[str, str]]:
        """Key and label of the commands of ``places`` that want to be in the footer; the minor ones last. ``labels``
        has others than their own, by the commands' names."""
        hinted = [command for place in places for command in self.of(place) if command.hint]
        hinted.sort(key=lambda command: command.is_minor)
        found = []
        for command in hinted:
            # A key from around the first place may mean something else in it.
            keys = self.keys(command, where)
            meant = [key for key in keys if where is not Where.HERE or self._by_key[places[0]].get(key) is command]
            found += [(key, labels.get(command.name, command.hint)) for key in meant[:1]]
        return found

    def _take(self, where: Where, given: Given) -> None:
        for name, written in given.items():
            # By an alias as well: commands were called otherwise once, and people's settings say so.
            command = self._by_name.get(name)
            if command is None:
                known = nearest(name, sorted(command.name for command in self.commands))
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
                self._arguments |= {(command.name, key): meant for key, meant in zip(keys, own, strict=True)}
            self._keys[where, command.name] = keys

    def _leader_keys(self) -> Iterator[tuple[str, Command]]:
        for command in self.commands:
            yield from ((key, command) for key in self.keys(command, Where.LEADER))

    def _own_keys(self, place: Place) -> Iterator[tuple[str, Command]]:
        if place is not AFTER_LEADER:
            for command in self.of(place):
                yield from ((key, command) for key in self.keys(command))
        if place is ENDED:
            for command in self.commands:
                yield from ((key, command) for key in self.keys(command, Where.ENDED))

    def _keys_at(self, place: Place) -> Iterator[tuple[str, Command]]:
        """What works in ``place``; what its own keys mean comes before what the same ones mean around it."""
        yield from self._own_keys(place)
        if place.around is not None:
            yield from self._keys_at(place.around)

    def _refuse_clashes(self) -> None:
        _refuse(self._leader_keys(), "after the leader")
        for place in self.places:
            # A view of a feature may give a key from around it another meaning; what is always there may not.
            keys = self._keys_at(place) if place in PLACES else self._own_keys(place)
            _refuse(keys, place.heading[0].lower() + place.heading[1:])


def _refuse(keys: Iterable[tuple[str, Command]], where: str) -> None:
    """Raise for a key that would mean two things."""
    seen: dict[str, Command] = {}
    for key, command in keys:
        other = seen.setdefault(key, command)
        if other is not command:
            raise _wrong(
                f"the key {key_name(key)} would be for both {other.name} and {command.name} {where}",
                "Give one of the two another key there.",
            )


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
