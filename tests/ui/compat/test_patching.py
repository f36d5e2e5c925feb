"""Another release of Textual may lack what this program replaces in it."""

from __future__ import annotations

import subprocess
import sys

import pytest

START = """
import asyncio, logging, sys
logging.basicConfig(stream=sys.stdout, format="%(message)s")
from textual import _xterm_parser, widget, message_pump
from textual.drivers import linux_driver
owner, name = {owner}, {name!r}
delattr(owner, name)
import ssmtui.ui.compat
from textual.app import App
from textual.widgets import Label

class Small(App):
    def compose(self):
        yield Label("here")

if {runs}:
    async def run():
        async with Small().run_test() as pilot:
            await pilot.press("x")
            print(pilot.app.query_one(Label).content)
    asyncio.run(run())
else:
    print("here")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such driver there")
@pytest.mark.parametrize(
    ("owner", "name", "runs"),
    [
        ("linux_driver", "KITTY_REPORT_ALL_KEYS", True),
        ("_xterm_parser", "_MAX_SEQUENCE_SEARCH_THRESHOLD", True),
        ("_xterm_parser", "_re_extended_key", True),
        # What Textual itself needs in order to run can only be seen to be missing.
        ("widget.Widget", "_get_box_model", False),
        ("message_pump.MessagePump", "_dispatch_message", False),
    ],
)
def test_what_a_textual_does_not_have_is_not_replaced(owner: str, name: str, runs: bool) -> None:
    program = START.format(owner=owner, name=name, runs=runs)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "here"
    is_replaced = name != "_re_extended_key"  # which has a copy here
    assert ("This Textual has no" in done.stdout) == is_replaced
