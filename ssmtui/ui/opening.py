"""Opening profiles: from what is saved, by what has to be asked and looked for, to the sessions that are started.

One object is one opening, of a profile or of several. It runs in a worker and ends in
:func:`ssmtui.ui.launch_flows.launch`, or in a word about why not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.errors import SsmtuiError
from ssmtui.model import Scope
from ssmtui.profiles import resolving
from ssmtui.ui import launch_flows
from ssmtui.ui.launch_flows import Launch
from ssmtui.ui.profile_nodes import Given, Left, ProfileNodes

if TYPE_CHECKING:
    from ssmtui.model import AwsProfile
    from ssmtui.profiles.profile import Profile
    from ssmtui.ui.app import SsmtuiApp


class Opening:
    """What several profiles that are opened at once have in common."""

    def __init__(self, app: SsmtuiApp) -> None:
        assert app.services is not None
        self._app = app
        self._services = app.services
        self._nodes = ProfileNodes(app)
        self._aws_profiles: Sequence[AwsProfile] | None = None

    async def open(self, profiles: Sequence[Profile], *, edit: bool = False) -> None:
        """Start what ``profiles`` mean, or have the form opened with it."""
        launches: list[Launch] = []
        for profile in profiles:
            try:
                launches += await self._launches(profile)
            except Left:
                return
            except SsmtuiError as error:
                self._app.tell(inert.line(str(error)), severity="error", seconds=10)
        if launches and edit:
            launch_flows.open_form(self._app, launches)
        elif launches:
            launch_flows.launch(self._app, launches)

    async def _launches(self, profile: Profile) -> list[Launch]:
        scope = await self._scope(profile)
        guards = launch_flows.guards_of(self._app)
        launches = []
        for given in await self._nodes.find(profile, scope):
            reason = guards.reason(given.node, profile)
            request = resolving.request_of(profile, given.node, self._scope_of(given, scope), reason)
            launches.append(Launch(request, given.node if given.listed else None))
        return launches

    def _scope_of(self, given: Given, scope: Scope) -> Scope:
        """Where the call goes: an organization's list has nodes of other accounts as well."""
        return self._services.fleet.scope_of(given.node) if given.in_fleet else scope

    async def _scope(self, profile: Profile) -> Scope:
        default = self._services.scope
        if self._aws_profiles is None and profile.values.aws_profile not in ("", default.aws_profile):
            self._aws_profiles = await self._services.gateways.aws_profiles()
        return resolving.scope_of(profile, default, self._aws_profiles or ())
