"""``ssmtui forward`` before there is a tunnel: what may be asked for, and what is asked first."""

from __future__ import annotations

from pathlib import Path

import pytest

from ssmtui.cli import questions
from ssmtui.cli.forward import confirm_exposed, read_forwards
from ssmtui.cli.main import run
from ssmtui.documents.port_forwards import Forward, parse
from ssmtui.errors import UsageError
from ssmtui.model import Node

WEB = Node("i-0a1b2c3d4e5f60718", "web-1")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    return tmp_path


def test_forwards_are_read_each_once() -> None:
    assert read_forwards(["80", "5432:db:5432", "80"]) == [Forward(80), Forward(5432, "db", 5432)]


@pytest.mark.parametrize(
    ("bind", "expected"), [("0.0.0.0", "0.0.0.0"), ("*", "0.0.0.0"), ("own", "own"), ("::1", "::1"), ("[::1]", "::1")]
)
def test_bind_is_for_those_that_name_no_address(bind: str, expected: str) -> None:
    one, other = read_forwards(["80", "127.0.0.5:81:81"], bind)
    assert (one.bind, other.bind) == (expected, "127.0.0.5")


@pytest.mark.parametrize("bind", ["", "db", "1.2.3", "1.2.3.4:80", "fe80:::1"])
def test_what_is_no_address_is_refused(bind: str) -> None:
    with pytest.raises(UsageError, match="--bind takes an IP address"):
        read_forwards(["80"], bind)


@pytest.mark.parametrize("text", ["", "web-1", "70000", "0", "80:", "-L", "5432:db:", "1:2:3:4"])
def test_what_is_no_forward_is_refused_with_its_forms(text: str) -> None:
    with pytest.raises(UsageError, match=r"That cannot be forwarded: .*must (be|have)"):
        read_forwards(["80", text])


def test_two_that_want_one_local_port_are_refused_before_anything_is_started() -> None:
    with pytest.raises(UsageError, match=r"2 forwards want port 5432 of 127\.0\.0\.1"):
        read_forwards(["5432:db:5432", "5432:other:5432"])
    both = read_forwards(["own:5432:db:5432", "127.0.0.2:5432:other:5432", "0:80", "0:81"])
    assert len(both) == 4, "different addresses, and any free ports, do not exclude each other"


def test_a_node_needs_a_forward(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forward", "i-0a1b2c3d4e5f60718"]) == 252
    assert "a node needs a FORWARD" in capsys.readouterr().err
    assert run(["forward", "web-1"]) == 252
    assert "There is no connection web-1" in capsys.readouterr().err


def test_a_profile_without_forwards_needs_one(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "ssmtui").mkdir()
    (home / "ssmtui" / "profiles.toml").write_text('version = 1\n[profiles.web]\ntarget = "i-0a1b2c3d4e5f60718"\n')
    assert run(["forward", "web"]) == 252
    told = capsys.readouterr().err
    assert "the connection web has no forwards" in told
    assert "ssmtui forward web 5432" in told


@pytest.mark.parametrize(
    "arguments",
    [["--reason", "x" * 257], ["--answer", "Ticket"], ["--parameters", "{}"], ["--sessions", "9"], ["--socks", "x"]],
)
def test_what_connect_refuses_is_refused(arguments: list[str], home: Path) -> None:
    assert run(["forward", "i-0a1b2c3d4e5f60718", "80", *arguments]) == 252


def test_an_address_that_others_reach_is_confirmed_first(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(questions, "confirm", lambda told, wanted: asked.append((told, wanted)))
    forwards = [parse("80"), parse("*:5432:db:5432"), parse("192.0.2.1:81:81")]
    monkeypatch.setattr(questions, "can_ask", lambda: False)
    with pytest.raises(UsageError, match="or with --yes"):
        confirm_exposed(WEB, forwards, yes=False)
    confirm_exposed(WEB, forwards, yes=True)
    confirm_exposed(WEB, [parse("80"), parse("own:81:81"), parse("[::1]:82:82")], yes=False)
    assert asked == []
    monkeypatch.setattr(questions, "can_ask", lambda: True)
    confirm_exposed(WEB, forwards, yes=False)
    ((told, wanted),) = asked
    assert told == "Other machines that reach 0.0.0.0, 192.0.2.1 get to db:5432 through web-1, and 1 more"
    assert wanted == ["expose"]
