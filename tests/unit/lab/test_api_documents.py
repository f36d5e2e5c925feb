"""The document operations, through boto3 and held against its shapes."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ssmtui.lab.api_documents import DocumentApi
from ssmtui.lab.documents import DocumentStore
from tests.support.lab_client import Aws
from tests.support.shapes import misfits

ALL = [document.name for document in DocumentStore()]


def test_answers_fit_their_shapes() -> None:
    api = DocumentApi(DocumentStore())
    assert misfits("ssm", "ListDocuments", api.list_documents({"MaxResults": 50})) == []
    for name in ALL:
        assert misfits("ssm", "DescribeDocument", api.describe_document({"Name": name})) == []
        assert misfits("ssm", "GetDocument", api.get_document({"Name": name})) == []


async def test_pages_hold_every_document_once(aws: Aws) -> None:
    names: list[str] = []
    token: dict[str, str] = {}
    while True:
        answer = await aws.call("ssm", "ListDocuments", MaxResults=5, **token)
        names += [document["Name"] for document in answer["DocumentIdentifiers"]]
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}
    assert names == ALL


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ([("DocumentType", ["Command"])], ["AWS-RunShellScript"]),
        (
            [("Name", ["Ops-", "SSM-"]), ("PlatformTypes", ["MacOS"])],
            [
                "Ops-EncryptedShell",
                "Ops-OrdersDatabase",
                "Ops-SystemReport",
                "Ops-WatchHosts",
                "SSM-SessionManagerRunShell",
            ],
        ),
        ([("Owner", ["Self"]), ("Name", ["Ops-T"])], ["Ops-TailUnit"]),
        ([("Owner", ["ThirdParty"])], []),
        ([("Owner", ["Amazon"]), ("Name", ["Ops"])], []),
        ([("tag:team", ["x"])], []),
    ],
)
async def test_filters(aws: Aws, filters: list[tuple[str, list[str]]], names: list[str]) -> None:
    wire = [{"Key": key, "Values": values} for key, values in filters]
    answer = await aws.call("ssm", "ListDocuments", Filters=wire)
    assert [document["Name"] for document in answer["DocumentIdentifiers"]] == names


async def test_the_legacy_filter_list(aws: Aws) -> None:
    answer = await aws.call("ssm", "ListDocuments", DocumentFilterList=[{"key": "Name", "value": "Ops-D"}])
    assert [document["Name"] for document in answer["DocumentIdentifiers"]] == ["Ops-DiskUsage"]


async def test_a_document_is_described_with_its_parameters_in_order(aws: Aws) -> None:
    document = (await aws.call("ssm", "DescribeDocument", Name="Ops-WatchHosts"))["Document"]
    assert document["Owner"] == "123456789012"
    assert document["PlatformTypes"] == ["Linux", "MacOS"]
    assert document["Parameters"] == [
        {
            "Name": "hosts",
            "Type": "StringList",
            "Description": "Hosts to ping, one per line",
            "DefaultValue": "localhost",
        },
        {
            "Name": "pause",
            "Type": "String",
            "Description": "Seconds between two rounds",
            "DefaultValue": "5",
        },
    ]


async def test_a_required_parameter_has_no_default(aws: Aws) -> None:
    document = (await aws.call("ssm", "DescribeDocument", Name="Ops-TailUnit"))["Document"]
    assert "DefaultValue" not in document["Parameters"][0]


async def test_a_document_is_read(aws: Aws) -> None:
    answer = await aws.call("ssm", "GetDocument", Name="Ops-TailUnit", DocumentFormat="JSON", DocumentVersion="$LATEST")
    content = json.loads(answer["Content"])
    assert content["schemaVersion"] == "1.0"
    assert list(content["parameters"]) == ["unit", "lines"]
    assert (answer["DocumentType"], answer["DocumentFormat"], answer["Status"]) == ("Session", "JSON", "Active")


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("GetDocument", {"Name": "nope"}, "InvalidDocument"),
        ("DescribeDocument", {"Name": "nope"}, "InvalidDocument"),
        ("GetDocument", {"Name": "Ops-TailUnit", "DocumentVersion": "7"}, "InvalidDocumentVersion"),
        ("DescribeDocument", {"Name": "Ops-TailUnit", "VersionName": "x"}, "InvalidDocumentVersion"),
        ("ListDocuments", {"Filters": [{"Key": "Nope", "Values": ["x"]}]}, "InvalidFilterKey"),
        ("ListDocuments", {"Filters": [{"Key": "Owner", "Values": ["Nobody"]}]}, "InvalidFilterKey"),
        ("ListDocuments", {"NextToken": "nonsense"}, "InvalidNextToken"),
        ("ListDocuments", {"MaxResults": 51}, "ValidationException"),
    ],
)
async def test_refusals(aws: Aws, operation: str, parameters: dict[str, object], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        await aws.call("ssm", operation, **parameters)
    assert refused.value.response["Error"]["Code"] == code
