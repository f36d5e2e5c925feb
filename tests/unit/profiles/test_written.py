"""Profiles for others, and from others: as text to paste, and from what a session was started with."""

from __future__ import annotations

import tomllib

from ssmtui.config.template import filled
from ssmtui.documents.port_forwards import Forward, parse
from ssmtui.model import Node, PaneOptions, Scope, StartRequest, TerminalSize
from ssmtui.profiles import export
from ssmtui.profiles.from_session import own_of, own_of_tunnels
from tests.support.saved import make_profile


def test_a_profile_to_paste_says_what_it_says_itself_and_no_version() -> None:
    made = [
        make_profile('a "quoted" one', query="name:a", parameters={"command": "htop", "x": ["1"]}),
        make_profile("b", target="i-0123456789abcdef0", keep_alive=True),
    ]
    text = export.pasteable(made)
    assert tomllib.loads(text) == {"profiles": {profile.name: dict(profile.own) for profile in made}}
    assert (text, text[-1]) == (text.lstrip(), "\n")


def test_a_session_as_a_profile() -> None:
    here = Scope("prod", "eu-west-1")
    request = StartRequest(
        "i-0123456789abcdef0",
        "D",
        {"a": ("1", "echo ${HOME}"), "password": ("hunter2",)},
        "costs ${5}",
        scope=Scope("staging", "us-east-1"),
        options=PaneOptions(profile="x", largest=TerminalSize(132, 43), keep_alive=True, color="red"),
    )
    assert own_of(request, Node(request.target, "web 1"), here) == {
        "aws_profile": "staging",
        "region": "us-east-1",
        "query": 'name:="web 1"',
        "document": "D",
        "parameters": {"a": ["1", "echo $${HOME}"], "password": ["{ask:password}"]},
        "reason": "costs $${5}",
        "size": "132x43",
        "keep_alive": True,
        "color": "red",
    }
    assert own_of(StartRequest("mi-1"), Node("mi-1", ""), here) == {"target": "mi-1"}


def test_tunnels_as_a_profile() -> None:
    here = Scope("prod", "eu-west-1")
    request = StartRequest("i-1", "D", {"a": ("1",)}, "ticket 7", scope=here, options=PaneOptions(color="red"))
    forwards = [parse("5432:db:5432"), parse("own:1:80"), parse("socks:1080")]
    assert own_of_tunnels(forwards, request, Node("i-1", "db-1"), here, sessions=2, database_user="app") == {
        "query": "name:=db-1",
        "reason": "ticket 7",
        "forwards": ["5432:db:5432", "own:1:80", "socks:1080"],
        "shell": False,
        "tunnel_sessions": 2,
        "database_user": "app",
    }


def test_what_may_be_a_secret_of_a_tunnel_is_asked_for() -> None:
    given = (("portNumber", ("80",)), ("token", ("hunter2",)), ("tier", ("a,{ask:b}",)))
    forward = Forward(80, document_name="Ours", given=given)
    (text,) = own_of_tunnels([forward], StartRequest("i-1"), None, Scope("prod", "eu-west-1"))["forwards"]  # type: ignore[misc]
    assert "hunter2" not in text
    assert parse(filled(text, {}, {"token": "new"})).given == (
        ("portNumber", ("80",)),
        ("token", ("new",)),
        ("tier", ("a,{ask:b}",)),
    )
