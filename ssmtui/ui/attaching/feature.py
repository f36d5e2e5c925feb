"""Bringing back sessions that outlived the program that started them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import NODES
from ssmtui.ui.commands.feature import Feature, Reaching
from ssmtui.ui.look.sheets import dialog_sheets

if TYPE_CHECKING:
    from ssmtui.config.settings import Settings
    from ssmtui.ui.attaching.actions import AttachActions, Then
    from ssmtui.ui.attaching.lost_tunnels import LostTunnels
    from ssmtui.ui.ports import Keys
    from ssmtui.ui.services import Clock, Services
    from ssmtui.ui.start.starting import Starting
    from ssmtui.ui.start.survivors import Survivor


class Attach(Reaching):
    """Bring back sessions that were left alive, or outlived a crash; by name or session id"""

    name = "attach"
    place = NODES
    keys = ("B",)
    argument = "[name or session id]"

    def __init__(self, attaching: AttachingFeature) -> None:
        super().__init__(attaching)
        self._attaching = attaching

    def completions(self) -> Sequence[str]:
        """Those that lived when they were looked for last."""
        return self._attaching.actions.known if self._attaching.is_connected else ()

    def run(self, argument: str = "") -> None:
        """All are shown first; a name brings one back at once."""
        self._attaching.actions.attach([argument.strip()] if argument.strip() else [], asks=True)


class AttachingFeature(Feature):
    """What still lives at the start, and `:attach`."""

    styles = dialog_sheets("attaching")
    actions: AttachActions
    """There from :meth:`connect` on."""
    lost: LostTunnels | None = None
    """Brings tunnels back; set by the feature that keeps them."""

    def __init__(self, starting: Starting, keys: Keys, settings: Settings, clock: Clock) -> None:
        self._starting = starting
        self._keys = keys
        self._restores = settings.restore
        self._clock = clock
        self.commands = (Attach(self),)

    def connect(self, services: Services) -> None:
        super().connect(services)
        from ssmtui.ui.attaching.actions import AttachActions

        self.actions = AttachActions(self._starting, services, self._clock, self._shown_key, lambda: self.lost)

    def attach(self, names: Sequence[str]) -> None:
        """At the start: bring back the sessions that the command line names, all where it names none."""
        self.actions.attach(names)

    def offer(self, then: Then) -> None:
        """At the start: what still lives, as the settings say, and then what ``then`` offers."""
        self.actions.offer(self._restores, then)

    def mention(self, besides: Collection[str] = ()) -> None:
        """At the start, where the person has something else in mind: say what still lives, besides the sessions of
        these records, which are shown otherwise."""
        self.actions.mention(besides)

    async def alive(self, records: Collection[str]) -> Sequence[Survivor]:
        """Those of these records whose sessions nobody has and still live."""
        return await self.actions.survivors(records)

    def _shown_key(self) -> str:
        return self._keys.shown_key("attach") or ":attach"
