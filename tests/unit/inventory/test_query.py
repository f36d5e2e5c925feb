"""The filter line."""

import pytest

from ssmtui.inventory.query import find, matches
from ssmtui.model import Node, PingStatus, Platform

WEB = Node(
    "i-0a1b2c3d",
    "web-1",
    ping=PingStatus.ONLINE,
    platform=Platform.LINUX,
    platform_name="Ubuntu",
    platform_version="24.04",
    agent_version="3.3.2299.0",
    ip="10.0.4.17",
    tags={"env": "prod"},
)


@pytest.mark.parametrize("text", ["", "  ", "web", "WEB-1", "0a1b", "10.0.4", "ubuntu 24", "env=prod", "prod web"])
def test_words_that_are_there_match(text: str) -> None:
    assert matches(text)(WEB)


@pytest.mark.parametrize("text", ["db", "web db", "env=dev"])
def test_one_missing_word_is_enough_to_miss(text: str) -> None:
    assert not matches(text)(WEB)


def test_a_word_does_not_reach_over_two_fields() -> None:
    assert not matches("web-1i-0a")(WEB)


def test_a_target_is_an_id_or_a_name() -> None:
    other = Node("web-1", "db")
    assert find([WEB, other], "web-1") == [other]
    assert find([WEB], "Web-1") == [WEB]
    assert find([WEB], "web") == []
