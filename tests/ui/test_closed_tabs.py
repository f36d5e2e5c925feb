"""What is left of tabs that were closed."""

from __future__ import annotations

import gc
from collections import Counter

from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.ui.widgets.pane import Pane, PaneLine
from ssmtui.ui.widgets.search_bar import SearchBar, SearchEntry
from ssmtui.ui.widgets.terminal_view import TerminalView
from tests.support.wait import wait_until
from tests.ui.harness import Harness

KINDS = (TerminalView, Pane, PaneLine, SearchBar, SearchEntry, SessionSnapshot)
TABS = 200


def alive() -> Counter[str]:
    gc.collect()
    return Counter(type(one).__name__ for one in gc.get_objects() if isinstance(one, KINDS))


async def test_fault_6_nothing_of_a_closed_tab_stays():
    async with Harness().run((80, 24)) as harness:
        await harness.ready()
        main = harness.app.main
        for number in range(TABS):
            await harness.open_session(f"tab {number}")
            main.remove_tab(main.session.key)
            await wait_until("the pane has gone", lambda: not main.query(Pane))
        # The loop keeps a timer that was cancelled until its time comes, and with it the pane whose tick it was; the
        # last tab of all may still be referred to.
        await wait_until("closed tabs to go", lambda: max(alive().values(), default=0) <= 2, report=alive)
