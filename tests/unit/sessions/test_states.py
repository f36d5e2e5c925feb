"""The table of states: only its steps are possible, and all of it can be reached and left."""

import pytest

from ssmtui.errors import LocalProtocolError
from ssmtui.sessions.states import STEPS, SessionState, step


@pytest.mark.parametrize("current", SessionState)
@pytest.mark.parametrize("to", SessionState)
def test_only_the_steps_in_the_table_are_possible(current: SessionState, to: SessionState) -> None:
    if to in STEPS[current]:
        assert step(current, to) is to
    else:
        with pytest.raises(LocalProtocolError):
            step(current, to)


def test_every_state_but_the_last_three_is_live_and_can_be_closed() -> None:
    over = {SessionState.ENDED, SessionState.FAILED, SessionState.DETACHED}
    for state in SessionState:
        assert state.live is (state not in over)
        assert bool(STEPS[state]) is state.live
    assert all(
        SessionState.CLOSING in STEPS[state] for state in SessionState if state.live and state.value != "closing"
    )


def test_every_state_can_be_reached_from_the_first() -> None:
    reached = {SessionState.AWAITING_APPROVAL}
    edge = set(reached)
    while edge:
        edge = {to for state in edge for to in STEPS[state]} - reached
        reached |= edge
    assert reached == set(SessionState)
