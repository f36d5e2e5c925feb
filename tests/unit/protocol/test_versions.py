"""Version gates (protocol.md sections 6.0, 6.4 and 7)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.protocol.versions import PortMode, knows_terminate_flag, newer, port_mode, smux_keepalive

FORWARD = {"type": "LocalPortForwarding", "portNumber": "80"}


@pytest.mark.parametrize(
    ("version", "than", "expected"),
    [
        ("3.0.196.0", "3.0.196.0", False),
        ("3.0.196.1", "3.0.196.0", True),
        ("3.0.195.9", "3.0.196.0", False),
        ("3.0.1000.0", "3.0.196.0", True),
        ("10.0.0.0", "9.9.9.9", True),
        ("3.0.197", "3.0.196.0", True),
        ("3.0.196", "3.0.196.0", False),
        ("3.0.196.0.1", "3.0.196.0", True),
        ("3.0.196.0.0", "3.0.196.0", False),
        ("4", "3.0.196.0", True),
    ],
)
def test_numbers_are_compared_left_to_right_and_missing_parts_are_0(version: str, than: str, expected: bool) -> None:
    assert newer(version, than) is expected


@pytest.mark.parametrize(
    "version", ["", ".", "9.", "9..9", "9.x", "v9", "9.+1", "9.-1", "9. 1", "9.²", "٩.٩", "9" * 5000]
)
def test_what_is_not_dotted_numbers_is_not_supported(version: str) -> None:
    assert newer(version, "1.0") is False
    assert newer("9.9", version) is False


@given(st.lists(st.integers(0, 5), min_size=1, max_size=5), st.lists(st.integers(0, 5), min_size=1, max_size=5))
def test_order_is_strict_and_total_up_to_trailing_zeros(left: list[int], right: list[int]) -> None:
    one, other = ".".join(map(str, left)), ".".join(map(str, right))
    same = (left + [0] * 5)[:5] == (right + [0] * 5)[:5]
    assert [newer(one, other), newer(other, one), same].count(True) == 1


@given(st.text(max_size=30), st.text(alphabet="0123456789.+- ", max_size=30))
def test_any_text_is_an_answer(one: str, other: str) -> None:
    assert newer(one, other) in (True, False)
    assert port_mode(FORWARD, one) in (PortMode.MUX, PortMode.BASIC)


@pytest.mark.parametrize(
    ("version", "sends"),
    [
        ("3.0.222.0", True),
        ("3.1.1446.0", True),
        ("3.1.1476.0", True),
        ("3.1.1511.0", True),
        ("3.1.1512.0", False),
        ("3.3.987.0", False),
        ("", True),
        ("unknown", True),
    ],
)
def test_edge_86_keepalive_follows_the_agent_version(version: str, sends: bool) -> None:
    assert smux_keepalive(version) is sends


@pytest.mark.parametrize(
    ("version", "mode"),
    [("3.0.196.0", PortMode.BASIC), ("3.0.222.0", PortMode.MUX), ("2.3.722.0", PortMode.BASIC), ("", PortMode.BASIC)],
)
def test_edge_87_the_multiplexer_needs_an_agent_above_3_0_196_0(version: str, mode: PortMode) -> None:
    assert port_mode(FORWARD, version) is mode


@pytest.mark.parametrize(
    ("version", "knows"),
    [("2.3.722.0", False), ("2.3.756.0", True), ("3.0.196.0", True), ("2.3.672.0", False), ("", False)],
)
def test_edge_87_the_terminate_flag_needs_an_agent_above_2_3_722_0(version: str, knows: bool) -> None:
    assert knows_terminate_flag(version) is knows


@pytest.mark.parametrize("properties", [None, {}, {"type": ""}, {"type": "localportforwarding"}, {"type": ["x"]}])
def test_any_other_type_is_a_raw_stream(properties: dict[str, object] | None) -> None:
    assert port_mode(properties, "3.3.987.0") is PortMode.RAW
