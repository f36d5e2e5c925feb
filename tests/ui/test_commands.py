"""Each command works when it is enabled, explains itself when it is not, and is in the help."""

from collections import Counter

import pytest

from ssmtui.sessions.states import SessionState
from ssmtui.ui.commands.base import NODES, PLACES
from ssmtui.ui.commands.registry import Registry
from ssmtui.ui.compat import OuterKeyboard
from ssmtui.ui.help.palette import CommandLine, matching
from ssmtui.ui.help.sections import keys_of, sections
from ssmtui.ui.kit.confirm import Confirm
from ssmtui.ui.kit.key_table import Help
from ssmtui.ui.kit.prompt import Prompt
from ssmtui.ui.start.form import StartForm
from ssmtui.ui.table.filter_line import FilterEntry
from tests.support.commands import COMMANDS
from tests.support.fakes import FakeGateway, fleet
from tests.support.wait import wait_until
from tests.ui.harness import Harness

REGISTRY = Registry(COMMANDS)
IDS = [command.name for command in COMMANDS]


# Declarations


def test_names_and_aliases_are_unique():
    names = Counter(name for command in COMMANDS for name in (command.name, *command.aliases))
    assert [name for name, number in names.items() if number > 1] == []


@pytest.mark.parametrize("place", REGISTRY.places, ids=lambda place: place.heading)
def test_no_key_means_two_things_in_one_place(place):
    keys = Counter(binding.key for binding in REGISTRY.bindings(place))
    if place.around is not None and place in PLACES:
        keys.update(binding.key for binding in REGISTRY.bindings(place.around))
    assert [key for key, number in keys.items() if number > 1] == []


def test_no_letter_after_the_leader_means_two_things():
    letters = Counter(key for command in COMMANDS for key in command.leader_keys)
    assert [key for key, number in letters.items() if number > 1] == []


@pytest.mark.parametrize("command", COMMANDS, ids=IDS)
def test_each_command_is_documented_and_can_be_reached(command):
    assert command.help
    assert not command.help.endswith(".")
    reachable = command.keys or command.leader_keys or command.in_palette or command.name == "send-leader"
    assert reachable
    entries = [entry for _, found in sections("ctrl+]", REGISTRY, NODES) for entry in found]
    assert (keys_of(command, "ctrl+]", REGISTRY), command.help) in entries


@pytest.mark.parametrize("text", ["", "re", "q", "exit", "scrollback"])
def test_the_palette_offers_what_begins_so_before_what_only_contains_it(text):
    found = [command.name for command in matching(text, REGISTRY.in_palette(NODES))]
    assert len(found) == len(set(found))
    expected = {"": "shell", "re": "refresh", "q": "quit", "exit": "quit", "scrollback": None}[text]
    assert (found[0] if found else None) == expected


# Disabled


async def test_commands_on_a_node_explain_that_there_is_none():
    async with Harness(FakeGateway([])).run() as harness:
        await wait_until("the listing", lambda: "No managed nodes" in harness.text(), report=harness.text)
        for name in ("shell", "start", "copy"):
            assert harness.app.registry[name].disabled_reason() == "There is no node under the cursor"
        await harness.press("enter")
        await wait_until("why", lambda: "There is no node under the cursor" in harness.text(), report=harness.text)
        assert harness.manager.snapshots() == ()


async def test_commands_on_a_session_explain_that_there_is_none():
    async with Harness().run() as harness:
        await harness.ready()
        for name in (
            "copy-mode",
            "search",
            "copy-selection",
            "rename",
            "move",
            "close",
            "send-leader",
            "again",
            "restart",
            "edit",
        ):
            assert harness.app.registry[name].disabled_reason() == "This tab holds no session"
        await harness.press("f12", "x")
        await wait_until("why", lambda: "This tab holds no session" in harness.text(), report=harness.text)


async def test_commands_on_an_ended_session_explain_that_it_lives():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        for name in ("again", "restart", "edit"):
            harness.app.run_command(harness.app.registry[name])
            assert harness.app.registry[name].disabled_reason() == "The session still lives"
        assert len(harness.manager.snapshots()) == 1


NEED_AWS = "shell start copy profiles profile save-filter filters why request-access workspace workspace-save"


@pytest.mark.parametrize("name", [*NEED_AWS.split(), "tunnels"])
def test_what_needs_aws_waits_for_it(name):
    assert REGISTRY[name].disabled_reason() == "AWS has not been reached yet"


async def test_the_others_explain_themselves_too():
    async with Harness().run() as harness:
        await harness.ready()
        app = harness.app
        assert app.registry["all"].disabled_reason() == "No filter is set"
        assert app.registry["attention"].disabled_reason() == "No other tab wants attention"
        assert app.registry["refresh"].disabled_reason() is None


# Enabled


async def test_shell_and_start():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.command("shell")
        request = harness.app.panes.session.request
        assert (request.document_name, request.title) == (None, "bastion-1")
        await harness.press("f12", "d", "s")
        assert isinstance(harness.app.screen, StartForm)


async def test_filter_and_all():
    async with Harness(FakeGateway(fleet(30))).run() as harness:
        await harness.ready()
        await harness.command("filter", "web")
        assert harness.app.main.nodes.filter_text == "web"
        await harness.command("all")
        assert harness.app.main.nodes.filter_text == ""
        await harness.press("slash")
        assert isinstance(harness.app.focused, FilterEntry)


async def test_refresh_lists_again():
    async with Harness().run() as harness:
        await harness.ready()
        harness.gateway.listed = fleet(3)
        await harness.press("ctrl+r")
        await wait_until("the new listing", lambda: "3 nodes" in harness.text(), report=harness.text)


async def test_copy_puts_the_id_on_the_clipboard():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.press("y", "y")
        assert harness.app.clipboard == harness.app.main.nodes.selected.id
        await wait_until("a word", lambda: "Copied i-" in harness.text(), report=harness.text)
        assert harness.clipboard.given == [harness.app.clipboard]


async def two_sessions(harness: Harness) -> list[int]:
    await harness.ready()
    first = await harness.open_session()
    await harness.press("f12", "d", "j")
    return [first, await harness.open_session()]


async def test_tabs_are_reached_by_their_letters():
    async with Harness().run() as harness:
        first, second = await two_sessions(harness)
        shown = []
        for letter in ("d", "n", "n", "n", "p", "l", "2", "0", "3", "1", "tab"):
            await harness.press("f12", letter)
            shown.append(harness.app.panes.tabs.session)
        assert shown == [None, first, second, None, second, None, first, None, second, None, second]


async def test_a_tab_that_is_not_there_is_named():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.press("f12", "7")
        await wait_until("a word", lambda: "There is no tab 7" in harness.text(), report=harness.text)
        await harness.command("tab", "x[/]y")
        await wait_until("a word", lambda: "There is no tab x[/]y" in harness.text(), report=harness.text)


async def test_attention_goes_where_something_happened():
    async with Harness().run() as harness:
        first, _ = await two_sessions(harness)
        harness.manager.rings(first)
        await harness.settle()
        await harness.press("f12", "a")
        assert harness.app.panes.tabs.session == first


async def test_tabs_are_moved():
    async with Harness().run() as harness:
        first, second = await two_sessions(harness)
        await harness.press("f12", "less_than_sign")
        assert "2 cache-1 ○ │ 3 bastion-1 ○" in harness.text()
        assert harness.app.panes.tabs.sessions == [second, first]
        await harness.command("move", "right")
        assert harness.app.panes.tabs.sessions == [first, second]


async def test_tabs_are_renamed():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press("f12", "comma")
        assert isinstance(harness.app.screen, Prompt)
        await harness.press("end", *"-x", "enter")
        assert harness.manager.snapshot(key).title == "bastion-1-x"
        await harness.command("rename", "[bold]mine")
        assert "[bold]mine" in harness.text()
        await harness.press("f12", "comma", "escape")
        assert harness.manager.snapshot(key).title == "[bold]mine"


async def test_scroll_and_send_leader():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.command("scroll")
        assert harness.app.panes.view.copy_mode.active
        await harness.press("q")
        await harness.command("send-leader", "ctrl+right_square_bracket")
        assert harness.manager.written[key] == b"\x1d"


@pytest.mark.parametrize("name", ["again", "restart"])
async def test_a_session_that_is_over_is_started_again(name):
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.manager.becomes(key, SessionState.ENDED)
        await harness.command(name)
        assert [s.key for s in harness.manager.snapshots()] == [2]


async def test_edit_opens_the_form_with_the_old_request():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.manager.becomes(key, SessionState.ENDED)
        await harness.command("edit")
        assert isinstance(harness.app.screen, StartForm)


def test_the_help_says_which_keys_the_terminal_does_not_tell_apart(monkeypatch):
    def told() -> list[str]:
        (found,) = [
            found for heading, found in sections("ctrl+]", REGISTRY, NODES) if "your terminal" in heading.lower()
        ]
        return [keys for keys, _ in found]

    monkeypatch.setattr(OuterKeyboard, "tells_keys_apart", False)
    assert "ctrl+i m [" in told()
    monkeypatch.setattr(OuterKeyboard, "tells_keys_apart", True)
    assert told() == ["keypad"]


async def test_help_shows_all_and_scrolls():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.press("question_mark")
        assert isinstance(harness.app.screen, Help)
        assert "Open the default shell on the node" in harness.text()
        await harness.press("pagedown", "pagedown", "pagedown", "end")
        await wait_until("the end", lambda: "Marks on the tabs" in harness.text(), report=harness.text)
        await harness.press("j", "k")
        await harness.press("q")
        assert harness.app.screen is harness.app.main


async def test_help_begins_with_the_keys_of_the_tab_that_is_shown():
    async with Harness().run((80, 24)) as harness:
        await harness.ready()
        await harness.open_session()
        await harness.press("ctrl+right_square_bracket", "question_mark")
        await wait_until("its keys", lambda: "After ctrl+] or f12, everywhere" in harness.text(), report=harness.text)
        assert "In the list of nodes" not in harness.text()


async def test_theme_changes_and_changes_back():
    async with Harness().run() as harness:
        await harness.ready()
        dark = harness.app.theme
        await harness.command("theme")
        assert not harness.app.current_theme.dark
        await harness.command("theme")
        assert harness.app.theme == dark


@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+q"])
async def test_an_interrupt_in_the_list_does_not_quit(key):
    async with Harness().run() as harness:
        await harness.ready()
        await harness.press(key)
        await wait_until("a word", lambda: "Press q to quit" in harness.text(), report=harness.text)
        assert not harness.app._exit


# The palette


async def test_the_palette_runs_what_is_typed_with_its_argument():
    async with Harness(FakeGateway(fleet(30))).run() as harness:
        await harness.ready()
        await harness.press("colon", *"filter web", "enter")
        await wait_until("the filter", lambda: harness.app.main.nodes.filter_text == "web")
        assert harness.app.screen is harness.app.main


async def test_the_palette_completes_and_chooses():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.press("colon", *"fil", "tab", *"db", "enter")
        await wait_until("the filter", lambda: harness.app.main.nodes.filter_text == "db")
        await harness.press("colon", *"the", "down", "up", "enter")
        await wait_until("the theme", lambda: not harness.app.current_theme.dark)


async def test_the_palette_says_why_a_command_cannot_be_run():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.press("colon", *"close")
        assert "This tab holds no session" in harness.text()
        await harness.press("escape")
        assert harness.app.screen is harness.app.main


async def test_the_palette_names_a_command_that_is_not_there():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.press("colon", *"zzz", "enter")
        await wait_until("a word", lambda: "There is no such command" in harness.text(), report=harness.text)


async def test_backspace_on_nothing_leaves_the_palette():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.press("colon", "x", "backspace")
        assert isinstance(harness.app.screen, CommandLine)
        await harness.press("backspace")
        assert harness.app.screen is harness.app.main


async def test_the_palette_is_there_in_a_pane_after_the_leader():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press("f12", "colon", *"close", "enter")
        await wait_until("the question", lambda: isinstance(harness.app.screen, Confirm))
        assert harness.manager.written[key] == b""
