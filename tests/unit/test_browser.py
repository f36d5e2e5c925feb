"""Opening addresses: only of the web, never through a shell or a browser for terminals, never on another's machine."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ssmtui import browser, desktop
from ssmtui.browser import Browser

ADDRESS = "https://example.com/a?b=1&c=$(id)"


def program(folder: Path, name: str, then: str = "") -> None:
    file = folder / name
    file.write_text(f'#!/bin/sh\nfor word; do echo "$word" >>"{folder}/called"; done\n{then}\n')
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def opened(folder: Path, address: str = ADDRESS, platform: str = "linux", **environment: str) -> tuple[bool, list[str]]:
    """Whether it was opened, and what the program was called with."""
    result = Browser({"PATH": str(folder), **environment}, platform).open(address)
    called = folder / "called"
    return result, called.read_text().splitlines() if called.exists() else []


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {"DISPLAY": ":0"}, [ADDRESS]),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, [ADDRESS]),
        ("darwin", {}, [ADDRESS]),
        ("linux", {"WSL_DISTRO_NAME": "Ubuntu"}, ["url.dll,FileProtocolHandler", ADDRESS]),
        ("linux", {}, None),
        ("linux", {"DISPLAY": ":0", "SSH_CONNECTION": "a 1 b 2"}, None),
    ],
)
def test_the_desktops_own_program_is_called(
    tmp_path: Path, platform: str, environment: dict[str, str], expected: list[str] | None
) -> None:
    for name in ("xdg-open", "open", "rundll32.exe"):
        program(tmp_path, name)
    assert opened(tmp_path, platform=platform, **environment) == (expected is not None, expected or [])


@pytest.mark.parametrize(
    "address",
    [
        "",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "-h",
        "https://",
        "https://a b",
        "http://a\x1b",
        "https://пример.com",
    ],
)
def test_nothing_but_web_addresses_is_opened(tmp_path: Path, address: str) -> None:
    program(tmp_path, "xdg-open")
    assert not browser.is_web_address(address)
    assert opened(tmp_path, address, DISPLAY=":0") == (False, [])


def test_the_host_is_where_an_address_really_leads() -> None:
    assert browser.host_of("https://example.com@evil.test:8080/example.com") == "evil.test"
    assert browser.host_of("https://[") == ""


def test_a_program_that_fails_has_opened_nothing_and_one_that_stays_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "xdg-open", "exit 3")
    assert not opened(tmp_path, DISPLAY=":0")[0]
    monkeypatch.setattr(desktop, "TIMEOUT", 0.1)
    program(tmp_path, "xdg-open", "exec /bin/sleep 1")
    assert opened(tmp_path, DISPLAY=":0")[0]
    assert not opened(tmp_path / "nowhere", DISPLAY=":0")[0]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({}, False),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "a 1 b 2"}, False),
    ],
)
def test_a_page_can_only_lead_back_where_the_person_sits(
    tmp_path: Path, environment: dict[str, str], expected: bool
) -> None:
    assert not Browser({"PATH": str(tmp_path), **environment}, "linux").can_open, "there is no such program"
    program(tmp_path, "xdg-open")
    assert Browser({"PATH": str(tmp_path), **environment}, "linux").can_open is expected
