"""A node by its id or name."""

from ssmtui.inventory.query.targets import find
from ssmtui.model import Node


def test_a_target_is_an_id_or_a_name() -> None:
    web, other = Node("i-0a1b2c3d", "web-1"), Node("web-1", "db")
    assert find([web, other], "web-1") == [other]
    assert find([web], "Web-1") == [web]
    assert find([web], "web") == []


def test_a_private_name_is_the_target_that_has_its_address() -> None:
    node, other = Node("i-1", "db", ip="10.1.2.3"), Node("i-2", "db", ip="10.1.2.33")
    for name in ("ip-10-1-2-3.ec2.internal", "ip-10-1-2-3.eu-west-1.compute.internal", "ip-10-1-2-3"):
        assert find([node, other], name) == [node]
    assert find([node, other], "ip-10-1-2-300.ec2.internal") == []
    named = Node("i-3", "ip-10-1-2-3", ip="10.9.9.9")
    assert find([node, named], "ip-10-1-2-3") == [named]
