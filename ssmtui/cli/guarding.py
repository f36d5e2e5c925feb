"""Asking before a session is started on a guarded node (production), from the command line."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.cli import questions
from ssmtui.cli.nodes import with_tags
from ssmtui.cli.say import say
from ssmtui.config.memory import Memory
from ssmtui.errors import SsmtuiError, UsageError
from ssmtui.inventory.filters import Filters
from ssmtui.model import Identity, Instance, Node
from ssmtui.profiles.guards import Guards

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from ssmtui.aws.gateway import Gateway
    from ssmtui.config.settings import Settings
    from ssmtui.profiles.profile import Profile

TIMEOUT = 4.0
"""Seconds that EC2 and IAM have to answer what the filters need."""


async def guarded(
    settings: Settings,
    node: Node,
    gateway: Gateway,
    profile: Profile | None = None,
    memory: Memory | None = None,
) -> tuple[str, Node]:
    """Why ``node`` is guarded, in a few words, empty when it is not; and the node. Of a node that was not listed, AWS
    is asked for what the filters of the settings need."""
    if profile is not None and profile.values.guard:
        return Guards((), datetime.now(UTC)).reason(node, profile), node
    if not settings.guard:
        return "", node
    filters = Filters(memory or Memory(None))
    await filters.load()
    guards = Guards(settings.guard, datetime.now(UTC), await _aliases(settings, gateway), filters.saved)
    for problem in guards.problems:
        say(problem)
    if not node.name and not node.tags:
        node = await _known(gateway, node)
    elif node.is_hybrid and guards.needs_tags(node):
        (node,) = await with_tags(gateway, [node])
    return guards.reason(node, profile), node


def confirm(node: Node, reason: str, *, yes: bool) -> None:
    """Go on once the node's name or id has been typed, or at once with ``yes``.

    Raises :class:`ssmtui.errors.UsageError` where it is not typed.
    """
    if not reason or yes:
        return
    told = f"{inert.line(node.label, 80)} is guarded: {inert.line(reason, 80)}"
    if not questions.can_ask():
        raise UsageError(told, title="Not confirmed", remedy="Start it in a terminal, or with --yes.")
    words = [text for text in (node.name.strip(), node.id) if text]
    questions.confirm(told, words)


async def _known(gateway: Gateway, node: Node) -> Node:
    """``node`` with what Systems Manager and EC2 say of it; what they do not say is reported. All are asked at once:
    somebody waits."""
    instance_of = gateway.instance(node.id) if node.id.startswith("i-") else _nothing()
    answers = await asyncio.gather(
        *(_within_limit(one) for one in (gateway.identity(), gateway.node(node.id), instance_of)),
        return_exceptions=True,
    )
    identity, known, instance = (None if isinstance(one, BaseException) else one for one in answers)
    if isinstance(known, Node):
        node = known
    if isinstance(identity, Identity):
        node = node._replace(account=identity.account)
    if isinstance(instance, Instance):
        node = node._replace(
            tags=instance.tags,
            tags_known=True,
            name=instance.tags.get("Name") or node.name,
            vpc_id=instance.vpc_id,
            zone=instance.zone,
            instance_type=instance.type,
        )
    failed = [one for one in answers if isinstance(one, BaseException)]
    for error in failed:
        if not isinstance(error, SsmtuiError | TimeoutError):
            raise error
    if failed:
        why = str(failed[0]) or f"AWS has not answered in {TIMEOUT:g} seconds"
        say(f"Whether {node.id} is guarded is not known for sure: {why}")
    return node


async def _within_limit(call: Awaitable[object]) -> object:
    async with asyncio.timeout(TIMEOUT):
        return await call


async def _nothing() -> None:
    """Of what EC2 does not know."""


async def _aliases(settings: Settings, gateway: Gateway) -> Mapping[str, str]:
    """The account's alias, where a filter asks for an account."""
    if not any("account:" in text for text in settings.guard):
        return {}
    with suppress(SsmtuiError, TimeoutError):
        async with asyncio.timeout(TIMEOUT):
            identity, alias = await gateway.identity(), await gateway.account_alias()
            return {identity.account: alias}
    return {}
