"""Sockets are where nobody else can put one, and who is at their other end is asked of the system."""

from __future__ import annotations

import os
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssmtui.config import paths
from ssmtui.errors import ConfigurationError
from ssmtui.keeper import place

HOME = {"HOME": "/home/jane", "AWS_PROFILE": "prod", "PATH": "/bin"}
OPTIONS = (None, "eu-west-1", None, None)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return place.checked(tmp_path / "run" / "ssmtui")


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ends = socket.socketpair(socket.AF_UNIX)
    yield ends
    for end in ends:
        end.close()


def test_the_directory_is_made_for_its_owner_alone(directory: Path) -> None:
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert place.checked(directory) == directory


@pytest.mark.parametrize("mode", [0o755, 0o701, 0o770])
def test_a_directory_that_others_may_use_is_refused(directory: Path, mode: int) -> None:
    directory.chmod(mode)
    with pytest.raises(ConfigurationError, match="you alone may use"):
        place.checked(directory)
    assert place.keepers(directory) == []


def test_a_link_and_another_users_directory_are_refused(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "link"
    link.symlink_to(directory)
    with pytest.raises(ConfigurationError):
        place.checked(link)
    assert place.keepers(link) == []
    mine = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    with pytest.raises(ConfigurationError):
        place.checked(directory)
    assert place.keepers(directory) == []


def test_only_its_owner_may_connect_to_a_socket(directory: Path) -> None:
    file = place.socket_of(directory, "0123456789abcdef")
    before = os.umask(0)
    try:
        with place.listen(file):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert place.keepers(directory) == [file]
    finally:
        assert os.umask(before) == 0, "the mask is as it was"


def test_what_is_no_keepers_socket_is_left_alone(directory: Path) -> None:
    (directory / "keep-0123456789ab").write_text("a file")
    (directory / "keep-abcdefabcdef").symlink_to("/dev/null")
    with place.listen(directory / "else"):
        place.tidy(directory)
        assert place.keepers(directory) == []
    assert len(list(directory.iterdir())) == 3


def test_the_sockets_of_killed_keepers_go_and_those_of_others_stay(directory: Path) -> None:
    killed, young, alive = (place.socket_of(directory, letter * 12) for letter in "abc")
    for file in (killed, young):
        place.listen(file).close()
    long_ago = time.time() - 2 * place.OLD
    os.utime(killed, (long_ago, long_ago))
    with place.listen(alive):
        os.utime(alive, (long_ago, long_ago))
        place.tidy(directory)
        assert set(place.keepers(directory)) == {young, alive}


def test_a_name_that_is_too_long_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="XDG_RUNTIME_DIR"):
        place.listen(tmp_path / ("x" * 120))


def test_the_system_says_who_is_at_the_other_end(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert place.is_mine(pair[0])
    mine = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    assert not place.is_mine(pair[0])


def test_nobody_is_let_in_where_the_system_does_not_say(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET) as network:
        network.close()
        assert not place.is_mine(network)


def test_runs_are_alike_that_ask_aws_in_the_same_way() -> None:
    one = place.likeness(OPTIONS, HOME)
    assert place.likeness(OPTIONS, {**HOME, "PATH": "/usr/bin", "TERM": "xterm"}) == one
    assert place.likeness(OPTIONS, {**HOME, "AWS_SESSION_TOKEN": "renewed"}) == one
    behind = [{**HOME, "https_proxy": f"http://{login}proxy.corp:3128"} for login in ("", "jane:old@", "jane:new@")]
    assert len({place.likeness(OPTIONS, each) for each in behind}) == 1
    for other in (
        place.likeness(("prod", "eu-west-1", None, None), HOME),
        place.likeness(OPTIONS, {**HOME, "AWS_PROFILE": "staging"}),
        place.likeness(OPTIONS, {**HOME, "AWS_ACCESS_KEY_ID": "AKIA1"}),
        place.likeness(OPTIONS, {**HOME, "HOME": "/home/joe"}),
        place.likeness(OPTIONS, {**HOME, "HTTPS_PROXY": "http://proxy.corp:3128"}),
        place.likeness(OPTIONS, {**HOME, "no_proxy": "amazonaws.com"}),
        place.likeness(OPTIONS, {**HOME, "REQUESTS_CA_BUNDLE": "/corp.pem"}),
        place.likeness(OPTIONS, {**HOME, "SSMTUI_MESSAGE_ENDPOINTS": "vpce-0a.example"}),
    ):
        assert other != one


def test_the_place_is_the_one_of_the_xdg_variable_or_of_the_system(tmp_path: Path) -> None:
    assert paths.runtime({"XDG_RUNTIME_DIR": str(tmp_path)}) == tmp_path / "ssmtui"
    assert paths.runtime({}).name == "ssmtui"
    assert paths.runtime({"XDG_RUNTIME_DIR": "relative"}) == paths.runtime({})
    assert paths.runtime({"XDG_RUNTIME_DIR": str(tmp_path / "gone")}) == paths.runtime({})
