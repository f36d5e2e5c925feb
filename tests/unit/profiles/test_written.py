"""Profiles for others, and from others: as text to paste, and from what a session was started with."""

from __future__ import annotations

import tomllib

from ssmtui.model import Node, PaneOptions, Scope, StartRequest, TerminalSize
from ssmtui.profiles import export
from ssmtui.profiles.from_session import own_of
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
