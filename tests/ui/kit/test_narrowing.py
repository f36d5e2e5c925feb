"""Lists that are narrowed by typing, and the keys that move in all of them."""

from __future__ import annotations

import pytest
from textual import events
from textual.widgets import Input

from ssmtui.ui.accounts.dialog import AccountsScreen
from ssmtui.ui.copying.search_all import SearchAll
from ssmtui.ui.forms.document_picker import DocumentPicker
from ssmtui.ui.help.palette import CommandLine
from ssmtui.ui.kit.narrowing import Narrowing
from ssmtui.ui.kit.pick import Offer, Pick
from ssmtui.ui.nodes.node_choice import NodeChoice
from tests.support.wait import wait_until
from tests.ui.harness import Harness


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (("down",), "region-1"),
        (("ctrl+n", "ctrl+n"), "region-2"),
        (("down", "down", "up"), "region-1"),
        (("down", "down", "ctrl+p"), "region-1"),
        (("up",), "region-29"),
        (("pagedown", "pageup"), "region-0"),
        (("pagedown", "pagedown", "pagedown", "pagedown"), "region-29"),
        (("2", "9"), "region-29"),
        (("2", "down"), "region-12"),
        (("z",), None),
    ],
)
async def test_keys_that_the_line_has_no_use_for_move_in_the_list(keys: tuple[str, ...], answer: str | None):
    answers: list[str | None] = []
    async with Harness().run((80, 24)) as harness:
        pick = Pick("Region", [Offer(f"region-{number}") for number in range(30)], "")
        harness.app.push_screen(pick, answers.append)
        await wait_until("the dialog", lambda: pick.was_seen)
        await harness.press(*keys, "enter")
        assert answers == ([answer] if answer else [])


async def test_a_move_right_behind_a_letter_is_made_in_the_list_that_the_letter_leaves():
    """The key arrives while the entry's message about the letter is still queued."""
    answers: list[str | None] = []
    async with Harness().run((80, 24)) as harness:
        pick = Pick("Region", [Offer(f"region-{number}") for number in range(30)], "")
        harness.app.push_screen(pick, answers.append)
        await wait_until("the dialog", lambda: pick.was_seen)
        await harness.settle()
        pick.query_one(Input).value = "2"
        pick.on_key(events.Key("down", None))
        assert pick.choices.highlighted == 1
        await harness.press("enter")
        assert answers == ["region-12"]


@pytest.mark.parametrize("kind", [DocumentPicker, NodeChoice, CommandLine, Pick, AccountsScreen, SearchAll])
def test_all_such_lists_have_these_keys(kind: type):
    assert issubclass(kind, Narrowing)
