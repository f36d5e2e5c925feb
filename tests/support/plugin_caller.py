"""A program that calls StartSession and hands the session to session-manager-plugin, as the AWS CLI does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import boto3

from ssmtui.cli.plugin_call import VARIABLE


class PluginCaller:
    """Calls the lab whose variables ``exports`` are."""

    def __init__(self, exports: Mapping[str, str]) -> None:
        self._exports = exports
        self.ssm = self._client("ssm")
        self.session_id = ""
        """Of the last session that was started."""

    def _client(self, service: str) -> Any:
        exports = self._exports
        make: Any = boto3.client
        return make(
            service,
            region_name=exports["AWS_REGION"],
            endpoint_url=exports["AWS_ENDPOINT_URL"],
            aws_access_key_id=exports["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=exports["AWS_SECRET_ACCESS_KEY"],
        )

    def node(self, name: str) -> str:
        """The id of the node of that name."""
        found = self._client("ec2").describe_instances(Filters=[{"Name": "tag:Name", "Values": [name]}])
        instances = [one for group in found["Reservations"] for one in group["Instances"]]
        return next(
            str(one["InstanceId"])
            for one in instances
            if {"Key": "Name", "Value": name} in one.get("Tags", []) and one["State"]["Name"] == "running"
        )

    def start(self, node: str = "web-1", document: str = "", **parameters: str) -> tuple[list[str], dict[str, str]]:
        """Start a session; return the plugin's arguments, and the variable that has the token."""
        asked: dict[str, Any] = {"Target": self.node(node)}
        if document:
            asked |= {"DocumentName": document, "Parameters": {name: [value] for name, value in parameters.items()}}
        answer = self.ssm.start_session(**asked)
        self.session_id = answer["SessionId"]
        response = json.dumps({name: answer[name] for name in ("SessionId", "TokenValue", "StreamUrl")})
        place = self._exports["AWS_REGION"], "StartSession", "", json.dumps(asked), self._exports["AWS_ENDPOINT_URL"]
        return [VARIABLE, *place], {VARIABLE: response}

    def status(self) -> str:
        """What the service says of the last session."""
        for state in ("Active", "History"):
            filters = [{"key": "SessionId", "value": self.session_id}]
            for one in self.ssm.describe_sessions(State=state, Filters=filters)["Sessions"]:
                return str(one["Status"])
        return "unknown"
