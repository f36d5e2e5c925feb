from __future__ import annotations

from ssmtui.terminal.changes import RowChanges
from ssmtui.terminal.screen import Run

A, B = (Run("a", 1),), (Run("b", 1),)


def test_a_row_set_to_what_it_was_has_not_changed() -> None:
    changes = RowChanges()
    changes.begin(2, everything=False)
    changes.put(0, A)
    seq = changes.seq
    changes.begin(2, everything=False)
    changes.put(0, A)
    changes.put(1, B)
    assert changes.since(seq) == {1: B}


def test_another_height_changes_everything() -> None:
    changes = RowChanges()
    changes.begin(2, everything=False)
    seq = changes.seq
    changes.begin(3, everything=False)
    assert changes.since(seq) == {0: (), 1: (), 2: ()}


def test_everything_changes_when_that_is_said() -> None:
    changes = RowChanges()
    changes.begin(1, everything=False)
    changes.put(0, A)
    seq = changes.seq
    changes.begin(1, everything=True)
    changes.put(0, A)
    assert changes.since(seq) == {0: A}
