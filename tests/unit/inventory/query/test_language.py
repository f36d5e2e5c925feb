"""What people type, and the nodes that they mean by it."""

from __future__ import annotations

import time

import pytest

from ssmtui.inventory.query.errors import QueryError
from ssmtui.inventory.query.query import parse
from ssmtui.model import Node

from .nodes import NOW, found, query

ALL = "web db win task"


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("", ALL),
        ("  ", ALL),
        # plain words
        ("web", "web"),
        ("WEB-1", "web"),
        ("win", "win"),
        ("0a1b", "web"),
        ("10.0.4", "web"),
        ("env=prod", "web"),
        ("prod web", "web"),
        ("web db", ""),
        ("ubuntu linux", "web db"),
        ('"ubuntu 24"', "web db"),
        ("ip-10-0-4-17", "web"),
        ("ip-10-0-4-17.eu-west-1.compute.internal", "web"),
        ("ec2amaz-ab", "win"),
        ("210987", "win"),
        ("shop", "task"),
        ("nginx", "task"),
        ("web-1i-0a", ""),
        ("wi*app", "win"),
        ("app*wi", ""),
        ("*", ALL),
        # letter by letter, but not of ids and addresses
        ("w1", "web"),
        ("pdb", "db"),
        ("pddb", "db"),
        ("wapp2", "win"),
        ("wa2", "win"),
        ("bew", ""),
        ("eb1", ""),
        ("f6", ""),
        ("ff", ""),
        ("0ffe", "db"),
        ("ab1", "win"),
        # and, or, not, groups
        ("web|db", "web db"),
        ("web | cart ping:online", "web task"),
        ("ping:lost web|db", "db"),
        ("(ping:online nginx) | win", "win task"),
        ("!web", "db win task"),
        ("-web", "db win task"),
        ("!!web", "web"),
        ("! web", "db win task"),
        ("!(web|db)", "win task"),
        ("prod - db", "db"),
        ("prod -db", "web"),
        ("(web", "web"),
        # keys
        ("name:web", "web"),
        ("NAME:Web", "web"),
        ("name:web,cart", "web task"),
        ("name:=web", ""),
        ("name:=web-1", "web"),
        ("name:w*", "web win"),
        ("name:*db", "db"),
        ("name:?eb-?", "web"),
        ('name:"web-1"', "web"),
        ("name:/^w.*\\d$/", "web win"),
        ("name:!web", "db win task"),
        ("!name:!web", "web"),
        ("id:i-0f", "db"),
        ("id:0f", "db"),
        ("ping:online", "web task"),
        ("ping:ConnectionLost", "db"),
        ("ping:lost,inactive", "db win"),
        ("platform:windows", "win"),
        ("os:linux", "web db task"),
        ("platform:=ubuntu", "web db"),
        ("region:eu-*", "web db task"),
        ("region:us", "win"),
        ("account:prod", "web db"),
        ("account:sandbox", "win"),
        ("account:1234", "web db task"),
        ("agent:<3.3", "db win"),
        ("agent:<=3.3", "web db win"),
        ("agent:>3.1", "web win"),
        ("agent:>=3.1.1732", "web db win"),
        ("agent:=3.3", "web"),
        ("agent:3.3", "web"),
        ("version:>=10", "web db win"),
        ("state:running", "web task"),
        ("state:*", "web db task"),
        ("!state:*", "win"),
        ("type:m7g*", "web db"),
        ("kind:hybrid", "win"),
        ("vpc:0a3f zone:1a", "web db"),
        ("role:storefront", "web db"),
        ("cluster:shop container:nginx task:0123", "task"),
        ("seen:<1h", "web"),
        ("seen:1h", "web"),
        ("seen:>1h", "db"),
        ("seen:>=180", "db"),
        ("seen:never", "win task"),
        ("!seen:<1d", "win task"),
        # tags
        ("tag:env", "web db"),
        ("tag:ENV=prod", "web"),
        ("tag:env=pr*", "web db"),
        ("tag:env=*prod", "web db"),
        ("tag:env=dev,prod", "web"),
        ("tag:env=!prod", "db win task"),
        ("!tag:env", "win task"),
        ('tag:"cost center"="A 7"', "web"),
        ("tag:aws:autoscaling:groupName=web", "web"),
        ("tag:aws:*", "web"),
        ("tag:*name=web-1", "web"),
        ("tag:build=<30", "db"),
        ("tag:build=>30", "win"),
        ("tag:build<30", "db"),
        ("tag:env=/^p.*d$/", "web db"),
        ("stage:dev", "win"),
        ("env:prod", "web"),
        ("env:pr*", "web db"),
        # is
        ("is:favourite", "win"),
        ("is:favorite", "win"),
        ("is:stopped", "db"),
        ("is:running", "web task"),
        ("is:container", "task"),
        ("is:hybrid,container", "win task"),
        ("is:ec2", "web db"),
        ("is:old", "db win"),
        ("is:online", "web task"),
        ("!is:online", "db win"),
        ("is:o", "web db win task"),
        # patterns
        ("/^web-\\d$/", "web"),
        ("/WEB|cart/", "web task"),
        ("/^web|^cart/", "web task"),
        ("/^(web|cart)/", "web task"),
        ("/env=p.*d$/ !ping:lost", "web"),
        ("/10.0.[49]/", "web db"),
        # saved
        ("@live", "web task"),
        ("!@live", "db win"),
        ("@mine", ""),
        ("@somebody", ""),
        # text with colons that is no key of ours
        ("ecs:shop", "task"),
        ("arn:aws", ""),
        ("10.0.4.17:22", ""),
        ("aws:autoscaling:groupname=web", "web"),
    ],
)
def test_what_is_found(text: str, nodes: str) -> None:
    assert found(text) == nodes


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("name:", ALL),
        ("name:web,", "web"),
        ("name:=", ALL),
        ("web |", "web"),
        ("| web", "web"),
        ("web !", "web"),
        ("web -", "web"),
        ("web (", "web"),
        ("()", ALL),
        ("/web", "web"),
        ("/(we", ALL),
        ("/", ALL),
        ("//", ALL),
        ('"we', "web"),
        ('"', ALL),
        ("name:/we", "web"),
        ('name:"we', "web"),
        ("tag:", ALL),
        ("tag:env=", "web db"),
        ("agent:<", ALL),
        ("seen:<", ALL),
        ("seen:n", "win task"),
        ("is:", ALL),
        ("is:fav", "win"),
        ("ping:onl", "web task"),
        ("@liv", ALL),
        ("web/", ""),
    ],
)
def test_what_is_half_typed_is_whole_or_not_there(text: str, nodes: str) -> None:
    assert found(text) == nodes


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("web pign:online", "pign", "Did you mean ping:?"),
        ("regoin:eu", "regoin", "Did you mean region:?"),
        ("platfrm:linux", "platfrm", "Did you mean platform:?"),
        ("agents:3", "agents", "Did you mean agent:?"),
        ("web ping:of", "of", "ping is online, lost, inactive or unknown"),
        ("is:stoped", "stoped", "Did you mean is:stopped?"),
        ("agent:<new", "new", "new is not a version"),
        ("seen:<soon", "soon", "Write 30s"),
        ("seen:>999999w", "999999w", "too long ago"),
        ("platform:<22", "<", "platform has no order"),
        ("web ) db", ")", "there is no ( before this )"),
        ("name:/we(b/", "(", "missing ), unterminated subpattern"),
        ("/[/", "[", "unterminated character set"),
        ("@loop", "@loop", "names itself"),
        ("x @wrong", "@wrong", "the saved filter @wrong is wrong"),
        ("(" * 30, "(", "nested too deep"),
        ("a|" * 101, "a", "at most 100 terms"),
        ("/" + "a" * 300 + "/", "a", "at most 200 characters"),
    ],
)
def test_an_error_has_its_place_and_says_what_to_do(text: str, place: str, said: str) -> None:
    with pytest.raises(QueryError) as raised:
        query(text)
    error = raised.value
    assert text[error.position : error.position + error.length] == place
    assert said in str(error)
    assert error.exit_code == 252


def test_a_filter_of_endless_length_is_refused() -> None:
    with pytest.raises(QueryError, match="at most 1000"):
        query("a" * 1001)


def test_a12_saved_filters_that_name_each_other_twice_have_one_budget() -> None:
    saved = {f"f{n}": f"@f{n + 1} @f{n + 1}" for n in range(18)} | {"f18": "web"}
    before = time.process_time()
    with pytest.raises(QueryError, match="more than 500 terms") as raised:
        parse("@f0", now=NOW, saved=saved)
    assert time.process_time() - before < 1
    assert raised.value.detail.count("is wrong") == 1


def test_a12_a_circle_is_seen_the_first_time_round() -> None:
    with pytest.raises(QueryError, match="@a is a filter that names itself"):
        parse("@a", now=NOW, saved={"a": "@b @b", "b": "@c @c", "c": "@a"})
    assert parse("@a @a", now=NOW, saved={"a": "web"}).text == "@a @a"


@pytest.mark.parametrize(
    "name", ["ip-10-1-2-3.ec2.internal", "IP-10-1-2-3", "ip-10-1-2-3.eu-west-1.compute.internal", "ip:ip-10-1-2-3"]
)
def test_a_private_name_means_its_address(name: str) -> None:
    assert parse(name, now=NOW).matches(Node("i-1", "db", ip="10.1.2.3", computer_name="db-1.corp"))
    assert not parse(name, now=NOW).matches(Node("i-2", "db", ip="10.1.2.30"))
