"""AWS's answers as our values, odd ones included."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssmtui.aws import convert, node_rows
from ssmtui.aws.node_rows import Common, NodeRows, Texts
from ssmtui.errors import DocumentError
from ssmtui.model import DocumentParameter, Node, PingStatus, Platform, Scope

ROWS = NodeRows(Scope("ops", "eu-west-1"), Common())
NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)


def document(content: object, **answer: Any) -> Any:
    return convert.session_document("Own", {"Content": json.dumps(content), **answer})


def parameter(**schema: Any) -> DocumentParameter:
    return document({"schemaVersion": "1.0", "parameters": {"p": schema}}).parameters[0]


def test_a_node_as_systems_manager_tells_it() -> None:
    node = ROWS.node(
        {
            "InstanceId": "i-1",
            "PingStatus": "ConnectionLost",
            "LastPingDateTime": NOON,
            "AgentVersion": "3.3.987.0",
            "IsLatestVersion": False,
            "PlatformType": "Windows",
            "PlatformName": "Microsoft Windows Server 2025",
            "PlatformVersion": "10.0",
            "ResourceType": "EC2Instance",
            "IPAddress": "10.0.0.1",
            "ComputerName": "WEB1.corp",
            "IamRole": "Ops",
        },
        "123456789012",
    )
    assert node == Node(
        id="i-1",
        name="WEB1.corp",
        ping=PingStatus.CONNECTION_LOST,
        platform=Platform.WINDOWS,
        platform_name="Microsoft Windows Server 2025",
        platform_version="10.0",
        agent_version="3.3.987.0",
        agent_is_latest=False,
        ip="10.0.0.1",
        computer_name="WEB1.corp",
        last_ping=NOON,
        resource_type="EC2Instance",
        iam_role="Ops",
        account="123456789012",
        region="eu-west-1",
        aws_profile="ops",
    )


def test_an_activations_name_comes_before_the_computers() -> None:
    assert ROWS.node({"InstanceId": "mi-1", "Name": "edge-7", "ComputerName": "raspi"}).name == "edge-7"


def test_what_is_unknown_or_missing_stays_unknown() -> None:
    node = ROWS.node({"InstanceId": "i-1", "PingStatus": "Napping", "PlatformType": "Plan9"})
    assert (node.ping, node.platform, node.last_ping, node.agent_is_latest) == (
        PingStatus.UNKNOWN,
        Platform.UNKNOWN,
        None,
        None,
    )


def test_a_time_without_zone_is_utc() -> None:
    assert ROWS.node({"LastPingDateTime": NOON.replace(tzinfo=None)}).last_ping == NOON


@pytest.mark.parametrize(
    "value", [NOON.timestamp(), int(NOON.timestamp()), "2026-01-01T12:00:00Z", "2026-01-01T13:00:00+01:00"]
)
def test_times_come_as_json_has_them(value: object) -> None:
    found = convert.moment(value)
    assert found == NOON
    assert found is not None
    assert found.tzinfo is datetime.UTC, "another zone's class would make every comparison slow"


@pytest.mark.parametrize("value", [None, True, "soon", 1e300, float("nan"), [], {}])
def test_what_is_no_time_is_none(value: object) -> None:
    assert convert.moment(value) is None


def test_texts_that_come_again_are_kept_once(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = Texts()
    first, again = "".join(["t3.", "micro"]), "".join(["t3", ".micro"])
    assert texts.one(first) is texts.one(again) is first
    assert texts.one(None) == ""
    monkeypatch.setattr(node_rows, "MANY_TEXTS", 3)
    for number in range(10):
        texts.one(str(number))
        assert texts.one("".join(["t3", ".micro"])) is first, "what is met again stays"
    assert len(texts._known) + len(texts._older) <= 6


def test_ec2_adds_tags_name_state_type_zone_and_vpc() -> None:
    facts = ROWS.facts(
        {
            "InstanceId": "i-1",
            "Tags": [{"Key": "Name", "Value": "web-1"}, {"Key": "env", "Value": "prod"}],
            "State": {"Name": "running"},
            "InstanceType": "m7g.large",
            "Placement": {"AvailabilityZone": "eu-west-1b"},
            "VpcId": "vpc-1",
            "PrivateIpAddress": "10.9.9.9",
        }
    )
    node = node_rows.join(Node("i-1", "computer", ip="10.0.0.1"), facts)
    assert (node.name, dict(node.tags)) == ("web-1", {"Name": "web-1", "env": "prod"})
    assert (node.instance_state, node.instance_type, node.zone, node.vpc_id) == (
        "running",
        "m7g.large",
        "eu-west-1b",
        "vpc-1",
    )
    assert node.ip == "10.9.9.9", "EC2's is the private one"


def test_ec2_without_tags_takes_nothing_away() -> None:
    node = node_rows.join(
        Node("i-1", "computer", instance_type="t3.micro"), ROWS.facts({"PrivateIpAddress": "10.9.9.9"})
    )
    assert (node.name, node.instance_type, node.ip) == ("computer", "t3.micro", "10.9.9.9")


def test_the_documents_example() -> None:
    found = document(
        {
            "schemaVersion": "1.0",
            "description": "Tail one unit's journal",
            "sessionType": "InteractiveCommands",
            "inputs": {"kmsKeyId": "alias/ssm", "runAsEnabled": False, "idleSessionTimeout": "20"},
            "parameters": {
                "unit": {"type": "String", "description": "systemd unit", "allowedPattern": "^[a-z]{1,80}$"},
                "lines": {"type": "String", "default": "100", "allowedValues": ["10", "100", "1000"]},
            },
            "properties": {"linux": {"commands": "journalctl", "runAsElevated": True}},
        },
        DocumentType="Session",
    )
    assert (found.name, found.session_type) == ("Own", "InteractiveCommands")
    assert found.description == "Tail one unit's journal"
    assert found.encrypted
    assert (found.idle_minutes, found.max_minutes) == (20, None)
    assert found.platforms == (Platform.LINUX,)
    assert found.parameters == (
        DocumentParameter("unit", description="systemd unit", allowed_pattern="^[a-z]{1,80}$"),
        DocumentParameter("lines", default=("100",), allowed_values=("10", "100", "1000")),
    )


@pytest.mark.parametrize(
    ("schema", "default"),
    [
        ({}, None),
        ({"default": None}, None),
        ({"default": ""}, ("",)),
        ({"default": "x"}, ("x",)),
        ({"default": 22}, ("22",)),
        ({"default": 1.5}, ("1.5",)),
        ({"default": True}, ("true",)),
        ({"default": ["a", "b"]}, ("a,b",)),
        ({"default": []}, ("",)),
        ({"default": {"a": 1}}, ('{"a": 1}',)),
        ({"type": "StringList", "default": ["a", 2]}, ("a", "2")),
        ({"type": "StringList", "default": "a"}, ("a",)),
        ({"type": "StringList", "default": []}, ()),
    ],
)
def test_defaults_become_text(schema: dict[str, Any], default: tuple[str, ...] | None) -> None:
    assert parameter(**schema).default == default


@pytest.mark.parametrize(
    ("value", "number"),
    [(3, 3), ("3", 3), (" 3 ", 3), (3.0, 3), (3.5, None), (True, None), (-1, None), ("x", None), ("9" * 50, None)],
)
def test_lengths_may_be_written_as_text(value: object, number: int | None) -> None:
    assert parameter(minChars=value).min_chars == number
    assert parameter(maxChars=value).max_chars == number


@pytest.mark.parametrize(
    ("value", "idle", "longest"),
    [
        ("20", 20, 20),
        (20, 20, 20),
        (20.0, 20, 20),
        ("1", 1, 1),
        ("60", 60, 60),
        ("61", None, 61),
        ("1440", None, 1440),
        (1441, None, None),
        ("0", None, None),
        (-5, None, None),
        ("", None, None),
        ("{{ idle }}", None, None),
        (True, None, None),
        (["20"], None, None),
        ("\u0662\u0660 minutes", None, None),
    ],
)
def test_timeouts_may_be_numbers_or_text_and_count_in_their_range(
    value: object, idle: int | None, longest: int | None
) -> None:
    found = document({"schemaVersion": "1.0", "inputs": {"idleSessionTimeout": value, "maxSessionDuration": value}})
    assert (found.idle_minutes, found.max_minutes) == (idle, longest)
    record = convert.session_record({"SessionId": "s", "MaxSessionDuration": value})
    assert record.max_minutes == longest


@pytest.mark.parametrize(
    ("properties", "separate"),
    [
        ({}, ()),
        (None, ()),
        ({"portNumber": "80"}, ()),
        ({"linux": {"commands": "x"}}, ("",)),
        ({"linux": {"separateOutputStream": True}, "windows": {}}, ("true", "")),
        ({"linux": {"separateOutputStream": "{{ separate }}"}}, ("{{ separate }}",)),
        ({"linux": "nonsense"}, ("",)),
    ],
)
def test_separate_outputs_are_told_as_each_platform_names_them(properties: object, separate: tuple[str, ...]) -> None:
    found = document({"schemaVersion": "1.0", "properties": properties})
    assert found.separate_output == separate
    assert found.complete


@pytest.mark.parametrize(("key", "encrypted"), [("alias/x", True), ("", False), ("  ", False), (None, False)])
def test_a_document_with_a_key_is_encrypted(key: object, encrypted: bool) -> None:
    assert document({"schemaVersion": "1.0", "inputs": {"kmsKeyId": key}}).encrypted is encrypted


@pytest.mark.parametrize(
    ("enabled", "user", "runs_as"),
    [
        (True, " ops ", "ops"),
        ("T", "ops", "ops"),
        ("true", None, ""),
        ("yes", "ops", None),
        ("{{ as }}", "ops", None),
        (1, "ops", None),
        (False, "ops", None),
        (None, "ops", None),
    ],
)
def test_whom_a_session_runs_as(enabled: object, user: object, runs_as: str | None) -> None:
    inputs = {"runAsEnabled": enabled, "runAsDefaultUser": user}
    assert document({"schemaVersion": "1.0", "inputs": inputs}).runs_as == runs_as


def test_where_a_session_is_logged_and_how_a_field_looks() -> None:
    found = document(
        {
            "schemaVersion": "1.0",
            "inputs": {
                "kmsKeyId": "k",
                "s3BucketName": "bucket",
                "s3KeyPrefix": "ops",
                "cloudWatchLogGroupName": "/ssm",
            },
            "parameters": {
                "hosts": {"type": "StringList", "minItems": "1", "maxItems": 3, "displayType": "textArea"},
                "other": {"displayType": "hologram"},
            },
        }
    )
    assert (found.kms_key, found.s3_bucket, found.s3_prefix, found.log_group) == ("k", "bucket", "ops", "/ssm")
    assert found.parameters == (
        DocumentParameter("hosts", "StringList", min_items=1, max_items=3, display_type="textarea"),
        DocumentParameter("other"),
    )


def test_edge_97_a_document_without_parameters() -> None:
    found = document({"schemaVersion": "1.0", "sessionType": "Standard_Stream"})
    assert found.parameters == ()
    assert found.platforms == ()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"Content": json.dumps({"schemaVersion": "2.2"})}, "schemaVersion is 2.2"),
        ({"Content": "{}"}, "schemaVersion is missing"),
        ({"Content": "schemaVersion: '1.0'\nsessionType: Port\n"}, "not a JSON object"),
        ({"Content": "plain text"}, "not a JSON object"),
        ({"Content": "[" * 100_000}, "not a JSON object"),
        ({"Content": "[]"}, "not a JSON object"),
        ({}, "not a JSON object"),
        ({"Content": json.dumps({"schemaVersion": "1.0"}), "DocumentType": "Command"}, "a Command document"),
    ],
)
def test_edge_97_a_document_that_is_not_for_sessions(answer: dict[str, Any], words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        convert.session_document("Own", answer)


def test_a_described_document_tells_its_parameters_only() -> None:
    found = convert.described_document(
        "Own",
        {
            "DocumentType": "Session",
            "Description": "Ports",
            "PlatformTypes": ["Linux", "MacOS"],
            "Parameters": [
                {"Name": "port", "Type": "String", "Description": "which", "DefaultValue": "80"},
                {"Name": "host", "Type": "String"},
            ],
        },
    )
    assert found.parameters == (
        DocumentParameter("port", description="which", default=("80",)),
        DocumentParameter("host"),
    )
    assert found.platforms == (Platform.LINUX, Platform.MACOS)
    assert found.session_type == ""
    assert not found.complete


def test_a_row_of_the_document_list() -> None:
    row = convert.document_summary(
        {
            "Name": "AWS-StartSSHSession",
            "Owner": "Amazon",
            "PlatformTypes": ["Windows", "Linux"],
            "DocumentVersion": "1",
        }
    )
    assert (row.name, row.is_aws, row.version) == ("AWS-StartSSHSession", True, "1")
    assert row.platforms == (Platform.WINDOWS, Platform.LINUX)


def test_a_row_of_the_session_list() -> None:
    row = convert.session_record(
        {"SessionId": "jane@x-1", "Target": "i-1", "Status": "Connected", "StartDate": NOON, "Owner": "arn:jane"}
    )
    assert (row.session_id, row.target, row.status, row.started, row.ended) == (
        "jane@x-1",
        "i-1",
        "Connected",
        NOON,
        None,
    )
    assert (row.access_type, row.s3_url, row.log_url) == ("", "", "")


def test_a_session_record_says_how_access_was_given_and_where_the_output_is() -> None:
    row = convert.session_record(
        {
            "SessionId": "jane@x-1",
            "AccessType": "JustInTime",
            "OutputUrl": {"S3OutputUrl": "https://s3/b/jane", "CloudWatchOutputUrl": "https://cw/g"},
        }
    )
    assert (row.access_type, row.s3_url, row.log_url) == ("JustInTime", "https://s3/b/jane", "https://cw/g")
    assert convert.session_record({"SessionId": "x", "OutputUrl": "nonsense"}).s3_url == ""


def test_a_grant_keeps_the_session_id_that_was_asked_for() -> None:
    assert convert.grant({"TokenValue": "t"}, "jane-1").session_id == "jane-1"
    assert convert.grant({"SessionId": "jane-2", "StreamUrl": "wss://x", "TokenValue": "t"}).stream_url == "wss://x"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=15,
)
DOCUMENT_KEYS = st.sampled_from(["schemaVersion", "inputs", "parameters", "properties", "description", "sessionType"])
PARAMETER_KEYS = st.sampled_from(["type", "default", "allowedValues", "allowedPattern", "minChars", "maxChars"])
DOCUMENTS = st.dictionaries(DOCUMENT_KEYS, JSON | st.dictionaries(st.text(), st.dictionaries(PARAMETER_KEYS, JSON)))
ANSWER_KEYS = st.sampled_from(
    [
        *("InstanceId", "Name", "PingStatus", "PlatformType", "IsLatestVersion", "LastPingDateTime", "Tags", "State"),
        *("containers", "attachments", "group", "tags", "NodeType", "session", "Credentials", "AccessRequestStatus"),
        *("Placement", "Owner", "PlatformTypes", "Parameters", "SessionId", "StartDate", "TokenValue", "Content"),
    ]
)


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_no_document_makes_the_reader_raise_anything_else(content: dict[str, Any]) -> None:
    found = document({**content, "schemaVersion": "1.0"})
    assert all(isinstance(value, str) for each in found.parameters for value in each.default or ())


@settings(max_examples=60, deadline=None)
@given(st.text() | JSON.map(json.dumps))
def test_no_text_makes_the_reader_raise_anything_else(content: str) -> None:
    with pytest.raises(DocumentError):
        convert.session_document("Own", {"Content": content})


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(ANSWER_KEYS, JSON))
def test_no_answer_makes_the_converters_raise(answer: dict[str, Any]) -> None:
    node = ROWS.node(answer)
    node_rows.join(node, ROWS.facts(answer))
    ROWS.absent(ROWS.facts(answer))
    ROWS.organization_node(answer)
    ROWS.containers({**answer, "enableExecuteCommand": True})
    convert.executed(answer)
    convert.instance(answer)
    convert.access_token(answer)
    convert.document_summary(answer)
    convert.described_document("Own", answer)
    convert.session_record(answer)
    convert.grant(answer)
    convert.identity(answer)
