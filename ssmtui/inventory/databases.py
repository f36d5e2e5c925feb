"""The databases and caches that a node may reach: those of its scope, the ones in its own VPC first.

What a scope has is read once and kept for a while. Whether a packet gets from the node to an address, nobody can list:
security groups, peering and routes decide that.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any, NamedTuple, cast

from ssmtui.aws.gateway import Gateway
from ssmtui.errors import AccessDenied, SsmtuiError
from ssmtui.model import Database, Node, Scope

KEPT_FOR = 600.0
"""Seconds for which what a scope has is not read again."""

_ROLES = (
    "writer", "cluster", "primary", "domain", "proxy", "configuration", "serverless", "reader", "proxy reader",
    "custom", "instance", "node",
)  # fmt: skip
"""The addresses of one cluster, the one that most want first."""
_SERVICES = ("RDS", "Redshift", "ElastiCache", "OpenSearch")


class Nearby(NamedTuple):
    """What is known so far of the databases near a node."""

    databases: Sequence[Database] = ()
    """Those in the node's VPC first, then by name."""
    vpc_id: str = ""
    """The node's; empty where it is not known."""
    problems: Sequence[SsmtuiError] = ()
    """What could not be read."""
    complete: bool = False
    """Whether no more comes."""

    @property
    def in_vpc(self) -> Sequence[Database]:
        """Those in the node's own VPC. Those of which no VPC is known may be there too."""
        return [one for one in self.databases if self.is_near(one)]

    def is_near(self, database: Database) -> bool:
        """Whether it is in the node's own VPC, as far as both are known."""
        return bool(self.vpc_id) and database.vpc_id in (self.vpc_id, "")


class DatabaseFinder:
    """Finds them, and remembers what each scope has."""

    def __init__(self, gateway_of: Callable[[Scope], Gateway], clock: Callable[[], float] = time.monotonic) -> None:
        self._gateway_of = gateway_of
        self._clock = clock
        self._known: dict[Scope, tuple[Nearby, float]] = {}
        """What a scope has altogether, and until when that is believed."""

    async def near(self, node: Node | None, scope: Scope, *, again: bool = False) -> AsyncGenerator[Nearby, None]:
        """What the node's scope has, as it comes; the last one is complete. Without a node, what ``scope`` has.

        ``again``: whether it is read anew in any case. Raises :class:`ssmtui.errors.CredentialsError`, and what is
        wrong with the AWS profile.
        """
        gateway = self._gateway_of(scope)
        vpc_id, unknown = await _vpc_of(gateway, node)
        known, until = self._known.get(scope, (Nearby(), 0.0))
        if known.complete and not again and self._clock() < until:
            yield Nearby(in_order(known.databases, vpc_id), vpc_id, [*unknown, *known.problems], complete=True)
            return
        found: list[Database] = []
        problems: list[SsmtuiError] = []
        async with aclosing(cast("Any", gateway.databases())) as pages:
            async for page in pages:
                found += page.databases
                if page.problem is not None:
                    problems.append(page.problem)
                yield Nearby(in_order(found, vpc_id), vpc_id, [*unknown, *problems])
        if all(isinstance(problem, AccessDenied) for problem in problems):
            # What is denied stays denied; anything else may be there the next time.
            self._known[scope] = (Nearby(found, problems=problems, complete=True), self._clock() + KEPT_FOR)
        yield Nearby(in_order(found, vpc_id), vpc_id, [*unknown, *problems], complete=True)


async def _vpc_of(gateway: Gateway, node: Node | None) -> tuple[str, list[SsmtuiError]]:
    """The node's VPC, which a listing of nodes may know already; and why it cannot be known."""
    if node is None:
        return "", []
    if node.vpc_id or node.is_hybrid or node.container is not None:
        return node.vpc_id, []
    try:
        instance = await gateway.instance(node.id)
    except SsmtuiError as error:
        return "", [error]
    return instance.vpc_id if instance is not None else "", []


def in_order(databases: Sequence[Database], vpc_id: str) -> list[Database]:
    """As a person looks for them: those in the VPC first, each cluster's addresses together."""

    def key(one: Database) -> tuple[object, ...]:
        elsewhere = bool(vpc_id) and one.vpc_id not in (vpc_id, "")
        return (
            elsewhere,
            _place(_SERVICES, one.service),
            (one.cluster or one.name).casefold(),
            _place(_ROLES, one.role),
            one.name,
            one.host,
        )

    return sorted(databases, key=key)


def _place(order: Sequence[str], name: str) -> int:
    return order.index(name) if name in order else len(order)
