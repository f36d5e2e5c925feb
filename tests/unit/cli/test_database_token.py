"""``ssmtui database-token``: the token alone on standard output, and addresses that there is none for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from ssmtui.backend import Options
from ssmtui.cli.main import run
from ssmtui.errors import CredentialsError
from tests.support.fakes import FakeGateway, FakeGateways

ADDRESS = "orders.cluster-c9.us-east-1.rds.amazonaws.com:5432"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Options]:
    """The options that AWS was reached with; its gateway is FakeGateway's."""
    started: list[Options] = []
    gateway = FakeGateway()

    @asynccontextmanager
    async def open_backend(options: Options, settings: object) -> AsyncIterator[object]:
        started.append(options)
        if options.aws_profile == "expired":
            gateway.databases_error = CredentialsError("the token has expired")
        yield SimpleNamespace(gateways=FakeGateways(gateway))

    monkeypatch.setattr("ssmtui.backend.open_backend", open_backend)
    return started


def test_the_token_and_nothing_else(started: list[Options], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["database-token", ADDRESS, "jane"]) == 0
    out, err = capsys.readouterr()
    assert out == f"{ADDRESS}/?Action=connect&DBUser=jane&X-Amz-Signature=5ec2e7\n"
    assert err == ""
    assert started[0].region == "us-east-1"


def test_a_region_that_is_given_stays(started: list[Options]) -> None:
    assert run(["--region", "eu-west-1", "database-token", ADDRESS, "jane"]) == 0
    assert started[0].region == "eu-west-1"


@pytest.mark.parametrize(
    ("address", "user", "said"),
    [
        ("orders.cluster-c9.us-east-1.rds.amazonaws.com", "jane", "ADDRESS must be HOST:PORT"),
        ("orders.cluster-c9.us-east-1.rds.amazonaws.com:0", "jane", "ADDRESS must be HOST:PORT"),
        ("orders.cluster-c9.us-east-1.rds.amazonaws.com:٣", "jane", "ADDRESS must be HOST:PORT"),
        ("127.0.0.1:5432", "jane", "and not for 127.0.0.1"),
        (ADDRESS, " ", "USER must be one line"),
        (ADDRESS, "a\nb", "USER must be one line"),
    ],
)
def test_what_cannot_be_used(
    started: list[Options], address: str, user: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["database-token", address, user]) == 252
    out, err = capsys.readouterr()
    assert said in err
    assert (out, started) == ("", [])


def test_credentials_that_cannot_sign(started: list[Options], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--aws-profile", "expired", "database-token", ADDRESS, "jane"]) == 253
    assert "the token has expired" in capsys.readouterr().err
