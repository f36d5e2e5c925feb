"""Guards that ask for a tag, and nodes whose tags nobody has listed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ssmtui.model import Node
from ssmtui.profiles.guards import Guards

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
HYBRID = Node("mi-00000000000000001", "db", region="eu-west-1", platform_name="Ubuntu")


@pytest.mark.parametrize(
    ("guard", "guarded"),
    [
        ("tag:env=prod", True),
        ("!tag:env=dev", True),
        ("region:eu-west-1 tag:env=prod", True),
        ("region:us-east-1 tag:env=prod", False),
        ("ip:10.0.0.1|tag:env", True),
        # Plain text is looked for in tags as well.
        ("prod", True),
        ("env=prod", True),
        ('"prod"', True),
        ("*prod*", True),
        ("/env=prod/", True),
        ("env:prod", True),
        ("!prod", True),
        ("region:us-east-1 prod", False),
        ("!(region:eu-west-1|prod)", False),
        # The tag Name gives the name.
        ("name:web", True),
        ("name:web*", True),
        ("!name:db", True),
        ("region:us-east-1|name:web", True),
        ("region:us-east-1 name:web", False),
        # Nothing of these is in a tag.
        ("region:us-east-1", False),
        ("ip:10.0.0.1", False),
        ("is:ec2", False),
        ("!is:hybrid", False),
        # What is found elsewhere stays, whatever the tags are.
        ("!mi-00000000000000001", False),
        ("!/mi-0+1/", False),
        ("!*0001", False),
        ("!ubuntu", False),
    ],
)
def test_d15_a_node_is_guarded_that_may_have_the_tag(guard: str, guarded: bool) -> None:
    guards = Guards([guard], NOW)
    assert guards.problems == []
    reason = guards.reason(HYBRID)
    assert bool(reason) is guarded
    # One that forbids a tag guards by itself whatever has not got it.
    assert "tags are not known" in reason or not guarded or guard.startswith("!")


@pytest.mark.parametrize(
    ("node", "guarded"),
    [
        (Node("i-0a", ""), True),
        (Node("i-0a", "ip-10-0-0-1.ec2.internal", computer_name="ip-10-0-0-1.ec2.internal"), True),
        (Node("mi-0a", "db", computer_name="db.corp"), True),
        (Node("i-0a", "db"), False),  # a tab that comes back knows the name that its node had
    ],
)
def test_d15_a_name_guards_where_a_tag_may_give_it(node: Node, guarded: bool) -> None:
    assert bool(Guards(["name:web"], NOW).reason(node)) is guarded
    assert bool(Guards(["!name:db"], NOW).reason(node)) is guarded


@pytest.mark.parametrize(
    "guard", ["prod", "env=prod", "*prod*", "/env=prod/", '"prod"', "name:prod", "!name:db", "!db"]
)
def test_d15_what_guards_a_node_with_its_tags_guards_it_without(guard: str) -> None:
    guards = Guards([guard], NOW)
    tags = {"env": "prod", "Name": "prod-1"}
    assert guards.reason(HYBRID._replace(name="prod-1", tags=tags, tags_known=True))
    assert guards.reason(HYBRID)


def test_d15_where_the_tags_are_known_they_decide() -> None:
    guards = Guards(["tag:env=prod"], NOW)
    assert guards.reason(HYBRID._replace(tags_known=True)) == ""
    assert guards.reason(HYBRID._replace(tags={"env": "dev"})) == ""
    assert guards.reason(HYBRID._replace(tags={"env": "prod"})) == "tag:env=prod"
