"""Entries: what a document or a paste brings into one is drawn without being obeyed, and kept as it is."""

import pytest
from textual import events
from textual.keys import key_to_character

from ssmtui.ui.compat import InertInput
from ssmtui.ui.table.filter_line import FilterEntry
from tests.support.fakes import FakeGateway
from tests.support.wait import wait_until
from tests.ui.harness import Harness

HOSTILE = "a\x1b]0;pwned\x07\x9b31m\u202eb\n\tc"


@pytest.mark.parametrize("focused", [True, False])
async def test_nothing_in_an_entry_reaches_the_terminal_as_a_sequence(focused):
    async with Harness(FakeGateway()).run() as harness:
        await harness.ready()
        entry = harness.app.main.nodes.filter.query_one(FilterEntry)
        assert isinstance(entry, InertInput)
        if focused:
            await harness.press("slash")
        entry.value = HOSTILE
        await harness.settle()
        drawn = "".join(segment.text for strip in [entry.render_line(0)] for segment in strip)
        # What it offers as the rest of the word may follow.
        assert drawn.startswith("a\ufffd]0;pwned\ufffd\ufffd31m\ufffdb\ufffd\ufffdc")
        assert drawn.isprintable()
        assert entry.value == HOSTILE


async def test_every_entry_is_inert():
    async with Harness(FakeGateway()).run() as harness:
        await harness.ready()
        await harness.press("s")
        entries = list(harness.app.screen.query("Input"))
        await harness.press("escape", "colon")
        entries += harness.app.screen.query("Input")
        assert len(entries) >= 3
        assert all(isinstance(entry, InertInput) for entry in entries)


async def test_keys_and_letters_that_come_at_once_act_in_their_order():
    async with Harness(FakeGateway()).run() as harness:
        await harness.ready()
        await harness.press("enter", "f12", "comma")
        for key in ("ctrl+u", "b", "c", "home", "a", "enter"):
            harness.app.post_message(events.Key(key, key_to_character(key)))
        await wait_until("the name", lambda: harness.manager.snapshots()[0].title == "abc", report=harness.text)
