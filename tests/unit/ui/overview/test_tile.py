"""What a tile says, within its width."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ssmtui.errors import TargetNotConnected
from ssmtui.model import PaneOptions, StartRequest
from ssmtui.sessions.activity import Activity, Doing
from ssmtui.sessions.end_cause import EndCause
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.terminal.screen import Attr, Run, Style
from ssmtui.ui.look.cells import Cell
from ssmtui.ui.look.pieces import length
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.overview.tile import cropped, said, title

SESSION = SessionSnapshot(1, "web-1", StartRequest("i-1"), None, SessionState.OPEN, round_trip=0.02)
MARK = Cell("●", Tone.PRIMARY)
GUARDED = replace(SESSION, request=StartRequest("i-1", options=PaneOptions(guarded="account:prod", icon="◆")))


def text(session: SessionSnapshot, width: int) -> str:
    return "".join(piece.text for piece in title(session, MARK, width))


@given(st.sampled_from([SESSION, GUARDED, replace(SESSION, state=SessionState.LOST)]), st.integers(4, 130), st.text())
def test_a_title_is_exactly_as_wide_as_its_tile(session: SessionSnapshot, width: int, name: str) -> None:
    assert length(title(replace(session, title=name), MARK, width)) == width


def test_the_name_has_room_before_what_is_only_good_to_know() -> None:
    assert text(SESSION, 40) == " ● web-1                          20 ms "
    assert text(GUARDED, 40) == " ● ◆ web-1               20 ms  GUARDED "
    assert text(GUARDED, 32) == " ● ◆ web-1       20 ms  GUARDED "
    assert text(GUARDED, 20) == " ● ◆ web-1  GUARDED "
    long = replace(SESSION, title="primary-of-orders.eu-west-1.internal")
    assert text(long, 36) == " ● primary-of-orders.eu-west… 20 ms "
    assert text(long, 18) == " ● primary-of-ord…"
    assert text(long, 12) == " ● primary-…"


def test_what_waits_for_somebody_is_worth_more_than_the_end_of_a_long_name() -> None:
    long = replace(SESSION, title="primary-of-orders.eu-west-1.internal", round_trip=None)
    assert text(long, 40) == " ● primary-of-orders.eu-west-1.in… open "
    assert text(replace(long, doing=Doing(Activity.RUNNING)), 40) == " ● primary-of-orders.eu-we… running 0 s "
    waiting = replace(long, doing=Doing(Activity.PASSWORD))
    assert text(waiting, 40) == " ● primary-of-ord… waits for a password "


def test_what_is_dangerous_goes_last() -> None:
    part = Cell("BROADCAST 3", Tone.DANGER)

    def with_part(width: int) -> str:
        return "".join(piece.text for piece in title(GUARDED, MARK, width, part))

    assert with_part(48) == " ● ◆ web-1          20 ms  BROADCAST 3  GUARDED "
    assert with_part(35) == " ● ◆ web-1    BROADCAST 3  GUARDED "
    assert with_part(27) == " ● ◆ web-1     BROADCAST 3 "


def test_what_a_node_calls_itself_cannot_act_on_the_terminal() -> None:
    assert "\x1b" not in text(replace(SESSION, title="\x1b[31mweb"), 40)


@pytest.mark.parametrize(
    ("facts", "first"),
    [
        ({"state": SessionState.OPEN}, ""),
        ({"state": SessionState.CONNECTING}, "✓ Systems Manager starts the session"),
        ({"state": SessionState.LOST, "notice": "Connection lost; trying again."}, "Connection lost; trying again."),
        ({"state": SessionState.ENDED, "session_id": "s-1", "exit_code": 1}, "The session is over with status 1"),
        ({"state": SessionState.FAILED, "error": TargetNotConnected("i-1 is off.")}, "No session on i-1"),
        (
            {"state": SessionState.DETACHED, "session_id": "s-1", "left_alive": True, "end_cause": EndCause.LEFT},
            "The session is detached",
        ),
    ],
)
def test_a_tile_says_why_nothing_moves(facts: dict[str, object], first: str) -> None:
    session = replace(SESSION, **facts)  # type: ignore[arg-type]  # what the test gives
    lines = [line.text for line in said(session, 60, 4)]
    assert lines[:1] == ([first] if first else [])
    assert said(session, 60, 0) == []
    assert len(said(session, 10, 2)) <= 2


runs = st.lists(
    st.text(st.characters(blacklist_categories=("C", "M", "Z")), min_size=1, max_size=12).map(
        lambda text: Run(text, cell_len(text), Style(attrs=Attr.BOLD))
    ),
    max_size=8,
)


@given(runs, st.integers(0, 60))
def test_a_line_is_cut_at_the_edge_of_its_tile(row: list[Run], width: int) -> None:
    cut = cropped(tuple(row), width)
    used = sum(run.cells for run in cut)
    assert used == min(width, sum(run.cells for run in row))
    assert all(cell_len(run.text) == run.cells for run in cut)
    whole = "".join(run.text for run in row)
    shown = "".join(run.text for run in cut)
    # A wide character that the edge cuts is a space.
    assert whole.startswith((shown, shown[:-1]))
