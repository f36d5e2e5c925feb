"""Opening profiles, whoever asks the questions: which nodes are meant, what is started there, why nothing is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from ssmtui.errors import AccessDenied, ConfigurationError, SsmtuiError, UsageError
from ssmtui.model import Container, Node, Scope
from ssmtui.profiles import reading
from ssmtui.profiles.asking import Asking
from ssmtui.profiles.inheritance import combined
from ssmtui.profiles.opening import Left, Opener, filled
from ssmtui.profiles.profile import Profile
from ssmtui.profiles.scope_nodes import ScopeNodes
from ssmtui.sessions.documents import DocumentLibraries
from ssmtui.tasks import Tasks
from tests.support.fakes import ACCOUNT, NOW, FakeGateway, FakeGateways, fleet

ID = "i-0123456789abcdef0"


class Answering:
    """Answers as it is told to, and remembers what it was asked."""

    def __init__(self, *, one_only: bool = False, answers: Mapping[str, str] | None = None) -> None:
        self.one_only = one_only
        self.given = answers or {}
        self.asked: list[str] = []
        self.waited: list[str] = []
        self.chosen_from: list[str] = []
        self.warned: list[SsmtuiError] = []

    async def answers(self, profiles: Sequence[Profile], asking: Asking) -> Mapping[str, str]:
        self.asked += [asked.text for asked in asking.questions]
        if any(asked.text not in self.given for asked in asking.questions):
            raise Left
        return self.given

    async def wait_for_list(self, profile: Profile, nodes: ScopeNodes) -> None:
        self.waited.append(f"list of {nodes.scope.region}")
        await nodes.complete()

    async def wait_for_tags(self, profile: Profile, nodes: ScopeNodes, undecided: Sequence[Node]) -> None:
        self.waited.append(f"{len(undecided)} tags")
        await nodes.read_tags(undecided)

    async def choose(self, profile: Profile, nodes: Sequence[Node]) -> Node:
        self.chosen_from = [node.name for node in nodes]
        return nodes[-1]

    def waiting(self, what: str) -> nullcontext[None]:
        self.waited.append(what)
        return nullcontext()

    def warn(self, problem: SsmtuiError) -> None:
        self.warned.append(problem)


def profile(text: str) -> Profile:
    return combined([reading.parse(Path("profiles.toml"), f"[profiles.p]\n{text}")]).profiles["p"]


@pytest.fixture
def asker() -> Answering:
    return Answering()


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway([node._replace(aws_profile="prod") for node in fleet(9)])


Make = Callable[..., Opener]


@pytest.fixture
async def make(gateway: FakeGateway) -> AsyncIterator[Make]:
    tasks, gateways = Tasks("test"), FakeGateways(gateway)

    def made(asker: Answering) -> Opener:
        return Opener(asker, gateways, DocumentLibraries(gateways.gateway, tasks), now=lambda: NOW)  # type: ignore[arg-type]

    yield made
    await tasks.close()


# Which nodes


@pytest.mark.parametrize("text", ["account:acme", f"account:{ACCOUNT}", "@ours"])
async def test_an_account_is_found_by_its_alias_where_nobody_lists_nodes(
    gateway: FakeGateway, asker: Answering, text: str
) -> None:
    tasks, gateways = Tasks("test"), FakeGateways(gateway)
    documents = DocumentLibraries(gateways.gateway, tasks)
    opener = Opener(asker, gateways, documents, saved={"ours": "account:acme"})  # type: ignore[arg-type]
    (start,) = await opener.starts(profile(f'query = "name:web-2 {text}"'))
    assert start.node.name == "web-2"
    with pytest.raises(UsageError, match="No node is found"):
        await opener.starts(profile('query = "name:web-2 account:other"'))
    assert asker.waited == ["list of eu-west-1"], "listed once for both"


async def test_an_alias_is_asked_for_only_where_an_account_is_looked_for(
    make: Make, asker: Answering, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse() -> str:
        raise AssertionError("not asked for")

    monkeypatch.setattr(gateway, "account_alias", refuse)
    (start,) = await make(asker).starts(profile('query = "name:web-2"'))
    assert (start.node.name, start.listed, start.request.scope) == ("web-2", True, gateway.scope)


@pytest.mark.parametrize(
    ("several", "one_only", "started"),
    [
        ("all", False, ["web-1", "web-2"]),
        ("all", True, ["web-2"]),
        ("ask", False, ["web-2"]),
        ("first-online", True, ["web-1"]),
    ],
)
async def test_one_of_several_is_chosen_where_the_profile_or_the_room_says_so(
    make: Make, several: str, one_only: bool, started: list[str]
) -> None:
    asker = Answering(one_only=one_only)
    found = await make(asker).starts(profile(f'query = "name:web"\nseveral = "{several}"'))
    assert [start.node.name for start in found] == started
    assert asker.chosen_from == (["web-1", "web-2"] if len(started) == 1 and several != "first-online" else [])


async def test_a_refused_listing_says_so_and_stays_what_it_is(
    make: Make, asker: Answering, gateway: FakeGateway
) -> None:
    gateway.listed, gateway.error = [], AccessDenied("not for jane", remedy="Ask somebody.")
    with pytest.raises(AccessDenied, match=r"No node is found: .*prod eu-west-1.*not for jane. Ask somebody"):
        await make(asker).starts(profile('query = "web"'))
    assert (gateway.error.title, gateway.error.detail) == ("Access denied", "not for jane"), "the state keeps its own"


async def test_tags_that_decide_are_read_and_those_that_cannot_be_are_said(
    make: Make, asker: Answering, gateway: FakeGateway
) -> None:
    gateway.listed = [Node(f"mi-{n}", f"pi-{n}", region="eu-west-1") for n in range(2)]
    gateway.tags_of_hybrid = {"mi-1": {"env": "prod"}}
    (start,) = await make(asker).starts(profile('query = "tag:env=prod"'))
    assert start.node.name == "pi-1"
    assert asker.waited == ["list of eu-west-1", "2 tags"]
    assert asker.warned == []


async def test_a_filter_is_read_before_anything_is_listed(make: Make, asker: Answering) -> None:
    found = profile('query = "is:${WHAT}"')
    found = replace(found, values=replace(found.values, query="is:nothing"))
    with pytest.raises(ConfigurationError, match=r"profiles\.toml, line 2: the connection p looks for is:nothing"):
        await make(asker).starts(found)
    assert asker.waited == []


async def test_a_container_is_described_and_a_node_that_nobody_has_listed_is_not(
    make: Make, asker: Answering, gateway: FakeGateway
) -> None:
    container = Node("ecs:a_b_c", "app", container=Container("c", "t", "app", "r"))
    gateway.listed = [container]
    (start,) = await make(asker).starts(profile('target = "ecs:a_b_c"'))
    assert (start.node, start.request.container, start.listed) == (container, container.container, True)
    assert asker.waited == ["AWS to describe the task"]
    (start,) = await make(asker).starts(profile(f'target = "{ID}"\nregion = "us-east-1"'))
    assert (start.request.scope, start.listed) == (Scope("prod", "us-east-1"), False)
    assert start.node == Node(ID, "", region="us-east-1", aws_profile="prod")
    assert len(asker.waited) == 1


# Questions


async def test_what_is_asked_is_filled_in_and_broken_profiles_are_left_out(asker: Answering) -> None:
    asking = profile(f'target = "{ID}"\nreason = "{{ask:Ticket}} on ${{HOST}}"')
    broken = replace(profile(f'target = "{ID}"\nregion = "no region!"'), name="broken")
    lacking = replace(profile(f'target = "{ID}"\nreason = "${{NONE}}"'), name="lacking")
    with pytest.raises(Left):
        await filled([asking], asker, {"HOST": "box"})
    answering = Answering(answers={"Ticket": "OPS-1"})
    ready, refused = await filled([broken, asking, lacking], answering, {"HOST": "box"})
    assert [one.values.reason for one in ready] == ["OPS-1 on box"]
    assert answering.asked == ["Ticket"]
    assert [one.name for one in refused] == ["broken", "lacking"]
    assert all(isinstance(one.error, ConfigurationError) for one in refused)
    assert "region must be" in refused[0].error.detail
    assert "NONE is not set" in refused[1].error.detail


# Documents


async def test_a_document_is_asked_whether_it_takes_the_parameters(
    make: Make, asker: Answering, gateway: FakeGateway
) -> None:
    opener, text = make(asker), f'target = "{ID}"\ndocument = "Acme-Debug"\n'
    (start,) = await opener.starts(profile(f'{text}parameters = {{ container = "web", level = "info" }}'))
    assert (start.request.parameters, start.refusal) == ({"container": ("web",)}, None), "the default is not sent"
    (start,) = await opener.starts(profile(f'{text}parameters = {{ gone = "x", container = "web", level = "loud" }}'))
    assert start.request.parameters == {"gone": ("x",), "container": ("web",), "level": ("loud",)}
    assert start.refusal is not None
    assert "the connection p gives Acme-Debug what it does not take" in start.refusal.detail
    assert "gone: the document has no such parameter; level: one of info" in start.refusal.detail


async def test_a_document_that_may_not_be_read_is_left_to_the_service(
    make: Make, asker: Answering, gateway: FakeGateway
) -> None:
    gateway.documents_error = AccessDenied("no")
    (start,) = await make(asker).starts(profile(f'target = "{ID}"\ndocument = "Own"\nparameters = {{ a = "b" }}'))
    assert (start.request.parameters, start.refusal) == ({"a": ("b",)}, None)
