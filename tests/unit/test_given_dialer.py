"""The sockets of a session that another program has started: signed where its credentials are here, and opened where
they are not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ssmtui.backend import UNSIGNED, GivenDialer
from ssmtui.config.settings import Settings
from ssmtui.errors import ConfigurationError, CredentialsError, ServiceError, SsmtuiError, StreamRefused

URL = "wss://ssmmessages.eu-west-1.amazonaws.com/v1/data-channel/jane-1"
SIGNATURE = {"Authorization": "AWS4-HMAC-SHA256 ..."}


class Signer:
    """A gateway as far as a dialer uses it."""

    def __init__(self, opening: SsmtuiError | None = None, signing: SsmtuiError | None = None) -> None:
        self._opening, self._signing = opening, signing
        self.ca_bundle = "/ca.pem"
        self.message_endpoint = ""

    async def open(self) -> None:
        if self._opening is not None:
            raise self._opening

    async def sign_stream(self, stream_url: str) -> Mapping[str, str]:
        if self._signing is not None:
            raise self._signing
        return SIGNATURE

    async def renew_credentials(self) -> None:
        if self._signing is not None:
            raise self._signing


class Dialled:
    """What the dialer within was made with, and how it would sign."""

    def __init__(self, policy: object, sign: object, ca_bundle: str | None, *, renew: object) -> None:
        self.sign, self.ca_bundle, self.renew = sign, ca_bundle, renew

    async def dial(self, stream_url: str, opening: str) -> tuple[str | None, Mapping[str, str]]:
        assert callable(self.renew)
        assert callable(self.sign)
        await self.renew()
        return self.ca_bundle, await self.sign(stream_url)


@pytest.fixture(autouse=True)
def _no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(UNSIGNED, raising=False)
    monkeypatch.setattr("ssmtui.transport.websocket.WebSocketDialer", Dialled)


def dialer(signer: Signer) -> GivenDialer:
    return GivenDialer(signer, Settings(), None, None)  # type: ignore[arg-type]


async def test_it_signs() -> None:
    assert await dialer(Signer()).dial(URL, "") == ("/ca.pem", SIGNATURE)


@pytest.mark.parametrize(
    ("of_settings", "of_aws", "host"),
    [
        ((), "", "ssmmessages.eu-west-1.amazonaws.com"),
        ((), "private.example", "private.example"),
        (("first.example",), "private.example", "first.example"),
    ],
)
async def test_it_dials_the_interface_endpoint(
    monkeypatch: pytest.MonkeyPatch, of_settings: tuple[str, ...], of_aws: str, host: str
) -> None:
    dialled = []

    async def dial(self: Dialled, stream_url: str, opening: str) -> None:
        dialled.append(stream_url)

    monkeypatch.setattr(Dialled, "dial", dial)
    signer = Signer()
    signer.message_endpoint = of_aws
    given = GivenDialer(signer, Settings(message_endpoints=of_settings), None, None)  # type: ignore[arg-type]
    await given.dial(URL, "")
    assert dialled == [f"wss://{host}/v1/data-channel/jane-1"]


async def test_no_credentials() -> None:
    assert await dialer(Signer(signing=CredentialsError("none"))).dial(URL, "") == ("/ca.pem", {})


async def test_an_aws_profile_that_is_only_its_caller_s() -> None:
    error = ConfigurationError("there is no AWS profile jane")
    assert await dialer(Signer(opening=error, signing=error)).dial(URL, "") == (None, {})


@pytest.mark.parametrize("value", ["true", "True"])
async def test_the_official_clients_variable(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(UNSIGNED, value)
    assert await dialer(Signer()).dial(URL, "") == ("/ca.pem", {})


async def test_what_is_not_about_credentials_is_raised() -> None:
    with pytest.raises(ServiceError):
        await dialer(Signer(opening=ServiceError("no"))).dial(URL, "")
    with pytest.raises(ServiceError):
        await dialer(Signer(signing=ServiceError("no"))).dial(URL, "")


async def test_a_foreign_host_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with pytest.raises(StreamRefused):
        await dialer(Signer()).dial("wss://ssmmessages.example.com/x", "")
