"""A node by its id or name."""

from ssmtui.inventory.query.targets import find
from ssmtui.model import Node


def test_a_target_is_an_id_or_a_name() -> None:
    web, other = Node("i-0a1b2c3d", "web-1"), Node("web-1", "db")
    assert find([web, other], "web-1") == [other]
    assert find([web], "Web-1") == [web]
    assert find([web], "web") == []
