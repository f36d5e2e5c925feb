"""What is said and written of tunnels that run without a screen."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ssmtui.cli.forwarding import Happening
from ssmtui.cli.tunnel_reports import TunnelEventLines, TunnelSentences, where
from ssmtui.documents.port_forwards import Forward, parse
from ssmtui.errors import AccessDenied, SsmtuiError, UsageError
from ssmtui.forwards.tunnel import TunnelState
from tests.support.snapshots import tunnel_snapshot

OPEN = tunnel_snapshot(1, parse("15432:db:5432"), local_port=15432)


class Written:
    """An outbox that keeps what it is given."""

    def __init__(self) -> None:
        self.text = ""
        self.room = asyncio.Event()
        self.room.set()

    def put(self, data: bytes) -> None:
        self.text += data.decode()


def sentences() -> tuple[TunnelSentences, Written]:
    written = Written()
    return TunnelSentences(written), written  # type: ignore[arg-type]


def event_lines() -> tuple[TunnelEventLines, Written]:
    written = Written()
    clock = lambda: datetime(2026, 5, 1, 12, 30, 15, 250_000, UTC)  # noqa: E731
    return TunnelEventLines(written, clock), written  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("forward", "port", "taken", "expected"),
    [
        ("15432:db:5432", 15432, 0, "127.0.0.1:15432 leads to db:5432 through web-1"),
        ("0:80", 41234, 0, "127.0.0.1:41234 leads to port 80 of web-1"),
        ("80", 41234, 80, "127.0.0.1:41234 leads to port 80 of web-1 (port 80 is taken here)"),
        ("80", 80, 0, "127.0.0.1:80 leads to port 80 of web-1"),
        ("80", 41234, 0, "127.0.0.1:41234 leads to port 80 of web-1"),
        ("socks", 41234, 1080, "127.0.0.1:41234 is a SOCKS and HTTP proxy through web-1 (port 1080 is taken here)"),
    ],
)
def test_where_a_tunnel_leads(forward: str, port: int, taken: int, expected: str) -> None:
    assert where(tunnel_snapshot(1, parse(forward), local_port=port)._replace(taken_port=taken)) == expected


def test_each_trouble_is_said_once_until_the_tunnel_is_open_again() -> None:
    said, written = sentences()
    said.report(Happening.LISTENING, OPEN)
    said.report(Happening.OPEN, OPEN)
    said.report(Happening.LOST, OPEN._replace(state=TunnelState.LOST))
    lost = OPEN._replace(state=TunnelState.LOST, notice="the node does not answer")
    for _ in range(2):
        said.report(Happening.LOST, lost)
        said.report(Happening.NOTICE, lost)
    said.report(Happening.OPEN, OPEN)
    said.report(Happening.NOTICE, lost)
    said.report(Happening.CONNECTIONS, OPEN)
    said.report(Happening.CLOSED, OPEN)
    assert written.text.splitlines() == [
        "ssmtui: 127.0.0.1:15432 leads to db:5432 through web-1",
        "ssmtui: 127.0.0.1:15432: the connection to the node is lost; it comes back by itself",
        "ssmtui: 127.0.0.1:15432: the node does not answer",
        "ssmtui: 127.0.0.1:15432: connected again",
        "ssmtui: 127.0.0.1:15432: the node does not answer",
    ]


def test_a_notice_that_counts_is_said_once_and_none_of_a_start() -> None:
    said, written = sentences()
    said.report(Happening.NOTICE, OPEN._replace(state=TunnelState.STARTING, notice="closing the tab gives up"))
    for number in range(2):
        said.report(Happening.NOTICE, OPEN._replace(notice=f"{number} frames wait"))
    assert written.text == "ssmtui: 127.0.0.1:15432: 0 frames wait\n"


def test_a_program_that_opens_too_many_connections_is_named_once() -> None:
    said, written = sentences()
    said.report(Happening.CONNECTIONS, OPEN._replace(connections=512))
    said.report(Happening.CONNECTIONS, OPEN._replace(connections=3, refused=1))
    assert written.text == "", "that one had no session, of which something else was said"
    for refused in (1, 700):
        said.report(Happening.CONNECTIONS, OPEN._replace(connections=512, refused=refused))
    told = "no more than 512 connections at once: further ones are reset"
    assert written.text.splitlines() == [f"ssmtui: 127.0.0.1:15432: {told}"]


def test_a_failure_and_a_warning_name_the_tunnel() -> None:
    said, written = sentences()
    failed = tunnel_snapshot(
        1, Forward(80), TunnelState.FAILED, local_port=80, error=UsageError("psql listens", title="Taken")
    )
    said.report(Happening.FAILED, failed)
    said.report(Happening.WARNING, OPEN._replace(warning=AccessDenied("ssm:TerminateSession", remedy="Ask.")))
    assert written.text.splitlines() == [
        "ssmtui: the tunnel to port 80 of web-1: Taken: psql listens",
        "ssmtui: 127.0.0.1:15432: Access denied: ssm:TerminateSession. Ask.",
    ]


def test_nothing_that_a_terminal_would_obey_is_said_or_written() -> None:
    evil = OPEN._replace(title="web\x1b]0;x\x07\n", notice="no\x1b[2J\x9b1m")
    said, written = sentences()
    said.report(Happening.OPEN, evil)
    said.report(Happening.NOTICE, evil)
    assert all(line.isprintable() for line in written.text.splitlines())
    assert len(written.text.splitlines()) == 2
    lines, written = event_lines()
    lines.report(Happening.OPEN, evil)
    assert written.text.isascii()
    assert all(line.isprintable() for line in written.text.splitlines())
    assert json.loads(written.text.splitlines()[0])["node_name"] == evil.title


def test_an_event_has_all_that_a_script_needs() -> None:
    lines, written = event_lines()
    lines.expect([1, 2])
    lines.report(Happening.OPEN, OPEN._replace(connections=2, connections_made=7, sent=10, received=20))
    assert json.loads(written.text) == {
        "event": "open",
        "time": "2026-05-01T12:30:15.250Z",
        "tunnel": 1,
        "forward": "15432:db:5432",
        "address": "127.0.0.1:15432",
        "port": 15432,
        "destination": "db:5432",
        "target": "i-0a1b2c3d4e5f60718",
        "node_name": "web-1",
        "state": "open",
        "sessions": 0,
        "restarts": 0,
        "connections": 2,
        "connections_made": 7,
        "refused": 0,
        "sent": 10,
        "received": 20,
    }


def test_no_secret_among_a_documents_parameters_is_written() -> None:
    lines, written = event_lines()
    forward = parse("5432@Acme-Port,portNumber=5432,dbPassword=hunter2")
    lines.report(Happening.OPEN, tunnel_snapshot(1, forward, local_port=5432))
    assert "hunter2" not in written.text
    assert json.loads(written.text.splitlines()[0])["forward"] == "5432@Acme-Port"


def test_errors_are_objects_with_their_exit_code() -> None:
    lines, written = event_lines()
    error = UsageError("psql listens", title="Taken", remedy="Stop it.")
    lines.report(Happening.FAILED, OPEN._replace(state=TunnelState.FAILED, error=error))
    lines.report(Happening.WARNING, OPEN._replace(warning=AccessDenied("denied")))
    failed, warned = map(json.loads, written.text.splitlines())
    assert failed["error"] == {"title": "Taken", "detail": "psql listens", "remedy": "Stop it.", "exit_code": 252}
    assert warned["error"]["exit_code"] == 254


def test_a_tunnel_that_retries_says_why_and_when() -> None:
    gone = AccessDenied("not now", title="Refused")
    tunnel = OPEN._replace(state=TunnelState.RETRYING, retry_in=3.96, last_error=gone)
    lines, written = event_lines()
    lines.report(Happening.RETRYING, tunnel)
    lines.report(Happening.OPEN, OPEN._replace(last_error=gone))
    retrying, opened, _ = map(json.loads, written.text.splitlines())
    assert retrying["retry_in"] == 4.0
    assert retrying["error"]["title"] == "Refused"
    assert "error" not in opened, "it is over"
    said, written = sentences()
    said.report(Happening.RETRYING, tunnel)
    said.report(Happening.RETRYING, tunnel)
    idle = OPEN._replace(state=TunnelState.IDLE)
    said.report(Happening.IDLE, idle)
    said.report(Happening.IDLE, idle._replace(last_error=SsmtuiError("timed out due to inactivity.")))
    assert written.text.splitlines() == [
        "ssmtui: 127.0.0.1:15432: Refused: not now. It is tried again by itself.",
        "ssmtui: 127.0.0.1:15432: its session has ended; the next connection starts another one",
        "ssmtui: 127.0.0.1:15432: its session has ended (timed out due to inactivity); "
        "the next connection starts another one",
    ]


def test_a_proxy_is_called_one() -> None:
    assert where(tunnel_snapshot(1, parse("socks:1080"), local_port=1080)) == (
        "127.0.0.1:1080 is a SOCKS and HTTP proxy through web-1"
    )


def events(written: Written) -> list[Any]:
    return [json.loads(line)["event"] for line in written.text.splitlines()]


def test_ready_comes_once_after_the_last_one_that_can_be_opened() -> None:
    lines, written = event_lines()
    lines.expect([1, 2, 3])
    second, third = OPEN._replace(key=2), OPEN._replace(key=3, state=TunnelState.FAILED, error=UsageError("x"))
    lines.report(Happening.LISTENING, OPEN)
    lines.report(Happening.OPEN, OPEN)
    lines.report(Happening.FAILED, third)
    assert "ready" not in events(written)
    lines.report(Happening.OPEN, second)
    lines.report(Happening.OPEN, second)
    assert events(written) == ["listening", "open", "failed", "open", "ready", "open"]


def test_where_all_fail_nothing_is_ready() -> None:
    lines, written = event_lines()
    lines.expect([1])
    lines.report(Happening.FAILED, OPEN._replace(state=TunnelState.FAILED, error=UsageError("x")))
    assert events(written) == ["failed"]


def test_numbers_that_nobody_reads_do_not_pile_up() -> None:
    lines, written = event_lines()
    written.room.clear()
    lines.report(Happening.CONNECTIONS, OPEN)
    lines.report(Happening.LOST, OPEN)
    assert events(written) == ["lost"]
