from ssmtui.inventory.node_rows import NODE_ROWS
from ssmtui.ui.table.marks import Marks
from tests.support.fakes import fleet

ROWS = [NODE_ROWS.row(node) for node in fleet(10)]
KEYS = [each.item.key for each in ROWS]


def marked(marks: Marks) -> list[int]:
    return [place for place, key in enumerate(KEYS) if key in marks]


def test_keys_of_rows_are_the_keys_of_their_nodes():
    assert NODE_ROWS.keys_of(ROWS) == set(KEYS)


def test_a_mark_comes_and_goes():
    marks = Marks(NODE_ROWS)
    marks.toggle(KEYS[3])
    assert (marked(marks), len(marks)) == ([3], 1)
    marks.toggle(KEYS[3])
    assert not marks


def test_a_range_follows_the_cursor_and_leaves_what_was_marked_before():
    marks = Marks(NODE_ROWS)
    marks.toggle(KEYS[5])
    marks.begin_range(KEYS[3])
    assert marked(marks) == [3, 5]
    marks.stretch(ROWS, 3, 7)
    assert marked(marks) == [3, 4, 5, 6, 7]
    marks.stretch(ROWS, 3, 1)
    assert marked(marks) == [1, 2, 3, 5]
    marks.end_range()
    assert marks.anchor is None
    assert marked(marks) == [1, 2, 3, 5]


def test_a_range_can_be_taken_back():
    marks = Marks(NODE_ROWS)
    marks.toggle(KEYS[5])
    marks.begin_range(KEYS[3])
    marks.stretch(ROWS, 3, 7)
    marks.cancel_range()
    assert marked(marks) == [5]


def test_all_are_marked_and_again_none_while_others_keep_theirs():
    marks = Marks(NODE_ROWS)
    marks.toggle(KEYS[9])
    marks.toggle(KEYS[0])
    for _ in marks.toggle_all(ROWS[:3]):
        pass
    assert marked(marks) == [0, 1, 2, 9]
    for _ in marks.toggle_all(ROWS[:3]):
        pass
    assert marked(marks) == [9]


def test_many_are_marked_in_steps(monkeypatch):
    monkeypatch.setattr("ssmtui.ui.table.marks.CHUNK", 4)
    marks = Marks(NODE_ROWS)
    assert len(list(marks.toggle_all(ROWS))) == 3
    assert len(marks) == len(ROWS)
    assert len(list(marks.toggle_all(ROWS))) == 6
    assert not marks


def test_nodes_that_are_gone_lose_their_marks_and_end_a_range():
    marks = Marks(NODE_ROWS)
    marks.begin_range(KEYS[2])
    marks.stretch(ROWS, 2, 4)
    assert marks.drop([KEYS[4], KEYS[8]]) == 1
    assert marks.anchor == KEYS[2]
    assert marks.drop([KEYS[2]]) == 1
    assert (marks.anchor, marked(marks)) == (None, [3])
