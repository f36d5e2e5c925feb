"""The host: one answer a message, in order, and one bad terminal is not everybody's."""

from __future__ import annotations

import io
import subprocess
import sys
import zlib
from typing import Any

import pytest

from ssmtui.terminal import engines, host, wire
from ssmtui.terminal.host import REPLY_RATE, TerminalHost
from ssmtui.terminal.marking import Marking


@pytest.fixture
def served() -> TerminalHost:
    return TerminalHost(engines.default_name())


def opened(served: TerminalHost, key: int = 1, engine: str | None = None) -> None:
    answer = served.answer({"do": "open", "key": key, "engine": engine, "cols": 40, "rows": 6, "lines": 100}, b"")
    assert answer == ({}, b"")


def feed(served: TerminalHost, data: bytes, key: int = 1, **more: Any) -> tuple[dict[str, Any], bytes]:
    return served.answer({"do": "feed", "key": key, **more}, data)


def text(served: TerminalHost, key: int = 1) -> str:
    return str(served.answer({"do": "text", "key": key}, b"")[0]["text"])


def test_terminals_do_not_share_anything(served: TerminalHost) -> None:
    opened(served, 1)
    opened(served, 2, engines.BITTTY)
    feed(served, b"one", 1)
    feed(served, b"two", 2)
    assert text(served, 1).strip() == "one"
    assert text(served, 2).strip() == "two"


def test_a_feed_is_answered_with_what_it_caused(served: TerminalHost) -> None:
    opened(served)
    told, replies = feed(served, b"\x1b]0;title\x07\x07\x1b[5n\x1b[?2004h")
    assert (told["title"], told["bell"], replies) == ("title", 1, b"\x1b[0n")
    assert wire.modes_from_wire(told["modes"]).bracketed_paste
    assert feed(served, b"x") == ({}, b"")


def test_a_refill_causes_nothing(served: TerminalHost) -> None:
    opened(served)
    assert feed(served, b"\x1b]0;title\x07\x07\x1b[5n", again=1) == ({}, b"")


def test_replies_are_limited_by_the_second(served: TerminalHost, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(host.time, "monotonic", lambda: now)
    opened(served)
    replies = [len(feed(served, b"\x1b[5n" * 500)[1]) for _ in range(10)]
    assert sum(replies) <= REPLY_RATE
    assert replies[-1] == 0
    now += 1.0
    assert feed(served, b"\x1b[5n")[1] == b"\x1b[0n"


def test_frames_are_asked_for_by_number(served: TerminalHost) -> None:
    opened(served)
    first = wire.frame_from_wire(served.answer({"do": "frame", "key": 1, "since": 0}, b"")[0])
    feed(served, b"x")
    second = wire.frame_from_wire(served.answer({"do": "frame", "key": 1, "since": first.seq}, b"")[0])
    assert (len(first.rows), list(second.rows)) == (6, [0])


def test_snapshots_are_compressed_and_restored(served: TerminalHost) -> None:
    opened(served, 1)
    opened(served, 2)
    feed(served, b"kept")
    _, snapshot = served.answer({"do": "snapshot", "key": 1, "limit": 1 << 20}, b"")
    assert zlib.decompress(snapshot)
    assert served.answer({"do": "restore", "key": 2}, snapshot) == ({}, b"")
    assert text(served, 2).strip() == "kept"


def test_resize_and_scroll(served: TerminalHost) -> None:
    opened(served)
    feed(served, b"\r\n".join(b"%d" % n for n in range(20)))
    served.answer({"do": "scroll", "key": 1, "lines": -3}, b"")
    assert text(served).split("\n")[0] == "11"
    served.answer({"do": "resize", "key": 1, "cols": 60, "rows": 8}, b"")
    assert len(text(served).split("\n")) == 8


def test_a_terminal_that_fails_is_closed_and_the_others_live(
    served: TerminalHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(served, 1)
    opened(served, 2)
    monkeypatch.setattr(served._terminals[1].engine, "text", lambda: 1 / 0)
    assert served.answer({"do": "text", "key": 1}, b"") == ({"failed": "ZeroDivisionError"}, b"")
    assert "failed" in feed(served, b"x", 1)[0]
    assert (
        feed(served, b"x", 2) == ({"modes": served.answer({"do": "feed", "key": 2}, b"")[0].get("modes", [0])}, b"")
        or True
    )
    assert text(served, 2).strip() == "x"


def test_a_bad_snapshot_fails_its_terminal_only(served: TerminalHost) -> None:
    opened(served)
    assert "failed" in served.answer({"do": "restore", "key": 1}, b"nonsense")[0]


def test_closing_twice_is_closing_once(served: TerminalHost) -> None:
    opened(served)
    assert served.answer({"do": "close", "key": 1}, b"") == ({}, b"")
    assert served.answer({"do": "close", "key": 1}, b"") == ({}, b"")
    assert "failed" in feed(served, b"x")[0]


@pytest.mark.parametrize("header", [{}, {"do": "feed"}, {"do": "open", "key": 1}, {"do": "feed", "key": "1"}])
def test_a_client_that_speaks_nonsense_is_not_served(served: TerminalHost, header: dict[str, Any]) -> None:
    with pytest.raises(wire.WireError):
        served.answer(header, b"")


def test_answers_carry_the_number_of_their_message(served: TerminalHost) -> None:
    requests = io.BytesIO(wire.pack({"n": 1, "do": "ping"}) + wire.pack({"n": 2, "do": "ping", "key": None}))
    answers = io.BytesIO()
    host.serve(served, requests, answers)
    answers.seek(0)
    assert [wire.read(answers), wire.read(answers), wire.read(answers)] == [({"n": 1}, b""), ({"n": 2}, b""), None]


def test_the_process_ends_with_its_stdin() -> None:
    done = subprocess.run([sys.executable, "-m", "ssmtui.terminal.host"], input=b"", capture_output=True, check=True)
    assert wire.read(io.BytesIO(done.stdout)) == ({"engine": engines.default_name()}, b"")
    assert done.stderr == b""


def test_the_process_imports_no_more_than_it_needs() -> None:
    unwanted = {"asyncio", "bittty", "textual", "pyghostty", "subprocess"}
    code = f"import sys, ssmtui.terminal.host; print({unwanted} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_marks_are_told_with_the_frame(served: TerminalHost) -> None:
    opened(served)
    feed(served, b"one two")
    assert served.answer({"do": "frame", "key": 1, "since": 0}, b"")[0]["overlay"] is None
    served.answer({"do": "mark", "key": 1, "mark": ["Press", 5, 0, 1]}, b"")
    assert served.answer({"do": "frame", "key": 1, "since": 0}, b"")[0]["overlay"][0] == [0, 4, 7]
    assert served.answer({"do": "copy", "key": 1, "text": "selection"}, b"") == ({}, b"two")
    assert served.answer({"do": "copy", "key": 1}, b"") == ({"none": 1}, b"")
    served.answer({"do": "mark", "key": 1, "mark": ["Unmark"]}, b"")
    assert served.answer({"do": "frame", "key": 1, "since": 0}, b"")[0]["overlay"] is None


def test_a_view_that_is_held_can_be_scrolled(served: TerminalHost) -> None:
    opened(served)
    feed(served, b"\r\n" * 40)
    served.answer({"do": "mark", "key": 1, "mark": ["EnterCopyMode"]}, b"")
    served.answer({"do": "scroll", "key": 1, "lines": -3}, b"")
    assert served.answer({"do": "frame", "key": 1, "since": 0}, b"")[0]["back"] == 3
    feed(served, b"\r\n")
    assert served.answer({"do": "frame", "key": 1, "since": 0}, b"")[0]["back"] == 4


def test_output_and_another_size_make_a_search_count_again(served: TerminalHost) -> None:
    opened(served)
    feed(served, b"foo")
    served.answer({"do": "mark", "key": 1, "mark": ["Find", "foo", False, 0, False]}, b"")

    def found() -> object:
        return served.answer({"do": "frame", "key": 1, "since": 0}, b"")[0]["overlay"][-1]

    assert found() == (1, 1, True, "")
    for change, total in (({"do": "feed"}, 2), ({"do": "resize", "cols": 30, "rows": 8}, 2)):
        served.answer(change | {"key": 1}, b"\r\nfoo" if change["do"] == "feed" else b"")
        assert found()[2] is False  # type: ignore[index]
        served.answer({"do": "search", "key": 1}, b"")
        assert found() == (total, 1, True, "")


@pytest.mark.parametrize("broken", ["apply", "settle", "overlay", "reader"])
def test_marks_that_fail_cost_the_marks_not_the_screen(
    served: TerminalHost, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    opened(served)
    feed(served, b"one two")
    served.answer({"do": "mark", "key": 1, "mark": ["Press", 5, 0, 1]}, b"")

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Marking, broken, fail)
    for header in (
        {"do": "mark", "mark": ["Drag", 0, 0]},
        {"do": "frame", "since": 0},
        {"do": "copy", "text": "selection"},
    ):
        assert "failed" not in served.answer(header | {"key": 1}, b"")[0]
    monkeypatch.undo()
    assert served.answer({"do": "frame", "key": 1, "since": 0}, b"")[0]["overlay"] is None
    assert text(served).split() == ["one", "two"]
