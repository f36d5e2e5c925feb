"""What a page of a fleet of 100,000 costs the lab, and whoever asks for it with boto3.

pytest tests/benchmarks/test_lab_pages.py -m benchmark -s
"""

from __future__ import annotations

import time
from typing import Any

import pytest

from ssmtui.lab.answers import ec2_answer, json_answer
from ssmtui.lab.api_nodes import NodeApi
from ssmtui.lab.api_query import Ec2Api
from ssmtui.lab.lab import Lab, LabOptions
from tests.support.bench import cost
from tests.support.lab_client import Aws

pytestmark = pytest.mark.benchmark

NODES = 100_000
PAGE = 1_000


async def test_pages() -> None:
    lab = Lab(LabOptions(nodes=NODES))
    nodes, ec2 = NodeApi(lab.fleet, lab.options.now), Ec2Api(lab.fleet)
    first = nodes.describe_instance_properties({"MaxResults": PAGE})["NextToken"]
    second = ec2.describe_instances({"MaxResults": str(PAGE)})["nextToken"]
    properties: dict[str, Any] = {"MaxResults": PAGE, "NextToken": first}
    form = {"MaxResults": str(PAGE), "NextToken": str(second)}
    figures = {
        "DescribeInstanceProperties": cost(lambda: json_answer(nodes.describe_instance_properties(properties))),
        "DescribeInstances": cost(lambda: ec2_answer("DescribeInstances", ec2.describe_instances(form))),
    }
    await lab.start()
    aws = Aws(lab.address)
    await aws.call("ssm", "DescribeInstanceProperties")
    await aws.call("ec2", "DescribeInstances", MaxResults=5)
    started = time.perf_counter()
    await aws.call("ssm", "DescribeInstanceProperties", **properties)
    figures["DescribeInstanceProperties, over HTTP and through boto3"] = (time.perf_counter() - started) * 1_000
    started = time.perf_counter()
    await aws.call("ec2", "DescribeInstances", MaxResults=PAGE, NextToken=second)
    figures["DescribeInstances, over HTTP and through boto3"] = (time.perf_counter() - started) * 1_000
    aws.close()
    await lab.close()
    print(f"\na page of {PAGE:,} nodes out of {NODES:,}")
    for name, milliseconds in figures.items():
        print(f"  {name:56} {milliseconds:7.1f} ms")
