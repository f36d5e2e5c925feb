"""A lab and a person whose credentials come from one kind of source: files and variables as the AWS CLI leaves them."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from botocore.credentials import SSOProvider
from botocore.tokens import SSOTokenProvider

from ssmtui.aws.boto import BotoGateway, open_gateway
from ssmtui.lab.api_sts import MfaDevice
from ssmtui.lab.aws_config import config_file
from ssmtui.lab.identity_center import SESSION
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.lab.roles import GUARDED, LabRole, Lives
from ssmtui.lab.unsigned import CONTAINER_PATH
from ssmtui.model import PingStatus, StartRequest
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.tasks import Tasks
from ssmtui.transport.policy import StreamPolicy
from ssmtui.transport.websocket import WebSocketDialer
from tests.support.instance_metadata import instance_metadata
from tests.support.lab_client import Aws
from tests.support.memory import RecordingViewer
from tests.support.signed_in import sign_in_to_console, sign_in_to_portal


class Setting(NamedTuple):
    """Where a kind is set up."""

    lab: Lab
    home: Path
    monkeypatch: pytest.MonkeyPatch
    stack: ExitStack
    """Closes what a kind has started."""

    @property
    def base(self) -> str:
        return self.lab.address.endpoint_url

    def static(self, **own: str) -> None:
        """Variables that lead to the lab."""
        region = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"}
        for name, value in {"AWS_ENDPOINT_URL": self.base, **region, **own}.items():
            self.monkeypatch.setenv(name, value)


SetUp = Callable[[Setting], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of credentials."""

    name: str
    aws_profile: str | None
    """The AWS profile of the lab that has it; None: without one."""
    set_up: SetUp
    """What a person has done before. Blocks."""
    renews: bool = True
    """Whether others come by themselves when they end."""
    account: str = "prod"
    role: str = "Ops"
    """Part of the name of the role that the service sees."""


def _nothing(setting: Setting) -> None:
    """The configuration is enough."""


def _environment(setting: Setting) -> None:
    answer = Aws(setting.lab.address).client("sts").get_session_token()["Credentials"]
    setting.static(
        AWS_ACCESS_KEY_ID=answer["AccessKeyId"],
        AWS_SECRET_ACCESS_KEY=answer["SecretAccessKey"],
        AWS_SESSION_TOKEN=answer["SessionToken"],
    )


def _container(setting: Setting) -> None:
    setting.static(
        AWS_CONTAINER_CREDENTIALS_FULL_URI=setting.base + CONTAINER_PATH,
        AWS_CONTAINER_AUTHORIZATION_TOKEN=setting.lab.identity.container_token,
    )


def _machine(setting: Setting) -> None:
    address = setting.stack.enter_context(instance_metadata(setting.lab))
    setting.static(AWS_EC2_METADATA_SERVICE_ENDPOINT=address)
    setting.monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "false")


def _mfa(setting: Setting) -> None:
    """The role that the AWS CLI has assumed with a code, where it keeps it (``botocore.credentials``)."""
    account = setting.lab.options.accounts[0]
    asked = {"RoleArn": LabRole(account, GUARDED).arn, "SerialNumber": MfaDevice.serial_number(account)}
    sts: Any = Aws(setting.lab.address).client("sts")
    code = setting.lab.identity.mfa.code
    answer = sts.assume_role(**asked, RoleSessionName="botocore-session-1700000000", TokenCode=code)
    del answer["ResponseMetadata"]
    key = hashlib.sha1(json.dumps(asked, sort_keys=True).encode(), usedforsecurity=False).hexdigest()
    cache = setting.home / ".aws/cli/cache"
    cache.mkdir(parents=True)
    (cache / f"{key}.json").write_text(json.dumps(answer, default=lambda value: value.isoformat()))


def _sso(setting: Setting) -> None:
    sign_in_to_portal(setting.base, setting.home, SESSION)


KINDS = (
    Kind("keys", "prod", _nothing, renews=False),
    Kind("environment", None, _environment, renews=False),
    Kind("sso", "corp-sso", _sso, role="AWSReservedSSO_Ops_"),
    Kind(
        "sso-legacy",
        "corp-sso-legacy",
        lambda setting: void(sign_in_to_portal(setting.base, setting.home, None)),
        role="AWSReservedSSO_Ops_",
    ),
    Kind("login", "corp-login", lambda setting: void(sign_in_to_console(setting.base, setting.home))),
    Kind("role", "corp-role", _sso, account="staging"),
    Kind("mfa", "corp-mfa", _mfa, renews=False, role=GUARDED),
    Kind("process", "corp-process", _nothing),
    Kind("web-identity", "corp-web-identity", _nothing, role="Deploy"),
    Kind("container", None, _container),
    Kind("machine", None, _machine),
)


def void(result: object) -> None:
    """Drop what a set-up gives."""


@dataclass
class Holder:
    """Somebody with credentials of one kind, in front of a lab."""

    kind: Kind
    lab: Lab
    gateway: BotoGateway
    dialer: WebSocketDialer
    tasks: Tasks = field(default_factory=lambda: Tasks("holder"))

    async def target(self) -> str:
        """The id of a node whose shell is a real one of this machine."""
        nodes = [node async for page in self.gateway.nodes() for node in page.nodes]
        return next(
            one.id
            for one in nodes
            if one.ping is PingStatus.ONLINE and one.platform_name == "Ubuntu" and one.tags.get("access") != "approval"
        )

    def session(self, request: StartRequest) -> tuple[ChannelSession, RecordingViewer]:
        """Start a session, and keep what it prints."""
        viewer = RecordingViewer()
        return ChannelSession(request, self.gateway, self.dialer, viewer, self.tasks), viewer


@contextmanager
def signed_in(kinds: tuple[Kind, ...], lab: Lab, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The lab's AWS configuration in place, with all that a person of these kinds has done."""
    with ExitStack() as stack:
        file = stack.enter_context(config_file(lab.address, lab))
        monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        monkeypatch.setenv("HOME", str(home))
        # botocore has asked for the home directory when it was imported.
        for provider in (SSOProvider, SSOTokenProvider):
            monkeypatch.setattr(provider, "_SSO_TOKEN_CACHE_DIR", str(home / ".aws/sso/cache"))
        for kind in kinds:
            kind.set_up(Setting(lab, home, monkeypatch, stack))
        yield


@asynccontextmanager
async def holding(
    kinds: tuple[Kind, ...],
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    lives: Lives,
    options: LabOptions | None = None,
) -> AsyncIterator[list[Holder]]:
    """A lab that lets nobody in unsigned, and for each kind one who holds its credentials."""
    made = options or LabOptions(nodes=30, start_delay=0.01, shell="sh", signed_only=True, lives=lives)
    lab = Lab(made)
    await lab.start()
    holders: list[Holder] = []
    placed = signed_in(kinds, lab, home, monkeypatch)
    await asyncio.to_thread(placed.__enter__)
    try:
        for kind in kinds:
            gateway = await open_gateway(aws_profile=kind.aws_profile)
            policy = StreamPolicy(endpoint_url=gateway.effective_endpoint)
            holders.append(Holder(kind, lab, gateway, WebSocketDialer(policy, gateway.sign_stream)))
        yield holders
    finally:
        for holder in holders:
            await holder.tasks.close()
            await holder.gateway.close()
        await asyncio.to_thread(placed.__exit__, None, None, None)
        await lab.close()
