"""Since when instances run, where the newest of several nodes is meant."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from ssmtui.aws.gateway import Gateway
from ssmtui.errors import SsmtuiError
from ssmtui.model import Node

ASKED = 30
"""Instances that EC2 is asked about; of more of them the last ping has to tell the newest."""
TIMEOUT = 4.0
"""Seconds that its answers are waited for; what is known without them has to do then."""


async def launched(gateway: Gateway, nodes: Sequence[Node]) -> Mapping[str, datetime]:
    """Since when the instances among ``nodes`` run, by id, as far as EC2 tells in time. Raises nothing."""
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
