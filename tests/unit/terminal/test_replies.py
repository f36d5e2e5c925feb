"""What each query is answered with, by both engines, and what is never said."""

from __future__ import annotations

import re

import pytest

from ssmtui import __version__
from ssmtui.model import TerminalSize
from ssmtui.terminal import engines
from ssmtui.terminal.engine import MAX_FEED, Engine
from ssmtui.terminal.replies import MAX_REPLIES, answer
from ssmtui.terminal.screen import Colors, Effects

SIZE = TerminalSize(40, 6)
NIGHT = Colors(0xD0D1D2, 0x101112, 0xABCDEF, tuple(range(256)))
DAY = Colors(0x101112, 0xF0F1F2, 0xABCDEF, tuple(range(1, 257)))
ST = b"\x1b\\"


@pytest.fixture(params=engines.NAMES)
def engine(request: pytest.FixtureRequest) -> Engine:
    made = engines.create(request.param, SIZE, 100)
    made.recolor(NIGHT)
    return made


@pytest.fixture
def ghostty() -> Engine:
    made = engines.create(engines.GHOSTTY, SIZE, 100)
    made.recolor(NIGHT)
    return made


def replies(engine: Engine, query: bytes) -> bytes:
    """The answers, each with the longer of the two ends that an OSC may have."""
    return bytes(engine.feed(query).replies).replace(b"\x07", ST)


@pytest.mark.parametrize(
    ("query", "reply"),
    [
        (b"\x1b[c", b"\x1b[?62;22c"),
        (b"\x1b[0c", b"\x1b[?62;22c"),
        (b"\x1bZ", b"\x1b[?62;22c"),
        (b"\x1b[>c", b"\x1b[>1;277;0c"),
        (b"\x1b[=c", b"\x1bP!|00000000\x1b\\"),
        (b"\x1b[>q", b"\x1bP>|ssmtui(%s)\x1b\\" % __version__.encode()),
        (b"\x1b[5n", b"\x1b[0n"),
        (b"ab\x1b[6n", b"\x1b[1;3R"),
        (b"\x1b[14t", b"\x1b[4;96;320t"),
        (b"\x1b[16t", b"\x1b[6;16;8t"),
        (b"\x1b[18t", b"\x1b[8;6;40t"),
        (b"\x1b[?2048h", b"\x1b[48;6;40;96;320t"),
        (b"\x1b[?u", b"\x1b[?0u"),
        (b"\x1b[>5u\x1b[?u", b"\x1b[?5u"),
        (b"\x1bP$qm\x1b\\", b"\x1bP1$r0m\x1b\\"),
        (b"\x1b[1;31;4:3m\x1bP$qm\x1b\\", b"\x1bP1$r0;1;4:3;31m\x1b\\"),
        (b"\x1b[2;5r\x1bP$qr\x1b\\", b"\x1bP1$r2;5r\x1b\\"),
        (b"\x1b[4 q\x1bP$q q\x1b\\", b"\x1bP1$r4 q\x1b\\"),
        (b"\x1bP+q436f\x1b\\", b"\x1bP1+r436F=323536\x1b\\"),
        (b"\x1b]4;1;?\x1b\\", b"\x1b]4;1;rgb:0000/0000/0101\x1b\\"),
        (b"\x1b]4;200;?\x07", b"\x1b]4;200;rgb:0000/0000/c8c8\x1b\\"),
        (b"\x1b]10;?\x1b\\", b"\x1b]10;rgb:d0d0/d1d1/d2d2\x1b\\"),
        (b"\x1b]11;?\x1b\\", b"\x1b]11;rgb:1010/1111/1212\x1b\\"),
        (b"\x1b]12;?\x1b\\", b"\x1b]12;rgb:abab/cdcd/efef\x1b\\"),
    ],
)
def test_replies(engine: Engine, query: bytes, reply: bytes) -> None:
    assert replies(engine, query) == reply


SET, RESET, ALWAYS, UNKNOWN = b"1", b"2", b"3", b"0"


@pytest.mark.parametrize(
    ("number", "state"),
    [
        *dict.fromkeys([b"?7", b"?25", b"?1007"], SET).items(),
        *dict.fromkeys([b"?1", b"?5", b"?6", b"?12", b"?47", b"?66", b"?1047", b"?1049", b"4", b"20"], RESET).items(),
        *dict.fromkeys([b"?9", b"?1000", b"?1002", b"?1003", b"?1005", b"?1006", b"?1015", b"?1016"], RESET).items(),
        *dict.fromkeys([b"?1004", b"?2004", b"?2026", b"?2048"], RESET).items(),
        *dict.fromkeys([b"?1001", b"?5522", b"?9999", b"99"], UNKNOWN).items(),
    ],
)
def test_modes_are_reported_as_they_are_from_the_start(engine: Engine, number: bytes, state: bytes) -> None:
    assert replies(engine, b"\x1b[%s$p" % number) == b"\x1b[%s;%s$y" % (number, state)


def test_a_mode_is_reported_as_it_was_set(engine: Engine) -> None:
    assert replies(engine, b"\x1b[?2004h\x1b[?2004$p\x1b[?2004l\x1b[?2004$p") == b"\x1b[?2004;1$y\x1b[?2004;2$y"


SECRET = b"rm -rf"
"""Never to be heard again once a node has said it."""
HEX = SECRET.hex().encode()
SETS = {
    "title": b"\x1b]0;%s\x07" % SECRET,
    "icon": b"\x1b]1;%s\x07" % SECRET,
    "title in the alternate screen": b"\x1b[?1049h\x1b]2;%s\x07" % SECRET,
    "pushed title": b"\x1b]2;%s\x07\x1b[22t\x1b]2;x\x07\x1b[23t" % SECRET,
    "clipboard": b"\x1b]52;c;cm0gLXJm\x07",
    "user-defined keys": b"\x1bP0;0|17/%s\x1b\\" % HEX,
    "macro": b"\x1bP1;1;1!z%s\x1b\\\x1b[1*z" % HEX,
    "answerback": b"\x1bP1v%s\x1b\\" % SECRET,
    "hyperlink": b"\x1b]8;;http://%s\x1b\\a\x1b]8;;\x1b\\" % SECRET,
    "directory": b"\x1b]7;file://host/%s\x07" % SECRET,
    "font": b"\x1b]50;%s\x07" % SECRET,
    "pointer": b"\x1b]22;%s\x07" % SECRET,
    "shell variable": b"\x1b]1337;SetUserVar=a=%s\x07" % SECRET,
    "property": b"\x1b]3;A=%s\x07" % SECRET,
    "screen": SECRET,
    "charset name": b"\x1bP0!u%5" + ST,
}
ASKS = [
    *(b"\x1b[%dt" % number for number in range(11, 25)),
    *(b"\x1b]%d;?\x1b\\" % number for number in (0, 1, 2, 3, 5, 7, 8, 9, 13, 17, 19, 22, 50, 99, 133, 777)),
    b"\x05",
    b"\x1b[>0T\x1b[21t",
    b"\x1b]l\x1b\\",
    b"\x1b]52;c;?\x07",
    b"\x1b]52;p;?\x1b\\",
    b"\x1b]5522;type=read;\x1b\\",
    b"\x1b]1337;ReportVariable=YQ==\x07",
    b"\x1bP$q%s\x1b\\" % SECRET,
    b"\x1bP$qm%s\x1b\\" % SECRET,
    b"\x1bP+q%s\x1b\\" % HEX,
    b"\x1bP+q%s\x1b\\" % SECRET,
    b"\x1b]4;%s;?\x07" % SECRET,
    b"\x1b]21;%s=?\x1b\\" % SECRET,
    b"\x1b[1;1;1;1;9;9*y",
    b"\x1b[?62n\x1b[?63;1n\x1b[?26n\x1b[?25n",
    b"\x1b[1$w\x1b[2$w\x1b[1$u\x1b[&u",
    b"\x1b[1;1;1;20#|",
    b"\x1b[?4m",
    b"\x1b G\x1b[21t",
    b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\",
    b"\x1b_25a1;s\x1b\\",
]


@pytest.mark.parametrize("said", SETS.values(), ids=SETS)
def test_what_the_node_said_is_never_typed_back(engine: Engine, said: bytes) -> None:
    heard = b"".join(bytes(engine.feed(part).replies) for part in (said, *ASKS))
    for form in (SECRET, b"rm", HEX, HEX.upper(), b"cm0g", b"7E!u", SECRET.hex(" ").encode()):
        assert form not in heard.replace(b"term", b""), form


def test_ask_for_a_title_in_the_middle_of_other_queries(engine: Engine) -> None:
    engine.feed(b"\x1b]0;evil\x07")
    assert replies(engine, b"\x1b[5n\x1b[21t\x1b[20t\x1b[5n") == b"\x1b[0n" * 2


@pytest.mark.parametrize(
    "reply",
    [
        b"\x1b]lrm\x1b\\",
        b"\x1b]52;c;cm0=\x07",
        b"\x1bP1$rrm\x1b\\",
        b"\x1bP1$r0;1rm\x1b\\",
        b"\x1b]4;1;rgb:0000/0000/000g\x07",
        b"\x1b[0nrm",
        b"rm\r",
        b"\x1bP1+r726d=726d\x1b\\",
        b"\x1b[1;2",
        b"",
    ],
)
def test_only_known_shapes_are_said(reply: bytes) -> None:
    effects = Effects()
    answer(effects, reply)
    assert effects.replies == b""


@pytest.mark.parametrize("reply", [b"\x1bP>|evil\x1b\\", b"\x1b[>99;1;2c", b"\x1bP0$revil\x1b\\"])
def test_who_we_are_is_not_the_engines_to_say(reply: bytes) -> None:
    effects = Effects()
    answer(effects, reply)
    assert effects.replies
    assert not re.search(rb"evil|99", effects.replies)


def test_replies_are_limited_and_whole(engine: Engine) -> None:
    heard = bytes(engine.feed(b"\x1b[6n" * (MAX_FEED // 4)).replies)
    assert 0 < len(heard) <= MAX_REPLIES
    assert heard == b"\x1b[1;1R" * (len(heard) // 6)


# Colours


def test_colours_that_a_program_sets_are_told_and_answered(engine: Engine) -> None:
    assert engine.frame(0).recolored == ()
    engine.feed(b"\x1b]4;1;#112233\x1b\\\x1b]10;#010203\x1b\\\x1b]11;#445566\x1b\\\x1b]12;#00ff00\x1b\\")
    assert engine.frame(0).recolored == ((1, 0x112233), (256, 0x010203), (257, 0x445566), (258, 0x00FF00))
    assert replies(engine, b"\x1b]11;?\x1b\\") == b"\x1b]11;rgb:4444/5555/6666\x1b\\"


@pytest.mark.parametrize("reset", [b"\x1b]104\x07\x1b]110\x07\x1b]111\x07\x1b]112\x07", b"\x1b]104;1\x07\x1b]111\x07"])
def test_colours_are_reset(engine: Engine, reset: bytes) -> None:
    engine.feed(b"\x1b]4;1;#112233\x1b\\\x1b]11;#445566\x1b\\")
    engine.feed(reset)
    assert engine.frame(0).recolored == ()
    assert replies(engine, b"\x1b]11;?\x1b\\") == b"\x1b]11;rgb:1010/1111/1212\x1b\\"


def test_reverse_video_swaps_the_default_colours(engine: Engine) -> None:
    engine.feed(b"\x1b[?5h")
    assert engine.frame(0).recolored == ((256, NIGHT.background), (257, NIGHT.foreground))
    engine.feed(b"\x1b[?5l")
    assert engine.frame(0).recolored == ()


def test_other_colours_tell_every_row_again(engine: Engine) -> None:
    engine.feed(b"one\r\ntwo")
    seq = engine.frame(0).seq
    engine.feed(b"\x1b]11;#445566\x1b\\")
    rows = engine.frame(seq).rows
    assert sorted(rows) == list(range(SIZE.rows))
    assert [rows[line][0].text for line in (0, 1)] == ["one", "two"]


def test_another_theme_leaves_what_the_program_set(engine: Engine) -> None:
    engine.feed(b"\x1b]11;#445566\x1b\\")
    engine.recolor(DAY)
    assert engine.frame(0).recolored == ((257, 0x445566),)
    assert replies(engine, b"\x1b]10;?\x1b\\\x1b]4;7;?\x1b\\") == (
        b"\x1b]10;rgb:1010/1111/1212\x1b\\\x1b]4;7;rgb:0000/0000/0808\x1b\\"
    )


def test_a_restored_terminal_has_the_colours_it_was_told(engine: Engine) -> None:
    snapshot = engine.snapshot(1 << 20)
    engine.recolor(DAY)
    engine.restore(snapshot)
    assert replies(engine, b"\x1b]10;?\x1b\\") == b"\x1b]10;rgb:1010/1111/1212\x1b\\"


def test_dark_and_light_are_told_who_asks(ghostty: Engine) -> None:
    assert replies(ghostty, b"\x1b[?996n") == b"\x1b[?997;1n"
    assert ghostty.recolor(DAY).replies == b"", "nobody asked to be told of changes"
    assert replies(ghostty, b"\x1b[?996n") == b"\x1b[?997;2n"
    ghostty.feed(b"\x1b[?2031h")
    assert ghostty.recolor(NIGHT).replies == b"\x1b[?997;1n"
    assert ghostty.recolor(NIGHT._replace(cursor=1)).replies == b"", "as dark as before"
