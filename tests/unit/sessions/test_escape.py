import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.sessions.escape import EscapeAction, EscapeFilter
from tests.support.terminal_reports import REPORTS

END, HELP = EscapeAction.END, EscapeAction.HELP


@pytest.mark.parametrize(
    ("typed", "passed", "action"),
    [
        (b"ls\r", b"ls\r", None),
        (b"~.", b"", END),
        (b"ls\r~.", b"ls\r", END),
        (b"ls\n~.", b"ls\n", END),
        (b"~.rm -rf", b"", END),
        (b"~?", b"", HELP),
        (b"~?~.", b"", END),
        (b"~?x", b"x", HELP),
        (b"~~", b"~", None),
        (b"~~.", b"~.", None),
        (b"~x", b"~x", None),
        (b"~/bin\r", b"~/bin\r", None),
        (b"~\r~.", b"~\r", END),
        (b"a~.", b"a~.", None),
        (b"cd ~\r", b"cd ~\r", None),
        (b"", b"", None),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 100])
def test_an_escape_counts_at_the_start_of_a_line_only_in_any_chunking(typed, passed, action, size):
    escapes = EscapeFilter()
    out, actions = b"", []
    for start in range(0, len(typed), size):
        part, met = escapes.feed(typed[start : start + size])
        out += part
        if met is not None:
            actions.append(met)
        if met is END:
            break
    assert out == passed
    assert (actions[-1] if actions else None) is action


@pytest.mark.parametrize("size", [1, 100])
@pytest.mark.parametrize(
    ("suspends", "passed", "action"), [(True, b"ls\rrest", EscapeAction.SUSPEND), (False, b"ls\r~\x1arest", None)]
)
def test_a_client_in_a_shells_job_is_stopped_by_control_z(suspends, passed, action, size):
    escapes = EscapeFilter(suspends=suspends)
    out, actions = b"", []
    typed = b"ls\r~\x1arest"
    for start in range(0, len(typed), size):
        part, met = escapes.feed(typed[start : start + size])
        out += part
        actions.append(met)
    assert out == passed
    assert [met for met in actions if met is not None] == ([action] if action else [])


def test_a_tilde_is_held_until_the_next_byte():
    escapes = EscapeFilter()
    assert escapes.feed(b"~") == (b"", None)
    assert escapes.feed(b"a") == (b"~a", None)


def test_a_paste_is_not_searched_for_escapes_but_moves_the_line():
    escapes = EscapeFilter()
    assert escapes.bypass(b"~.\r") == b"~.\r"
    assert escapes.feed(b"~.") == (b"", END)


def test_a_paste_in_the_middle_of_a_line_leaves_it_there():
    escapes = EscapeFilter()
    assert escapes.bypass(b"word") == b"word"
    assert escapes.feed(b"~.") == (b"~.", None)


def test_a_held_tilde_goes_ahead_of_a_paste():
    escapes = EscapeFilter()
    escapes.feed(b"~")
    assert escapes.bypass(b"/x") == b"~/x"


@given(st.lists(st.sampled_from([*REPORTS.values(), "~", "\r"]), min_size=1, max_size=6), st.data())
def test_fault_2_what_a_terminal_reports_reaches_the_node_as_it_is_wherever_it_is_cut(
    reports: list[str], data: st.DataObject
) -> None:
    stream = "".join(reports).encode() + b"x"
    places = sorted(data.draw(st.sets(st.integers(1, len(stream)), max_size=6)))
    filtered = EscapeFilter()
    passed = [filtered.feed(stream[start:end]) for start, end in zip([0, *places], [*places, len(stream)], strict=True)]
    assert (b"".join(data for data, _ in passed), {action for _, action in passed}) == (
        EscapeFilter().feed(stream)[0],
        {None},
    )
