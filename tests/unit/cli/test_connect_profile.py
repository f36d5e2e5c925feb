"""``ssmtui connect NAME`` before AWS is asked for anything: what a profile asks, and what the command line says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ssmtui.backend import Options
from ssmtui.cli import questions
from ssmtui.cli.connect import entered
from ssmtui.cli.guarding import confirm, guarded
from ssmtui.cli.main import run
from ssmtui.cli.profile_target import Given, filled, start_of
from ssmtui.cli.start_options import read_answers
from ssmtui.config.memory import Memory
from ssmtui.config.settings import Settings
from ssmtui.errors import AccessDenied, ConfigurationError, DocumentError, Throttled, UsageError
from ssmtui.inventory.filters import Filters
from ssmtui.inventory.usage import Usage
from ssmtui.model import Container, DocumentParameter, Identity, Instance, Node, SessionDocument, StartRequest
from ssmtui.profiles import reading
from ssmtui.profiles.inheritance import combined
from ssmtui.profiles.profile import Profile
from tests.support import fakes

ID = "i-0a1b2c3d4e5f60718"
TEXT = """\
[folders.prod]
guard = true
[profiles.greeting]
target = "i-0a1b2c3d4e5f60718"
aws_profile = "prod"
region = "eu-west-1"
document = "AWS-StartInteractiveCommand"
parameters = { command = "echo {ask:Whom} of ${TEAM}", more = ["a", "b"] }
reason = "{ask:Ticket}"
reason_pattern = 'OPS-\\d+'
reason_hint = "such as OPS-7"
[profiles.broken]
folder = "prod"
query = "web"
region = "no region!"
"""


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAM", "ops")
    monkeypatch.setattr(questions, "can_ask", lambda: False)


def profile(name: str = "greeting") -> Profile:
    return combined([reading.parse(Path("profiles.toml"), TEXT)]).profiles[name]


def said(answers: Mapping[str, str] | None = None, **given: Any) -> Given:
    return Given(answers={"Whom": "me", "Ticket": "OPS-1"} if answers is None else answers, **given)


async def test_answers_of_the_command_line_fill_it() -> None:
    values = (await filled(profile(), said(), Options())).values
    assert values.parameters == {"command": ("echo me of ops",), "more": ("a", "b")}
    assert (values.reason, values.aws_profile, values.region) == ("OPS-1", "prod", "eu-west-1")


async def test_the_command_line_is_stronger() -> None:
    given = said({}, parameters={"command": ("${x} {ask:it}",)}, reason="OPS-2")
    values = (await filled(profile(), given, Options(aws_profile="dev", region="us-east-1"))).values
    assert values.parameters == {"command": ("${x} {ask:it}",), "more": ("a", "b")}, "as it is, and nothing is asked"
    assert (values.reason, values.aws_profile, values.region) == ("OPS-2", "", "")


async def test_another_document_has_none_of_the_parameters() -> None:
    values = (await filled(profile(), said({"Ticket": "OPS-1"}, document="Own"), Options())).values
    assert (values.document, values.parameters) == ("Own", {})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (said({}), "asks: Ticket"),
        (said({"Ticket": "OPS-1"}), "asks: Whom"),
        (said({"Ticket": "no", "Whom": "me"}), "Ticket: such as OPS-7"),
        (said({"Tikcet": "OPS-1"}), "does not ask"),
        (said({"Whom": "me"}, reason="no ticket"), "does not accept this reason: such as OPS-7"),
    ],
)
async def test_what_does_not_do_is_refused(given: Given, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        await filled(profile(), given, Options())


async def test_a_profile_with_a_problem_and_a_variable_that_is_not_set_are_told_with_their_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ConfigurationError, match=r"profiles\.toml, line 12: .*region must be"):
        await filled(profile("broken"), said(), Options())
    monkeypatch.delenv("TEAM")
    with pytest.raises(ConfigurationError, match=r"line 8: .*TEAM is not set"):
        await filled(profile(), said(), Options())


def test_answers_are_read() -> None:
    assert read_answers(["Ticket = OPS-1", "a=b=c"]) == {"Ticket": "OPS-1", "a": "b=c"}
    with pytest.raises(UsageError):
        read_answers(["Ticket"])
    assert run(["connect", "nobody", "--answer", "a=b"]) == 252


def test_a_container_takes_no_reason() -> None:
    node = Node("ecs:a_b_c", "app", container=Container("c", "t", "app", "r"))
    request = entered(StartRequest(node.id, reason="OPS-1"), node, "top")
    assert (request.reason, request.command, request.container) == (None, "top", node.container)


class FakeGateway:
    """Knows one instance and one document."""

    refuses_instances = True

    def __init__(self, refusal: Exception | None = None) -> None:
        self._refusal = refusal

    async def identity(self) -> Identity:
        return Identity("123456789012", "arn")

    async def account_alias(self) -> str:
        return "acme-prod"

    async def node(self, node_id: str) -> Node | None:
        if self._refusal is not None:
            raise self._refusal
        return Node(node_id, "computer")

    async def instance(self, instance_id: str) -> Instance | None:
        if self._refusal is not None and self.refuses_instances:
            raise self._refusal
        return Instance(instance_id, tags={"Name": "db-1", "env": "prod"})

    async def document(self, name: str) -> SessionDocument:
        if self._refusal is not None:
            raise self._refusal
        return SessionDocument(name, parameters=(DocumentParameter("command"), DocumentParameter("a", default=("b",))))


@pytest.mark.parametrize("text", ["tag:env=prod", "account:acme-prod", "account:123456789012", "name:db"])
async def test_what_a_filter_asks_of_an_id_is_asked_of_aws(text: str, own_files: Path) -> None:
    gateway: Any = FakeGateway()
    settings = Settings(guard=("tag:env=dev", text))
    reason, node = await guarded(settings, Node(ID, ""), gateway)
    assert (reason, node.label) == (text, "db-1")
    assert await guarded(Settings(guard=("name:x",)), Node(ID, ""), gateway) == ("", node)
    assert await guarded(Settings(), Node(ID, ""), gateway) == ("", Node(ID, ""))


async def test_what_aws_does_not_tell_and_filters_that_cannot_be_used_are_told(
    own_files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway: Any = FakeGateway(AccessDenied("no"))
    assert (await guarded(Settings(guard=("is:nothing", "tag:env=prod")), Node(ID, ""), gateway))[0] == (
        "tag:env=prod (its tags are not known)"
    )
    err = capsys.readouterr().err
    assert f"Whether {ID} is guarded is not known for sure: Access denied: no" in err
    assert "is:nothing" in err
    gateway.refuses_instances = False
    assert (await guarded(Settings(guard=("tag:env=prod",)), Node(ID, ""), gateway))[0] == "tag:env=prod"


async def test_d15_a_guard_reads_the_tags_of_the_one_hybrid_node(own_files: Path) -> None:
    pi = Node("mi-0123456789abcdef0", "pi", region="eu-west-1")
    gateway = fakes.FakeGateway([pi])
    gateway.tags_of_hybrid = {pi.id: {"env": "prod"}}
    assert await guarded(Settings(guard=("id:x", "region:us-east-1 tag:env=prod")), pi, gateway) == ("", pi)
    assert gateway.tags_asked == []
    reason, node = await guarded(Settings(guard=("tag:env=prod",)), pi, gateway)
    assert (reason, node.tags) == ("tag:env=prod", {"env": "prod"})
    assert gateway.tags_asked == [[pi.id]]


async def test_a_profile_guards_whatever_the_settings_say(own_files: Path) -> None:
    gateway: Any = FakeGateway()
    guard = profile("broken")
    assert (await guarded(Settings(), Node(ID, "web"), gateway, guard))[0] == "folder prod"


def test_a_guarded_node_wants_a_word_or_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node(ID, "web-1")
    confirm(node, "", yes=False)
    confirm(node, "prod", yes=True)
    with pytest.raises(UsageError, match="web-1 is guarded: prod"):
        confirm(node, "prod", yes=False)
    typed = iter(["y", "web-1", "y", "", "no"])
    monkeypatch.setattr(questions, "can_ask", lambda: True)
    monkeypatch.setattr(questions, "_prompt", lambda *_: next(typed))
    confirm(node, "prod", yes=False)
    with pytest.raises(UsageError, match="nothing has been started"):
        confirm(node, "prod", yes=False)


async def test_a_filter_by_account_alias_finds_the_node(own_files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gateways: Any = fakes.FakeGateways(
        fakes.FakeGateway([node._replace(aws_profile="prod") for node in fakes.fleet(9)])
    )
    start = await start_of(parsed('query = "account:acme name:web-2"'), gateways, Memory(None))
    assert start.node.name == "web-2"
    assert "Looking for account:acme name:web-2 in prod, eu-west-1" in capsys.readouterr().err


async def test_favourites_and_saved_filters_are_those_of_the_screen(own_files: Path) -> None:
    gateways: Any = fakes.FakeGateways()
    memory = Memory(own_files / "memory.json")
    filters, usage = Filters(memory), Usage(memory)
    filters.save("mine", "name:web")
    usage.toggle_favourite(fakes.make_node(5).key)
    await filters.close()
    await usage.close()
    start = await start_of(parsed('query = "@mine is:favourite"'), gateways, memory)
    assert start.node == fakes.make_node(5)


async def test_of_several_nodes_one_is_chosen_or_all_are_named(
    own_files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gateways: Any = fakes.FakeGateways(fakes.FakeGateway(fakes.fleet(9)))
    several = parsed('query = "name:web"\nseveral = "all"')
    with pytest.raises(UsageError, match=r"(?s)means 2 nodes.*web-1.*web-2"):
        await start_of(several, gateways, Memory(None))
    monkeypatch.setattr(questions, "can_ask", lambda: True)
    monkeypatch.setattr(questions, "_prompt", lambda *_: "2")
    assert (await start_of(several, gateways, Memory(None))).node.name == "web-2"
    assert "this terminal has room for one session" in capsys.readouterr().err


async def test_a_list_that_could_not_be_read_to_its_end_is_said(
    own_files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway = fakes.FakeGateway(fakes.fleet(9))
    gateway.error = Throttled("slow down")
    gateways: Any = fakes.FakeGateways(gateway)
    assert (await start_of(parsed('query = "name:web-1"'), gateways, Memory(None))).node.name == "web-1"
    assert "Not all nodes could be listed." in capsys.readouterr().err
    with pytest.raises(Throttled, match="No node is found"):
        await start_of(parsed('query = "name:nowhere"'), gateways, Memory(None))


async def test_parameters_that_a_document_does_not_take_are_refused_before_it_starts() -> None:
    gateways: Any = fakes.FakeGateways()
    text = f'target = "{ID}"\ndocument = "Acme-Debug"\n'
    start = await start_of(
        parsed(f'{text}parameters = {{ container = "web", level = "info" }}'), gateways, Memory(None)
    )
    assert start.request.parameters == {"container": ("web",)}, "the default is not sent"
    with pytest.raises(DocumentError, match="gone: the document has no such parameter"):
        await start_of(parsed(f'{text}parameters = {{ gone = "x" }}'), gateways, Memory(None))


def parsed(text: str) -> Profile:
    return combined([reading.parse(Path("profiles.toml"), f"[profiles.p]\n{text}")]).profiles["p"]
