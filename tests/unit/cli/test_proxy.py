"""``ssmtui proxy`` before there is a session, and the question on the controlling terminal."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from ssmtui.cli import controlling_terminal
from ssmtui.cli.controlling_terminal import confirm
from ssmtui.cli.main import run
from ssmtui.cli.proxy import SSH_DOCUMENT, ProxyArguments, destination
from ssmtui.documents.port_forwards import HOST_DOCUMENT, Forward
from ssmtui.errors import UsageError
from ssmtui.model import Node
from tests.support.wait import wait_until

ID = "i-0a1b2c3d4e5f60718"
NODE = Node(ID, "web-1")


def asked(text: str, document: str | None = None) -> ProxyArguments:
    return ProxyArguments(destination(text), document)


def test_a_port_of_the_node_and_one_of_a_host_that_it_reaches() -> None:
    assert destination("22") == Forward(22)
    assert destination("localhost:22") == Forward(22), "the node itself"
    assert destination("db.internal:5432") == Forward(5432, "db.internal")
    assert destination("[fd00::1]:22") == Forward(22, "fd00::1")


@pytest.mark.parametrize("text", ["", "0", "70000", "ssh", "db:", "8022:22", "8022:db:22", "db:22:", "127.0.0.2::22",
                                  "own:0:22", "socks:1080", "22@Acme-SSH"])  # fmt: skip
def test_what_is_no_destination_is_252(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["proxy", ID, text]) == 252
    out, err = capsys.readouterr()
    assert out == ""
    assert "PORT is a number from 1 to 65535, or HOST:PORT" in err


def test_ports_of_the_node_go_over_the_document_of_ssh() -> None:
    assert asked("22").document_name == SSH_DOCUMENT
    assert asked("22").parameters == {"portNumber": ("22",)}
    assert asked("db:22").document_name == HOST_DOCUMENT
    assert asked("db:22").parameters == {"host": ("db",), "portNumber": ("22",)}
    assert asked("22", "Acme-SSH").document_name == "Acme-SSH"


def test_what_cannot_go_on_is_refused_before_aws_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--read-only", "proxy", ID, "22"]) == 252
    assert run(["proxy", ID, "22", "--reason", "two\nlines"]) == 252
    assert run(["proxy", ID, "22", "--answer", "Ticket=1"]) == 252
    assert run(["proxy", ID, "22", "--key", "/id"]) == 252
    assert run(["proxy", ID]) == 252
    out, err = capsys.readouterr()
    assert out == ""
    assert "a read-only run sends nothing to any node" in err
    assert "only connections ask something" in err


async def test_without_a_terminal_a_guarded_node_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(controlling_terminal, "TERMINAL", str(tmp_path / "none"))
    with pytest.raises(UsageError, match=r"web-1 is guarded: tag:env=prod\. Start it in a terminal, or with --yes"):
        await confirm(NODE, "tag:env=prod")


@pytest.mark.skipif(sys.platform == "win32", reason="it has no /dev/tty")
class TestOnATerminal:
    """A pty in the place of /dev/tty, which no test has."""

    @pytest.fixture
    def keys(self, monkeypatch: pytest.MonkeyPatch) -> int:
        import pty

        keyboard, terminal = pty.openpty()
        monkeypatch.setattr(controlling_terminal, "TERMINAL", os.ttyname(terminal))
        monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp())
        return keyboard

    @pytest.mark.parametrize("word", ["web-1", ID])
    async def test_the_name_or_the_id_goes_on(self, keys: int, word: str) -> None:
        os.write(keys, f"no\n{word}\n".encode())
        await confirm(NODE, "tag:env=prod")
        os.set_blocking(keys, False)
        shown = ""

        def has_all() -> bool:
            nonlocal shown
            with suppress(BlockingIOError):
                shown += os.read(keys, 4096).decode()
            return "web-1 is guarded: tag:env=prod" in shown and "That is not web-1." in shown

        await wait_until("the questions", has_all, report=lambda: shown)

    async def test_other_words_do_not(self, keys: int) -> None:
        os.write(keys, b"yes\ny\nsure\n")
        with pytest.raises(UsageError, match="nothing has been started"):
            await confirm(NODE, "tag:env=prod")

    async def test_the_end_of_the_terminal_does_not(self, keys: int) -> None:
        os.write(keys, b"\x04")
        with pytest.raises(UsageError, match="nothing has been started"):
            await confirm(NODE, "tag:env=prod")

    async def test_a_job_in_the_background_does_not_ask(self, keys: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "tcgetpgrp", lambda _: -1)
        with pytest.raises(UsageError, match="in the foreground, or with --yes"):
            await confirm(NODE, "tag:env=prod")
