"""The account that a start is for is found without botocore, and is the one that botocore finds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ssmtui.aws.gateways import open_gateways
from ssmtui.aws.home import home_of, is_anything_configured
from ssmtui.aws.session import Source
from ssmtui.errors import ConfigurationError, NotConfigured
from ssmtui.model import Scope

CONFIG = """
[default]
region = eu-west-1
[profile ops]
region = eu-west-2
[profile "Bob's sandbox"]
region = us-east-1
[profile nowhere]
output = json
[profile here]
region = eu-west-3
services = local
[profile near]
region = eu-west-3
endpoint_url = http://127.0.0.1:4566
[profile far]
region = eu-west-3
endpoint_url = https://vpce-1.ssm.eu-west-3.vpce.amazonaws.com
[services local]
ssm =
  endpoint_url = http://localhost:4567
"""
CREDENTIALS = "[old]\naws_access_key_id = AKIDOLD\naws_secret_access_key = s\n[ops]\nregion = eu-north-1\n"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "s"}


def write(home: Path, config: str = CONFIG) -> None:
    (home / ".aws").mkdir(exist_ok=True)
    (home / ".aws" / "config").write_text(config)
    (home / ".aws" / "credentials").write_text(CREDENTIALS)


@pytest.mark.parametrize(
    ("source", "environment", "expected"),
    [
        (Source(), {}, Scope("default", "eu-west-1")),
        (Source(), KEYS, Scope(None, "eu-west-1")),
        (Source(region="us-west-2"), {}, Scope("default", "us-west-2")),
        (Source("ops"), {}, Scope("ops", "eu-north-1")),
        (Source("Bob's sandbox"), {}, Scope("Bob's sandbox", "us-east-1")),
        (Source(), {"AWS_PROFILE": "ops"}, Scope("ops", "eu-north-1")),
        (Source(), {"AWS_PROFILE": "ops", "AWS_DEFAULT_PROFILE": "default"}, Scope("default", "eu-west-1")),
        (Source("old"), {"AWS_DEFAULT_REGION": "sa-east-1"}, Scope("old", "sa-east-1")),
        (Source("ops"), {"AWS_REGION": "ap-south-1", "AWS_DEFAULT_REGION": "x"}, Scope("ops", "ap-south-1")),
        (Source("here"), {}, Scope("here", "eu-west-3", "http://localhost:4567")),
        (Source("near"), {}, Scope("near", "eu-west-3", "http://127.0.0.1:4566")),
        (Source("near"), {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, Scope("near", "eu-west-3")),
        (Source("far"), {}, Scope("far", "eu-west-3")),
        (Source("ops"), {"AWS_ENDPOINT_URL_SSM": "http://[::1]:1"}, Scope("ops", "eu-north-1", "http://[::1]:1")),
        (Source(endpoint_url="https://a.example"), {}, Scope("default", "eu-west-1", "https://a.example")),
    ],
)
async def test_it_is_the_one_that_botocore_finds(
    home: Path, monkeypatch: pytest.MonkeyPatch, source: Source, environment: dict[str, str], expected: Scope
) -> None:
    write(home)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert home_of(source, os.environ) == expected
    gateways = await open_gateways(source.aws_profile, source.region, source.endpoint_url)
    assert gateways.default == expected
    await gateways.close()


@pytest.mark.parametrize(
    ("source", "config"),
    [
        (Source("nowhere"), CONFIG),
        (Source("nope"), CONFIG),
        (Source(), CONFIG + "[default]\nregion = us-east-1\n"),
        (Source(), CONFIG + "[profile default]\nregion = us-east-1\n"),
        (Source(), "region = eu-west-1\n"),
        (Source("ops"), CONFIG + "[profile it's]\n"),
    ],
)
def test_where_that_is_in_doubt_botocore_is_asked(home: Path, source: Source, config: str) -> None:
    write(home, config)
    assert home_of(source, os.environ) is None


async def test_what_is_wrong_is_told_without_waiting_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotConfigured):
        await open_gateways(waits=False)
    write(home)
    with pytest.raises(ConfigurationError, match="region"):
        await open_gateways("nowhere", waits=False)
    monkeypatch.setenv("AWS_PROFILE", "opps")
    for waits in (True, False):
        with pytest.raises(ConfigurationError, match="nope") as told:
            await open_gateways("nope", "eu-west-1", waits=waits)
        assert told.value.remedy == "There are default, ops, Bob's sandbox, nowhere, here and 3 more."
        with pytest.raises(ConfigurationError, match="AWS_PROFILE names opps"):
            await open_gateways(waits=waits)


async def test_whether_anything_is_configured(home: Path) -> None:
    assert not is_anything_configured({})
    assert is_anything_configured(KEYS)
    (home / ".aws").mkdir(exist_ok=True)
    (home / ".aws" / "config").write_text("nonsense")
    assert is_anything_configured({}), "what is wrong in it is shown"
    write(home)
    assert is_anything_configured({})


def test_opening_without_waiting_loads_no_botocore(home: Path) -> None:
    write(home)
    script = """
import asyncio, sys
from ssmtui.aws.gateways import open_gateways
async def main():
    gateways = await open_gateways("ops", waits=False)
    print(gateways.default.region, "botocore" in sys.modules)
    await gateways.close()
asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "HOME": str(home)},
    )
    assert done.stdout.split() == ["eu-north-1", "False"]
