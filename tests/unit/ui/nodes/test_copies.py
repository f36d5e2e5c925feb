import json
import re
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.inventory.export import arn
from ssmtui.model import Container, Node
from ssmtui.ui.nodes.copies import What, as_json, cli_line, text_of
from tests.support.fakes import make_node

NODE = make_node(0)._replace(aws_profile="prod")
CONTAINER = Container("arn:aws:ecs:eu-west-1:1:cluster/shop", "arn:aws:ecs:eu-west-1:1:task/shop/0a", "api", "0a-1")
TASK = Node("ecs:shop_0a_0a-1", "api", region="eu-west-1", account="1", container=CONTAINER)


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_the_arn_of_an_instance(region, partition):
    node = NODE._replace(id="i-1", region=region, account="123456789012")
    assert arn(node) == f"arn:{partition}:ec2:{region}:123456789012:instance/i-1"


def test_the_arn_of_other_nodes():
    node = NODE._replace(id="mi-1", region="eu-west-1", account="123456789012")
    assert arn(node) == "arn:aws:ssm:eu-west-1:123456789012:managed-instance/mi-1"
    assert arn(TASK) == CONTAINER.task
    assert arn(NODE._replace(account="")) == ""


def test_the_line_of_the_aws_cli():
    assert cli_line(NODE) == f"aws ssm start-session --target {NODE.id} --profile prod --region eu-west-1"
    assert "--profile" not in cli_line(NODE._replace(aws_profile=""))
    words = shlex.split(cli_line(TASK))
    assert words[:3] == ["aws", "ecs", "execute-command"]
    assert words[words.index("--task") + 1] == CONTAINER.task
    assert "--interactive" in words


@given(st.text(min_size=1), st.text(min_size=1))
def test_what_a_shell_makes_of_the_line_is_what_was_meant(node_id, profile):
    line = cli_line(NODE._replace(id=node_id, aws_profile=profile))
    if line:
        words = [part for word in shlex.split(line) for part in re.split("(?<=^--target)=|(?<=^--profile)=", word)]
        assert words == [
            "aws", "ssm", "start-session", "--target", node_id, "--profile", profile, "--region", "eu-west-1",
        ]  # fmt: skip
    else:
        # The AWS CLI would read a file of that name instead.
        assert not (node_id + profile).isprintable() or any(
            one.startswith(("file://", "fileb://")) for one in (node_id, profile)
        )


def test_one_node_is_an_object_and_several_are_an_array():
    wild = NODE._replace(tags={"a\x1b": "\u202e"})
    assert json.loads(as_json([wild]))["tags"] == {"a\x1b": "\u202e"}
    assert as_json([wild]).isascii()
    assert [item["id"] for item in json.loads(text_of(What.JSON, [NODE, TASK]))] == [NODE.id, TASK.id]
    assert json.loads(as_json([TASK]))["container"]["name"] == "api"


def test_several_nodes_are_a_line_each_without_those_that_have_none():
    assert text_of(What.ADDRESS, [NODE, TASK, NODE._replace(ip="10.0.0.99")]) == f"{NODE.ip}\n10.0.0.99"
    assert text_of(What.ID, [NODE._replace(id="i-\x1b[31m")]) == ""


def test_each_way_to_copy_has_a_key_of_its_own():
    assert len({what.value.key for what in What}) == len(What)
