"""Asking what to watch a session for."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.ui.attention import asking
from ssmtui.ui.kit.pick import Offer, Pick

if TYPE_CHECKING:
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.panes.panes import Panes


def watch(panes: Panes, session: SessionSnapshot, text: str) -> None:
    """Watch ``session`` for what ``text`` asks for, or ask what for."""
    if text.strip():
        _take(panes, session, text)
        return

    def answered(answer: str | None) -> None:
        if answer is not None:
            _take(panes, session, answer)

    offers = [
        Offer(one.asked, one.label, "watched; enter takes it off" if one.is_on else "")
        for one in asking.offers(session.watch)
    ]
    pick = Pick(
        f"Watch {inert.line(session.title, 40)}: tell me when …",
        offers,
        asking.END,
        is_new=lambda text: True,
        placeholder="or type a text to wait for, /REGEX/, or silence 45 s",
        verb="watch",
        now_note="watched; enter takes it off" if session.watch.end else "",
        new_note="wait for this",
    )
    panes.stage.push_screen(pick, answered)


def _take(panes: Panes, session: SessionSnapshot, text: str) -> None:
    with suppress(KeyError):  # its tab has been closed meanwhile
        name, now = inert.line(session.title, 40), panes.manager.snapshot(session.key)
        if not now.live:
            panes.stage.tell(f"{name} is over: there is nothing left to watch", severity="warning")
            return
        try:
            wanted = asking.asked(text, now.watch)
        except asking.UnusableWatch as error:
            panes.stage.tell(str(error), severity="warning")
            return
        panes.manager.session(session.key).watch(wanted)
        words = asking.described(wanted)
        panes.stage.tell(f"{name} is watched for {words}" if words else f"{name} is watched no more")
