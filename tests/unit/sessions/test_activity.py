"""What a session is doing, worked out from its output, its shell's marks and what is typed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.sessions.activity import WORTH_RUNNING, Activity, Doing
from ssmtui.sessions.activity_tracker import BUSY, PROMPT_SETTLES, QUESTION_SETTLES, SILENT_AFTER, ActivityTracker
from ssmtui.terminal.signs import LineEnd, ShellMark

A, C = ShellMark("A"), ShellMark("C")


def done(code: int | None = 0) -> ShellMark:
    return ShellMark("D", code)


class Shell:
    """A tracker with a clock."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.tracker = ActivityTracker()

    def prints(self, end: LineEnd | None = None, *marks: ShellMark) -> Shell:
        self.tracker.printed(self.now)
        self.tracker.signs(list(marks), end, self.now)
        return self

    def types(self, data: bytes = b"\r") -> Shell:
        self.tracker.typed(data, self.now)
        return self

    def waits(self, seconds: float) -> Shell:
        self.now += seconds
        return self

    @property
    def doing(self) -> Doing:
        return self.tracker.look(self.now)

    @property
    def activity(self) -> Activity:
        return self.doing.activity


@pytest.fixture
def shell() -> Shell:
    return Shell()


def at_marked_prompt(shell: Shell) -> Shell:
    return shell.prints(LineEnd.PROMPT, A)


def at_plain_prompt(shell: Shell) -> Shell:
    shell.prints(LineEnd.PROMPT).waits(PROMPT_SETTLES)
    assert shell.activity is Activity.PROMPT
    return shell


def test_at_first_nothing_is_known(shell: Shell) -> None:
    assert shell.doing == Doing()
    assert shell.tracker.next_look(shell.now) is None


def test_a_marked_command_runs_and_is_done_with_its_code(shell: Shell) -> None:
    at_marked_prompt(shell)
    assert shell.activity is Activity.PROMPT
    began = shell.types().now
    shell.prints(LineEnd.OTHER, C).waits(3)
    assert shell.doing == Doing(Activity.RUNNING, began)
    shell.waits(2).prints(LineEnd.PROMPT, done(2), A)
    assert shell.doing == Doing(Activity.DONE, shell.now, 2, 5.0)
    assert shell.tracker.ended == 1
    shell.waits(60)
    assert shell.activity is Activity.DONE
    shell.types(b"l")
    assert shell.activity is Activity.PROMPT


def test_a_shell_without_a_mark_for_the_beginning_begins_by_enter(shell: Shell) -> None:
    at_marked_prompt(shell).types(b"make\r").waits(4)
    assert shell.activity is Activity.RUNNING
    shell.prints(LineEnd.PROMPT, A)
    assert shell.doing == Doing(Activity.DONE, shell.now, None, 4.0)


def test_a_short_command_is_not_worth_mentioning_unless_it_fails(shell: Shell) -> None:
    at_marked_prompt(shell)
    before = shell.doing
    shell.types().prints(LineEnd.OTHER, C)
    assert shell.doing == before
    shell.waits(0.2).prints(LineEnd.PROMPT, done(), A)
    assert shell.doing == before
    shell.types().prints(LineEnd.OTHER, C).prints(LineEnd.PROMPT, done(127), A)
    assert shell.doing.code == 127
    assert shell.activity is Activity.DONE


def test_a_command_whose_marks_come_at_once_is_done(shell: Shell) -> None:
    at_marked_prompt(shell).prints(LineEnd.PROMPT, C, done(1), A)
    assert (shell.activity, shell.doing.code) == (Activity.DONE, 1)


def test_the_end_of_no_command_is_nothing(shell: Shell) -> None:
    shell.prints(LineEnd.PROMPT, done(1), A)
    assert shell.activity is Activity.PROMPT
    assert shell.tracker.ended == 0


def test_without_marks_a_prompt_is_a_line_that_looks_so_and_at_which_output_stops(shell: Shell) -> None:
    shell.prints(LineEnd.PROMPT)
    assert shell.activity is Activity.NOTHING
    assert shell.tracker.next_look(shell.now) == shell.now + PROMPT_SETTLES
    shell.waits(PROMPT_SETTLES)
    assert shell.activity is Activity.PROMPT
    shell.types(b"sleep 9\r").prints(LineEnd.OTHER).waits(9)
    assert shell.activity is Activity.RUNNING
    shell.prints(LineEnd.PROMPT)
    ended = shell.now
    shell.waits(PROMPT_SETTLES)
    assert shell.doing == Doing(Activity.DONE, ended, None, 9.0)


def test_what_is_typed_quickly_at_a_prompt_begins_a_command(shell: Shell) -> None:
    at_plain_prompt(shell).types(b"true\r").waits(0.1).prints(LineEnd.PROMPT).waits(0.1)
    began = shell.types(b"sleep 9\r").now
    shell.waits(5)
    assert shell.doing == Doing(Activity.RUNNING, began)
    assert shell.tracker.ended == 1


def test_the_prompt_before_a_command_is_no_sign_of_its_end(shell: Shell) -> None:
    # The line end was a prompt, and the node has not echoed Enter yet.
    at_plain_prompt(shell).types().waits(5)
    assert shell.activity is Activity.RUNNING


@pytest.mark.parametrize("pasted", [b"\x1b[200~a\nb\x1b[201~", b"x"])
def test_only_enter_begins_a_command(shell: Shell, pasted: bytes) -> None:
    at_plain_prompt(shell).types(pasted).waits(5)
    assert shell.activity is Activity.PROMPT


def test_the_prompt_of_a_shell_within_is_a_prompt_and_no_end(shell: Shell) -> None:
    at_marked_prompt(shell).types(b"sudo -i\r").prints(LineEnd.OTHER, C).waits(10)
    shell.prints(LineEnd.PROMPT).waits(PROMPT_SETTLES)
    assert shell.activity is Activity.PROMPT
    assert shell.tracker.ended == 0
    shell.types().waits(3).prints(LineEnd.PROMPT).waits(PROMPT_SETTLES)
    assert (shell.activity, shell.tracker.ended) == (Activity.DONE, 1)
    shell.types(b"exit\r").prints(LineEnd.PROMPT, done(0), A)
    assert shell.tracker.ended == 2
    assert shell.doing.took == pytest.approx(10 + 3 + 2 * PROMPT_SETTLES)


@pytest.mark.parametrize(("typed", "marks"), [(b"sudo -i\r", ()), (b"", (C,))], ids=["enter alone", "mark alone"])
def test_either_sign_of_a_marked_command_is_enough_for_a_shell_within(
    shell: Shell, typed: bytes, marks: tuple[ShellMark, ...]
) -> None:
    at_marked_prompt(shell).types(typed).prints(LineEnd.OTHER, *marks).waits(10)
    shell.prints(LineEnd.PROMPT).waits(PROMPT_SETTLES)
    assert (shell.activity, shell.tracker.ended) == (Activity.PROMPT, 0)
    shell.types(b"exit\r").prints(LineEnd.PROMPT, done(0), A)
    assert (shell.tracker.ended, shell.doing.took) == (1, pytest.approx(10 + PROMPT_SETTLES))


def test_a_prompt_is_waited_at_since_it_came_back_not_since_a_short_command(shell: Shell) -> None:
    came = at_marked_prompt(shell).now
    shell.waits(5).types(b"true\r").prints(LineEnd.OTHER, C).waits(0.1).prints(LineEnd.PROMPT, done(0), A)
    assert shell.doing == Doing(Activity.PROMPT, came)
    back = shell.types(b"sleep 1\r").prints(LineEnd.OTHER, C).waits(1.5).now
    shell.prints(LineEnd.PROMPT, done(0), A)
    assert shell.doing == Doing(Activity.PROMPT, back)


def test_a_password_is_asked_for_at_once_and_until_the_line_is_another(shell: Shell) -> None:
    at_plain_prompt(shell).types(b"sudo ls\r").prints(LineEnd.SECRET)
    assert shell.activity is Activity.PASSWORD
    shell.types(b"x").types(b"y")  # nothing is echoed
    assert shell.activity is Activity.PASSWORD
    shell.types().prints(LineEnd.OTHER).waits(WORTH_RUNNING)
    assert shell.activity is Activity.RUNNING


def test_what_is_typed_at_a_prompt_is_no_question(shell: Shell) -> None:
    at_plain_prompt(shell).types(b"echo password: ").prints(LineEnd.SECRET).waits(60)
    assert shell.activity is Activity.PROMPT
    shell.prints(LineEnd.QUESTION).waits(60)
    assert shell.activity is Activity.PROMPT


def test_a_question_waits_for_input_once_output_has_stopped(shell: Shell) -> None:
    at_marked_prompt(shell).types().prints(LineEnd.QUESTION, C).waits(QUESTION_SETTLES - 0.1)
    assert shell.activity is not Activity.INPUT
    asked = shell.tracker.printed_at
    shell.waits(0.1)
    assert shell.doing == Doing(Activity.INPUT, asked or 0)
    shell.prints(LineEnd.OTHER)
    assert shell.activity is Activity.RUNNING


def test_what_is_busy_is_looked_at_again_when_it_may_be_silent(shell: Shell) -> None:
    shell.prints(LineEnd.OTHER).waits(BUSY).prints()
    assert shell.tracker.next_look(shell.now) == shell.now + SILENT_AFTER


def test_silent_is_what_was_busy(shell: Shell) -> None:
    at_marked_prompt(shell).types().prints(LineEnd.OTHER, C).waits(2 * SILENT_AFTER)
    assert shell.activity is Activity.RUNNING  # as sleep is
    for _ in range(int(BUSY) + 1):
        shell.prints().waits(1)
    shell.waits(SILENT_AFTER)
    assert shell.activity is Activity.SILENT
    shell.prints()
    assert shell.activity is Activity.RUNNING


def test_what_is_typed_is_no_activity_of_the_session(shell: Shell) -> None:
    for _ in range(20):
        shell.types(b"x").prints(LineEnd.OTHER).waits(1)
    shell.waits(SILENT_AFTER)
    assert shell.activity is Activity.NOTHING


def test_a_full_screen_program_asks_nothing_and_is_never_silent(shell: Shell) -> None:
    at_plain_prompt(shell).types(b"vim\r").waits(1)
    shell.tracker.full_screen(True)
    for end in LineEnd:
        for _ in range(10):
            shell.prints(end).waits(1)
        shell.waits(SILENT_AFTER)
        assert shell.activity is Activity.RUNNING
    shell.tracker.full_screen(False)
    shell.prints(LineEnd.PROMPT).waits(PROMPT_SETTLES)
    assert shell.activity is Activity.DONE


Event = Callable[[Shell], object]
EVENTS: list[Event] = [
    Shell.prints,
    *[lambda shell, end=end: shell.prints(end) for end in LineEnd],
    *[lambda shell, mark=mark: shell.prints(None, mark) for mark in (A, C, done(), done(7))],
    Shell.types,
    lambda shell: shell.types(b"x"),
    lambda shell: shell.tracker.full_screen(True),
    lambda shell: shell.tracker.full_screen(False),
]


@given(st.lists(st.tuples(st.sampled_from(EVENTS), st.sampled_from((0.0, 0.3, 1.0, 7.0, 40.0))), max_size=40))
def test_nothing_changes_between_looks_when_nothing_happens(
    events: list[tuple[Event, float]],
) -> None:
    shell = Shell()
    for event, pause in events:
        event(shell)
        doing = shell.doing
        until = shell.now + pause
        while (due := shell.tracker.next_look(shell.now)) is not None and due <= until:
            shell.now = (shell.now + due) / 2
            assert shell.doing == doing
            shell.now = due
            doing = shell.doing
        shell.now = until
        assert shell.doing == doing
        assert doing.since <= shell.now
        assert doing.took >= 0
