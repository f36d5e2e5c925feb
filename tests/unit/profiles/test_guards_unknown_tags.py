"""Guards that ask for a tag, and nodes whose tags nobody has listed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ssmtui.model import Node
from ssmtui.profiles.guards import Guards

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
HYBRID = Node("mi-00000000000000001", "db", region="eu-west-1")


@pytest.mark.parametrize(
    ("guard", "guarded"),
    [
        ("tag:env=prod", True),
        ("!tag:env=dev", True),
        ("region:eu-west-1 tag:env=prod", True),
        ("region:us-east-1 tag:env=prod", False),
        ("name:web|tag:env", True),
        ("name:web", False),
    ],
)
def test_a_node_is_guarded_that_may_have_the_tag(guard: str, guarded: bool) -> None:
    guards = Guards([guard], NOW)
    reason = guards.reason(HYBRID)
    assert bool(reason) is guarded
    # One that forbids a tag guards by itself whatever has not got it.
    assert "tags are not known" in reason or not guarded or guard.startswith("!")


def test_where_the_tags_are_known_they_decide() -> None:
    guards = Guards(["tag:env=prod"], NOW)
    assert guards.reason(HYBRID._replace(tags_known=True)) == ""
    assert guards.reason(HYBRID._replace(tags={"env": "dev"})) == ""
    assert guards.reason(HYBRID._replace(tags={"env": "prod"})) == "tag:env=prod"
