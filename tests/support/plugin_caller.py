"""A program that calls StartSession and hands the session to session-manager-plugin, as the AWS CLI does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import boto3
import botocore.session

from ssmtui.cli.plugin_call import VARIABLE


class PluginCaller:
    """Calls the lab whose variables ``exports`` are."""

    def __init__(self, exports: Mapping[str, str], aws_profile: str = "") -> None:
        """With ``aws_profile`` it uses that one of the lab's, else the keys that the lab exports."""
        self._exports = exports
        self._aws_profile = aws_profile
        self.ssm = self._client("ssm")
        self.session_id = ""
        """Of the last session that was started."""

    def _client(self, service: str) -> Any:
        exports = self._exports
        core = botocore.session.Session(profile=self._aws_profile or None)
        core.set_config_variable("config_file", exports["AWS_CONFIG_FILE"])
        if not self._aws_profile:
            core.set_credentials(exports["AWS_ACCESS_KEY_ID"], exports["AWS_SECRET_ACCESS_KEY"])
        make: Any = boto3.Session(botocore_session=core).client
        return make(service, region_name=exports["AWS_REGION"], endpoint_url=exports["AWS_ENDPOINT_URL"])

    def node(self) -> str:
        """The id of a node whose shell is a real one of this machine."""
        nodes = self.ssm.describe_instance_information(MaxResults=50)["InstanceInformationList"]
        return next(
            str(one["InstanceId"])
            for one in nodes
            if one["PingStatus"] == "Online" and one.get("PlatformName") == "Ubuntu" and one["InstanceId"][:2] == "i-"
        )

    def start(self, document: str = "", **parameters: str) -> tuple[list[str], dict[str, str]]:
        """Start a session; return the plugin's arguments, and the variable that has the token."""
        asked: dict[str, Any] = {"Target": self.node()}
        if document:
            asked |= {"DocumentName": document, "Parameters": {name: [value] for name, value in parameters.items()}}
        answer = self.ssm.start_session(**asked)
        self.session_id = answer["SessionId"]
        response = json.dumps({name: answer[name] for name in ("SessionId", "TokenValue", "StreamUrl")})
        region, endpoint = self._exports["AWS_REGION"], self._exports["AWS_ENDPOINT_URL"]
        arguments = [VARIABLE, region, "StartSession", self._aws_profile, json.dumps(asked), endpoint]
        return arguments, {VARIABLE: response}

    def status(self) -> str:
        """What the service says of the last session."""
        return self.status_of(self.session_id)

    def status_of(self, session_id: str) -> str:
        """What the service says of a session; ``unknown`` where it is another account's."""
        for state in ("Active", "History"):
            filters = [{"key": "SessionId", "value": session_id}]
            for one in self.ssm.describe_sessions(State=state, Filters=filters)["Sessions"]:
                return str(one["Status"])
        return "unknown"
