import json
import shlex

import pytest

from ssmtui.documents.command_line import start_session
from ssmtui.model import Container, Scope, StartRequest

SCOPE = Scope("prod", "eu-west-1")


def test_all_of_a_request_is_on_the_line():
    request = StartRequest(
        "i-1", "AWS-StartInteractiveCommand", {"command": ("echo 'a b'\n$HOME",), "hosts": ("x", "é")}, "see OPS-1"
    )
    words = shlex.split(start_session(request, Scope("prod", "eu-west-1", "http://127.0.0.1:8000")))
    assert words[:7] == ["aws", "ssm", "start-session", "--target", "i-1", "--document-name", request.document_name]
    assert json.loads(words[8]) == {"command": ["echo 'a b'\n$HOME"], "hosts": ["x", "é"]}
    assert words[9:11] == ["--reason", "see OPS-1"]
    assert words[11:] == ["--profile", "prod", "--region", "eu-west-1", "--endpoint-url", "http://127.0.0.1:8000"]


def test_the_requests_own_scope_holds_where_none_is_given():
    assert start_session(StartRequest("i-1", scope=SCOPE)) == (
        "aws ssm start-session --target i-1 --profile prod --region eu-west-1"
    )
    assert start_session(StartRequest("i-1")) == "aws ssm start-session --target i-1"
    assert start_session(StartRequest("i-1"), Scope(None, "")) == "aws ssm start-session --target i-1"


def test_a_container_is_entered_by_execute_command():
    request = StartRequest("ecs:x", "Ignored", reason="not sent", container=Container("cluster", "task", "web", "run"))
    assert start_session(request, SCOPE) == (
        "aws ecs execute-command --cluster cluster --task task --container web --interactive --command /bin/sh "
        "--profile prod --region eu-west-1"
    )


@pytest.mark.parametrize(
    "request_",
    [
        StartRequest("i-\x1b[2J"),
        StartRequest("i-1", reason="file:///etc/passwd"),
        StartRequest("i-1", reason="two\nlines"),
        StartRequest("i-1", "D", {"p": ("x" * 100_000,)}),
    ],
)
def test_what_cannot_be_typed_gives_no_line(request_):
    assert start_session(request_, SCOPE) == ""


def test_a_value_that_looks_like_an_option_stays_a_value():
    assert shlex.split(start_session(StartRequest("--debug"), None))[3:] == ["--target=--debug"]
