"""A whole checkup: over fakes where all is well, and over the real gateways where nothing works."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ssmtui.aws.gateways import BotoGateways
from ssmtui.aws.session import Source
from ssmtui.checkup import bundle, files
from ssmtui.checkup.results import CheckupArea, Result, summarize
from ssmtui.checkup.run import Checkup, CheckupRequest
from ssmtui.checkup.terminal import TerminalFacts
from ssmtui.config.paths import Paths
from ssmtui.diagnosis.findings import Verdict
from ssmtui.diagnosis.probe import Probe, ProbeStep
from ssmtui.errors import AccessDenied, ConfigurationError
from tests.support.fakes import NOW, SCOPE, FakeGateways

TERMINAL = TerminalFacts({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, (120, 40), encoding="UTF-8")
AWS_VARIABLES = [name for name in os.environ if name.startswith("AWS_")]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person without anything."""
    for name in (*AWS_VARIABLES, "REQUESTS_CA_BUNDLE", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return tmp_path


def request_of(home: Path, **more: Any) -> CheckupRequest:
    places = Paths(*(home / name for name in ("c", "s", "k", "d")))
    return CheckupRequest(places, places.settings, places.log, dict(os.environ), **more)


async def reached(address: str, ca_bundle: str | None) -> Probe:
    return Probe(address.partition("://")[2].partition("/")[0], 443, clock_ahead=0.0)


async def unreached(address: str, ca_bundle: str | None) -> Probe:
    return replace(
        await reached(address, ca_bundle), failed=ProbeStep.NAME, failure="nobody knows it", clock_ahead=None
    )


async def looked(checkup: Checkup) -> dict[CheckupArea, list[Result]]:
    found: dict[CheckupArea, list[Result]] = {}
    async with aclosing(checkup.areas()) as areas:
        async for area, results in areas:
            assert area not in found
            found[area] = list(results)
    assert set(found) == set(CheckupArea), "an area is missing"
    return found


def all_of(found: Mapping[CheckupArea, list[Result]]) -> list[Result]:
    return [result for results in found.values() for result in results]


async def test_all_is_well(home: Path) -> None:
    request = request_of(home, scopes=(SCOPE,))
    (home / "config").write_text("[profile prod]\nregion = eu-west-1\n")
    checkup = Checkup(request, FakeGateways(), lambda: TERMINAL, probe=reached, now=lambda: NOW)
    found = await looked(checkup)
    assert summarize(all_of(found)).verdict is Verdict.OK, all_of(found)
    assert "role/Ops" in found[CheckupArea.CREDENTIALS][0].what
    assert [result.name for result in found[CheckupArea.NETWORK]] == [
        "proxy",
        "ssm",
        "ssmmessages",
        "sts",
        "ec2",
        "kms",
    ]


async def test_nothing_at_all(home: Path) -> None:
    """No configuration, no region, no credentials, no network: every area has something to say all the same."""
    gateways = BotoGateways(Source())
    checkup = Checkup(request_of(home), gateways, lambda: TERMINAL, probe=unreached)
    found = await looked(checkup)
    await gateways.close()
    assert all(found.values())
    summary = summarize(all_of(found))
    assert summary.area is CheckupArea.CONFIGURATION
    assert "no AWS configuration" in summary.what
    network = {result.name: result for result in found[CheckupArea.NETWORK]}
    assert "us-east-1" in network["region"].what
    assert network["ssm, ssmmessages, sts, ec2, kms"].verdict is Verdict.BAD


@pytest.mark.parametrize(
    ("text", "profile", "words"),
    [
        ("[profile one]\nregion = eu-central-1\n\n[profile one]\nregion = eu-west-1\n", "one", "config"),
        ("[profile Bob's sandbox]\nregion = eu-west-1\n", "Bob's sandbox", "sandbox"),
        ("[profile fine]\nregion = eu-west-1\nregion = us-east-1\n", "fine", "config"),
    ],
)
async def test_a_broken_configuration(home: Path, text: str, profile: str, words: str) -> None:
    (home / "config").write_text(text)
    gateways = BotoGateways(Source(profile))
    found = await looked(Checkup(request_of(home, aws_profile=profile), gateways, lambda: TERMINAL, probe=reached))
    await gateways.close()
    bad = [result for result in found[CheckupArea.CONFIGURATION] if result.verdict is Verdict.BAD]
    assert bad
    assert any(words in f"{result.name} {result.what} {result.evidence}" for result in bad)
    assert any("can be reached" in result.what for result in found[CheckupArea.NETWORK]), (
        "the network is looked at all the same"
    )
    assert summarize(all_of(found)).area is CheckupArea.CONFIGURATION


async def test_a_program_that_gives_credentials_is_started_once(home: Path) -> None:
    """Not once for each call that is tried."""
    count = home / "started"
    script = home / "creds.sh"
    script.write_text(f"#!/bin/sh\necho x >> {count}\nexit 3\n")
    script.chmod(0o700)
    (home / "config").write_text(f"[profile work]\nregion = eu-west-1\ncredential_process = {script}\n")
    gateways = BotoGateways(Source("work"))
    found = await looked(Checkup(request_of(home, aws_profile="work"), gateways, lambda: TERMINAL, probe=reached))
    await gateways.close()
    assert count.read_text().count("x") <= 2
    assert found[CheckupArea.CREDENTIALS][0].verdict is Verdict.BAD
    (no_answer, not_tried) = found[CheckupArea.PERMISSIONS]
    assert "could not be tried" in no_answer.what
    assert not_tried.is_note


async def test_what_is_denied(home: Path) -> None:
    gateways = FakeGateways()
    gateways.default_gateway.denied_actions["ssm:ListDocuments"] = AccessDenied("no", operation="ListDocuments")
    checkup = Checkup(request_of(home, scopes=(SCOPE,)), gateways, lambda: TERMINAL, probe=reached)
    (denied, *_) = (await looked(checkup))[CheckupArea.PERMISSIONS]
    assert denied.name == "ssm:ListDocuments"
    assert denied.statement is not None


async def test_several_accounts_are_told_apart(home: Path) -> None:
    (home / "config").write_text("[profile prod]\nregion = eu-west-1\n[profile staging]\n")
    other = replace(SCOPE, aws_profile="staging", region="us-east-1")
    checkup = Checkup(request_of(home, scopes=(SCOPE, other)), FakeGateways(), lambda: TERMINAL, probe=reached)
    found = await looked(checkup)
    names = [result.name for result in found[CheckupArea.NETWORK]]
    assert f"ssm, {SCOPE.aws_profile} eu-west-1" in names
    assert "ssm, staging us-east-1" in names
    assert "allowed, staging us-east-1" in [result.name for result in found[CheckupArea.PERMISSIONS]]


async def test_a_defect_in_one_area_costs_that_area(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("defect")

    monkeypatch.setattr(files, "check", broken)
    found = await looked(Checkup(request_of(home, scopes=(SCOPE,)), FakeGateways(), lambda: TERMINAL, probe=reached))
    (told,) = found[CheckupArea.FILES]
    assert told.verdict is Verdict.UNKNOWN
    assert "RuntimeError" in told.what
    assert found[CheckupArea.PROGRAM]


async def test_one_that_is_left_leaves_nothing_running(home: Path) -> None:
    async def hangs(address: str, ca_bundle: str | None) -> Probe:
        await asyncio.Event().wait()
        raise AssertionError

    checkup = Checkup(request_of(home, scopes=(SCOPE,)), FakeGateways(), lambda: TERMINAL, probe=hangs)
    async with aclosing(checkup.areas()) as areas:
        async for _ in areas:
            break
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


# The report for a bug report

CANARIES = ("CANARYKEY", "canary-secret", "/opt/my tools/canary.sh", "acme-canary", "210987654321")


async def test_the_report_is_scrubbed(home: Path) -> None:
    (home / "config").write_text(
        "# a comment of acme-canary\n[profile acme-canary]\nregion = eu-west-1\n"
        "aws_access_key_id = AKIACANARYKEY12345\n"
        "aws_secret_access_key = canary-secret\nrole_arn = arn:aws:iam::210987654321:role/CanaryRole\n"
        "credential_process = /opt/my tools/canary.sh --token canary-secret\nno key here canary-secret\n"
    )
    request = request_of(home, aws_profile="acme-canary")
    request.log.parent.mkdir(parents=True)
    request.log.write_text("2026-01-15 WARNING ssmtui.aws: acme-canary in 210987654321 failed\n\x1b[31mred\n")
    gateways = BotoGateways(Source("acme-canary"))
    results = all_of(await looked(Checkup(request, gateways, lambda: TERMINAL, probe=reached)))
    await gateways.close()
    text = bundle.text(request, results, NOW)
    for canary in (*CANARIES, "CanaryRole", "\x1b"):
        assert canary not in text, canary
    assert str(home) not in text
    assert "WARNING ssmtui.aws: profile-1 in account-1 failed" in text
    assert "[profile profile-1]" in text
    assert "   8  (a line that is neither a section nor a key)" in text
    assert "credential_process = …" in text
    assert "region = eu-west-1" in text


def test_the_report_is_for_its_owner_alone_and_overwrites_nothing(tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    before = os.umask(0)
    try:
        bundle.write(file, "text\n")
    finally:
        os.umask(before)
    assert file.read_text() == "text\n"
    assert os.name == "nt" or file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConfigurationError, match="exists already"):
        bundle.write(file, "other")
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigurationError):
        bundle.write(link, "other")
    assert not (tmp_path / "elsewhere").exists()
    with pytest.raises(ConfigurationError):
        bundle.write(tmp_path / "no" / "where.txt", "x")


async def test_what_a_program_is_given_is_not_in_the_report(home: Path) -> None:
    """The errors name the whole command."""
    (home / "config").write_text(
        "[profile gone]\nregion = eu-west-1\n"
        "credential_process = no-such-helper --password=Canary1 'Canary2' \"Canary3\"\n"
    )
    request = request_of(home, aws_profile="gone")
    gateways = BotoGateways(Source("gone"))
    results = all_of(await looked(Checkup(request, gateways, lambda: TERMINAL, probe=reached)))
    await gateways.close()
    text = bundle.text(request, results, NOW)
    assert "no-such-helper" in text
    assert "Canary" not in text
