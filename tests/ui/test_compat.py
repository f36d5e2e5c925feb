"""What Textual would lose of a terminal's keys."""

from __future__ import annotations

import pytest
from textual import events
from textual._xterm_parser import XTermParser

from ssmtui.terminal.keys import KeyEncoder
from ssmtui.terminal.screen import INITIAL_MODES
from ssmtui.ui import compat
from tests.support.wait import wait_until_sync


def keys_of(typed: str) -> list[events.Key]:
    """The keys that Textual makes of what a terminal sends at once."""
    assert compat.constants.ESCAPE_DELAY < 0.05
    parser = XTermParser()
    found = list(parser.feed(typed))
    wait_until_sync("the parser to give up on a longer sequence", lambda: found.extend(parser.tick()) or found)
    return [event for event in found if isinstance(event, events.Key)]


TYPED = (":wq\r", ":", ".", "\r", "x", "\x7f", "dd", "/a", " ", "f", "b", "1", "0", "-", "=", "\t", "A", "\x01")


@pytest.mark.parametrize("typed", [f"\x1b{text}" for text in TYPED])
def test_an_escape_and_what_follows_at_once_both_reach_the_node(typed: str) -> None:
    sent = b"".join(KeyEncoder().encode(key.key, key.character, INITIAL_MODES) for key in keys_of(typed))
    assert sent == typed.encode()


@pytest.mark.parametrize(
    ("typed", "key"),
    [("\x1b[A", "up"), ("\x1b[1;5C", "ctrl+right"), ("\x1bOP", "f1"), (":", "colon"), ("\x1b", "escape")],
)
def test_other_keys_are_as_ever(typed: str, key: str) -> None:
    assert [event.key for event in keys_of(typed)] == [key]
