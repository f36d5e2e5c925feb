"""What is typed into several sessions at once: who gets it, and in which form."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.model import PaneOptions, StartRequest, TerminalSize
from ssmtui.sessions.activity import Activity, Doing
from ssmtui.sessions.escape import EscapeAction
from ssmtui.sessions.states import SessionState
from ssmtui.terminal.screen import INITIAL_MODES, Modes
from ssmtui.ui.panes import inputs as inputs_module
from ssmtui.ui.panes.broadcast import Absence, Broadcast, DroppedMember, absence_of
from ssmtui.ui.panes.inputs import Inputs
from tests.support.fakes import FakeManager
from tests.support.wait import wait_until

SIZE = TerminalSize(80, 24)
FULL_SCREEN = Modes(alternate_screen=True)


class Room:
    """Five sessions, of which the first three take part."""

    def __init__(self) -> None:
        self.manager = FakeManager()
        self.keys = [self.open() for _ in range(5)]
        self.inputs = Inputs(self.manager, escapes=True)  # type: ignore[arg-type]
        self.broadcast = self.inputs.broadcast
        self.dropped: list[DroppedMember] = []
        self.changes = 0
        self.broadcast.on_change = self.changed
        self.broadcast.add(self.keys[:3])

    def open(self, *, guarded: str = "") -> int:
        request = StartRequest("i-0123456789abcdef0", options=PaneOptions(guarded=guarded))
        key = self.manager.start(request, SIZE)
        self.manager.becomes(key, SessionState.OPEN)
        return key

    def changed(self, dropped: Sequence[DroppedMember]) -> None:
        self.changes += 1
        self.dropped += dropped

    def type(self, text: str, source: int = 0) -> EscapeAction | None:
        """Type ``text`` into the pane with that place; what the last key did."""
        action = None
        for character in text:
            name = "enter" if character == "\r" else character
            action = self.inputs.key(self.keys[source], name, character)
        return action

    def press(self, *keys: str, source: int = 0) -> None:
        for key in keys:
            self.inputs.key(self.keys[source], key, None)

    @property
    def got(self) -> list[bytes]:
        """What each session has got since the last look."""
        got = [bytes(self.manager.written[key]) for key in self.keys]
        for key in self.keys:
            self.manager.written[key].clear()
        return got

    def becomes(self, place: int, state: SessionState = SessionState.OPEN, *, modes: Modes = INITIAL_MODES) -> None:
        self.manager.becomes(self.keys[place], state, modes=modes)


async def test_all_members_get_what_is_typed_into_one() -> None:
    room = Room()
    room.type("ls", source=1)
    assert room.got == [b"ls", b"ls", b"ls", b"", b""]


async def test_what_is_typed_into_another_pane_is_for_that_alone() -> None:
    room = Room()
    room.type("ls", source=3)
    assert room.got == [b"", b"", b"", b"ls", b""]
    assert not any(member.missed for member in room.broadcast.members.values())


async def test_each_member_gets_a_key_by_its_own_modes() -> None:
    room = Room()
    room.becomes(1, modes=Modes(application_cursor=True))
    room.becomes(2, modes=Modes(kitty_flags=8))
    room.press("up", "enter")
    assert room.got[:3] == [b"\x1b[A\r", b"\x1bOA\r", b"\x1b[A\x1b[13u"]


async def test_a_paste_has_brackets_only_where_they_are_known() -> None:
    room = Room()
    room.becomes(1, modes=Modes(bracketed_paste=True))
    room.inputs.paste(room.keys[0], "a b")
    assert room.got == [b"a b", b"\x1b[200~a b\x1b[201~", b"a b", b"", b""]


async def test_a_line_is_pasted_and_entered_in_each_session_by_its_modes() -> None:
    room = Room()
    room.becomes(1, modes=Modes(bracketed_paste=True))
    room.inputs.line(room.keys[0], "uptime")
    assert room.got == [b"uptime\r", b"\x1b[200~uptime\x1b[201~\r", b"uptime\r", b"", b""]


# The escapes of ssh


async def test_an_escape_is_the_sources_alone() -> None:
    room = Room()
    room.type("true\r")
    assert room.type("~.") is EscapeAction.END
    assert room.got == [b"true\r"] * 3 + [b"", b""]
    assert room.type("~?", source=1) is EscapeAction.HELP
    assert not any(room.got)


async def test_a_tilde_that_begins_no_escape_comes_in_its_place() -> None:
    room = Room()
    room.type("~")
    assert not any(room.got)
    room.type("/bin")
    assert room.got[:3] == [b"~/bin"] * 3
    room.press("enter")
    room.type("~~x")
    assert room.got[:3] == [b"\r~x"] * 3


async def test_a_paste_behind_a_held_tilde_comes_behind_it_everywhere() -> None:
    room = Room()
    room.type("~")
    room.inputs.paste(room.keys[0], "/bin")
    assert room.got[:3] == [b"~/bin"] * 3


async def test_a_member_does_not_take_what_others_type_for_its_own_escape() -> None:
    room = Room()
    room.type("x~.")
    room.type("\r", source=1)
    assert room.got[:3] == [b"x~.\r"] * 3
    # The second one is at the start of a line, as the key of another has brought it there.
    assert room.type("~.", source=2) is EscapeAction.END


# Those that are left out


@pytest.mark.parametrize(
    ("state", "facts", "absence"),
    [
        (SessionState.OPEN, {}, None),
        (SessionState.OPEN, {"modes": FULL_SCREEN}, Absence.FULL_SCREEN),
        (SessionState.OPEN, {"read_only": True}, Absence.READ_ONLY),
        (SessionState.OPEN, {"doing": Doing(Activity.PASSWORD)}, Absence.PASSWORD),
        (SessionState.LOST, {}, Absence.CUT_OFF),
        (SessionState.RESUMING, {}, Absence.CUT_OFF),
        (SessionState.SIGNED_OUT, {}, Absence.CUT_OFF),
        (SessionState.WAITING, {}, Absence.NOT_OPEN),
        (SessionState.AWAITING_APPROVAL, {}, Absence.NOT_OPEN),
        (SessionState.CLOSING, {}, Absence.ENDED),
        (SessionState.ENDED, {}, Absence.ENDED),
        (SessionState.FAILED, {}, Absence.ENDED),
    ],
)
async def test_why_one_is_left_out(state: SessionState, facts: dict[str, Any], absence: Absence | None) -> None:
    room = Room()
    snapshot = replace(room.manager.snapshot(room.keys[0]), state=state, **facts)
    assert absence_of(snapshot) is absence


async def test_one_in_a_full_screen_program_gets_nothing_and_it_is_reported_once() -> None:
    room = Room()
    room.becomes(1, modes=FULL_SCREEN)
    room.type("dd")
    assert room.got[:3] == [b"dd", b"", b"dd"]
    assert room.dropped == [DroppedMember(room.keys[1], Absence.FULL_SCREEN)]
    assert room.broadcast.members[room.keys[1]].missed == 2


async def test_modes_that_nobody_has_been_told_of_count_at_once() -> None:
    room = Room()
    room.manager.sets_modes(room.keys[1], FULL_SCREEN)
    room.type("x")
    assert room.got[:3] == [b"x", b"", b"x"]


async def test_one_that_has_missed_nothing_comes_back_by_itself() -> None:
    room = Room()
    room.becomes(1, modes=FULL_SCREEN)
    assert room.broadcast.present == [room.keys[0], room.keys[2]]
    room.becomes(1)
    assert room.broadcast.present == room.keys[:3]
    room.becomes(1, modes=FULL_SCREEN)
    assert len(room.dropped) == 1


async def test_one_that_has_missed_keys_stays_out_until_it_is_taken_back() -> None:
    room = Room()
    room.becomes(1, SessionState.LOST)
    room.type("ls")
    room.inputs.paste(room.keys[0], "text")
    room.becomes(1)
    assert room.broadcast.members[room.keys[1]].missed == 6
    room.type("\r")
    assert room.got[:3] == [b"lstext\r", b"", b"lstext\r"]
    room.broadcast.add([room.keys[1]])
    room.type("x")
    assert room.got[:3] == [b"x"] * 3


async def test_a_password_that_is_typed_into_one_reaches_no_other_and_is_missed_by_none() -> None:
    room = Room()
    for key in room.keys[:2]:
        room.manager.does(key, Doing(Activity.PASSWORD))
    room.type("s3cret\r")
    assert room.got[:3] == [b"s3cret\r", b"", b""]
    room.manager.does(room.keys[0], Doing(Activity.PROMPT))
    room.manager.does(room.keys[1], Doing(Activity.PROMPT))
    assert room.broadcast.present == room.keys[:3]


async def test_what_is_typed_into_one_that_is_left_out_is_for_it_alone() -> None:
    room = Room()
    room.becomes(0, modes=FULL_SCREEN)
    room.type(":q")
    assert room.got == [b":q", b"", b"", b"", b""]
    assert not any(member.missed for member in room.broadcast.members.values())


async def test_a_member_that_ends_in_the_middle_leaves_and_the_others_go_on() -> None:
    room = Room()
    room.type("a")
    room.becomes(1, SessionState.ENDED)
    room.type("b")
    room.manager.remove(room.keys[2])
    room.type("c")
    assert [bytes(room.manager.written[key]) for key in room.keys[:3]] == [b"abc", b"a", b"ab"]
    assert list(room.broadcast.members) == room.keys[:1]
    assert [drop.absence for drop in room.dropped] == [Absence.ENDED, Absence.ENDED]


async def test_the_source_that_is_removed_ends_nothing_for_the_others() -> None:
    room = Room()
    room.manager.remove(room.keys[0])
    assert room.type("x", source=0) is None
    room.type("y", source=1)
    assert [bytes(room.manager.written[key]) for key in room.keys[1:3]] == [b"y", b"y"]


async def test_one_that_does_not_echo_is_out_until_it_prints() -> None:
    room = Room()
    room.broadcast.mark_silent([room.keys[1], room.keys[4]])
    room.type("x")
    assert room.got[:3] == [b"x", b"", b"x"]
    assert room.dropped == [DroppedMember(room.keys[1], Absence.NO_ECHO)]
    room.broadcast.heard(room.keys[1])
    assert room.broadcast.present == [room.keys[0], room.keys[2]]
    room.broadcast.add([room.keys[1]])
    assert room.broadcast.present == room.keys[:3]


async def test_a_member_that_fails_keeps_no_key_from_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room()

    def fail(stroke: object) -> None:
        raise RuntimeError

    reports: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: reports.append(context["exception"]))
    monkeypatch.setattr(room.inputs.of(room.keys[1]), "receive", fail)
    room.type("x")
    assert room.got[:3] == [b"x", b"", b"x"]
    assert len(reports) == 1


async def test_an_answer_is_typed_and_entered_in_each_by_its_modes_and_not_reported() -> None:
    room = Room()
    reported: list[str] = []
    room.inputs.on_sent = lambda sessions, text: reported.append(text)
    room.becomes(1, modes=Modes(bracketed_paste=True))
    room.inputs.answer([*room.keys[:2], 99], "~.é s")
    assert room.got == ["~.é s\r".encode()] * 2 + [b""] * 3
    assert reported == []


# Its end


async def test_escape_twice_ends_it_and_reaches_nobody() -> None:
    room = Room()
    room.press("escape", "escape")
    assert not room.broadcast.is_on
    room.type("x")
    assert room.got == [b"x", b"", b"", b"", b""]


async def test_a_lone_escape_comes_a_little_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs_module, "TWICE_WITHIN", 0.01)
    room = Room()
    room.press("escape")
    assert not any(room.got)
    await wait_until("the escape", lambda: room.manager.written[room.keys[2]] == b"\x1b")
    assert room.got[:3] == [b"\x1b"] * 3
    assert room.broadcast.is_on


async def test_what_is_typed_behind_an_escape_sends_it_first_and_at_once() -> None:
    room = Room()
    room.press("escape")
    room.type("k")
    assert room.got[:3] == [b"\x1bk"] * 3
    room.press("escape")
    room.inputs.paste(room.keys[1], "text")
    assert room.got[:3] == [b"\x1btext"] * 3
    room.press("escape")
    room.press("escape", source=1)
    assert room.got[:3] == [b"\x1b"] * 3
    assert room.broadcast.is_on


async def test_an_escape_in_another_pane_sends_the_held_one_and_is_its_own() -> None:
    room = Room()
    room.press("escape")
    room.press("escape", "escape", source=3)
    assert room.got == [b"\x1b", b"\x1b", b"\x1b", b"\x1b\x1b", b""]
    assert room.broadcast.is_on


async def test_a_full_screen_program_in_a_member_gets_escapes_at_once() -> None:
    room = Room()
    room.becomes(0, modes=FULL_SCREEN)
    room.press("escape", "escape")
    assert room.got[:3] == [b"\x1b\x1b", b"", b""]
    assert room.broadcast.is_on


async def test_without_a_broadcast_escape_waits_for_nothing() -> None:
    room = Room()
    room.broadcast.end()
    room.press("escape", "escape")
    assert room.got[:2] == [b"\x1b\x1b", b""]


SESSIONS = range(5)
STEPS = st.one_of(
    st.tuples(st.just("key"), st.sampled_from(SESSIONS), st.just(None)),
    st.tuples(st.just("add"), st.sampled_from(SESSIONS), st.just(None)),
    st.tuples(st.just("remove"), st.sampled_from(SESSIONS), st.just(None)),
    st.tuples(st.just("silent"), st.sampled_from(SESSIONS), st.just(None)),
    st.tuples(st.just("heard"), st.sampled_from(SESSIONS), st.just(None)),
    st.tuples(st.just("becomes"), st.sampled_from(SESSIONS), st.sampled_from([None, *Absence])),
)


@given(st.lists(STEPS, max_size=40))
def test_whatever_happens_a_key_reaches_no_other_than_who_takes_part(
    steps: list[tuple[str, int, Absence | None]],
) -> None:
    absences: dict[int, Absence | None] = dict.fromkeys(SESSIONS)
    broadcast = Broadcast(lambda key: absences[key])
    missing: set[int] = set()
    joined: set[int] = set()
    for step, key, absence in steps:
        if step == "key":
            is_broadcast = broadcast.takes_part(key) and not absences[key]
            got = broadcast.receivers(key)
            assert got[0] == key
            assert len(set(got)) == len(got)
            others = set(got[1:])
            assert others <= joined
            assert not any(absences[other] for other in others)
            assert not others & missing
            if is_broadcast:
                missing |= {other for other in broadcast.members if other not in got}
            else:
                assert not others
        elif step == "add":
            broadcast.add([key])
            joined.add(key)
            missing.discard(key)
        elif step == "remove":
            broadcast.remove([key])
            joined.discard(key)
            missing.discard(key)
        elif step == "silent":
            broadcast.mark_silent([key])
        elif step == "heard":
            broadcast.heard(key)
        else:
            absences[key] = absence
            broadcast.follow([key])
        missing &= set(broadcast.members)
        assert all(broadcast.members[other].missed for other in missing)


# Pastes that are asked about


async def test_a_question_is_asked_where_one_of_them_needs_it() -> None:
    room = Room()
    source = room.keys[0]
    assert not room.inputs.wants_question(source, "ls")
    assert room.inputs.wants_question(source, "ls\n")
    for place in range(2):
        room.becomes(place, modes=Modes(bracketed_paste=True))
    assert room.inputs.wants_question(source, "ls\n")
    room.becomes(2, modes=Modes(bracketed_paste=True))
    assert not room.inputs.wants_question(source, "ls\n")
    guarded = room.open(guarded="account:prod")
    assert not room.inputs.wants_question(source, "ls")
    room.broadcast.add([guarded])
    assert room.inputs.wants_question(source, "ls")


async def test_a_paste_reaches_only_those_that_were_asked_about() -> None:
    room = Room()
    asked = room.inputs.receivers(room.keys[0])
    room.broadcast.add([room.keys[3]])
    room.becomes(1, modes=FULL_SCREEN)
    room.inputs.paste(room.keys[0], "text", asked)
    assert room.got == [b"text", b"", b"text", b"", b""]


async def test_looking_who_gets_it_is_no_key_that_is_missed() -> None:
    room = Room()
    room.becomes(1, modes=FULL_SCREEN)
    changes = room.changes
    room.inputs.receivers(room.keys[0])
    assert room.broadcast.members[room.keys[1]].missed == 0
    assert room.changes == changes


async def test_a_session_that_is_over_cannot_join() -> None:
    room = Room()
    room.becomes(3, SessionState.ENDED)
    room.broadcast.add(room.keys[3:])
    assert list(room.broadcast.members) == [*room.keys[:3], room.keys[4]]


async def test_what_draws_it_is_called_for_each_change_and_for_nothing_else() -> None:
    room = Room()
    broadcast, keys, calls = room.broadcast, room.keys, []

    def changed(do: Any, *given: Any) -> bool:
        before = room.changes
        do(*given)
        calls.append(room.changes - before)
        return room.changes > before

    assert changed(broadcast.add, [keys[3]])
    assert changed(broadcast.remove, [keys[3]])
    assert broadcast.present == keys[:3] == list(broadcast.members)
    assert not changed(broadcast.follow)
    assert changed(broadcast.mark_silent, [keys[1]])
    assert broadcast.present == [keys[0], keys[2]]
    assert not changed(broadcast.heard, keys[0])
    assert changed(broadcast.heard, keys[1])
    assert broadcast.present == keys[:3]
    assert broadcast.differing == []
    assert changed(broadcast.mark_differing, [keys[0]])
    assert broadcast.differing == [keys[0]]
    assert not changed(broadcast.mark_differing, [keys[0]])
    assert changed(broadcast.mark_silent, [keys[1]])
    assert changed(room.type, "x"), "one has missed it"
    assert not changed(broadcast.heard, keys[1]), "it stays out for what it has missed"
    assert broadcast.present == [keys[0], keys[2]]
    assert changed(broadcast.end)
    assert not broadcast.is_on
    assert max(calls) == 1
