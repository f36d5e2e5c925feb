"""A running lab for each test, quick by default, and the clients of it; all closed and looked after."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.protocol import CLIENT_VERSION
from tests.support.lab_client import Aws, ChannelClient
from tests.support.tcp_service import TcpService

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)


@pytest.fixture
def options() -> LabOptions:
    return LabOptions(start_delay=0.0, now=lambda: NOW)


@pytest.fixture
async def lab(options: LabOptions) -> AsyncIterator[Lab]:
    lab = Lab(options)
    await lab.start()
    yield lab
    await lab.close()


@pytest.fixture
async def aws(lab: Lab) -> AsyncIterator[Aws]:
    aws = Aws(lab.address)
    yield aws
    aws.close()


AwsOf = Callable[..., Aws]


@pytest.fixture
def aws_of(lab: Lab) -> Iterator[AwsOf]:
    """Clients of an account in a region."""
    made: list[Aws] = []

    def aws_of(account: str | None = None, region: str | None = None) -> Aws:
        made.append(Aws(lab.address, account, region))
        return made[-1]

    yield aws_of
    for one in made:
        one.close()


StartChannel = Callable[..., Awaitable[ChannelClient]]


@pytest.fixture
async def start(lab: Lab, aws: Aws) -> AsyncIterator[StartChannel]:
    """Start a session on the node of that name and open its channel."""
    clients = []

    async def start(
        name: str = "web-1", open_channel: bool = True, client_version: str = CLIENT_VERSION, **request: Any
    ) -> ChannelClient:
        grant = await aws.call("ssm", "StartSession", Target=lab.fleet.named(name).id, **request)
        client = ChannelClient(lab, grant, client_version)
        clients.append(client)
        if open_channel:
            await client.open()
        return client

    yield start
    for client in clients:
        await client.close()


Listen = Callable[..., Awaitable[TcpService]]


@pytest.fixture
async def listen() -> AsyncIterator[Listen]:
    """Start a service for forwards to lead to."""
    services: list[TcpService] = []

    async def listen(**manners: Any) -> TcpService:
        services.append(TcpService(**manners))
        await services[-1].start()
        return services[-1]

    yield listen
    for service in services:
        await service.close()
