"""What is said of a broadcast, in the room that there is."""

import pytest
from rich.cells import cell_len

from ssmtui.model import Node, PaneOptions, Scope, StartRequest
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.ui.broadcast import words
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.panes import words as pane_words
from ssmtui.ui.panes.broadcast import Absence, Broadcast, DroppedMember

ALIASES = {"111111111111": "prod", "222222222222": "staging"}


def session(key: int, account: str = "111111111111", *, guarded: str = "", name: str = "") -> SessionSnapshot:
    node = Node(f"i-{key}", name or f"web-{key}", account=account)
    request = StartRequest(node.id, options=PaneOptions(guarded=guarded))
    return SessionSnapshot(key, node.label, request, node, SessionState.OPEN)


def broadcast(*members: int, **out: Absence) -> Broadcast:
    """``members`` take part, but for those left out: ``_3=Absence.CUT_OFF``."""
    absences = {int(name[1:]): absence for name, absence in out.items()}
    found = Broadcast(absences.get)
    found.add(members)
    return found


SESSIONS = {
    1: session(1),
    2: session(2),
    3: session(3, "222222222222"),
    4: session(4, "333333333333", guarded="account:dev"),
}


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (80, "BROADCAST TO 4 · 1 guarded · prod, staging, 333333333333"),
        (50, "BROADCAST TO 4 · 1 guarded · prod, staging, +1"),
        (44, "BROADCAST TO 4 · 1 guarded · prod, +2"),
        (40, "BROADCAST TO 4 · 1 guarded · prod, +2"),
        (36, "BROADCAST TO 4 · 1 guarded"),
        (16, "BROADCAST TO 4 …"),
    ],
)
def test_the_banner_names_accounts_as_far_as_there_is_room(width: int, text: str) -> None:
    cell = words.banner(broadcast(1, 2, 3, 4), SESSIONS, 1, ALIASES, width)
    assert cell == (text, Tone.DANGER)
    assert cell_len(cell.text) <= width


def test_the_banner_says_where_a_key_goes_that_is_typed_now() -> None:
    found = broadcast(1, 2, 3, _3=Absence.CUT_OFF)
    assert words.banner(found, SESSIONS, 1, ALIASES, 80).text == "BROADCAST TO 2 · 1 left out · prod"
    assert words.banner(found, SESSIONS, None, ALIASES, 80).text == "BROADCAST TO 2 · 1 left out · prod"
    assert words.banner(found, SESSIONS, 3, ALIASES, 80) == ("NOT BROADCAST: cut off", Tone.NOTICE)
    assert words.banner(found, SESSIONS, 4, ALIASES, 80) == ("NOT IN THE BROADCAST TO 2", Tone.NOTICE)


def test_a_session_without_a_node_has_the_account_of_its_profile() -> None:
    bare = SessionSnapshot(1, "", StartRequest("i-1", scope=Scope("dev\x1b[2J", "eu-west-1")), None, SessionState.OPEN)
    assert words.account(bare, {}) == "dev\N{REPLACEMENT CHARACTER}[2J"


def test_what_has_dropped_out_is_said_by_reason() -> None:
    found = [
        DroppedMember(1, Absence.FULL_SCREEN),
        DroppedMember(3, Absence.ENDED),
        DroppedMember(2, Absence.FULL_SCREEN),
    ]
    assert words.dropped(found, SESSIONS) == (
        "web-3 has ended and left the broadcast. web-1, web-2 get nothing of the broadcast: full-screen program."
    )
    many = [DroppedMember(key, Absence.CUT_OFF) for key in range(1, 7)]
    assert words.dropped(many, SESSIONS) == ("web-1, web-2, web-3 and 3 more get nothing of the broadcast: cut off.")
    assert words.dropped([DroppedMember(1, Absence.PASSWORD)], SESSIONS, "ctrl+] K") == (
        "web-1 gets nothing of the broadcast: password prompt. ctrl+] K sends one to all that ask."
    )
    assert words.dropped([DroppedMember(9, Absence.ENDED)], SESSIONS) == "1 session has ended and left the broadcast."


def test_what_is_said_at_the_beginning() -> None:
    assert words.begun(broadcast(1), SESSIONS, "ctrl+] B") == (
        "Only web-1 takes part so far: ctrl+] B in another pane, or :broadcast with a filter or `all`, adds to it"
    )
    assert words.begun(broadcast(1, 2, 3, _3=Absence.NOT_OPEN), SESSIONS, "") == (
        "What you type goes to 2 sessions at once. Esc Esc ends that. "
        "web-3 gets nothing of the broadcast: not open yet."
    )


@pytest.mark.parametrize(
    ("width", "text"),
    [(120, "LEFT OUT: cut off, 3 keys missed"), (80, "LEFT OUT: cut off"), (40, "LEFT OUT")],
)
def test_a_line_says_as_much_of_a_member_as_fits(width: int, text: str) -> None:
    found = broadcast(1, 2, _2=Absence.CUT_OFF)
    found.receivers(1, 3)
    assert pane_words.broadcasting(found, 2, width) == (text, Tone.NOTICE)
    assert pane_words.broadcasting(found, 1, width) == ("BROADCAST 1", Tone.DANGER)
    assert pane_words.broadcasting(found, 3, width) is None
