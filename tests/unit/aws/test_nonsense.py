"""Answers that are not AWS's: told as such, never taken for an answer in which nothing is said."""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import AsyncIterator

import pytest
from botocore.awsrequest import AWSResponse

from ssmtui.aws import pages
from ssmtui.aws.boto import BotoGateway, open_gateway
from ssmtui.aws.session import StaticCredentials, _refuse_web_page
from ssmtui.errors import ConnectionFailed, ServiceError
from ssmtui.model import StartRequest
from tests.support.fake_aws import FakeAws, Refusal
from tests.support.wait import wait_until

URL, PLAIN = "https://ssm.eu-west-1.amazonaws.com/", "http://127.0.0.1:1/"
PAGE = "<html><body>Sign in to the hotel's network</body></html>"


@pytest.fixture
async def gateway(fake_aws: FakeAws) -> AsyncIterator[BotoGateway]:
    opened = await open_gateway(None, "eu-west-1", fake_aws.url, StaticCredentials("id", "key"))
    yield opened
    await opened.close()


@pytest.mark.parametrize("body", [PAGE, "%%% nonsense", "[]", ""])
async def test_a_list_is_not_empty_because_its_answer_is_nonsense(
    gateway: BotoGateway, fake_aws: FakeAws, body: str
) -> None:
    fake_aws.answers["DescribeInstanceProperties"] = body
    with pytest.raises(ConnectionFailed, match="in its place"):
        [page async for page in gateway.nodes()]


@pytest.mark.parametrize(
    "call", ["DescribeDBInstances", "DescribeCacheClusters", "DescribeClusters", "/2021-01-01/domain"]
)
@pytest.mark.parametrize("body", [PAGE, "%%% nonsense", "[]", ""])
async def test_there_are_no_databases_is_not_said_because_an_answer_is_nonsense(
    gateway: BotoGateway, fake_aws: FakeAws, call: str, body: str
) -> None:
    fake_aws.answers[call] = body
    failed = [page.problem async for page in gateway.databases() if isinstance(page.problem, ConnectionFailed)]
    assert len(failed) == 1
    assert "in its place" in failed[0].remedy


async def test_a_web_page_does_not_say_who_we_are(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["GetCallerIdentity"] = PAGE
    with pytest.raises(ConnectionFailed, match="web page"):
        await gateway.identity()


async def test_no_session_comes_of_nonsense(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["StartSession"] = "%%% nonsense"
    with pytest.raises(ConnectionFailed, match="not one of AWS"):
        await gateway.start_session(StartRequest("i-1"))


async def test_a_time_that_is_none_costs_no_node(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    rows = [
        {"InstanceId": f"i-{place}", "LastPingDateTime": time} for place, time in enumerate(["yesterday", 1e300, []])
    ]
    fake_aws.answers["DescribeInstanceProperties"] = {"InstanceProperties": rows}
    listed = [node for page in [page async for page in gateway.nodes()] for node in page.nodes]
    assert [(node.id, node.last_ping) for node in listed] == [("i-0", None), ("i-1", None), ("i-2", None)]


async def test_an_endpoint_that_stays_silent_is_not_waited_for_forever(
    gateway: BotoGateway, fake_aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, end = threading.Event(), threading.Event()

    def silent(arguments: dict[str, object]) -> dict[str, object]:
        asked.set()
        end.wait(20)
        return {}

    monkeypatch.setattr(pages, "PAGE_LIMIT", 0.3)
    fake_aws.answers["DescribeInstanceProperties"] = silent
    with pytest.raises(ConnectionFailed, match="has not answered"):
        [page async for page in gateway.nodes()]
    await wait_until("it was asked", asked.is_set)
    end.set()


async def test_trouble_of_aws_says_that_it_passes(
    gateway: BotoGateway, fake_aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *args: 0.0)
    fake_aws.answers["StartSession"] = Refusal("InternalServerError", "boom", 500)
    with pytest.raises(ServiceError, match="boom") as raised:
        await gateway.start_session(StartRequest("i-1"))
    assert "try again" in raised.value.remedy


@pytest.mark.parametrize(("status", "url", "is_refused"), [(503, URL, False), (403, URL, True), (503, PLAIN, True)])
def test_w6_a_page_with_which_aws_says_that_it_is_overloaded(status: int, url: str, is_refused: bool) -> None:
    page = AWSResponse(url, status, {"content-type": "text/html"}, io.BytesIO(PAGE.encode()))
    with pytest.raises(ConnectionFailed) if is_refused else contextlib.nullcontext():
        _refuse_web_page(page)
