"""Where else a node may be: a wrong region or account looks like a node that is not connected."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from ssmtui.aws.gateway import Gateways
from ssmtui.diagnosis.evidence import answer
from ssmtui.diagnosis.findings import TargetKind
from ssmtui.diagnosis.surroundings import Sighting
from ssmtui.diagnosis.target import kind_of
from ssmtui.errors import SsmtuiError
from ssmtui.model import Node, Scope
from ssmtui.tasks import Tasks

SCOPE_LIMIT = 10.0
"""Seconds for one scope's answer."""


class OtherScopes:
    """Asks ``scopes`` beside ``here``; where none of them has it, the other regions of the same AWS profile."""

    def __init__(self, gateways: Gateways, here: Scope, scopes: Sequence[Scope] = ()) -> None:
        self._gateways = gateways
        self._here = here
        self._scopes = [scope for scope in scopes if scope != here and not scope.organization]

    async def __call__(self, node_id: str) -> Sequence[Sighting]:
        """Where the node is known."""
        return await self._ask(node_id, self._scopes) or await self._ask(node_id, await self._regions())

    async def _regions(self) -> list[Scope]:
        here, asked = self._here, {self._here, *self._scopes}
        regions = await answer(self._gateways.gateway(here).regions(), SCOPE_LIMIT)
        if isinstance(regions, SsmtuiError):
            return []
        others = [Scope(here.aws_profile, region, here.endpoint_url) for region in regions]
        return [scope for scope in others if scope not in asked]

    async def _ask(self, node_id: str, scopes: Sequence[Scope]) -> list[Sighting]:
        tasks = Tasks("elsewhere")
        try:
            asked = [tasks.start(scope.region, self._look(node_id, scope)) for scope in scopes]
            return [seen for task in asked if (seen := await task) is not None]
        finally:
            await tasks.close()

    async def _look(self, node_id: str, scope: Scope) -> Sighting | None:
        gateway = self._gateways.gateway(scope)
        if kind_of(node_id) is TargetKind.INSTANCE:
            instance = await answer(gateway.instance(node_id), SCOPE_LIMIT)
            if not isinstance(instance, SsmtuiError):  # an instance's id is EC2's: its word is the last one
                return None if instance is None else self._sighting(scope, "EC2")
        node = await answer(gateway.node(node_id), SCOPE_LIMIT)
        return self._sighting(scope, "Systems Manager") if isinstance(node, Node) else None

    def _sighting(self, scope: Scope, by: str) -> Sighting:
        return Sighting(self._place(scope), by, self._options(scope))

    def _place(self, scope: Scope) -> str:
        if scope.aws_profile == self._here.aws_profile:
            return scope.region
        return f"{scope.region} of AWS profile {scope.aws_profile}"

    def _options(self, scope: Scope) -> str:
        words = [] if scope.region == self._here.region else ["--region", scope.region]
        if scope.aws_profile != self._here.aws_profile and scope.aws_profile:
            words = ["--aws-profile", scope.aws_profile, *words]
        return shlex.join(words)
