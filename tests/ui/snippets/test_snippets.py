"""Saved commands: chosen, asked about, looked at and sent; and nothing reaches a node on any other way."""

from __future__ import annotations

from textual import events

from ssmtui.config.settings import Settings
from ssmtui.config.snippets import Snippet
from ssmtui.model import PaneOptions, StartRequest
from ssmtui.sessions.states import SessionState
from ssmtui.terminal.screen import Modes
from ssmtui.ui.kit.pick import Pick
from ssmtui.ui.kit.questions import Questions
from ssmtui.ui.snippets.preview import SnippetPreview
from tests.support.wait import wait_until
from tests.ui.harness import Harness
from tests.ui.test_snapshots import check

SETTINGS = Settings(
    snippets={
        "disk usage": Snippet("df -h ${MOUNT}", "what is full"),
        "follow a unit": Snippet("journalctl -fu {ask:Unit} # {ask:Since/until}", enter=True),
        "deploy": Snippet("cd /srv\ngit pull"),
    }
)
PROFILES = """
[snippets]
"deploy" = "not this one"
"from the team" = "make me a sandwich"
[folders.db.snippets]
"slow queries" = "pg-slow"
"disk usage" = "df -h /var/lib/postgresql"
[profiles.db-1]
folder = "db"
target = "i-1"
"""


async def opened(harness: Harness) -> int:
    await harness.ready()
    return await harness.open_session()


async def shown(harness: Harness, dialog: type) -> None:
    await wait_until(f"{dialog}", lambda: isinstance(harness.app.screen, dialog), report=harness.text)
    await harness.settle()


async def test_a_snippet_is_chosen_by_typing_and_sent_after_a_look_without_enter():
    async with Harness(settings=SETTINGS).run() as harness:
        key = await opened(harness)
        await harness.press("f12", "dollar_sign")
        await shown(harness, Pick)
        assert "disk usage  what is full · df -h ${MOUNT}" in harness.text()
        assert "deploy  cd /srv ⏎ git pull" in harness.text()
        await harness.press(*"full", "enter")
        await shown(harness, SnippetPreview)
        assert "Send this to bastion-1?" in harness.text()
        assert "send, without Enter" in harness.text()
        assert harness.manager.written[key] == b""
        await harness.press("enter")
        assert harness.manager.written[key] == b"df -h ${MOUNT}"


async def test_esc_at_any_step_sends_nothing():
    async with Harness(settings=SETTINGS).run() as harness:
        key = await opened(harness)
        await harness.press("f12", "dollar_sign", "escape")
        await harness.command("snippet", "follow a unit")
        await shown(harness, Questions)
        await harness.press("escape")
        await harness.command("snippet", "deploy")
        await shown(harness, SnippetPreview)
        await harness.press("escape")
        assert harness.manager.written[key] == b""
        assert harness.app.screen is harness.app.main


async def test_questions_are_asked_once_each_and_earlier_answers_come_back():
    async with Harness(settings=SETTINGS).run() as harness:
        key = await opened(harness)
        await harness.command("snippet", "FOLLOW a unit")
        await shown(harness, Questions)
        await harness.press("ctrl+s")
        assert harness.text().count("needed") == 2
        await harness.press(*"nginx", "enter", *"today", "enter")
        await shown(harness, SnippetPreview)
        assert "journalctl -fu nginx # today" in harness.text()
        assert "send, with Enter" in harness.text()
        await harness.press("enter")
        assert harness.manager.written[key] == b"journalctl -fu nginx # today\r"
        harness.manager.written[key].clear()
        await harness.command("snippet", "follow a unit")
        await shown(harness, Questions)
        await harness.press("up", "enter", "up", "enter")
        await shown(harness, SnippetPreview)
        await harness.press("o")
        assert harness.manager.written[key] == b"journalctl -fu nginx # today"


async def test_a_shell_that_marks_pastes_gets_enter_behind_the_mark():
    async with Harness(settings=SETTINGS).run() as harness:
        key = await opened(harness)
        await harness.command("snippet", "deploy")
        await shown(harness, SnippetPreview)
        assert "Each line but the last is run at once." in harness.text()
        await harness.press("escape")
        harness.manager.becomes(key, SessionState.OPEN, modes=Modes(bracketed_paste=True))
        await harness.settle()
        await harness.command("snippet", "deploy")
        await shown(harness, SnippetPreview)
        assert "is run at once" not in harness.text()
        await harness.press("o")
        assert harness.manager.written[key] == b"\x1b[200~cd /srv\rgit pull\x1b[201~\r"


async def test_what_is_typed_behind_the_choice_reaches_neither_the_node_nor_an_unseen_preview():
    async with Harness(settings=SETTINGS).run() as harness:
        key = await opened(harness)
        await harness.press("f12", "dollar_sign")
        await shown(harness, Pick)
        for name, character in (("enter", "\r"), ("enter", "\r"), ("y", "y"), ("x", "x")):
            harness.app.post_message(events.Key(name, character))
        await shown(harness, SnippetPreview)
        assert harness.manager.written[key] == b""


async def test_answers_typed_ahead_are_those_of_the_form():
    async with Harness(settings=SETTINGS).run() as harness:
        key = await opened(harness)
        await harness.press("f12", "dollar_sign")
        await shown(harness, Pick)
        await harness.press(*"follow")
        for name, character in (("enter", "\r"), ("a", "a"), ("tab", "\t"), ("b", "b"), ("enter", "\r")):
            harness.app.post_message(events.Key(name, character))
        await shown(harness, SnippetPreview)
        assert "journalctl -fu a # b" in harness.text()
        assert harness.manager.written[key] == b""


async def test_a_guarded_session_is_named_as_such_before_anything_is_sent():
    async with Harness(settings=SETTINGS).run((80, 24)) as harness:
        await harness.ready()
        request = StartRequest("i-0prod", options=PaneOptions(guarded="production"))
        harness.app.panes.start(request, None)
        key = harness.app.panes.session.key
        harness.manager.becomes(key, SessionState.OPEN)
        harness.manager.prints(key, "$ ")
        await harness.settle()
        await harness.command("snippet", "deploy")
        await shown(harness, SnippetPreview)
        await check(harness, "snippet-guarded")
        assert "It is guarded (production)." in harness.text()
        await harness.press("y")
        assert harness.manager.written[key] == b"cd /srv\rgit pull"


async def test_a_profile_and_its_folder_bring_their_own_as_the_file_is_now():
    async with Harness(settings=SETTINGS, profiles=PROFILES).run() as harness:
        await harness.ready()
        harness.app.panes.start(StartRequest("i-1", options=PaneOptions(profile="db-1")), None)
        key = harness.app.panes.session.key
        harness.manager.becomes(key, SessionState.OPEN)
        harness.manager.prints(key, "$ ")
        await harness.settle()
        await harness.command("snippet", "disk usage")
        await shown(harness, SnippetPreview)
        assert "df -h /var/lib/postgresql" in harness.text()
        await harness.press("escape")
        await harness.app.services.profiles.put("db-1", {"snippets": {"new": "uptime"}})
        await harness.command("snippet")
        await shown(harness, Pick)
        for name in ("disk usage", "deploy", "slow queries", "new  uptime", "from the team"):
            assert name in harness.text()
        await check(harness, "snippets")


async def test_an_unknown_name_says_which_is_near():
    async with Harness(settings=SETTINGS).run() as harness:
        await opened(harness)
        await harness.command("snippet", "disk usge")
        await harness.tells("There is no snippet disk usge. Did you mean disk usage?")


async def test_a_session_that_ends_meanwhile_gets_nothing():
    async with Harness(settings=SETTINGS).run() as harness:
        key = await opened(harness)
        await harness.command("snippet", "deploy")
        await shown(harness, SnippetPreview)
        harness.manager.becomes(key, SessionState.ENDED)
        await harness.settle()
        await harness.press("enter")
        await harness.tells("The session takes no input any more: nothing was sent")
        assert harness.manager.written[key] == b""


async def test_what_was_looked_at_is_shown_again_where_it_would_do_something_else_by_now():
    async with Harness(settings=SETTINGS).run() as harness:
        key = await opened(harness)
        await harness.command("snippet", "deploy")
        await shown(harness, SnippetPreview)
        harness.manager.sets_modes(key, Modes(alternate_screen=True))
        await harness.press("enter")
        await harness.shows("The session is in a full-screen program")
        assert harness.manager.written[key] == b""
        await harness.press("enter")
        assert harness.manager.written[key] == b"cd /srv\rgit pull"


async def test_a_long_text_scrolls():
    text = "\n".join(f"echo [b]line {number}[/b] " + "x" * 300 for number in range(40))
    async with Harness(settings=Settings(snippets={"long": Snippet(text)})).run((80, 24)) as harness:
        await opened(harness)
        await harness.command("snippet", "long")
        await shown(harness, SnippetPreview)
        await harness.shows("echo [b]line 0[/b]", "scroll")
        await harness.press(*"jjjjjjjjjj")
        assert "line 0[" not in harness.text()
        assert "line 2[" in harness.text()


async def test_without_snippets_the_command_says_where_they_are_written():
    async with Harness(settings=SETTINGS).run() as harness:
        await harness.ready()
        assert harness.app.registry["snippet"].disabled_reason() == "This tab holds no session"
    async with Harness().run() as harness:
        await opened(harness)
        await harness.press("f12", "dollar_sign")
        await harness.tells("There are no snippets: [snippets] in config.toml is where they are written")


async def test_a_read_only_program_sends_none():
    async with Harness(settings=SETTINGS, read_only=True).run() as harness:
        await opened(harness)
        assert harness.app.registry["snippet"].disabled_reason() == "The session is read-only"


async def three_open(harness: Harness) -> list[int]:
    """Three sessions in a broadcast, the last one guarded and in front; and one that has no part in it."""
    await harness.ready()
    keys = []
    for number, guarded in enumerate(("", "", "", "production")):
        harness.app.panes.start(StartRequest(f"i-{number}", options=PaneOptions(guarded=guarded)), None)
        keys.append(harness.app.panes.session.key)
        harness.manager.becomes(keys[-1], SessionState.OPEN)
        harness.manager.prints(keys[-1], "$ ")
    harness.app.panes.inputs.broadcast.add(keys[1:])
    await harness.settle()
    return keys


async def test_all_of_a_broadcast_are_named_and_each_gets_it_by_its_own_modes():
    async with Harness(settings=SETTINGS).run((80, 24)) as harness:
        outside, plain, marking, guarded = await three_open(harness)
        harness.manager.becomes(marking, SessionState.OPEN, modes=Modes(bracketed_paste=True))
        await harness.settle()
        await harness.command("snippet", "deploy")
        await shown(harness, SnippetPreview)
        await check(harness, "snippet-broadcast")
        assert "Send this to 3 sessions?" in harness.text()
        assert "1 of them is guarded." in harness.text()
        assert "  i-3  GUARDED production" in harness.text()
        await harness.press("o")
        assert harness.manager.written[plain] == b"cd /srv\rgit pull\r"
        assert harness.manager.written[marking] == b"\x1b[200~cd /srv\rgit pull\x1b[201~\r"
        assert harness.manager.written[guarded] == b"cd /srv\rgit pull\r"
        assert harness.manager.written[outside] == b""


async def test_a_session_outside_a_broadcast_gets_it_alone():
    async with Harness(settings=SETTINGS).run() as harness:
        outside, *members = await three_open(harness)
        harness.app.panes.show(outside)
        await harness.command("snippet", "disk usage")
        await shown(harness, SnippetPreview)
        assert "Send this to i-0?" in harness.text()
        await harness.press("enter")
        assert harness.manager.written[outside] == b"df -h ${MOUNT}"
        assert not any(harness.manager.written[key] for key in members)


async def test_who_joins_or_leaves_after_the_look_is_looked_at_again():
    async with Harness(settings=SETTINGS).run() as harness:
        outside, first, second, third = await three_open(harness)
        await harness.command("snippet", "deploy")
        await shown(harness, SnippetPreview)
        harness.app.panes.inputs.broadcast.add([outside])
        await harness.press("enter")
        await harness.shows("Send this to 4 sessions?")
        harness.manager.becomes(second, SessionState.OPEN, modes=Modes(alternate_screen=True))
        await harness.press("enter")
        await harness.shows("Send this to 3 sessions?")
        await harness.press("enter")
        assert [bool(harness.manager.written[key]) for key in (outside, first, second, third)] == [1, 1, 0, 1]


async def test_the_keys_are_in_sight_however_much_there_is_to_say():
    long = Settings(snippets={"long": Snippet("\n".join(["echo \x1b"] * 60))})
    async with Harness(settings=long).run((80, 24)) as harness:
        await three_open(harness)
        for number in range(20):
            harness.app.panes.start(StartRequest(f"x-{number}", options=PaneOptions(guarded="production")), None)
            key = harness.app.panes.session.key
            harness.manager.becomes(key, SessionState.OPEN)
            harness.app.panes.inputs.broadcast.add([key])
        await harness.settle()
        await harness.command("snippet", "long")
        await shown(harness, SnippetPreview)
        await harness.shows("Send this to 23 sessions?", "21 of them are guarded.", "run at once.", "do not send")
