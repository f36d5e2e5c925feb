"""Which addresses may get a session's token."""

from __future__ import annotations

import botocore.session
import pytest

from ssmtui.errors import StreamRefused
from ssmtui.transport.policy import AWS_SUFFIXES, StreamPolicy

PATH = "/v1/data-channel/jane@example.com-0123456789abcdef0?role=publish_subscribe&cell-number=AAEAAf2kt+bs/cw="


@pytest.mark.parametrize(
    "host",
    [
        "ssmmessages.eu-west-1.amazonaws.com",
        "ssmmessages.EU-West-1.AmazonAWS.com",
        "ssmmessages-fips.us-east-1.amazonaws.com",
        "ssmmessages.us-gov-west-1.amazonaws.com:443",
        "ssmmessages.cn-northwest-1.amazonaws.com.cn",
        "ssmmessages.us-east-2.api.aws",
        "ssmmessages.us-iso-east-1.c2s.ic.gov",
        "ssmmessages.us-isob-east-1.sc2s.sgov.gov",
        "ssmmessages.eusc-de-east-1.amazonaws.eu",
        "vpce-0a1b2c3d4e5f60718-abcdefgh.ssmmessages.us-east-1.vpce.amazonaws.com",
        "vpce-0a1b2c3d4e5f60718-abcdefgh-us-east-1a.ssmmessages.us-east-1.vpce.amazonaws.com",
    ],
)
def test_session_managers_own_hosts_are_dialled(host: str) -> None:
    StreamPolicy().check(f"wss://{host}{PATH}")


@pytest.mark.parametrize(
    "url",
    [
        "ws://ssmmessages.us-east-1.amazonaws.com/",
        "https://ssmmessages.us-east-1.amazonaws.com/",
        "wss://ssmmessages.us-east-1.amazonaws.com:8443/",
        "wss://ssmmessages.us-east-1.amazonaws.com:/",
        "wss://ssmmessages.us-east-1.amazonaws.com.evil.example/",
        "wss://ssmmessages.us-east-1.amazonaws.com./",
        "wss://evil.example/ssmmessages.us-east-1.amazonaws.com",
        "wss://evil.example/?x=ssmmessages.us-east-1.amazonaws.com",
        "wss://evil.example#.ssmmessages.us-east-1.amazonaws.com",
        "wss://evil.example\\.ssmmessages.us-east-1.amazonaws.com/",
        "wss://ssmmessages.us-east-1.amazonaws.com@evil.example/",
        "wss://ssmmessages.us-east-1.amazonaws.com:443@evil.example/",
        "wss://user@ssmmessages.us-east-1.amazonaws.com/",
        "wss://evilssmmessages.us-east-1.amazonaws.com/",
        "wss://ssmmessages-evil.us-east-1.amazonaws.com/",
        "wss://ssmmessages.s3.amazonaws.com/",
        "wss://ssmmessages.bucket.s3.us-east-1.amazonaws.com/",
        "wss://ssmmessages.us-east-1.elb.amazonaws.com/",
        "wss://ssmmessages.us-east-1.evilamazonaws.com/",
        "wss://ssmmessages.amazonaws.com/",
        "wss://ec2.us-east-1.amazonaws.com/",
        "wss://s%73mmessages.us-east-1.amazonaws.com/",
        "wss://ssmmessages.us-east-1.amazonaws.com/\r\nX-Evil: 1",
        "wss://ssmmessages.us-east-1.amazonaws.com\t/",
        "wss://ssmmess\N{CYRILLIC SMALL LETTER A}ges.us-east-1.amazonaws.com/",
        "wss://[::1/",
        "wss://ssmmessages.us-east-1.amazonaws.com:99999/",
        "wss:///path",
        "wss:ssmmessages.us-east-1.amazonaws.com",
        "ssmmessages.us-east-1.amazonaws.com",
        "",
        "ws://127.0.0.1:8080/",
        "ws://localhost/",
        "wss://10.0.0.1/",
    ],
)
def test_edge_59_anything_else_is_refused(url: str) -> None:
    with pytest.raises(StreamRefused):
        StreamPolicy(endpoint_url="https://ssm.us-east-1.amazonaws.com").check(url)


@pytest.mark.parametrize(
    "url", ["ws://127.0.0.1:8080/x", "ws://localhost:1/x", "ws://[::1]:8080/x", "wss://127.1.2.3/x"]
)
@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:4566", "http://localhost:4566/", "http://[::1]:4566"])
def test_a_stand_in_on_this_machine_may_hand_out_addresses_of_this_machine(url: str, endpoint: str) -> None:
    StreamPolicy(endpoint_url=endpoint).check(url)


@pytest.mark.parametrize(
    "url",
    [
        "ws://10.0.0.1:8080/x",
        "wss://evil.example/",
        "ws://localhost.evil.example/",
        "ws://127.0.0.1\\@evil.example/",
        "ws://127.0.0.1/a\\b",
        "ws://127.0.0.1/a#b",
        "ws://[::1%eth0]/",
    ],
)
def test_a_stand_in_may_not_send_the_token_elsewhere(url: str) -> None:
    with pytest.raises(StreamRefused):
        StreamPolicy(endpoint_url="http://127.0.0.1:4566").check(url)


@pytest.mark.parametrize(
    ("listed", "url"),
    [
        ("localhost", "ws://localhost:1234/x"),
        ("127.0.0.1:8080", "ws://127.0.0.1:8080/x"),
        ("[::1]:8080", "ws://[::1]:8080/x"),
        (" Gateway.Test ", "wss://gateway.test/x"),
        ("gateway.test:8443", "wss://gateway.test:8443/x"),
    ],
)
def test_what_somebody_asked_for_is_dialled(listed: str, url: str) -> None:
    StreamPolicy(allowed=frozenset({listed})).check(url)


@pytest.mark.parametrize(
    ("listed", "url"),
    [
        ("127.0.0.1:8080", "ws://127.0.0.1:8081/x"),
        ("gateway.test", "ws://gateway.test/x"),
        ("gateway.test", "wss://user@gateway.test/x"),
        ("gateway.test", "wss://other.test/x"),
        ("", "wss://gateway.test/x"),
    ],
)
def test_asking_for_one_host_opens_no_other_and_no_unencrypted_network(listed: str, url: str) -> None:
    with pytest.raises(StreamRefused):
        StreamPolicy(allowed=frozenset({listed})).check(url)


def test_the_message_names_the_host_and_neither_path_nor_query() -> None:
    with pytest.raises(StreamRefused) as refused:
        StreamPolicy().check("wss://evil.example/secret-session?cell-number=secret")
    assert "evil.example" in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "SSMTUI_STREAM_HOSTS" in refused.value.remedy


def test_the_table_holds_the_suffixes_of_all_partitions_botocore_knows() -> None:
    partitions = botocore.session.Session().get_component("data_loader").load_data("partitions")["partitions"]
    outputs = [partition["outputs"] for partition in partitions]
    assert {each[key] for each in outputs for key in ("dnsSuffix", "dualStackDnsSuffix")} == AWS_SUFFIXES


def test_every_region_botocore_knows_is_accepted() -> None:
    partitions = botocore.session.Session().get_component("data_loader").load_data("partitions")["partitions"]
    for partition in partitions:
        for region in partition["regions"]:
            if "global" not in region:
                StreamPolicy().check(f"wss://ssmmessages.{region}.{partition['outputs']['dnsSuffix']}{PATH}")
