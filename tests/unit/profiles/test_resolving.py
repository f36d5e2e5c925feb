"""Which nodes a profile means, where, and what guards them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ssmtui.errors import ConfigurationError
from ssmtui.inventory.query.query import parse
from ssmtui.inventory.searching import matching
from ssmtui.model import AwsProfile, Node, PingStatus, Scope
from ssmtui.profiles import resolving
from ssmtui.profiles.guards import Guards
from ssmtui.profiles.profile import FilePlace, Origin, Profile, Several, Values

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
PLACE = FilePlace(Path("profiles.toml"), 7)
DEFAULT = Scope("prod", "eu-west-1", "http://127.0.0.1:1")


def node(name: str, *, online: bool = True, minutes: int = 0) -> Node:
    ping = PingStatus.ONLINE if online else PingStatus.CONNECTION_LOST
    return Node(f"i-{name}", name, ping, last_ping=NOW - timedelta(minutes=minutes), tags_known=True)


def profile(values: Values, folder: str | None = None) -> Profile:
    return Profile("db shell", folder or "", values, {}, {"guard": Origin(PLACE, folder)}, PLACE)


NODES = [node("web-2", minutes=9), node("Web-1", online=False, minutes=1), node("web-3", minutes=5)]


@pytest.mark.parametrize(
    ("several", "names"),
    [
        (Several.ASK, ["Web-1", "web-2", "web-3"]),
        (Several.ALL, ["Web-1", "web-2", "web-3"]),
        (Several.FIRST_ONLINE, ["web-2"]),
        (Several.NEWEST, ["Web-1"]),
    ],
)
def test_the_rule_for_several_takes_those_that_it_means(several: Several, names: list[str]) -> None:
    assert [one.name for one in resolving.nodes_of(several, NODES)] == names


def test_a_time_of_launch_counts_more_than_a_ping() -> None:
    launched = {"i-web-3": NOW - timedelta(days=9), "i-web-2": NOW - timedelta(days=8)}
    assert [one.name for one in resolving.nodes_of(Several.NEWEST, NODES, launched)] == ["web-2"]


def test_of_no_nodes_none_is_meant() -> None:
    assert not any(resolving.nodes_of(several, []) for several in Several)


def test_matches_keep_their_order() -> None:
    assert [one.name for one in matching(parse("web ping:online", now=NOW), NODES)] == ["web-2", "web-3"]


@pytest.mark.parametrize(
    ("aws_profile", "region", "scope"),
    [
        ("", "", DEFAULT),
        ("", "us-east-1", Scope("prod", "us-east-1", DEFAULT.endpoint_url)),
        ("prod", "", DEFAULT),
        ("staging", "", Scope("staging", "eu-central-1", DEFAULT.endpoint_url)),
        ("staging", "us-east-1", Scope("staging", "us-east-1", DEFAULT.endpoint_url)),
        ("bare", "", Scope("bare", "eu-west-1", DEFAULT.endpoint_url)),
    ],
)
def test_the_scope_is_the_profiles_or_what_the_program_was_started_for(
    aws_profile: str, region: str, scope: Scope
) -> None:
    known = [AwsProfile("staging", "eu-central-1", "sso"), AwsProfile("bare", "", "keys")]
    assert resolving.scope_of(profile(Values(aws_profile=aws_profile, region=region)), DEFAULT, known) == scope


def test_an_aws_profile_that_is_not_there_is_named_with_its_place() -> None:
    with pytest.raises(ConfigurationError, match=r"line 7.*the connection db shell.*stagin") as caught:
        resolving.scope_of(profile(Values(aws_profile="stagin")), DEFAULT, [AwsProfile("staging", "", "sso")])
    assert caught.value.remedy == "Did you mean staging?"


# Guards


def test_filters_folders_and_profiles_guard_and_say_why() -> None:
    guards = Guards(["account:acme", "web-3"], NOW, {"123456789012": "acme"})
    owned = node("db")._replace(account="123456789012")
    assert guards.reason(owned) == "account:acme"
    assert guards.reason(node("web-3")) == "web-3"
    assert guards.reason(node("web-1")) == ""
    assert guards.reason(None) == ""
    assert guards.reason(None, profile(Values(guard=True), "prod")) == "folder prod"
    assert guards.reason(node("web-3"), profile(Values(guard=True))) == "connection db shell"


def test_filters_that_mean_nothing_are_problems_and_the_others_guard() -> None:
    guards = Guards(["))", " ", "web"], NOW)
    assert [problem.split(" guards nothing")[0] for problem in guards.problems] == [
        "guard: the filter '))'",
        "guard: the filter ' '",
    ]
    assert guards.reason(node("web-1")) == "web"
    assert guards.reason(node("db-1")) == ""
    assert Guards(["*"], NOW).reason(node("db-1")) == "*"
