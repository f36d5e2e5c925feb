"""Which proxy a connection takes, and that botocore takes the same one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest
from botocore.httpsession import ProxyConfiguration
from botocore.utils import get_environ_proxies

from ssmtui import proxies
from ssmtui.proxies import Proxy, UnusableProxy, proxy_for

SSM = "https://ssm.eu-west-1.amazonaws.com/"
CHANNEL = "wss://ssmmessages.eu-west-1.amazonaws.com/v1/data-channel/x"

ENVIRONMENTS: list[Mapping[str, str]] = [
    {},
    {"HTTPS_PROXY": "http://proxy.corp:3128"},
    {"https_proxy": "http://proxy.corp:3128"},
    {"Https_Proxy": "proxy.corp:3128"},
    {"HTTPS_PROXY": "http://upper:1", "https_proxy": "http://lower:2"},
    {"HTTPS_PROXY": "http://upper:1", "https_proxy": ""},
    {"HTTPS_PROXY": ""},
    {"HTTP_PROXY": "http://proxy.corp:3128"},
    {"HTTPS_PROXY": "proxy.corp:3128", "HTTP_PROXY": "other.corp:80"},
    {"HTTPS_PROXY": "proxy.corp"},
    {"HTTPS_PROXY": "https://proxy.corp"},
    {"HTTPS_PROXY": "https://proxy.corp:8443/"},
    {"HTTPS_PROXY": "//proxy.corp:3128"},
    {"HTTPS_PROXY": "http://jane@proxy.corp:3128"},
    {"HTTPS_PROXY": "jane@proxy.corp:3128"},
    {"HTTPS_PROXY": "http://jane:@proxy.corp:3128"},
    {"HTTPS_PROXY": "http://:secret@proxy.corp:3128"},
    {"HTTPS_PROXY": "http://jane:secret@proxy.corp:3128"},
    {"HTTPS_PROXY": "jane:secret@proxy.corp:3128"},
    {"HTTPS_PROXY": "http://corp%5Cjane:s%40c%3Ar%2Fe%25t@proxy.corp:3128"},
    {"HTTPS_PROXY": "http://jane:p@ss@proxy.corp:3128"},
    {"HTTPS_PROXY": "http://[::1]:3128"},
    {"HTTPS_PROXY": "[fd00::1]:3128"},
    {"HTTPS_PROXY": "http://jane:secret@[fd00::1]"},
    {"ALL_PROXY": "http://proxy.corp:3128"},
    {"WSS_PROXY": "http://proxy.corp:3128", "SOCKS_PROXY": "socks5://proxy.corp:1080"},
]
NO_PROXY = [
    None,
    "*",
    " * ",
    "*,proxy.corp",
    "amazonaws.com",
    ".amazonaws.com",
    "..amazonaws.com",
    "*.amazonaws.com",
    "AMAZONAWS.COM",
    "one, ssm.eu-west-1.amazonaws.com ,two",
    "ssm.eu-west-1.amazonaws.com",
    "ssm.eu-west-1.amazonaws.com:443",
    "sm.eu-west-1.amazonaws.com",
    "10.0.0.0/8",
    "10.1.2.3",
    "10.1.2.3:8443",
    "[fd00::5]",
    "fd00::5",
    "",
    ",",
]
URLS = [
    SSM,
    "https://sts.amazonaws.com/",
    "https://vpce-0a1b.ssm.eu-west-1.vpce.amazonaws.com",
    "https://10.1.2.3:8443/",
    "https://[fd00::5]:8443/",
    "http://stand-in.corp:4566",
]


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize("no_proxy", NO_PROXY)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_botocore_takes_the_same(
    monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str], no_proxy: str | None
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if no_proxy is not None:
        monkeypatch.setenv("no_proxy", no_proxy)
    for url in URLS:
        theirs = ProxyConfiguration(get_environ_proxies(url))
        address = theirs.proxy_url_for(url)
        ours = proxy_for(url)
        # The data channel to the same host goes the same way.
        assert proxy_for(url.replace("http", "ws", 1)) == ours
        if address is None:
            assert ours is None, url
            continue
        assert ours is not None, url
        parts = urlsplit(address)
        assert (ours.scheme, ours.host) == (parts.scheme, parts.hostname)
        assert ours.port == (parts.port or {"http": 80, "https": 443}[parts.scheme])
        assert ours.authorization == theirs.proxy_headers_for(address).get("Proxy-Authorization", "")


@pytest.mark.parametrize(
    "url", ["ftp://host.corp", "http://127.0.0.1:4566", "https://localhost:4566", "ws://[::1]:1", "wss://127.9.9.9"]
)
def test_this_machine_and_what_is_not_called_is_reached_straight(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.corp:3128")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.corp:3128")
    monkeypatch.setenv("FTP_PROXY", "http://proxy.corp:3128")
    assert proxy_for(url) is None


def test_what_is_shown_of_a_proxy() -> None:
    proxy = Proxy("http", "fd00::1", 3128, "jane", "s:e/c")
    assert str(proxy) == "[fd00::1]:3128"
    assert proxy.url == "http://jane:s%3Ae%2Fc@[fd00::1]:3128"
    assert "s:e/c" not in repr(proxy)
    assert "jane" not in repr(proxy)
    assert Proxy("https", "proxy.corp", 443, "jane").url == "https://proxy.corp:443"


@pytest.mark.parametrize(
    "address",
    [
        "socks5://jane:secret@proxy.corp",
        "http://jane:secret@[oops",
        "http://jane:secret/x@proxy.corp:1",
        "http://jane:s%C3%A9cret@proxy.corp",
        "http://jane:secret@",
        "http://jane:secret@proxy.corp:port",
    ],
)
def test_what_cannot_be_read_is_said_without_its_text(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    with pytest.raises(UnusableProxy) as failed:
        proxy_for(CHANNEL)
    assert "cret" not in str(proxies.unusable(failed.value))
    assert "jane" not in str(failed.value)
    assert failed.value.__cause__ is None


def test_whether_there_are_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("ALL_PROXY", "http://proxy.corp")
    assert not proxies.are_set()
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.corp")
    assert proxies.are_set()


@pytest.mark.parametrize(
    ("asks_for", "words"),
    [
        ("Basic realm=x", "USER:PASSWORD"),
        ("", "USER:PASSWORD"),
        ("NTLM, Basic", "USER:PASSWORD"),
        ("ntlm", "NTLM only"),
        ("Negotiate, NTLM", "NTLM or Negotiate only"),
        ("\x1b[2J evil", "USER:PASSWORD"),
    ],
)
def test_how_a_proxy_wants_to_be_told(asks_for: str, words: str) -> None:
    error = proxies.refused(Proxy("http", "proxy.corp", 3128), 407, asks_for=asks_for)
    assert words in error.remedy
    assert "evil" not in str(error)
