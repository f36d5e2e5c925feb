"""Interface endpoints in place of AWS's public addresses."""

from __future__ import annotations

import pytest

from ssmtui import message_endpoints

PATH = "/v1/data-channel/jane@example.com-0123456789abcdef0?role=publish_subscribe&cell-number=AAEAAf2kt+bs/cw="
PUBLIC = f"wss://ssmmessages.eu-west-1.amazonaws.com{PATH}"
VPCE = "vpce-0a1b-2c3d.ssmmessages.eu-west-1.vpce.amazonaws.com"
ZONAL = "vpce-0a1b-2c3d-eu-west-1a.ssmmessages.eu-west-1.vpce.amazonaws.com"
ELSEWHERE = "vpce-0a1b-2c3d.ssmmessages.us-east-1.vpce.amazonaws.com"


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("", ""),
        ("  ", ""),
        (VPCE, VPCE),
        (f" {VPCE.upper()} ", VPCE),
        (f"https://{VPCE}", VPCE),
        (f"wss://{VPCE}:443/", VPCE),
        (f"{VPCE}:443", VPCE),
        ("messages.corp.example:8443", "messages.corp.example:8443"),
    ],
)
def test_what_may_be_written(text: str, host: str) -> None:
    assert message_endpoints.read(text) == host


@pytest.mark.parametrize(
    "text",
    [
        "http://host",
        "ws://host",
        "ftp://host",
        "https://",
        "https://host/v1",
        "https://host?x",
        "https://host#x",
        "https://jane@host",
        "host:port",
        "host:99999",
        "a host",
        "-host",
        "ho\nst",
        "h%6fst",
        "[::1]",
        "h\N{CYRILLIC SMALL LETTER O}st",
    ],
)
def test_what_may_not(text: str) -> None:
    with pytest.raises(ValueError, match="must be the host"):
        message_endpoints.read(text)


@pytest.mark.parametrize(
    ("endpoints", "host"),
    [
        ([], "ssmmessages.eu-west-1.amazonaws.com"),
        ([VPCE], VPCE),
        ([ZONAL, VPCE], ZONAL),
        ([ELSEWHERE], "ssmmessages.eu-west-1.amazonaws.com"),
        ([ELSEWHERE, VPCE], VPCE),
        (["ssmmessages.us-east-1.amazonaws.com"], "ssmmessages.eu-west-1.amazonaws.com"),
        (["messages.corp.example:8443"], "messages.corp.example:8443"),
        ([ELSEWHERE, "messages.corp.example"], "messages.corp.example"),
    ],
)
def test_only_the_host_changes_and_only_in_its_region(endpoints: list[str], host: str) -> None:
    assert message_endpoints.dialled(PUBLIC, endpoints) == f"wss://{host}{PATH}"


@pytest.mark.parametrize(
    "host",
    [
        "ssmmessages-fips.eu-west-1.amazonaws.com",
        "ssmmessages.eu-west-1.amazonaws.com.cn",
        "ssmmessages.eu-west-1.api.aws",
        "ssmmessages.EU-west-1.amazonaws.com",
    ],
)
def test_all_public_addresses_are_replaced(host: str) -> None:
    assert message_endpoints.dialled(f"wss://{host}{PATH}", [VPCE]) == f"wss://{VPCE}{PATH}"


@pytest.mark.parametrize(
    "url",
    [
        f"wss://{ZONAL}{PATH}",
        f"ws://127.0.0.1:4000{PATH}",
        f"wss://localhost{PATH}",
        f"ws://ssmmessages.eu-west-1.amazonaws.com{PATH}",
        f"wss://messages.corp.example{PATH}",
        "wss://[oops",
        "",
    ],
)
def test_what_is_not_awss_public_address_stays(url: str) -> None:
    assert message_endpoints.dialled(url, [VPCE]) == url
