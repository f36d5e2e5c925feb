"""The payloads' forms: what is written, what is read, and what is refused."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.errors import RemoteProtocolError
from ssmtui.model import TerminalSize
from ssmtui.protocol import CLIENT_VERSION, ActionStatus, Flag, OpenDataChannel, ProcessedAction, RequestedAction
from ssmtui.protocol.payloads import (
    HandshakeComplete,
    HandshakeRequest,
    HandshakeResponse,
    acknowledged_number,
    decode_exit_code,
    decode_flag,
    decode_size,
    encode_exit_code,
    encode_flag,
    encode_size,
    end_reason,
)

OPENING = OpenDataChannel(
    UUID("9f0f2b3e-2f7e-4c39-9a57-0a3a4c6d5f10"), "AAEA...", UUID("3d5b8f3c-6f0f-4f0d-8b0a-7e2c5a9b1c44"), "1.2.835.0"
)
OPENING_TEXT = (
    '{"MessageSchemaVersion":"1.0","RequestId":"9f0f2b3e-2f7e-4c39-9a57-0a3a4c6d5f10","TokenValue":"AAEA...",'
    '"ClientId":"3d5b8f3c-6f0f-4f0d-8b0a-7e2c5a9b1c44","ClientVersion":"1.2.835.0"}'
)


def test_open_data_channel_is_the_documented_text_and_back() -> None:
    assert OPENING.to_json() == OPENING_TEXT
    assert OpenDataChannel.from_json(OPENING_TEXT) == OPENING


def test_open_data_channel_does_not_show_its_token() -> None:
    assert "AAEA" not in repr(OPENING)


@pytest.mark.parametrize("key", ["RequestId", "TokenValue", "ClientId"])
@pytest.mark.parametrize("value", [None, "", 5])
def test_open_data_channel_without_a_part_is_refused(key: str, value: object) -> None:
    body = json.loads(OPENING_TEXT) | {key: value}
    with pytest.raises(RemoteProtocolError):
        OpenDataChannel.from_json(json.dumps(body))


def test_announced_version_has_four_parts_and_is_a_supported_one() -> None:
    parts = [int(part) for part in CLIENT_VERSION.split(".")]
    assert len(parts) == 4
    assert parts >= [1, 2, 764, 0]


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"\xff", b"[]", b"{}", b'{"AcknowledgedMessageSequenceNumber":"5"}', b"[" * 100_000]
    + [b'{"AcknowledgedMessageSequenceNumber":%b}' % value for value in (b"true", b"1.0", b"null", b"9" * 5000)],
)
def test_acknowledge_without_a_number_is_refused(payload: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        acknowledged_number(payload)


def test_acknowledge_is_read_by_its_number_alone() -> None:
    assert acknowledged_number(b'{"AcknowledgedMessageSequenceNumber":7,"AcknowledgedMessageType":3}') == 7


def test_size_there_and_back() -> None:
    assert encode_size(TerminalSize(132, 43)) == b'{"cols":132,"rows":43}'
    assert decode_size(b'{"rows":43,"cols":132,"more":1}') == TerminalSize(132, 43)


@pytest.mark.parametrize("cols", ['"80"', "-1", "80.5", "true", "null"])
def test_size_that_is_no_whole_number_is_refused(cols: str) -> None:
    with pytest.raises(RemoteProtocolError):
        decode_size(f'{{"cols":{cols},"rows":24}}'.encode())
    with pytest.raises(RemoteProtocolError):
        decode_size(f'{{"cols":80,"rows":{cols}}}'.encode())


@pytest.mark.parametrize("flag", Flag)
def test_flag_there_and_back(flag: Flag) -> None:
    assert decode_flag(encode_flag(flag)) is flag


@pytest.mark.parametrize("payload", [b"", b"\2", b"\0\0\0\0\2", b"\0\0\0\0", b"\2\0\0\0"])
def test_flag_of_another_form_is_refused(payload: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        decode_flag(payload)


@pytest.mark.parametrize("code", [0, -1, 137])
def test_edge_77_exit_code_there_and_back(code: int) -> None:
    assert decode_exit_code(encode_exit_code(code)) == code


@pytest.mark.parametrize("payload", [b"", b"0", b"EXIT_CODE: ", b"EXIT_CODE: x", b" EXIT_CODE: 0", b"EXIT_CODE: 0 "])
def test_edge_77_exit_code_of_another_form_is_refused(payload: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        decode_exit_code(payload)


def test_exit_code_of_absurd_length_is_refused() -> None:
    with pytest.raises(RemoteProtocolError):
        decode_exit_code(b"EXIT_CODE: " + b"9" * 100_000)


def test_handshake_response_is_the_official_clients_text() -> None:
    response = HandshakeResponse("1.2.896.0", (ProcessedAction("SessionType", ActionStatus.SUCCESS),))
    assert response.to_json() == (
        b'{"ClientVersion":"1.2.896.0","ProcessedClientActions":[{"ActionType":"SessionType","ActionStatus":1,'
        b'"ActionResult":null,"Error":""}],"Errors":null}'
    )
    assert HandshakeResponse.from_json(response.to_json()) == response


def test_status_that_does_not_exist_is_a_failure() -> None:
    for status in (0, 4, "1", None):
        entry = {"ActionType": "Foo", "ActionStatus": status, "ActionResult": 3, "Error": 5}
        body = json.dumps({"ProcessedClientActions": [entry]}).encode()
        response = HandshakeResponse.from_json(body)
        assert response == HandshakeResponse("", (ProcessedAction("Foo", ActionStatus.FAILED),))


_json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_objects = st.dictionaries(st.text(max_size=5), _json_values, max_size=3)


@given(st.text(), st.lists(st.builds(RequestedAction, st.text(), _objects)))
def test_handshake_request_there_and_back(version: str, actions: list[RequestedAction]) -> None:
    request = HandshakeRequest(version, tuple(actions))
    assert HandshakeRequest.from_json(request.to_json()) == request


def test_handshake_complete_there_and_back_and_with_an_odd_duration() -> None:
    complete = HandshakeComplete("welcome\r\n", 12_345)
    assert HandshakeComplete.from_json(complete.to_json()) == complete
    assert HandshakeComplete.from_json(b'{"HandshakeTimeToComplete":"1s"}') == HandshakeComplete("", 0)


@pytest.mark.parametrize("value", ["5", '"x"', "{}", "[1]", '[{},"x"]'])
def test_list_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(RemoteProtocolError):
        HandshakeRequest.from_json(f'{{"RequestedClientActions":{value}}}'.encode())
    with pytest.raises(RemoteProtocolError):
        HandshakeResponse.from_json(f'{{"ProcessedClientActions":{value}}}'.encode())


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("\n----------ERROR-------\nUnable to start command: no such user\n", "Unable to start command: no such user"),
        ("----------ERROR-------\r\nfirst\nsecond", "first\nsecond"),
        ("----------ERROR-------", ""),
        ("plain ----ERROR---- text", "plain ----ERROR---- text"),
        ("", ""),
        (None, ""),
        (5, ""),
    ],
)
def test_edge_53_end_reason_is_the_output_without_its_rule(output: object, reason: str) -> None:
    assert end_reason(json.dumps({"Output": output}).encode()) == reason


@pytest.mark.parametrize("payload", [b"", b"{}", b"nonsense", b"[]", b"\xff"])
def test_edge_53_end_without_a_readable_output_has_no_reason(payload: bytes) -> None:
    assert end_reason(payload) == ""
