"""What a session printed before it was taken over: the rows of its recordings, without anything that acts."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from ssmtui.model import TerminalSize
from ssmtui.recording.asciicast import header
from ssmtui.recording.recorder import file_name
from ssmtui.sessions import earlier_output as room
from ssmtui.sessions.earlier_output import MOST_LINES, NOTHING_EARLIER, EarlierOutput, KeptScreen, earlier_output
from ssmtui.sessions.engine_host import EngineHost
from ssmtui.terminal import engines
from ssmtui.terminal.screen import INITIAL_MODES
from tests.support.bench import Nobody

ID = "jane-0a1b2c3d4e5f60718"
SIZE = TerminalSize(80, 24)
NOON = datetime(2026, 1, 15, 12, 0).timestamp()


@pytest.fixture(params=[engines.GHOSTTY, engines.BITTTY])
async def host(request: pytest.FixtureRequest) -> AsyncIterator[EngineHost]:
    made = EngineHost(request.param)
    await made.start()
    yield made
    await made.close()


def record(directory: Path, *outputs: str, size: TerminalSize = SIZE, number: int = 1) -> None:
    path = directory / file_name("web", ID, datetime(2026, 1, 15, 12, 0, number))
    events = "".join(json.dumps([1.0, "o", output]) + "\n" for output in outputs)
    path.write_text(header(size, 1000.0, f"web {ID}") + events)
    os.utime(path, (1000 + number, 1000 + number))


def texts(earlier: EarlierOutput) -> list[str]:
    return ["".join(run.text for run in row).rstrip() for row in earlier.rows]


async def test_the_last_lines_are_what_a_person_saw(host: EngineHost, tmp_path: Path) -> None:
    record(tmp_path, "$ lss\b \b\r\nREADME\r\n\x1b[1;31mred\x1b[0m\r\n", "$ ")
    earlier = await earlier_output(tmp_path, ID, host)
    assert texts(earlier) == ["$ ls", "README", "red", "$"]
    assert earlier.rows[2][0].style.fg == 1
    assert earlier.modes.bracketed_paste is False


async def test_lines_above_the_screen_are_shown_too_and_not_too_many(host: EngineHost, tmp_path: Path) -> None:
    record(tmp_path, *[f"line {number}\r\n" for number in range(2000)], "$ ")
    earlier = await earlier_output(tmp_path, ID, host)
    assert len(earlier.rows) == MOST_LINES
    assert texts(earlier)[-2:] == ["line 1999", "$"]
    assert texts(earlier)[0] == f"line {2000 - MOST_LINES + 1}"


async def test_of_a_full_screen_program_what_was_above_it_is_shown_and_its_modes_are_known(
    host: EngineHost, tmp_path: Path
) -> None:
    record(
        tmp_path, "$ vim notes\r\n\x1b[?1049h\x1b[?1h\x1b[?2004h\x1b[2J\x1b[H~ the text of vim\x1b[24;1H-- INSERT --"
    )
    earlier = await earlier_output(tmp_path, ID, host)
    assert texts(earlier) == ["$ vim notes"]
    assert (earlier.modes.alternate_screen, earlier.modes.application_cursor) == (True, True)
    seen = host.open(1, SIZE, 100, Nobody())
    seen.feed(b"".join(room._shown(earlier, NOON, is_current=True)))
    seen.feed(b"\x1b[H~ drawn again by vim")
    assert "drawn again by vim" in await _text(seen)
    assert (await seen.frame(0)).modes == earlier.modes
    seen.feed(b"\x1b[?1049l$ ")
    assert (await _text(seen)).splitlines()[:2] == ["$ vim notes", "── taken over at 12:00, output since then ──"]
    assert "drawn again" not in await _text(seen)


async def test_several_recordings_of_one_session_follow_each_other(host: EngineHost, tmp_path: Path) -> None:
    record(tmp_path, "first\r\n\x1b[?2004h", number=1)
    record(tmp_path, "second\r\n\x1b[?1h", size=TerminalSize(40, 10), number=2)
    earlier = await earlier_output(tmp_path, ID, host)
    assert texts(earlier) == ["first", "second"]
    assert (earlier.modes.application_cursor, earlier.modes.bracketed_paste) == (True, False)


EVIL = "\x1b]52;c;ZXZpbA==\x07\x1b[c\x1b[6n\x1b]0;title\x07\x07\x1b]133;D;1\x07\x1b]8;;https://evil\x1b\\link\x1b]8;;\x1b\\"


async def test_nothing_in_a_recording_answers_rings_or_takes_the_clipboard(host: EngineHost, tmp_path: Path) -> None:
    class Listening(Nobody):
        def __init__(self) -> None:
            self.heard: list[object] = []

        def reply(self, data: bytes) -> None:
            self.heard.append(data)

        def clipboard(self, text: str) -> None:
            self.heard.append(text)

        def title_changed(self, title: str) -> None:
            self.heard.append(title)

        def bell(self) -> None:
            self.heard.append("bell")

    record(tmp_path, EVIL, "\r\nafter\x1b[", size=TerminalSize(99999, 0))
    earlier = await earlier_output(tmp_path, ID, host)
    assert texts(earlier) == ["link", "after"]
    sink = Listening()
    pane = host.open(1, SIZE, 100, sink)
    data = b"".join(room._shown(earlier, NOON, is_current=True))
    pane.feed(data)
    assert (await _text(pane)).splitlines()[:3] == ["link", "after", "── taken over at 12:00, output since then ──"]
    assert sink.heard == []
    assert b"\x1b]" not in data


@pytest.mark.parametrize(("recorded", "restored"), [("the one", True), ("another", False), ("", False)])
async def test_modes_are_restored_from_the_file_that_was_written_to_the_end(
    host: EngineHost, tmp_path: Path, recorded: str, restored: bool
) -> None:
    record(tmp_path, "$ vim notes\r\n\x1b[?1049h", number=2)
    record(tmp_path, "older\r\n", number=1)
    names = {"the one": max(os.listdir(tmp_path)), "another": "another.cast"}
    now = datetime(2026, 1, 15, 14, 2, 59).timestamp()
    recording = str(tmp_path / names[recorded]) if recorded else ""
    data = await room.screen_before(tmp_path, ID, host, now=now, recording=recording)
    assert data.earlier == b"older\r\n$ vim notes\r\n"
    line = "\x1b[2m── taken over at 14:02, output since then ──\x1b[0m\r\n"
    assert data.line.decode() == line
    assert data.modes.startswith(b"\x1b[?1049h") is restored
    assert bool(data.modes) is restored


@pytest.mark.parametrize("is_current", [True, False])
async def test_a_terminal_that_is_still_there_is_taken_as_it_is_and_closed(host: EngineHost, is_current: bool) -> None:
    old = host.open(1, SIZE, 1000, Nobody())
    old.feed(b"".join(b"line %d\r\n" % number for number in range(100)))
    old.feed("── taken over at 11:00, output since then ──\r\n\x1b[?2004h".encode())
    data = await room.screen_kept(KeptScreen(old, SIZE, is_current), now=NOON)
    assert data.earlier.decode().splitlines() == [f"line {number}" for number in range(100)]
    assert "taken over at 12:00" in data.line.decode()
    assert data.modes.endswith(b"\x1b[?2004h") is is_current
    assert old.closed


async def test_without_a_recording_the_line_stands_alone(host: EngineHost, tmp_path: Path) -> None:
    now = datetime(2026, 1, 15, 14, 2).timestamp()
    data = await room.screen_before(tmp_path, ID, host, now=now, recording="x.cast")
    assert data.earlier == b""
    assert data.line.decode() == "\x1b[2m── taken over at 14:02, output since then ──\x1b[0m\r\n"


async def test_without_a_recording_there_is_nothing(host: EngineHost, tmp_path: Path) -> None:
    assert await earlier_output(tmp_path, ID, host) == NOTHING_EARLIER
    assert await earlier_output(None, ID, host) == NOTHING_EARLIER
    assert room.modes_of(NOTHING_EARLIER) == b""
    assert NOTHING_EARLIER.modes == INITIAL_MODES


async def test_a_disk_that_hangs_costs_the_earlier_lines_only(
    host: EngineHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = asyncio.Event()

    async def hangs(*_: object) -> list[object]:
        await release.wait()
        return []

    monkeypatch.setattr(asyncio, "to_thread", hangs)
    monkeypatch.setattr(room, "WITHIN", 0.01)
    assert await earlier_output(tmp_path, ID, host) == NOTHING_EARLIER


async def _text(pane: object) -> str:
    await pane.replica()  # type: ignore[attr-defined]  # all that was fed is parsed then
    return str(await pane.text())  # type: ignore[attr-defined]
