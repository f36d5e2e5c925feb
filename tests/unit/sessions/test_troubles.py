"""Several troubles at a time: the most pressing is shown, and each ends by itself."""

from __future__ import annotations

from ssmtui.sessions.troubles import SessionTroubles, Trouble


def test_the_most_pressing_is_shown() -> None:
    troubles = SessionTroubles()
    assert str(troubles) == ""
    troubles.set(Trouble.GAP, "a gap")
    troubles.set(Trouble.SILENCE, "silence")
    troubles.set(Trouble.STALL, "a stall")
    assert str(troubles) == "silence"


def test_each_ends_by_itself() -> None:
    troubles = SessionTroubles()
    troubles.set(Trouble.STALL, "a stall")
    troubles.set(Trouble.SILENCE, "silence")
    troubles.clear(Trouble.SILENCE, Trouble.GAP)
    assert str(troubles) == "a stall"
    troubles.set(Trouble.STALL, "a longer stall")
    assert str(troubles) == "a longer stall"
    troubles.clear(Trouble.STALL)
    assert str(troubles) == ""
