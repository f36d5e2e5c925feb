"""The lab's documents."""

from __future__ import annotations

import json
import re

import pytest

from ssmtui.lab.answers import ApiError
from ssmtui.lab.document_texts import LOCAL_PORT_PATTERN, PORT_PATTERN
from ssmtui.lab.documents import DocumentStore


def test_the_documents_that_a_client_knows_are_there() -> None:
    names = [document.name for document in DocumentStore()]
    assert names == sorted(names)
    assert {
        "AWS-PasswordReset",
        "AWS-StartInteractiveCommand",
        "AWS-StartNonInteractiveCommand",
        "AWS-StartPortForwardingSession",
        "AWS-StartPortForwardingSessionToRemoteHost",
        "AWS-StartSSHSession",
        "Ops-TailUnit",
        "SSM-SessionManagerRunShell",
    } < set(names)


def test_no_name_means_the_preferences() -> None:
    assert DocumentStore().for_session(None).plan({}).session_type == "Standard_Stream"


def test_a_document_is_found_by_its_arn() -> None:
    found = DocumentStore().get("arn:aws:ssm:eu-west-1:123456789012:document/Ops-TailUnit")
    assert found.name == "Ops-TailUnit"


@pytest.mark.parametrize("name", ["nope", "AWS-RunShellScript"])
def test_what_no_session_can_be_started_with(name: str) -> None:
    with pytest.raises(ApiError) as refused:
        DocumentStore().for_session(name)
    assert refused.value.code == "InvalidDocument"


def test_a_plan_has_its_parameters_filled_in() -> None:
    plan = DocumentStore().get("Ops-TailUnit").plan({"unit": ["ssh"]})
    assert plan.session_type == "InteractiveCommands"
    assert plan.properties["linux"] == {"commands": "journalctl -n 100 -fu ssh", "runAsElevated": False}


def test_the_plan_of_a_command_without_a_terminal() -> None:
    given = {"command": ["ls"], "separateOutputStream": ["true"], "stdoutSeparatorPrefix": ["O:"]}
    plan = DocumentStore().get("AWS-StartNonInteractiveCommand").plan(given)
    assert plan.properties["windows"] == {
        "commands": "ls",
        "runAsElevated": False,
        "separateOutputStream": "true",
        "stdOutSeparatorPrefix": "O:",
        "stdErrSeparatorPrefix": "",
    }


@pytest.mark.parametrize("document", list(DocumentStore()), ids=lambda document: document.name)
def test_defaults_pass_their_own_checks_and_texts_are_json(document) -> None:  # type: ignore[no-untyped-def]
    assert json.loads(document.content) == document.body
    for declaration in document.parameters.values():
        default = declaration.get("default")
        for value in default if isinstance(default, list) else [default] * (default is not None):
            assert re.search(str(declaration.get("allowedPattern", "")), value)
            assert value in declaration.get("allowedValues", [value])


@pytest.mark.parametrize(
    ("port", "good"), [("1", True), ("65535", True), ("0", False), ("65536", False), ("080", False)]
)
def test_port_patterns(port: str, good: bool) -> None:
    assert bool(re.search(PORT_PATTERN, port)) is good
    assert bool(re.search(LOCAL_PORT_PATTERN, port)) is (good or port == "0")
