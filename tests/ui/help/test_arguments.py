"""The command line offers the arguments of commands that know theirs."""

from __future__ import annotations

import pytest

from ssmtui.config.settings import Settings
from ssmtui.config.snippets import Snippet
from ssmtui.ui.help.palette import CommandLine, fitting
from ssmtui.ui.kit.pick import Pick
from ssmtui.ui.panes.chrome import Chrome
from ssmtui.ui.snippets.preview import SnippetPreview
from tests.ui.harness import Harness

SNIPPETS = Settings(snippets={"disk usage": Snippet("df -h"), "Disks [b]": Snippet("lsblk"), "uptime": Snippet("up")})


@pytest.mark.parametrize(
    ("text", "found"),
    [("", ["Usage", "disk usage", "x"]), ("us", ["Usage", "disk usage"]), ("K U", ["disk usage"]), ("y", [])],
)
def test_what_begins_so_comes_before_what_contains_it(text: str, found: list[str]) -> None:
    assert fitting(text, ["Usage", "disk usage", "x"]) == found


async def type_command(harness: Harness, text: str) -> None:
    await harness.press("f12", "colon", *("space" if letter == " " else letter for letter in text))


async def test_arguments_are_listed_behind_the_name_and_tab_completes_them() -> None:
    async with Harness(settings=SNIPPETS).run((80, 24)) as harness:
        await harness.ready()
        await harness.open_session()
        await type_command(harness, "snip")
        await harness.press("tab")
        assert "disk usage" in harness.text()
        assert "Disks [b]" in harness.text()
        await harness.press("d", "down", "tab")
        assert "snippet Disks [b]" in harness.text()
        assert "uptime" not in harness.text()
        await harness.press("enter")
        assert isinstance(harness.app.screen, SnippetPreview)
        assert "lsblk" in harness.text()


async def test_enter_takes_the_highlighted_argument_unless_a_whole_one_is_typed() -> None:
    async with Harness().run((80, 24)) as harness:
        await harness.ready()
        for typed, chrome in (("chrome sl", Chrome.SLIM), ("chrome none", Chrome.NONE), ("chrome  FU", Chrome.FULL)):
            await type_command(harness, typed)
            await harness.press("enter")
            assert harness.app.chrome is chrome, typed
        await type_command(harness, "chrome fat")
        await harness.press("enter")
        await harness.tells("There is no chrome fat")
        await type_command(harness, "chrome")
        await harness.press("enter")
        assert harness.app.chrome is Chrome.SLIM


async def test_a_command_that_knows_no_arguments_now_lists_commands() -> None:
    async with Harness(settings=SNIPPETS).run((80, 24)) as harness:
        await harness.ready()
        await type_command(harness, "snippet d")
        assert isinstance(harness.app.screen, CommandLine)
        assert "disk usage" not in harness.text()
        await harness.press("enter")
        await harness.tells("This tab holds no session")
    async with Harness(settings=SNIPPETS).run((80, 24)) as harness:
        await harness.ready()
        await harness.open_session()
        await type_command(harness, "snippet")
        await harness.press("enter")
        assert isinstance(harness.app.screen, Pick)
