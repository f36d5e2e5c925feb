"""The end of a recording is read back, and whatever else lies in the folder is no recording."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssmtui.model import TerminalSize
from ssmtui.recording import last_output
from ssmtui.recording.asciicast import header
from ssmtui.recording.last_output import MOST_FILES, LastOutput, last_outputs
from ssmtui.recording.recorder import Recorder, file_name

ID = "jane@acme.com-0a1b2c3d4e5f60718"
SIZE = TerminalSize(80, 24)


def cast(directory: Path, *lines: str, session_id: str = ID, name: str = "", number: int = 1) -> Path:
    """A recording of these lines, the ``number``-th that was written."""
    path = directory / (name or file_name("web/1", session_id, datetime(2026, 1, 15, 12, 0, number)))
    path.write_text(header(SIZE, 1000.0, f"web/1 {session_id}") + "".join(f"{line}\n" for line in lines))
    os.utime(path, (1000 + number, 1000 + number))
    return path


def printed(text: str) -> str:
    return json.dumps([1.0, "o", text])


def only(directory: Path, most: int = 1 << 20) -> LastOutput:
    (found,) = last_outputs(directory, ID, most)
    return found


async def test_what_was_recorded_is_read_back(tmp_path: Path) -> None:
    name = file_name("web/1", ID, datetime(2026, 1, 15))
    recorder = Recorder(tmp_path, name, SIZE, f"web/1 {ID}", lambda why: None)
    recorder.write(b"$ echo \xc3")
    recorder.write(b"\xa4\r\n\xe4\r\n")
    recorder.resized(TerminalSize(100, 30))
    recorder.write(b"$ ")
    recorder.stop()
    await recorder.closed()
    found = await asyncio.to_thread(only, tmp_path)
    assert found.output.decode() == "$ echo ä\r\n\N{REPLACEMENT CHARACTER}\r\n$ "
    assert (found.size, found.in_full_screen) == (TerminalSize(100, 30), False)


def test_the_newest_come_first_and_not_all_of_many(tmp_path: Path) -> None:
    for number in range(1, MOST_FILES + 3):
        cast(tmp_path, printed(f"number {number}\r\n"), number=number)
    texts = [found.output.decode().strip() for found in last_outputs(tmp_path, ID)]
    assert texts == [f"number {number}" for number in range(MOST_FILES + 2, 2, -1)]


def test_of_a_long_file_the_end_is_read_from_the_beginning_of_a_line(tmp_path: Path) -> None:
    lines = [printed(f"line {number}\r\n") for number in range(2000)]
    cast(tmp_path, json.dumps([0.1, "r", "132x43"]), *lines)
    found = only(tmp_path, 500)
    assert found.output.decode().splitlines()[-1] == "line 1999"
    assert found.output.decode().startswith("line 19")
    assert found.size == TerminalSize(132, 43), "the size was told long before"
    assert len(found.output) < 500


@pytest.mark.parametrize(
    ("before", "expected"), [("\x1b[?1049h", True), ("\x1b[?1049h\x1b[?1049l", False), ("\x1b[?47h", True), ("", False)]
)
def test_a_full_screen_program_that_was_started_before_is_known(tmp_path: Path, before: str, expected: bool) -> None:
    cast(tmp_path, printed(before), *[printed("x" * 80 + "\r\n")] * 30)
    assert only(tmp_path, 600).in_full_screen is expected


@pytest.mark.parametrize(
    "line",
    ['[1, "o"', "null", "[]", '[1, "o", 7]', '{"o": 1}', "[" * 20_000, '[1, 2, "x"]', "9" * 10_000, "\x00\xff", '"o"'],
)
def test_lines_that_are_none_are_left_out(tmp_path: Path, line: str) -> None:
    cast(tmp_path, printed("before "), line, printed("after"), '[2, "o", "torn')
    assert only(tmp_path).output == b"before after"


@pytest.mark.parametrize(
    "first",
    [
        "",
        "no json",
        "[]",
        '{"version": 1}',
        '{"version": 2, "width": 80, "height": 24, "title": "web other-session"}',
        '{"version": 2, "width": 80, "height": 24, "title": 7}',
        '{"version": 2, "width": "x", "height": 24, "title": "web %s"}',
        '{"version": 2, "width": 99999, "height": 24, "title": "web %s"}',
        "[" * 20_000,
    ],
)
def test_a_file_that_is_no_recording_of_this_session_is_left_out(tmp_path: Path, first: str) -> None:
    path = cast(tmp_path)
    path.write_text(first.replace("%s", ID) + "\n" + printed("evil") + "\n")
    assert last_outputs(tmp_path, ID) == []


def test_what_is_no_file_is_not_waited_for_and_no_link_is_followed(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    secret = cast(tmp_path, printed("elsewhere"), name="elsewhere.cast")
    (folder / file_name("a", ID, datetime(2026, 1, 1))).symlink_to(secret)
    os.mkfifo(folder / file_name("b", ID, datetime(2026, 1, 1)))
    (folder / file_name("c", ID, datetime(2026, 1, 1))).mkdir()
    assert last_outputs(folder, ID) == []


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert last_outputs(tmp_path / "none", ID) == []
    assert last_outputs(tmp_path, "...") == []


def test_another_session_whose_name_begins_alike_is_another_one(tmp_path: Path) -> None:
    cast(tmp_path, printed("another one"), session_id=f"{ID}ff")
    assert last_outputs(tmp_path, ID) == []


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(1, 500))
def test_no_bytes_raise(data: bytes, most: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as directory:
        path = cast(Path(directory), printed("x"))
        path.write_bytes(path.read_bytes() + data)
        for found in last_outputs(Path(directory), ID, most):
            assert len(found.output) <= 4 * most


def test_the_bounds_are_a_fraction_of_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_output, "MOST_SEARCHED", 1000)
    cast(tmp_path, json.dumps([0.1, "r", "132x43"]), printed("\x1b[?1049h"), *[printed("x" * 80 + "\r\n")] * 100)
    found = only(tmp_path, 600)
    assert (found.size, found.in_full_screen) == (SIZE, False), "what lies further back is not looked for"
