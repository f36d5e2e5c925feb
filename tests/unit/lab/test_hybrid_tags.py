"""ListTagsForResource as Systems Manager answers it: of hybrid nodes, in a list of keys and values."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ssmtui.lab.answers import ApiError
from ssmtui.lab.api_nodes import NodeApi

NODE = SimpleNamespace(tags={"Name": "pi-1", "site": "kitchen"})


def api() -> NodeApi:
    known = {"mi-00000000000000003": NODE, "i-00000000000000001": NODE}
    return NodeApi(cast("Any", SimpleNamespace(find=known.get)), lambda: datetime(2026, 1, 1, tzinfo=UTC))


def test_the_tags_of_a_hybrid_node() -> None:
    answer = api().list_tags_for_resource({"ResourceType": "ManagedInstance", "ResourceId": "mi-00000000000000003"})
    assert answer == {"TagList": [{"Key": "Name", "Value": "pi-1"}, {"Key": "site", "Value": "kitchen"}]}


@pytest.mark.parametrize(
    ("resource_type", "resource_id", "code"),
    [
        ("ManagedInstance", "mi-00000000000000009", "InvalidResourceId"),
        ("ManagedInstance", "i-00000000000000001", "InvalidResourceId"),
        ("EC2Instance", "i-00000000000000001", "InvalidResourceType"),
    ],
)
def test_what_has_no_tags_there(resource_type: str, resource_id: str, code: str) -> None:
    with pytest.raises(ApiError) as raised:
        api().list_tags_for_resource({"ResourceType": resource_type, "ResourceId": resource_id})
    assert raised.value.code == code
