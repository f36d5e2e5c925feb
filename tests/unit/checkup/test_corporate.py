"""A checkup in a company's network: over real sockets, through a real proxy, to AWS behind certificates of the
company's own, which the person's machine trusts or not.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from ssmtui.aws.gateways import BotoGateways
from ssmtui.aws.session import Source
from ssmtui.checkup.results import CheckupArea, Result, summarize
from ssmtui.checkup.run import Checkup, CheckupRequest
from ssmtui.checkup.terminal import TerminalFacts
from ssmtui.config.paths import Paths
from ssmtui.diagnosis.findings import Verdict
from tests.support.corporate import CorporateNetwork, corporate_network

pytestmark = [
    pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificates with openssl"),
    pytest.mark.timeout(60),
]

TERMINAL = TerminalFacts({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, (120, 40), encoding="UTF-8")
SERVICES = {f"{name}.eu-west-1.amazonaws.com" for name in ("ssm", "ssmmessages", "sts", "ec2", "kms")}


@pytest.fixture
async def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[CorporateNetwork]:
    """The person trusts the company's authority, has keys, and no proxy yet."""
    for name in list(os.environ):
        if (
            name.startswith("AWS_")
            or name.lower().endswith("_proxy")
            or name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
        ):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    async with corporate_network(tmp_path, has_ipv6=False) as network:
        for name, value in {**network.keys, "AWS_REGION": "eu-west-1", "AWS_CA_BUNDLE": str(network.root)}.items():
            monkeypatch.setenv(name, value)
        yield network


async def looked(tmp_path: Path) -> dict[CheckupArea, list[Result]]:
    places = Paths(*(tmp_path / name for name in ("c", "s", "k", "d")))
    gateways = BotoGateways(Source())
    request = CheckupRequest(places, places.settings, places.log, dict(os.environ))
    found: dict[CheckupArea, list[Result]] = {}
    async with aclosing(Checkup(request, gateways, lambda: TERMINAL).areas()) as areas:
        async for area, results in areas:
            found[area] = list(results)
    await gateways.close()
    return found


async def test_through_the_proxy_all_is_well_and_who_inspects_is_named(
    network: CorporateNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{network.proxy.port}")  # case 05: no scheme
    found = await looked(tmp_path)
    assert network.proxy.hosts >= SERVICES
    assert network.resolved == [], "the proxy looks names up"
    proxy, *services = found[CheckupArea.NETWORK]
    assert proxy.what == f"AWS is called through 127.0.0.1:{network.proxy.port}"
    assert {result.verdict for result in services} == {Verdict.OK}
    inspected, trust = found[CheckupArea.CERTIFICATES]
    assert inspected.verdict is Verdict.WARN
    assert "TLS is inspected on the way" in inspected.what
    assert str(network.root) in trust.what
    assert "of account 123456789012" in found[CheckupArea.CREDENTIALS][0].what
    assert found[CheckupArea.CLOCK][0].verdict is Verdict.OK
    assert found[CheckupArea.PERMISSIONS][-2].what.endswith("calls that were tried are allowed")


async def test_a_proxy_that_wants_a_password(
    network: CorporateNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.proxy.login = "jane:right"
    monkeypatch.setenv("HTTPS_PROXY", f"http://jane:wrong@127.0.0.1:{network.proxy.port}")
    found = await looked(tmp_path)
    _, down = found[CheckupArea.NETWORK]
    assert down.verdict is Verdict.BAD
    assert "407" in down.evidence
    assert "password" in down.fix
    assert "wrong" not in str(found)
    assert summarize([one for results in found.values() for one in results]).area is CheckupArea.NETWORK


async def test_certificates_that_are_not_trusted_are_named(
    network: CorporateNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE")
    found = await looked(tmp_path)
    issuer = found[CheckupArea.CERTIFICATES][0].name
    assert found[CheckupArea.CERTIFICATES][0].verdict is Verdict.BAD
    (down,) = (result for result in found[CheckupArea.NETWORK] if result.verdict is Verdict.BAD)
    assert f"If you trust {issuer}, put its certificate (PEM) into a file" in down.fix
    assert "AWS_CA_BUNDLE" in down.fix
