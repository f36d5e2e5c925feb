"""Launch times of instances, for profiles that mean the newest of several nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from ssmtui.aws.gateway import Gateway
from ssmtui.errors import SsmtuiError
from ssmtui.model import Node

ASKED = 30
"""Instances that EC2 is asked about at most; among more, the last ping decides which is the newest."""
TIMEOUT = 4.0
"""Seconds to wait for its answers; after that the rest must do without."""


async def launched(gateway: Gateway, nodes: Sequence[Node]) -> Mapping[str, datetime]:
    """When the instances among ``nodes`` were launched, by id, as far as EC2 answers in time. Raises nothing."""
    ids = [node.id for node in nodes if node.id.startswith("i-")]
    if len(nodes) < 2 or len(ids) > ASKED:
        return {}
    found: dict[str, datetime] = {}

    async def ask(instance_id: str) -> None:
        with suppress(SsmtuiError):
            instance = await gateway.instance(instance_id)
            if instance is not None and instance.launched is not None:
                found[instance_id] = instance.launched

    with suppress(TimeoutError):
        async with asyncio.timeout(TIMEOUT):
            await asyncio.gather(*map(ask, ids))
    return found
