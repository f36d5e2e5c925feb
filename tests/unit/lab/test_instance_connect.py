"""The lab's EC2 Instance Connect: keys of users of instances, for a minute."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from ssmtui.lab.answers import ApiError
from ssmtui.lab.fleet import LabFleet
from ssmtui.lab.instance_connect import InstanceConnect, asks_for_keys
from ssmtui.lab.lab import Lab
from tests.support.lab_client import Aws

KEY = f"ssh-ed25519 {'A' * 68}"
OTHER = f"ssh-rsa {'B' * 372}"
NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


class Stage:
    def __init__(self) -> None:
        self.time = NOW
        self.fleet = LabFleet(10, 1, lambda: self.time)
        self.connect = InstanceConnect(self.fleet, lambda: self.time)
        self.instance = self.fleet.named("web-1").id

    def send(self, key: str = KEY, user: str = "ec2-user", instance: str = "") -> None:
        self.connect.send_ssh_public_key(
            {"InstanceId": instance or self.instance, "InstanceOSUser": user, "SSHPublicKey": key}
        )

    def keys(self, user: str = "ec2-user") -> list[str]:
        return self.connect.active_keys(self.instance, user)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_key_is_good_for_its_user_and_for_a_minute(stage: Stage) -> None:
    stage.send()
    stage.time += timedelta(seconds=59)
    stage.send(OTHER)
    assert stage.keys() == [KEY, OTHER]
    assert stage.keys("root") == []
    assert stage.connect.active_keys("i-0a1b2c3d4e5f60718", "ec2-user") == []
    stage.time += timedelta(seconds=1)
    assert stage.keys() == [OTHER]


def test_a_key_that_is_sent_again_lasts_longer(stage: Stage) -> None:
    stage.send()
    stage.time += timedelta(seconds=30)
    stage.send()
    stage.time += timedelta(seconds=59)
    assert stage.keys() == [KEY]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"key": "ssh-ed25519 short"}, "InvalidArgsException"),
        ({"key": f"ecdsa-sha2-nistp256 {'A' * 90}"}, "InvalidArgsException"),
        ({"key": f"{KEY}\n{KEY}"}, "InvalidArgsException"),
        ({"user": "a b"}, "InvalidArgsException"),
        ({"user": ""}, "InvalidArgsException"),
        ({"instance": "mi-0a1b2c3d4e5f60718"}, "InvalidArgsException"),
        ({"instance": "i-0a1b2c3d4e5f60718"}, "EC2InstanceNotFoundException"),
    ],
)
def test_what_the_service_refuses(stage: Stage, given: dict[str, str], code: str) -> None:
    with pytest.raises(ApiError) as refused:
        stage.send(**given)
    assert refused.value.code == code
    assert stage.keys() == []


def test_metadata_is_asked_for_by_instance_and_user() -> None:
    path = "/instances/i-1/latest/meta-data/managed-ssh-keys/active-keys/ec2-user/"
    assert asks_for_keys(path) == ("i-1", "ec2-user")
    assert asks_for_keys("/") is None
    assert asks_for_keys(path.replace("/latest", "")) is None


async def test_a_key_is_sent_and_found_by_its_instance(aws: Aws, lab: Lab) -> None:
    instance = lab.fleet.named("web-1").id
    given = {"InstanceId": instance, "InstanceOSUser": "ec2-user", "SSHPublicKey": KEY}
    sent = await aws.call("ec2-instance-connect", "SendSSHPublicKey", **given)
    assert sent["Success"] is True

    def read(user: str) -> str:
        place = f"{lab.address.endpoint_url}/instances/{instance}/latest/meta-data/managed-ssh-keys/active-keys/{user}/"
        with urllib.request.urlopen(place) as answer:
            return str(answer.read().decode())

    assert await asyncio.to_thread(read, "ec2-user") == f"{KEY}\n"
    with pytest.raises(urllib.error.HTTPError):
        await asyncio.to_thread(read, "root")
    lab.fail_next("SendSSHPublicKey", "AccessDeniedException")
    with pytest.raises(ClientError, match="ec2-instance-connect:SendSSHPublicKey"):
        await aws.call("ec2-instance-connect", "SendSSHPublicKey", **given)
