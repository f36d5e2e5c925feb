"""Whatever a terminal sends: nothing raises, and the next key is understood."""

from __future__ import annotations

import asyncio
import codecs
import logging
import random
import sys
from collections.abc import Iterable
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.message import Message

from ssmtui.terminal.typed_units import ESCAPE_WAIT, REPORT_WAIT
from tests.support.outer_keys import keys_of
from tests.support.terminal_reports import REPORTS

CASE_04 = {
    "\x1b[1089::99;5:1u": ["ctrl+c"],
    "\x1b[97;1:3u": [],
    "\x1b[1;1:3A": [],
    "\x1b[1;1:2A": ["up"],
    "\x1b[1;5:2A": ["ctrl+up"],
    "\x1b[3;1:3~": [],
    "\x1b[3;2:1~": ["shift+delete"],
    "\x1b[97:65;2u": ["A"],
    "\x1b[4294967296u": [],
    "\x1b[97;1;9999999u": ["a"],
    "\x1b[97;99999999999999999u": [],
    "\x1b[97;0u": ["a"],
    "\x1b[97;1:99u": ["a"],
    "\x1b[97;1;27u": ["a"],
    "\x1b[97;2;65:776u": ["A", "combining_diaeresis"],
    "\x1b[55296;5u": [],
    "\x1b[0;5u": [],
    "\x1b[:::;:;:u": [],
    "\x1b[::u": [],
    "\x1b[1:2:3:4;5u": [],
    "\x1b[\u0663;5u": ["alt+left_square_bracket", "\u0663", "semicolon", "5", "u"],  # no number of a report
    "\x1b[27;5;99~": ["ctrl+c"],
    "\x1b[27;5;4294967296~": [],
    "\x1b[26;2~": ["shift+f14"],
    "\x1b[57500;5u": [],
    "\x1b[99;2A": [],
    "\x1b[48;0;0;0;0t": [],
    "\x1b[48;24;80;0;0t\x1b[<0;3;3M": [],
    "\x1b[48;999999999;999999999;1;1t": [],
    "\x1b[<0;99999999999999999999999;1M": [],
    "\x1b[<99999999999;1;1M": [],
    "\x1b[M\x00\x00\x00": [],
    "\x1b[99999999999999;99999999999R": [],
    "\x1b[?2026;9$y": [],
    "\x1b[?62;22c": [],
    "\x1b[>1;10;0c": [],
    "\x1b[?31u": [],
    "\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\": [],
    "\x1b]52;c;" + "QUJD" * 50 + "\x07": [],
    "\x1bP>|xterm(400)\x1b\\": [],
    "\x1b_Gi=1;OK\x1b\\": [],
}


@pytest.mark.parametrize(("sequence", "keys"), CASE_04.items(), ids=map(ascii, CASE_04))
def test_case_04_what_a_terminal_sends_is_understood_or_dropped(sequence: str, keys: list[str]) -> None:
    assert [key for key, _ in keys_of(sequence + "z")] == [*keys, "z"]


@pytest.mark.parametrize("sequence", ["\x1b[48;24;80;0;0t", "\x1b[48;0;0;9;9t", "\x1b[48;24;100000;9;9t"])
def test_case_04_an_impossible_size_is_no_size(sequence: str) -> None:
    parser = XTermParser()
    [real] = parser.feed("\x1b[48;24;80;480;640t")
    assert isinstance(real, events.Resize)
    assert list(parser.feed(sequence)) == []
    assert (parser.terminal_size, parser.terminal_pixel_size) == (real.size, real.pixel_size)
    [pressed] = parser.feed("\x1b[<0;641;481M")
    assert isinstance(pressed, events.MouseEvent)
    assert (pressed.x, pressed.y) == (80, 24)


SEEDS = [
    *CASE_04,
    "\x1b[1089:1057:99;6:1;1057u",
    "\x1b[<35;10;10M",
    "\x1b[200~paste\x1b[201~",
    "\x1b[I\x1b[O",
    "\x1bOP\x1b[[A",
    "é中🇩",
    "\x1b\x1b[A",
]
ALPHABET = "\x1b\x1b\x1b[[]OPM_<?:;;:0123456789~uAMRty$\\\x07\x00\x7f\x9b é中"


def mutated(chance: random.Random) -> str:
    parts = []
    for _ in range(chance.randrange(1, 6)):
        part = list(chance.choice(SEEDS) if chance.random() < 0.8 else "")
        for _ in range(chance.randrange(5)):
            place = chance.randrange(len(part) + 1)
            part[place : place + chance.randrange(2)] = chance.choices(ALPHABET, k=chance.randrange(4))
        parts.append("".join(part))
    return "".join(parts)


@pytest.mark.parametrize("seed", range(20))
def test_case_04_no_input_breaks_the_parser(
    seed: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(seed)
    clock = [0.0]
    monkeypatch.setattr("textual._parser.get_time", lambda: clock[0])
    for _ in range(200):
        parser = XTermParser()
        text = mutated(chance)
        while text:
            size = chance.randrange(1, len(text) + 1)
            list(parser.feed(text[:size]))
            text = text[size:]
            if chance.random() < 0.3:
                clock[0] += 1
                list(parser.tick())
        list(parser.feed("\x18\x1b[201~"))  # a paste that was begun ends
        clock[0] += 1
        list(parser.tick())
        assert [event.key for event in parser.feed("z") if isinstance(event, events.Key)][-1:] == ["z"]
    assert caplog.records == []  # understood, and not merely caught


def test_case_04_a_parser_that_breaks_begins_anew_and_logs_it_once_without_what_was_typed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ValueError(typed)

    typed = "hunter2"
    parser = XTermParser()
    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        patch.setattr(XTermParser, "parse_mouse_code", broken)
        for _ in range(2):
            assert list(parser.feed("\x1b[<0;1;1M")) == []
    [record] = caplog.records
    assert "parse_mouse_code" in record.getMessage() or "broken" in record.getMessage()
    assert typed not in record.getMessage()
    [key] = parser.feed("z")
    assert isinstance(key, events.Key)
    assert key.key == "z"
    assert list(parser.feed("")) == []
    with pytest.raises(ParseError):
        list(parser.feed("z"))


@pytest.mark.skipif(sys.platform == "win32", reason="Textual's driver for Linux and macOS")
async def test_case_04_a_reader_of_keys_that_breaks_is_a_failure_of_the_app() -> None:
    from textual.drivers.linux_driver import LinuxDriver

    calls: asyncio.Queue[tuple[object, ...]] = asyncio.Queue()
    app = SimpleNamespace(call_later=lambda *call: calls.put_nowait(call), _handle_exception="fails", panic="gone")
    for error, call in ((ValueError(), "fails"), (OSError(), "gone")):

        def read(error: Exception = error) -> None:
            raise error

        LinuxDriver._run_input_thread(SimpleNamespace(_app=app, run_input_thread=read))  # type: ignore[arg-type]
        assert calls.get_nowait()[0] == call


class Driver:
    """Bytes in, as Textual's driver reads them; what the app is sent out."""

    def __init__(self) -> None:
        self.parser = XTermParser()
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self.found: list[str] = []

    def read(self, data: bytes) -> None:
        text = self._decode(data)
        self._note(self.parser.feed(text) if text else [])

    def tick(self) -> None:
        self._note(self.parser.tick())

    def _note(self, found: Iterable[Message]) -> None:
        for one in found:
            facts = (getattr(one, name, None) for name in ("key", "character", "text", "x", "y", "button", "size"))
            self.found.append(f"{type(one).__name__} {tuple(facts)}")


def read(*chunks: bytes) -> list[str]:
    driver = Driver()
    for chunk in chunks:
        driver.read(chunk)
    return driver.found


@pytest.mark.parametrize("name", REPORTS)
def test_fault_2_a_report_cut_at_any_byte_is_the_same_to_the_app(name: str) -> None:
    stream = REPORTS[name].encode()
    whole = read(stream + b"z")
    for place in range(1, len(stream)):
        assert read(stream[:place], stream[place:] + b"z") == whole, place
    assert read(*(bytes([byte]) for byte in stream), b"z") == whole


@given(st.lists(st.sampled_from([*REPORTS.values()]), min_size=1, max_size=5), st.data())
def test_fault_2_any_stream_of_reports_cut_at_any_bytes_is_the_same_to_the_app(
    reports: list[str], data: st.DataObject
) -> None:
    stream = "".join(reports).encode()
    places = sorted(data.draw(st.sets(st.integers(1, len(stream)), max_size=6)))
    chunks = [stream[start:end] for start, end in zip([0, *places], [*places, len(stream)], strict=True)]
    assert read(*chunks) == read(stream)


NO_KEYS = [name for name, report in REPORTS.items() if not read(report.encode())]


def test_answers_are_no_keys() -> None:
    answers = {"DA1", "DA2", "DA3", "XTVERSION", "OSC 10", "OSC 11", "OSC 52", "XTGETTCAP", "kitty keyboard flags"}
    assert set(NO_KEYS) >= answers


@pytest.mark.parametrize("name", NO_KEYS)
def test_fault_2_an_answer_whose_rest_comes_late_is_not_typed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("textual._parser.get_time", lambda: clock[0])
    report = REPORTS[name]
    for place in range(6, len(report)):
        driver = Driver()
        driver.read(report[:place].encode())
        clock[0] += REPORT_WAIT - 0.1
        driver.tick()
        driver.read(report[place:].encode())
        assert driver.found == [], place


def test_fault_2_an_answer_without_end_is_dropped_and_keys_work_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("textual._parser.get_time", lambda: clock[0])
    for begun in (b"\x1b]11;rgb:1e", b"\x1b[24;8", b"\x1bP>|XTerm", b"\x1b[" + b"1;" * 500):
        driver = Driver()
        driver.read(begun)
        clock[0] += REPORT_WAIT
        driver.tick()
        assert driver.found == []
        driver.read(b"ls")
        assert [one.split(",")[0] for one in driver.found] == ["Key ('l'", "Key ('s'"]


@pytest.mark.parametrize(
    ("typed", "keys"),
    [("\x1b", ["escape"]), ("\x1b[", ["alt+left_square_bracket"]), ("\x1bO", ["alt+shift+o"])],
)
def test_an_escape_alone_is_a_key_after_the_usual_time(
    typed: str, keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("textual._parser.get_time", lambda: clock[0])
    driver = Driver()
    driver.read(typed.encode())
    clock[0] += ESCAPE_WAIT - 0.001
    driver.tick()
    assert driver.found == []
    clock[0] += 0.002
    driver.tick()
    assert [one.split(",")[0] for one in driver.found] == [f"Key ('{key}'" for key in keys]
