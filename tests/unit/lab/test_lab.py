"""The lab as a whole: what it hands out, and that nothing of it is left."""

from __future__ import annotations

import asyncio
import math
import os
import re
import socket

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner

from ssmtui.cli.lab import command
from ssmtui.errors import UsageError
from ssmtui.lab.fault_spec import parse_faults
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.lab.live import _worsened
from ssmtui.lab.manners import Manners
from tests.support.lab_client import Aws, ChannelClient
from tests.support.processes import is_running
from tests.support.wait import wait_until


async def test_the_environment_leads_an_sdk_here(lab: Lab) -> None:
    assert lab.address.endpoint_url.startswith("http://127.0.0.1:")
    assert lab.address.environment.keys() == {
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    }
    assert lab.address.environment["AWS_ENDPOINT_URL"] == lab.address.endpoint_url


async def test_credentials_differ_from_run_to_run_and_are_not_shown() -> None:
    one, other = Lab(), Lab()
    assert one.credentials.access_key_id != other.credentials.access_key_id
    assert one.credentials.secret_access_key != other.credentials.secret_access_key
    assert one.credentials.secret_access_key not in repr(one.address)


async def test_a_port_of_ones_own_choice() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    lab = Lab(LabOptions(port=port))
    try:
        assert (await lab.start()).endpoint_url == f"http://127.0.0.1:{port}"
    finally:
        await lab.close()


async def test_a_taken_port_is_told_and_nothing_is_left_listening(lab: Lab) -> None:
    port = int(lab.address.endpoint_url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        await Lab(LabOptions(port=port)).start()


async def test_closing_leaves_no_process_no_socket_no_task_and_no_file() -> None:
    descriptors = set(os.listdir("/dev/fd"))
    lab = Lab(LabOptions(start_delay=0.0))
    await lab.start()
    aws = Aws(lab.address)
    client = ChannelClient(lab, await aws.call("ssm", "StartSession", Target=lab.fleet.named("web-1").id))
    await client.open()
    await client.until("$ ")
    await client.type("sleep 600 & echo pids=$$,$! home=$HOME/; sleep 601\r")
    told = re.compile(rb"pids=(\d+),(\d+) home=(\S+)/\r\n")
    await wait_until("the pids", lambda: told.search(client.output), report=lambda: bytes(client.output))
    found = told.search(client.output)
    assert found is not None
    port = lab.streams.port
    aws.close()

    await lab.close()

    await wait_until("the client's socket to close", lambda: client.closed is not None)
    await client.close()
    await wait_until("the shell to be gone", lambda: not is_running(int(found[1])))
    await wait_until("its background job to be gone", lambda: not is_running(int(found[2])))
    assert not os.path.exists(found[3])  # noqa: ASYNC240 (a look at a directory that is gone)
    with pytest.raises(OSError, match="Connect"):
        await asyncio.open_connection("127.0.0.1", port)
    await wait_until("descriptors to be closed", lambda: set(os.listdir("/dev/fd")) <= descriptors)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_lab_that_is_killed_takes_its_shells_along(lab: Lab, aws: Aws) -> None:
    client = ChannelClient(lab, await aws.call("ssm", "StartSession", Target=lab.fleet.named("web-1").id))
    await client.open()
    await client.until("$ ")
    await client.type("echo pid\\=$$\r")
    await client.until("pid=")
    lab.kill_now()
    assert await client.until_closed() == ""
    await client.close()


async def test_a_lab_starts_with_the_faults_that_it_was_given() -> None:
    lab = Lab(LabOptions(faults=parse_faults("agent-version=3.0.1.0,expired=StartSession:1")))
    aws = Aws(await lab.start())
    try:
        with pytest.raises(ClientError, match="ExpiredTokenException"):
            await aws.call("ssm", "StartSession", Target=lab.fleet.named("web-1").id)
        answer = await aws.call("ssm", "DescribeInstanceInformation")
        assert {node["AgentVersion"] for node in answer["InstanceInformationList"]} == {"3.0.1.0"}
    finally:
        aws.close()
        await lab.close()


def test_faults_go_before_the_manners_that_a_lab_was_given() -> None:
    manners = Lab(LabOptions(start_delay=0.5, pacing=False, forget_acks=0.3, deaf=0.1))._live._manners
    assert manners == Manners(start_delay=0.5, pacing=False, forget_acks=0.3, deaf=0.1)
    assert _worsened(manners, parse_faults("")) == manners
    worse = _worsened(manners, parse_faults("forget-acks=0,deaf=200ms"))
    assert worse == Manners(start_delay=0.5, pacing=False, forget_acks=0.0, deaf=0.2)


async def test_a_lab_closes_while_its_clients_are_in_a_black_hole() -> None:
    lab = Lab(LabOptions(start_delay=0.0, faults=parse_faults("black-hole=50ms")))
    aws = Aws(await lab.start())
    client = ChannelClient(lab, await aws.call("ssm", "StartSession", Target=lab.fleet.named("web-1").id))
    await client.open()
    await client.until("$ ")
    lab.black_hole(math.inf)
    aws.close()
    async with asyncio.timeout(8):
        await lab.close()
    await client.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_faults_that_cannot_be_used_are_refused_before_anything_is_served() -> None:
    result = CliRunner().invoke(command, ["--faults", "seed=3,loose=0.1"])
    assert isinstance(result.exception, UsageError)
    assert "'loose=0.1'" in str(result.exception)
    assert "did you mean 'lose'?" in str(result.exception)
    assert result.output == ""
