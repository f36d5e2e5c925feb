"""The official AWS CLI against the lab's identity services: it signs in there, and knows who it is."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path

import pytest

from ssmtui.lab.lab import Lab, LabOptions
from tests.support.credential_kinds import KINDS, Kind, signed_in
from tests.support.pty_app import clean_environment
from tests.support.signed_in import http, post_form
from tests.support.wait import wait_until

AWS = shutil.which("aws")

pytestmark = [pytest.mark.interop, pytest.mark.skipif(AWS is None, reason="the AWS CLI is not on PATH")]

_PAGE = re.compile(rb"(http://\S+/v1/authorize\?\S+)\s")


@cache
def version() -> int:
    """The CLI's major version."""
    told = subprocess.run([str(AWS), "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"aws-cli/(\d+)", told)
    assert found is not None, told
    return int(found[1])


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    lab = Lab(LabOptions(nodes=1))
    await lab.start()
    yield lab
    await lab.close()


def environment(home: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    return {**clean_environment(home), **own, "AWS_PAGER": "", "PYTHONPATH": os.environ.get("PYTHONPATH", "")}


async def aws(home: Path, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        str(AWS), *arguments, env=environment(home), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()
    return output.decode()


@pytest.fixture(autouse=True)
def without_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_it_knows_who_it_is(kind: Kind, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind.name == "login" and version() < 2:
        pytest.skip("its first version has no `aws login`")
    placed = signed_in((kind,), lab, tmp_path, monkeypatch)
    await asyncio.to_thread(placed.__enter__)
    try:
        which = ["--profile", kind.aws_profile] if kind.aws_profile else []
        who = json.loads(await aws(tmp_path, *which, "sts", "get-caller-identity", "--output", "json"))
    finally:
        await asyncio.to_thread(placed.__exit__, None, None, None)
    account = next(one for one in lab.options.accounts if one.name == kind.account)
    assert who["Account"] == account.id
    assert kind.role in who["Arn"]


async def test_it_logs_in(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Single sign-on cannot be tried: the CLI wants https for its start URL."""
    if version() < 2:
        pytest.skip("its first version has no `aws login`")
    with signed_in((), lab, tmp_path, monkeypatch):
        monkeypatch.setenv("BROWSER", "true")
        process = await asyncio.create_subprocess_exec(
            str(AWS),
            *("--profile", "corp-login", "login"),
            env={**environment(tmp_path), "PYTHONUNBUFFERED": "1", "BROWSER": "true"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert process.stdout is not None
        told = bytearray()

        async def asked() -> bytes:
            while (found := _PAGE.search(told)) is None:
                more = await process.stdout.read(4096)  # type: ignore[union-attr]
                assert more, bytes(told)
                told.extend(more)
            return found[1]

        page = (await asyncio.wait_for(asked(), 60)).decode()
        approved = await asyncio.to_thread(post_form, page)
        assert approved.status == 302
        await asyncio.to_thread(http, "GET", approved.headers["Location"])
        rest = await asyncio.wait_for(process.stdout.read(), 60)
        await wait_until("it is over", lambda: process.returncode is not None)
        assert process.returncode == 0, bytes(told) + rest
        who = json.loads(
            await aws(tmp_path, "--profile", "corp-login", "sts", "get-caller-identity", "--output", "json")
        )
    assert who["Arn"] == lab.identity.login.login_session
