"""Keys against xterm's documented sequences (ctlseqs "PC-Style Function Keys", "VT220-Style", terminfo xterm-256color),
and against every name that Textual can deliver.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssmtui.terminal import engines
from ssmtui.terminal.key_names import MEANINGLESS
from ssmtui.terminal.keys import KeyEncoder
from ssmtui.terminal.screen import INITIAL_MODES, Modes

ALL_KITTY = Modes(kitty_flags=0b11111)


@pytest.fixture(params=engines.NAMES)
def encoder(request: pytest.FixtureRequest) -> KeyEncoder:
    return KeyEncoder(request.param)


FUNCTION_KEYS = {
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "insert": b"\x1b[2~",
    "delete": b"\x1b[3~",
    "pageup": b"\x1b[5~",
    "pagedown": b"\x1b[6~",
    "f1": b"\x1bOP",
    "f2": b"\x1bOQ",
    "f3": b"\x1bOR",
    "f4": b"\x1bOS",
    "f5": b"\x1b[15~",
    "f6": b"\x1b[17~",
    "f7": b"\x1b[18~",
    "f8": b"\x1b[19~",
    "f9": b"\x1b[20~",
    "f10": b"\x1b[21~",
    "f11": b"\x1b[23~",
    "f12": b"\x1b[24~",
    "f13": b"\x1b[25~",
    "f14": b"\x1b[26~",
    "f15": b"\x1b[28~",
    "f16": b"\x1b[29~",
    "f17": b"\x1b[31~",
    "f18": b"\x1b[32~",
    "f19": b"\x1b[33~",
    "f20": b"\x1b[34~",
    "shift+up": b"\x1b[1;2A",
    "alt+up": b"\x1b[1;3A",
    "alt+shift+up": b"\x1b[1;4A",
    "ctrl+up": b"\x1b[1;5A",
    "ctrl+shift+up": b"\x1b[1;6A",
    "alt+ctrl+up": b"\x1b[1;7A",
    "alt+ctrl+shift+up": b"\x1b[1;8A",
    "ctrl+home": b"\x1b[1;5H",
    "shift+end": b"\x1b[1;2F",
    "shift+insert": b"\x1b[2;2~",
    "ctrl+delete": b"\x1b[3;5~",
    "alt+pageup": b"\x1b[5;3~",
    "shift+f1": b"\x1b[1;2P",
    "ctrl+f3": b"\x1b[1;5R",
    "ctrl+f5": b"\x1b[15;5~",
    "alt+ctrl+shift+f12": b"\x1b[24;8~",
    "shift+tab": b"\x1b[Z",
}
APPLICATION_KEYS = FUNCTION_KEYS | {
    "up": b"\x1bOA",
    "down": b"\x1bOB",
    "right": b"\x1bOC",
    "left": b"\x1bOD",
    "home": b"\x1bOH",
    "end": b"\x1bOF",
}


@pytest.mark.parametrize(("key", "sequence"), FUNCTION_KEYS.items(), ids=FUNCTION_KEYS)
def test_function_keys(encoder: KeyEncoder, key: str, sequence: bytes) -> None:
    assert encoder.encode(key, None, INITIAL_MODES) == sequence


def test_function_keys_in_application_mode(encoder: KeyEncoder) -> None:
    modes = Modes(application_cursor=True)
    assert {key: encoder.encode(key, None, modes) for key in APPLICATION_KEYS} == APPLICATION_KEYS


@pytest.mark.parametrize(
    ("key", "character", "sent"),
    [
        ("a", "a", b"a"),
        ("A", "A", b"A"),
        ("question_mark", "?", b"?"),
        ("space", " ", b" "),
        ("é", "é", "é".encode()),
        ("中", "中", "中".encode()),
        ("regional_indicator_symbol_letter_d", "🇩", "🇩".encode()),
        ("e", "e\u0301", "e\u0301".encode()),
        ("\u0378", "\u0378", "\u0378".encode()),
        ("enter", "\r", b"\r"),
        ("ctrl+j", "\n", b"\n"),
        ("tab", "\t", b"\t"),
        ("escape", "\x1b", b"\x1b"),
        ("backspace", "\x7f", b"\x7f"),
        ("backspace", "\x08", b"\x08"),
        ("ctrl+c", "\x03", b"\x03"),
        ("ctrl+@", "\x00", b"\x00"),
        ("ctrl+backslash", "\x1c", b"\x1c"),
        ("ctrl+right_square_bracket", "\x1d", b"\x1d"),
        ("ctrl+circumflex_accent", "\x1e", b"\x1e"),
        ("ctrl+underscore", "\x1f", b"\x1f"),
        ("alt+x", "x", b"\x1bx"),
        ("alt+shift+x", "X", b"\x1bX"),
        ("shift+escape", "\x9b", b"\x1b"),
        ("decimal", ".", b"."),
    ],
)
def test_keys_of_a_plain_terminal(encoder: KeyEncoder, key: str, character: str, sent: bytes) -> None:
    assert encoder.encode(key, character, INITIAL_MODES) == sent


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        ("ctrl+a", b"\x01"),
        ("ctrl+shift+a", b"\x01"),
        ("ctrl+i", b"\t"),
        ("ctrl+m", b"\r"),
        ("ctrl+h", b"\x08"),
        ("ctrl+left_square_bracket", b"\x1b"),
        ("ctrl+space", b"\x00"),
        ("ctrl+at", b"\x00"),
        ("ctrl+question_mark", b"\x7f"),
        ("ctrl+slash", b"\x1f"),
        ("ctrl+3", b"\x1b"),
        ("ctrl+8", b"\x7f"),
        ("ctrl+1", b"1"),
        ("alt+ctrl+a", b"\x1b\x01"),
        ("alt+a", b"\x1ba"),
        ("alt+shift+a", b"\x1bA"),
        ("alt+left_square_bracket", b"\x1b["),
        ("meta+a", b"\x1ba"),
        ("alt+enter", b"\x1b\r"),
        ("shift+enter", b"\r"),
        ("ctrl+enter", b"\r"),
        ("alt+backspace", b"\x1b\x7f"),
        ("ctrl+backspace", b"\x08"),
        ("alt+escape", b"\x1b\x1b"),
        ("ctrl+tab", b"\t"),
        ("shift+space", b" "),
        ("divide", b"/"),
        ("kp_begin", b"\x1b[E"),
    ],
)
def test_keys_that_a_kitty_terminal_reports_without_character(encoder: KeyEncoder, key: str, sent: bytes) -> None:
    assert encoder.encode(key, None, INITIAL_MODES) == sent


@pytest.mark.parametrize(
    ("key", "character", "sent"),
    [
        ("escape", "\x1b", b"\x1b[27u"),
        ("ctrl+c", "\x03", b"\x1b[99;5u"),
        ("ctrl+i", None, b"\x1b[105;5u"),
        ("ctrl+shift+c", None, b"\x1b[99;6u"),
        ("shift+enter", None, b"\x1b[13;2u"),
        ("super+c", None, b"\x1b[99;9u"),
        ("ctrl+@", "\x00", b"\x1b[32;5u"),
        ("f3", None, b"\x1b[13~"),
        ("up", None, b"\x1b[A"),
        ("a", "a", b"a"),
        ("enter", "\r", b"\r"),
    ],
)
def test_keys_for_a_program_that_disambiguates(
    encoder: KeyEncoder, key: str, character: str | None, sent: bytes
) -> None:
    assert encoder.encode(key, character, Modes(application_cursor=True, kitty_flags=1)) == sent


def test_text_for_a_program_that_wants_all_keys_as_sequences(encoder: KeyEncoder) -> None:
    assert encoder.encode("a", "a", ALL_KITTY) == b"\x1b[97;;97u"
    assert encoder.encode("A", "A", ALL_KITTY) == b"\x1b[97:65;2;65u"


@pytest.mark.parametrize(
    ("key", "character", "sent"),
    [
        ("ctrl+i", None, b"\x1b[27;5;105~"),
        ("ctrl+c", "\x03", b"\x1b[27;5;99~"),
        ("shift+enter", None, b"\x1b[27;2;13~"),
        ("a", "a", b"a"),
        ("ctrl+f3", None, b"\x1b[1;5R"),
    ],
)
def test_keys_for_a_program_that_modifies_other_keys(
    encoder: KeyEncoder, key: str, character: str | None, sent: bytes
) -> None:
    assert encoder.encode(key, character, Modes(modify_other_keys=2)) == sent


@pytest.mark.parametrize("key", ["super+c", "hyper+a", "hyper+up", "\x85", "left_shift", "media_play", "no_such_key"])
def test_what_means_nothing_is_not_sent(encoder: KeyEncoder, key: str) -> None:
    assert encoder.encode(key, None, INITIAL_MODES) == b""


def textual_keys() -> set[tuple[str, str | None]]:
    """All that Textual's parser makes of the sequences it knows, and of every modifier with every kitty key."""
    from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
    from textual._keyboard_protocol import FUNCTIONAL_KEYS
    from textual._xterm_parser import XTermParser
    from textual.events import Key
    from textual.keys import Keys

    parser = XTermParser()
    sequences = [
        *ANSI_SEQUENCES_KEYS,
        *map(chr, range(0x20, 0x7F)),
        *map(chr, range(0xA0, 0x300)),
        *map(chr, range(0x2000, 0x2100)),
    ]
    for code in FUNCTIONAL_KEYS:
        number, final = code[:-1], code[-1]
        sequences += [f"\x1b[{number};{modifiers}{final}" for modifiers in range(1, 17)]
    for character in map(chr, range(0x20, 0x7F)):
        sequences += [f"\x1b[{ord(character)};{modifiers}u" for modifiers in range(1, 17)]
        sequences.append(f"\x1b[{ord(character)};1;{ord(character)}u")
    found: set[tuple[str, str | None]] = {(key.value, None) for key in Keys}
    for sequence in sequences:
        found |= {
            (event.key, event.character) for event in parser._sequence_to_key_events(sequence) if isinstance(event, Key)
        }
        if len(sequence) == 1:
            found |= {(event.key, event.character) for event in parser._sequence_to_key_events(sequence, alt=True)}
    return found


def is_misread(key: str) -> bool:
    """Textual calls ``CSI 26;2~`` (Shift+F14) ``shift+\\x1a``: the number as a character. Nothing was typed then."""
    return key[-1] < " "


def test_every_key_of_textual_is_sent_or_listed_as_meaningless(encoder: KeyEncoder) -> None:
    silent = {
        key
        for key, character in textual_keys()
        if not encoder.encode(key, character, INITIAL_MODES) and not encoder.encode(key, character, ALL_KITTY)
    }
    assert {key for key in silent if key.rpartition("+")[2] not in MEANINGLESS and not is_misread(key)} == set()


def test_plain_keys_of_textual_are_sent_to_any_program(encoder: KeyEncoder) -> None:
    kitty_only = {"caps_lock", "scroll_lock", "num_lock", "print_screen", "pause"}
    silent = {
        key
        for key, character in textual_keys()
        if not {"super", "hyper"} & {*key.split("+")} and not encoder.encode(key, character, INITIAL_MODES)
    }
    meaningless = MEANINGLESS | kitty_only
    assert {key for key in silent if key.rpartition("+")[2] not in meaningless and not is_misread(key)} == set()


@pytest.mark.parametrize("module", ["keys", "mouse", "paste"])
def test_no_library_is_loaded_before_the_first_key(module: str) -> None:
    code = f"import sys, ssmtui.terminal.{module}; print({{'_cffi_backend', 'bittty', 'pyghostty'}} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


XTERM = Path(__file__).parent / "xterm_keys.tsv"
"""What a real xterm sends; ``tests.support.xterm_keys`` writes it."""
XTERM_MODES = (INITIAL_MODES, Modes(application_cursor=True, application_keypad=True), Modes(modify_other_keys=2))
PLAIN, _, OTHER_KEYS = XTERM_MODES

_SHIFTED = {"at", "exclamation_mark", "underscore", "circumflex_accent", "question_mark", "tilde"}
_KEYPAD = {"divide", "multiply", "subtract", "add"}


def differs(key: str, modes: Modes) -> str:
    """Why a key may be sent otherwise than by xterm; empty when it may not."""
    *modifiers, name = key.split("+")
    if name in _SHIFTED and modes is OTHER_KEYS:
        return "that a sign needs Shift is the layout's affair, and no outer terminal tells it"
    if name == "backspace" and "ctrl" in modifiers and modes is OTHER_KEYS:
        return "xterm has it send BS with Ctrl even then; the libraries keep DEL and name Ctrl"
    if name in _KEYPAD and modifiers and modes in (PLAIN, OTHER_KEYS):
        return "xterm drops the modifiers of a numeric keypad; the signs beside it keep them"
    return ""


def table() -> Iterator[tuple[str, Modes, bytes]]:
    for line in XTERM.read_text().splitlines()[1:]:
        key, *sent = line.split("\t")
        for modes, sequence in zip(XTERM_MODES, sent, strict=True):
            yield key, modes, sequence.encode().decode("unicode_escape").encode("latin-1")


def test_keys_are_sent_as_a_real_xterm_sends_them() -> None:
    wrong, reasons, equal = [], set(), 0
    for encoder in map(KeyEncoder, engines.NAMES):
        for key, modes, sequence in table():
            sent, reason = encoder.encode(key, None, modes), differs(key, modes)
            equal += sent == sequence
            if sent != sequence:
                reasons.add(reason)
                wrong += [] if reason else [(key, modes, sequence, sent)]
    assert wrong == []
    assert len(reasons) == 3  # a reason that is no longer needed goes
    assert equal == 2375, "the README tells it"


def test_the_table_of_xterm_is_whole() -> None:
    from tests.support.xterm_keys import MODES, keys

    assert [key for key, modes, _ in table() if modes is PLAIN] == [key for key, _ in keys()]
    assert len(MODES) == len(XTERM_MODES)
    assert all(sequence for _, _, sequence in table())
