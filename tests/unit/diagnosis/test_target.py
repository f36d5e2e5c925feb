"""The forms of targets, and names."""

from __future__ import annotations

import pytest

from ssmtui.diagnosis.findings import TargetKind, Verdict
from ssmtui.diagnosis.target import formed, kind_of, resolved
from ssmtui.errors import AccessDenied
from tests.support.fakes import fleet

NODES = fleet(8)


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("i-0123abcd", TargetKind.INSTANCE),
        ("i-0a1b2c3d4e5f60718", TargetKind.INSTANCE),
        ("mi-0a1b2c3d4e5f60718", TargetKind.MANAGED),
        ("ecs:acme_0123_0123-45", TargetKind.CONTAINER),
        ("ecs:my_cluster_0123_0123-45", TargetKind.CONTAINER),
        ("i-0123", TargetKind.NAME),
        ("mi-0123abcd", TargetKind.NAME),
        ("i-0A1B2C3D4E5F60718", TargetKind.NAME),
        ("ecs:acme", TargetKind.NAME),
        ("web-1", TargetKind.NAME),
    ],
)
def test_kinds(target: str, kind: TargetKind) -> None:
    assert kind_of(target) is kind


def test_a_name_is_one_node_in_any_case() -> None:
    finding, node = resolved("WEB-1", NODES)
    assert node == NODES[0]
    assert finding.verdict is Verdict.OK
    assert NODES[0].id in finding.what
    assert "web-1" in formed(NODES[0].id, TargetKind.INSTANCE, NODES[0]).evidence


def test_a_name_of_several_tells_them_apart() -> None:
    twins = [node._replace(name="web") for node in fleet(12)]
    finding, node = resolved("web", twins)
    assert node is None
    assert finding.what == "12 nodes are called web"
    assert twins[0].id in finding.evidence
    assert "and 4 more" in finding.evidence


def test_a_name_of_none() -> None:
    finding, node = resolved("wbe-1", NODES)
    assert node is None
    assert "Did you mean web-1" in finding.fix
    assert "but is not one" in resolved("i-0123", NODES)[0].what
    denied = resolved("web-1", AccessDenied("no", operation="DescribeInstanceInformation"))[0]
    assert denied.verdict is Verdict.UNKNOWN
    assert "ssm:DescribeInstanceInformation" in denied.what
