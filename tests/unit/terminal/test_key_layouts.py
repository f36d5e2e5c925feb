"""Keys of many layouts, as a terminal with kitty's protocol reports them, and the bytes for a program without one.

The right bytes are those that kitty sends to such a program (https://sw.kovidgoyal.net/kitty/keyboard-protocol/
"Legacy text keys", and key_encoding.c, ``encode_printable_ascii_key_legacy``). For Ctrl+Shift with a letter, where
kitty falls back to ``CSI u``, they are those of xterm (ctlseqs, "Alt and Meta Keys"; for Ctrl, X11's XLookupString).
"""

from __future__ import annotations

import pytest

from ssmtui.terminal import engines
from ssmtui.terminal.key_reports import as_said, read_report
from ssmtui.terminal.keys import KeyEncoder
from ssmtui.terminal.layouts import us_key
from ssmtui.terminal.screen import INITIAL_MODES, Modes
from ssmtui.ui.panes.zoom import LeaderWatch
from tests.support.outer_keys import keys_of

MODIFIERS = {"": 0, "shift": 1, "ctrl": 4, "alt": 2, "ctrl+shift": 5, "alt+shift": 3, "ctrl+alt": 6}

# Layout; the key: its character, with Shift, the US key there; what is sent, in the order of MODIFIERS.
TABLE = """
US        c C c  c C \\x03 \\x1bc \\x03 \\x1bC \\x1b\\x03
US        . > .  . > .    \\x1b. >    \\x1b> \\x1b.
US        , < ,  , < ,    \\x1b, <    \\x1b< \\x1b,
US        / ? /  / ? \\x1f \\x1b/ \\x7f \\x1b? \\x1b\\x1f
US        ; : ;  ; : ;    \\x1b; :    \\x1b: \\x1b;
US        ' " '  ' " '    \\x1b' "    \\x1b" \\x1b'
US        [ { [  [ { \\x1b \\x1b[ \\x1b \\x1b{ \\x1b\\x1b
US        ] } ]  ] } \\x1d \\x1b] \\x1d \\x1b} \\x1b\\x1d
US        - _ -  - _ -    \\x1b- \\x1f \\x1b_ \\x1b-
US        2 @ 2  2 @ \\x00 \\x1b2 \\x00 \\x1b@ \\x1b\\x00
US        6 ^ 6  6 ^ \\x1e \\x1b6 \\x1e \\x1b^ \\x1b\\x1e
German    z Z y  z Z \\x1a \\x1bz \\x1a \\x1bZ \\x1b\\x1a
German    . : .  . : .    \\x1b. :    \\x1b: \\x1b.
German    - _ /  - _ -    \\x1b- \\x1f \\x1b_ \\x1b-
German    < > <  < > <    \\x1b< >    \\x1b> \\x1b<
German    ö Ö ;  ö Ö ;    \\x1b; :    \\x1b: \\x1b;
German    ü Ü [  ü Ü \\x1b \\x1b[ \\x1b \\x1b{ \\x1b\\x1b
French    a A q  a A \\x01 \\x1ba \\x01 \\x1bA \\x1b\\x01
French    & 1 1  & 1 &    \\x1b& 1    \\x1b1 \\x1b&
French    é 2 2  é 2 \\x00 \\x1b2 \\x00 \\x1b@ \\x1b\\x00
French    ; . ,  ; . ;    \\x1b; .    \\x1b. \\x1b;
French    : / .  : / :    \\x1b: \\x1f \\x1b/ \\x1b:
Russian   с С c  с С \\x03 \\x1bc \\x03 \\x1bC \\x1b\\x03
Russian   я Я z  я Я \\x1a \\x1bz \\x1a \\x1bZ \\x1b\\x1a
Russian   ъ Ъ ]  ъ Ъ \\x1d \\x1b] \\x1d \\x1b} \\x1b\\x1d
Russian   ю Ю .  ю Ю .    \\x1b. >    \\x1b> \\x1b.
Russian   . , /  . , .    \\x1b. ,    \\x1b, \\x1b.
Greek     ψ Ψ c  ψ Ψ \\x03 \\x1bc \\x03 \\x1bC \\x1b\\x03
Greek     ς Σ w  ς Σ \\x17 \\x1bw \\x17 \\x1bW \\x1b\\x17
Greek     ; : q  ; : ;    \\x1b; :    \\x1b: \\x1b;
Hebrew    ב C c  ב C \\x03 \\x1bc \\x03 \\x1bC \\x1b\\x03
Hebrew    ף : ;  ף : ;    \\x1b; :    \\x1b: \\x1b;
Hebrew    ץ > .  ץ > .    \\x1b. >    \\x1b> \\x1b.
Kana      そ ッ c  そ ッ \\x03 \\x1bc \\x03 \\x1bC \\x1b\\x03
Kana      ソ ッ c  ソ ッ \\x03 \\x1bc \\x03 \\x1bC \\x1b\\x03
Kana      る 。 .  る 。 .    \\x1b. >    \\x1b> \\x1b.
Kana      む 」 \\\\  む 」 \\x1c \\x1b\\\\ \\x1c \\x1b| \\x1b\\x1c
"""


def rows() -> list[tuple[str, str, str, str, dict[str, bytes]]]:
    found = []
    for line in TABLE.strip().splitlines():
        layout, own, shifted, us, *sent = line.split()
        found.append((layout, own, shifted, _bytes(us).decode(), dict(zip(MODIFIERS, map(_bytes, sent), strict=True))))
    return found


def _bytes(text: str) -> bytes:
    """``\\x03`` and ``\\\\`` are read, all else is itself."""
    if "\\" not in text:
        return text.encode()
    return text.encode().decode("unicode_escape").encode("latin-1")


def reported(own: str, shifted: str, us: str, modifiers: int, *, alternates: bool = True) -> str:
    """As kitty reports the key with flags 1, 8 and 16, and 4: alternates that differ, text where some is typed."""
    code = str(ord(own))
    if alternates:
        code += f":{ord(shifted)}" if modifiers & 1 else ""
        if us != own:
            code += ("" if modifiers & 1 else ":") + f":{ord(us)}"
    text = {0: f";{ord(own)}", 1: f";{ord(shifted)}"}.get(modifiers, "")
    return f"\x1b[{code};{modifiers + 1}{text}u"


@pytest.mark.parametrize("engine", engines.NAMES)
@pytest.mark.parametrize(("layout", "own", "shifted", "us", "sent"), rows(), ids=lambda value: str(value)[:8])
def test_keys_of_every_layout_are_the_bytes_of_a_legacy_terminal(
    engine: str, layout: str, own: str, shifted: str, us: str, sent: dict[str, bytes]
) -> None:
    encoder = KeyEncoder(engine)
    found = {}
    for name, bits in MODIFIERS.items():
        [(key, character)] = keys_of(reported(own, shifted, us, bits))
        found[name] = encoder.encode(key, character, INITIAL_MODES)
    assert found == sent


@pytest.mark.parametrize(
    ("layout", "own", "shifted", "us", "sent"),
    [row for row in rows() if row[0] in ("US", "Russian", "Greek", "Hebrew", "Kana")],
    ids=lambda value: str(value)[:8],
)
def test_case_01_ctrl_and_alt_work_where_the_terminal_reports_no_alternate_keys(
    layout: str, own: str, shifted: str, us: str, sent: dict[str, bytes]
) -> None:
    for name in ("ctrl", "alt", "ctrl+alt"):
        [(key, character)] = keys_of(reported(own, shifted, us, MODIFIERS[name], alternates=False))
        assert KeyEncoder().encode(key, character, INITIAL_MODES) == sent[name]
    if not own.isascii():
        assert us_key(own) == us


@pytest.mark.parametrize(
    ("sequence", "sent"),
    [
        ("\x1b[46;4u", b"\x1b>"),
        ("\x1b[44;4u", b"\x1b<"),
        ("\x1b[47;4u", b"\x1b?"),
        ("\x1b[59;4u", b"\x1b:"),
        ("\x1b[39;4u", b'\x1b"'),
        ("\x1b[46:58;4u", b"\x1b:"),  # German: the terminal knows better
        ("\x1b[27;4;62~", b"\x1b>"),  # tmux and xterm with modifyOtherKeys
    ],
)
def test_case_02_alt_with_shift_and_a_sign_is_the_sign_on_the_key(sequence: str, sent: bytes) -> None:
    [(key, character)] = keys_of(sequence)
    assert KeyEncoder().encode(key, character, INITIAL_MODES) == sent


@pytest.mark.parametrize("engine", engines.NAMES)
@pytest.mark.parametrize(
    ("sequence", "flags", "sent"),
    [
        ("\x1b[1089::99;5u", 0b00001, b"\x1b[1089;5u"),
        ("\x1b[1089::99;5u", 0b00101, b"\x1b[1089::99;5u"),
        ("\x1b[1089:1057:99;6u", 0b00101, b"\x1b[1089:1057:99;6u"),
        ("\x1b[1089::99;;1089u", 0b11101, b"\x1b[1089::99;;1089u"),
        ("\x1b[1089::99;;1089u", 0b01001, b"\x1b[1089u"),
        ("\x1b[46:62;4u", 0b00001, b"\x1b[46;4u"),
        ("\x1b[46:62;4u", 0b00101, b"\x1b[46:62;4u"),
        ("\x1b[46:62;2;62u", 0b11101, b"\x1b[46:62;2;62u"),
        ("\x1b[46:62;2;62u", 0b00001, b">"),
    ],
)
def test_a_program_with_kittys_protocol_gets_the_key_of_the_layout(
    engine: str, sequence: str, flags: int, sent: bytes
) -> None:
    [(key, character)] = keys_of(sequence)
    assert KeyEncoder(engine).encode(key, character, Modes(kitty_flags=flags)) == sent


@pytest.mark.parametrize("engine", engines.NAMES)
def test_a_program_that_modifies_other_keys_is_told_of_shift(engine: str) -> None:
    [(key, character)] = keys_of("\x1b[46:62;4u")
    assert KeyEncoder(engine).encode(key, character, Modes(modify_other_keys=2)) == b"\x1b[27;4;62~"


@pytest.mark.parametrize(
    ("typed", "before", "found"),
    [
        ("a\x1b[1098::93;5u", b"a", True),
        ("\x1b[1098;5u", b"", True),
        ("\x1b[12442:12300:93;5u", b"", True),
        ("\x1b[93;133:1u", b"", True),
        ("\x1b[93:125;5:2u", b"", True),
        ("\x1b[24;129:1~n", b"", True),
        ("\x1b[93;5:3u", b"\x1b[93;5:3u", False),
        ("\x1b[24;1:3~", b"\x1b[24;1:3~", False),
        ("\x1b[1089::99;5u", b"\x1b[1089::99;5u", False),
        ("\x1b[99999999999999;5u\x1b[1:2:3:4;5u", b"\x1b[99999999999999;5u\x1b[1:2:3:4;5u", False),
    ],
)
def test_case_01_the_leader_is_found_in_raw_bytes_of_any_layout(typed: str, before: bytes, found: bool) -> None:
    assert LeaderWatch(["ctrl+right_square_bracket", "f12"]).split(typed.encode()) == (before, found)


@pytest.mark.parametrize(
    "sequence", ["", "\x1b", "\x1b[u\n", "\x1b[0u", "\x1b[55296u", "\x1b[97;1:3u", "\x1b[97;9999u", "\x1b[27;1;55296~"]
)
def test_what_no_key_reports_is_no_report(sequence: str) -> None:
    assert read_report(sequence) is None


def test_a_report_without_more_than_needed() -> None:
    report = read_report("\x1b[1102:1070:46;132:2u")
    assert report is not None
    assert as_said(report).sequence == "\x1b[62;3u"
