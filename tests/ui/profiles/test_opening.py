"""Opening saved connections: what is asked, which nodes are found, what is said where there are none."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from textual.widgets import Input

from ssmtui.errors import AccessDenied
from ssmtui.layout import Arrangement, Layout
from ssmtui.model import Instance, Node, PingStatus, Scope, TerminalSize
from ssmtui.profiles.histories import Histories
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.ui.forms.parameter_field import ParameterField
from ssmtui.ui.kit.questions import Questions
from ssmtui.ui.nodes.node_choice import NodeChoice
from ssmtui.ui.profiles.opening import opening
from ssmtui.ui.start.form import StartForm
from ssmtui.ui.start.guard_question import GuardQuestion
from ssmtui.ui.start.listing import Listing
from ssmtui.ui.start.open_question import OpenQuestion
from ssmtui.ui.start.results import Starts
from tests.support.fakes import NOW, FakeGateway, fleet
from tests.support.wait import wait_until
from tests.ui.harness import Harness
from tests.ui.test_snapshots import check


def harness_with(text: str, gateway: FakeGateway | None = None) -> Harness:
    return Harness(gateway or FakeGateway(fleet(9)), profiles=text)


async def opens(harness: Harness, name: str) -> None:
    """Open a profile, once the nodes are listed."""
    await harness.ready()
    await wait_until("the listing is whole", lambda: all(s.refreshed_at for s in harness.fleet.states.values()))
    assert harness.app.services is not None
    opening.open_profiles(
        harness.app.main.features.profiles.context, [harness.app.services.profiles.profiles.profiles[name]]
    )


async def dialog(harness: Harness, kind: type) -> None:
    await wait_until(f"{kind.__name__}", lambda: isinstance(harness.app.screen, kind), report=harness.text)
    await harness.settle()


async def sessions(harness: Harness, number: int) -> list[SessionSnapshot]:
    await wait_until("the sessions", lambda: len(harness.manager.snapshots()) == number, report=harness.text)
    await harness.settle()
    return list(harness.manager.snapshots())


# Which nodes


async def test_a_query_opens_the_one_node_that_it_finds_with_all_that_the_profile_says() -> None:
    text = """
[folders.prod]
guard = true
color = "red"
[profiles."db shell"]
folder = "prod"
query = "name:db-1"
on_connect = "cd /srv\\n"
size = "100x30"
keep_alive = true
reason = "a look"
"""
    async with harness_with(text).run() as harness:
        await opens(harness, "db shell")
        await dialog(harness, GuardQuestion)
        assert "folder prod" in harness.text()
        await harness.press(*"db-1", "enter")
        (session,) = await sessions(harness, 1)
        assert (session.title, session.node.name, session.request.reason) == ("db shell", "db-1", "a look")
        assert session.request.scope == harness.gateway.scope
        options = session.request.options
        assert (options.profile, options.guarded, options.color) == ("db shell", "folder prod", "red")
        assert (options.on_connect, options.largest, options.keep_alive) == ("cd /srv\n", TerminalSize(100, 30), True)
        assert harness.app.services.profiles.used("db shell").times == 1


async def test_several_matches_are_chosen_from() -> None:
    async with harness_with('[profiles.web]\nquery = "web|db"').run((80, 24)) as harness:
        await opens(harness, "web")
        await dialog(harness, NodeChoice)
        assert "4 nodes" in harness.text()
        await check(harness, "node-choice")
        await harness.press("escape")
        assert harness.manager.snapshots() == ()
        await opens(harness, "web")
        await dialog(harness, NodeChoice)
        await harness.press(*"web", "down", "enter")
        (session,) = await sessions(harness, 1)
        assert session.node.name == "web-2"


@pytest.mark.parametrize(("several", "name"), [("first-online", "web-1"), ("newest", "web-2")])
async def test_a_rule_takes_one_of_several(several: str, name: str) -> None:
    gateway = FakeGateway(fleet(9))
    for node in gateway.listed:
        if node.name == "web-2":
            gateway.instances[node.id] = Instance(node.id, launched=NOW)
        elif node.name == "web-1":
            gateway.instances[node.id] = Instance(node.id, launched=NOW - timedelta(days=1))
    text = f'[profiles.web]\nquery = "name:web"\nseveral = "{several}"'
    async with harness_with(text, gateway).run() as harness:
        await opens(harness, "web")
        (session,) = await sessions(harness, 1)
        assert session.node.name == name


async def test_none_online_is_said() -> None:
    gateway = FakeGateway([node._replace(ping=PingStatus.CONNECTION_LOST) for node in fleet(9)])
    async with harness_with('[profiles.web]\nquery = "web"\nseveral = "first-online"', gateway).run() as harness:
        await opens(harness, "web")
        await harness.tells("No node is online", "of 2 that match")


async def test_all_are_opened_after_a_question_when_they_are_many() -> None:
    async with harness_with('[profiles.all]\nquery = "i-"\nseveral = "all"').run() as harness:
        await opens(harness, "all")
        await dialog(harness, OpenQuestion)
        await harness.press("y")
        opened = await sessions(harness, 9)
        assert isinstance(harness.app.screen, Starts)
        assert {session.title for session in opened} == {node.name for node in harness.gateway.listed}


async def test_a_thousand_matches_are_refused() -> None:
    text = '[profiles.all]\nquery = "i-"\nseveral = "all"'
    async with harness_with(text, FakeGateway(fleet(1000))).run() as harness:
        await opens(harness, "all")
        await harness.tells("1,000 sessions", "at most 100")
        assert harness.manager.snapshots() == ()


async def test_none_found_is_said_with_the_nearest_name_and_the_state() -> None:
    async with harness_with('[profiles.cache]\nquery = "name:cahce-1"').run() as harness:
        await opens(harness, "cache")
        await harness.tells("No node is found", "name:cahce-1", "9 nodes", "The nearest name is cache-1")


async def test_a_target_that_nobody_has_listed_is_started_all_the_same() -> None:
    text = '[profiles.old]\ntarget = "i-0123456789abcdef0"\nregion = "us-east-1"'
    async with harness_with(text).run() as harness:
        await opens(harness, "old")
        (session,) = await sessions(harness, 1)
        assert session.node is None
        assert session.request.target == "i-0123456789abcdef0"
        assert session.request.scope == Scope("prod", "us-east-1")


# Where


async def test_a_scope_that_is_not_listed_is_listed_for_the_query() -> None:
    text = '[profiles.web]\naws_profile = "staging"\nregion = "us-east-1"\nquery = "name:web-1"'
    async with harness_with(text).run() as harness:
        scope = Scope("staging", "us-east-1")
        other = harness.gateways.gateway(scope)
        other.listed = [node._replace(aws_profile="staging", region="us-east-1") for node in fleet(9)]
        await opens(harness, "web")
        (session,) = await sessions(harness, 1)
        assert (session.node.name, session.request.scope) == ("web-1", scope)


async def test_a_scope_that_is_denied_says_so() -> None:
    text = '[profiles.web]\naws_profile = "staging"\nregion = "us-east-1"\nquery = "name:web-1"'
    async with harness_with(text).run() as harness:
        harness.gateways.gateway(Scope("staging", "us-east-1")).error = AccessDenied("not for jane")
        await opens(harness, "web")
        await harness.tells("No node is found", "staging us-east-1", "denied", "not for jane")


async def test_d15_a_query_for_a_tag_reads_the_tags_of_hybrid_nodes() -> None:
    text = '[profiles.web]\naws_profile = "staging"\nregion = "us-east-1"\nquery = "tag:env=prod"'
    async with harness_with(text).run((80, 24)) as harness:
        scope = Scope("staging", "us-east-1")
        pi = [Node(f"mi-{n}", f"pi-{n}", aws_profile="staging", region="us-east-1") for n in range(2)]
        other = harness.gateways.gateway(scope)
        other.listed, other.tags_of_hybrid = pi, {pi[1].id: {"env": "prod"}}
        other.tags_gate = asyncio.Event()
        await opens(harness, "web")
        await dialog(harness, Listing)
        await wait_until(
            "how many are left",
            lambda: "tags of 2 hybrid nodes are not read yet" in harness.text(),
            report=harness.text,
        )
        other.tags_gate.set()
        (session,) = await sessions(harness, 1)
        assert session.node.name == "pi-1"


async def test_a_listing_that_takes_long_can_be_left() -> None:
    text = '[profiles.web]\naws_profile = "staging"\nregion = "us-east-1"\nquery = "name:web-1"'
    async with harness_with(text).run((80, 24)) as harness:
        harness.gateways.others[Scope("staging", "us-east-1")] = SlowGateway()
        await opens(harness, "web")
        await dialog(harness, Listing)
        assert "staging us-east-1" in harness.text()
        await harness.press("escape")
        assert harness.manager.snapshots() == ()
        await opens(harness, "web")
        await dialog(harness, Listing)
        await wait_until("the first page", lambda: "9 nodes so far" in harness.text(), report=harness.text)
        await harness.press("enter")
        (session,) = await sessions(harness, 1)
        assert session.node.name == "web-1"


class SlowGateway(FakeGateway):
    """Lists a page, and then nothing for long."""

    def __init__(self) -> None:
        super().__init__([node._replace(aws_profile="staging", region="us-east-1") for node in fleet(9)])
        self.scope = Scope("staging", "us-east-1")

    async def nodes(self):  # type: ignore[no-untyped-def]
        import asyncio

        async for page in super().nodes():
            yield page
        await asyncio.Event().wait()


async def test_an_unknown_aws_profile_names_the_file_the_line_and_the_nearest() -> None:
    async with harness_with('[profiles.web]\nquery = "web"\naws_profile = "stagin"').run() as harness:
        await opens(harness, "web")
        await harness.tells("There is no such AWS profile", "profiles.toml, line 3", "Did you mean staging?")


# What is asked


ASKING = """
[profiles.web]
target = "i-0123456789abcdef0"
reason = "look at {ask:Ticket}"
reason_required = true
reason_pattern = 'look at [A-Z]+-\\d+'
reason_hint = "a ticket such as OPS-123"
document = "AWS-StartInteractiveCommand"
parameters = { command = "tail -f {ask:File}" }
"""


async def test_all_questions_are_asked_at_once_and_the_reason_is_held_to_its_rule() -> None:
    async with harness_with(ASKING).run((80, 24)) as harness:
        await opens(harness, "web")
        await dialog(harness, Questions)
        text = harness.text()
        assert "Ticket" in text
        assert "File" in text
        await harness.press("ctrl+s")
        assert harness.text().count("needed") == 2
        document_asked_first = text.index("File") < text.index("Ticket")
        answers = [("/var/log/x", "ops"), ("ops", "/var/log/x")][not document_asked_first]
        await harness.press(*answers[0], "enter", *answers[1], "enter")
        assert isinstance(harness.app.screen, Questions)
        assert "“look at ops”: a ticket" in harness.text()
        await check(harness, "questions")
        await harness.press("ctrl+u", *"OPS-7", "ctrl+s")
        (session,) = await sessions(harness, 1)
        assert session.request.reason == "look at OPS-7"
        assert session.request.parameters == {"command": ("tail -f /var/log/x",)}
        await opens(harness, "web")
        await dialog(harness, Questions)
        await harness.press("up", "enter", "up", "enter")
        assert (await sessions(harness, 2))[1].request.reason == "look at OPS-7"


async def test_answers_of_an_earlier_run_come_back() -> None:
    async with harness_with(ASKING).run() as harness:
        earlier = Histories(harness.memory)
        earlier.entries.note("/var/log/earlier", "profiles/File")
        await earlier.close()
        await opens(harness, "web")
        await dialog(harness, Questions)
        await harness.press("up", "tab", "up")
        assert "/var/log/earlier" in harness.text()


async def test_a_reason_that_the_rule_asks_for_and_the_profile_does_not_give_is_asked() -> None:
    text = '[folders.prod]\nreason_required = true\n[profiles.web]\nfolder = "prod"\ntarget = "i-0123456789abcdef0"'
    async with harness_with(text).run() as harness:
        await opens(harness, "web")
        await dialog(harness, Questions)
        await harness.press("enter")
        assert "needed" in harness.text()
        harness.app.screen.query_one(Input).value = "{ask:it} ${HOME}"
        await harness.press("enter")
        (session,) = await sessions(harness, 1)
        assert session.request.reason == "{ask:it} ${HOME}"
        await opens(harness, "web")
        await dialog(harness, Questions)
        await harness.press("up")
        assert "{ask:it} ${HOME}" in harness.text()


async def test_a_variable_is_filled_in_and_a_missing_one_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSMTUI_TEST_NODE", "db-1")
    monkeypatch.delenv("SSMTUI_TEST_NONE", raising=False)
    text = '[profiles.a]\nquery = "name:${SSMTUI_TEST_NODE}"\n[profiles.b]\nquery = "name:${SSMTUI_TEST_NONE}"'
    async with harness_with(text).run() as harness:
        await opens(harness, "a")
        (session,) = await sessions(harness, 1)
        assert session.node.name == "db-1"
        await opens(harness, "b")
        await harness.tells("profiles.toml, line 4", "the connection b", "query", "SSMTUI_TEST_NONE")


# Documents


async def test_what_a_document_does_not_take_is_mended_in_the_form() -> None:
    text = """
[profiles.debug]
target = "i-0123456789abcdef0"
document = "Acme-Debug"
parameters = { container = "web", gone = "x", level = "loud" }
"""
    async with harness_with(text).run() as harness:
        await opens(harness, "debug")
        await dialog(harness, StartForm)
        await harness.tells("the document has no such parameter", "level: one of info")
        form = harness.app.screen

        def is_at_level() -> bool:
            fields = [field for field in form.query(ParameterField) if field.parameter.name == "level"]
            return len(fields) == 1 and fields[0].has_focus_within

        await wait_until("it is gone to", is_at_level, report=harness.text)
        assert harness.manager.snapshots() == ()


# Folders

FOLDER = """
[profiles.one]
folder = "team/web"
query = "name:web-1"
[profiles.two]
folder = "team"
target = "i-0123456789abcdef0"
[profiles.three]
folder = "team"
query = "name:nowhere"
[profiles.other]
folder = "teams"
query = "name:db-1"
"""


async def test_several_are_opened_together_and_what_cannot_be_opened_is_among_the_results() -> None:
    async with harness_with(FOLDER).run((80, 24)) as harness:
        await harness.ready()
        called = []
        known = harness.app.services.profiles.profiles.profiles.values()
        team = [profile for profile in known if f"{profile.folder}/".startswith("team/")]
        opening.open_profiles(harness.app.main.features.profiles.context, team, then=lambda: called.append(True))
        await dialog(harness, OpenQuestion)
        await harness.press("enter")
        opened = await sessions(harness, 2)
        assert [session.title for session in opened] == ["one", "two"]
        assert isinstance(harness.app.screen, Starts)
        await harness.tells("2 starting · 1 failed", "three", "No node is found")
        assert called == [True]


TEAM = """
[folders.team]
layout = "even-vertical"
[folders."team/loose"]
layout = "tabs"
[profiles.one]
folder = "team"
query = "name:web-1"
[profiles.two]
folder = "team"
query = "name:web-2"
[profiles.three]
folder = "team/loose"
query = "name:db-1"
"""


async def open_named(harness: Harness, *names: str, layout: str = "") -> list[list[str]]:
    """The titles of the sessions of each tab, once these profiles are opened together."""
    await harness.ready()
    known = harness.app.services.profiles.profiles.profiles
    profiles = [known[name] for name in names]
    opening.open_profiles(harness.app.main.features.profiles.context, profiles, layout=layout)
    await sessions(harness, len(names))
    await harness.settle()
    titles = {session.key: session.title for session in harness.manager.snapshots()}
    return [[titles[key] for key in tab.sessions] for tab in harness.app.panes.tabs.of_sessions]


async def test_profiles_that_say_the_same_share_a_tab() -> None:
    async with harness_with(TEAM).run() as harness:
        assert await open_named(harness, "one", "two") == [["one", "two"]]
        (tab,) = harness.app.panes.tabs.of_sessions
        assert tab.layout.root == Layout.of(tab.sessions, Arrangement.EVEN_VERTICAL).root


async def test_profiles_that_differ_are_asked_about() -> None:
    async with harness_with(TEAM).run() as harness:
        await harness.ready()
        known = harness.app.services.profiles.profiles.profiles
        context = harness.app.main.features.profiles.context
        opening.open_profiles(context, [known["one"], known["three"]])
        await dialog(harness, OpenQuestion)


async def test_a_folder_is_opened_as_it_says_whatever_those_in_it_say() -> None:
    async with harness_with(TEAM).run() as harness:
        await harness.ready()
        await harness.press("p")
        await harness.shows("team")
        await harness.press("g")
        await harness.command("profile-open-folder")
        await sessions(harness, 3)
        await harness.settle()
        (tab,) = harness.app.panes.tabs.of_sessions
        assert len(tab.sessions) == 3


async def test_what_a_document_does_not_take_is_among_the_results_where_several_are_opened() -> None:
    text = """
[profiles.web]
query = "name:web-1"
[profiles.wrong]
target = "i-0123456789abcdef0"
document = "Acme-Debug"
parameters = { gone = "x" }
"""
    async with harness_with(text).run((80, 24)) as harness:
        await harness.ready()
        known = harness.app.services.profiles.profiles.profiles
        opening.open_profiles(harness.app.main.features.profiles.context, [known["web"], known["wrong"]])
        (opened,) = await sessions(harness, 1)
        assert opened.title == "web"
        assert isinstance(harness.app.screen, Starts)
        await harness.tells("1 starting · 1 failed", "wrong", "The parameters do not fit the document")


async def test_a_second_enter_answers_nothing_else() -> None:
    text = '[folders.prod]\nguard = true\n[profiles.db]\nfolder = "prod"\nquery = "name:db-1"'
    async with harness_with(text).run() as harness:
        await opens(harness, "db")
        await dialog(harness, GuardQuestion)
        harness.app.screen.query_one(Input).value = "db-1"
        entry = harness.app.screen.query_one(Input)
        for _ in range(2):
            harness.app.screen.post_message(Input.Submitted(entry, "db-1"))
        await sessions(harness, 1)
        assert harness.app.screen is harness.app.main


async def test_the_view_of_profiles_leaves_once_the_results_that_lie_over_it_do() -> None:
    async with harness_with(f"[folders.team]\nguard = true\n{FOLDER}").run() as harness:
        await harness.ready()
        await harness.press("p", "o")
        await dialog(harness, GuardQuestion)
        await harness.press("2", "enter")
        opened = await sessions(harness, 2)
        await dialog(harness, Starts)
        await harness.press("down", "enter")
        await wait_until("the tab", lambda: harness.app.screen is harness.app.main, report=harness.text)
        assert harness.app.panes.tabs.session == opened[1].key
