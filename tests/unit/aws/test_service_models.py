"""The descriptions of services that the client brings along say what botocore's own say, and spare most of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ssmtui.aws.session import MODELS, AwsSession, Source, StaticCredentials
from tests.support.service_models import OPERATIONS, model


def ours(service: str) -> tuple[str, dict[str, Any]]:
    (file,) = (MODELS / service).glob("*/service-2.json")
    return file.parent.name, json.loads(file.read_text())


@pytest.mark.parametrize("service", OPERATIONS)
def test_what_is_described_is_what_botocore_describes(service: str) -> None:
    version, described = ours(service)
    newest, theirs = model(service)
    if version != newest:
        pytest.skip(f"botocore has a newer API of {service}, and its own description is used")
    assert described["operations"].keys() == theirs["operations"].keys() == set(OPERATIONS[service])
    for name, shape in described["shapes"].items():
        of_botocore = theirs["shapes"][name]
        assert shape["type"] == of_botocore["type"]
        # A newer botocore may know more members, but no other ones.
        for member, kind in shape.get("members", {}).items():
            assert kind == of_botocore["members"][member], (name, member)


def test_they_are_the_ones_in_use() -> None:
    aws = AwsSession(Source(region="eu-west-1", static=StaticCredentials("id", "key")))
    clients = {
        "ec2": aws.ec2,
        "ec2-instance-connect": aws.instance_connect,
        "ecs": aws.ecs,
        "elasticache": aws.elasticache,
        "iam": aws.iam,
        "kms": aws.kms,
        "opensearch": aws.opensearch,
        "rds": aws.rds,
        "redshift": aws.redshift,
        "redshift-serverless": aws.redshift_serverless,
        "ssm": aws.ssm,
    }
    for service, client in clients.items():
        assert set(client.meta.service_model.operation_names) == set(OPERATIONS[service])
        assert client.meta.endpoint_url.startswith("https://")
