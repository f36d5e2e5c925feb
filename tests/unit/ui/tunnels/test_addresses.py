"""Addresses and URLs at this end of a tunnel."""

from __future__ import annotations

import pytest

from ssmtui.forwards.tunnel import TunnelOptions
from ssmtui.ui.tunnels.addresses import reached_at, service_of, url_of, web_address
from tests.support.fake_tunnels import tunnel


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("5432:db.internal:5432", "postgresql://127.0.0.1:5432"),
        ("15432:db.internal:5432", "postgresql://127.0.0.1:15432"),
        ("[::1]:3306:db:3306", "mysql://[::1]:3306"),
        ("*:6379:cache:6379", "redis://127.0.0.1:6379"),
        ("[::]:6379:cache:6379", "redis://[::1]:6379"),
        ("8080:80", "http://127.0.0.1:8080/"),
        ("8443:vault:443", "https://127.0.0.1:8443/"),
        ("2222:22", "ssh://127.0.0.1:2222"),
        ("socks:1080", "socks5h://127.0.0.1:1080"),
        ("4711", ""),
        ("3389", ""),
    ],
)
def test_the_url_follows_from_the_far_port_and_the_address_is_this_machines(text: str, url: str) -> None:
    assert url_of(tunnel(1, text)) == url


def test_the_user_of_a_database_is_in_its_url_and_cannot_change_it() -> None:
    with_user = tunnel(1, "5432:db:5432", options=TunnelOptions(database_user="app@evil/x:y"))
    assert url_of(with_user) == "postgresql://app%40evil%2Fx%3Ay@127.0.0.1:5432"


def test_there_is_no_address_before_there_is_a_port() -> None:
    starting = tunnel(1, "0:db:5432")._replace(local_port=0)
    assert (reached_at(starting), url_of(starting), web_address(starting)) == ("", "", "")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("8080:80", "http://127.0.0.1:8080/"),
        ("8443:x:8443", "https://127.0.0.1:8443/"),
        ("4711", "http://127.0.0.1:4711/"),  # nothing is known of it: a browser may try
        ("5432", ""),
        ("9092", ""),
        ("socks:1080", ""),
    ],
)
def test_a_browser_opens_what_may_be_a_web_server(text: str, address: str) -> None:
    assert web_address(tunnel(1, text)) == address


def test_a_proxy_is_called_one() -> None:
    assert service_of(tunnel(1, "socks:1080").forward).name == "SOCKS and HTTP proxy"
